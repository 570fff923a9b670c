"""Measures of one signal: AUC and lift, rates by bin, trend, likeness, stability index."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import cluster, special, stats


def compute_clustered_auc(
    values: ArrayLike,
    positive: ArrayLike,
    cluster: ArrayLike,
    confidence: float = 0.95,
    weights: ArrayLike | None = None,
) -> tuple[float, float, float]:
    """Estimate the chance that a positive row has the higher value, with limits.

    Rows of one seller are alike, so the variance is over sellers [1]_. Limits are taken
    on the logit scale, so that they stay between 0 and 1.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Higher is riskier; no NaN.
    positive : array_like of bool, shape (n,)
    cluster : array_like, shape (n,)
        Seller of each row.
    confidence : float, default 0.95
    weights : array_like of float, shape (n,), optional
        How many rows each stands for (one over its chance of being drawn).

    Returns
    -------
    (auc, low, high) : floats
        NaN, 0 and 1 without a row of either class; limits 0 and 1 with fewer than two
        sellers of either class.

    References
    ----------
    .. [1] Obuchowski, N. A. (1997). Nonparametric analysis of clustered ROC curve data.
       Biometrics 53, 567-578.

    Examples
    --------
    >>> auc, low, high = compute_clustered_auc([1, 2, 3, 4], [0, 0, 1, 0], list("abcd"))
    >>> round(auc, 3), low, high
    (0.667, 0.0, 1.0)
    """
    positive = np.asarray(positive, dtype=bool)
    codes = np.unique(np.asarray(cluster), return_inverse=True)[1]
    weight = np.ones(len(positive)) if weights is None else np.asarray(weights, float)
    if not positive.any() or positive.all():
        return float("nan"), 0.0, 1.0
    above = _compute_placements(np.asarray(values, dtype=float), positive, weight)
    share = np.where(positive, weight, 0.0) / weight[positive].sum()
    rest = np.where(positive, 0.0, weight) / weight[~positive].sum()
    auc = float((share * above).sum())
    sums = [np.bincount(codes, weights=one * (above - auc)) for one in (share, rest)]
    held = [np.unique(codes[side]).size for side in (positive, ~positive)]
    if min(held) < 2:
        return auc, 0.0, 1.0
    every = np.unique(codes).size
    variance = (
        held[0] / (held[0] - 1) * (sums[0] ** 2).sum()
        + held[1] / (held[1] - 1) * (sums[1] ** 2).sum()
        + 2 * every / (every - 1) * (sums[0] * sums[1]).sum()
    )
    return auc, *_compute_auc_limits(
        auc, max(float(variance), 0.0), min(held), confidence
    )


def _compute_placements(
    values: np.ndarray, positive: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Share of the other class that a row stands above (or below), a tie as half."""
    code = np.unique(values, return_inverse=True)[1]
    sides = [
        np.bincount(code, weights=np.where(side, weight, 0.0))
        for side in (positive, ~positive)
    ]
    below = [np.cumsum(one) - one / 2 for one in sides]
    return np.where(
        positive,
        below[1][code] / sides[1].sum(),
        1 - below[0][code] / sides[0].sum(),
    )


def _compute_auc_limits(
    auc: float, variance: float, sellers: int, confidence: float
) -> tuple[float, float]:
    if variance < 1e-15 or auc in (0.0, 1.0):
        # perfect or constant: no row disagrees, so the rule of three over sellers
        doubt = 1 - ((1 - confidence) / 2) ** (1 / sellers)
        return max(auc - doubt, 0.0), min(auc + doubt, 1.0)
    width = stats.t.ppf((1 + confidence) / 2, sellers - 1) * np.sqrt(variance)
    spread = width / (auc * (1 - auc))
    centre = special.logit(auc)
    return float(special.expit(centre - spread)), float(special.expit(centre + spread))


_N_BINS = 10
_MIN_ROWS_PER_BIN = 30  # rows; a smaller bin tells more of chance than of the signal


