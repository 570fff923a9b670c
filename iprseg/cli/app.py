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
