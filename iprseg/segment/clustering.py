"""Cluster a coreset by density, or rows by UMAP and HDBSCAN, the reference method.

In many dimensions all distances are alike and density means little; a layout that
keeps neighbours together makes it mean something again. This is UMAP's objective
(McInnes, Healy and Melville 2018, arXiv:1802.03426) with the kernel 1 / (1 + d²) and
batch updates in numpy: nothing is compiled, so a first call costs no half minute, and
one seed gives one result whatever the number of threads.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from iprseg.parallel import map_in_threads
from iprseg.segment.coreset import (
    Coreset,
    build_neighbour_graph,
    hash_rows,
    spread_labels,
)
from iprseg.segment.hierarchy import (
    CondensedTree,
    build_single_linkage,
    build_spanning_tree,
    compute_core_distances,
    condense_tree,
    find_selected_ancestors,
    label_points,
    select_branches,
)
from iprseg.validation import NOISE

# Below this many points, or in so few dimensions, distances still tell near from far
# and a layout would only add chance.
_MIN_LAYOUT_POINTS = 100
_LAYOUT_DIMS = 5
# With 200 and 400 the surest 61 % of 200,000 titles agreed a little less with the true
# categories (NMI .68 and .67 for .69).
_LAYOUT_EPOCHS = 100
_FRAME_QUANTILE = (
    0.99  # of the points begin within the frame of a layout, the rest at its rim
)
# A layout gathers what belongs together by itself: to ask there for a whole cohort's
# rows once more lost small categories (NMI of 200,000 titles .48 for .51). With fewer
# rows than it brings together, rows without any structure broke up into ten cohorts.
_LAYOUT_SAMPLES_SHARE = 0.25
# With HDBSCAN*'s 1 / distance (a power of 1) many fine splits inside one dense place
# outweigh the wide gap around it: ordinary offers broke up into their kinds of goods,
# on simulated marketplaces of 3,000 and of 40,000 listings; from 0.7 down none did.
_DENSITY_POWER = 0.3
# Above this share of all rows the stability of a branch of signals counts by the rows
# outside it. One of 77 % or more hid most small kinds of seller, or was the whole less
# its outliers; the ordinary offers of simulated marketplaces, a cohort of their own,
# are at most 69 %. In a layout every branch counts so: of real titles one of 66 to 76 %
# was now and then as stable as the 50 topics inside it together, while off one true
# half, or nine tenths, chance splits much less.
_MAX_FULL_SHARE = 0.72


@dataclass(frozen=True)
class Clustering:
    """Clusters of the points of a coreset.

    Attributes
    ----------
    labels : array of int64, shape (m,)
    trust : array of float64, shape (m,)
        How far what is near to a point bears its label out, in (0, 1].
    tree : CondensedTree
    chosen : array of int64
        The branch of each label.
    """

    labels: NDArray[np.int64]
    trust: NDArray[np.float64]
    tree: CondensedTree
    chosen: NDArray[np.int64]


def cluster_coreset(
    coreset: Coreset,
    links: sparse.csr_array,
    min_size: float,
    min_samples: float | None,
    selection: str,
    n_neighbors: int,
    random_state: int,
    vectors: bool = True,
) -> Clustering:
    """Make neighbourhoods of a coreset denser and cluster it by density.

    Parameters
    ----------
    coreset : Coreset
    links : csr_array, shape (m, m)
        Rows that its points share, from `link_points`; those of parts add up.
    min_size : float
        Least weight of a cluster.
    min_samples : float, optional
        Weight that a point must gather to count as dense; by default ``min_size``; in
        a layout a quarter of it, or ``n_neighbors`` where that is more.
    selection : {"eom", "leaf"}
    n_neighbors : int
        Neighbours that are brought together; 0 clusters the points as they lie.
    random_state : int
    vectors : bool, default=True
        Whether the points are vectors alone. All their distances are alike, so they
        are laid out in few dimensions. Distances of signals mean something: each point
        moves to the mean of its neighbours and no farther. A layout would stretch the
        ordinary offers, whose signals are equal, until their kinds of goods lie as
        far apart as kinds of risk: the larger the marketplace, the more so.
    """
    points, weights = coreset.points, coreset.weights
    n, d = points.shape
    denser = is_densified(n, d, n_neighbors)
    if denser and vectors:
        points = _lay_out_points(points, links, n_neighbors, random_state)
    elif denser:
        points = apply_mean_shift(points, weights, n_neighbors)
    if min_samples is None:
        gathered = max(n_neighbors, _LAYOUT_SAMPLES_SHARE * min_size)
        min_samples = min(min_size, gathered) if denser and vectors else min_size
    core = compute_core_distances(points, weights, min_samples)
    edges = build_spanning_tree(points, core)
    power = _DENSITY_POWER if denser else 1.0  # HDBSCAN*'s
    tree = condense_tree(*build_single_linkage(*edges, weights), min_size, power)
    if weights.min() >= min_size:
        selection = "leaf"  # few places, many equal rows at each: all are cohorts
    most = 1.0 if not denser else 0.0 if vectors else _MAX_FULL_SHARE
    chosen = select_branches(tree, selection, most)
    labels = label_points(tree, chosen)
    heaviest = int(weights.argmax())
    if len(chosen) == 0 and weights[heaviest] >= min_size:
        # nothing to split off from, yet so many equal rows are a cohort
        chosen = np.zeros(1, np.int64)
        labels[heaviest] = 0
    trust = np.ones(n)
    if denser and vectors:
        alone = weights >= min_size  # so many equal rows are a cohort by themselves
        labels, trust = spread_labels(labels, links, alone)
    return Clustering(labels, trust, tree, chosen)


def is_densified(n_points: int, n_dims: int, n_neighbors: int) -> bool:
    """Return whether neighbours are brought together before they are clustered.

    Examples
    --------
    >>> is_densified(100, 6, 15), is_densified(100, 5, 15), is_densified(100, 6, 0)
    (True, False, False)
    """
    return n_neighbors > 0 and n_points >= _MIN_LAYOUT_POINTS and n_dims > _LAYOUT_DIMS


def _lay_out_points(
    points: NDArray[np.float64],
    links: sparse.csr_array,
    n_neighbors: int,
    random_state: int,
) -> NDArray[np.float64]:
    centered = points - points.mean(axis=0)
    _, directions = np.linalg.eigh(centered.T @ centered)
    start = centered @ directions[:, ::-1][:, :_LAYOUT_DIMS]
    # one row far out must not bring all others to one place
    reach = np.quantile(np.abs(start).max(axis=1), _FRAME_QUANTILE)
    start = np.clip(start * (10 / max(float(reach), 1e-12)), -10, 10)
    graph = build_neighbour_graph(links, n_neighbors)
    return lay_out_graph(graph, start, _LAYOUT_EPOCHS, random_state)


def build_tree_frame(
    tree: CondensedTree, chosen: NDArray[np.int64], cohort_of: NDArray[np.int64]
) -> pd.DataFrame:
    """Return the hierarchy as a frame, coarse to fine.

    Parameters
    ----------
    tree : CondensedTree
    chosen : array of int, shape (n_chosen,)
        The branches that are clusters.
    cohort_of : array of int, shape (n_chosen,)
        Cohort id of each chosen branch, or `NOISE`.

    Returns
    -------
    DataFrame, index ``branch``
        ``parent`` (-1 for the whole), ``depth``, ``size`` in rows, ``distance`` at
        which it splits off, ``stability``, ``chosen``, ``cohort`` (of the cohort that
        holds the branch, or NOISE).
    """
    depth = np.zeros(len(tree.parent), np.int64)
    for branch in range(1, len(depth)):
        depth[branch] = depth[tree.parent[branch]] + 1
    owner = find_selected_ancestors(tree, chosen)
    cohort = np.append(cohort_of, NOISE)[owner]
    is_chosen = np.zeros(len(depth), dtype=bool)
    is_chosen[chosen[cohort_of != NOISE]] = True
    frame = pd.DataFrame(
        {
            "parent": tree.parent,
            "depth": depth,
            "size": tree.size,
            "distance": tree.distance,
            "stability": tree.stability,
            "chosen": is_chosen,
            "cohort": cohort,
        }
    )
    return frame.rename_axis("branch")


FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MAX_GRADIENT = 4.0
_N_PUSHES = 5
# With 40 the layout took twice the time for the same agreement with true categories.
_SAMPLED_PUSHES = 15
_PART_POINTS = (
    1024  # points whose pushes are worked out at once, in the processor's cache
)


def find_nearest_others(points: FloatArray, count: int) -> tuple[FloatArray, IntArray]:
    """Return distances and indices of the nearest other points, nearest first."""
    import faiss

    index = faiss.IndexFlatL2(points.shape[1])
    # far from the origin single precision cannot tell near from nearer
    data = np.ascontiguousarray(points - points.mean(axis=0), dtype=np.float32)
    index.add(data)
    count = min(count, len(points) - 1)
    squared, found = index.search(data, count + 1)
    n = len(points)
    self_first = found != np.arange(n)[:, None]
    # a point that has twins may not find itself: then its farthest is left out
    self_first[self_first.all(axis=1), -1] = False
    shape = (n, count)
    return (
        np.sqrt(np.maximum(squared[self_first].reshape(shape), 0)).astype(np.float64),
        found[self_first].reshape(shape).astype(np.int64),
    )


def lay_out_graph(
    graph: sparse.coo_array, start: FloatArray, n_epochs: int, random_state: int
) -> FloatArray:
    """Move points so that members of one neighbourhood come together.

    Parameters
    ----------
    graph : coo_array, shape (n, n)
        From `build_neighbour_graph`.
    start : array, shape (n, k)
        Where the points begin.
    n_epochs : int
    random_state : int

    Returns
    -------
    array, shape (n, k)
    """
    rng = np.random.default_rng(random_state)
    # each pair once: both directions are due at the same time
    strong = (graph.data >= graph.data.max() / n_epochs) & (graph.row < graph.col)
    heads, tails = graph.row[strong], graph.col[strong]
    rate = graph.data[strong] / graph.data.max()
    due = np.zeros(len(rate))
    place = start.astype(np.float32)
    for epoch in range(n_epochs):
        due += rate
        active = np.flatnonzero(due >= 1)
        due[active] -= 1
        move = _compute_layout_moves(place, heads[active], tails[active], rng)
        place += np.float32(1 - epoch / n_epochs) * move
    return place.astype(np.float64)


def _compute_layout_moves(
    place: NDArray[np.float32],
    heads: IntArray,
    tails: IntArray,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    n = len(place)
    axes = place.T.copy()  # numpy is slow over rows of five numbers
    # a point is owed _N_PUSHES pushes per pull; one sample per point, weighted by
    # what it is owed, gives the same in expectation for less work
    pulls = np.bincount(heads, minlength=n) + np.bincount(tails, minlength=n)
    owed = pulls * np.float32(_N_PUSHES / _SAMPLED_PUSHES)
    others = rng.integers(n, size=(n, _SAMPLED_PUSHES), dtype=np.int32)
    parts = map_in_threads(
        lambda part: _compute_layout_repulsion(axes, part, others[part]),
        n,
        _PART_POINTS,
    )
    moves = np.hstack(parts) * owed
    apart = [axis[heads] - axis[tails] for axis in axes]
    factor = -2 / (1 + sum(gap * gap for gap in apart))
    for move, gap in zip(moves, apart, strict=True):
        pull = 2 * np.clip(gap * factor, -_MAX_GRADIENT, _MAX_GRADIENT)
        move += np.bincount(heads, pull, n) - np.bincount(tails, pull, n)
    return moves.T


def _compute_layout_repulsion(
    axes: NDArray[np.float32], part: slice, others: NDArray[np.int32]
) -> NDArray[np.float32]:
    away = [axis[part, None] - axis[others] for axis in axes]
    squared = sum(gap * gap for gap in away)
    factor = 2 / ((np.float32(0.001) + squared) * (1 + squared))
    return np.stack(
        [
            np.clip(gap * factor, -_MAX_GRADIENT, _MAX_GRADIENT).sum(axis=1)
            for gap in away
        ]
    )


def apply_mean_shift(
    points: FloatArray, weights: FloatArray, n_neighbors: int
) -> FloatArray:
    """Return the mean of each point and its nearest neighbours.

    One step of blurring mean shift (Fukunaga and Hostetler 1975,
    doi:10.1109/TIT.1975.1055330; Cheng 1995, doi:10.1109/34.400568) with a flat kernel
    that holds so many neighbours. What many weak columns add to every distance by
    chance falls with their number; the gap between two kinds stays.

    Parameters
    ----------
    points : array, shape (n, d)
    weights : array, shape (n,)
        Rows that each point stands for.
    n_neighbors : int

    Returns
    -------
    array, shape (n, d)

    Examples
    --------
    >>> line = np.array([[0.0], [1.0], [8.0], [10.0]])
    >>> apply_mean_shift(line, np.array([1.0, 3.0, 1.0, 1.0]), 1).ravel().tolist()
    [0.75, 0.75, 9.0, 9.0]
    """
    total = points * weights[:, None]
    weight = weights.copy()
    for found in find_nearest_others(points, n_neighbors)[1].T:
        total += points[found] * weights[found, None]
        weight += weights[found]
    return np.asarray(total / weight[:, None], dtype=np.float64)


@dataclass(frozen=True)
class ReferenceClustering:
    """Labels of the rows and the exemplars that stand for each cluster.

    Attributes
    ----------
    labels : array of int64, shape (n,)
    strength : array of float64, shape (n,)
    exemplars : array of int64, shape (e,)
        Rows that lie at the densest places of their clusters.
    tree : CondensedTree
        hdbscan's hierarchy.
    chosen : array of int64
        Its branches that are clusters.
    label_of_chosen : array of int64
        hdbscan's label of each.
    """

    labels: NDArray[np.int64]
    strength: NDArray[np.float64]
    exemplars: NDArray[np.int64]
    tree: CondensedTree
    chosen: NDArray[np.int64]
    label_of_chosen: NDArray[np.int64]


def fit_umap_hdbscan(
    points: NDArray[np.float64],
    min_size: int,
    min_samples: int,
    selection: str,
    n_neighbors: int,
    random_state: int,
) -> ReferenceClustering:
    """Cluster rows by UMAP and HDBSCAN.

    Parameters
    ----------
    points : array, shape (n, d)
        Distinct rows, scaled; as many as two least clusters have, and 4 at least.
    min_size, min_samples : int
    selection : {"eom", "leaf"}
    n_neighbors : int
    random_state : int

    Notes
    -----
    For more than 50 distinct rows, and more of them than neighbours, this is exactly
    ``UMAP(n_neighbors=n_neighbors, n_components=min(5, d), min_dist=0.0,
    random_state=random_state)`` followed by ``HDBSCAN(min_cluster_size=min_size,
    min_samples=min_samples, cluster_selection_method=selection)``, all else at its
    default: the same clusters, noise and strengths; a parity test proves it.

    `Segmenter` adds to it that equal rows are one row, that columns in blocks are
    scaled and that more than 96 columns are turned to their 96 principal directions
    first; ``min_samples``, where it is not given, is the least size, as in hdbscan.
    """
    import hdbscan
    import umap

    with warnings.catch_warnings():
        # it says that a seed means one thread, which is what was asked for
        warnings.filterwarnings("ignore", message="n_jobs value")
        layout = umap.UMAP(
            n_neighbors=min(n_neighbors, len(points) - 1),
            n_components=min(5, points.shape[1], len(points) - 2),
            min_dist=0.0,
            random_state=random_state,
            # spectral starts fail on a handful of rows
            init="spectral" if len(points) > 50 else "random",
        ).fit_transform(points)
    clusterer = hdbscan.HDBSCAN(
        min_cluster_size=min_size,
        min_samples=min_samples,
        cluster_selection_method=selection,
        core_dist_n_jobs=1,
        prediction_data=True,
    ).fit(layout)
    labels = clusterer.labels_.astype(np.int64)
    return ReferenceClustering(
        labels,
        np.clip(np.nan_to_num(clusterer.probabilities_), 0, 1),
        _find_exemplar_rows(clusterer.exemplars_, layout),
        *_condense_hdbscan_tree(clusterer, labels, min_size, selection),
    )


def _condense_hdbscan_tree(
    clusterer: Any, labels: NDArray[np.int64], min_size: int, selection: str
) -> tuple[CondensedTree, NDArray[np.int64], NDArray[np.int64]]:
    """Condense hdbscan's merges and find the branch of each of its labels."""
    merges = clusterer.single_linkage_tree_.to_numpy()
    sizes = np.concatenate([np.ones(len(labels)), merges[:, 3]])
    tree = condense_tree(merges[:, :2].astype(np.int64), merges[:, 2], sizes, min_size)
    chosen = select_branches(tree, selection)
    ours = label_points(tree, chosen)
    label_of = [labels[ours == place].max() for place in range(len(chosen))]
    return tree, chosen, np.array(label_of, dtype=np.int64)


def _find_exemplar_rows(
    exemplars: list[NDArray[np.float64]], layout: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Find hdbscan's exemplars, which it gives as places, among the rows."""
    if not exemplars:
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.isin(hash_rows(layout), hash_rows(np.vstack(exemplars))))
