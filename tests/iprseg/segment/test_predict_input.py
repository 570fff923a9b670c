"""What `predict` is given must be what `fit` was given: other columns, odd values."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from iprseg.errors import TableError
from iprseg.segment import Segmenter
from iprseg.validation import NOISE

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    np.vstack([RNG.normal(0, 0.3, (40, 4)), RNG.normal(5, 0.3, (60, 4))]).round(3),
    columns=list("abcd"),
)
BLOCKS = {"x": ["a", "b"], "y": ["c", "d"]}


@pytest.fixture(scope="module", params=["coreset", "reference"])
def fitted(request):
    return Segmenter(request.param, blocks=BLOCKS).fit(FRAME)


@pytest.mark.parametrize("call", ["predict", "predict_strength", "scaled"])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda frame: frame[["a", "b", "c"]], "now missing:\n- d"),
        (lambda frame: frame.assign(e=1.0), "unseen at fit time:\n- e"),
        (lambda frame: frame.rename(columns={"a": "A"}), "unseen at fit time:\n- A"),
        (lambda frame: frame[list("dcba")], "in the same order as they were in fit"),
        (lambda frame: frame.iloc[:0], r"0 sample\(s\)"),
    ],
)
def test_other_columns_are_refused(fitted, call, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        getattr(fitted, call)(change(FRAME))


def test_another_width_is_refused(fitted):
    nameless = Segmenter(fitted.method).fit(FRAME.to_numpy())
    for wide in (FRAME.to_numpy()[:, :3], np.hstack([FRAME, FRAME])):
        with pytest.raises(ValueError, match=r"X has \d features, but Segmenter is"):
            nameless.predict(wide)


@pytest.mark.parametrize(
    "kind",
    [
        lambda frame: frame.astype(object),
        lambda frame: frame.map(lambda value: Decimal(str(value))),
        lambda frame: frame.astype("Float64"),
        lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    ],
)
def test_the_kind_of_number_makes_no_difference(fitted, kind):
    np.testing.assert_array_equal(fitted.predict(kind(FRAME)), fitted.labels_)


@pytest.mark.parametrize(
    "kind",
    [
        lambda frame: (frame * 10).round().astype(int),
        lambda frame: frame > 2,
        lambda frame: (frame > 2).astype("boolean").mask(frame > 5.5),
        lambda frame: (frame * 10).round().astype("Int64").mask(frame > 5.5),
        lambda frame: frame.astype(object).where(frame < 5.5, None),
    ],
)
def test_whole_numbers_flags_and_missing_ones_are_fitted_and_predicted(fitted, kind):
    frame = kind(FRAME)
    again = Segmenter(min_cohort_size=10, n_neighbors=0, blocks=BLOCKS).fit(frame)
    np.testing.assert_array_equal(again.predict(frame), again.labels_)
    # the two kinds, five apart, share no cohort
    first, second = (set(part) for part in np.split(again.labels_, [40]))
    assert (first & second) <= {NOISE}
    assert max(first) >= 0


def test_far_rows_are_noise_and_infinite_ones_refused(fitted):
    plain = Segmenter(fitted.method).fit(FRAME)  # nothing clips what is in no block
    for times in (1e4, 1e18):
        assert set(plain.predict(FRAME[40:] * times)) == {NOISE}
    with pytest.raises(TableError, match=r"infinite value \(-inf\) in column 'b'"):
        fitted.predict(FRAME.assign(b=-np.inf))


def test_a_row_is_decided_alike_alone_and_among_others(fitted):
    alone = [fitted.predict(FRAME.iloc[[row]])[0] for row in range(0, 100, 9)]
    assert alone == fitted.labels_[::9].tolist()
