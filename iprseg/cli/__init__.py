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
from iprseg.formats import strip_control_characters

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


# What the library calls by its Python name and a user of the command types.
_PYTHON_WAYS = {
    "draw_sample and LabelStore.add_design": "`iprseg draw PATH --store FILE`",
    "a LabelQueue": "`iprseg label STORE --annotator NAME`",
}
_OPTIONS = (
    "as_of",
    "cohorts",
    "design",
    "explore",
    "key_file",
    "labels",
    "level",
    "listings_per_seller",
    "min_cohort_size",
    "next_wave",
    "out",
    "seed",
    "shape_share",
    "store",
    "unit",
)
_PARAMETER = re.compile(
    rf"(?<![\w/.])({'|'.join(_OPTIONS)})=(?:'([\w:.+-]*)'|…|(\d+(?:\.\d+)?)|(True))"
)


def translate_to_options(told: str) -> str:
    """Write the parameters and ways of Python in a sentence as a user types them.

    Parameters
    ----------
    told : str
        A sentence of the library: it says ``name='value'``, ``name=True`` for a flag,
        and ``name=…`` where the value is the user's.

    Examples
    --------
    >>> translate_to_options("set level='seller', shape_share=0.3, or another store=….")
    'set --level seller, --shape-share 0.3, or another --store.'
    >>> translate_to_options("leave next_wave=True out")
    'leave --next-wave out'
    """

    def write_option(found: re.Match[str]) -> str:
        option = "--" + found[1].replace("_", "-")
        return " ".join(filter(None, (option, found[2], found[3])))

    for way, command in _PYTHON_WAYS.items():
        told = told.replace(way, command)
    return _PARAMETER.sub(write_option, told)


def _exit_with_error(error: Exception) -> None:
    _print_to_stderr(f"Error: {translate_to_options(str(error))}", "red")
    sys.exit(2)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Show a warning as a sentence, without the line of code that raised it."""
    _print_to_stderr(f"Note: {translate_to_options(str(message))}", "yellow")


def _print_to_stderr(text: str, style: str) -> None:
    console = Console(stderr=True, soft_wrap=True)
    plain = "\n".join(map(strip_control_characters, text.split("\n")))
    console.print(plain, style=style, markup=False, highlight=False)
