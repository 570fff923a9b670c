"""The segmenter's two methods against the tools that they stand beside.

Coreset method without compression and without layout (``n_neighbors=0``, distinct
rows, at most ``max_coreset``, no blocks, at most 96 columns), so that each row is a
point of weight 1, against scikit-learn's and hdbscan's `HDBSCAN`:

- the clusters of the points are exactly theirs, noise included, where no two mutual
  reachability distances are equal, as for ``min_samples=1``. For larger values a core
  distance is shared by several edges, each tool breaks such ties in its own way, and
  points of the rim may differ;
- the rows are decided by their nearest points afterwards: rows that are noise there may
  be recruited here, and of the rows that are in a cluster there at most one in fifty at
  its rim is in another.

Reference method against umap-learn and hdbscan called in a row, on the same rows (with
blocks: on ``scaled`` rows): exact, up to the numbering of clusters, at the settings
that `fit_umap_hdbscan` states.
"""

import hdbscan
import numpy as np
import pytest
from sklearn.cluster import HDBSCAN
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from iprseg.segment import Segmenter
from iprseg.segment.hierarchy import (
    build_single_linkage,
    build_spanning_tree,
    compute_core_distances,
    condense_tree,
    label_points,
    select_branches,
)


def data(seed, width=3):
    points, _ = make_blobs(
        [60, 90, 50, 140], n_features=width, cluster_std=1.5, random_state=seed
    )
    return points


def same(theirs, ours):
    """Whether clusters are the same but for their numbers, and noise is."""
    clusters = adjusted_rand_score(theirs, ours) == 1
    return clusters and ((np.asarray(ours) == -1) == (np.asarray(theirs) == -1)).all()


@pytest.mark.parametrize("selection", ["eom", "leaf"])
@pytest.mark.parametrize("seed", range(4))
def test_density_clustering_is_scikit_learns(seed, selection):
    points, ones = data(seed), np.ones(340)
    core = compute_core_distances(points, ones, 1)
    tree = condense_tree(
        *build_single_linkage(*build_spanning_tree(points, core), ones), 12
    )
    labels = label_points(tree, select_branches(tree, selection))
    theirs = HDBSCAN(
        min_cluster_size=12,
        min_samples=1,
        cluster_selection_method=selection,
        copy=True,
    ).fit(points)
    assert same(theirs.labels_, labels)


@pytest.mark.parametrize("selection", ["eom", "leaf"])
@pytest.mark.parametrize("width", [2, 3, 8])
@pytest.mark.parametrize("seed", range(3))
def test_points_of_the_coreset_are_clustered_as_by_both(seed, width, selection):
    points = data(seed, width)
    ours = Segmenter(
        min_cohort_size=12, min_samples=1, n_neighbors=0, selection=selection
    ).fit(points)
    settings = {"min_cluster_size": 12, "min_samples": 1}
    settings["cluster_selection_method"] = selection
    theirs = HDBSCAN(copy=True, **settings).fit(points).labels_
    assert same(theirs, ours.model_.labels)
    assert same(hdbscan.HDBSCAN(**settings).fit(points).labels_, ours.model_.labels)
    inside = theirs != -1
    assert adjusted_rand_score(theirs[inside], ours.labels_[inside]) > 0.97
    assert (ours.labels_[inside] == -1).mean() < 0.02
    assert (ours.labels_ == -1).sum() <= (theirs == -1).sum()


@pytest.mark.parametrize("seed", range(4))
def test_density_clustering_is_scikit_learns_up_to_ties(seed):
    points = data(seed)
    ours = Segmenter(min_cohort_size=15, min_samples=6, n_neighbors=0).fit(points)
    theirs = HDBSCAN(min_cluster_size=15, min_samples=6, copy=True).fit(points)
    inside = theirs.labels_ != -1
    agreement = adjusted_rand_score(theirs.labels_[inside], ours.labels_[inside])
    assert agreement > 0.98


def umap_then_hdbscan(points, n_neighbors, random_state, **settings):
    import umap

    layout = umap.UMAP(
        n_neighbors=n_neighbors,
        n_components=min(5, points.shape[1]),
        min_dist=0.0,
        random_state=random_state,
        n_jobs=1,
    ).fit_transform(points)
    return hdbscan.HDBSCAN(**settings).fit(layout)


@pytest.mark.parametrize(
    ("width", "selection", "min_samples"),
    [(10, "eom", 5), (10, "leaf", 5), (3, "eom", None), (96, "eom", 1)],
)
def test_the_reference_method_is_umap_then_hdbscan(width, selection, min_samples):
    points = data(0, width)
    theirs = umap_then_hdbscan(
        points,
        15,
        3,
        min_cluster_size=15,
        min_samples=min_samples,
        cluster_selection_method=selection,
    )
    ours = Segmenter(
        "reference",
        min_cohort_size=15,
        min_samples=min_samples,
        n_neighbors=15,
        selection=selection,
        random_state=3,
    ).fit(points)
    assert theirs.labels_.max() > 0
    assert same(theirs.labels_, ours.labels_)
    np.testing.assert_allclose(ours.strength_, theirs.probabilities_)


def test_the_reference_method_lays_out_scaled_rows():
    points = data(1, 10)
    points[::7, 2] = np.nan
    blocks = {"a": range(4), "b": range(4, 10)}
    ours = Segmenter("reference", min_cohort_size=15, blocks=blocks).fit(points)
    scaled = ours.scaled(points)
    theirs = umap_then_hdbscan(scaled, 30, 0, min_cluster_size=15)
    assert same(theirs.labels_, ours.labels_)


def test_equal_rows_are_one_row_to_the_reference_method():
    points = data(0, 10)
    once = Segmenter("reference", min_cohort_size=15).fit(points)
    twice = Segmenter("reference", min_cohort_size=15).fit(np.repeat(points, 2, axis=0))
    assert same(once.labels_, twice.labels_[::2])
    assert (twice.labels_[::2] == twice.labels_[1::2]).all()
