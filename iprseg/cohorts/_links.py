"""Which cohort of one run goes on as which cohort of a later one."""

import numpy as np
import pandas as pd

from iprseg._labels import NOISE

_LISTED = ("born", "split", "merged", "died", "continued")  # what is new comes first


def find_links(
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
    forward = _shares(counts, previous, part)
    backward = _shares(counts.T, current, part)
    links = _above(forward, overlap)
    links |= {(one, other) for other, one in _above(backward, overlap)}
    reached = {one for one, _ in links}, {other for _, other in links}
    links |= _in_parts(forward, reached[0], overlap, part)
    links |= {
        (one, other) for other, one in _in_parts(backward, reached[1], overlap, part)
    }
    return links


def _shares(counts: pd.DataFrame, labels: pd.Series, part: float) -> pd.DataFrame:
    """Share of each row's members in each column, of cohorts that are still there."""
    total = counts.sum(axis=1)
    whole = labels.value_counts().reindex(counts.index)
    known = (total >= part * whole) & (counts.index != NOISE)
    shares = counts.div(total, axis=0)[known]
    return shares.drop(columns=NOISE, errors="ignore")


def _above(shares: pd.DataFrame, least: float) -> set[tuple[int, int]]:
    rows, columns = np.nonzero(shares.to_numpy() >= least)
    pairs = zip(shares.index[rows], shares.columns[columns], strict=True)
    return {(int(row), int(column)) for row, column in pairs}


def _in_parts(
    shares: pd.DataFrame, reached: set[int], overlap: float, part: float
) -> set[tuple[int, int]]:
    parts = shares[~shares.index.isin(reached)]
    parts = parts.where(parts >= part)
    whole = (parts.count(axis=1) >= 2) & (parts.sum(axis=1) >= overlap)
    return _above(parts[whole].fillna(0), part)


def events_of(
    links: set[tuple[int, int]], before: set[int], after: set[int]
) -> list[tuple[str, list[int], list[int]]]:
    """Say what became of each cohort.

    Parameters
    ----------
    links : set of (int, int)
        From `find_links`.
    before, after : set of int
        The cohorts of either run.

    Returns
    -------
    list of (change, previous cohorts, current cohorts)
        Every cohort is in at least one; what is new comes first.

    Examples
    --------
    >>> events_of({(0, 1), (1, 0), (1, 2)}, {0, 1, 2}, {0, 1, 2, 3})
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
    return sorted(events, key=lambda event: (_LISTED.index(event[0]), *event[1:]))
