"""The places that name dependencies agree, and the bare import is light and fast."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
EXTRAS = PROJECT["optional-dependencies"]
HEAVY = (
    "torch",
    "umap",
    "hdbscan",
    "numba",
    "sklearn",
    "dask",
    "ipywidgets",
    "pandas",
    "duckdb",
)


def requirements() -> dict[str, Requirement]:
    listed = [
        *PROJECT["dependencies"],
        *(r for extra in EXTRAS.values() for r in extra),
    ]
    return {canonicalize_name(r.name): r for r in map(Requirement, listed)}


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    return {
        canonicalize_name(name): version
        for name, version in (line.split("==") for line in lines)
    }


def test_extras_are_the_promised_ones():
    assert set(EXTRAS) == {"text", "lab", "postgres", "image", "test", "docs"}


def test_every_requirement_is_pinned_within_its_range():
    pinned = pins()
    wrong = [
        name
        for name, requirement in requirements().items()
        if name not in pinned or not requirement.specifier.contains(pinned[name])
    ]
    assert wrong == []


def test_environment_yml_agrees_with_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    pip_part = next(
        d["pip"] for d in environment["dependencies"] if isinstance(d, dict)
    )
    listed = {
        canonicalize_name(Requirement(line).name): str(Requirement(line).specifier)
        for line in pip_part
        if not line.startswith("-")
    }
    assert listed == {name: str(r.specifier) for name, r in requirements().items()}
    assert "-c constraints.txt" in pip_part


def test_environment_yml_holds_the_python_and_torch_that_are_tested():
    environment = (ROOT / "environment.yml").read_text(encoding="utf-8")
    torch = pins()["torch"]
    assert re.search(r"- python=3\.11$", environment, re.M)
    assert f"- pytorch-cpu={torch}" in environment


def test_bare_import_is_light():
    code = (
        "import sys, json, iprseg; "
        f"print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert json.loads(loaded.stdout) == []


def test_bare_import_costs_few_modules():
    # time is not asserted (machines differ); what is imported is what costs it
    code = "import sys; before = set(sys.modules); import iprseg; print(len(set(sys.modules) - before))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert int(run.stdout) < 30


def test_every_public_name_can_be_loaded_and_is_documented():
    import iprseg

    bare = [n for n in iprseg.__all__ if not (getattr(iprseg, n).__doc__ or "").strip()]
    assert bare == []


def test_the_library_does_not_import_the_labeling_package():
    sources = (ROOT / "iprseg").rglob("*.py")
    importing = [
        str(path.relative_to(ROOT))
        for path in sources
        if "cli" not in path.parts
        and re.search(
            r"^\s*(from|import) labeling\b", path.read_text(encoding="utf-8"), re.M
        )
    ]
    assert importing == []
