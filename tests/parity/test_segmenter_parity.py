"""The segmenter's two methods against the tools that they stand beside.

Coreset method without compression and without layout (``n_neighbors=0``, distinct
rows at most ``max_coreset``, no blocks) against scikit-learn's `HDBSCAN`: rows that
HDBSCAN puts in a cluster are in the same one here. Exact where no two mutual
reachability distances are equal, as for ``min_samples=1``; for larger values a core
distance is shared by several edges, either tool breaks such ties in its own way, and
single rows of the rim may differ. Rows that are noise there may be recruited here.

Reference method on distinct rows without blocks against umap-learn and hdbscan called
in a row with the same settings: exact, up to the numbering of clusters.
"""

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from iprseg.segment import Segmenter
from iprseg.segment._condense import choose, condense, label_points
from iprseg.segment._density import core_distances, single_linkage, spanning_tree


def data(seed, width=3):
    points, _ = make_blobs(
        [60, 90, 50, 140], n_features=width, cluster_std=1.5, random_state=seed
    )
    return points


@pytest.mark.parametrize("selection", ["eom", "leaf"])
@pytest.mark.parametrize("seed", range(4))
def test_density_clustering_is_scikit_learns(seed, selection):
    points, ones = data(seed), np.ones(340)
    core = core_distances(points, ones, 1)
    tree = condense(*single_linkage(*spanning_tree(points, core), ones), 12)
    labels = label_points(tree, choose(tree, selection))
    theirs = HDBSCAN(
        min_cluster_size=12,
        min_samples=1,
        cluster_selection_method=selection,
        copy=True,
    ).fit(points)
    assert adjusted_rand_score(theirs.labels_, labels) == 1
    assert ((labels == -1) == (theirs.labels_ == -1)).all()


@pytest.mark.parametrize("seed", range(4))
def test_density_clustering_is_scikit_learns_up_to_ties(seed):
    points = data(seed)
    ours = Segmenter(min_cohort_size=15, min_samples=6, n_neighbors=0).fit(points)
    theirs = HDBSCAN(min_cluster_size=15, min_samples=6, copy=True).fit(points)
    inside = theirs.labels_ != -1
    agreement = adjusted_rand_score(theirs.labels_[inside], ours.labels_[inside])
    assert agreement > 0.98


def test_the_reference_method_is_umap_then_hdbscan():
    import hdbscan
    import umap

    points = data(0, width=10)
    layout = umap.UMAP(
        n_neighbors=15, n_components=5, min_dist=0.0, random_state=3, n_jobs=1
    ).fit_transform(points)
    theirs = hdbscan.HDBSCAN(min_cluster_size=15, min_samples=5).fit(layout)
    ours = Segmenter(
        "reference", min_cohort_size=15, min_samples=5, n_neighbors=15, random_state=3
    ).fit(points)
    assert adjusted_rand_score(theirs.labels_, ours.labels_) == 1
    assert ((ours.labels_ == -1) == (theirs.labels_ == -1)).all()
    np.testing.assert_allclose(ours.strength_, theirs.probabilities_)
