"""Bins of about equal mass that never cut through equal values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["bin_codes", "outer_bins", "tie_bins"]

_MOST = 10
_LEAST = 30  # rows; a smaller bin tells more of chance than of the signal


def tie_bins(values: np.ndarray) -> NDArray[np.float64]:
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
    >>> tie_bins(np.array([0.0] * 90 + [1] * 4 + [2] * 6))
    array([0., 2.])
    """
    there = values[np.isfinite(values)]
    if not len(there):
        return np.zeros(0)
    distinct, counts = np.unique(there, return_counts=True)
    heavy = counts >= len(there) / _MOST
    # a run is one heavy value, or all light ones between two of them
    starts = heavy | np.r_[False, heavy[:-1]]
    run = np.cumsum(starts) - starts[0]
    mass = np.bincount(run, weights=counts)
    light = counts[~heavy].sum() / max(_MOST - heavy.sum(), 1)
    parts = np.minimum(np.round(mass / max(light, 1)), mass // _LEAST).clip(min=1)
    parts[run[heavy]] = 1
    before = np.cumsum(counts) - counts - np.r_[0, np.cumsum(mass)[:-1]][run]
    part = np.floor((before + counts / 2) * parts[run] / mass[run])
    last = np.r_[(np.diff(run) > 0) | (np.diff(part) > 0), True]
    return distinct[last].astype(np.float64)


def outer_bins(uppers: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Add a bin beyond an end that is one value, where later values lie beyond it.

    A signal that was 0 throughout has one bin, in which a first 1 would be lost.

    Examples
    --------
    >>> outer_bins(np.zeros(1), np.zeros(9), np.array([0.0, 3, 5]))
    array([0., 5.])
    """
    old, new = old[np.isfinite(old)], new[np.isfinite(new)]
    if not len(old) or not len(new):
        return uppers
    lowest, highest = old.min(), old.max()
    if new.max() > highest and (old == highest).mean() >= 1 / _MOST:
        uppers = np.append(uppers, new.max())
    if new.min() < lowest and (old == lowest).mean() >= 1 / _MOST:
        uppers = np.insert(uppers, 0, np.nextafter(lowest, -np.inf))
    return uppers


def bin_codes(values: np.ndarray, uppers: np.ndarray) -> NDArray[np.int64]:
    """Find the bin of each value; what is missing is in bin ``len(uppers)``.

    Values beyond the last bin belong to it, so that a new extreme moves its share.

    Examples
    --------
    >>> bin_codes(np.array([-1.0, 0, 5, 99, np.nan]), np.array([0.0, 9]))
    array([0, 0, 1, 1, 2])
    """
    inside = np.searchsorted(uppers, values, side="left")
    inside = np.minimum(inside, max(len(uppers) - 1, 0))
    return np.where(np.isfinite(values), inside, len(uppers)).astype(np.int64)
