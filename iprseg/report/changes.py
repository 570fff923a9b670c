"""What became of cohorts between two runs, as a table and as a page."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from iprseg.errors import IprsegError
from iprseg.formats import format_number, shorten_line
from iprseg.report.page import render_page
from iprseg.report.sheets import write_csv

if TYPE_CHECKING:
    from iprseg.cohorts import CohortChanges

_EVENT_HEADS = ("Before", "Now", "Stayed", "Moved out", "Moved in", "Gone", "New")
_TONES = {
    "continued": "holds",
    "split": "moves",
    "merged": "moves",
    "born": "dissolves",
}
_MAX_FLOWS = 50  # pairs of cohorts on the page
_MAX_IDS = 5  # members named of each
_MAX_NAME = 300
_NO_COHORT = "in no cohort"


def write_changes(
    changes: CohortChanges,
    folder: Path,
    level: str,
    names: tuple[Mapping[int, str], Mapping[int, str]],
    facts: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write ``changes.csv``, ``member_changes.parquet`` and the page ``changes.html``.

    Parameters
    ----------
    changes : CohortChanges
        From `track_cohorts`, with names.
    folder : pathlib.Path
        An existing folder.
    level : {"listing", "seller", "creator"}
        What the members are.
    names : pair of mapping of int to str
        Names of the earlier and of the later cohorts.
    facts : mapping of str to str, optional
        For the head of the page, such as the two folders.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    IprsegError
        When a file cannot be written.
    """
    flat = changes.events.copy()
    for column in ("previous", "current", "previous_names", "current_names"):
        flat[column] = ["; ".join(map(str, one)) for one in flat[column]]
    files = [
        folder / name
        for name in ("changes.csv", "member_changes.parquet", "changes.html")
    ]
    members = changes.members.rename_axis("entity_id").reset_index()
    page = render_page(
        "changes.html.j2",
        ("report.css",),
        "report.js",
        title=f"What became of the cohorts of {level}s",
        date=datetime.date.today().isoformat(),
        facts={key: shorten_line(value, 300) for key, value in (facts or {}).items()},
        many=f"{level}s",
        figures=_count_values(changes.events["change"]),
        heads=_EVENT_HEADS,
        events=[_describe_event(one) for one in changes.events.to_dict("records")],
        member_figures=_count_values(changes.members["change"]),
        **_list_flows(changes.members, names),
    )
    try:
        write_csv(flat, files[0])
        pd.DataFrame(members).to_parquet(files[1])
        files[2].write_text(page, encoding="utf-8")
    except OSError as error:
        raise IprsegError(
            f"The changes cannot be written to {str(folder)!r} ({error.strerror}): "
            "choose another folder."
        ) from error
    return files


def _count_values(changes: pd.Series) -> list[tuple[str, str]]:
    """Return how many there are of each kind of change, the largest first."""
    counts = changes.value_counts()
    return [(format_number(n), str(kind)) for kind, n in counts.items()]


def count_event_members(event: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the members of an event before and now, and how they came and went.

    Parameters
    ----------
    event : mapping
        A row of `CohortChanges.events`.

    Returns
    -------
    tuple of int
        Before, now, stayed, moved out, moved in, gone, new.
    """
    return (
        event["size_previous"],
        event["size_current"],
        event["stayed"],
        event["moved_out"] + event["left"],
        event["moved_in"] + event["joined"],
        event["vanished"],
        event["appeared"],
    )


def _describe_event(event: Mapping[str, Any]) -> dict[str, Any]:
    before, now = (
        [shorten_line(name, _MAX_NAME) for name in event[column]]
        for column in ("previous_names", "current_names")
    )
    return {
        "change": event["change"],
        "tone": _TONES.get(event["change"], ""),
        "before": before,
        "now": [] if now == before else now,
        "counts": [(format_number(n), int(n)) for n in count_event_members(event)],
    }


def _list_flows(
    members: pd.DataFrame, names: tuple[Mapping[int, str], Mapping[int, str]]
) -> dict[str, Any]:
    """List the groups that went from one cohort to another, or out of or into one."""
    went = members[members["change"].isin(["moved", "left", "joined"])]
    groups = sorted(
        went.groupby(["previous", "current"], sort=True).groups.items(),
        key=lambda pair: -len(pair[1]),
    )
    flows = [
        {
            "before": shorten_line(names[0].get(int(old), _NO_COHORT), _MAX_NAME),
            "now": shorten_line(names[1].get(int(new), _NO_COHORT), _MAX_NAME),
            "n": len(ids),
            "count": format_number(len(ids)),
            "ids": [shorten_line(one, 80) for one in ids[:_MAX_IDS]],
        }
        for (old, new), ids in groups[:_MAX_FLOWS]
    ]
    return {"flows": flows, "more_flows": max(0, len(groups) - _MAX_FLOWS)}
