"""Disclosure control: which rates a page hides, so that those of few sellers stay so.

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
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.formats import format_rate, format_ratio
from iprseg.validation import NOISE, check_columns

# what a hidden cohort may have found: all of it up to so many labels, else a grid
_MAX_GUESSES = 40
# more hits than these need not change hands: the first few leave it open already
_MAX_MOVED_HITS = 20
_N_BISECTIONS = 40


class _LevelCounts(NamedTuple):
    """What a reader may know or guess of one level.

    Attributes
    ----------
    n, hits : array of int
        Labels of each cohort, and suspected violations among them.
    step : array of float
        What one hit of each cohort adds to the rate of all.
    lift : array of float
        Rate over the rate of all; NaN where none is told.
    point : float or None
        The rate of all; None where none is offered.
    """

    n: NDArray[np.int64]
    hits: NDArray[np.int64]
    step: NDArray[np.float64]
    lift: NDArray[np.float64]
    point: float | None


def _read_level_counts(frame: pd.DataFrame, level: str) -> _LevelCounts:
    """Take them from a table of cohorts with rates."""
    n = frame["rate_n"].to_numpy(dtype=np.int64)
    # what a cohort of sellers weighs is not told; its labels are as good a guess
    size = n if level == "seller" else frame["size"].to_numpy(dtype=float)
    point = (frame.attrs.get("rate") or {}).get("point")
    return _LevelCounts(
        n,
        frame["rate_violative"].to_numpy(dtype=np.int64),
        size / max(size.sum(), 1) / np.maximum(n, 1),
        frame["lift"].to_numpy(dtype=float, na_value=np.nan),
        None if point is None or pd.isna(point) else float(point),
    )


def _is_row_hidden_by_others(
    parts: _LevelCounts, one: int, others: Sequence[int], shown: NDArray[np.bool_]
) -> bool:
    """Say whether some rows hide another, whatever its labels found.

    Each number of hits that the row may have must leave another number possible: made
    up for by `others`, with every text shown as it is. That it must hold for each, and
    not only for the true one, keeps the choice of `others` from telling anything.

    Parameters
    ----------
    parts : Parts
        One level.
    one : int
        Place of the row to hide.
    others : sequence of int
        Places of rows that are hidden as well; none hides nothing.
    shown : array of bool
        The rows whose lift is shown.
    """
    if not others or parts.point is None:
        return bool(others)
    n = int(parts.n[one])
    guesses = (
        range(n + 1)
        if n <= _MAX_GUESSES
        else np.linspace(0, n, _MAX_GUESSES).astype(int)
    )
    return all(
        _could_row_have_other_hits(parts, one, others, shown, int(guess))
        for guess in guesses
    )


def _could_row_have_other_hits(
    parts: _LevelCounts,
    one: int,
    others: Sequence[int],
    shown: NDArray[np.bool_],
    hits: int,
) -> bool:
    """Say whether a row of so many hits could as well have more or fewer."""
    point = float(parts.point or 0) + parts.step[one] * (hits - parts.hits[one])
    if point <= 0:
        return False  # none at all is found anywhere: nobody has one to give
    lifts = parts.lift[shown & (parts.lift > 0)] * float(parts.point or 0) / point
    low, high = _find_point_limits(point, lifts.tolist())
    moved = np.arange(
        -min(hits, _MAX_MOVED_HITS), min(parts.n[one] - hits, _MAX_MOVED_HITS) + 1
    )
    moves = moved[moved != 0] * parts.step[one]
    sums = _list_reachable_sums(
        parts, others, np.abs(moves).max(initial=0), (high - low) / 16
    )
    first = np.searchsorted(sums, low - point - moves, side="left")
    last = np.searchsorted(sums, high - point - moves, side="right")
    return bool((first < last).any())


def _list_reachable_sums(
    parts: _LevelCounts, others: Sequence[int], most: float, cell: float
) -> NDArray[np.float64]:
    """Return, sorted, what hits of some rows more or fewer can add to the rate."""
    sums = np.zeros(1)
    for at in others:
        few = int(most / parts.step[at]) + 1
        down, up = int(parts.hits[at]), int(parts.n[at] - parts.hits[at])
        moved = np.arange(-min(down, few), min(up, few) + 1) * parts.step[at]
        sums = (sums[:, None] + moved).ravel()
        # of sums so close that no text tells them apart, one is enough
        _, kept = np.unique(np.round(sums / cell), return_index=True)
        sums = sums[kept]
        sums = sums[np.abs(sums) <= 2 * most]
    return np.sort(sums)


def _find_point_limits(point: float, lifts: Sequence[float]) -> tuple[float, float]:
    """Return the limits between which the rate of all leaves every text as it is."""
    low, high = _find_text_limits(format_rate, point, 1.0)
    for lift in lifts:
        least, most = _find_text_limits(format_ratio, lift, 2 * lift + 0.01)
        low, high = max(low, lift * point / most), min(high, lift * point / least)
    return min(low, point * (1 - 1e-12)), max(high, point * (1 + 1e-12))


def _find_text_limits(
    text: Callable[[float], str], value: float, end: float
) -> tuple[float, float]:
    """Return the least and the greatest number with the text of a value."""
    return _bisect_text_limit(text, value, 0.0), _bisect_text_limit(text, value, end)


def _bisect_text_limit(
    text: Callable[[float], str], inside: float, outside: float
) -> float:
    own = text(inside)
    if text(outside) == own:
        return outside
    for _ in range(_N_BISECTIONS):
        middle = (inside + outside) / 2
        if text(middle) == own:
            inside = middle
        else:
            outside = middle
    return inside


_RATE_COLUMNS = (
    "rate",
    "rate_low",
    "rate_high",
    "rate_worst_low",
    "rate_worst_high",
    "rate_n",
    "rate_violative",
    "rate_nonresponse",
    "rate_disagreement",
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
_MAX_COMPANIONS, _MAX_CANDIDATES = 2, 12


def _flag_few_sellers(frame: pd.DataFrame, min_sellers: int) -> np.ndarray:
    """Mark rows of fewer known sellers than that."""
    if "sellers" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return (frame["sellers"].astype(float) < min_sellers).to_numpy(dtype=bool)


class HiddenRates(NamedTuple):
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


def choose_hidden_rates(
    frames: Mapping[str, pd.DataFrame], min_sellers: int
) -> HiddenRates:
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
        check_columns(frame, _RATE_COLUMNS, "A table of cohorts with rates")
    few = {
        level: _flag_few_sellers(frame, min_sellers) for level, frame in rated.items()
    }
    parts = {level: _read_level_counts(frame, level) for level, frame in rated.items()}
    closed = {
        level: _hide_companion_rows(frame, parts[level], few[level])
        for level, frame in rated.items()
    }
    if all(one is not None for one in closed.values()):
        return HiddenRates(
            {level: one for level, one in closed.items() if one is not None}
        )
    return _hide_overall_rate(parts, few, closed)


def _hide_overall_rate(
    parts: Mapping[str, _LevelCounts],
    few: Mapping[str, NDArray[np.bool_]],
    closed: Mapping[str, NDArray[np.bool_] | None],
) -> HiddenRates:
    """Hide a whole level if that is enough; else the rate of all and other levels."""
    whole = {level: np.ones(len(one), dtype=bool) for level, one in few.items()}
    first = next(iter(closed.values()))
    if first is not None and all(
        one is not None or _are_all_covered(parts[level], few[level], whole[level])
        for level, one in closed.items()
    ):
        return HiddenRates(
            {k: whole[k] if one is None else one for k, one in closed.items()}
        )
    # one that shows all its rates would tell the rate of all
    kept = next(level for level in few if _list_secret_rows(parts[level], few[level]))
    return HiddenRates(whole | {kept: few[kept]}, overall=True)


def _hide_companion_rows(
    frame: pd.DataFrame, parts: _LevelCounts, few: NDArray[np.bool_]
) -> NDArray[np.bool_] | None:
    """Hide one or two more, of many rows three; None where these are not enough."""
    usable = (parts.n > 0) & ~few & (frame["verdict"] != "risky").to_numpy(dtype=bool)
    left = [at for at in _sort_rows_by_cost_of_hiding(frame) if usable[at]][
        :_MAX_CANDIDATES
    ]
    for count in range(_MAX_COMPANIONS + 1 + (len(frame) > _MAX_CANDIDATES)):
        for chosen in combinations(left, count):
            closed = few | np.isin(np.arange(len(frame)), chosen)
            if _are_all_covered(parts, few, closed):
                return closed
    return None


def _sort_rows_by_cost_of_hiding(frame: pd.DataFrame) -> list[int]:
    """Places of rows: in no cohort first, then from the last for review upwards."""
    noise = frame.index == NOISE
    last_first = -frame["risk_rank"].fillna(np.inf).to_numpy(dtype=float)
    # those without a rank keep the order that they are shown in
    return [int(at) for at in np.lexsort([-np.arange(len(frame)), last_first, ~noise])]


def _list_secret_rows(parts: _LevelCounts, few: NDArray[np.bool_]) -> list[int]:
    """Places of cohorts of few sellers of which labels say something."""
    return [int(at) for at in np.flatnonzero(few & (parts.n > 0))]


def _are_all_covered(
    parts: _LevelCounts, few: NDArray[np.bool_], closed: NDArray[np.bool_]
) -> bool:
    """Say whether no cohort of few sellers follows from what is shown.

    Two of few sellers do not cover each other: whether a third is hidden would then
    depend on what they found.
    """
    others = np.flatnonzero(closed & ~few & (parts.n > 0)).tolist()
    return all(
        _is_row_hidden_by_others(parts, one, others, ~closed)
        for one in _list_secret_rows(parts, few)
    )


def renumber_shown(frame: pd.DataFrame, closed: NDArray[np.bool_]) -> pd.DataFrame:
    """Return a table with the places of the page; a hidden cohort has none.

    One that had no rank before, because nothing leans to the risky side, gets none.

    Examples
    --------
    >>> frame = pd.DataFrame({"name": ["a", "b", "c"], "risk_rank": [1.0, 2.0, 3.0]})
    >>> renumber_shown(frame, np.array([False, True, False]))["risk_rank"].tolist()
    [1.0, nan, 2.0]
    """
    shown = ~closed & frame["risk_rank"].notna().to_numpy()
    return frame.assign(risk_rank=np.where(shown, np.cumsum(shown), np.nan))


def reorder_hidden_rows(rows: list[dict[str, Any]]) -> None:
    """Take hidden rows out of both orders; all that is shown is counted anew.

    A hidden cohort above a risky one would tell its verdict, and so would a gap in the
    numbers. It comes after the cohorts shown and before the rows in no cohort, by the
    order without labels, which its suspicion tells already.
    """
    shown = [r for r in rows if not (r["noise"] or r["rate"]["closed"])]
    hidden = [r for r in rows if r["rate"]["closed"] and not r["noise"]]
    for row in hidden:
        row["rank"] = ""
    hidden.sort(key=_get_first_rank)
    ranked = [row for row in shown if not pd.isna(row["now"])]
    for at, row in enumerate(ranked, start=1):
        row["rank"], row["now"] = str(at), at
    known = [row for row in shown if not pd.isna(row["first"])]
    for at, row in enumerate(sorted(known, key=_get_first_rank), start=1):
        row["first"] = at
    for row in hidden:
        row["first"] = row["now"] = math.nan
    rows[:] = [*shown, *hidden, *(r for r in rows if r["noise"])]


def _get_first_rank(row: Mapping[str, Any]) -> float:
    return math.inf if pd.isna(row["first"]) else row["first"]
