"""A weighted coreset that stands for the rows, its nearest points and their links.

The distance of two means of rows says little about the rows between them; the rows
themselves do. Each row is shared out among the points nearest to it, and two points
are linked by the rows that they share: the anchor graph of Liu, He and Chang (2010,
"Large graph construction for scalable semi-supervised learning", ICML). It costs one
sparse product, and links of parts of the rows to the same points add up to those of
the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from iprseg.parallel import map_in_threads
from iprseg.validation import NOISE

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# So many points at most vote on a row: with 9 the surest third of 50,000 titles agreed
# less with the true categories (NMI .84 for .87), as many of them tie.
MAX_VOTERS = 16
_EXTRA_PROPOSALS = 3
_CHUNK_ROWS = 20_000
_PART_ROWS = (
    512  # rows whose distances are worked out at once, in the processor's cache
)
# Above so many points a row is compared with those in the nearest lists only. Of 4,096
# centres of 200,000 titles that finds 98 % of a row's 16 nearest, and the first for
# 99.5 % of the rows, in a third of the time.
_MAX_FLAT_POINTS = 2048
_SEARCH_PROBES = 16


@dataclass(frozen=True)
class NearestPoints:
    """Points near each row, nearest first.

    Attributes
    ----------
    found : array of int64, shape (n, k)
    distance : array of float64, shape (n, k)
    """

    found: IntArray
    distance: FloatArray


def _build_search_index(
    points: NDArray[np.float32], probed: int = _SEARCH_PROBES
) -> Any:
    """Return an empty faiss index fit for so many points in such places.

    Few points are all compared. Many are sorted into ``2 sqrt(m)`` lists around
    centres of their own, and only the lists nearest to a row are searched.

    Parameters
    ----------
    points : array of float32, shape (m, d)
    probed : int
        How many lists.
    """
    import faiss

    n, d = points.shape
    flat = faiss.IndexFlatL2(d)
    if n <= _MAX_FLAT_POINTS:
        return flat
    index = faiss.IndexIVFFlat(flat, d, round(2 * n**0.5))
    index.cp.min_points_per_centroid = 1  # says nothing of small lists
    index.nprobe = probed
    index.train(points)
    return index


def find_nearest_points(
    rows: FloatArray, points: FloatArray, count: int
) -> NearestPoints:
    """Return the nearest points of each row.

    A fast search in single precision proposes a few more than asked, and exact
    distances order them, so that a row's answer does not hang on its neighbours in
    the batch; of equally near points the first is taken. Among more than 2,048 points
    the search itself may miss a far one, see `_build_search_index`.

    Parameters
    ----------
    rows : array, shape (n, d)
    points : array, shape (m, d)
    count : int
        Points wanted per row; all where there are fewer.
    """
    # far from the origin single precision cannot tell near from nearer
    middle = points.mean(axis=0)
    centered = np.ascontiguousarray(points - middle, dtype=np.float32)
    index = _build_search_index(centered)
    index.add(centered)
    count = min(count, len(points))
    proposed = min(count + _EXTRA_PROPOSALS, len(points))
    found = np.empty((len(rows), count), np.int64)
    distance = np.empty((len(rows), count))
    for start in range(0, len(rows), _CHUNK_ROWS):
        chunk = rows[start : start + _CHUNK_ROWS]
        single = np.ascontiguousarray(chunk - middle, dtype=np.float32)
        near = np.sort(
            _search_nearest_candidates(index, centered, single, proposed), axis=1
        )
        ranked = partial(_rank_candidates_by_distance, chunk, points, near, count)
        parts = map_in_threads(ranked, len(chunk), _PART_ROWS)
        here = slice(start, start + len(chunk))
        found[here] = np.vstack([part[0] for part in parts])
        distance[here] = np.vstack([part[1] for part in parts])
    return NearestPoints(found, distance)


def _rank_candidates_by_distance(
    rows: FloatArray, points: FloatArray, near: IntArray, count: int, part: slice
) -> tuple[IntArray, FloatArray]:
    """Return the nearest of some points of each row and their exact distances."""
    near, rows = near[part], rows[part]
    squared = np.empty(near.shape)
    for rank in range(near.shape[1]):
        gap = rows - points[near[:, rank]]
        squared[:, rank] = np.einsum("ij,ij->i", gap, gap)
    order = np.argsort(squared, axis=1, kind="stable")[:, :count]
    distance = np.sqrt(np.take_along_axis(squared, order, axis=1))
    return np.take_along_axis(near, order, axis=1), distance


def _search_nearest_candidates(
    index: Any, points: NDArray[np.float32], rows: NDArray[np.float32], count: int
) -> IntArray:
    """Return so many candidates of each row, whatever its lists hold."""
    import faiss

    found = index.search(rows, count)[1]
    short = (found < 0).any(axis=1)  # the lists it was compared with hold fewer
    if short.any():
        every = faiss.IndexFlatL2(points.shape[1])
        every.add(points)
        found[short] = every.search(rows[short], count)[1]
    return np.asarray(found, dtype=np.int64)


# With 24 and 49 rows each, centres of 200,000 real titles mixed more categories: over
# all rows NMI fell from .464 to .456.
_ROWS_PER_CENTER = 16
# So few rows are clustered as they are, and more stand for half as many at least: less
# compression would blur rows and save nothing.
_MAX_UNREDUCED_ROWS = 8192
# Settled on 50,000 titles and 4,096 centres: twice the points per centre and half more
# rounds cost thrice the time and leave the agreement with the true categories alone.
_TRAINING_POINTS_PER_CENTER = 12
_K_MEANS_ROUNDS = 4
# Lists searched for a point's centre: with 8 it takes half longer and micro-clusters of
# real titles are hardly purer (.718 of rows in the main category, for .715).
_K_MEANS_PROBES = 4


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


def hash_rows(data: NDArray) -> NDArray[np.uint64]:
    """Return a 64-bit key per row, equal for equal rows; NaN equals NaN, -0 equals 0.

    Examples
    --------
    >>> keys = hash_rows(np.array([[0.0, np.nan], [-0.0, np.nan], [0.0, 1.0]]))
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


