"""A row that holds no value is in no cohort, at the fit and after it."""

import numpy as np
import pytest

from iprseg.segment import CohortEdits, Segmenter
from iprseg.validation import NOISE, UNLABELED

RNG = np.random.default_rng(0)
# the middle of all columns lies in the larger group: there a gap would be taken to be
ROWS = np.vstack([RNG.normal(0, 0.3, (120, 4)), RNG.normal(6, 0.3, (40, 4))])
BLOCKS = {"x": [0, 1], "y": [2, 3]}
BLANK = np.full((3, 4), np.nan)


@pytest.mark.parametrize("method", ["coreset", "reference"])
def test_a_blank_row_is_predicted_as_noise_with_a_warning(method):
    fitted = Segmenter(method, blocks=BLOCKS).fit(ROWS)
    rows = np.vstack([ROWS[:2], BLANK])
    with pytest.warns(UserWarning, match="predict: 3 of the 5 rows hold no value"):
        labels = fitted.predict(rows)
    assert labels.tolist() == [*fitted.labels_[:2], NOISE, NOISE, NOISE]
    assert fitted.predict_strength(rows)[2:].tolist() == [0, 0, 0]
    rows[2, 0] = ROWS[0, 0]
    with pytest.warns(UserWarning, match="2 of the 5 rows"):
        assert fitted.predict(rows).shape == (5,)


@pytest.mark.filterwarnings("ignore:Segmenter:UserWarning")
@pytest.mark.parametrize("method", ["coreset", "reference"])
def test_many_blank_rows_are_no_cohort_and_leave_the_others_alone(method):
    rows = np.vstack([ROWS, np.repeat(BLANK, 20, axis=0)])
    gold = np.full(len(rows), UNLABELED)
    gold[[*range(0, 50, 5), *range(121, 131)]] = [0] * 10 + [1] * 10
    for y in (None, gold):
        fitted = Segmenter(method, blocks=BLOCKS, min_cohort_size=15).fit(rows, y)
        assert set(fitted.labels_[160:]) == {NOISE}
        assert (fitted.strength_ == 0).tolist() == (fitted.labels_ == NOISE).tolist()
        assert len(set(fitted.labels_[:160]) - {NOISE}) == 2
        np.testing.assert_array_equal(fitted.predict(rows), fitted.labels_)
    edits = CohortEdits().merge(fitted, rows, [0, 1])
    merged = Segmenter(method, blocks=BLOCKS, min_cohort_size=15, edits=edits).fit(rows)
    assert set(merged.labels_[160:]) == {NOISE}


@pytest.mark.parametrize("method", ["coreset", "reference"])
def test_blank_rows_alone_are_no_cohort(method):
    with pytest.warns(UserWarning, match="50 of the 50 rows hold no value") as told:
        fitted = Segmenter(method, blocks=BLOCKS).fit(np.full((50, 4), np.nan))
    assert len(told) == 1  # a smaller min_cohort_size would not help
    assert set(fitted.labels_) == {NOISE}
    assert not fitted.strength_.any()


def test_columns_in_no_block_are_not_known():
    wide = np.hstack([np.vstack([ROWS, BLANK]), RNG.normal(size=(163, 1))])
    with pytest.warns(UserWarning, match="fit: 3 of the 163 rows hold no value"):
        fitted = Segmenter(blocks=BLOCKS).fit(wide)
    assert set(fitted.labels_[160:]) == {NOISE}
