"""Reduce rows to a weighted coreset: equal rows collapse, near rows share a centre."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iprseg.segment._near import (
    MAX_VOTERS,
    FloatArray,
    Near,
    nearest_points,
    search_index,
)

# With 24 and 49 rows each, centres of 200,000 real titles mixed more categories: over
# all rows NMI fell from .464 to .456.
_ROWS_PER_CENTER = 16
# So few rows are clustered as they are, and more stand for half as many at least: less
# compression would blur rows and save nothing.
_FEW = 8192
# Settled on 50,000 titles and 4,096 centres: twice the points per centre and half more
# rounds cost thrice the time and leave the agreement with the true categories alone.
_POINTS_PER_CENTER = 12
_ROUNDS = 4
# Lists searched for a point's centre: with 8 it takes half longer and micro-clusters of
# real titles are hardly purer (.718 of rows in the main category, for .715).
_PROBED = 4


@dataclass(frozen=True)
class Coreset:
    """Points that stand for rows.

    Attributes
    ----------
    points : array of float64, shape (m, d)
    weights : array of float64, shape (m,)
        Rows that each stands for.
    """

    points: FloatArray
    weights: FloatArray


def row_keys(data: NDArray) -> NDArray[np.uint64]:
    """Return a 64-bit key per row, equal for equal rows; NaN equals NaN, -0 equals 0.

    Examples
    --------
    >>> keys = row_keys(np.array([[0.0, np.nan], [-0.0, np.nan], [0.0, 1.0]]))
    >>> bool(keys[0] == keys[1]), bool(keys[0] == keys[2])
    (True, False)
    """
    keys = np.zeros(len(data), dtype=np.uint64)
    for column in data.T:
        values = column.astype(np.float64) + 0.0
        values[np.isnan(values)] = np.nan
        keys ^= values.view(np.uint64)
        keys *= np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(31)
    return keys


def distinct_rows(
    data: NDArray,
) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
    """Find the rows that differ.

    Returns
    -------
    first : array, shape (u,)
        Where each distinct row stands first, in the order of the data.
    place : array, shape (n,)
        Which distinct row each row is.
    counts : array, shape (u,)
        How often it occurs.
    """
    _, first, inverse, counts = np.unique(
        row_keys(data), return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return first[order], rank[inverse], counts[order].astype(np.float64)


def build_coreset(
    rows: FloatArray, counts: FloatArray, max_points: int, random_state: int
) -> tuple[Coreset, Near]:
    """Stand for many rows by few points.

    Parameters
    ----------
    rows : array, shape (n, d)
        Distinct rows, scaled.
    counts : array, shape (n,)
        How often each occurs.
    max_points : int
        Up to so many rows, and up to 8,192, stand for themselves; more become the
        means of micro-clusters (k-means) of 16 rows on average, but so many at most,
        and half as many or 4,096 at least.
    random_state : int

    Returns
    -------
    coreset : Coreset
    near : Near
        The points nearest each row; the first of them stands for it.
    """
    points = rows
    if len(rows) > min(max_points, _FEW):
        least = max(min(max_points, _FEW) // 2, 1)
        n_centers = int(np.clip(len(rows) // _ROWS_PER_CENTER, least, max_points))
        points = _k_means(rows, counts, n_centers, random_state)
    near = nearest_points(rows, points, MAX_VOTERS + 1)
    owner = near.found[:, 0]
    weights = np.bincount(owner, counts, len(points)).astype(np.float64)
    return Coreset(points, weights), near


def merge_coresets(
    parts: Sequence[Coreset], max_points: int, random_state: int
) -> Coreset:
    """Merge the coresets of parts of the data into one of the whole.

    Parameters
    ----------
    parts : sequence of Coreset
        Of rows on one scale.
    max_points : int
        As in `build_coreset`.
    random_state : int

    Returns
    -------
    Coreset
        Of the same total weight. Points in order of their coordinates, so that the
        order of the parts does not matter. Where no more than ``max_points`` differ
        it holds the points of the whole, exactly; else its points are weighted means
        of the parts' points, and cohorts found from it agree with those of the whole
        as well as two seeds do.

    Examples
    --------
    >>> left = Coreset(np.array([[0.0], [1.0]]), np.array([2.0, 1.0]))
    >>> right = Coreset(np.array([[1.0], [5.0]]), np.array([3.0, 1.0]))
    >>> merge_coresets([left, right], 10, 0).weights.tolist()
    [2.0, 4.0, 1.0]
    """
    points = np.vstack([part.points for part in parts])
    weights = np.concatenate([part.weights for part in parts])
    points, place = np.unique(points, axis=0, return_inverse=True)
    weights = np.bincount(place.ravel(), weights).astype(np.float64)
    return build_coreset(points, weights, max_points, random_state)[0]


def _k_means(
    points: FloatArray,
    weights: FloatArray,
    n_centers: int,
    random_state: int,
) -> FloatArray:
    import faiss

    # far from the origin single precision cannot tell near from nearer
    middle = points.mean(axis=0)
    data = np.ascontiguousarray(points - middle, dtype=np.float32)
    k_means = faiss.Clustering(data.shape[1], n_centers)
    k_means.niter = _ROUNDS
    k_means.seed = random_state
    k_means.max_points_per_centroid = _POINTS_PER_CENTER
    k_means.min_points_per_centroid = 1
    some = np.random.default_rng(random_state).permutation(len(data))[:n_centers]
    index = search_index(data[some], _PROBED)
    k_means.train(data, index, weights.astype(np.float32))
    centers = faiss.vector_to_array(k_means.centroids)
    return centers.reshape(n_centers, -1).astype(np.float64) + middle
