import numpy as np

from iprseg.segment.coreset import NearestPoints, find_nearest_points
from iprseg.segment.model import (
    assign_by_vote,
    compute_reach_limits,
    count_voters,
    rank_by_size,
)
from iprseg.validation import NOISE

FAR = np.full(2, np.inf)


def two_groups():
    rng = np.random.default_rng(0)
    points = np.vstack([rng.normal(0, 1, (30, 2)), rng.normal(20, 1, (30, 2))])
    return points, np.repeat([0, 1], 30)


def decided(points, labels, rows=None, n_voters=8, limits=FAR):
    near = find_nearest_points(points if rows is None else rows, points, n_voters + 1)
    ones = np.ones(len(points))
    return assign_by_vote(near, labels, ones, ones, limits, n_voters, n_voters, 1e-9)


def test_a_rim_point_joins_the_cohort_around_it():
    points, labels = two_groups()
    middle = np.linalg.norm(points[:30], axis=1).argmin()
    labels[middle] = NOISE
    found, strength = decided(points, labels)
    assert found[middle] == 0
    assert 0.5 < strength[middle] < 1


def test_a_point_among_noise_stays_noise():
    points, labels = two_groups()
    labels[:28] = NOISE
    found, strength = decided(points, labels)
    assert (found[:28] == NOISE).all()
    assert not strength[:28].any()


def test_nearer_points_outvote_farther_ones():
    points = np.array([[0.0], [0.1], [1.5], [1.6], [1.7], [2.0]])
    labels = np.array([0, 0, 1, 1, 1, 1])
    rows = np.array([[0.05], [0.9]])
    found, strength = decided(points, labels, rows, n_voters=5)
    assert found.tolist() == [0, 1]
    # by hand, the first row: gaps .05 .05 1.45 1.55 1.65, the first without a vote 1.95
    weights = 1 - (np.array([0.05, 0.05, 1.45, 1.55, 1.65]) / 1.95) ** 2
    np.testing.assert_allclose(strength[0], weights[:2].sum() / weights.sum())


def test_a_doubtful_point_weighs_less():
    """By hand: three votes of 1 - 0.25, one of them for 1; trust decides the rest."""
    near = NearestPoints(np.array([[0, 1, 2, 3]]), np.array([[0.5, 0.5, 0.5, 1.0]]))
    labels, ones = np.array([0, 0, 1, 0]), np.ones(4)
    trust = np.array([0.3, 0.4, 0.9, 1.0])
    sure, share = assign_by_vote(near, labels, ones, ones, FAR, 3, 9, 0.0)
    doubted, weaker = assign_by_vote(near, labels, trust, ones, FAR, 3, 9, 0.0)
    assert (sure.tolist(), doubted.tolist()) == ([0], [1])
    np.testing.assert_allclose([share[0], weaker[0]], [2 / 3, 0.9 / 3])


def test_a_point_of_many_rows_decides_alone():
    near = NearestPoints(np.array([[0, 1, 2, 3]]), np.array([[0.1, 0.2, 0.2, 1.0]]))
    labels = np.array([0, 1, 1, 1])
    light, _ = assign_by_vote(near, labels, np.ones(4), np.ones(4), FAR, 3, 3, 0.0)
    heavy, strength = assign_by_vote(
        near, labels, np.ones(4), np.full(4, 3.0), FAR, 3, 3, 0.0
    )
    assert (light.tolist(), heavy.tolist(), strength.tolist()) == ([1], [0], [1.0])


def test_where_all_are_equally_far_the_first_decides():
    near = NearestPoints(np.array([[3, 4, 5]]), np.ones((1, 3)))
    labels, ones = np.array([0, 0, 0, 1, 0, 0]), np.ones(6)
    found, _ = assign_by_vote(near, labels, ones, ones, FAR, 2, 2, 0.0)
    assert found.tolist() == [1]


def test_a_lone_point_decides_alone():
    found, strength = decided(np.zeros((1, 2)), np.zeros(1, np.int64))
    assert (found.tolist(), strength.tolist()) == ([0], [1.0])


def test_a_row_beyond_the_limit_is_noise():
    points, labels = two_groups()
    near = find_nearest_points(points, points, 9)
    limits = compute_reach_limits(points, labels, near, 2)
    rows = np.array([points[0], [-4 * limits[0], 0.0], points[59]])
    found, strength = decided(points, labels, rows, limits=limits)
    assert found.tolist() == [0, NOISE, 1]
    assert strength[1] == 0


def test_a_cohort_of_equal_rows_takes_equal_rows_only():
    points, labels = np.array([[1.0, 1.0]]), np.array([0])
    near = find_nearest_points(np.ones((4, 2)), points, 9)
    limits = compute_reach_limits(points, labels, near, 1)
    rows = np.array([[1.0, 1.0 + 1e-12], [1.1, 1.0]])
    found, _ = decided(points, labels, rows, limits=limits)
    assert found.tolist() == [0, NOISE]


def test_a_small_cohort_is_not_outvoted_by_what_surrounds_it():
    assert count_voters(5) == 5
    assert count_voters(1_000) == 16
    assert count_voters(2) == 4


def test_ties_in_size_keep_their_order():
    labels = np.array([0, 0, 1, 1, 2, 2, 2])
    assert rank_by_size(labels, np.ones(7), 3, 2).tolist() == [1, 2, 0]
