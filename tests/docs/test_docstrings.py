"""The docstrings of public names have what numpydoc asks for."""

import inspect
import tomllib
from pathlib import Path

import pytest

import iprseg
import labeling

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LEFT_OUT = set(PROJECT["tool"]["numpydoc_validation"]["checks"]) - {"all"}
# of a function, both sections are wanted
OF_FUNCTIONS = {"PR01", "RT01"}


def list_documented():
    for package in (iprseg, labeling):
        for name in package.__all__:
            value = getattr(package, name)
            if isinstance(value, int | str):
                continue
            yield f"{package.__name__}.{name}"
            if inspect.isclass(value):
                for member, kind in vars(value).items():
                    if not member.startswith("_") and callable(
                        getattr(kind, "__func__", kind)
                    ):
                        yield f"{package.__name__}.{name}.{member}"


@pytest.mark.parametrize("name", list_documented())
def test_numpydoc_has_nothing_to_say(name):
    validate = pytest.importorskip("numpydoc.validate").validate
    is_function = name.count(".") == 1 and name.split(".")[1].islower()
    left_out = LEFT_OUT - OF_FUNCTIONS if is_function else LEFT_OUT
    assert [e for e in validate(name)["errors"] if e[0] not in left_out] == []
