"""The generated pages say what the code says, all of it."""

import re
from pathlib import Path

import pytest

import iprseg
import labeling

# the pages are made by what the extra `docs` needs not
from docs.pages import (
    ROOMS,
    copy_notebooks,
    describe_type,
    find_example,
    list_public_names,
    make_api_page,
    make_data_model_page,
    make_markdown_table,
    make_signals_page,
)
from iprseg.tables.contracts import canonical_columns, list_table_names

DOCS = Path(__file__).parents[2] / "docs"
WRITTEN = sorted(DOCS.rglob("*.md"))


def test_the_api_page_names_every_public_name_and_no_other():
    listed = re.findall(
        r"^(?:   |\.\. py:data:: )((?:iprseg|labeling)\.\w+)$", make_api_page(), re.M
    )
    public = [f"iprseg.{name}" for name in iprseg.__all__ if name != "__version__"]
    public += [f"labeling.{name}" for name in labeling.__all__]
    assert sorted(listed) == sorted(public)


def test_every_public_name_has_a_room_that_the_page_shows_and_a_sentence():
    names = list_public_names()
    assert set(names["room"]) == set(ROOMS)
    assert names["does"].str.fullmatch(r".{15,}[.:;]?.*", na=False).all()


@pytest.mark.parametrize("table", list_table_names())
def test_the_data_model_shows_every_column_with_an_example_and_a_unit(table):
    page = make_data_model_page()
    (section,) = re.findall(rf"^## `{table}`\n(.*?)(?=^\(table-|\Z)", page, re.M | re.S)
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.M))
    rules = canonical_columns().loc[table]
    assert list(rows) == list(rules.index)
    for column, rule in rules.iterrows():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", rows[column])]
        meaning, unit, example, _ = cells
        assert (
            meaning
            and unit.startswith(describe_type(column, rule).split(";")[0])
            and example
        )


def test_a_value_of_the_example_is_one_that_the_contract_takes():
    rules = canonical_columns()
    checked = 0
    for (table, column), rule in rules.iterrows():
        for check in filter(None, rule["checks"].split(";")):
            name, _, bound = check.removeprefix("soft_").partition(":")
            value, checked = find_example(table, column), checked + 1
            assert {
                "ge": lambda v, b: float(v) >= float(b),
                "le": lambda v, b: float(v) <= float(b),
                "isin": lambda v, b: v in b.split("|"),
                "match": lambda v, b: (
                    re.match(b, v) or (v.endswith("…") and len(v) == 60)
                ),
            }[name](value, bound), (table, column, value)
    assert checked > 20


def test_money_and_times_have_units():
    rules = canonical_columns()
    assert "currency" in describe_type("price", rules.loc[("listings", "price")])
    assert "US dollars" in describe_type(
        "gmv_usd", rules.loc[("orders_daily", "gmv_usd")]
    )
    assert "UTC" in describe_type("ts", rules.loc[("reviews", "ts")])
    assert "0 or more" in describe_type("price", rules.loc[("listings", "price")])


def test_the_signals_page_shows_every_signal_with_its_facts():
    page, catalogue = make_signals_page(), iprseg.signal_catalogue()
    sections = dict(re.findall(r"^### (\w\d\d) (.*?)(?=^##|\Z)", page, re.M | re.S))
    assert list(sections) == list(catalogue.index)
    bare = [
        key
        for key, text in sections.items()
        if not all(
            f"**{fact}**" in text for fact in ("Formula", "Why", "Source", "Needs")
        )
    ]
    assert bare == []


def test_a_table_escapes_what_would_end_a_cell():
    import pandas as pd

    assert make_markdown_table(pd.DataFrame({"a": ["x|y\nz"]})).endswith("| x\\|y z |")


def test_notebooks_are_shown_with_their_outputs_and_no_link_out_of_the_site(tmp_path):
    copy_notebooks(tmp_path)
    copied = sorted(path.name for path in tmp_path.glob("*.ipynb"))
    assert copied == sorted(p.name for p in (DOCS.parent / "notebooks").glob("*.ipynb"))
    text = (tmp_path / copied[0]).read_text(encoding="utf-8")
    assert '"outputs": [{' in text and "](../" not in text


@pytest.mark.parametrize("page", WRITTEN, ids=lambda p: p.relative_to(DOCS).as_posix())
def test_commands_that_pages_show_are_there(page):
    from typer.main import get_command

    from iprseg.cli import build_app

    commands = get_command(build_app()).commands
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"```(?:console|sh)\n(.*?)```", text, re.S):
        for name, rest in re.findall(r"^iprseg (\w+)(.*)$", block, re.M):
            assert name in commands, (page.name, name)
            known, command = set(), commands[name]
            word = rest.split()[0] if rest.split() else ""
            if word in getattr(command, "commands", {}):
                command = command.commands[word]
            for parameter in command.params:
                known.update(parameter.opts)
            options = set(re.findall(r"(?<=\s)--[\w-]+", rest.split("#")[0]))
            assert options <= known, (page.name, name)


@pytest.mark.parametrize("page", WRITTEN, ids=lambda p: p.relative_to(DOCS).as_posix())
def test_names_that_pages_use_are_public(page):
    text = page.read_text(encoding="utf-8")
    used = set(re.findall(r"\biprseg\.([a-zA-Z]\w+)\(", text))
    assert used <= set(iprseg.__all__)
