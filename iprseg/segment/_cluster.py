"""Cluster a weighted coreset by density."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from iprseg._labels import NOISE
from iprseg.segment._condense import (
    CondensedTree,
    choose,
    condense,
    label_points,
    owning_branch,
)
from iprseg.segment._coreset import Coreset
from iprseg.segment._density import core_distances, single_linkage, spanning_tree
from iprseg.segment._layout import lay_out
from iprseg.segment._links import neighbour_graph, spread_labels
from iprseg.segment._mean_shift import mean_shift

# Below this many points, or in so few dimensions, distances still tell near from far
# and a layout would only add chance.
_LAYOUT_POINTS = 100
_LAYOUT_DIMS = 5
# With 200 and 400 the surest 61 % of 200,000 titles agreed a little less with the true
# categories (NMI .68 and .67 for .69).
_EPOCHS = 100
_TYPICAL = 0.99  # of the points begin within the frame of a layout, the rest at its rim
# A layout gathers what belongs together by itself: to ask there for a whole cohort's
# rows once more lost small categories (NMI of 200,000 titles .48 for .51). With fewer
# rows than it brings together, rows without any structure broke up into ten cohorts.
_LAYOUT_SAMPLES = 0.25
# With HDBSCAN*'s 1 / distance (a power of 1) many fine splits inside one dense place
# outweigh the wide gap around it: ordinary offers broke up into their kinds of goods,
# on simulated marketplaces of 3,000 and of 40,000 listings; from 0.7 down none did.
_POWER = 0.3
# Above this share of all rows the stability of a branch of signals counts by the rows
# outside it. One of 77 % or more hid most small kinds of seller, or was the whole less
# its outliers; the ordinary offers of simulated marketplaces, a cohort of their own,
# are at most 69 %. In a layout every branch counts so: of real titles one of 66 to 76 %
# was now and then as stable as the 50 topics inside it together, while off one true
# half, or nine tenths, chance splits much less.
_MOST = 0.72


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
    denser = made_denser(n, d, n_neighbors)
    if denser and vectors:
        points = _laid_out(points, links, n_neighbors, random_state)
    elif denser:
        points = mean_shift(points, weights, n_neighbors)
    if min_samples is None:
        gathered = max(n_neighbors, _LAYOUT_SAMPLES * min_size)
        min_samples = min(min_size, gathered) if denser and vectors else min_size
    core = core_distances(points, weights, min_samples)
    edges = spanning_tree(points, core)
    power = _POWER if denser else 1.0  # HDBSCAN*'s
    tree = condense(*single_linkage(*edges, weights), min_size, power)
    if weights.min() >= min_size:
        selection = "leaf"  # few places, many equal rows at each: all are cohorts
    most = 1.0 if not denser else 0.0 if vectors else _MOST
    chosen = choose(tree, selection, most)
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


def made_denser(n_points: int, n_dims: int, n_neighbors: int) -> bool:
    """Return whether neighbours are brought together before they are clustered.

    Examples
    --------
    >>> made_denser(100, 6, 15), made_denser(100, 5, 15), made_denser(100, 6, 0)
    (True, False, False)
    """
    return n_neighbors > 0 and n_points >= _LAYOUT_POINTS and n_dims > _LAYOUT_DIMS


def _laid_out(
    points: NDArray[np.float64],
    links: sparse.csr_array,
    n_neighbors: int,
    random_state: int,
) -> NDArray[np.float64]:
    centered = points - points.mean(axis=0)
    _, directions = np.linalg.eigh(centered.T @ centered)
    start = centered @ directions[:, ::-1][:, :_LAYOUT_DIMS]
    # one row far out must not bring all others to one place
    reach = np.quantile(np.abs(start).max(axis=1), _TYPICAL)
    start = np.clip(start * (10 / max(float(reach), 1e-12)), -10, 10)
    graph = neighbour_graph(links, n_neighbors)
    return lay_out(graph, start, _EPOCHS, random_state)


def tree_frame(
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
    owner = owning_branch(tree, chosen)
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
