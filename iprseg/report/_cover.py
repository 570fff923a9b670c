"""Whether a hidden rate stays hidden: that its labels could have found otherwise."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.report._format import rate, ratio

# what a hidden cohort may have found: all of it up to so many labels, else a grid
_HITS = 40
# more hits than these need not change hands: the first few leave it open already
_MOST_MOVED = 20
_HALVINGS = 40


class Parts(NamedTuple):
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


def parts_of(frame: pd.DataFrame, level: str) -> Parts:
    """Take them from a table of cohorts with rates."""
    n = frame["rate_n"].to_numpy(dtype=np.int64)
    # what a cohort of sellers weighs is not told; its labels are as good a guess
    size = n if level == "seller" else frame["size"].to_numpy(dtype=float)
    point = (frame.attrs.get("rate") or {}).get("point")
    return Parts(
        n,
        frame["rate_violative"].to_numpy(dtype=np.int64),
        size / max(size.sum(), 1) / np.maximum(n, 1),
        frame["lift"].to_numpy(dtype=float, na_value=np.nan),
        None if point is None or pd.isna(point) else float(point),
    )


def is_covered(
    parts: Parts, one: int, others: Sequence[int], shown: NDArray[np.bool_]
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
    guesses = range(n + 1) if n <= _HITS else np.linspace(0, n, _HITS).astype(int)
    return all(_is_open(parts, one, others, shown, int(guess)) for guess in guesses)


def _is_open(
    parts: Parts,
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
    low, high = _same_text(point, lifts.tolist())
    moved = np.arange(
        -min(hits, _MOST_MOVED), min(parts.n[one] - hits, _MOST_MOVED) + 1
    )
    moves = moved[moved != 0] * parts.step[one]
    sums = _sums(parts, others, np.abs(moves).max(initial=0), (high - low) / 16)
    first = np.searchsorted(sums, low - point - moves, side="left")
    last = np.searchsorted(sums, high - point - moves, side="right")
    return bool((first < last).any())


def _sums(
    parts: Parts, others: Sequence[int], most: float, cell: float
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


def _same_text(point: float, lifts: Sequence[float]) -> tuple[float, float]:
    """Return the limits between which the rate of all leaves every text as it is."""
    low, high = _limits(rate, point, 1.0)
    for lift in lifts:
        least, most = _limits(ratio, lift, 2 * lift + 0.01)
        low, high = max(low, lift * point / most), min(high, lift * point / least)
    return min(low, point * (1 - 1e-12)), max(high, point * (1 + 1e-12))


def _limits(
    text: Callable[[float], str], value: float, end: float
) -> tuple[float, float]:
    """Return the least and the greatest number with the text of a value."""
    return _edge(text, value, 0.0), _edge(text, value, end)


def _edge(text: Callable[[float], str], inside: float, outside: float) -> float:
    own = text(inside)
    if text(outside) == own:
        return outside
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if text(middle) == own:
            inside = middle
        else:
            outside = middle
    return inside
