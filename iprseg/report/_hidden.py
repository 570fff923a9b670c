"""Which rates a page keeps to itself, so that those of few sellers stay hidden.

Leaving out the cohort of few sellers is not enough. The rate of all is the mean of the
rates of its parts, each label counts for a known number of listings, and the parts of
another level add up to the same labels: whoever reads all this has one equation. With
one unknown it has one solution, however the numbers are rounded, because hits are
integers. So further unknowns are needed, companions, and not any will do: one without
suspected violations beside a cohort without any leaves only "none and none". The page
therefore attacks itself: whatever a hidden cohort may have found, its companions must
be able to make up for more or fewer while every rate and lift shown keeps its text.
Since that is asked of all it may have found, and not of what it did find, what else is
hidden tells nothing of it. Counts are rounded besides, so that they add no second
equation.

Companions are one to three that cost a reader least: rows in no cohort, else the cohort
that is last for review, and so on upwards, but none that labels call risky. Where these
do not do (they found nothing that they could give), there is the other way: the
equation itself is hidden, the rate of all and with it every lift, and a second level
whose rates would add up to it. Then the rates of all other cohorts can be shown.
"""

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg._check import check_columns
from iprseg._labels import NOISE
from iprseg.report._cover import Parts, is_covered, parts_of

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
# More companions would cost a reader more than the rate of all is worth; of many rows
# only the cheapest are tried.
_MOST_COMPANIONS, _TRIED = 2, 12


def few_sellers(frame: pd.DataFrame, min_sellers: int) -> np.ndarray:
    """Mark rows of fewer known sellers than that."""
    if "sellers" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return (frame["sellers"].astype(float) < min_sellers).to_numpy(dtype=bool)


class Hidden(NamedTuple):
    """What a page keeps to itself.

    Attributes
    ----------
    rows : mapping of str to array of bool
        For each level with rates, True where the rate of a row is hidden.
    overall : bool
        Whether the rate of all is hidden, and every lift with it.
    """

    rows: Mapping[str, NDArray[np.bool_]]
    overall: bool = False

    @property
    def guarded(self) -> bool:
        """Whether any rate is hidden; then counts are rounded."""
        return any(bool(one.any()) for one in self.rows.values())


def hidden_rates(frames: Mapping[str, pd.DataFrame], min_sellers: int) -> Hidden:
    """Choose what a page does not show, so that no hidden rate follows from it.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Cohort tables by level; those without a column ``rate`` are passed over.
    min_sellers : int
        Cohorts of fewer known sellers are hidden.

    Raises
    ------
    TableError
        When one has a rate and lacks another column that `rate_cohorts` makes.
    """
    rated = {level: frame for level, frame in frames.items() if "rate" in frame}
    for frame in rated.values():
        check_columns(frame, GOLD, "A table of cohorts with rates")
    few = {level: few_sellers(frame, min_sellers) for level, frame in rated.items()}
    parts = {level: parts_of(frame, level) for level, frame in rated.items()}
    closed = {
        level: _with_companions(frame, parts[level], few[level])
        for level, frame in rated.items()
    }
    if all(one is not None for one in closed.values()):
        return Hidden({level: one for level, one in closed.items() if one is not None})
    return _other_way(parts, few, closed)


def _other_way(
    parts: Mapping[str, Parts],
    few: Mapping[str, NDArray[np.bool_]],
    closed: Mapping[str, NDArray[np.bool_] | None],
) -> Hidden:
    """Hide a whole level if that is enough; else the rate of all and other levels."""
    whole = {level: np.ones(len(one), dtype=bool) for level, one in few.items()}
    first = next(iter(closed.values()))
    if first is not None and all(
        one is not None or _all_covered(parts[level], few[level], whole[level])
        for level, one in closed.items()
    ):
        return Hidden(
            {k: whole[k] if one is None else one for k, one in closed.items()}
        )
    # one that shows all its rates would tell the rate of all
    kept = next(level for level in few if _secret(parts[level], few[level]))
    return Hidden(whole | {kept: few[kept]}, overall=True)


def _with_companions(
    frame: pd.DataFrame, parts: Parts, few: NDArray[np.bool_]
) -> NDArray[np.bool_] | None:
    """Hide one or two more, of many rows three; None where these are not enough."""
    usable = (parts.n > 0) & ~few & (frame["verdict"] != "risky").to_numpy(dtype=bool)
    left = [at for at in _cheapest(frame) if usable[at]][:_TRIED]
    for count in range(_MOST_COMPANIONS + 1 + (len(frame) > _TRIED)):
        for chosen in combinations(left, count):
            closed = few | np.isin(np.arange(len(frame)), chosen)
            if _all_covered(parts, few, closed):
                return closed
    return None


def _cheapest(frame: pd.DataFrame) -> list[int]:
    """Places of rows: in no cohort first, then from the last for review upwards."""
    noise = frame.index == NOISE
    last_first = -frame["risk_rank"].fillna(np.inf).to_numpy(dtype=float)
    return [int(at) for at in np.lexsort([last_first, ~noise])]


def _secret(parts: Parts, few: NDArray[np.bool_]) -> list[int]:
    """Places of cohorts of few sellers of which labels say something."""
    return [int(at) for at in np.flatnonzero(few & (parts.n > 0))]


def _all_covered(
    parts: Parts, few: NDArray[np.bool_], closed: NDArray[np.bool_]
) -> bool:
    """Say whether no cohort of few sellers follows from what is shown.

    Two of few sellers do not cover each other: whether a third is hidden would then
    depend on what they found.
    """
    others = np.flatnonzero(closed & ~few & (parts.n > 0)).tolist()
    return all(is_covered(parts, one, others, ~closed) for one in _secret(parts, few))


def as_shown(frame: pd.DataFrame, closed: NDArray[np.bool_]) -> pd.DataFrame:
    """Return a table with the places of the page; a hidden cohort has none.

    Examples
    --------
    >>> frame = pd.DataFrame({"name": ["a", "b", "c"], "risk_rank": [1.0, 2.0, 3.0]})
    >>> as_shown(frame, np.array([False, True, False]))["risk_rank"].tolist()
    [1.0, nan, 2.0]
    """
    shown = ~closed & (frame.index != NOISE)
    return frame.assign(risk_rank=np.where(shown, np.cumsum(shown), np.nan))


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
