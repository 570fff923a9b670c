import numpy as np
import pandas as pd
import pytest

from iprseg.cohorts import profile_cohorts
from iprseg.errors import IprsegError, TableError
from tests.iprseg.cohorts.small_market import DIRECTIONS


def test_names_tell_what_each_cohort_is(profile):
    assert profile["name"].to_dict() == {
        4: "Cheap sneakers with replica wording",
        1: "Totes naming a brand that the brand field does not",
        0: "Perfume (perfume spray, oud) priced far below the usual for the brand",
        5: "Perfume (عود فاخر, عطر عود) where no signal stands out",
        3: "Earphones where no signal stands out",
        2: "Cases naming a brand only for compatibility",
        -1: "not in any cohort",
    }


def test_a_cohort_over_several_categories_is_named_by_what_they_share():
    ids = pd.RangeIndex(40)
    paths = ["Bags > Totes", "Bags > Clutches", "Bags > Totes > Small", "Shoes"]
    listings = pd.DataFrame({"title": "x y", "category_path": paths * 10}, index=ids)
    found = profile_cohorts(
        {"listings": listings},
        "listing",
        pd.DataFrame({"A07_x": np.zeros(40)}, index=ids),
        pd.Series(0, index=ids),
        directions={},
    )
    name = "Bags (often totes, clutches) where no signal stands out"
    assert found.loc[0, "name"] == name


def test_counts_are_those_of_the_tables(market, profile):
    sizes = market.labels.value_counts()
    assert profile["size"].to_dict() == sizes.to_dict()
    assert profile["share"].sum() == pytest.approx(1)
    own = market.listings[market.labels == 4]
    assert profile.loc[4, "sellers"] == own["seller_id"].nunique()
    assert profile.loc[4, "price_median"] == pytest.approx(own["price"].median())


def test_noise_is_last_and_has_neither_rank_nor_rule(profile):
    assert profile.index[-1] == -1
    assert np.isnan(profile.loc[-1, "risk_rank"]) and profile.loc[-1, "rule_sql"] == ""


def test_only_what_leans_to_the_risky_side_has_a_rank(profile):
    found = profile.drop(index=-1)
    leans = found["suspicion"] >= 0.05
    assert leans.any() and not leans.all()
    assert found["risk_rank"].isna().tolist() == (~leans).tolist()
    # the order is kept, and ranks count from one without a gap
    assert found["suspicion"].is_monotonic_decreasing
    assert found["risk_rank"].dropna().tolist() == [*range(1, leans.sum() + 1)]


def test_sales_are_missing_without_orders_and_summed_with_them(market, profile):
    assert profile["gmv_usd"].isna().all()
    assert any("orders_daily" in note for note in profile.attrs["notes"])
    ids = market.labels.index[market.labels == 4]
    orders = pd.DataFrame(
        {"listing_id": [ids[0], ids[0], ids[1]], "gmv_usd": [1.0, 2, np.nan]}
    )
    tables = {**market.tables, "orders_daily": orders}
    found = profile_cohorts(
        tables, "listing", market.signals, market.labels, directions=DIRECTIONS
    )
    assert found.loc[4, "gmv_usd"] == 3.0
    assert found.loc[4, "gmv_coverage"] == pytest.approx(1 / len(ids))
    assert np.isnan(found.loc[0, "gmv_usd"])


@pytest.mark.parametrize("column", ["seller_id", "category_path", "lang", "price"])
def test_any_column_but_the_title_may_be_absent(market, column):
    tables = {"listings": market.listings.drop(columns=column)}
    found = profile_cohorts(
        tables, "listing", market.signals, market.labels, directions=DIRECTIONS
    )
    assert found["name"].is_unique and len(found) == 7
    if column == "seller_id":
        assert found["sellers"].isna().all()
        assert set(found["rule_measured_on"]) <= {"", "unseen rows"}
        assert any("no seller is counted" in note for note in found.attrs["notes"])


def test_several_currencies_have_no_common_price(market):
    listings = market.listings.assign(
        currency=np.where(market.labels == 4, "AAA", "BBB")
    )
    labels = pd.Series(0, index=listings.index)
    found = profile_cohorts(
        {"listings": listings}, "listing", market.signals, labels, directions={}
    )
    assert np.isnan(found.loc[0, "price_median"])


def test_absent_signals_keep_their_reason(market):
    reasons = pd.DataFrame(
        "", index=market.signals.index, columns=market.signals.columns
    )
    reasons["B01_price_ratio_msrp"] = "no_catalogue"
    found = profile_cohorts(
        market.tables,
        "listing",
        market.signals,
        market.labels,
        reasons=reasons,
        directions={},
    )
    assert found.attrs["absent_signals"] == {"B01_price_ratio_msrp": "no_catalogue"}


