"""The numbers of a signal's card, each a function of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import cluster, stats

__all__ = ["alike_groups", "rates_by_bin", "top_lift", "trend"]

_ALIKE = 0.8  # rank correlation from which signals are one group
_ROWS = 20_000  # so many say as well as all which signals go together
_LABELS = 10  # a rate of fewer tells nothing


def top_lift(
    risky: np.ndarray,
    positive: np.ndarray,
    top: float,
    weights: np.ndarray | None = None,
) -> float:
    """Rate among the riskiest share over the rate of all; ties count in proportion."""
    weights = np.ones(len(risky)) if weights is None else weights
    if not positive.any():
        return float("nan")
    code = np.unique(-risky, return_inverse=True)[1]
    rows = np.cumsum(np.bincount(code, weights=weights))
    hits = np.cumsum(np.bincount(code, weights=weights * positive))
    found = np.interp(top * rows[-1], np.r_[0, rows], np.r_[0, hits])
    return float(found / top / hits[-1])


def rates_by_bin(
    codes: np.ndarray, positive: np.ndarray, weights: np.ndarray, n_bins: int
) -> tuple[np.ndarray, np.ndarray]:
    """Labels of each bin, and the (weighted) rate; NaN where there are under ten."""
    n = np.bincount(codes, minlength=n_bins)
    mass = np.bincount(codes, weights=weights, minlength=n_bins)
    hits = np.bincount(codes, weights=weights * positive, minlength=n_bins)
    rate = np.divide(hits, mass, out=np.full(n_bins, np.nan), where=n >= _LABELS)
    return n, rate


def trend(
    codes: np.ndarray, positive: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """Rank correlation of bin and rate: 1 where the rate rises from bin to bin.

    Bins of fewer than ten labels are joined with their neighbours. NaN where fewer than
    three are left, or one class.
    """
    if not positive.any() or positive.all():
        return float("nan")
    weights = np.ones(len(codes)) if weights is None else weights
    n = np.bincount(codes)
    joined = ((np.cumsum(n) - n) // _LABELS)[codes]
    joined = np.unique(joined, return_inverse=True)[1]
    n, rate = rates_by_bin(joined, positive, weights, int(joined.max()) + 1)
    rate = rate[np.isfinite(rate)]
    if len(rate) < 3:
        return float("nan")
    if np.ptp(rate) == 0:
        return 0.0
    return float(stats.spearmanr(np.arange(len(rate)), rate).statistic)


def alike_groups(table: pd.DataFrame) -> dict[Any, int]:
    """Give signals whose ranks go together one number, by average linkage."""
    table = table.iloc[:: -(-len(table) // _ROWS) or 1]
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
