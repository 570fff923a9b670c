"""What no queue can work with is refused in one sentence, before anything is leased."""

import numpy as np
import pytest

from labeling import Codebook, LabelingError, LabelQueue
from tests.labeling.worlds import make_store

BOOK = Codebook.load()


@pytest.fixture
def store(tmp_path):
    return make_store(tmp_path / "labels.db")


@pytest.mark.parametrize("name", ["", " ", None, 7, np.int64(7), ["a"], b"a"])
def test_a_name_that_is_none(store, name):
    with pytest.raises(LabelingError, match=r"needs an 'annotator'.*\(got") as told:
        LabelQueue(store, BOOK, name)
    assert "np." not in str(told.value)


@pytest.mark.parametrize("name", ["a\nb", "a\x00", "\u202ea"])
def test_a_name_that_cannot_be_printed(store, name):
    with pytest.raises(LabelingError, match="signs that can be printed; got '") as told:
        LabelQueue(store, BOOK, name)
    assert str(told.value).isprintable()


@pytest.mark.parametrize("number", [0, -1, 1.5, "2", True, None, np.nan, np.int64(0)])
def test_labels_per_item(store, number):
    with pytest.raises(LabelingError, match="whole number of at least 1; got") as told:
        LabelQueue(store, BOOK, "a", labels_per_item=number)
    assert "np." not in str(told.value)


@pytest.mark.parametrize("seconds", [0, -1, "900", True, None, np.nan, np.inf])
def test_lease_seconds(store, seconds):
    with pytest.raises(LabelingError, match="number of seconds above 0; got"):
        LabelQueue(store, BOOK, "a", lease_seconds=seconds)


def test_numbers_of_numpy_will_do(store):
    settings = {"labels_per_item": np.int64(2), "lease_seconds": np.float64(60)}
    queue = LabelQueue(store, BOOK, "анна б.", **settings)
    assert queue.next() is not None
