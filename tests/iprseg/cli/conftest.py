"""Run the command line in this process, as a user would see it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from iprseg.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch, capsys) -> Callable[..., Outcome]:
    def _run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["iprseg", *map(str, arguments)])
        with pytest.raises(SystemExit, match=r"^\d*$|None") as ended:
            main()
            sys.exit(0)
        streams = capsys.readouterr()
        code = ended.value.code
        return Outcome(0 if code is None else int(code), streams.out, streams.err)

    return _run