def find_distinct_rows(
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
        hash_rows(data), return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return first[order], rank[inverse], counts[order].astype(np.float64)


def build_coreset(
    rows: FloatArray, counts: FloatArray, max_points: int, random_state: int
) -> tuple[Coreset, NearestPoints]:
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
    if len(rows) > min(max_points, _MAX_UNREDUCED_ROWS):
        least = max(min(max_points, _MAX_UNREDUCED_ROWS) // 2, 1)
        n_centers = int(np.clip(len(rows) // _ROWS_PER_CENTER, least, max_points))
        points = _fit_k_means(rows, counts, n_centers, random_state)
    near = find_nearest_points(rows, points, MAX_VOTERS + 1)
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


def _fit_k_means(
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
    k_means.niter = _K_MEANS_ROUNDS
    k_means.seed = random_state
    k_means.max_points_per_centroid = _TRAINING_POINTS_PER_CENTER
    k_means.min_points_per_centroid = 1
    some = np.random.default_rng(random_state).permutation(len(data))[:n_centers]
    index = _build_search_index(data[some], _K_MEANS_PROBES)
    k_means.train(data, index, weights.astype(np.float32))
    centers = faiss.vector_to_array(k_means.centroids)
    return centers.reshape(n_centers, -1).astype(np.float64) + middle


# With 12 and 16 the surest 61 % of 200,000 titles agreed a little less with the true
# categories (NMI .69 for .70), with 5 over all rows (.49 for .50).
_POINTS_PER_ROW = 8
# One round of spreading gains a quarter as much (NMI of 200,000 titles .495, .500, .504
# and .507 after one to four), and four wipe out what chance gathers among rows that
# have no structure.
_SPREAD_ROUNDS = 4
_MAJORITY = 0.5
_MIN_CLOSENESS = 1e-9  # so that points all equally far share a row all the same


def compute_closeness(distance: FloatArray, count: int) -> FloatArray:
    """Return how close each of the nearest points is to its row, 1 at the row itself.

    Epanechnikov's kernel: it falls with the square of the distance to 0 at the first
    point left out, so that it makes no difference which of two equally far points that
    is.

    Parameters
    ----------
    distance : array, shape (n, k)
        Nearest first.
    count : int
        How many points to weigh.

    Returns
    -------
    array, shape (n, min(count, k))

    Examples
    --------
    >>> compute_closeness(np.array([[0.0, 1.0, 2.0]]), 2).round(6).tolist()
    [[1.0, 0.75]]
    """
    beyond = distance[:, count : count + 1]
    reach = beyond if beyond.shape[1] else 2 * distance[:, -1:]  # all that there are
    gone = distance[:, :count] / np.where(reach > 0, reach, 1)
    close = np.maximum(1 - gone**2, 0)
    close[:, 0] += _MIN_CLOSENESS  # where all are equally far the first decides
    return close


def link_points(
    near: NearestPoints, counts: FloatArray, n_points: int
) -> sparse.csr_array:
    """Return the rows that each two points share.

    Parameters
    ----------
    near : Near
        The nearest points of each row.
    counts : array, shape (n,)
        How many rows each stands for.
    n_points : int

    Returns
    -------
    csr_array, shape (n_points, n_points)
        Symmetric. On the diagonal what a point shares with nobody.

    Examples
    --------
    >>> distance = np.array([[1.0, 1.0], [0.0, 9.0]])
    >>> near = NearestPoints(np.array([[0, 1], [1, 0]]), distance)
    >>> link_points(near, np.ones(2), 2).toarray().round(2).tolist()
    [[0.43, 0.49], [0.49, 0.58]]
    """
    close = np.maximum(
        compute_closeness(near.distance, _POINTS_PER_ROW), _MIN_CLOSENESS
    )
    close /= close.sum(axis=1, keepdims=True)
    n, sharers = close.shape
    ends = np.arange(0, n * sharers + 1, sharers)
    place = near.found[:, :sharers].ravel()
    shared = sparse.csr_array((close.ravel(), place, ends), shape=(n, n_points))
    weighed = sparse.csr_array(
        ((close * counts[:, None]).ravel(), place, ends), shape=(n, n_points)
    )
    return sparse.csr_array(shared.T @ weighed)


def build_neighbour_graph(
    links: sparse.csr_array, n_neighbors: int
) -> sparse.coo_array:
    """Return the symmetric graph of neighbourhood memberships.

    Each point keeps its strongest links, relative to the strongest of them; two
    one-sided memberships join as probabilities do, as in UMAP.

    Parameters
    ----------
    links : csr_array, shape (m, m)
        From `link_points`.
    n_neighbors : int
        Links kept per point.

    Returns
    -------
    coo_array, shape (m, m)
        Memberships in (0, 1], zero on the diagonal.
    """
    pairs = sparse.coo_array(links)
    others = pairs.row != pairs.col
    rows, cols, shared = pairs.row[others], pairs.col[others], pairs.data[others]
    strongest = sparse.csr_array((shared, (rows, cols))).max(axis=1).toarray()
    relative = shared / strongest[rows]
    order = np.argsort(rows - relative, kind="stable")  # by row, the strongest first
    rows, cols, relative = rows[order], cols[order], relative[order]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    kept = rank < n_neighbors
    directed = sparse.csr_array(
        (relative[kept], (rows[kept], cols[kept])), shape=links.shape
    )
    return sparse.coo_array(directed + directed.T - directed * directed.T)


def spread_labels(
    labels: IntArray, links: sparse.csr_array, settled: NDArray[np.bool_]
) -> tuple[IntArray, FloatArray]:
    """Let points that share rows agree on their cohorts.

    What a point shares with others of its cohort speaks for it, what it shares with
    other cohorts or noise against; so rows on both sides of a border correct what the
    means of micro-clusters got wrong.

    Parameters
    ----------
    labels : array, shape (m,)
        Of the points, `NOISE` among them.
    links : csr_array, shape (m, m)
    settled : array of bool, shape (m,)
        Points that are sure of their label whatever is near.

    Returns
    -------
    labels : array of int64, shape (m,)
        The cohort with the largest share; `NOISE` where noise has the majority.
    trust : array of float64, shape (m,)
        That share, in (0, 1].
    """
    n_labels = int(labels.max(initial=NOISE)) + 1
    if n_labels == 0:
        return labels, np.ones(len(labels))
    settled = settled & (labels != NOISE)
    every = np.arange(len(labels))
    share = np.zeros((len(labels), n_labels + 1))  # the last column is noise's
    share[every, labels] = 1
    total = np.maximum(links.sum(axis=1), _MIN_CLOSENESS)[:, None]
    for _ in range(_SPREAD_ROUNDS):
        share = (links @ share) / total
    best = share[:, :n_labels].argmax(axis=1)
    best[share[:, n_labels] > _MAJORITY] = NOISE
    trust = np.minimum(share[every, best], 1)  # but for rounding
    return np.where(settled, labels, best), np.where(settled, 1, trust)
