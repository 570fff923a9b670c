"""Values of any size, in blocks or not: a right answer, and `predict` gives the same."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from iprseg.segment import Segmenter
from iprseg.segment.coreset import find_nearest_points

TWO, KIND = make_blobs([60, 80], 6, cluster_std=0.4, random_state=0)


@pytest.mark.parametrize("method", ["coreset", "reference"])
@pytest.mark.parametrize("size", [1e300, 1e20, 1e-25, 1e-300])
@pytest.mark.parametrize("blocks", [None, {"meaning": range(6)}])
def test_the_unit_makes_no_difference(method, size, blocks):
    fitted = Segmenter(method, blocks=blocks).fit(TWO * size)
    assert adjusted_rand_score(KIND, fitted.labels_) == 1
    np.testing.assert_array_equal(fitted.predict(TWO * size), fitted.labels_)
    assert (fitted.predict(TWO[:3] * size * 1e6) == -1).all()


@pytest.mark.parametrize("method", ["coreset", "reference"])
def test_a_far_origin_makes_no_difference(method):
    fitted = Segmenter(method).fit(TWO + 1e12)
    assert adjusted_rand_score(KIND, fitted.labels_) == 1


@pytest.mark.parametrize("wild", [1e9, 1e20, 1e300])
def test_one_wild_value_in_no_block_is_no_error(wild):
    rows = TWO.copy()
    rows[0, 0] = wild
    fitted = Segmenter().fit(rows)
    np.testing.assert_array_equal(fitted.predict(rows), fitted.labels_)


@pytest.mark.parametrize("wild", [1e3, 1e5, 1e7, 1e9, 1e15, 1e300])
@pytest.mark.parametrize("prices", [0, 3])
def test_one_wild_row_of_a_vector_leaves_the_others_where_they_are(wild, prices):
    """Four topics in a vector of 20; two of them are dearer."""
    rows, topics = make_blobs([150] * 4, 20, cluster_std=1.0, random_state=0)
    beside = np.random.default_rng(0).normal(size=(600, prices))
    beside[:, :1] += 6 * (topics % 2)[:, None]
    rows = np.hstack([rows, beside])
    blocks = {"meaning": range(20), "price": range(20, 23)} if prices else None
    rows[0, :20] = wild
    fitted = Segmenter(blocks=blocks, min_cohort_size=20).fit(rows)
    assert adjusted_rand_score(topics[1:], fitted.labels_[1:]) > 0.95
    np.testing.assert_array_equal(fitted.predict(rows), fitted.labels_)


@pytest.mark.parametrize("seed", range(5))
def test_training_rows_with_heavy_tails_are_predicted_as_labelled(seed):
    """A cohort may turn too small where another one has been given up."""
    rng = np.random.default_rng(seed)
    crowd = rng.normal(0, 1e-3, (2000, 8))
    far = rng.normal(size=(1, 8)) * np.exp(np.linspace(0, 12, 100))[:, None]
    for rows in (rng.standard_cauchy((2100, 8)), np.vstack([crowd, far])):
        fitted = Segmenter(min_cohort_size=20).fit(rows)
        np.testing.assert_array_equal(fitted.predict(rows), fitted.labels_)


def test_as_many_points_are_found_as_asked_however_they_lie():
    points = np.random.default_rng(4).standard_cauchy((2100, 2))
    near = find_nearest_points(points, points, 17)
    gaps = np.linalg.norm(points[:, None] - points, axis=2)
    assert near.found.min() >= 0
    assert all(len(set(found)) == 17 for found in near.found.tolist())
    taken = np.take_along_axis(gaps, near.found, axis=1)
    np.testing.assert_allclose(near.distance, taken, rtol=1e-9, atol=1e-12)
    assert (near.found[:, 0] == np.arange(2100)).mean() > 0.99
