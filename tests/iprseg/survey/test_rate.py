import numpy as np
import pytest

from iprseg.survey.intervals import (
    MIN_SELLERS,
    Cell,
    compute_held_out_inflation,
    estimate_rate,
)


def sellers(count, hits=1):
    ones = np.ones(count)
    bad = np.zeros(count)
    bad[:hits] = 1
    return Cell(ones, ones, bad, ones, ones, 1000.0, 1000.0)


def test_sellers_are_too_few_below_the_threshold():
    few = estimate_rate([sellers(MIN_SELLERS - 1)], by_sellers=True)
    enough = estimate_rate([sellers(MIN_SELLERS)], by_sellers=True)
    assert (few.offered, few.low, few.high) == (False, 0, 1)
    assert enough.offered
    assert 0 < enough.low < enough.high < 1


def test_strata_without_a_label_may_be_anything():
    known = estimate_rate([sellers(50)])
    partly = estimate_rate([sellers(50)], unseen=0.2)
    assert partly.low == pytest.approx(0.8 * known.low)
    assert partly.high == pytest.approx(0.8 * known.high + 0.2)


def test_inflation_is_of_the_variance():
    plain = estimate_rate([sellers(50, hits=20)])
    wide = estimate_rate([sellers(50, hits=20)], inflation=4.0)
    assert wide.moments.variance == pytest.approx(4 * plain.moments.variance)


def test_who_is_held_out_by_an_even_split_changes_nothing():
    assert compute_held_out_inflation(np.ones(10), np.repeat([0, 1], 5)) == 1
    assert compute_held_out_inflation(np.ones(10), np.ones(10)) == 1
