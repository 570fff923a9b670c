import numpy as np
import pandas as pd
import pytest

from iprseg.cohorts import profile_cohorts, rate_cohorts
from iprseg.errors import IprsegError, TableError
from iprseg.survey import SampleDesign, draw_sample, estimate_prevalence
from tests.iprseg.cohorts.small_market import DIRECTIONS

ADDED = {
    "rate",
    "rate_low",
    "rate_high",
    "rate_worst_low",
    "rate_worst_high",
    "rate_n",
    "rate_violative",
    "rate_nonresponse",
    "rate_disagreement",
    "rate_unserved",
    "rate_state",
    "lift",
    "lift_low",
    "lift_high",
    "verdict",
    "rank_before",
}
# the planted kinds: 2, of honest compatibility, is what labels find bad here
CHANCE = {0: 0.05, 1: 0.05, 2: 0.6, 3: 0.0, 4: 0.05, 5: 0.05}


def make_gold(frame, cohort, n=600, *, strata=None, shape=0.0, seed=0, chance=CHANCE):
    """Draw, and label by the chance of each listing's cohort."""
    sample = draw_sample(frame, n, strata, random_state=seed)
    rng = np.random.default_rng(seed)
    odds = cohort[sample.index].map(chance).fillna(0.0)
    bad = (rng.random(len(sample)) < odds).astype(float)
    sellers = frame["seller_id"].unique()
    shaping = set(sellers[rng.random(len(sellers)) < shape])
    gold = sample.assign(
        status="labeled",
        violative=bad,
        severity=np.where(bad == 1, "S3", "S0"),
        role=np.where(sample["seller_id"].isin(shaping), "shape", "measure"),
    )
    gold.attrs = {"designs": [sample.attrs["design"]]}
    return gold


@pytest.fixture(scope="module")
def gold(market):
    return make_gold(market.listings, market.labels)


@pytest.fixture(scope="module")
def rated(profile, market, gold):
    return rate_cohorts(market.tables, "listing", market.labels, profile, gold)


def test_rates_are_those_of_estimate_prevalence(rated, market, gold):
    rates = estimate_prevalence(gold, SampleDesign.all_of(gold), market.labels)
    for ours, theirs in (("rate", "point"), ("rate_low", "low"), ("rate_n", "n")):
        assert rated[ours].to_dict() == rates[theirs].drop("all").to_dict()
    assert rated.attrs["rate"]["point"] == rates.loc["all", "point"]
    assert rated.attrs["level"] == "listing"


def assert_ranks_count(rated):
    """A rank for whom labels call risky or signals lean, counted without a gap."""
    ranked = (rated["verdict"] == "risky") | rated["rank_before"].notna()
    ranked &= rated.index != -1
    assert rated.loc[ranked, "risk_rank"].tolist() == [*range(1, ranked.sum() + 1)]
    assert rated.loc[~ranked, "risk_rank"].isna().all()


def test_gold_ranks_what_it_calls_risky_first(rated, profile):
    assert rated.index[0] == 2
    assert rated.loc[2, "verdict"] == "risky"
    assert not rated.loc[2, "rank_before"] <= 1
    assert rated["rank_before"].loc[profile.index].equals(profile["risk_rank"])
    assert_ranks_count(rated)
    # where labels do not tell cohorts apart, suspicion keeps its order
    found = rated.drop(index=-1)
    open_ = found[found["verdict"].isin(["not told apart", "no rate"])]
    assert open_["rank_before"].is_monotonic_increasing
    below = found["verdict"] == "below the rest"
    assert below.sum() == 0 or below.tolist() == sorted(below)


def test_profile_cohorts_takes_gold(market, gold, rated, profile):
    found = profile_cohorts(
        market.tables,
        "listing",
        market.signals,
        market.labels,
        directions=DIRECTIONS,
        labels=gold,
    )
    pd.testing.assert_frame_equal(found, rated)
    assert set(found.columns) - set(profile.columns) == ADDED
    assert "rate" not in profile.attrs


