from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from scipy.stats.contingency import relative_risk

from iprseg.cohorts.lift import (
    compute_group_lifts,
    compute_lift,
    list_events,
    signal_lifts,
)
from iprseg.cohorts.naming import choose_naming_lifts, find_suspicion_lifts


def test_missing_rows_are_left_out_of_shares_and_counted_in_coverage():
    inside = np.arange(200) < 100
    values = np.where(inside, 1.0, 0.0)
    values[:40] = np.nan  # 60 of 100 known inside
    (lift,) = signal_lifts(pd.DataFrame({"A07": values}), inside)
    assert (lift.share, lift.rest_share, lift.n) == (1.0, 0.0, 60)
    assert lift.coverage == pytest.approx(0.6)


def test_lift_and_its_interval_come_near_the_plain_ratio_of_shares():
    # expected values from scipy's relative risk (Katz); ours adds halves
    inside = np.arange(2000) < 1000
    values = np.zeros(2000)
    values[:400], values[1000:1100] = 1, 1
    (lift,) = signal_lifts(pd.DataFrame({"A07": values}), inside)
    peer = relative_risk(400, 1000, 100, 1000)
    assert lift.lift == pytest.approx(peer.relative_risk, rel=0.01)
    assert lift.low == pytest.approx(peer.confidence_interval().low, rel=0.02)


@pytest.mark.parametrize("n_rest", [24, 200, 5000, 100_000])
def test_what_separates_perfectly_comes_before_what_has_hits_elsewhere(n_rest):
    inside = np.arange(24 + n_rest) < 24
    perfect = inside.astype(float)
    leaky = perfect.copy()
    leaky[-2:] = 1
    found = signal_lifts(pd.DataFrame({"A07_a": leaky, "E02_b": perfect}), inside)
    assert [one.signal for one in found] == ["E02_b", "A07_a"]
    assert [one.signal for one in choose_naming_lifts(found, most=1)] == ["E02_b"]


def test_half_a_count_a_cell_keeps_a_lift_finite_and_in_order():
    perfect, leaky = compute_lift(24, 24, 0, 976), compute_lift(24, 24, 2, 976)
    # (24.5 / 25) / (0.5 / 977), and Katz's limit with sqrt(1/24.5-1/25+2-1/977)
    assert perfect == pytest.approx((1914.92, 119.74), rel=1e-3)
    assert leaky[1] < perfect[1] < np.inf
    assert compute_lift(0, 24, 0, 24)[1] < 1


def test_what_suspicion_rests_on_has_the_lift_that_cards_show():
    inside = np.arange(400) < 40
    frame = pd.DataFrame({"A07_replica": inside * (np.arange(400) % 2.0)})
    (card,) = signal_lifts(frame, inside)
    (told,) = find_suspicion_lifts(frame, inside, {"A07": 2.0}, {"A07": "+"}, [])
    assert asdict(told) == pytest.approx(asdict(card))


def test_a_signal_of_four_rows_is_not_told():
    inside = np.arange(100) < 50
    values = np.zeros(100)
    values[:4] = 1
    assert signal_lifts(pd.DataFrame({"A07": values}), inside) == []


def test_a_low_price_is_the_low_side(market):
    lifts = signal_lifts(market.signals, (market.labels == 0).to_numpy())
    assert (lifts[0].signal, lifts[0].side) == (
        "B02_price_ratio_brand_cat",
        "low",
    )


def test_noise_gives_no_lift():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(2000, 5)), columns=list("abcde"))
    assert signal_lifts(frame, rng.random(2000) < 0.5) == []


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [2.0, 2.0], [np.inf, 1.0]])
def test_a_column_that_says_nothing_has_no_event(values):
    assert list_events(np.array(values)) == []


def test_a_column_mostly_at_its_maximum_still_has_somebody_above():
    side, threshold = list_events(np.array([0.1, 1.0, 1, 1, 1, 1, 1, 1, 1]))[-1]
    assert side == "high" and threshold < 1.0


def test_lifts_of_all_groups_are_those_of_each(market):
    cohorts = np.sort(market.labels.unique())
    groups = np.searchsorted(cohorts, market.labels.to_numpy())
    every = compute_group_lifts(market.signals, groups, len(cohorts))
    for group, own in enumerate(every):
        alone = signal_lifts(market.signals, groups == group)
        assert [asdict(one) for one in own] == [
            pytest.approx(asdict(one)) for one in alone
        ]


def test_shares_and_means_are_those_of_the_known_rows():
    values = np.array([3.0, np.nan, 5, 4, np.inf, 6, 7, 5] + [0.0] * 30 + [np.nan, 1])
    inside = np.arange(len(values)) < 8
    (lift,) = signal_lifts(pd.DataFrame({"A03": values}), inside)
    assert (lift.side, lift.threshold, lift.n) == ("high", 0, 6)
    assert (lift.share, lift.rest_share) == (1, 1 / 31)
    assert (lift.mean, lift.rest_mean, lift.coverage) == (5, 1 / 31, 6 / 8)
