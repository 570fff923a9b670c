import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from iprseg.segment.clustering import cluster_coreset
from iprseg.segment.coreset import (
    build_coreset,
    find_distinct_rows,
    find_nearest_points,
    hash_rows,
    link_points,
    merge_coresets,
)

RNG = np.random.default_rng(0)
CELLS = st.sampled_from([0.0, -0.0, 1.0, 1e-300, float("nan"), 1e300])


@settings(deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(1, 8), st.just(2)), elements=CELLS))
def test_keys_are_equal_exactly_where_rows_are(data):
    keys = hash_rows(data)
    for i in range(len(data)):
        for j in range(len(data)):
            same = bool(
                ((data[i] == data[j]) | (np.isnan(data[i]) & np.isnan(data[j]))).all()
            )
            assert (keys[i] == keys[j]) == same


def test_rows_that_swap_values_between_columns_differ():
    keys = hash_rows(np.array([[1.0, 2.0], [2.0, 1.0]]))
    assert keys[0] != keys[1]


def test_distinct_rows_keep_the_order_of_the_data():
    data = np.array([[5.0], [1.0], [5.0], [3.0], [1.0]])
    first, place, counts = find_distinct_rows(data)
    assert first.tolist() == [0, 1, 3]
    assert place.tolist() == [0, 1, 0, 2, 1]
    assert counts.tolist() == [2, 2, 1]


def test_few_points_stand_for_themselves():
    points = RNG.normal(size=(50, 3))
    coreset, near = build_coreset(points, np.full(50, 2.0), 50, 0)
    np.testing.assert_array_equal(coreset.points, points)
    assert coreset.weights.tolist() == [2.0] * 50
    assert near.found[:, 0].tolist() == list(range(50))
    assert not near.distance[:, 0].any()


def test_many_points_are_shared_out_and_no_weight_is_lost():
    points, weights = RNG.normal(size=(3_000, 4)), RNG.integers(1, 5, 3_000) * 1.0
    coreset, near = build_coreset(points, weights, 200, 0)
    owner = near.found[:, 0]
    assert len(coreset.points) == 3_000 // 16
    np.testing.assert_array_equal(coreset.weights, np.bincount(owner, weights))
    gaps = np.linalg.norm(points - coreset.points[owner], axis=1)
    np.testing.assert_allclose(near.distance[:, 0], gaps, atol=1e-6)
    assert gaps.mean() < 0.7 * np.linalg.norm(points, axis=1).mean()


def test_one_seed_one_coreset():
    points = RNG.normal(size=(2_000, 4))
    first, _ = build_coreset(points, np.ones(2_000), 64, 3)
    second, _ = build_coreset(points, np.ones(2_000), 64, 3)
    np.testing.assert_array_equal(first.points, second.points)


def test_parts_that_fit_merge_into_the_very_coreset_of_the_whole():
    rows = RNG.integers(4, size=(200, 3)).astype(float)
    first, _, counts = find_distinct_rows(rows)
    whole, _ = build_coreset(rows[first], counts, 500, 0)
    parts = [of_part(rows[part], 500) for part in np.array_split(np.arange(200), 3)]
    merged = merge_coresets(parts, 500, 0)
    order = np.lexsort(whole.points.T[::-1])
    np.testing.assert_array_equal(merged.points, whole.points[order])
    np.testing.assert_array_equal(merged.weights, whole.weights[order])


def test_the_order_of_the_parts_does_not_matter():
    parts = [of_part(RNG.normal(size=(400, 3)), 64) for _ in range(3)]
    there, back = merge_coresets(parts, 64, 0), merge_coresets(parts[::-1], 64, 0)
    np.testing.assert_array_equal(there.points, back.points)
    assert len(there.points) == 32
    assert there.weights.sum() == 1_200


def test_cohorts_from_merged_coresets_agree_with_those_of_the_whole():
    """Tolerance: as near to the truth, and to each other, as 0.95 adjusted Rand."""
    rows, truth = make_blobs(6_000, 8, centers=9, cluster_std=1.5, random_state=0)
    whole, near = build_coreset(rows, np.ones(6_000), 1_200, 0)
    # the parts differ as machines do that hold different days
    order = np.argsort(truth, kind="stable")
    parts = [of_part(rows[part], 1_200) for part in np.array_split(order, 4)]
    merged = merge_coresets(parts, 1_200, 0)
    links = sum(
        link_points(
            find_nearest_points(rows[part], merged.points, 17), part * 0 + 1.0, 600
        )
        for part in np.array_split(order, 4)
    )
    ours = cluster_coreset(merged, links, 100, 100, "eom", 30, 0).labels
    ours = ours[find_nearest_points(rows, merged.points, 1).found[:, 0]]
    links = link_points(near, np.ones(6_000), 600)
    theirs = cluster_coreset(whole, links, 100, 100, "eom", 30, 0).labels
    theirs = theirs[near.found[:, 0]]
    assert adjusted_rand_score(ours, theirs) > 0.95
    assert adjusted_rand_score(truth, ours) > 0.95


def of_part(rows, max_points):
    first, _, counts = find_distinct_rows(rows)
    return build_coreset(rows[first], counts, max_points, 0)[0]


def test_the_nearest_point_is_exact_where_single_precision_is_not():
    points = np.array([[1e4, 0.0], [1e4 + 1e-4, 0.0], [1e4 + 3e-4, 0.0]])
    near = find_nearest_points(points, points, 1)
    assert near.found.ravel().tolist() == [0, 1, 2]
    assert not near.distance.any()


def test_near_points_are_those_of_a_full_search():
    rows, points = RNG.normal(size=(200, 12)), RNG.normal(size=(300, 12))
    gaps = cdist(rows, points)
    near = find_nearest_points(rows, points, 6)
    np.testing.assert_array_equal(near.found, np.argsort(gaps, axis=1)[:, :6])
    np.testing.assert_allclose(near.distance, np.sort(gaps, axis=1)[:, :6])


def test_most_near_points_are_found_among_many():
    rows, points = RNG.normal(size=(500, 12)), RNG.normal(size=(5_000, 12))
    near = find_nearest_points(rows, points, 16)
    gaps = np.sort(cdist(rows, points), axis=1)[:, :16]
    assert np.isclose(near.distance[:, 0], gaps[:, 0]).mean() > 0.95
    assert (near.distance <= gaps[:, 15:] + 1e-9).mean() > 0.85
    own = find_nearest_points(points, points, 1)
    np.testing.assert_array_equal(own.found.ravel(), np.arange(5_000))


def test_near_points_do_not_depend_on_the_batch():
    rows, points = RNG.normal(size=(300, 20)), RNG.normal(size=(80, 20))
    together = find_nearest_points(rows, points, 5)
    for row in range(0, 300, 7):
        alone = find_nearest_points(rows[[row]], points, 5)
        np.testing.assert_array_equal(alone.found[0], together.found[row])
        np.testing.assert_array_equal(alone.distance[0], together.distance[row])