def test_rating_again_takes_the_new_labels(rated, market, gold):
    again = rate_cohorts(market.tables, "listing", market.labels, rated, gold)
    assert set(again.columns) == set(rated.columns)
    assert again["rate"].equals(rated["rate"])


def test_a_cohort_without_labels_has_a_state_and_no_number(profile, market):
    frame = market.listings[market.labels != 4]
    gold = make_gold(frame, market.labels, 200)
    row = rate_cohorts(market.tables, "listing", market.labels, profile, gold).loc[4]
    assert row["rate"] is pd.NA
    assert row["lift"] is pd.NA
    assert row[["rate_low", "rate_high", "rate_n"]].tolist() == [0.0, 1.0, 0]
    assert row[["rate_state", "verdict"]].tolist() == ["no labels", "no rate"]
    assert np.isinf(row["lift_high"])


def test_no_column_holds_a_nan_that_looks_like_a_number(profile, market):
    frame = market.listings[market.labels != 4]
    gold = make_gold(frame, market.labels, 30)
    rated = rate_cohorts(market.tables, "listing", market.labels, profile, gold)
    for name in ADDED - {"rate", "lift", "rank_before"}:
        assert rated[name].notna().all(), name
    for name in ("rate", "lift"):
        assert rated[name].dtype == "Float64"
        assert not rated[name].dropna().isin([np.inf]).any()
        assert not np.isnan(rated[name].dropna().astype(float)).any()


def test_noise_has_a_rate_and_no_rank(market, profile):
    labels = market.labels.where(market.labels != 2, -1)
    cohorts = profile_cohorts(
        market.tables, "listing", market.signals, labels, directions=DIRECTIONS
    )
    gold = make_gold(market.listings, market.labels)
    rated = rate_cohorts(market.tables, "listing", labels, cohorts, gold)
    assert rated.index[-1] == -1
    assert np.isnan(rated.loc[-1, "risk_rank"])
    assert rated.loc[-1, "rate"] > 0.4
    assert_ranks_count(rated)


def test_labels_that_shape_are_counted_apart(profile, market):
    gold = make_gold(market.listings, market.labels, shape=0.5, seed=5)
    rated = rate_cohorts(market.tables, "listing", market.labels, profile, gold)
    rate = rated.attrs["rate"]
    assert rate["n"] == rated["rate_n"].sum() == (gold["role"] == "measure").sum()
    assert rate["n_shape"] == (gold["role"] == "shape").sum() > 100


def test_cohorts_of_sellers_have_the_rate_of_their_listings(market):
    sellers = market.listings["seller_id"].unique()
    labels = pd.Series([int(s[1]) for s in sellers], index=sellers)
    of_listing = market.listings["seller_id"].map(labels)
    gold = make_gold(market.listings, market.labels)
    cohorts = pd.DataFrame({"risk_rank": np.arange(1.0, 7.0)}, index=range(6))
    by_seller = rate_cohorts(market.tables, "seller", labels, cohorts, gold)
    by_listing = rate_cohorts(market.tables, "listing", of_listing, cohorts, gold)
    pd.testing.assert_frame_equal(by_seller, by_listing)


def test_a_cohort_without_a_rank_gets_one_only_where_labels_call_it_risky(market):
    gold = make_gold(market.listings, market.labels)
    cohorts = pd.DataFrame({"risk_rank": [1.0, *[np.nan] * 5]}, index=range(6))
    rated = rate_cohorts(market.tables, "listing", market.labels, cohorts, gold)
    assert rated.index[0] == 2 and np.isnan(rated.loc[2, "rank_before"])
    assert rated["risk_rank"].dropna().to_dict() == {2: 1.0, 0: 2.0}
    same = rated[rated["rank_before"].isna() & (rated["verdict"] == "not told apart")]
    assert same.index.tolist() == sorted(same.index)


def test_sellers_cannot_be_rated_without_sellers(market, gold):
    tables = {"listings": market.listings.drop(columns="seller_id")}
    labels = pd.Series([0], index=["S1-1"])
    with pytest.raises(TableError, match="seller_id"):
        rate_cohorts(tables, "seller", labels, pd.DataFrame(index=[0]), gold)


