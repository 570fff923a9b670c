import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iprseg.signals.price.comparisons import compute_median_of_others


def brute_force(values, group, seller):
    median, mad, others = [], [], []
    for i in range(len(values)):
        same = (group == group[i]) & (group >= 0) & ~np.isnan(values)
        mine = (seller == seller[i]) if seller[i] >= 0 else np.arange(len(values)) == i
        rest = values[same & ~mine]
        usable = group[i] >= 0 and not np.isnan(values[i])
        if not usable or not len(rest):
            median.append(np.nan), mad.append(np.nan)
        else:
            median.append(np.median(rest))
            mad.append(np.median(np.abs(rest - np.median(rest))))
        others.append(len(rest) if usable else 0)
    return np.array(median), np.array(mad), np.array(others)


ROW = st.tuples(
    st.one_of(st.integers(1, 8).map(float), st.floats(0.01, 1e6), st.just(np.nan)),
    st.integers(-1, 2),
    st.integers(-1, 3),
)


@settings(max_examples=300)
@given(st.lists(ROW, min_size=1, max_size=40))
def test_equals_brute_force(rows):
    values, group, seller = (np.array(column) for column in zip(*rows, strict=True))
    found = compute_median_of_others(values.astype(float), group, seller)
    for got, expected in zip(found, brute_force(values, group, seller), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-9)


def test_large_groups_equal_brute_force():
    rng = np.random.default_rng(0)
    values = rng.lognormal(size=600)
    group, seller = rng.integers(0, 3, 600), rng.integers(-1, 40, 600)
    for got, expected in zip(
        compute_median_of_others(values, group, seller),
        brute_force(values, group, seller),
        strict=True,
    ):
        np.testing.assert_allclose(got, expected)


def test_own_prices_do_not_move_the_median():
    values = np.array([1.0, 10, 20, 30])
    group, seller = np.zeros(4, int), np.array([0, 1, 2, 3])
    before = compute_median_of_others(values, group, seller)[0][0]
    values[0] = 1e6
    assert compute_median_of_others(values, group, seller)[0][0] == before == 20


def test_a_group_of_one_has_nobody():
    median, mad, others = compute_median_of_others(
        np.array([5.0]), np.array([0]), np.array([0])
    )
    assert np.isnan(median[0]) and np.isnan(mad[0]) and others[0] == 0


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_in_nothing_out(n):
    median, _, _ = compute_median_of_others(
        np.full(n, np.nan), np.zeros(n, int), np.zeros(n, int)
    )
    assert np.isnan(median).all() and len(median) == n