def compute_bin_limits(values: np.ndarray) -> NDArray[np.float64]:
    """Give the upper end of each of about ten bins.

    Most signals are 0 for most rows: quantiles then fall together, and what is left is
    one bin that can show nothing. So a value that a tenth of the rows have is a bin of
    its own, and the rows between such values are shared out over the bins that are
    left, at least 30 rows to each where there are as many.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        NaN is left out.

    Returns
    -------
    ndarray of float, shape (k,)
        Rising; empty without a value.

    Examples
    --------
    >>> compute_bin_limits(np.array([0.0] * 90 + [1] * 4 + [2] * 6))
    array([0., 2.])
    """
    there = values[np.isfinite(values)]
    if not len(there):
        return np.zeros(0)
    distinct, counts = np.unique(there, return_counts=True)
    heavy = counts >= len(there) / _N_BINS
    # a run is one heavy value, or all light ones between two of them
    starts = heavy | np.r_[False, heavy[:-1]]
    run = np.cumsum(starts) - starts[0]
    mass = np.bincount(run, weights=counts)
    light = counts[~heavy].sum() / max(_N_BINS - heavy.sum(), 1)
    parts = np.minimum(np.round(mass / max(light, 1)), mass // _MIN_ROWS_PER_BIN).clip(
        min=1
    )
    parts[run[heavy]] = 1
    before = np.cumsum(counts) - counts - np.r_[0, np.cumsum(mass)[:-1]][run]
    part = np.floor((before + counts / 2) * parts[run] / mass[run])
    last = np.r_[(np.diff(run) > 0) | (np.diff(part) > 0), True]
    return distinct[last].astype(np.float64)


