"""`iprseg track`: two runs in, what became of each cohort out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iprseg.cli._console import print_sentences, show_named_rows
from iprseg.errors import IprsegError, TableError
from iprseg.report.assignments import (
    ASSIGNMENTS_FILE,
    SavedAssignments,
    read_assignments,
)
from iprseg.report.changes import count_event_members, write_changes
from iprseg.report.results import prepare_folder

if TYPE_CHECKING:
    from iprseg.cohorts import CohortChanges


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
            help="Folder for changes.html, changes.csv and member_changes.parquet, in place of "
            "earlier ones.  [default: NEW]"
        ),
    ] = None,
) -> None:
    """Say which cohorts were born, died, split, merged or continued, and who moved.

    Cohorts are compared by their members, for their numbers differ from run to run.
    Listings that came or went between the runs are counted apart from those that
    changed cohort. Writes changes.html (a page to read), changes.csv (one row per
    event) and member_changes.parquet (one row per listing or seller: where it was, where it
    is, what it did).
    """
    before, after = (
        _read_assignments_of_folder(old, level),
        _read_assignments_of_folder(new, level),
    )
    if before.level != after.level:
        raise IprsegError(
            f"{str(old)!r} holds cohorts of {before.level}s and {str(new)!r} of "
            f"{after.level}s: give two folders with cohorts of one level."
        )
    from iprseg.cohorts import track_cohorts
    from iprseg.cohorts.inputs import check_markets

    check_markets(before.markets, after.markets)
    out = new if out is None else out
    with prepare_folder(out):
        changes = track_cohorts(
            before.cohorts,
            after.cohorts,
            previous_names=before.names,
            current_names=after.names,
        )
        files = write_changes(
            changes,
            out,
            before.level,
            (before.names, after.names),
            {"Earlier run": str(old), "Later run": str(new)},
        )
    _show_changes(changes, before.level)
    print_sentences(changes.summary())
    typer.echo("Written: " + ", ".join(str(file) for file in files))


def _read_assignments_of_folder(folder: Path, level: str | None) -> SavedAssignments:
    if not (folder / ASSIGNMENTS_FILE).is_file():
        what = (
            f"no {ASSIGNMENTS_FILE} in the folder" if folder.is_dir() else "no folder"
        )
        raise TableError(
            f"There is {what} {str(folder)!r}: give two folders that `iprseg segment "
            "PATH --out DIR` wrote, the earlier one first."
        )
    return read_assignments(folder, level)


_MAX_NAMES = 6  # names of one event that are printed; all are in the file
_EVENT_COLUMNS = (
    ("before", "right"), ("now", "right"), ("stayed", "right"),
    ("moved out", "right"), ("moved in", "right"), ("gone", "right"), ("new", "right"),
)  # fmt: skip


def _show_changes(changes: CohortChanges, level: str) -> None:
    """Print one event after the other, what is new first.

    Parameters
    ----------
    changes : CohortChanges
        With names.
    level : str
        What the members are, for the heading.
    """
    rows = []
    for place, event in enumerate(changes.events.to_dict("records"), start=1):
        figures = count_event_members(event)
        rows.append(
            (str(place), _describe_event(event), [f"{one:,}" for one in figures])
        )
    show_named_rows([(f"{level}s before", "right"), *_EVENT_COLUMNS[1:]], rows)


def _describe_event(event: dict[str, Any]) -> str:
    before, after = (
        _join_names(event["previous_names"]),
        _join_names(event["current_names"]),
    )
    told = " → ".join(dict.fromkeys(one for one in (before, after) if one))
    return f"{event['change'].upper()}: {told}"


def _join_names(names: list[str]) -> str:
    more = len(names) - _MAX_NAMES
    return " + ".join(names[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")
