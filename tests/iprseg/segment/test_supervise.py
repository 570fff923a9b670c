import numpy as np
import pytest

from iprseg.errors import IprsegError
from iprseg.segment import Segmenter
from iprseg.segment.inputs import check_classes, stretch_scales, supervise_fit
from iprseg.segment.scaling import apply_scales, fit_scales
from iprseg.validation import UNLABELED

RNG = np.random.default_rng(0)
KIND = np.repeat([0, 1], 200)
DATA = RNG.normal(size=(400, 6))
DATA[:, 0] += 2 * KIND
BLOCKS = {"a": [0, 1, 2], "b": [3, 4, 5]}
SCALES = fit_scales(DATA, BLOCKS, dict.fromkeys(BLOCKS, 1.0), ())


def separation(scales):
    """Squared distance of the kinds' means, in total variances of the rest."""
    rows = apply_scales(DATA, scales)
    low, high = rows[KIND == 0], rows[KIND == 1]
    gap = high.mean(axis=0) - low.mean(axis=0)
    return gap @ gap / (low.var(axis=0).sum() + high.var(axis=0).sum())


def some(classes, n=60):
    y = np.full(len(KIND), UNLABELED)
    rows = RNG.permutation(len(KIND))[:n]
    y[rows] = classes[rows]
    return y


def test_labels_set_their_classes_apart_in_unlabeled_rows_too():
    assert separation(stretch_scales(DATA, SCALES, some(KIND), 3.0)) > 1.5 * separation(
        SCALES
    )


@pytest.mark.parametrize("seed", range(5))
def test_labels_that_nothing_bears_out_change_next_to_nothing(seed):
    shuffled = np.random.default_rng(seed).permutation(KIND)
    found = stretch_scales(DATA, SCALES, some(shuffled, 120), 3.0)
    assert separation(found) == pytest.approx(separation(SCALES), rel=0.25)


def test_one_class_or_too_few_rows_of_each_say_nothing():
    for y in (some(np.zeros_like(KIND)), some(KIND, 6)):
        found = stretch_scales(DATA, SCALES, y, 3.0)
        np.testing.assert_array_equal(
            apply_scales(DATA, found), apply_scales(DATA, SCALES)
        )


def test_labels_are_not_followed_where_cohorts_would_agree_less_with_them():
    y = some(KIND)
    asked = []

    def fit(data, scales, settings):
        asked.append(scales)
        # without labels the cohorts are the kinds; with them, chance
        return "model", KIND if len(asked) == 1 else np.arange(400) % 2, None

    assert supervise_fit(fit, y)(DATA, SCALES, None)[1] is KIND
    assert len(asked) == 3


def test_a_segmenter_takes_labels_and_predicts_with_them(tmp_path):
    fitted = Segmenter(blocks=BLOCKS, random_state=0).fit(DATA, some(KIND))
    np.testing.assert_array_equal(fitted.predict(DATA), fitted.labels_)
    fitted.save(tmp_path / "model")
    np.testing.assert_array_equal(
        Segmenter.load(tmp_path / "model").predict(DATA), fitted.labels_
    )


def test_unlabeled_throughout_is_as_without_labels():
    assert check_classes(np.full(4, UNLABELED), 4) is None
    assert check_classes(None, 4) is None


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(3, int), "one class per row, 4 in all"),
        (np.array(["fake"] * 4), "turn codes into numbers"),
        (np.array([0.5] * 4), "Unknown label type"),
    ],
)
def test_what_is_no_class_per_row_is_refused(y, message):
    with pytest.raises(IprsegError, match=message):
        check_classes(y, 4)
