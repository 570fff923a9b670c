import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from iprseg.survey.intervals import (
    Cell,
    Step,
    compute_beta_limits,
    compute_rate_limits,
    compute_ratio_moments,
)

FEW = 5  # up to here the whole step is kept


def simple(hits, n, listings=np.inf):
    """Listings drawn from one stratum, two kinds of them."""
    ones = np.ones(2)
    return Cell(
        ones, ones, np.array([1.0, 0]), ones, np.array([hits, n - hits]), listings, 1.0
    )


def limits(hits, n, listings=np.inf):
    low, high = compute_rate_limits(compute_ratio_moments([simple(hits, n, listings)]))
    return float(low), float(high)


def textbook(p, n):
    """What n equal listings of an endless frame give: variance and both steps."""
    up, down = Step((1 - p) / n, (1 - p) / n**2), Step(p / n, p / n**2)
    return p, p * (1 - p) / n, up, down


@pytest.mark.parametrize(
    ("hits", "n", "expected"),
    [(0, 20, (0.0, 0.1684)), (1, 29, (0.0009, 0.1776))],
    ids=["0 of 20", "1 of 29"],
)
def test_newcombe_1998_clopper_pearson_at_small_counts(hits, n, expected):
    assert compute_beta_limits(*textbook(hits / n, n)) == pytest.approx(
        expected, abs=6e-5
    )
    # the unbiased variance of a sample, p(1-p)/(n-1), is a little larger
    assert limits(hits, n) == pytest.approx(expected, abs=3e-3)


@pytest.mark.parametrize(("hits", "n"), [(15, 148), (81, 263)])
def test_newcombe_1998_at_larger_counts_near_clopper_pearson_below_and_jeffreys_above(
    hits, n
):
    low, high = limits(hits, n)
    exact = proportion_confint(hits, n, method="beta")
    jeffreys = proportion_confint(hits, n, method="jeffreys")
    assert low == pytest.approx(exact[0], abs=2e-3)
    assert high == pytest.approx(jeffreys[1], abs=2e-3)


@given(st.integers(1, 3000), st.floats(0, 1))
def test_with_whole_steps_parity_with_statsmodels_clopper_pearson(n, share):
    """Exact where the variance is p(1-p)/n and the whole step is kept (few hits)."""
    hits = min(round(share * n), FEW)
    p = hits / n
    expected = proportion_confint(hits, n, method="beta")
    assert compute_beta_limits(*textbook(p, n)) == pytest.approx(expected, abs=1e-9)


@given(
    st.integers(2, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(2, 50),
)
def test_limits_are_ordered_and_mirror(count, times):
    hits, n = count
    low, high = limits(hits, n, n * times)
    assert 0 <= low <= hits / n <= high <= 1
    mirrored = limits(n - hits, n, n * times)
    assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((low, high), abs=1e-9)


@given(st.integers(0, 99))
def test_one_more_hit_never_lowers_a_limit(hits):
    before, after = limits(hits, 100), limits(hits + 1, 100)
    assert before[0] <= after[0] + 1e-12
    assert before[1] <= after[1] + 1e-12


def test_a_census_leaves_no_doubt():
    assert limits(3, 50, listings=50) == pytest.approx((0.06, 0.06))


def test_no_hit_in_half_the_frame_is_the_hypergeometric_bound():
    """With K violative of 200, none in 100 has a chance of about 0.5 ** K."""
    low, high = limits(0, 100, listings=200)
    assert low == 0
    assert high * 200 == pytest.approx(np.log(0.025) / np.log(0.5), rel=0.02)


def test_a_heavy_stratum_without_a_hit_bounds_the_rate_by_itself():
    """90 % of the frame seen 30 times without a hit: at least the bound of 0 of 30."""
    heavy = simple(0, 30)._replace(units=1e6, listings=0.9)
    light = simple(20, 300)._replace(units=1e6, listings=0.1)
    _, high = compute_rate_limits(compute_ratio_moments([heavy, light]))
    assert float(high) > 0.9 * proportion_confint(0, 30, method="beta")[1]
