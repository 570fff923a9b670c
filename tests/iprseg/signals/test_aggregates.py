"""Listing signals over a seller's listings, and over those a creator promotes."""

import numpy as np
import pandas as pd
import pytest

from iprseg.signals.registry import choose_segmenting_columns
from tests.iprseg.signals.helpers import compute

# discounts of 0, 0.25, 0.5, 0.75 (seller s), 0.9 (t); u has none, v lists nothing
LISTINGS = {
    "title": ["bag"] * 6,
    "seller_id": ["s", "s", "s", "s", "t", "u"],
    "price": [100.0, 75.0, 50.0, 25.0, 10.0, 10.0],
    "list_price": [*[100.0] * 5, None],
}
SELLERS = pd.DataFrame({"seller_id": ["s", "t", "u", "v"]})
B05 = "B05_discount_depth"


def orders(*sold):
    frame = pd.DataFrame(sold, columns=["listing_id", "gmv_usd"])
    return frame.assign(date="2024-01-01")


def by_seller(**more):
    return compute(LISTINGS, level="seller", sellers=SELLERS, **more)


def test_percentile_share_and_mean():
    values, reasons = by_seller()
    of = values.loc["s"]
    assert of[f"{B05}_mean"] == pytest.approx(0.375)
    # above 0.5 is one of four
    assert of[f"{B05}_share"] == 0.25
    # 0.9 of the way from the first (0) to the fourth (0.75): rank 2.7 of 0..3
    assert of[f"{B05}_p90"] == pytest.approx(0.5 + 0.7 * 0.25)
    assert values[f"{B05}_p90"]["t"] == pytest.approx(0.9)
    # the one listing without a list price is told by its reason, not called 0
    assert values.loc["u", f"{B05}_p90"] != 0
    told = reasons[f"{B05}_p90"]
    assert told.tolist() == ["", "", "value_missing: list_price", "no_listings"]


def test_percentiles_agree_with_numpy():
    rng = np.random.default_rng(0)
    n = 200
    sellers = rng.choice(list("abcdef"), n)
    price = np.where(rng.random(n) < 0.2, np.nan, rng.random(n) * 90)
    listings = {
        "title": ["x"] * n,
        "seller_id": sellers,
        "price": price,
        "list_price": [100.0] * n,
    }
    values, _ = compute(listings, level="seller")
    for seller in "abcdef":
        known = 1 - price[(sellers == seller) & ~np.isnan(price)] / 100
        assert values[f"{B05}_p90"][seller] == pytest.approx(np.quantile(known, 0.9))


def test_yes_or_no_has_no_percentile_and_low_risk_has_the_tenth_too():
    columns = set(by_seller()[0].columns)
    assert "A07_replica_lexicon_hit_p90" in columns
    assert "A07_replica_lexicon_hit_p10" not in columns
    assert "A02_brand_field_empty_with_mention_p90" not in columns
    assert {"B04_log_price_z_mad_p90", "B04_log_price_z_mad_p10"} <= columns


def test_the_value_sold_weighs():
    sold = orders(("l0", 10.0), ("l0", 20.0), ("l3", 10.0), ("l5", 7.0), ("gone", 9.0))
    values, reasons = by_seller(orders_daily=sold)
    name = f"{B05}_gmv_mean"
    # 30 dollars at a discount of 0, 10 at 0.75
    assert values[name]["s"] == pytest.approx(0.75 * 10 / 40)
    assert reasons[name].tolist() == [
        "",
        "no_sales",
        "value_missing: list_price",
        "no_listings",
    ]
    assert values[name].iloc[1:].isna().all()


@pytest.mark.parametrize("gmv", [0, -5, np.nan, np.inf])
def test_what_is_no_value_sold_weighs_nothing(gmv):
    _, reasons = by_seller(orders_daily=orders(("l4", gmv)))
    assert reasons[f"{B05}_gmv_mean"]["t"] == "no_sales"
    values, _ = by_seller(orders_daily=orders(("l0", gmv), ("l3", 3.0)))
    assert values[f"{B05}_gmv_mean"]["s"] == pytest.approx(0.75)


