import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from iprseg.segment._coreset import (
    build_coreset,
    distinct_rows,
    nearest_point,
    row_keys,
)

RNG = np.random.default_rng(0)
CELLS = st.sampled_from([0.0, -0.0, 1.0, 1e-300, float("nan"), 1e300])


@settings(deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(1, 8), st.just(2)), elements=CELLS))
def test_keys_are_equal_exactly_where_rows_are(data):
    keys = row_keys(data)
    for i in range(len(data)):
        for j in range(len(data)):
            same = bool(
                ((data[i] == data[j]) | (np.isnan(data[i]) & np.isnan(data[j]))).all()
            )
            assert (keys[i] == keys[j]) == same


def test_rows_that_swap_values_between_columns_differ():
    keys = row_keys(np.array([[1.0, 2.0], [2.0, 1.0]]))
    assert keys[0] != keys[1]


def test_distinct_rows_keep_the_order_of_the_data():
    data = np.array([[5.0], [1.0], [5.0], [3.0], [1.0]])
    first, place, counts = distinct_rows(data)
    assert first.tolist() == [0, 1, 3]
    assert place.tolist() == [0, 1, 0, 2, 1]
    assert counts.tolist() == [2, 2, 1]


def test_few_points_stand_for_themselves():
    points = RNG.normal(size=(50, 3))
    coreset = build_coreset(points, np.full(50, 2.0), 50, 0)
    np.testing.assert_array_equal(coreset.points, points)
    assert coreset.weights.sum() == 100
    assert not coreset.distance.any()


def test_many_points_are_shared_out_and_no_weight_is_lost():
    points, weights = RNG.normal(size=(3_000, 4)), RNG.integers(1, 5, 3_000) * 1.0
    coreset = build_coreset(points, weights, 100, 0)
    assert len(coreset.points) <= 100
    assert coreset.weights.sum() == weights.sum()
    np.testing.assert_array_equal(coreset.weights, np.bincount(coreset.owner, weights))
    gaps = np.linalg.norm(points - coreset.points[coreset.owner], axis=1)
    np.testing.assert_allclose(coreset.distance, gaps, atol=1e-6)
    assert gaps.mean() < 0.7 * np.linalg.norm(points, axis=1).mean()


def test_one_seed_one_coreset():
    points = RNG.normal(size=(2_000, 4))
    first = build_coreset(points, np.ones(2_000), 64, 3)
    second = build_coreset(points, np.ones(2_000), 64, 3)
    np.testing.assert_array_equal(first.points, second.points)


def test_the_nearest_point_is_exact_where_single_precision_is_not():
    points = np.array([[1e4, 0.0], [1e4 + 1e-4, 0.0], [1e4 + 3e-4, 0.0]])
    owner, distance = nearest_point(points, points)
    assert owner.tolist() == [0, 1, 2]
    assert not distance.any()


def test_the_nearest_point_does_not_depend_on_the_batch():
    rows, points = RNG.normal(size=(300, 20)), RNG.normal(size=(80, 20))
    together, _ = nearest_point(rows, points)
    alone = [nearest_point(rows[[i]], points)[0][0] for i in range(300)]
    assert together.tolist() == alone
