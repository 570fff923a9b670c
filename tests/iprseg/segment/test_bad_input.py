"""Input that a segmentation must stand: a clear error or a right answer."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from iprseg.errors import TableError
from iprseg.segment import Segmenter
from iprseg.validation import NOISE

METHODS = ["coreset", "reference"]
RNG = np.random.default_rng(0)
TWO, KIND = make_blobs([60, 80], 6, cluster_std=0.4, random_state=0)


@pytest.mark.parametrize("method", METHODS)
def test_ten_rows_in_two_groups_are_two_cohorts_where_so_few_are_allowed(method):
    rows = np.vstack([RNG.normal(0, 0.1, (5, 3)), RNG.normal(9, 0.1, (5, 3))])
    labels = Segmenter(method, min_cohort_size=4).fit_predict(rows)
    assert adjusted_rand_score(np.repeat([0, 1], 5), labels) == 1


@pytest.mark.parametrize("method", METHODS)
def test_ten_rows_are_no_cohort_by_default_and_the_reason_is_given(method):
    with pytest.warns(UserWarning, match="two cohorts of 10 need at least 20 rows"):
        labels = Segmenter(method).fit_predict(RNG.normal(size=(10, 3)))
    assert labels.tolist() == [NOISE] * 10


def test_one_dense_place_is_not_broken_into_many():
    rows = RNG.normal(0, 0.05, (300, 6))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        labels = Segmenter(min_cohort_size=15).fit_predict(rows)
    assert len(np.unique(labels[labels != NOISE])) <= 4


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("noise", [3, 30])
def test_rows_without_any_cohort_may_be_noise_but_never_an_error(noise, method):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        segmenter = Segmenter(method, min_cohort_size=noise).fit(
            RNG.uniform(size=(120, 6))
        )
    assert segmenter.labels_.shape == (120,)
    np.testing.assert_array_equal(
        (segmenter.strength_ == 0), (segmenter.labels_ == NOISE)
    )


@pytest.mark.parametrize("method", METHODS)
def test_constant_columns_and_an_all_missing_block_change_nothing(method):
    plain = {"a": [0, 1, 2], "b": [3, 4, 5]}
    alone = Segmenter(method, blocks=plain).fit_predict(TWO)
    wide = np.hstack([TWO, np.full((140, 1), 7.0), np.full((140, 2), np.nan)])
    beside = Segmenter(method, blocks=plain | {"none": [6, 7, 8]}).fit_predict(wide)
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


@pytest.mark.parametrize(
    ("cells", "told"), [([np.inf], "inf"), ([-np.inf], "-inf"),
                        ([np.inf, -np.inf], "inf and -inf")],
)  # fmt: skip
def test_one_cell_of_infinity_is_named(cells, told):
    rows = TWO.copy()
    rows[3 : 3 + len(cells), 2] = cells
    with pytest.raises(TableError, match=rf"infinite value \({told}\) in column 2"):
        Segmenter().fit(rows)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rows", [np.ones((50, 3)), np.zeros((50, 1))])
def test_rows_that_are_all_the_same_are_one_cohort_whatever_the_blocks(rows, method):
    for blocks in (None, {"all": range(rows.shape[1])}):
        segmenter = Segmenter(method, blocks=blocks).fit(rows)
        assert segmenter.labels_.tolist() == [0] * 50
        # there is nothing that it could be set apart from
        assert segmenter.contributions(rows).isna().all(axis=None)


@pytest.mark.parametrize("method", METHODS)
def test_duplicates_alone_are_the_cohorts_of_equal_rows(method):
    """The reference method has no layout for three rows; equal ones are equal."""
    rows = np.repeat([[0.0, 0, 1], [5.0, 5, 1], [9.0, 0, 3]], [30, 20, 12], axis=0)
    segmenter = Segmenter(method).fit(rows)
    assert segmenter.labels_.tolist() == [0] * 30 + [1] * 20 + [2] * 12
    np.testing.assert_array_equal(segmenter.predict(rows), segmenter.labels_)


@pytest.mark.parametrize("method", METHODS)
def test_all_noise_is_predicted_explained_and_saved(method, tmp_path):
    with pytest.warns(UserWarning, match="none of the 10 rows"):
        segmenter = Segmenter(method).fit(TWO[:10])
    assert len(segmenter.contributions(TWO)) == 0
    assert set(segmenter.predict(TWO)) == {NOISE}
    segmenter.save(tmp_path / "model")
    loaded = Segmenter.load(tmp_path / "model")
    assert set(loaded.predict(TWO)) == {NOISE}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("wild", [1e300, -1e300, 1e20])
def test_one_wild_value_in_a_block_is_only_very_far(wild, method):
    rows = TWO.copy()
    rows[0, 0] = wild
    blocks = {"a": [0, 1, 2], "b": [3, 4, 5]}
    segmenter = Segmenter(method, blocks=blocks).fit(rows)
    assert adjusted_rand_score(KIND[1:], segmenter.labels_[1:]) == 1
    np.testing.assert_array_equal(segmenter.predict(rows), segmenter.labels_)


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
    for size in (1e12, 1e300):
        labels = Segmenter(blocks={"all": range(6)}).fit_predict(TWO * size)
        assert adjusted_rand_score(KIND, labels) == 1
    labels = Segmenter().fit_predict(TWO * 1e12)
    assert adjusted_rand_score(KIND, labels) == 1


@pytest.mark.parametrize("places", [99, 150])  # below and above those of a layout
def test_many_places_of_many_equal_rows_are_each_a_cohort(places):
    truth = np.repeat(np.arange(places), 40)
    rows = np.random.default_rng(0).normal(size=(places, 10))[truth]
    fitted = Segmenter().fit(rows)
    assert adjusted_rand_score(truth, fitted.labels_) == 1
    assert fitted.strength_.min() > 0.9


@pytest.mark.parametrize("far", [0, 30, 1e7])
def test_rows_without_structure_are_in_no_cohort(far):
    rows = np.random.default_rng(0).normal(size=(2_000, 20))
    rows[0] += far
    with pytest.warns(UserWarning, match="none of the 2000 rows in a cohort"):
        fitted = Segmenter().fit(rows)
    assert (fitted.labels_ == NOISE).all()


def test_strength_is_a_share():
    rows, _ = make_blobs(600, 8, centers=5, random_state=0)
    strength = Segmenter().fit(rows).strength_
    assert 0.9 < strength.max() <= 1
