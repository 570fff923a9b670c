"""What the labeling package may import and say, and what a wheel of it must hold."""

import re
import tomllib
from pathlib import Path

import pytest

import labeling.errors
from iprseg.errors import IprsegError

ROOT = Path(__file__).parents[2]
ALLOWED = {"iprseg.errors", "iprseg.survey", "iprseg.quality"}


def test_labeling_imports_errors_survey_and_quality_only():
    pattern = re.compile(r"^\s*(?:from|import)\s+(iprseg(?:\.\w+)?)", re.M)
    found = {
        name
        for path in (ROOT / "labeling").rglob("*.py")
        for name in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert found <= ALLOWED


@pytest.mark.parametrize("name", ["Labeling", "Codebook", "Answer", "Store"])
def test_every_error_is_an_iprseg_error(name):
    assert issubclass(getattr(labeling.errors, f"{name}Error"), IprsegError)


@pytest.mark.parametrize("room", ["labeling", "iprseg/survey"])
def test_no_option_of_the_command_line_is_named(room):
    """Who calls from Python has no `--options`; the command writes them itself."""
    found = [
        f"{path.name}: {line.strip()}"
        for path in (ROOT / room).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"(?<![\w-])--[a-z{]|\"--\"|`iprseg [a-z]", line)
    ]
    assert found == []


def test_the_wheel_holds_the_package_with_its_codebook_and_card():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert (
        "labeling" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    )
    for name in (
        "codebooks/ipr_listing.yaml",
        "widgets/label_card.js",
        "widgets/label_card.css",
        "widgets/lab/iprseg-open/package.json",
        "widgets/lab/iprseg-open/static/open.js",
    ):
        assert (ROOT / "labeling" / name).is_file()


def test_the_view_stays_thin():
    lines = (
        (ROOT / "labeling/widgets/label_card.py")
        .read_text(encoding="utf-8")
        .count("\n")
    )
    assert lines <= 120
