"""A rate with its interval, or the reason why none is offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from iprseg.survey._interval import rate_limits
from iprseg.survey._moments import Cell, Moments, ratio_moments

__all__ = ["MIN_SELLERS", "NO_LABELS", "Rate", "estimate_rate", "held_out"]

Array = NDArray[np.float64]
MIN_SELLERS = 5  # effective; fewer were not tried in benchmarks/coverage


class Rate(NamedTuple):
    """Shapes (...,); where not `offered` the limits are 0 and 1."""

    point: Array
    low: Array
    high: Array
    clusters: Array
    offered: NDArray[np.bool_]
    moments: Moments | None


NO_LABELS = Rate(
    point=np.asarray(np.nan),
    low=np.asarray(0.0),
    high=np.asarray(1.0),
    clusters=np.asarray(0.0),
    offered=np.asarray(False),
    moments=None,
)


def estimate_rate(
    cells: Sequence[Cell],
    unseen: ArrayLike = 0.0,
    by_sellers: bool = False,
    confidence: ArrayLike = 0.95,
    inflation: ArrayLike = 1.0,
) -> Rate:
    """Estimate over the strata that have labels; widen for the share that has none.

    Parameters
    ----------
    cells : sequence of Cell
    unseen : array_like
        Share of the listings in strata where no unit is labeled: anything from none to
        all of them may be violative, and the limits say so.
    by_sellers : bool
        Whether units are sellers: too few of them give no interval.
    inflation : array_like
        Factor on the variance, from `held_out`.
    """
    moments = ratio_moments(cells)
    inflated = moments.variance * np.asarray(inflation, dtype=float)
    moments = moments._replace(variance=inflated)
    low, high = rate_limits(moments, confidence)
    unseen = np.asarray(unseen, dtype=float)
    low, high = low * (1 - unseen), high * (1 - unseen) + unseen
    enough = moments.clusters >= (MIN_SELLERS if by_sellers else 0)
    offered = enough & np.isfinite(moments.point)
    return Rate(
        moments.point,
        np.where(offered, low, 0.0),
        np.where(offered, high, 1.0),
        moments.clusters,
        offered,
        moments,
    )


def held_out(drawn: ArrayLike, kept: ArrayLike) -> Array:
    """Inflate a variance over sellers for the large ones that chance kept out.

    When sellers are dealt to roles and a giant goes to the other one, the sellers kept
    look more alike in size than the frame is. Their Kish number is held to its share of
    that of all sellers drawn.

    Parameters
    ----------
    drawn, kept : array_like, shape (..., sellers)
        Weight of each seller's listings drawn, and of those that have a say.

    Examples
    --------
    >>> float(held_out([8, 1, 1, 1, 1], [0, 1, 1, 1, 1]))  # 4 look like 5 of 2.1
    2.36...
    """
    drawn, kept = np.asarray(drawn, dtype=float), np.asarray(kept, dtype=float)
    share = (kept > 0).sum(axis=-1) / (drawn > 0).sum(axis=-1)
    return np.maximum(_kish(kept) / np.maximum(share * _kish(drawn), 1e-12), 1.0)


def _kish(weight: Array) -> Array:
    square = (weight**2).sum(axis=-1)
    return np.asarray(weight.sum(axis=-1) ** 2 / np.where(square > 0, square, 1.0))
