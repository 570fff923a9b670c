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
    values = np.asarray(values, dtype=float)
    positive = np.asarray(positive, dtype=bool)
    codes = np.unique(np.asarray(cluster), return_inverse=True)[1]
    m, n = int(positive.sum()), int((~positive).sum())
    if m == 0 or n == 0:
        return float("nan"), 0.0, 1.0
    # placement: the share of the other class that a row stands above, a tie as half
    ranks = stats.rankdata(values)
    above = np.where(positive, ranks, 0.0)
    above[positive] = (ranks[positive] - stats.rankdata(values[positive])) / n
    above[~positive] = 1 - (ranks[~positive] - stats.rankdata(values[~positive])) / m
    auc = float(above[positive].mean())
    sums = [
        np.bincount(codes[side], weights=above[side] - auc, minlength=codes.max() + 1)
        for side in (positive, ~positive)
    ]
    held = [np.unique(codes[side]).size for side in (positive, ~positive)]
    if min(held) < 2:
        return auc, 0.0, 1.0
    every = np.unique(codes).size
    variance = (
        held[0] / (held[0] - 1) * (sums[0] ** 2).sum() / m**2
        + held[1] / (held[1] - 1) * (sums[1] ** 2).sum() / n**2
        + 2 * every / (every - 1) * (sums[0] * sums[1]).sum() / (m * n)
    )
    return auc, *_limits(auc, max(float(variance), 0.0), min(held), confidence)


def _limits(
    auc: float, variance: float, sellers: int, confidence: float
) -> tuple[float, float]:
    if variance == 0 or auc in (0.0, 1.0):
        # perfect or constant: no row disagrees, so the rule of three over sellers
        doubt = 1 - ((1 - confidence) / 2) ** (1 / sellers)
        return max(auc - doubt, 0.0), min(auc + doubt, 1.0)
    width = stats.t.ppf((1 + confidence) / 2, sellers - 1) * np.sqrt(variance)
    spread = width / (auc * (1 - auc))
    centre = special.logit(auc)
    return float(special.expit(centre - spread)), float(special.expit(centre + spread))
