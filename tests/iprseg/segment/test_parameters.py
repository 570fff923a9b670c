"""Parameters that make no sense are refused in one sentence, before any work."""

import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.segment import Segmenter
from iprseg.validation import UNLABELED

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    np.vstack([RNG.normal(0, 0.3, (40, 4)), RNG.normal(5, 0.3, (60, 4))]),
    columns=list("abcd"),
)
BLOCKS = {"x": ["a", "b"], "y": ["c", "d"]}
METHODS = ["coreset", "reference"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"weights": {"x": "2"}}, "must hold numbers >= 0"),
        ({"weights": {"x": None}}, "must hold numbers >= 0"),
        ({"weights": {"x": np.nan}}, "must hold numbers >= 0"),
        ({"weights": {"x": np.inf}}, "must hold numbers >= 0"),
        ({"weights": {"x": 1e300}}, "none above 1,000,000"),
        ({"weights": {"x": 0, "y": 0}}, "not all 0"),
        ({"weights": {"z": 1}}, "names no block: 'z'; blocks: 'x', 'y'"),
        ({"weights": [1, 2]}, "must map names of blocks to numbers"),
        ({"blocks": ["a"]}, "must map each block's name to a list"),
        ({"blocks": {"x": "ab"}}, "must map each block's name to a list"),
        ({"blocks": {"x": None}}, "must map each block's name to a list"),
        ({"blocks": {"x": {"a", "b"}}}, "must map each block's name to a list"),
        ({"blocks": {"x": [["a"]]}}, "must map each block's name to a list"),
        ({"blocks": {"x": ["a", "a"]}}, "in more than one: 'a'"),
        ({"blocks": {"x": ["z"]}}, "needs the column 'z', which is not there"),
        ({"vector_blocks": "meaning"}, "'vector_blocks' parameter .* a list of names"),
        ({"vector_blocks": None}, "'vector_blocks' parameter .* a list of names"),
        ({"random_state": -1}, ">= 0 and <= 2147483647; got -1"),
        ({"random_state": 2**31}, ">= 0 and <= 2147483647; got 2147483648"),
        ({"random_state": None}, ">= 0 and <= 2147483647; got None"),
        ({"random_state": 1.5}, "'random_state' .* must be a whole number; got 1.5"),
        ({"min_cohort_size": 2.5}, "'min_cohort_size' .* must be a whole number"),
        ({"min_cohort_size": np.inf}, "'min_cohort_size' .* must be a whole number"),
        ({"min_samples": np.nan}, "'min_samples' .* must be a number >= 1; got nan"),
        ({"max_coreset": np.inf}, "'max_coreset' .* must be a whole number; got inf"),
        ({"selection": ["eom"]}, "'selection' parameter .* must be one of"),
        ({"edits": "choices.json"}, "must be CohortEdits; got str: read them with"),
    ],
)
def test_refused(method, settings, sentence):
    with pytest.raises(IprsegError, match=sentence):
        Segmenter(method, **{"blocks": BLOCKS, **settings}).fit(FRAME)


def test_a_method_that_is_no_name_is_refused():
    with pytest.raises(IprsegError, match=r"'method' .* got \['coreset'\]"):
        Segmenter(["coreset"]).fit(FRAME)


def test_numbers_of_numpy_and_whole_floats_are_numbers():
    plain = Segmenter(blocks=BLOCKS, min_cohort_size=15, random_state=3).fit(FRAME)
    other = Segmenter(
        blocks={name: np.array(columns) for name, columns in BLOCKS.items()},
        weights={"x": np.float32(1)},
        min_cohort_size=np.int64(15),
        random_state=3.0,
    ).fit(FRAME)
    np.testing.assert_array_equal(plain.strength_, other.strength_)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda frame: frame[[]], "0 feature"),
        (lambda frame: frame.set_axis(list("abca"), axis=1), "more than one .* 'a'"),
        (lambda frame: frame.astype(str), "hold none: 'a', 'b', 'c', 'd'"),
        (lambda frame: frame.assign(a=1j), "hold none: 'a'"),
        (lambda frame: frame.astype(object).assign(b=10**400), "hold none: 'b'"),
        (lambda frame: frame.assign(c=pd.Timestamp("2020-01-01")), "hold none: 'c'"),
        (lambda frame: frame.assign(d=pd.Categorical([1] * 100)), "hold none: 'd'"),
    ],
)
def test_columns_that_hold_no_numbers_are_named(method, change, sentence):
    with pytest.raises(TableError, match=sentence):
        Segmenter(method).fit(change(FRAME))


@pytest.mark.parametrize("n_rows", [0, 1, 2])
def test_no_row_is_refused_and_one_or_two_are_noise(n_rows):
    if n_rows == 0:
        with pytest.raises(ValueError, match=r"0 sample\(s\)"):
            Segmenter(blocks=BLOCKS).fit(FRAME.iloc[:0])
        return
    with pytest.warns(UserWarning, match=f"none of the {n_rows} rows"):
        labels = Segmenter(blocks=BLOCKS).fit_predict(FRAME.iloc[:n_rows])
    assert labels.tolist() == [-1] * n_rows


@pytest.mark.parametrize("method", METHODS)
def test_labels_of_three_rows_or_of_none_change_nothing(method):
    plain = Segmenter(method, blocks=BLOCKS).fit(FRAME)
    few = np.full(100, UNLABELED)
    few[:3], few[60:63] = 0, 1
    for y in (few, np.full(100, UNLABELED), np.zeros(100, int)):
        labeled = Segmenter(method, blocks=BLOCKS).fit(FRAME, y)
        np.testing.assert_array_equal(labeled.labels_, plain.labels_)


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        (np.zeros(99, int), r"one class per row, 100 in all; got shape \(99,\)"),
        (np.zeros((100, 1), int), r"one class per row, 100 in all; got shape"),
        (np.full(100, np.nan), "Unknown label type .* got float64"),
        (["fake"] * 100, "Unknown label type"),
        (7, "one class per row"),
    ],
)
def test_labels_that_are_no_classes_are_refused(y, sentence):
    with pytest.raises(IprsegError, match=sentence):
        Segmenter(blocks=BLOCKS).fit(FRAME, y)


def test_labels_in_another_order_than_the_rows_are_refused():
    named = FRAME.set_axis([f"L{row}" for row in range(100)])
    y = pd.Series(np.repeat([0, 1], [40, 60]), named.index)
    with pytest.raises(IprsegError, match="rows of 'y' are not in the order of 'X'"):
        Segmenter(blocks=BLOCKS).fit(named, y[::-1])
    assert len(Segmenter(blocks=BLOCKS).fit(named, y).labels_) == 100