def test_typical_examples_are_the_firmest_and_borderline_the_weakest(market):
    strength = pd.Series(
        np.linspace(0, 1, len(market.labels)), index=market.labels.index
    )
    # one title each, or alike ones would be shown once
    listings = market.listings.assign(
        title=market.listings["title"] + " " + market.labels.index
    )
    found = profile_cohorts(
        {"listings": listings},
        "listing",
        market.signals,
        market.labels,
        strength=strength,
        directions={},
    )
    own = strength[market.labels == 4].sort_values(ascending=False)
    shop = market.listings["seller_id"].reindex(own.index)
    firmest = own[~shop.duplicated().to_numpy()].index[:5].tolist()
    assert found.loc[4, "examples"] == firmest
    weakest = own[::-1][~shop[::-1].duplicated().to_numpy()].index[:5].tolist()
    assert found.loc[4, "borderline"] == weakest


def test_the_order_of_signal_rows_does_not_matter(market, profile):
    shuffled = market.signals.sample(frac=1, random_state=0)
    found = profile_cohorts(
        market.tables, "listing", shuffled, market.labels, directions=DIRECTIONS
    )
    pd.testing.assert_frame_equal(found, profile)


def test_a_profile_survives_a_parquet_file(profile, tmp_path):
    profile.to_parquet(tmp_path / "cohorts.parquet")
    back = pd.read_parquet(tmp_path / "cohorts.parquet")
    assert back["name"].tolist() == profile["name"].tolist()
    assert list(back.loc[4, "terms"]) == profile.loc[4, "terms"]
    assert back.loc[4, "signals"][0]["signal"] == profile.loc[4, "signals"][0]["signal"]


def test_sellers_are_named_and_ruled_too(market):
    shop = market.listings["seller_id"]
    signals = market.signals.groupby(shop).mean().add_suffix("_mean")
    labels = pd.Series([int(s[1]) for s in signals.index], index=signals.index)
    found = profile_cohorts(
        market.tables, "seller", signals, labels, directions=DIRECTIONS
    )
    assert found["name"].iloc[0] == "Sellers of cheap sneakers with replica wording"
    assert found.loc[4, "sellers"] == found.loc[4, "size"] == 20
    assert '"seller_id"' in found.loc[4, "rule_sql"]
    assert set(found["rule_measured_on"]) <= {"unseen sellers", ""}


@pytest.mark.parametrize("labels", [[0] * 3, [-1] * 3, [0, 1, 2]])
def test_degenerate_labels_give_a_profile(labels):
    ids = ["a", "b", "c"]
    listings = pd.DataFrame({"title": ["same", "same", "same"]}, index=ids)
    found = profile_cohorts(
        {"listings": listings},
        "listing",
        pd.DataFrame({"A07_x": [np.nan] * 3}, index=ids),
        pd.Series(labels, index=ids),
        directions={},
    )
    assert found["size"].sum() == 3 and found["name"].is_unique


def test_what_does_not_fit_together_is_refused(market):
    labels, tables, signals = market.labels, market.tables, market.signals
    with pytest.raises(
        TableError, match="signals lack 1 of the ids in assignments, such as 'L0000'"
    ):
        profile_cohorts(tables, "listing", signals.iloc[1:], labels, directions={})
    with pytest.raises(TableError, match="1 listing ids that listings does not have"):
        fewer = {"listings": market.listings.iloc[1:]}
        profile_cohorts(fewer, "listing", signals, labels, directions={})
    with pytest.raises(TableError, match="needs the table 'listings'"):
        profile_cohorts({}, "listing", signals, labels, directions={})
    with pytest.raises(TableError, match="got no labels"):
        profile_cohorts(tables, "listing", signals, labels.iloc[:0], directions={})
    with pytest.raises(TableError, match="hold an id more than once, such as 'L0000'"):
        profile_cohorts(
            tables, "listing", signals, pd.concat([labels, labels]), directions={}
        )
    with pytest.raises(IprsegError, match="numbers below -1"):
        profile_cohorts(tables, "listing", signals, labels - 5, directions={})
    with pytest.raises(IprsegError, match="'level' parameter of profile_cohorts"):
        profile_cohorts(tables, "shop", signals, labels)
    with pytest.raises(TableError, match="needs the column 'seller_id' in listings"):
        no_shop = {"listings": market.listings.drop(columns="seller_id")}
        profile_cohorts(no_shop, "seller", signals, labels, directions={})


def two_halves(**columns):
    ids = pd.RangeIndex(80)
    labels = pd.Series(np.repeat([0, 1], 40), index=ids)
    return labels, pd.DataFrame(columns, index=ids)


def test_a_cohort_formed_by_what_is_missing_says_so():
    labels, listings = two_halves(
        title="x y", price=np.where(np.arange(80) < 40, np.nan, 5.0)
    )
    signals = pd.DataFrame({"A07_x": np.zeros(80)}, index=labels.index)
    found = profile_cohorts(
        {"listings": listings}, "listing", signals, labels, directions={}
    )
    assert found.loc[0, "name"] == "Mixed goods without a known price"
    assert "price" not in found.loc[1, "name"]


