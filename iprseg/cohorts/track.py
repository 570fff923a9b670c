"""What became of cohorts from one run to the next."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from iprseg._check import check_interval, shown
from iprseg._labels import NOISE
from iprseg.cohorts._links import events_of, find_links
from iprseg.cohorts._markets import check_markets
from iprseg.cohorts.changes import CohortChanges, moves_of
from iprseg.errors import TableError


def track_cohorts(
    previous: Any,
    current: Any,
    *,
    previous_names: Mapping[int, str] | None = None,
    current_names: Mapping[int, str] | None = None,
    overlap: float = 0.5,
    part: float = 0.25,
) -> CohortChanges:
    """Say which cohorts were born, died, split, merged or continued, and who moved.

    Cohorts are compared by their members, so their numbers may differ from run to run.

    Parameters
    ----------
    previous, current : pandas.Series of int, or CohortResult
        Cohort of each entity by id, of an earlier and a later run; -1 is in no cohort.
    previous_names, current_names : mapping of int to str, optional
        Names of cohorts; a `CohortResult` brings its own.
    overlap : float, default 0.5
        A cohort goes on as another where one has at least this share of its members
        in the other; 0.5 to 1.
    part : float, default 0.25
        A cohort that has no such successor has split where several cohorts hold at
        least this share of it each and `overlap` of it together; likewise for merging.
        A cohort of whose members less than this share is in both runs is born or died.

    Returns
    -------
    CohortChanges
        `events` with counts, and the change of every entity in `members`.

    Raises
    ------
    TableError
        When labels hold an id twice or no number, or the runs share no id or level, or
        most ids that they share are of another market in the later one.
    IprsegError
        When a threshold is out of range.

    Notes
    -----
    These are the transitions of MONIC (Spiliopoulou, Ntoutsi, Theodoridis and Schult
    2006, doi:10.1145/1150402.1150491), with its survival threshold of one half.
    Shares are of members that are in both runs, as MONIC forgets records that left the
    window: entities that came or went are counted apart and do not make a cohort split
    or die, unless hardly any of it is left. Unlike MONIC's, the relation is the same
    read backwards: born becomes died, split becomes merged. So a small cohort that
    broke off a large one is told as a split of it, not as born out of nothing.

    Examples
    --------
    >>> old = pd.Series([0, 0, 0, 0, 1, 1], index=list("abcdef"))
    >>> new = pd.Series([5, 5, 6, 6, 7, 7], index=list("abcdgh"))
    >>> changes = track_cohorts(old, new)
    >>> changes.events[["change", "previous", "current"]]
      change previous current
    0   born       []     [7]
    1  split      [0]  [5, 6]
    2   died      [1]      []
    >>> changes.ids("vanished"), changes.ids("appeared", 7)
    (['e', 'f'], ['g', 'h'])
    """
    check_interval("overlap", overlap, "track_cohorts", low=0.5, high=1)
    check_interval(
        "part", part, "track_cohorts", low=0, low_open=True, high=float(overlap)
    )
    _check_levels(previous, current)
    check_markets(*(getattr(one, "markets", None) for one in (previous, current)))
    before, old_names = _labels(previous, "previous", previous_names)
    after, new_names = _labels(current, "current", current_names)
    if not before.index.isin(after.index).any():
        raise TableError(
            f"The two runs share no id (such as {shown(before.index[0])} and "
            f"{shown(after.index[0])}): track cohorts of the same marketplace, with "
            "ids of the same kind."
        )
    links = find_links(before, after, overlap, part)
    found = events_of(links, _cohorts(before), _cohorts(after))
    events = pd.DataFrame(found, columns=["change", "previous", "current"])
    for side, names in (("previous", old_names), ("current", new_names)):
        if names is not None:
            events[f"{side}_names"] = [
                [str(names.get(one, f"cohort {one}")) for one in cohorts]
                for cohorts in events[side]
            ]
    members = moves_of(before, after, links)
    counts = [_counted(members, *event[1:]) for event in found]
    columns = list(_counted(members, [], []))
    counted = pd.DataFrame(counts, columns=columns)
    return CohortChanges(pd.concat([events, counted], axis=1), members)


def _cohorts(labels: pd.Series) -> set[int]:
    return {int(one) for one in labels.unique() if one != NOISE}


def _check_levels(previous: Any, current: Any) -> None:
    levels = [getattr(one, "level", None) for one in (previous, current)]
    if all(levels) and levels[0] != levels[1]:
        raise TableError(
            f"The previous cohorts are of {levels[0]}s and the current ones of "
            f"{levels[1]}s: track cohorts of one level."
        )


def _labels(
    given: Any, which: str, names: Mapping[int, str] | None
) -> tuple[pd.Series, Mapping[int, str] | None]:
    if hasattr(given, "labels") and hasattr(given, "cohorts"):
        names = given.cohorts["name"].to_dict() if names is None else names
        given = given.labels
    if not isinstance(given, pd.Series) or len(given) == 0:
        raise TableError(
            f"The {which} cohorts must be a Series of cohorts by id, or a CohortResult "
            "with some; got none."
        )
    if given.index.has_duplicates:
        twice = given.index[given.index.duplicated()][0]
        raise TableError(
            f"The {which} cohorts hold the id {shown(twice)} more than once: give one "
            "row per id."
        )
    whole = pd.api.types.is_integer_dtype(given) and given.notna().all()
    if not whole or (given < NOISE).any():
        raise TableError(
            f"The {which} cohorts must be whole numbers, -1 for no cohort: give the "
            "labels of a CohortResult."
        )
    return given.astype(np.int64), names


def _counted(members: pd.DataFrame, old: list[int], new: list[int]) -> dict[str, Any]:
    before, after = members["previous"], members["current"]
    was, now = before.isin(old), after.isin(new)
    out, back = (before == NOISE).fillna(False), (after == NOISE).fillna(False)
    here, there = before.notna(), after.notna()
    stayed = int((was & now).sum())
    either = int(((was | now) & here & there).sum())
    return {
        "size_previous": int(was.sum()),
        "size_current": int(now.sum()),
        "stayed": stayed,
        "moved_out": int((was & there & ~now & ~back).sum()),
        "left": int((was & back).sum()),
        "vanished": int((was & ~there).sum()),
        "moved_in": int((now & here & ~was & ~out).sum()),
        "joined": int((now & out).sum()),
        "appeared": int((now & ~here).sum()),
        "jaccard": stayed / either if either else np.nan,
    }