def test_waiting_and_unanswered_listings_are_shown(profile, market):
    gold = make_gold(market.listings, market.labels)
    last = gold["serve_order"] >= 500
    gold.loc[last, ["status", "violative", "severity"]] = ["unserved", np.nan, None]
    gold.loc[gold["serve_order"] < 40, ["status", "violative"]] = ["skipped", np.nan]
    whole = rate_cohorts(market.tables, "listing", market.labels, profile, gold)
    rate = whole.attrs["rate"]
    assert (rate["unserved"], rate["nonresponse"]) == (100, 40)
    assert whole["rate_unserved"].sum() == 100
    assert whole["rate_nonresponse"].sum() == 40
    assert rate["worst_low"] < rate["low"]
    assert rate["worst_high"] > rate["high"]


def test_a_listing_deleted_after_the_draw_is_nonresponse(profile, market):
    gold = make_gold(market.listings, market.labels)
    lost = gold.iloc[5:]
    lost.attrs = gold.attrs
    rate = rate_cohorts(market.tables, "listing", market.labels, profile, lost).attrs[
        "rate"
    ]
    assert rate["nonresponse"] == 5
    assert rate["worst_high"] > rate["high"]


def test_a_single_class_is_said(profile, market):
    chance = dict.fromkeys(CHANCE, 0.0)
    gold = make_gold(market.listings, market.labels, chance=chance)
    rated = rate_cohorts(market.tables, "listing", market.labels, profile, gold)
    assert (rated["rate"] == 0).all()
    assert rated["rate_state"].str.contains("one class").all()
    assert (rated["rate_high"] > 0).all()
    assert rated["lift"].isna().all()
    assert (rated["verdict"] == "not told apart").all()
    assert rated.index.tolist() == profile.index.tolist()


def test_no_label_at_all(profile, market):
    gold = make_gold(market.listings, market.labels)
    gold[["status", "violative", "severity"]] = ["unserved", np.nan, None]
    rated = rate_cohorts(market.tables, "listing", market.labels, profile, gold)
    assert rated.attrs["rate"]["point"] is None
    assert rated["rate"].isna().all()
    assert rated.index.tolist() == profile.index.tolist()


def test_gold_without_its_designs_is_refused(profile, market, gold):
    bare = gold.copy()
    bare.attrs = {}
    with pytest.raises(IprsegError, match=r"no sampling design in attrs\['designs'\]"):
        rate_cohorts(market.tables, "listing", market.labels, profile, bare)


def test_gold_of_other_tables_is_refused(profile, market, gold):
    other = market.labels.rename(lambda one: f"X{one}")
    with pytest.raises(TableError, match="600 of the 600 listings"):
        rate_cohorts(market.tables, "listing", other, profile, gold)


def test_gold_without_roles_is_refused(profile, market, gold):
    with pytest.raises(TableError, match="role"):
        rate_cohorts(
            market.tables, "listing", market.labels, profile, gold.drop(columns="role")
        )


def test_a_probability_above_one_is_refused(profile, market, gold):
    wrong = gold.assign(inclusion_prob=1.5)
    wrong.attrs = gold.attrs
    with pytest.raises(IprsegError, match="inclusion_prob"):
        rate_cohorts(market.tables, "listing", market.labels, profile, wrong)


def test_rated_cohorts_are_kept_as_a_file(rated, tmp_path):
    rated.to_parquet(tmp_path / "cohorts.parquet")
    kept = pd.read_parquet(tmp_path / "cohorts.parquet")
    assert kept["verdict"].tolist() == rated["verdict"].tolist()
    assert kept["rate"].tolist() == rated["rate"].tolist()


def test_cohorts_named_by_text_are_refused(profile, market, gold):
    with pytest.raises(TableError, match="must be whole numbers"):
        rate_cohorts(market.tables, "listing", market.labels.astype(str), profile, gold)
