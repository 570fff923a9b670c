"""`iprseg track`: two runs in, what became of each cohort out."""

from pathlib import Path
from typing import Annotated

import typer

from iprseg.cli._cohorts import FILE, Assigned, read_assignments
from iprseg.cli._outputs import folder_for
from iprseg.cli._show import say
from iprseg.cli._tracked import show_changes, write_changes
from iprseg.errors import IprsegError, TableError


def track_command(
    old: Annotated[
        Path, typer.Argument(help="Folder that an earlier `iprseg segment` wrote.")
    ],
    new: Annotated[
        Path, typer.Argument(help="Folder that a later `iprseg segment` wrote.")
    ],
    level: Annotated[
        str | None,
        typer.Option(
            help="Which cohorts: listing or seller.  [default: the ones the folders "
            "hold; listing where both]"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for changes.csv and members.parquet, in place of earlier "
            "ones.  [default: NEW]"
        ),
    ] = None,
) -> None:
    """Say which cohorts were born, died, split, merged or continued, and who moved.

    Cohorts are compared by their members, for their numbers differ from run to run.
    Listings that came or went between the runs are counted apart from those that
    changed cohort. Writes changes.csv (one row per event) and members.parquet (one row
    per listing or seller: where it was, where it is, what it did).
    """
    before, after = _assigned(old, level), _assigned(new, level)
    if before.level != after.level:
        raise IprsegError(
            f"{str(old)!r} holds cohorts of {before.level}s and {str(new)!r} of "
            f"{after.level}s: give two folders with cohorts of one level."
        )
    from iprseg.cohorts import track_cohorts
    from iprseg.cohorts._markets import check_markets

    check_markets(before.markets, after.markets)
    out = new if out is None else out
    with folder_for(out):
        changes = track_cohorts(
            before.cohorts,
            after.cohorts,
            previous_names=before.names,
            current_names=after.names,
        )
        files = write_changes(changes, out)
    show_changes(changes, before.level)
    say(changes.summary())
    typer.echo("Written: " + ", ".join(str(file) for file in files))


def _assigned(folder: Path, level: str | None) -> Assigned:
    if not (folder / FILE).is_file():
        what = f"no {FILE} in the folder" if folder.is_dir() else "no folder"
        raise TableError(
            f"There is {what} {str(folder)!r}: give two folders that `iprseg segment "
            "PATH --out DIR` wrote, the earlier one first."
        )
    return read_assignments(folder, level)