def add_outer_bins(uppers: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Add a bin beyond an end that is one value, where later values lie beyond it.

    A signal that was 0 throughout has one bin, in which a first 1 would be lost.

    Examples
    --------
    >>> add_outer_bins(np.zeros(1), np.zeros(9), np.array([0.0, 3, 5]))
    array([0., 5.])
    """
    old, new = old[np.isfinite(old)], new[np.isfinite(new)]
    if not len(old) or not len(new):
        return uppers
    lowest, highest = old.min(), old.max()
    if new.max() > highest and (old == highest).mean() >= 1 / _N_BINS:
        uppers = np.append(uppers, new.max())
    if new.min() < lowest and (old == lowest).mean() >= 1 / _N_BINS:
        uppers = np.insert(uppers, 0, np.nextafter(lowest, -np.inf))
    return uppers


def assign_bins(values: np.ndarray, uppers: np.ndarray) -> NDArray[np.int64]:
    """Find the bin of each value; what is missing is in bin ``len(uppers)``.

    Values beyond the last bin belong to it, so that a new extreme moves its share.

    Examples
    --------
    >>> assign_bins(np.array([-1.0, 0, 5, 99, np.nan]), np.array([0.0, 9]))
    array([0, 0, 1, 1, 2])
    """
    inside = np.searchsorted(uppers, values, side="left")
    inside = np.minimum(inside, max(len(uppers) - 1, 0))
    return np.where(np.isfinite(values), inside, len(uppers)).astype(np.int64)


_MIN_LIKENESS = 0.8  # rank correlation from which signals are one group
_MAX_ROWS = 20_000  # so many say as well as all which signals go together
_MIN_LABELS_PER_BIN = 10  # a rate of fewer tells nothing


def compute_top_lift(
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


def compute_bin_rates(
    codes: np.ndarray, positive: np.ndarray, weights: np.ndarray, n_bins: int
) -> tuple[np.ndarray, np.ndarray]:
    """Labels of each bin, and the (weighted) rate; NaN where there are under ten."""
    n = np.bincount(codes, minlength=n_bins)
    mass = np.bincount(codes, weights=weights, minlength=n_bins)
    hits = np.bincount(codes, weights=weights * positive, minlength=n_bins)
    rate = np.divide(
        hits, mass, out=np.full(n_bins, np.nan), where=n >= _MIN_LABELS_PER_BIN
    )
    return n, rate


def compute_trend(
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
    joined = ((np.cumsum(n) - n) // _MIN_LABELS_PER_BIN)[codes]
    joined = np.unique(joined, return_inverse=True)[1]
    n, rate = compute_bin_rates(joined, positive, weights, int(joined.max()) + 1)
    rate = rate[np.isfinite(rate)]
    if len(rate) < 3:
        return float("nan")
    if np.ptp(rate) == 0:
        return 0.0
    return float(stats.spearmanr(np.arange(len(rate)), rate).statistic)


def group_alike_signals(table: pd.DataFrame) -> dict[Any, int]:
    """Give signals whose ranks go together one number, by average linkage."""
    table = table.iloc[:: -(-len(table) // _MAX_ROWS) or 1]
    moving = [column for column in table.columns if table[column].nunique() > 1]
    numbers = dict.fromkeys(table.columns, 0)
    if len(moving) > 1:
        far = 1 - table[moving].rank().corr(min_periods=20).abs().fillna(0).to_numpy()
        far = np.clip((far + far.T) / 2, 0, 1)
        np.fill_diagonal(far, 0)
        tree = cluster.hierarchy.linkage(
            far[np.triu_indices(len(moving), 1)], "average"
        )
        found = cluster.hierarchy.fcluster(tree, 1 - _MIN_LIKENESS, "distance")
        numbers |= dict(zip(moving, map(int, found), strict=True))
    elif moving:
        numbers[moving[0]] = 1
    return numbers


_MIN_SHARE = 1e-4


def compute_stability_index(
    new: np.ndarray,
    old: np.ndarray,
    n_bins: int,
    new_sellers: ArrayLike | None = None,
    old_sellers: ArrayLike | None = None,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Give the population stability index and what chance alone stays below.

    The index is the sum over bins of (q - p) ln(q / p) with the shares p before and q
    now [1]_. An empty bin counts as 0.0001 of the rows, or as half a row where that is
    more. The bounds 0.1 and 0.25 of the trade know nothing of the number of rows; if
    nothing has moved, the index is about (1/n + 1/m) times a chi-square of one degree
    less than there are bins [2]_. Rows of one seller are alike, which is as if there
    were fewer rows: the limit takes the variance over sellers, and Satterthwaite's
    degrees of freedom [3]_.

    Parameters
    ----------
    new, old : ndarray of int
        Bin of each row, from 0 to ``n_bins - 1``; one of them may be "missing".
    n_bins : int
    new_sellers, old_sellers : array_like, optional
        Seller of each row; not given, rows are taken for independent.
    confidence : float, default 0.95

    Returns
    -------
    (psi, limit) : floats
        NaN without a row in either; `limit` NaN where only one bin is filled.

    References
    ----------
    .. [1] Siddiqi, N. (2006). Credit Risk Scorecards. Wiley.
    .. [2] Yurdakul, B. (2018). Statistical properties of population stability index.
       Dissertation 3208, Western Michigan University.
    .. [3] Rao, J. N. K. and Scott, A. J. (1981). The analysis of categorical data from
       complex sample surveys. JASA 76, 221-230.

    Examples
    --------
    >>> psi, _ = compute_stability_index(np.repeat([0, 1], 50), np.repeat([0, 1], [90, 10]), 2)
    >>> round(psi, 3)  # (.5 - .9) ln(.5 / .9) + (.5 - .1) ln(.5 / .1)
    0.879
    """
    if not len(new) or not len(old):
        return float("nan"), float("nan")
    counts = [np.bincount(one, minlength=n_bins) for one in (old, new)]
    filled = counts[0] + counts[1] > 0
    p, q = (
        np.maximum(one[filled] / one.sum(), max(_MIN_SHARE, 0.5 / one.sum()))
        for one in counts
    )
    psi = float(((q - p) * np.log(q / p)).sum())
    free = int(filled.sum()) - 1
    if free < 1:
        return psi, float("nan")
    # chance alone: a sum of chi-squares, one per direction, matched by one chi-square
    spread = sum(
        _estimate_share_covariance(codes, sellers, n_bins)[np.ix_(filled, filled)]
        for codes, sellers in ((old, old_sellers), (new, new_sellers))
    )
    share = (p + q) / 2
    first = float((np.diag(spread) / share).sum())
    second = float((spread**2 / np.outer(share, share)).sum())
    if second == 0:
        return psi, float("nan")
    return psi, second / first * float(stats.chi2.ppf(confidence, first**2 / second))


def _estimate_share_covariance(
    codes: np.ndarray, sellers: ArrayLike | None, n_bins: int
) -> np.ndarray:
    """Covariance of the shares of bins, over sellers where there are two or more."""
    share = np.bincount(codes, minlength=n_bins) / len(codes)
    seller = None if sellers is None else pd.factorize(np.asarray(sellers))[0]
    held = 0 if seller is None else int(seller.max()) + 1
    if seller is None or held < 2:
        return (np.diag(share) - np.outer(share, share)) / len(codes)
    cells = np.bincount(seller * n_bins + codes, minlength=held * n_bins)
    cells = cells.reshape(held, n_bins).astype(float)
    away = cells - cells.sum(axis=1, keepdims=True) * share
    return away.T @ away * held / (held - 1) / len(codes) ** 2