def test_huge_sales_are_weighed_too():
    sold = orders(("l0", 1e308), ("l0", 1e308), ("l3", 1e308))
    values, _ = by_seller(orders_daily=sold)
    assert values[f"{B05}_gmv_mean"]["s"] == pytest.approx(0.25)


def test_without_sales_known_the_reason_is_the_table():
    _, reasons = by_seller()
    assert reasons[f"{B05}_gmv_mean"]["s"] == "table_absent: orders_daily"
    short = pd.DataFrame({"listing_id": ["l0"], "date": ["2024-01-01"]})
    _, reasons = by_seller(orders_daily=short)
    assert reasons[f"{B05}_gmv_mean"]["s"] == "column_absent: orders_daily.gmv_usd"


def test_sales_of_a_later_day_or_stage_do_not_weigh():
    listings = {**LISTINGS, "created_at": ["2023-01-01"] * 6}
    sellers = SELLERS.assign(created_at="2022-01-01")
    sold = orders(("l0", 10.0), ("l3", 10.0))
    sold["date"] = ["2024-01-01", "2024-02-01"]
    more = {"level": "seller", "sellers": sellers, "orders_daily": sold}
    # on 1 February at noon the day is not over: its sales are not known
    then, _ = compute(listings, as_of="2024-02-01T12:00", **more)
    assert then[f"{B05}_gmv_mean"]["s"] == 0
    after, _ = compute(listings, as_of="2024-02-02", **more)
    assert after[f"{B05}_gmv_mean"]["s"] == pytest.approx(0.375)
    early, _ = compute(listings, max_stage="T2", **more)
    assert not [name for name in early if name.endswith("_gmv_mean")]
    late, _ = compute(listings, max_stage="T3", **more)
    assert f"{B05}_gmv_mean" in late


def test_creators_have_the_listings_they_promote_each_once():
    promotions = pd.DataFrame(
        {
            "promo_id": list("abcdef"),
            "creator_id": ["c", "c", "c", "d", "e", None],
            "listing_id": ["l0", "l3", "l3", "l3", "gone", "l1"],
        }
    )
    creators = pd.DataFrame({"creator_id": ["c", "d", "e", "f"]})
    tables = {"promotions": promotions, "creators": creators}
    sold = orders(("l0", 30.0), ("l3", 10.0))
    values, reasons = compute(LISTINGS, level="creator", orders_daily=sold, **tables)
    assert values.index.name == "creator_id"
    np.testing.assert_allclose(
        values[f"{B05}_mean"], [0.375, 0.75, np.nan, np.nan], equal_nan=True
    )
    assert values[f"{B05}_gmv_mean"]["c"] == pytest.approx(0.75 * 10 / 40)
    assert reasons[f"{B05}_mean"].tolist() == ["", "", "no_listings", "no_listings"]
    # who promotes what is known once the listing is live
    for stage, given in (("T1", False), ("T2", True)):
        early, _ = compute(LISTINGS, level="creator", max_stage=stage, **tables)
        assert (f"{B05}_mean" in early) == given


def test_cohorts_are_found_by_means_and_shares_alone():
    columns = by_seller(orders_daily=orders(("l0", 1.0)))[0].columns
    used = choose_segmenting_columns(columns)
    assert f"{B05}_mean" in used and f"{B05}_share" in used
    suffixes = ("_p90", "_p10", "_gmv_mean")
    assert any(name.endswith(suffixes) for name in columns)
    assert not [name for name in used if name.endswith(suffixes)]


def test_tenth_and_ninetieth_percentile_of_a_signal_with_low_risk():
    n = 30
    listings = {
        "title": ["Zephyra bag"] * n,
        "category_path": ["Bags"] * n,
        "seller_id": ["s"] * 11 + [f"o{i}" for i in range(n - 11)],
        # the others all cost 10: the ratios of s are 0.1, 0.2 … 1.1
        "price": [float(i + 1) for i in range(11)] + [10.0] * (n - 11),
    }
    values, _ = compute(listings, level="seller")
    assert values["B02_price_ratio_brand_cat_p10"]["s"] == pytest.approx(0.2)
    assert values["B02_price_ratio_brand_cat_p90"]["s"] == pytest.approx(1.0)
