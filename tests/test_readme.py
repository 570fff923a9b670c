"""What the README shows runs, and what it points to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.text
def test_the_python_example_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (example,) = re.findall(r"```python\n(.*?)```", README, re.S)
    exec(compile(example, "README.md", "exec"), {})
    assert "suspicion" in capsys.readouterr().out


def test_every_file_it_points_to_is_there():
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_it_is_short():
    assert len(README.split()) <= 600


def test_the_names_it_uses_are_public():
    import iprseg

    used = set(re.findall(r"\biprseg\.([a-z_]+)\(", README))
    assert used and used <= set(iprseg.__all__)


def test_its_commands_are_there_with_their_options():
    from typer.main import get_command

    from iprseg.cli import build_app

    commands = get_command(build_app()).commands
    shown = re.findall(r"^iprseg (\w+)([^#\n]*)", README, re.M)
    assert {"columns", "check", "segment"} <= {name for name, _ in shown}
    for name, rest in shown:
        known = {option for p in commands[name].params for option in p.opts}
        assert set(re.findall(r"--[\w-]+", rest)) <= known, name
