"""Shares with intervals: by seller where rows of one seller hang together."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from statsmodels.stats.proportion import proportion_confint

Z = 1.959964


def share(hits: ArrayLike, clusters: Any = None) -> str:
    """Write a share with its 95 % interval.

    By clusters the linearised variance of a ratio; Wilson's interval where there are
    none, or where all or no rows are hits.
    """
    hits = np.asarray(hits, float)
    n, k = len(hits), hits.sum()
    if not n:
        return "–"
    if clusters is None or k in (0, n):
        low, high = proportion_confint(int(k), n, method="wilson")
    else:
        low, high = mean_interval(hits, clusters)
    return f"{k / n:.1%} [{max(low, 0):.1%}, {min(high, 1):.1%}] of {n}"


def mean_interval(values: np.ndarray, clusters: Any) -> tuple[float, float]:
    """Give the 95 % interval of a mean whose rows hang together by cluster."""
    n, mean = len(values), values.mean()
    _, number = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    off = np.bincount(number, weights=values - mean)
    m = len(off)
    error = np.sqrt((off**2).sum() * m / max(m - 1, 1)) / n
    return mean - Z * error, mean + Z * error


def points(values: np.ndarray, clusters: Any) -> str:
    """Write a mean difference in percentage points with its 95 % interval."""
    if not len(values):
        return "–"
    low, high = mean_interval(values.astype(float), clusters)
    return f"{100 * values.mean():.1f} [{100 * low:.1f}, {100 * high:.1f}]"
