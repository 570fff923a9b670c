import numpy as np
import pandas as pd
import pytest

from iprseg.cohorts import (
    profile_cohorts,
    rank_outliers,
    suspicion_scores,
    weigh_evidence,
)
from tests.iprseg.cohorts.small_market import DIRECTIONS


def test_the_risky_lead_and_the_referential_come_last(market):
    scores = suspicion_scores(market.signals, market.labels, DIRECTIONS)["suspicion"]
    order = scores.drop(-1).sort_values(ascending=False).index.tolist()
    assert order[:3] == [4, 1, 0] and order[-1] == 2
    assert scores[2] < 0


def test_origin_and_language_add_nothing(market):
    with_them = suspicion_scores(market.signals, market.labels, DIRECTIONS)
    without = market.signals.drop(
        columns=["A18_lang_market_mismatch", "D06_ship_from_origin_prior"]
    )
    pd.testing.assert_frame_equal(
        with_them, suspicion_scores(without, market.labels, DIRECTIONS)
    )


def test_parts_add_up(market):
    scores = suspicion_scores(market.signals, market.labels, DIRECTIONS)
    parts = scores.drop(columns="suspicion").sum(axis=1)
    np.testing.assert_allclose(parts, scores["suspicion"])


def test_being_less_risky_than_others_does_not_hide_another_signal():
    labels = pd.Series([0] * 50 + [1] * 50)
    inside = labels == 0
    one = pd.DataFrame({"A07_x": inside * 1.0})
    two = one.assign(B02_x=inside * 1.0)  # dear, where cheap is the risky side
    directions = {"A07": "+", "B02": "-"}
    assert suspicion_scores(two, labels, directions).loc[
        0, "suspicion"
    ] == pytest.approx(suspicion_scores(one, labels, directions).loc[0, "suspicion"])


def test_a_signal_known_for_few_counts_for_little():
    labels = pd.Series([0] * 50 + [1] * 50)
    full = pd.DataFrame({"A07_x": (labels == 0) * 1.0})
    thin = full.copy()
    thin.iloc[:45] = np.nan
    scores = [
        suspicion_scores(frame, labels, {"A07": "+"}).loc[0, "suspicion"]
        for frame in (full, thin)
    ]
    assert scores[1] < 0.2 * scores[0]


def test_a_share_of_low_prices_raises_and_is_not_counted_twice():
    labels = pd.Series([0] * 50 + [1] * 50)
    cheap = (labels == 0) * 1.0
    mean = pd.DataFrame({"B02_x_mean": 1 - cheap})
    both = mean.assign(B02_x_share=cheap)
    one, two = (
        suspicion_scores(frame, labels, {"B02": "-"}).loc[0, "suspicion"]
        for frame in (mean, both)
    )
    assert one == pytest.approx(two) and one > 0.5


def test_what_is_most_of_the_whole_is_not_put_above_it_by_chance():
    """84 of a hundred rows are alike; a few more of them have what is risky."""
    labels = pd.Series([0] * 840 + [1] * 120 + [2] * 40)
    flag = np.zeros(1000)
    flag[:100], flag[840:844] = 1, 1  # 12 % of the large cohort, 3 % of the next
    scores = suspicion_scores(pd.DataFrame({"A07_x": flag}), labels, {"A07": "+"})
    assert scores.loc[0, "suspicion"] < 0.1
    rare = flag.copy()
    rare[960:980] = 1  # and half of the smallest
    scores = suspicion_scores(pd.DataFrame({"A07_x": rare}), labels, {"A07": "+"})
    assert scores["suspicion"].idxmax() == 2


def test_differences_that_chance_makes_add_nothing():
    rng = np.random.default_rng(0)
    labels = pd.Series(rng.integers(0, 4, 2000))
    noise = pd.DataFrame(
        rng.normal(size=(2000, 6)), columns=[f"A0{i}_x" for i in range(6)]
    )
    ways = dict.fromkeys([f"A0{i}" for i in range(6)], "+")
    assert (suspicion_scores(noise, labels, ways)["suspicion"] < 0.05).all()


def test_of_equal_suspicion_the_small_cohort_comes_first(market):
    from iprseg.cohorts import profile_cohorts

    labels = pd.Series(np.where(market.labels == 1, 1, 0), index=market.labels.index)
    flat = market.signals * 0.0
    order = profile_cohorts(
        market.tables, "listing", flat, labels, directions=DIRECTIONS
    ).index
    assert order.tolist() == [1, 0]


def test_evidence_is_weighed_once_for_profile_and_outliers(market, monkeypatch):
    of_market = (market.tables, "listing", market.signals, market.labels)
    evidence = weigh_evidence(*of_market, directions=DIRECTIONS)
    plain = profile_cohorts(*of_market, directions=DIRECTIONS)

    def refuse(*_):
        raise AssertionError("weighed again")

    for name in ("compute_signal_parts", "discount_authorised"):
        monkeypatch.setattr(f"iprseg.cohorts.suspicion.{name}", refuse)
    pd.testing.assert_frame_equal(profile_cohorts(*of_market, evidence=evidence), plain)
    assert rank_outliers(evidence, market.labels).columns[0] == "cohort"
