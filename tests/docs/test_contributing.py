"""What CONTRIBUTING names is there."""

import importlib
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def is_there(name):
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        return (
            all(hasattr(found, part) for part in parts[cut:]) and len(parts) - cut < 2
        )
    return False


def test_every_function_and_module_it_names_is_there():
    named = re.findall(r"`((?:iprseg|labeling|benchmarks)\.[\w.]+)`", TEXT)
    assert len(named) > 15
    assert [name for name in named if not is_there(name)] == []


def test_every_file_it_names_is_there():
    named = set(re.findall(r"`([\w./-]+/[\w.-]*)`", TEXT)) - {"../shared/data"}
    written = [name for name in named if "NAME" not in name]
    assert len(written) > 10
    assert [name for name in written if not (ROOT / name).exists()] == []


def test_the_walk_names_the_layers_as_the_check_has_them():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    lowest_first = [layer.removeprefix("iprseg.") for layer in layers[-2::-1]]
    (said,) = re.findall(r"base files < ([\w <]+)\.", TEXT)
    assert said.split(" < ") == lowest_first
