"""Input that a segmentation must stand: a clear error or a right answer."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from iprseg.errors import TableError
from iprseg.segment import NOISE, Segmenter

RNG = np.random.default_rng(0)
TWO, KIND = make_blobs([60, 80], 6, cluster_std=0.4, random_state=0)


def test_ten_rows_in_two_groups_are_two_cohorts_where_so_few_are_allowed():
    rows = np.vstack([RNG.normal(0, 0.1, (5, 3)), RNG.normal(9, 0.1, (5, 3))])
    labels = Segmenter(min_cohort_size=4).fit_predict(rows)
    assert adjusted_rand_score(np.repeat([0, 1], 5), labels) == 1


def test_ten_rows_are_no_cohort_by_default_and_the_reason_is_given():
    with pytest.warns(UserWarning, match="two cohorts of 10 need at least 20 rows"):
        labels = Segmenter().fit_predict(RNG.normal(size=(10, 3)))
    assert labels.tolist() == [NOISE] * 10


def test_one_dense_place_is_not_broken_into_many():
    rows = RNG.normal(0, 0.05, (300, 6))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        labels = Segmenter(min_cohort_size=15).fit_predict(rows)
    assert len(np.unique(labels[labels != NOISE])) <= 4


@pytest.mark.parametrize("noise", [3, 30])
def test_rows_without_any_cohort_may_be_noise_but_never_an_error(noise):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        segmenter = Segmenter(min_cohort_size=noise).fit(RNG.uniform(size=(120, 6)))
    assert segmenter.labels_.shape == (120,)
    np.testing.assert_array_equal(
        (segmenter.strength_ == 0), (segmenter.labels_ == NOISE)
    )


def test_constant_columns_and_an_all_missing_block_change_nothing():
    plain = {"a": [0, 1, 2], "b": [3, 4, 5]}
    alone = Segmenter(blocks=plain).fit_predict(TWO)
    wide = np.hstack([TWO, np.full((140, 1), 7.0), np.full((140, 2), np.nan)])
    beside = Segmenter(blocks=plain | {"none": [6, 7, 8]}).fit_predict(wide)
    np.testing.assert_array_equal(alone, beside)
    assert adjusted_rand_score(KIND, beside) == 1


def test_duplicates_weigh_as_often_as_they_occur():
    """Nine rows in ten repeat two rows: two cohorts, and the odd rows in neither."""
    rows = np.repeat([[0.0, 0.0], [5.0, 5.0]], [50, 40], axis=0)
    rows = np.vstack([rows, RNG.uniform(20, 90, (10, 2))])
    labels = Segmenter(min_cohort_size=20).fit_predict(rows)
    assert labels.tolist() == [0] * 50 + [1] * 40 + [NOISE] * 10


def test_duplicates_of_a_compressed_fit_are_decided_alike():
    rows = np.repeat(
        RNG.normal(size=(400, 4)) + 6 * (np.arange(400)[:, None] % 3), 4, 0
    )
    segmenter = Segmenter(max_coreset=100, min_cohort_size=60).fit(rows)
    assert (segmenter.labels_.reshape(400, 4) == segmenter.labels_[::4, None]).all()
    np.testing.assert_array_equal(segmenter.predict(rows), segmenter.labels_)


def test_one_cell_of_infinity_is_named():
    rows = TWO.copy()
    rows[3, 2] = np.inf
    with pytest.raises(TableError, match=r"infinite value \(inf\) in column 2"):
        Segmenter().fit(rows)


@pytest.mark.parametrize("wild", [np.nan, np.inf])
def test_cells_at_predict_are_treated_as_at_fit(wild):
    segmenter = Segmenter().fit(TWO)
    rows = TWO[:5].copy()
    rows[0, 0] = wild
    if np.isnan(wild):
        assert segmenter.predict(rows).shape == (5,)
    else:
        with pytest.raises(TableError, match="infinite value"):
            segmenter.predict(rows)


def test_values_of_any_size_are_told_apart():
    """A far origin and tiny units are no reason to see no cohorts."""
    labels = Segmenter().fit_predict(TWO * 1e-9 + 1.0)
    assert adjusted_rand_score(KIND, labels) == 1
    labels = Segmenter().fit_predict(TWO * 1e12)
    assert adjusted_rand_score(KIND, labels) == 1
