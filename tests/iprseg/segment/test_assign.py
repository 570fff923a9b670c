import numpy as np

from iprseg.segment import NOISE
from iprseg.segment._assign import assign, rank_by_size, reach_limits, recruit


def two_groups():
    rng = np.random.default_rng(0)
    points = np.vstack([rng.normal(0, 1, (30, 2)), rng.normal(20, 1, (30, 2))])
    return points, np.repeat([0, 1], 30)


def test_a_rim_point_joins_the_cohort_around_it():
    points, labels = two_groups()
    labels[3] = NOISE
    strength = np.where(labels == NOISE, 0.0, 1.0)
    joined, firmness = recruit(points, np.ones(60), labels, strength)
    assert joined[3] == 0
    assert firmness[3] == 0.5  # all its neighbours agree: the most a recruit gets
    assert labels[3] == NOISE  # the caller's array is not touched


def test_a_point_among_noise_stays_noise():
    points, labels = two_groups()
    labels[:25] = NOISE
    joined, _ = recruit(points, np.ones(60), labels, np.ones(60))
    assert (joined[:25] == NOISE).all()


def test_votes_are_weighed():
    points = np.arange(5.0)[:, None]
    labels = np.array([0, 0, NOISE, 1, 1])
    heavy_right = np.array([1.0, 1.0, 1.0, 9.0, 9.0])
    joined, _ = recruit(points, heavy_right, labels, np.ones(5))
    assert joined[2] == 1


def test_nobody_is_recruited_where_there_is_no_cohort():
    points, _ = two_groups()
    labels = np.full(60, NOISE)
    assert (recruit(points, np.ones(60), labels, np.zeros(60))[0] == NOISE).all()


def test_a_row_beyond_the_limit_is_noise():
    points, labels = two_groups()
    limits = reach_limits(points, labels, np.arange(60), np.zeros(60))
    owner, distance = np.zeros(3, np.int64), np.array([0.0, limits[0], 2 * limits[0]])
    found, strength = assign(owner, distance, labels, np.ones(60), limits, 1e-9)
    assert found.tolist() == [0, 0, NOISE]
    assert strength.tolist() == [1.0, 0.5, 0.0]


def test_a_cohort_of_equal_rows_takes_equal_rows_only():
    points, labels = np.array([[1.0, 1.0]]), np.array([0])
    limits = reach_limits(points, labels, np.zeros(4, np.int64), np.zeros(4))
    found, _ = assign(
        np.zeros(2, np.int64), np.array([1e-12, 0.1]), labels, np.ones(1), limits, 1e-9
    )
    assert found.tolist() == [0, NOISE]


def test_ties_in_size_keep_their_order():
    labels = np.array([0, 0, 1, 1, 2, 2, 2])
    assert rank_by_size(labels, np.ones(7), 3, 2).tolist() == [1, 2, 0]
