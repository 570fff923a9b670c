"""What became of cohorts from one run to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from iprseg.cohorts.inputs import check_markets
from iprseg.errors import TableError
from iprseg.validation import NOISE, check_interval, format_value


@dataclass(frozen=True)
class CohortChanges:
    """What `track_cohorts` found.

    Attributes
    ----------
    events : pandas.DataFrame
        One row per event, what is new first. `change`: ``born``, ``split``,
        ``merged``, ``died`` or ``continued``. `previous`, `current`: lists of cohorts;
        `previous_names`, `current_names`: lists, where names are known.
        `size_previous`, `size_current`; of the previous members `stayed`,
        `moved_out` (to a cohort outside the event), `left` (to no cohort) and
        `vanished` (not in the current run) make up the previous size; of the current
        ones `stayed`, `moved_in`, `joined` (from no cohort) and `appeared` (not in
        the previous run) make up the current size. `jaccard`: agreement among
        entities of both runs, NaN where there are none.
    members : pandas.DataFrame
        One row per entity of either run, by id: `previous` and `current` cohort
        (<NA> where it was not there) and `change`: ``stayed`` (its cohort goes on as
        the one it is in), ``moved`` (to another), ``joined``, ``left``, ``outside``
        (in no cohort both times), ``appeared``, ``vanished``.
    """

    events: pd.DataFrame
    members: pd.DataFrame

    def ids(self, change: str, cohort: int | None = None) -> list[Any]:
        """Return the ids of a change of members, of one cohort (or all).

        Parameters
        ----------
        change : str
            Such as ``"moved"``.
        cohort : int, optional
            Where they are now; where they were, for those that left or vanished.
        """
        rows = self.members[self.members["change"] == change]
        if cohort is not None:
            side = "previous" if change in ("left", "vanished") else "current"
            rows = rows[(rows[side] == cohort).fillna(False)]
        return rows.index.tolist()

    def summary(self) -> str:
        """Say in one line how many cohorts and entities changed.

        Examples
        --------
        >>> events = pd.DataFrame({"change": ["born", "continued", "continued"]})
        >>> members = pd.DataFrame({"change": ["stayed", "moved", "stayed"]})
        >>> CohortChanges(events, members).summary()
        'Cohorts: 1 born, 2 continued. Members: 2 stayed, 1 moved.'
        """
        parts = []
        for what, frame, order in (
            ("Cohorts", self.events, EVENTS),
            ("Members", self.members, MOVES),
        ):
            counts = frame["change"].value_counts()
            told = [f"{counts[one]:,} {one}" for one in order if one in counts]
            parts.append(f"{what}: {', '.join(told) or 'none'}.")
        return " ".join(parts)


EVENTS = ("born", "split", "merged", "died", "continued")
MOVES = ("stayed", "moved", "joined", "left", "outside", "appeared", "vanished")


def _classify_moves(
    previous: pd.Series, current: pd.Series, links: set[tuple[int, int]]
) -> pd.DataFrame:
    """Say of every entity what it did; see `CohortChanges.members`."""
    frame = pd.DataFrame(
        {"previous": previous.astype("Int64"), "current": current.astype("Int64")}
    )
    before, after = frame["previous"], frame["current"]
    pairs = pd.MultiIndex.from_frame(frame.fillna(NOISE))
    kept = pd.Series(pairs.isin(list(links)) if links else False, index=frame.index)
    change = pd.Series("moved", index=frame.index, dtype=object)
    change[kept] = "stayed"
    out, back = (before == NOISE).fillna(False), (after == NOISE).fillna(False)
    change[out], change[back] = "joined", "left"
    change[out & back] = "outside"
    change[before.isna()], change[after.isna()] = "appeared", "vanished"
    return frame.assign(change=change)


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
        When assignments hold an id twice or no number, or the runs share no id or level, or
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
    _refuse_cohorts_of_other_level(previous, current)
    check_markets(*(getattr(one, "markets", None) for one in (previous, current)))
    before, old_names = _read_assignments(previous, "previous", previous_names)
    after, new_names = _read_assignments(current, "current", current_names)
    if not before.index.isin(after.index).any():
        raise TableError(
            f"The two runs share no id (such as {format_value(before.index[0])} and "
            f"{format_value(after.index[0])}): track cohorts of the same marketplace, with "
            "ids of the same kind."
        )
    links = _link_cohorts(before, after, overlap, part)
    found = _classify_events(links, _list_cohorts(before), _list_cohorts(after))
    events = pd.DataFrame(found, columns=["change", "previous", "current"])
    for side, names in (("previous", old_names), ("current", new_names)):
        if names is not None:
            events[f"{side}_names"] = [
                [str(names.get(one, f"cohort {one}")) for one in cohorts]
                for cohorts in events[side]
            ]
    members = _classify_moves(before, after, links)
    counts = [_count_members(members, *event[1:]) for event in found]
    columns = list(_count_members(members, [], []))
    counted = pd.DataFrame(counts, columns=columns)
    return CohortChanges(pd.concat([events, counted], axis=1), members)


def _list_cohorts(assignments: pd.Series) -> set[int]:
    return {int(one) for one in assignments.unique() if one != NOISE}


def _refuse_cohorts_of_other_level(previous: Any, current: Any) -> None:
    levels = [getattr(one, "level", None) for one in (previous, current)]
    if all(levels) and levels[0] != levels[1]:
        raise TableError(
            f"The previous cohorts are of {levels[0]}s and the current ones of "
            f"{levels[1]}s: track cohorts of one level."
        )


def _read_assignments(
    given: Any, which: str, names: Mapping[int, str] | None
) -> tuple[pd.Series, Mapping[int, str] | None]:
    if hasattr(given, "assignments") and hasattr(given, "cohorts"):
        names = given.cohorts["name"].to_dict() if names is None else names
        given = given.assignments
    if not isinstance(given, pd.Series) or len(given) == 0:
        raise TableError(
            f"The {which} cohorts must be a Series of cohorts by id, or a CohortResult "
            "with some; got none."
        )
    if given.index.has_duplicates:
        twice = given.index[given.index.duplicated()][0]
        raise TableError(
            f"The {which} cohorts hold the id {format_value(twice)} more than once: give one "
            "row per id."
        )
    whole = pd.api.types.is_integer_dtype(given) and given.notna().all()
    if not whole or (given < NOISE).any():
        raise TableError(
            f"The {which} cohorts must be whole numbers, -1 for no cohort: give the "
            "assignments of a CohortResult."
        )
    return given.astype(np.int64), names


def _count_members(
    members: pd.DataFrame, old: list[int], new: list[int]
) -> dict[str, Any]:
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


_EVENT_ORDER = (
    "born",
    "split",
    "merged",
    "died",
    "continued",
)  # what is new comes first


def _link_cohorts(
    previous: pd.Series, current: pd.Series, overlap: float, part: float
) -> set[tuple[int, int]]:
    """Link cohorts that share enough of their members.

    Parameters
    ----------
    previous, current : pandas.Series of int
        Cohort by id, of two runs; no id twice.
    overlap : float
        Two are linked where one has this share of its shared members in the other.
    part : float
        A cohort that no link reaches is linked to all that hold this share of it, if
        they are several and hold ``overlap`` of it together. Below this share of
        members in both runs a cohort says nothing about where it went.

    Returns
    -------
    set of (int, int)
        Pairs of a previous and a current cohort.
    """
    shared = previous.index.intersection(current.index)
    before, after = previous.loc[shared], current.loc[shared]
    counts = pd.crosstab(before.to_numpy(), after.to_numpy())
    forward = _compute_member_shares(counts, previous, part)
    backward = _compute_member_shares(counts.T, current, part)
    links = _select_links(forward, overlap)
    links |= {(one, other) for other, one in _select_links(backward, overlap)}
    reached = {one for one, _ in links}, {other for _, other in links}
    links |= _link_split_or_merged_cohorts(forward, reached[0], overlap, part)
    links |= {
        (one, other)
        for other, one in _link_split_or_merged_cohorts(
            backward, reached[1], overlap, part
        )
    }
    return links


def _compute_member_shares(
    counts: pd.DataFrame, assignments: pd.Series, part: float
) -> pd.DataFrame:
    """Share of each row's members in each column, of cohorts that are still there."""
    total = counts.sum(axis=1)
    whole = assignments.value_counts().reindex(counts.index)
    known = (total >= part * whole) & (counts.index != NOISE)
    shares = counts.div(total, axis=0)[known]
    return shares.drop(columns=NOISE, errors="ignore")


