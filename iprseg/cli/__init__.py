"""The command line: one file per command, loaded when it is asked for.

An error of iprseg becomes one sentence on the terminal.
"""

import importlib
import io
import re
import sys
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich.console import Console

from iprseg.errors import IprsegError, MissingExtraError

# name of a command -> the module it lives in; only the one that is run is imported
_COMMANDS = {
    "demo": "iprseg.cli.demo",
    "columns": "iprseg.cli.columns",
    "check": "iprseg.cli.check",
    "hash": "iprseg.cli.hash",
    "segment": "iprseg.cli.segment",
    "track": "iprseg.cli.track",
    "draw": "iprseg.cli.draw",
    "label": "iprseg.cli.label",
    "estimate": "iprseg.cli.estimate",
    "signals": "iprseg.cli.signals",
}
_HELP = (
    "Segment marketplace listings and sellers into IPR-risk cohorts.\n\n"
    "New here? Run **iprseg demo --out demo** and open demo/report.html. "
    "Then, with tables of your own: **iprseg columns PATH** drafts how your "
    "columns are read, **iprseg check PATH** lists every problem at once, "
    "**iprseg segment PATH --level listing --out DIR** finds the cohorts. "
    "**iprseg hash FOLDER --listings FILE** adds image files to the tables.\n\n"
    "How much is wrong in them? **iprseg draw** takes a sample, **iprseg label** "
    "opens it for labeling, **iprseg estimate** gives rates with intervals, and "
    "**iprseg segment … --labels STORE** puts them into the report.\n\n"
    "Later again? **iprseg track OLD NEW** says what became of each cohort."
)


def build_app(names: Iterable[str] = tuple(_COMMANDS)) -> typer.Typer:
    """Build the application of some commands; of all, for help and for names unknown."""
    app = typer.Typer(
        name="iprseg",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
    )
    # with a callback one command stays a command, and is not taken for the whole
    app.callback(help=_HELP)(lambda: None)
    for name in names:
        module = importlib.import_module(_COMMANDS[name])
        if name == "signals":
            app.add_typer(module.signals_app, name=name)
        else:
            app.command(name)(getattr(module, f"{name}_command"))
    return app


def _choose_commands(words: Sequence[str]) -> tuple[str, ...]:
    """Return the command that is asked for, or all of them.

    Examples
    --------
    >>> _choose_commands(["segment", "exports"]), len(_choose_commands(["--help"]))
    (('segment',), 10)
    """
    first = words[0] if words else ""
    return (first,) if first in _COMMANDS else tuple(_COMMANDS)


def main() -> None:
    """Run the command line; an error the user can mend is one sentence, exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a sign the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            build_app(_choose_commands(sys.argv[1:]))()
        except (IprsegError, MissingExtraError) as error:
            _exit_with_error(error)
        except ValueError as error:
            from labeling.errors import LabelingError

            if not isinstance(error, LabelingError):
                raise
            _exit_with_error(error)


def _exit_with_error(error: Exception) -> None:
    # a parameter of Python is an option here
    told = re.sub(r"\blevel='(\w+)'", r"--level \1", str(error))
    _print_to_stderr(f"Error: {told}", "red")
    sys.exit(2)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Show a warning as a sentence, without the line of code that raised it."""
    _print_to_stderr(f"Note: {message}", "yellow")


def _print_to_stderr(text: str, style: str) -> None:
    console = Console(stderr=True, soft_wrap=True)
    console.print(text, style=style, markup=False, highlight=False)