def test_a_cohort_is_named_by_the_terms_of_its_offers():
    half = np.arange(80) < 40
    labels, listings = two_halves(
        title="x y",
        seller_id=[f"s{at % 10}{at < 40}" for at in range(80)],
        condition=np.where(half, "used", "new"),
        authorisation_id=np.where(half, None, "a1"),
    )
    signals = pd.DataFrame({"A07_x": np.zeros(80)}, index=labels.index)
    found = profile_cohorts(
        {"listings": listings}, "listing", signals, labels, directions={}
    )
    assert found.loc[0, "name"].startswith("Mixed goods offered as used")
    assert found.loc[1, "name"].startswith("Mixed goods stating an authorisation")
    assert found.loc[0, "signals"][0]["signal"] == "fact_used"
    assert found.loc[0, "rule"] in ("condition is “used”", "no authorisation stated")
    shops = listings["seller_id"].unique()
    of_shops = pd.Series([int(one.endswith("False")) for one in shops], index=shops)
    signals = pd.DataFrame({"A07_x": 0.0}, index=shops)
    found = profile_cohorts(
        {"listings": listings}, "seller", signals, of_shops, directions={}
    )
    assert found.loc[0, "name"] == "Sellers of mixed goods with used goods"


def test_the_ordinary_cohort_is_not_named_by_what_few_of_it_show():
    ids = pd.RangeIndex(100)
    labels = pd.Series((np.arange(100) >= 70).astype(int), index=ids)
    listings = pd.DataFrame({"title": "x y"}, index=ids)
    some = np.isin(np.arange(100), [*range(25), 98, 99]).astype(float)
    found = profile_cohorts(
        {"listings": listings},
        "listing",
        pd.DataFrame({"A03_x": some}),
        labels,
        directions={},
    )
    name = "Ordinary offers of mixed goods: no signal sets most apart (70 % of all)"
    assert found.loc[0, "name"] == name
    assert found.loc[0, "signals"][0]["signal"] == "A03_x"  # it is on the card


def test_a_category_that_says_for_whom_takes_the_goods_with_it():
    ids = pd.RangeIndex(40)
    listings = pd.DataFrame({"title": "x", "category_path": "Perfume > Mens"}, ids)
    signals = pd.DataFrame({"A07_x": np.zeros(40)}, index=ids)
    found = profile_cohorts(
        {"listings": listings},
        "listing",
        signals,
        pd.Series(0, index=ids),
        directions={},
    )
    assert found.loc[0, "name"] == "Mens perfume where no signal stands out"


def test_a_large_suspicion_that_no_lift_shows_is_named_and_listed():
    # everyone has some discount, so presence tells nothing; the mean tells all
    labels, _ = two_halves(title="x y")
    depth = np.where(np.arange(80) % 40 < 4, 0.9, 0.1)
    depth[:40] += np.where(np.arange(40) % 5 < 2, 0.6, 0.0)
    signals = pd.DataFrame({"B05_depth": depth}, index=labels.index)
    from iprseg.cohorts.naming import find_suspicion_lifts

    inside = (labels == 0).to_numpy()
    found = find_suspicion_lifts(signals, inside, {"B05": 2.0}, {"B05": "+"}, [])
    assert [one.signal for one in found] == ["B05_depth"]
    assert found[0].share > found[0].rest_share
    assert find_suspicion_lifts(signals, inside, {"B05": 0.9}, {"B05": "+"}, []) == []


def test_a_word_in_a_name_is_true_of_most():
    from iprseg.cohorts.naming import describe_goods

    titles = pd.Series(["oud soap"] * 5 + ["oud rose"] * 2 + ["x"] * 3)
    assert describe_goods(None, ["rose", "soap", "oud"], titles) == "soap, oud"
    assert describe_goods(None, ["rose"], titles) == "mixed goods"


def test_a_category_names_only_a_clear_majority():
    from iprseg.cohorts.profile import find_main_category

    paths = pd.Series(["A > B"] * 55 + ["A > C > D"] * 10 + ["E"] * 35)
    assert find_main_category(paths, np.ones(100, dtype=bool)) == "A"
    assert find_main_category(paths[10:], np.ones(90, dtype=bool)) == "A"
    assert find_main_category(paths[20:], np.ones(80, dtype=bool)) is None


@pytest.mark.parametrize(("codes", "code"), [(["EUR"], "EUR"), (["EUR", "USD"], "")])
def test_a_price_carries_its_own_currency(codes, code):
    labels, listings = two_halves(title="x y", price=5.0)
    listings["currency"] = [codes[at % len(codes)] for at in range(80)]
    signals = pd.DataFrame({"A07_x": np.zeros(80)}, index=labels.index)
    found = profile_cohorts(
        {"listings": listings}, "listing", signals, labels, directions={}
    )
    assert found.loc[0, "price_currency"] == code
    assert np.isnan(found.loc[0, "price_median"]) == (code == "")
