"""A rate with its interval, or the reason why none is offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from iprseg.survey._interval import rate_limits
from iprseg.survey._moments import Cell, Moments, ratio_moments

__all__ = ["MIN_SELLERS", "NO_LABELS", "Rate", "estimate_rate"]

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
    confidence: float = 0.95,
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
    """
    moments = ratio_moments(cells)
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
