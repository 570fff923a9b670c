"""Which rates a page keeps to itself, so that those of few sellers stay hidden.

Leaving out the cohort of few sellers is not enough. The rate of all is the mean of the
rates of its parts, each label counts for a known number of listings, and the parts of
another level add up to the same labels: whoever reads all this has one equation. With
one unknown it has one solution, however the numbers are rounded, because hits are
integers. So a second unknown is needed, a companion, and not any will do: one without
suspected violations beside a cohort without any leaves only "none and none". The page
therefore attacks itself: each hidden cohort must be able to have one suspected
violation more or fewer, made up for by another hidden one, while every rate and lift
shown keeps its text. Counts are rounded besides, so that they add no second equation.

The companion is the one that costs a reader least: rows in no cohort, else the cohort
that is last for review. Where even all of them do not do (no label of all found
anything), nothing that labels say is shown.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from iprseg._check import check_columns
from iprseg._labels import NOISE
from iprseg.report._format import rate, ratio

GOLD = (
    "rate",
    "rate_low",
    "rate_high",
    "rate_worst_low",
    "rate_worst_high",
    "rate_n",
    "rate_violative",
    "rate_nonresponse",
    "rate_unserved",
    "rate_state",
    "lift",
    "lift_low",
    "lift_high",
    "verdict",
    "rank_before",
)


def few_sellers(frame: pd.DataFrame, min_sellers: int) -> np.ndarray:
    """Mark rows of fewer known sellers than that."""
    if "sellers" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return (frame["sellers"].astype(float) < min_sellers).to_numpy(dtype=bool)


def closed_rates(
    frames: Mapping[str, pd.DataFrame], min_sellers: int
) -> dict[str, np.ndarray]:
    """Return, for each level with rates, the rows whose rate is not shown.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Cohort tables by level; those without a column ``rate`` are passed over.
    min_sellers : int
        Cohorts of fewer known sellers are hidden.

    Returns
    -------
    dict of str to numpy.ndarray of bool
        True where hidden: few sellers, or the companion of one.

    Raises
    ------
    TableError
        When one has a rate and lacks another column that `rate_cohorts` makes.
    """
    rated = {level: frame for level, frame in frames.items() if "rate" in frame}
    closed = {}
    for frame in rated.values():
        check_columns(frame, GOLD, "A table of cohorts with rates")
    for level, frame in rated.items():
        found = _with_companions(frame, few_sellers(frame, min_sellers), level)
        if found is None:
            return {name: np.ones(len(one), bool) for name, one in rated.items()}
        closed[level] = found
    return closed


def _with_companions(
    frame: pd.DataFrame, few: np.ndarray, level: str
) -> np.ndarray | None:
    """Hide as many more as are needed; None where no number of them is enough."""
    parts = _parts(frame, level)
    closed = few.copy()
    while not _all_open(parts, few, closed):
        left = [at for at in _cheapest(frame) if parts["n"][at] and not closed[at]]
        if not left:
            return None
        tried = [closed | (np.arange(len(frame)) == at) for at in left]
        enough = (one for one in tried if _all_open(parts, few, one))
        closed = next(enough, tried[0])
    return closed


def _cheapest(frame: pd.DataFrame) -> list[int]:
    """Places of rows: in no cohort first, then from the last for review upwards."""
    noise = frame.index == NOISE
    last_first = -frame["risk_rank"].fillna(np.inf).to_numpy(dtype=float)
    return [int(at) for at in np.lexsort([last_first, ~noise])]


def _parts(frame: pd.DataFrame, level: str) -> dict[str, Any]:
    """Labels, hits and the share of all that one label of a row speaks for."""
    n = frame["rate_n"].to_numpy(dtype=float)
    size = n if level == "seller" else frame["size"].to_numpy(dtype=float)
    point = (frame.attrs.get("rate") or {}).get("point")
    return {
        "n": n,
        "hits": frame["rate_violative"].to_numpy(dtype=float),
        "step": size / max(size.sum(), 1) / np.maximum(n, 1),
        "lift": frame["lift"].to_numpy(dtype=float, na_value=np.nan),
        "all": None if point is None or pd.isna(point) else float(point),
    }


def _all_open(parts: Mapping[str, Any], few: np.ndarray, closed: np.ndarray) -> bool:
    """Say whether no cohort of few sellers follows from what is shown."""
    secret = np.flatnonzero(few & (parts["n"] > 0)).tolist()
    others = np.flatnonzero(closed & (parts["n"] > 0)).tolist()
    lifts = parts["lift"][~closed]
    return all(
        any(_trade(parts, one, other, lifts) for other in others if other != one)
        for one in secret
    )


def _trade(parts: Mapping[str, Any], one: int, other: int, lifts: np.ndarray) -> bool:
    """Say whether a hit could pass between two rows and nothing shown would tell."""
    n, hits, step = parts["n"], parts["hits"], parts["step"]
    for sign, room, most in (
        (1, n[one] - hits[one], hits[other]),
        (-1, hits[one], n[other] - hits[other]),
    ):
        near = math.floor(step[one] / step[other])
        for k in {near, near + 1} & set(range(1, int(most) + 1)):
            moved = sign * (step[one] - k * step[other])
            if room >= 1 and _same_text(parts["all"], moved, lifts):
                return True
    return False


def _same_text(point: float | None, moved: float, lifts: np.ndarray) -> bool:
    if point is None or moved == 0:
        return True
    new = point + moved
    if not 0 < new <= 1 or rate(new) != rate(point):
        return False
    return all(
        ratio(lift * point / new) == ratio(lift)
        for lift in lifts[np.isfinite(lifts)].tolist()
    )


def leave_order(rows: list[dict]) -> None:
    """Take hidden rows out of both orders; all that is shown is counted anew.

    A hidden cohort above a risky one would tell its verdict, and so would a gap in the
    numbers. It comes after the cohorts shown and before the rows in no cohort, by the
    order without labels, which its suspicion tells already.
    """
    shown = [r for r in rows if not (r["noise"] or r["rate"]["closed"])]
    hidden = [r for r in rows if r["rate"]["closed"] and not r["noise"]]
    for row in hidden:
        row["rank"] = ""
    hidden.sort(key=_first)
    for at, row in enumerate(shown, start=1):
        row["rank"], row["now"] = str(at), at
    known = [row for row in shown if not pd.isna(row["first"])]
    for at, row in enumerate(sorted(known, key=_first), start=1):
        row["first"] = at
    for row in hidden:
        row["first"] = row["now"] = math.nan
    rows[:] = [*shown, *hidden, *(r for r in rows if r["noise"])]


def _first(row: Mapping[str, Any]) -> float:
    return math.inf if pd.isna(row["first"]) else row["first"]