def _select_links(shares: pd.DataFrame, least: float) -> set[tuple[int, int]]:
    rows, columns = np.nonzero(shares.to_numpy() >= least)
    pairs = zip(shares.index[rows], shares.columns[columns], strict=True)
    return {(int(row), int(column)) for row, column in pairs}


def _link_split_or_merged_cohorts(
    shares: pd.DataFrame, reached: set[int], overlap: float, part: float
) -> set[tuple[int, int]]:
    parts = shares[~shares.index.isin(reached)]
    parts = parts.where(parts >= part)
    whole = (parts.count(axis=1) >= 2) & (parts.sum(axis=1) >= overlap)
    return _select_links(parts[whole].fillna(0), part)


def _classify_events(
    links: set[tuple[int, int]], before: set[int], after: set[int]
) -> list[tuple[str, list[int], list[int]]]:
    """Say what became of each cohort.

    Parameters
    ----------
    links : set of (int, int)
        From `_link_cohorts`.
    before, after : set of int
        The cohorts of either run.

    Returns
    -------
    list of (change, previous cohorts, current cohorts)
        Every cohort is in at least one; what is new comes first.

    Examples
    --------
    >>> _classify_events({(0, 1), (1, 0), (1, 2)}, {0, 1, 2}, {0, 1, 2, 3})
    [('born', [], [3]), ('split', [1], [0, 2]), ('died', [2], []), \
('continued', [0], [1])]
    """
    to = {one: sorted(b for a, b in links if a == one) for one in before}
    of = {one: sorted(a for a, b in links if b == one) for one in after}
    events: list[tuple[str, list[int], list[int]]] = []
    events += [("died", [one], []) for one in before if not to[one]]
    events += [("born", [], [one]) for one in after if not of[one]]
    events += [("split", [one], to[one]) for one in before if len(to[one]) > 1]
    events += [("merged", of[one], [one]) for one in after if len(of[one]) > 1]
    events += [
        ("continued", [one], [other])
        for one, other in links
        if len(to[one]) == 1 and len(of[other]) == 1
    ]
    return sorted(events, key=lambda event: (_EVENT_ORDER.index(event[0]), *event[1:]))
