"""The JavaScript that Python loads follows from its sources, and the check notices when not."""

import json
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from labeling import Codebook

ROOT = Path(__file__).parent.parent
SOURCES = ("labeling/widgets/js", "iprseg/report/js")
BUNDLES = (
    "labeling/widgets/label_card.js",
    "labeling/widgets/lab/iprseg-open/static/open.js",
    "iprseg/report/report.js",
    "iprseg/report/cards.js",
)
LOCK = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))


def run_node(folder, *words):
    ran = subprocess.run(
        ["node", *words], cwd=folder, capture_output=True, encoding="utf-8"
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def copy(tmp_path):
    """All that is checked and bundled, in a folder where a test may change it."""
    if not shutil.which("node") or not (ROOT / "node_modules/.installed").exists():
        pytest.skip("Node.js or what it needs is not installed: run `make widgets`")
    for name in ("bundle.mjs", "package.json", "tsconfig.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in SOURCES:
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in BUNDLES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


def change_source(folder, name, old, new):
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def test_bundles_follow_from_their_sources_in_whatever_folder(copy):
    assert run_node(copy, "bundle.mjs", "--check") == (0, "")


@pytest.mark.parametrize(
    "source, old, stale",
    [
        ("labeling/widgets/js/label_card/elements.js", "lm-suppress", BUNDLES[:1]),
        ("labeling/widgets/js/label_card/unsaved.js", "iprseg-unsaved", BUNDLES[:1]),
        ("labeling/widgets/js/open_notebook.js", "1100", BUNDLES[1:2]),
        ("iprseg/report/js/sort_table.js", "descending", BUNDLES[2:]),
    ],
)
def test_a_stale_bundle_is_noticed_and_made_anew(copy, source, old, stale):
    before = {name: (copy / name).read_bytes() for name in BUNDLES}
    change_source(copy, source, old, old + "7")
    code, said = run_node(copy, "bundle.mjs", "--check")
    assert code == 1 and "run `make widgets`" in said
    assert [name for name in BUNDLES if name in said] == list(stale)
    assert {name: (copy / name).read_bytes() for name in BUNDLES} == before
    assert run_node(copy, "bundle.mjs")[0] == 0
    assert run_node(copy, "bundle.mjs", "--check") == (0, "")


def test_a_bundle_changed_by_hand_or_absent_is_noticed(copy):
    (copy / BUNDLES[0]).write_text("// mended here\n", encoding="utf-8")
    (copy / BUNDLES[3]).unlink()
    code, said = run_node(copy, "bundle.mjs", "--check")
    assert code == 1
    assert [name for name in BUNDLES if name in said] == [BUNDLES[0], BUNDLES[3]]


@pytest.mark.parametrize(
    "source, old, new, why",
    [
        ("labeling/widgets/js/label_card/card.js", "this.order[0];", "this.order.first;", "TS2339"),
        ("labeling/widgets/js/label_card/keys.js", 'toLowerCase() : "";', "toLowerCase() : 0;", "TS2322"),
        ("iprseg/report/js/cards.js", "makeSortable(table);", "makeSortable(field);", "TS2345"),
    ],
)  # fmt: skip
def test_a_type_that_does_not_fit_is_noticed(copy, source, old, new, why):
    types = str(ROOT / "node_modules/typescript/bin/tsc")
    assert run_node(copy, types) == (0, "")
    change_source(copy, source, old, new)
    code, said = run_node(copy, types)
    assert code != 0 and source in said and why in said


def test_every_source_is_in_a_bundle_and_a_bundle_is_plain_to_read():
    text = "".join((ROOT / name).read_text(encoding="ascii") for name in BUNDLES)
    named = [
        path.relative_to(ROOT).as_posix()
        for name in SOURCES
        for path in sorted((ROOT / name).rglob("*.js"))
    ]
    assert len(named) >= 14
    assert [name for name in named if f"// {name}\n" not in text] == []
    assert max(map(len, text.splitlines())) < 250  # not minified


def test_the_wheel_holds_the_bundles_and_not_their_sources():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["exclude"] == list(SOURCES)
    for name in BUNDLES:
        assert (ROOT / name).is_file() and name.split("/")[0] in wheel["packages"]


def test_the_tools_are_pinned_by_version_and_digest():
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    tools = asked["devDependencies"]
    assert asked["private"] is True and set(tools) == {"esbuild", "typescript"}
    assert LOCK["packages"][""]["devDependencies"] == tools
    installed = {name: one for name, one in LOCK["packages"].items() if name}
    assert {
        name: installed[f"node_modules/{name}"]["version"] for name in tools
    } == tools
    assert all(one["integrity"].startswith("sha512-") for one in installed.values())
    assert not any("resolved" in one for one in installed.values())


def test_card_and_codebook_ask_for_the_same_fields(copy):
    book = Codebook.load()
    script = (
        'import { listAskedFields } from "./labeling/widgets/js/label_card/codebook.js";'
        "const { book, primaries } = JSON.parse(process.argv[1]);"
        "const [{ name }] = book.fields;"
        "console.log(JSON.stringify(primaries.map((primary) =>"
        "  listAskedFields(book, { [name]: primary }).map((field) => field.name))));"
    )
    primaries = list(book.codes(book.primary))
    given = json.dumps({"book": book.content, "primaries": primaries})
    code, said = run_node(copy, "--input-type=module", "-e", script, given)
    assert code == 0, said
    expected = [[field["name"] for field in book.asked(one)] for one in primaries]
    assert json.loads(said) == expected and len(set(map(tuple, expected))) > 2
