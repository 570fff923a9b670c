"""A segmenter among scikit-learn's tools, beyond their own checks."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from iprseg.segment import CohortEdits, Segmenter

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    np.vstack([RNG.normal(0, 0.3, (40, 4)), RNG.normal(5, 0.3, (60, 4))]),
    columns=list("abcd"),
    index=[f"s{row}" for row in range(100)],
)
BLOCKS = {"x": ["a", "b"], "y": ["c", "d"]}


@pytest.fixture(scope="module")
def fitted():
    return Segmenter(blocks=BLOCKS, weights={"x": 2}).fit(FRAME)


def test_a_clone_is_unfitted_and_has_the_same_parameters(fitted):
    edits = CohortEdits().merge(fitted, FRAME, [0, 1])
    edited = clone(fitted).set_params(edits=edits)
    copy = clone(edited)
    assert copy.get_params() == edited.get_params()
    assert not hasattr(copy, "labels_")
    assert set(copy.fit(FRAME).labels_) == {0}
    assert fitted.edits is None


def test_parameters_set_anew_count_at_the_next_fit(fitted):
    again = clone(fitted).set_params(min_cohort_size=30, weights=None).fit(FRAME)
    fresh = Segmenter(blocks=BLOCKS, min_cohort_size=30).fit(FRAME)
    np.testing.assert_array_equal(again.labels_, fresh.labels_)
    again.set_params(min_cohort_size=10).fit(FRAME)
    assert again.min_cohort_size_ == 10
    assert len(set(again.labels_)) == 2


def test_a_fit_changes_no_parameter_and_not_the_data(fitted):
    before, rows = fitted.get_params(), FRAME.copy()
    segmenter = clone(fitted).fit(FRAME)
    assert segmenter.get_params() == before
    pd.testing.assert_frame_equal(FRAME, rows)


def test_a_pickled_segmenter_decides_alike(fitted):
    """Pickle is Python's own affair; `save` and `load` do without, see test_save."""
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(FRAME), fitted.labels_)


def test_frames_of_other_transformers_keep_their_names_in_a_pipeline():
    scaler = StandardScaler().set_output(transform="pandas")
    line = make_pipeline(scaler, Segmenter(blocks=BLOCKS))
    labels = line.fit_predict(FRAME)
    assert line[-1].feature_names_in_.tolist() == list("abcd")
    np.testing.assert_array_equal(line.predict(FRAME), labels)
    assert labels.tolist() == [1] * 40 + [0] * 60
