"""The area under the ROC curve with an interval that knows of sellers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

__all__ = ["clustered_auc"]


def clustered_auc(
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
    >>> auc, low, high = clustered_auc([1, 2, 3, 4], [0, 0, 1, 0], list("abcd"))
    >>> round(auc, 3), low, high
    (0.667, 0.0, 1.0)
    """
    positive = np.asarray(positive, dtype=bool)
    codes = np.unique(np.asarray(cluster), return_inverse=True)[1]
    weight = np.ones(len(positive)) if weights is None else np.asarray(weights, float)
    if not positive.any() or positive.all():
        return float("nan"), 0.0, 1.0
    above = _placements(np.asarray(values, dtype=float), positive, weight)
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
    return auc, *_limits(auc, max(float(variance), 0.0), min(held), confidence)


def _placements(
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


def _limits(
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
