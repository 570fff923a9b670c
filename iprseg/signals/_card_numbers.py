"""The numbers of a signal's card, each a function of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import cluster, stats

__all__ = ["alike_groups", "monotone", "stability", "top_lift"]

_BINS = 10
_ALIKE = 0.8  # rank correlation from which signals are one group


def top_lift(risky: np.ndarray, positive: np.ndarray, top: float) -> float:
    """Rate among the riskiest share over the rate of all; ties count in proportion."""
    if not positive.any():
        return float("nan")
    values, code = np.unique(-risky, return_inverse=True)
    rows = np.cumsum(np.bincount(code, minlength=len(values)))
    hits = np.cumsum(np.bincount(code, weights=positive, minlength=len(values)))
    found = np.interp(top * len(risky), np.r_[0, rows], np.r_[0, hits])
    return float(found / (top * len(risky)) / positive.mean())


def monotone(risky: np.ndarray, positive: np.ndarray) -> float:
    """Rank correlation of bin and rate; NaN where there are fewer than three bins."""
    edges = _edges(risky)
    if len(edges) < 4 or not positive.any() or positive.all():
        return float("nan")
    bins = np.searchsorted(edges[1:-1], risky, side="right")
    rate = pd.Series(positive).groupby(bins).mean()
    if rate.nunique() == 1:
        return 0.0
    return float(stats.spearmanr(rate.index, rate.to_numpy()).statistic)


def stability(values: np.ndarray, before: pd.Series | None) -> float:
    """Give the population stability index over ten bins of the earlier values."""
    if before is None:
        return float("nan")
    old = before.to_numpy(dtype=float)
    edges = _edges(old)
    shares = []
    for one in (old, values):
        bins = np.searchsorted(edges[1:-1], one, side="right")
        count = np.bincount(
            np.where(np.isfinite(one), bins, len(edges)), minlength=1 + len(edges)
        )
        shares.append((count + 0.5) / (count.sum() + 0.5 * len(count)))
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def alike_groups(table: pd.DataFrame) -> dict[Any, int]:
    """Give signals whose ranks go together one number, by average linkage."""
    moving = [column for column in table.columns if table[column].nunique() > 1]
    numbers = dict.fromkeys(table.columns, 0)
    if len(moving) > 1:
        far = 1 - table[moving].rank().corr(min_periods=20).abs().fillna(0).to_numpy()
        far = np.clip((far + far.T) / 2, 0, 1)
        np.fill_diagonal(far, 0)
        tree = cluster.hierarchy.linkage(
            far[np.triu_indices(len(moving), 1)], "average"
        )
        found = cluster.hierarchy.fcluster(tree, 1 - _ALIKE, "distance")
        numbers |= dict(zip(moving, map(int, found), strict=True))
    elif moving:
        numbers[moving[0]] = 1
    return numbers


def _edges(values: np.ndarray) -> NDArray[np.float64]:
    there = values[np.isfinite(values)]
    if not len(there):
        return np.zeros(0)
    return np.unique(np.quantile(there, np.linspace(0, 1, _BINS + 1)))
