"""What a signal is worth: numbers held against other programs and by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from iprseg.errors import TableError
from iprseg.signals import signal_cards
from iprseg.signals._auc import clustered_auc
from iprseg.signals._card_numbers import monotone, stability, top_lift


def made(n=600, sellers=60, seed=0, strength=1.0):
    """Rows of sellers who share a part of value and of risk."""
    rng = np.random.default_rng(seed)
    seller = rng.integers(0, sellers, n)
    shared = rng.normal(size=sellers)[seller]
    positive = rng.random(n) < 1 / (1 + np.exp(1.5 - shared))
    values = strength * positive + shared + rng.normal(size=n)
    return values, positive, seller


def test_the_area_is_that_of_scikit_learn_with_ties():
    values, positive, seller = made()
    values = values.round(0)
    assert len(np.unique(values)) < 15
    assert clustered_auc(values, positive, seller)[0] == pytest.approx(
        roc_auc_score(positive, values)
    )


def test_limits_are_about_those_of_a_bootstrap_of_sellers():
    values, positive, seller = made()
    rows = [np.flatnonzero(seller == one) for one in range(60)]
    rng = np.random.default_rng(1)
    again = []
    for _ in range(800):
        pick = np.concatenate([rows[one] for one in rng.integers(0, 60, 60)])
        again.append(roc_auc_score(positive[pick], values[pick]))
    _, low, high = clustered_auc(values, positive, seller)
    assert [low, high] == pytest.approx(np.quantile(again, [0.025, 0.975]), abs=0.015)


def test_rows_taken_for_independent_would_look_too_sure():
    rng = np.random.default_rng(3)
    seller = np.repeat(np.arange(40), 15)
    positive = np.repeat(rng.random(40) < 0.4, 15)  # all or none of a seller's
    values = positive + np.repeat(rng.normal(size=40), 15) + rng.normal(size=600) / 4
    _, low, high = clustered_auc(values, positive, seller)
    _, near, far = clustered_auc(values, positive, np.arange(len(values)))
    assert high - low > 2 * (far - near)


def test_limits_cover():
    truth = roc_auc_score(*reversed(made(400_000, 40_000, seed=99)[:2]))
    inside = 0
    for seed in range(200):
        _, low, high = clustered_auc(*made(300, 40, seed=seed))
        inside += low <= truth <= high
    assert inside / 200 > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200)


@pytest.mark.parametrize(
    ("values", "positive", "expected"),
    [
        ([1, 2, 3], [1, 1, 1], (np.nan, 0.0, 1.0)),  # one class
        ([1, 2, 3, 4], [0, 0, 1, 1], (1.0, 0.16, 1.0)),  # 1 - 0.025 ** (1 / 2)
        ([1, 1, 1, 1], [0, 0, 1, 1], (0.5, 0.0, 1.0)),  # constant: 0.5 -+ 0.84
    ],
)
def test_edges(values, positive, expected):
    found = clustered_auc(values, positive, list("abcd")[: len(values)])
    assert found == pytest.approx(expected, abs=0.01, nan_ok=True)


def test_lift_counts_ties_in_proportion():
    risky = np.array([3.0, 2, 2, 1, 1, 1, 1, 1, 1, 1])
    positive = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], dtype=bool)
    assert top_lift(risky, positive, 0.1) == pytest.approx(5.0)  # 1 of 1 over 0.2
    # the second place is shared by one positive and one other: 1.5 of 2 over 0.2
    assert top_lift(risky, positive, 0.2) == pytest.approx(3.75)
    assert np.isnan(top_lift(risky, np.zeros(10, dtype=bool), 0.1))


def test_monotone_needs_three_bins_and_both_classes():
    risky = np.arange(1000.0)
    rising = np.random.default_rng(0).random(1000) < risky / 1000
    assert monotone(risky, rising) > 0.9
    assert monotone(-risky, rising) < -0.9
    assert np.isnan(monotone(np.tile([0.0, 1.0], 500), rising))
    assert np.isnan(monotone(risky, np.ones(1000, dtype=bool)))


def test_stability_is_0_for_the_same_and_large_for_another():
    rng = np.random.default_rng(0)
    old = pd.Series(rng.normal(size=5000))
    assert stability(rng.normal(size=5000), old) < 0.02
    assert stability(rng.normal(loc=1, size=5000), old) > 0.25
    lost = np.where(rng.random(5000) < 0.5, np.nan, rng.normal(size=5000))
    assert stability(lost, old) > 0.25  # values that went missing are a move too
    assert np.isnan(stability(lost, None))


@pytest.fixture
def table():
    values, positive, seller = made()
    ids = pd.Index([f"L{i}" for i in range(len(values))], name="listing_id")
    signals = pd.DataFrame(
        {
            "A07_replica_lexicon_hit": values,
            "B02_price_ratio_brand_cat": -values,
            "A14_special_char_ratio": np.random.default_rng(5).normal(size=len(values)),
            "F01_review_fake_mention_rate": np.nan,
        },
        index=ids,
    )
    signals.loc[ids[:60], "A14_special_char_ratio"] = np.nan
    labels = pd.Series(positive, index=ids)
    return signals, labels, pd.Series(seller, index=ids)


def test_a_card_turns_low_risk_signals_round_and_groups_what_is_alike(table):
    cards = signal_cards(*table)
    low, high = cards.loc["B02_price_ratio_brand_cat"], cards.iloc[0]
    assert low["auc"] == high["auc"] > 0.7
    assert low["group"] == high["group"] != cards.loc["A14_special_char_ratio", "group"]
    assert cards.loc["A14_special_char_ratio", "coverage"] == 0.9
    assert high["lift_top_5"] > 2
    assert cards["stage"].tolist() == ["T1", "T1", "T1", "T3"]


def test_a_signal_without_values_has_no_number(table):
    card = signal_cards(*table).loc["F01_review_fake_mention_rate"]
    assert card["auc"] is pd.NA
    assert card[["coverage", "n", "auc_low", "auc_high"]].tolist() == [0, 0, 0, 1]


def test_by_market(table):
    signals, labels, sellers = table
    market = pd.Series(["BR", "MX", None] * 200, index=signals.index, name="market")
    cards = signal_cards(signals, labels, sellers, by=market)
    assert cards.index.names == ["signal", "market"]
    assert cards.loc["A07_replica_lexicon_hit"].index.tolist() == [
        "BR",
        "MX",
        "unknown",
    ]
    assert cards.loc[("A07_replica_lexicon_hit", "BR"), "n"] == 200


def test_labels_of_other_ids_are_refused(table):
    signals, labels, _ = table
    with pytest.raises(TableError, match="No id has both signals and a label"):
        signal_cards(signals, labels.rename(lambda one: f"X{one}"))
