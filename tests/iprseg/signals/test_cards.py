"""What a signal is worth: numbers held against other programs and by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from iprseg.errors import TableError
from iprseg.signals import signal_cards
from iprseg.signals.measures import compute_clustered_auc


def made(n=600, sellers=60, seed=0, strength=1.0):
    """Rows of sellers who share a part of value and of risk."""
    rng = np.random.default_rng(seed)
    seller = rng.integers(0, sellers, n)
    shared = rng.normal(size=sellers)[seller]
    positive = rng.random(n) < 1 / (1 + np.exp(1.5 - shared))
    values = strength * positive + shared + rng.normal(size=n)
    return values, positive, seller


def area(values, positive):
    """By the sum of ranks, which is quicker than scikit-learn's curve."""
    m, n = positive.sum(), (~positive).sum()
    return (stats.rankdata(values)[positive].sum() - m * (m + 1) / 2) / (m * n)


def test_the_area_is_that_of_scikit_learn_with_ties():
    values, positive, seller = made()
    values = values.round(0)
    assert len(np.unique(values)) < 15
    assert compute_clustered_auc(values, positive, seller)[0] == pytest.approx(
        roc_auc_score(positive, values)
    )
    assert area(values, positive) == pytest.approx(roc_auc_score(positive, values))


def test_limits_are_about_those_of_a_bootstrap_of_sellers():
    values, positive, seller = made()
    rows = [np.flatnonzero(seller == one) for one in range(60)]
    rng = np.random.default_rng(1)
    again = []
    for _ in range(800):
        pick = np.concatenate([rows[one] for one in rng.integers(0, 60, 60)])
        again.append(area(values[pick], positive[pick]))
    _, low, high = compute_clustered_auc(values, positive, seller)
    assert [low, high] == pytest.approx(np.quantile(again, [0.025, 0.975]), abs=0.015)


def test_rows_taken_for_independent_would_look_too_sure():
    rng = np.random.default_rng(3)
    seller = np.repeat(np.arange(40), 15)
    positive = np.repeat(rng.random(40) < 0.4, 15)  # all or none of a seller's
    values = positive + np.repeat(rng.normal(size=40), 15) + rng.normal(size=600) / 4
    _, low, high = compute_clustered_auc(values, positive, seller)
    _, near, far = compute_clustered_auc(values, positive, np.arange(len(values)))
    assert high - low > 2 * (far - near)


def test_limits_cover():
    truth = roc_auc_score(*reversed(made(400_000, 40_000, seed=99)[:2]))
    inside = 0
    for seed in range(200):
        _, low, high = compute_clustered_auc(*made(300, 40, seed=seed))
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
    found = compute_clustered_auc(values, positive, list("abcd")[: len(values)])
    assert found == pytest.approx(expected, abs=0.01, nan_ok=True)


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
    assert low["alike"] == high["alike"] != cards.loc["A14_special_char_ratio", "alike"]
    assert cards.loc["A14_special_char_ratio", "coverage"] == 0.9
    assert high["lift_top_5"] > 2
    assert cards["stage"].tolist() == ["T1", "T1", "T1", "T3"]


def test_a_signal_without_values_has_no_number(table):
    card = signal_cards(*table).loc["F01_review_fake_mention_rate"]
    assert card["auc"] is pd.NA
    assert card[["coverage", "n", "auc_low", "auc_high"]].tolist() == [0, 0, 0, 1]


def test_coverage_and_bins_are_of_all_rows_and_worth_is_of_labels(table):
    signals, labels, sellers = table
    some = labels[labels.index[:200]]
    card = signal_cards(signals, some, sellers).loc["A14_special_char_ratio"]
    assert card["rows"] == 600 and card["coverage"] == 0.9 and card["n"] == 140
    assert sum(one["share"] for one in card["bins"]) == pytest.approx(0.9)
    assert sum(one["labels"] for one in card["bins"]) == 140


