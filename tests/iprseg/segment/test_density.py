import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist
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
from iprseg.validation import NOISE


def blobs(sizes, seed=0, spread=0.3):
    rng = np.random.default_rng(seed)
    parts = [rng.normal(6 * place, spread, (n, 2)) for place, n in enumerate(sizes)]
    return np.vstack(parts), np.repeat(np.arange(len(sizes)), sizes)


def cluster(points, weights=None, min_size=5, min_samples=3, selection="eom"):
    weights = np.ones(len(points)) if weights is None else weights
    core = compute_core_distances(points, weights, min_samples)
    linked = build_single_linkage(*build_spanning_tree(points, core), weights)
    tree = condense_tree(*linked, min_size)
    chosen = select_branches(tree, selection)
    return tree, chosen, label_points(tree, chosen)


def test_core_distance_is_the_distance_to_the_kth_neighbour():
    points, _ = blobs([40])
    expected = np.sort(cdist(points, points), axis=1)[:, 4]
    core = compute_core_distances(points, np.ones(40), 5)
    np.testing.assert_allclose(core, expected, rtol=1e-6)


def test_more_weight_than_there_is_reaches_the_farthest():
    core = compute_core_distances(np.array([[0.0], [1.0], [5.0]]), np.ones(3), 10)
    assert core.tolist() == [5.0, 4.0, 5.0]


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 40), st.integers(1, 3), st.integers(0, 2**16))
def test_the_tree_is_as_short_as_scipys(n, width, seed):
    points = np.random.default_rng(seed).normal(size=(n, width))
    _, _, lengths = build_spanning_tree(points, np.zeros(n))
    expected = minimum_spanning_tree(cdist(points, points)).sum()
    assert lengths.sum() == pytest.approx(expected)


def test_merges_are_those_of_scipys_single_linkage():
    points, _ = blobs([15, 20, 25])
    ends = build_spanning_tree(points, np.zeros(60))
    children, heights, sizes = build_single_linkage(*ends, np.ones(60))
    expected = linkage(points, "single")
    np.testing.assert_allclose(heights, expected[:, 2])
    np.testing.assert_array_equal(sizes[60:], expected[:, 3])
    assert children.max() == 2 * 60 - 3
    assert len(set(fcluster(expected, 2, "distance"))) == 3  # the blobs stand apart


def test_blobs_are_found_and_a_stray_point_is_noise():
    points, truth = blobs([30, 40, 50])
    points = np.vstack([points, [[3.0, 100.0]]])
    _, _, labels = cluster(points)
    assert adjusted_rand_score(truth, labels[:-1]) > 0.95
    assert labels[-1] == NOISE


@pytest.mark.parametrize("selection", ["eom", "leaf"])
def test_every_cluster_has_the_least_size(selection):
    points = np.random.default_rng(0).normal(size=(300, 2))
    _, chosen, labels = cluster(points, min_size=12, selection=selection)
    sizes = np.bincount(labels[labels != NOISE], minlength=len(chosen))
    assert len(sizes) == 0 or sizes.min() >= 12


def test_a_weight_stands_for_equal_rows():
    points, _ = blobs([30, 30], seed=1)
    weights = np.ones(60)
    weights[[0, 45]] = 3
    repeated = np.vstack([points, points[[0, 0, 45, 45]]])
    _, _, labels = cluster(points, weights)
    _, _, expected = cluster(repeated)
    assert adjusted_rand_score(labels, expected[:60]) == 1


def test_a_leaf_is_never_coarser_than_the_most_stable_branch():
    points, _ = blobs([60, 60, 60], spread=1.2)
    tree, stable, _ = cluster(points, min_size=8, selection="eom")
    _, leaves, _ = cluster(points, min_size=8, selection="leaf")
    assert len(leaves) >= len(stable)
    assert not np.isin(leaves, tree.parent).any()


def test_branches_nest_and_shrink():
    points, _ = blobs([60, 60, 60], spread=1.2)
    tree, *_ = cluster(points, min_size=8)
    inner = np.arange(1, len(tree.parent))
    assert (tree.parent[inner] < inner).all()
    assert (tree.size[inner] <= tree.size[tree.parent[inner]]).all()
    assert (tree.birth[inner] >= tree.birth[tree.parent[inner]]).all()
    assert tree.size[0] == 180


def test_one_point_has_a_tree_too():
    tree, chosen, labels = cluster(np.zeros((1, 2)))
    assert (tree.size.tolist(), len(chosen), labels.tolist()) == ([1.0], 0, [NOISE])


def test_a_smaller_power_prefers_what_a_wide_gap_surrounds():
    """Two pairs of dense places, each pair far from the other: two clusters or four."""
    rng = np.random.default_rng(0)
    places = np.repeat([0.0, 1.6, 1000.0, 1001.6], 30)
    points = places[:, None] + rng.uniform(-0.3, 0.3, (120, 1))
    linked = build_single_linkage(
        *build_spanning_tree(points, np.zeros(120)), np.ones(120)
    )
    assert len(select_branches(condense_tree(*linked, 20), "eom")) == 4
    assert len(select_branches(condense_tree(*linked, 20, power=0.1), "eom")) == 2


def test_a_branch_of_nearly_all_gives_way_to_what_is_below_it():
    rng = np.random.default_rng(0)
    places = np.repeat([0.0, 1.6, 1000.0], [50, 40, 10])
    points = places[:, None] + rng.uniform(-0.3, 0.3, (100, 1))
    linked = build_single_linkage(
        *build_spanning_tree(points, np.zeros(100)), np.ones(100)
    )
    tree = condense_tree(*linked, 8, power=0.1)
    assert sorted(tree.size[select_branches(tree, "eom")]) == [10, 90]
    assert sorted(tree.size[select_branches(tree, "eom", most=0.8)]) == [10, 40, 50]


@pytest.mark.parametrize("share", [0.6, 0.75, 0.9])
def test_a_cohort_of_most_rows_is_kept_whole_in_a_layout(share):
    """Chance splits off parts of it, less stable by far than the whole of it."""
    rng = np.random.default_rng(0)
    far = rng.random(1_000) > share
    X = rng.normal(size=(1_000, 12))
    X[far, 0] += 9
    assert adjusted_rand_score(far, Segmenter().fit_predict(X)) > 0.98


def test_each_place_of_equal_rows_is_a_cohort():
    places = np.random.default_rng(0).normal(size=(3, 4))
    found = Segmenter().fit_predict(np.repeat(places, 50, axis=0))
    assert adjusted_rand_score(np.repeat([0, 1, 2], 50), found) == 1
