from iprseg.tables import capabilities
from iprseg.tables.capabilities import _lacking


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
    assert _lacking("title; brands, dictionary price? price|title", have) == ""
    assert _lacking("price;reviews", have) == "price, reviews are not there"
    assert _lacking("price|gtin", have) == "price or gtin is not there"