def test_why_values_are_missing_is_told(table):
    signals, labels, sellers = table
    reasons = signals.isna().replace({True: "thin_group", False: ""})
    reasons.iloc[:30, 2] = "column_absent: title"
    cards = signal_cards(signals, labels, sellers, reasons=reasons)
    assert cards.loc["A14_special_char_ratio", "missing"] == {
        "column_absent: title": 0.05,
        "thin_group": 0.05,
    }
    assert cards.iloc[0]["missing"] == {}


def test_an_earlier_period_gives_the_stability_index(table):
    signals, labels, sellers = table
    same = signal_cards(signals, labels, sellers, before=signals)
    assert same["psi"].iloc[:3].max() == 0 and same["psi_limit"].iloc[0] > 0
    later = signals.assign(A14_special_char_ratio=lambda f: f.iloc[:, 2] + 1)
    moved = signal_cards(later, before=signals.rename(lambda one: f"old {one}"))
    assert moved.loc["A14_special_char_ratio", "psi"] > 0.25
    assert moved["auc"].isna().all()  # no labels, no worth
    bins = moved.loc["A14_special_char_ratio", "bins"]
    assert sum(one["before"] for one in bins) == pytest.approx(0.9)


def test_a_weight_of_two_is_as_good_as_two_rows(table):
    signals, labels, sellers = table
    twice = labels.index[::3]
    weights = pd.Series(1.0, index=labels.index).mask(labels.index.isin(twice), 2.0)
    more = signals.loc[twice].rename(lambda one: f"{one} again")
    owners = pd.concat([sellers, sellers[twice].rename(lambda one: f"{one} again")])
    truth = pd.concat([labels, labels[twice].rename(lambda one: f"{one} again")])
    weighted = signal_cards(signals, labels, sellers, weights=weights).iloc[0]
    doubled = signal_cards(pd.concat([signals, more]), truth, owners).iloc[0]
    same = ["auc", "auc_low", "auc_high", "lift_top_5"]
    assert weighted[same].tolist() == pytest.approx(doubled[same].tolist())


def test_signals_of_sellers_are_measured_on_labels_of_their_listings(table):
    signals, labels, sellers = table
    of_sellers = signals.groupby(sellers).mean().rename_axis("seller_id")
    card = signal_cards(of_sellers, labels, sellers).iloc[0]
    assert card["rows"] == len(of_sellers) and card["n"] == 600
    spread = of_sellers.iloc[:, 0].reindex(sellers).to_numpy()
    assert card["auc"] == pytest.approx(roc_auc_score(labels, spread))
    _, low, high = compute_clustered_auc(spread, labels, sellers)
    assert (card["auc_low"], card["auc_high"]) == pytest.approx((low, high))


def test_a_share_of_listings_on_the_low_side_is_risky_when_high(table):
    signals, labels, _ = table
    values = signals["A07_replica_lexicon_hit"]
    share = pd.DataFrame({"B02_price_ratio_brand_cat_share": values})
    assert signal_cards(share, labels)["auc"].iloc[0] > 0.7


def test_by_market_and_language(table):
    signals, labels, sellers = table
    places = pd.DataFrame(
        {"market": ["BR", "MX", None] * 200, "lang": ["pt"] * 598 + ["ar", "th"]},
        index=signals.index,
    )
    cards = signal_cards(signals, labels, sellers, by=places)
    assert cards.index.names == ["signal", "by", "group"]
    of_one = cards.loc["A07_replica_lexicon_hit"]
    assert of_one.index.tolist() == [
        ("market", "BR"),
        ("market", "MX"),
        ("market", "unknown"),
        # two sellers would be told apart by what is left: their group is joined
        ("lang", "others (ar, pt, th)"),
    ]
    inside = (places["market"] == "BR").to_numpy()
    assert of_one.loc[("market", "BR"), "auc"] == pytest.approx(
        roc_auc_score(labels[inside], signals.iloc[inside, 0])
    )
    assert of_one.loc[("market", "BR"), "n"] == 200
    assert (of_one["withheld"] == "").all()


