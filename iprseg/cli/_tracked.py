"""Show and write what became of cohorts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from iprseg.cli._rates import safe_cell
from iprseg.cli._show import show_figures
from iprseg.errors import IprsegError

if TYPE_CHECKING:
    from iprseg.cohorts import CohortChanges

_MANY = 6  # names of one event that are printed; all are in the file
_COLUMNS = (
    ("before", "right"), ("now", "right"), ("stayed", "right"),
    ("moved out", "right"), ("moved in", "right"), ("gone", "right"), ("new", "right"),
)  # fmt: skip


def show_changes(changes: CohortChanges, level: str) -> None:
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
        figures = (
            event["size_previous"], event["size_current"], event["stayed"],
            event["moved_out"] + event["left"], event["moved_in"] + event["joined"],
            event["vanished"], event["appeared"],
        )  # fmt: skip
        rows.append((str(place), _told(event), [f"{one:,}" for one in figures]))
    show_figures([(f"{level}s before", "right"), *_COLUMNS[1:]], rows)


def _told(event: dict[str, Any]) -> str:
    before, after = _names(event["previous_names"]), _names(event["current_names"])
    told = " → ".join(dict.fromkeys(one for one in (before, after) if one))
    return f"{event['change'].upper()}: {told}"


def _names(names: list[str]) -> str:
    more = len(names) - _MANY
    return " + ".join(names[:_MANY]) + (f" and {more} more" if more > 0 else "")


def write_changes(changes: CohortChanges, out: Path) -> list[Path]:
    """Write changes.csv and members.parquet.

    Raises
    ------
    IprsegError
        A file cannot be written.
    """
    flat = changes.events.copy()
    for column in ("previous", "current", "previous_names", "current_names"):
        flat[column] = [safe_cell("; ".join(map(str, one))) for one in flat[column]]
    files = [out / "changes.csv", out / "members.parquet"]
    members = changes.members.rename_axis("entity_id").reset_index()
    try:
        flat.to_csv(files[0], index=False, float_format="%.6g")
        pd.DataFrame(members).to_parquet(files[1])
    except OSError as error:
        raise IprsegError(
            f"The changes cannot be written to {str(out)!r} ({error.strerror}): choose "
            "another folder with --out."
        ) from error
    return files
