"""The reference method: umap-learn, then hdbscan, predicting by exemplars."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iprseg.segment._condense import CondensedTree, choose, condense, label_points
from iprseg.segment._coreset import row_keys


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


def umap_hdbscan(
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
        _exemplar_rows(clusterer.exemplars_, layout),
        *_hierarchy(clusterer, labels, min_size, selection),
    )


def _hierarchy(
    clusterer: Any, labels: NDArray[np.int64], min_size: int, selection: str
) -> tuple[CondensedTree, NDArray[np.int64], NDArray[np.int64]]:
    """Condense hdbscan's merges and find the branch of each of its labels."""
    merges = clusterer.single_linkage_tree_.to_numpy()
    sizes = np.concatenate([np.ones(len(labels)), merges[:, 3]])
    tree = condense(merges[:, :2].astype(np.int64), merges[:, 2], sizes, min_size)
    chosen = choose(tree, selection)
    ours = label_points(tree, chosen)
    label_of = [labels[ours == place].max() for place in range(len(chosen))]
    return tree, chosen, np.array(label_of, dtype=np.int64)


def _exemplar_rows(
    exemplars: list[NDArray[np.float64]], layout: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Find hdbscan's exemplars, which it gives as places, among the rows."""
    if not exemplars:
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.isin(row_keys(layout), row_keys(np.vstack(exemplars))))
