"""Bins, trend, lift and stability: numbers by hand and by simulation."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from iprseg.signals.card_inputs import pool_small_groups
from iprseg.signals.measures import (
    add_outer_bins,
    assign_bins,
    compute_bin_limits,
    compute_stability_index,
    compute_top_lift,
    compute_trend,
)


def moved(old, new):
    """The index of values: bins of the old ones."""
    uppers = add_outer_bins(compute_bin_limits(old), old, new)
    return compute_stability_index(
        assign_bins(new, uppers), assign_bins(old, uppers), len(uppers) + 1
    )


def test_without_ties_bins_are_deciles():
    values = np.random.default_rng(0).normal(size=1000)
    assert (
        np.bincount(assign_bins(values, compute_bin_limits(values))).tolist()
        == [100] * 10
    )


def test_what_most_rows_have_is_a_bin_of_its_own_and_the_rest_is_still_told():
    values = np.r_[np.zeros(9000), np.arange(1, 1001.0)]
    counts = np.bincount(assign_bins(values, compute_bin_limits(values)))
    assert counts[0] == 9000
    assert counts[1:].min() > 80 and len(counts) == 10


def test_few_rows_are_not_cut_into_bins_of_nothing():
    values = np.r_[np.zeros(950), np.arange(1, 51.0)]
    assert np.bincount(assign_bins(values, compute_bin_limits(values))).tolist() == [
        950,
        50,
    ]
    assert len(compute_bin_limits(np.full(7, 3.0))) == 1
    assert len(compute_bin_limits(np.full(7, np.nan))) == 0


@pytest.mark.parametrize("seed", range(5))
def test_equal_values_share_a_bin_and_bins_rise(seed):
    rng = np.random.default_rng(seed)
    values = rng.poisson(rng.uniform(0.05, 20), 2000).astype(float)
    uppers = compute_bin_limits(values)
    assert (np.diff(uppers) > 0).all() and uppers[-1] == values.max()
    inside = pd.Series(assign_bins(values, uppers)).groupby(values).nunique()
    assert (inside == 1).all()


def test_a_rare_yes_that_becomes_common_is_seen():
    old = np.repeat([0.0, 1], [970, 30])
    new = np.repeat([0.0, 1], [900, 100])
    # (.9 - .97) ln(.9 / .97) + (.1 - .03) ln(.1 / .03), by hand
    assert moved(old, new)[0] == pytest.approx(0.0895, abs=1e-4)


@pytest.mark.parametrize("first", [1.0, -1.0])
def test_a_first_yes_where_there_was_none_is_seen(first):
    new = np.repeat([0.0, first], [900, 100])
    psi, limit = moved(np.zeros(1000), new)
    # (.9 - 1) ln(.9) + (.1 - .0005) ln(.1 / .0005), an empty bin being half a row
    assert psi == pytest.approx(0.5377, abs=1e-4)
    assert psi > limit


def test_values_that_went_missing_are_a_move():
    rng = np.random.default_rng(0)
    old = rng.normal(size=5000)
    lost = np.where(rng.random(5000) < 0.5, np.nan, rng.normal(size=5000))
    psi, limit = moved(old, lost)
    assert psi > 0.25 > limit
    assert moved(old, rng.normal(size=5000))[0] < 0.02
    assert moved(old, rng.normal(loc=1, size=5000))[0] > 0.25


def test_nothing_to_compare_gives_no_number():
    none = np.zeros(0, dtype=int)
    assert np.isnan(compute_stability_index(none, np.zeros(3, dtype=int), 1)).all()
    psi, limit = compute_stability_index(
        np.zeros(4, dtype=int), np.zeros(3, dtype=int), 1
    )
    assert psi == 0 and np.isnan(limit)


@pytest.mark.parametrize("alike", [0.0, 0.8])
def test_chance_stays_below_the_limit(alike):
    """Share of 400 pairs of equal periods above the 95 % limit, rows of 5 a seller."""
    rng = np.random.default_rng(4)
    seller = np.repeat(np.arange(200), 5)
    above = 0
    for _ in range(400):
        old, new = (
            np.sqrt(alike) * rng.normal(size=200)[seller]
            + np.sqrt(1 - alike) * rng.normal(size=1000)
            for _ in range(2)
        )
        uppers = compute_bin_limits(old)
        psi, limit = compute_stability_index(
            assign_bins(new, uppers), assign_bins(old, uppers), 11, seller, seller
        )
        above += psi > limit
    assert above / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_rows_of_one_seller_do_not_count_as_many():
    rng = np.random.default_rng(1)
    seller = np.repeat(np.arange(100), 10)
    codes = rng.integers(0, 4, 100)[seller]  # all rows of a seller alike
    loose = compute_stability_index(codes, codes, 4)[1]
    assert loose == pytest.approx(2 / 1000 * stats.chi2.ppf(0.95, 3))
    # ten equal rows are one
    assert compute_stability_index(codes, codes, 4, seller, seller)[1] == pytest.approx(
        10 * loose, rel=0.02
    )


def test_lift_counts_ties_in_proportion():
    risky = np.array([3.0, 2, 2, 1, 1, 1, 1, 1, 1, 1])
    positive = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], dtype=bool)
    assert compute_top_lift(risky, positive, 0.1) == pytest.approx(
        5.0
    )  # 1 of 1 over 0.2
    # the second place is shared by one positive and one other: 1.5 of 2 over 0.2
    assert compute_top_lift(risky, positive, 0.2) == pytest.approx(3.75)
    assert np.isnan(compute_top_lift(risky, np.zeros(10, dtype=bool), 0.1))


def test_a_weight_of_three_is_three_rows_to_the_lift():
    risky, positive = np.array([3.0, 2, 1]), np.array([True, False, False])
    weights = np.array([1.0, 3.0, 6.0])
    again = [np.repeat(one, weights.astype(int)) for one in (risky, positive)]
    assert (
        compute_top_lift(risky, positive, 0.2, weights)
        == compute_top_lift(*again, 0.2)
        == 5.0
    )


def test_trend_needs_three_bins_and_both_classes():
    bins = np.repeat(np.arange(10), 100)
    rising = np.random.default_rng(0).random(1000) < bins / 10
    assert compute_trend(bins, rising) > 0.9
    assert compute_trend(9 - bins, rising) < -0.9
    assert np.isnan(compute_trend(bins % 2, rising))
    assert np.isnan(compute_trend(bins, np.ones(1000, dtype=bool)))
    assert compute_trend(bins, np.arange(1000) % 2 == 0) == 0


def test_bins_of_few_labels_are_joined():
    bins = np.r_[np.zeros(50), np.ones(50), [2] * 4, [3] * 3, [4] * 5].astype(int)
    hit = np.r_[np.arange(50) < 2, np.arange(50) < 5, [True] * 12]
    assert compute_trend(bins, hit) == 1  # 4 %, 10 %, and 12 labels at 100 %


def test_small_groups_are_joined_until_none_follows_by_subtraction():
    names = pd.Series(["US"] * 40 + ["BR"] * 12 + ["AE"] * 4)
    owner = np.arange(56).astype(str)
    found = pool_small_groups(names, owner, 10)
    assert found.value_counts().to_dict() == {"US": 40, "others (AE, BR)": 16}
    assert pool_small_groups(names, owner, 2).tolist() == names.tolist()
    assert pool_small_groups(names, np.full(56, "one"), 2).nunique() == 1
