import pandas as pd

from iprseg.signals.requirements import capabilities, describe_lacking


def why(frame, name):
    row = frame.set_index("name").loc[name]
    return bool(row["possible"]), row["why"]


def test_without_sellers_there_are_cohorts_of_listings_alone():
    can = capabilities({"listings": ["listing_id", "title"]})
    assert why(can.cohorts, "of listings") == (True, "")
    assert why(can.cohorts, "of sellers") == (False, "listings.seller_id is not there")


def test_rates_say_what_they_lack():
    can = capabilities({"listings": ["listing_id", "title"], "orders_daily": ["views"]})
    assert why(can.rates, "violation rate by views (M02)")[0]
    assert why(can.rates, "violation rate by value sold (M03)") == (
        False,
        "orders_daily.gmv_usd is not there",
    )


def test_nothing_is_possible_without_columns():
    can = capabilities({})
    assert not can.cohorts["possible"].any()
    assert "Cohorts: 0 of 2 possible" in str(can)


def test_needs():
    have = {"listings": {"title"}, "brands": set()}
    assert describe_lacking("title; brands, dictionary price? price|title", have) == ""
    assert describe_lacking("price;reviews", have) == "price, reviews are not there"
    assert describe_lacking("price|gtin", have) == "price or gtin is not there"


def test_brands_are_learned_from_the_brand_field():
    have = {"listings": {"title", "brand_field"}}
    assert describe_lacking("title;brand_field;brands", have) == ""
    none = {"listings": {"title"}}
    assert (
        describe_lacking("title;brands", none) == "brands or brand_field is not there"
    )
    assert describe_lacking("brand_field;brands", none) == "brand_field is not there"
    signals = capabilities({"listings": ["listing_id", "title", "brand_field"]}).signals
    assert signals.loc[["A01", "A02", "A03", "A04", "A05", "A06"], "possible"].all()


def test_a_column_without_a_value_is_empty_not_absent():
    listings = pd.DataFrame({"title": ["Hat"], "price": [1.0], "list_price": [None]})
    signals = capabilities({"listings": listings}).signals
    assert signals.loc["B05", "why"] == "list_price is empty"
    assert describe_lacking("price;gtin", {}, {"listings.gtin"}) == (
        "price is not there; gtin is empty"
    )