@pytest.mark.parametrize(
    ("labeled", "options", "reason"),
    [
        (slice(0, 20), {"min_sellers": 2}, "fewer than 30 labels"),
        (slice(0, 20), {}, "fewer than 10 sellers with a label"),
        (slice(0, 0), {}, "no label with a value"),
    ],
)
def test_a_group_of_few_labels_has_no_number_and_says_so(
    table, labeled, options, reason
):
    signals, labels, _ = table
    owners = pd.Series(np.arange(600) // 5, index=labels.index)
    some = labels.where(pd.Series(range(600), index=labels.index).ge(300))
    some.iloc[labeled] = labels.iloc[labeled]
    market = pd.Series(["BR"] * 300 + ["MX"] * 300, index=labels.index, name="market")
    cards = signal_cards(signals, some, owners, by=market, **options)
    thin, whole = cards.iloc[0], cards.iloc[1]
    assert thin["withheld"] == reason and thin["auc"] is pd.NA
    assert np.isnan(thin["lift_top_5"]) and (thin["auc_low"], thin["auc_high"]) == (
        0,
        1,
    )
    assert whole["withheld"] == "" and whole["auc"] > 0.5


def test_labels_of_other_ids_are_refused(table):
    signals, labels, _ = table
    with pytest.raises(TableError, match="No id has both signals and a label"):
        signal_cards(signals, labels.rename(lambda one: f"X{one}"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s, v, o: (s, v.map({True: "yes", False: "no"}), o), "got 'no'"),
        (lambda s, v, o: (s, v * 0.5, o), "must be true or false"),
        (lambda s, v, o: (pd.concat([s, s.iloc[:1]]), v, o), "In signals 'L0' is"),
        (lambda s, v, o: (s, pd.concat([v, v.iloc[:1]]), o), "In the labels 'L0' is"),
        (lambda s, v, o: (s, v, pd.concat([o, o.iloc[:1]])), "In the sellers 'L0' is"),
        (lambda s, v, o: (s.assign(A01_x="word"), v, o), "'A01_x' holds what is no"),
        (
            lambda s, v, o: (s.assign(A01_x=pd.Timestamp("2024-01-01")), v, o),
            "'A01_x' holds what is no",
        ),
        (lambda s, v, o: ([1], v, o), "given as signals must be a DataFrame by id"),
        (lambda s, v, o: (s, [1], o), "given as labels must be a Series by id"),
        (lambda s, v, o: (s, v, [1]), "given as sellers must be a Series by id"),
        (lambda s, v, o: (s, v.where(v.isna()), o), "Every label is missing"),
    ],
)
def test_what_cannot_be_measured_is_refused(table, change, sentence):
    with pytest.raises(TableError, match=sentence):
        signal_cards(*change(*table))


@pytest.mark.parametrize(
    ("by", "sentence"),
    [
        ([1], "given as by must be a DataFrame by id"),
        (pd.DataFrame(index=["L0"]), "`by` has no column"),
        (pd.Series(["a", "b"], index=["L0", "L0"]), "In the groups 'L0' is"),
    ],
)
def test_groups_that_are_none_are_refused(table, by, sentence):
    with pytest.raises(TableError, match=sentence):
        signal_cards(*table, by=by)


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan, np.inf])
def test_a_label_without_a_weight_is_refused(table, weight):
    weights = pd.Series(1.0, index=table[0].index)
    weights["L3"] = weight
    with pytest.raises(TableError, match="label of 'L3' has no weight above 0"):
        signal_cards(*table, weights=weights)


def test_tables_of_nothing_have_cards_without_numbers():
    empty = pd.DataFrame({"A07_replica_lexicon_hit": np.zeros(0)})
    card = signal_cards(empty).iloc[0]
    assert card["rows"] == 0 and card["coverage"] == 0 and card["bins"] == []
    with pytest.raises(TableError, match="no signal to measure"):
        signal_cards(pd.DataFrame(index=pd.Index(["a"])))
