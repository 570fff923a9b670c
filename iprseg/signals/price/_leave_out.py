"""Median and median absolute deviation of a group without one's own seller."""

import numpy as np
from numpy.typing import NDArray


def leave_out(
    values: NDArray[np.float64], group: NDArray[np.int64], seller: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Describe each row's group without the rows of its seller.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        NaN rows are in no group.
    group : ndarray of int, shape (n,)
        -1 for no group.
    seller : ndarray of int, shape (n,)
        -1 for unknown: then only the row itself is left out.

    Returns
    -------
    median, mad : ndarray of float, shape (n,)
        NaN where nobody else is in the group. The deviation is from `median`, unscaled.
    others : ndarray of int, shape (n,)
        Rows of the group that are not the seller's.

    Notes
    -----
    Exact, in O(n log n): each group is sorted once; the i-th value that remains after a
    seller's rows are taken out is found by searching the ranks of those rows. The k
    values nearest to a centre are a window of the sorted values, so the k-th smallest
    deviation is found by bisection over the window's start.

    Examples
    --------
    >>> x, g, s = np.array([1.0, 2, 3, 9]), np.zeros(4, int), np.array([0, 1, 2, 0])
    >>> [a.tolist() for a in leave_out(x, g, s)]
    [[2.5, 3.0, 2.0, 2.5], [0.5, 2.0, 1.0, 0.5], [2, 3, 3, 2]]
    """
    n = len(values)
    median, mad = np.full(n, np.nan), np.full(n, np.nan)
    others = np.zeros(n, dtype=np.int64)
    used = np.flatnonzero((group >= 0) & ~np.isnan(values))
    if len(used):
        owner = np.where(seller >= 0, seller, n + seller.max() + np.arange(n) + 1)
        parts = _Remainders(values[used], group[used], owner[used])
        m, d = parts.median_and_mad()
        median[used], mad[used] = m[parts.pair], d[parts.pair]
        others[used] = parts.size[parts.pair]
    return median, mad, others


class _Remainders:
    """Groups with one seller taken out, for all (group, seller) pairs at once."""

    def __init__(self, values: NDArray, group: NDArray, owner: NDArray):
        order = np.lexsort((values, group))
        self.sorted = values[order]
        group, owner = group[order], owner[order]
        first = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
        of_group = np.cumsum(np.diff(group, prepend=group[0] - 1) != 0) - 1
        rank = np.arange(len(group)) - first[of_group]
        by_pair = np.lexsort((rank, owner, of_group))
        new = _changes(of_group[by_pair]) | _changes(owner[by_pair])
        pair = np.cumsum(new) - 1
        self.first = np.flatnonzero(new)
        self.pair = np.empty(len(group), dtype=np.int64)
        self.pair[order[by_pair]] = pair
        removed = np.diff(np.append(self.first, len(group)))
        self.base = first[of_group[by_pair]][self.first]
        sizes = np.diff(np.append(first, len(group)))
        self.size = sizes[of_group[by_pair]][self.first] - removed
        # With j of its rows before it, a seller's row of rank r stands after r - j
        # remaining ones.
        step = rank[by_pair] - (np.arange(len(group)) - self.first[pair])
        self.stride = len(group) + 1
        self.keys = pair * self.stride + step

    def at(self, i: NDArray) -> NDArray:
        """Return the i-th remaining value of every pair (i within its size)."""
        pairs = np.arange(len(self.first))
        key = pairs * self.stride + i
        skipped = np.searchsorted(self.keys, key, side="right") - self.first
        place = np.clip(self.base + i + skipped, 0, len(self.sorted) - 1)
        return self.sorted[place]

    def median_and_mad(self) -> tuple[NDArray, NDArray]:
        """Return both for every pair, NaN where nobody remains."""
        low, high = np.maximum(self.size - 1, 0) // 2, self.size // 2
        median = (self.at(low) + self.at(high)) / 2
        mad = (self._deviation(median, low + 1) + self._deviation(median, high + 1)) / 2
        nobody = self.size == 0
        return np.where(nobody, np.nan, median), np.where(nobody, np.nan, mad)

    def _deviation(self, centre: NDArray, k: NDArray) -> NDArray:
        """Return the k-th smallest distance of remaining values from a centre."""
        k = np.minimum(k, np.maximum(self.size, 1))
        low = np.zeros(len(k), dtype=np.int64)
        high = np.maximum(self.size - k, 0)
        # The first window start whose right end is as far away as its left end.
        while (low < high).any():
            middle = (low + high) // 2
            enough = self.at(middle + k - 1) - centre >= centre - self.at(middle)
            high = np.where(enough, middle, high)
            low = np.where(enough, low, np.minimum(middle + 1, high))
        return np.minimum(
            self._reach(low, k, centre), self._reach(np.maximum(low - 1, 0), k, centre)
        )

    def _reach(self, start: NDArray, k: NDArray, centre: NDArray) -> NDArray:
        return np.maximum(centre - self.at(start), self.at(start + k - 1) - centre)


def _changes(values: NDArray) -> NDArray[np.bool_]:
    return np.concatenate([[True], values[1:] != values[:-1]])
