import numpy as np
import pytest

from iprseg.errors import IprsegError
from iprseg.segment import Segmenter
from iprseg.segment.blocks import block_contributions
from iprseg.validation import NOISE

RNG = np.random.default_rng(0)


def test_the_block_that_differs_makes_up_the_distance():
    price = np.repeat([0.0, 3.0], 50)[:, None]
    text = RNG.normal(size=(100, 2)) * 1e-6
    found = block_contributions([price, text], ["price", "text"], np.arange(100) // 50)
    assert found["price"].tolist() == pytest.approx([1.0, 1.0])
    assert found.sum(axis=1).tolist() == pytest.approx([1.0, 1.0])


def test_noise_is_one_of_the_others_and_no_cohort():
    part = np.array([[0.0], [0.0], [2.0], [9.0]])
    other = np.array([[0.0], [0.0], [0.0], [1.0]])
    labels = np.array([0, 0, 1, NOISE])
    found = block_contributions([part, other], ["a", "b"], labels)
    assert found.index.tolist() == [0, 1]
    # cohort 0 is at 0 and 0, the others at (2 + 9) / 2 and 1 / 2
    assert found.at[0, "a"] == pytest.approx(5.5**2 / (5.5**2 + 0.5**2))


def test_a_single_cohort_is_set_apart_by_nothing():
    found = block_contributions([np.ones((4, 1))], ["a"], np.zeros(4, int))
    assert found.isna().all(axis=None)


def test_a_segmenter_says_what_its_blocks_contribute():
    kind = np.repeat([0, 1], 60)
    data = np.column_stack(
        [kind + RNG.normal(0, 0.05, 120), kind * 2.0, RNG.normal(size=120)]
    )
    segmenter = Segmenter(blocks={"a": [0], "b": [1], "junk": [2]}).fit(data)
    found = segmenter.contributions(data)
    assert len(found) == segmenter.labels_.max() + 1
    assert (found["junk"] < 0.1).all()


def test_without_blocks_all_is_one_block():
    data = np.vstack([RNG.normal(place, 0.3, size=(40, 2)) for place in (0, 5)])
    found = Segmenter().fit(data).contributions(data)
    assert found.columns.tolist() == ["all"]


def test_as_many_labels_as_rows():
    rows = np.zeros((3, 1))
    with pytest.raises(IprsegError, match="one label per row: 3 rows, but labels of"):
        block_contributions([rows], ["price"], [0, 1])


def test_blocks_that_were_changed_after_the_fit_are_refused():
    rows = np.random.default_rng(0).normal(size=(60, 4))
    rows[:30] += 6
    fitted = Segmenter(blocks={"a": [0, 1], "b": [2, 3]}).fit(rows)
    for blocks in ({"a": [0, 1, 2, 3]}, {"b": [0, 2], "a": [1, 3]}, None):
        fitted.set_params(blocks=blocks)
        with pytest.raises(IprsegError, match=r"'blocks' parameter .* changed after"):
            fitted.contributions(rows)
