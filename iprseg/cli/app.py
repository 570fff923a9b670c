"""Collect the commands and turn an iprseg error into one sentence on the terminal."""

import io
import re
import sys
import warnings
from typing import Any

import typer
from rich.console import Console

from iprseg.cli.check import check_command
from iprseg.cli.columns import columns_command
from iprseg.cli.demo import demo_command
from iprseg.cli.draw import draw_command
from iprseg.cli.estimate import estimate_command
from iprseg.cli.hash import hash_command
from iprseg.cli.label import label_command
from iprseg.cli.segment import segment_command
from iprseg.cli.signals import signals_app
from iprseg.cli.track import track_command
from iprseg.errors import IprsegError, MissingExtraError

app = typer.Typer(
    name="iprseg",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=(
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
    ),
    rich_markup_mode="markdown",
)
app.command("demo")(demo_command)
app.command("columns")(columns_command)
app.command("check")(check_command)
app.command("hash")(hash_command)
app.command("segment")(segment_command)
app.command("track")(track_command)
app.command("draw")(draw_command)
app.command("label")(label_command)
app.command("estimate")(estimate_command)
app.add_typer(signals_app, name="signals")


def main() -> None:
    """Run the command line; an error the user can mend is one sentence, exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a sign the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            app()
        except (IprsegError, MissingExtraError) as error:
            _exit_with_error(error)


# What the library calls by its Python name and a user of the command types.
_COMMANDS = {
    "draw_sample and LabelStore.add_design": "`iprseg draw PATH --store FILE`",
    "a LabelQueue": "`iprseg label STORE --annotator NAME`",
}
_OPTIONS = (
    "as_of",
    "cohorts",
    "design",
    "explore",
    "labels",
    "level",
    "listings_per_seller",
    "next_wave",
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

    for way, command in _COMMANDS.items():
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
    console.print(text, style=style, markup=False, highlight=False)
