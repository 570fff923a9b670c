"""How far a signal has moved since an earlier period."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

__all__ = ["stability"]

_FLOOR = 1e-4


def stability(
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
    >>> psi, _ = stability(np.repeat([0, 1], 50), np.repeat([0, 1], [90, 10]), 2)
    >>> round(psi, 3)  # (.5 - .9) ln(.5 / .9) + (.5 - .1) ln(.5 / .1)
    0.879
    """
    if not len(new) or not len(old):
        return float("nan"), float("nan")
    counts = [np.bincount(one, minlength=n_bins) for one in (old, new)]
    filled = counts[0] + counts[1] > 0
    p, q = (
        np.maximum(one[filled] / one.sum(), max(_FLOOR, 0.5 / one.sum()))
        for one in counts
    )
    psi = float(((q - p) * np.log(q / p)).sum())
    free = int(filled.sum()) - 1
    if free < 1:
        return psi, float("nan")
    # chance alone: a sum of chi-squares, one per direction, matched by one chi-square
    spread = sum(
        _covariance(codes, sellers, n_bins)[np.ix_(filled, filled)]
        for codes, sellers in ((old, old_sellers), (new, new_sellers))
    )
    share = (p + q) / 2
    first = float((np.diag(spread) / share).sum())
    second = float((spread**2 / np.outer(share, share)).sum())
    if second == 0:
        return psi, float("nan")
    return psi, second / first * float(stats.chi2.ppf(confidence, first**2 / second))


def _covariance(
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
