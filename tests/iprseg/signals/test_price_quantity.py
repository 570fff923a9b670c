"""B06 to B12: variants, odd prices, stock, sizes, lots, flat prices, cuts."""

import json

import numpy as np
import pandas as pd
import pytest

from tests.iprseg.signals.helpers import compute, market

E_PRICES = list(np.exp(np.arange(5.0)))


def variants(title, written):
    values, reasons = compute({"title": [title], "variants_json": [written]})
    return values["B06"].iloc[0], reasons["B06"].iloc[0]


def offers(*pairs):
    return json.dumps([{"name": name, "price": price} for name, price in pairs])


def test_a_cheap_variant_that_the_title_does_not_name():
    # (100 - 5) / 100
    assert variants("Zephyra bag", offers(("strap", 5), ("bag", "100"))) == (0.95, "")


def test_the_named_or_equal_variant_is_no_decoy():
    # the whole name must stand in the title: "ba" is not named by "bag"
    assert variants("Zephyra Bag!", offers(("bag", 5), ("case", 100)))[0] == 0
    assert variants("Zephyra bag", offers(("ba", 5), ("case", 100)))[0] == 0.95
    assert variants("Zephyra", offers(("A", 5), ("B", 5)))[0] == 0
    # two at the cheapest price, one of them named
    three = offers(("strap", 5), ("bag", 5), ("case", 10))
    assert variants("Zephyra bag", three)[0] == 0


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('[{"price": 1}', "not_json: variants_json"),
        ("[" * 50_000, "not_json: variants_json"),
        ("red; blue", "not_json: variants_json"),
        ('{"a": 1}', "not_a_list: variants_json"),
        ("7", "not_a_list: variants_json"),
        ("null", "not_a_list: variants_json"),
        ("[]", "fewer_than_two_prices"),
        ('["a", null, [1], {"price": {"a": 1}}]', "fewer_than_two_prices"),
        # 0, below it, without end, no number: no prices
        (offers(("a", 0), ("b", -3), ("c", "much"), ("d", 9)), "fewer_than_two_prices"),
        ('[{"price": 1e999}, {"price": 2}]', "fewer_than_two_prices"),
        ('[{"price": 1}, {"price": 2}]', "variants_without_names"),
        ("", "value_missing: variants_json"),
        (None, "value_missing: variants_json"),
    ],
)
def test_variants_that_cannot_be_read_are_missing(written, reason):
    value, given = variants("Zephyra bag", written)
    assert np.isnan(value) and given == reason


def test_one_bad_text_does_not_stop_the_others():
    good = offers(("strap", 50), ("bag", 100))
    listings = {"title": ["Zephyra bag"] * 3, "variants_json": ["{", good, None]}
    values, _ = compute(listings)
    np.testing.assert_array_equal(values["B06"], [np.nan, 0.5, np.nan])


def pictures(ids, logos='[{"brand": "Zephyra"}]'):
    return pd.DataFrame(
        {
            "image_id": [f"i{n}" for n in range(len(ids))],
            "listing_id": ids,
            "logo_detections_json": logos,
        }
    )


def priced(prices, sellers, currency="USD"):
    return {
        "title": ["bag"] * len(prices),
        "price": prices,
        "seller_id": sellers,
        "currency": currency,
    }


def test_a_deposit_price_needs_a_logo_on_the_pictures():
    listings = priced([99.0, 99.0, 99.0, 98.0, 99.0], ["s"] * 5)
    images = pictures(
        ["l0", "l1", "l3", "l4"],
        ['[{"brand": "Zephyra"}]', "[]", '[{"brand": "Zephyra"}]', "{bad"],
    )
    values, reasons = compute(listings, images=images)
    np.testing.assert_array_equal(values["B07"], [1, 0, np.nan, 0, np.nan])
    no_logos = "no_logo_detections"
    assert reasons["B07"].tolist() == ["", "", no_logos, "", no_logos]


def test_deposits_are_in_thousands_where_prices_are_high():
    prices = [99_000.0, 99.0, 250_000.0, 300_000.0, 120_000.0]
    images = pictures([f"l{i}" for i in range(5)])
    values, _ = compute(priced(prices, ["s"] * 5, "IDR"), images=images)
    assert values["B07"].tolist() == [1, 0, 0, 0, 0]


def test_a_sellers_own_ending_is_a_code():
    # five of the coder's six prices end in 8.37; none of the 50 others do
    coded = [118.37, 28.37, 338.37, 448.37, 58.37, 12.0]
    others = [100 + i + 0.5 for i in range(50)]
    listings = priced(coded + others, ["coder"] * 6 + ["s"] * 50)
    images = pictures([f"l{i}" for i in range(56)])
    values, _ = compute(listings, images=images)
    assert values["B07"].tolist() == [1] * 5 + [0] * 51
    # 49 others are too few to tell whose ending it is
    listings = priced(coded + others[:49], ["coder"] * 6 + ["s"] * 49)
    assert compute(listings, images=images.iloc[:55])[0]["B07"].sum() == 0
    # everybody's ending is nobody's code
    listings = priced(coded + [8.37 + 10 * i for i in range(50)], listings["seller_id"])
    listings["seller_id"] = ["coder"] * 6 + ["s"] * 50
    assert compute(listings, images=images)[0]["B07"].sum() == 0


def test_stock_beside_other_sellers():
    n = 9
    stock = [199, *[19] * 8]
    sellers = [f"s{i}" for i in range(n)]
    values, _ = compute(market([5.0] * n, sellers, stock_qty=stock))
    # ln 200 / ln 20
    assert values["B08"].iloc[0] == pytest.approx(np.log(200) / np.log(20))
    few = market([5.0] * 8, sellers[:8], stock_qty=stock[:8])
    assert (compute(few)[1]["B08"] == "thin_group").all()
    # prices do not matter to it, those of another currency neither
    mixed = market([None] * n, sellers, stock_qty=stock, currency=["USD", *["EUR"] * 8])
    assert compute(mixed)[0]["B08"].iloc[0] == values["B08"].iloc[0]
    sold_out = market([5.0] * n, sellers, stock_qty=[3, *[0] * 8])
    assert compute(sold_out)[1]["B08"].iloc[0] == "others_sold_out"
    odd = market([5.0] * n, sellers, stock_qty=[-1, None, np.inf, *[19] * 6])
    assert compute(odd)[1]["B08"].tolist()[:3] == [
        "value_too_low_or_endless: stock_qty",
        "value_missing: stock_qty",
        "value_too_low_or_endless: stock_qty",
    ]


def test_stock_of_a_past_time_is_not_recorded():
    listings = market([5.0] * 9, [f"s{i}" for i in range(9)], stock_qty=[19] * 9)
    listings["created_at"] = ["2024-01-01"] * 9
    _, reasons = compute(listings, as_of="2024-02-01")
    assert (reasons["B08"] == "not_versioned: stock_qty").all()


def test_sizes_that_the_maker_does_not_make():
    catalogue = pd.DataFrame(
        {
            "brand_id": ["zephyra", "zephyra"],
            "model_name": ["Quorvane", "Tressa"],
            "size_range": ["S;M;3.4 oz", ""],
        }
    )
    listings = {
        "title": [*["Zephyra Quorvane"] * 4, "Zephyra Tressa", "Zephyra bag"],
        # of four sizes XL and XXL are not the maker's; "3,4OZ" is "3.4 oz"
        "size_values": ["s; M;XL;XXL", "3,4OZ", "", None, "S", "S"],
    }
    values, reasons = compute(listings, brand_catalogue=catalogue)
    np.testing.assert_array_equal(values["B09"], [0.5, 0, *[np.nan] * 4])
    assert reasons["B09"].tolist()[2:] == [
        "no_sizes",
        "value_missing: size_values",
        "no_official_sizes",
        "no_catalogue_match",
    ]
    _, reasons = compute(listings)
    assert (reasons["B09"] == "table_absent: brand_catalogue").all()


def test_lots_of_a_brand():
    listings = {
        "title": ["Zephyra bag", "Zephyra bag", "plain bag", "case for Zephyra", "x"],
        "min_order_qty": [12, 1, 12, 12, None],
    }
    values, reasons = compute(listings)
    np.testing.assert_array_equal(values["B10"], [1, 0, 0, 0, np.nan])
    assert reasons["B10"].iloc[4] == "value_missing: min_order_qty"
    _, reasons = compute({"title": ["Zephyra bag"] * 2, "min_order_qty": [0, -5]})
    assert (reasons["B10"] == "value_too_low_or_endless: min_order_qty").all()


def flat(prices, sellers, titles=None):
    frame = priced(prices, sellers)
    frame["title"] = titles or [f"Zephyra bag {i}" for i in range(len(prices))]
    return compute(frame, level="seller")


def test_one_price_for_all_models():
    values, _ = flat(E_PRICES, ["s"] * 5)
    # logs 0, 1, 2, 3, 4: the sample variance is 10 / 4
    assert values["B11_price_dispersion_low"]["s"] == pytest.approx(np.sqrt(2.5))
    assert flat([9.0] * 5, ["s"] * 5)[0]["B11_price_dispersion_low"]["s"] == 0


def test_four_models_are_too_few_and_a_title_is_one_model():
    for titles in (None, ["Zephyra bag 1", *[f"Zephyra bag {i}" for i in range(1, 5)]]):
        n = 4 if titles is None else 5
        _, reasons = flat(E_PRICES[:n], ["s"] * n, titles)
        assert reasons["B11_price_dispersion_low"]["s"] == "thin_group"


def test_brands_are_averaged_by_models_and_bad_prices_left_out():
    # five Zephyra models at one price (0), six of Korda with logs 0..5 (17.5 / 5)
    prices = [9.0] * 5 + list(np.exp(np.arange(6.0))) + [0.0, -1.0, np.inf]
    titles = [f"Zephyra bag {i}" for i in range(5)]
    titles += [f"Korda bag {i}" for i in range(9)]
    values, _ = flat(prices, ["s"] * 14, titles)
    expected = 6 * np.sqrt(17.5 / 5) / 11
    assert values["B11_price_dispersion_low"]["s"] == pytest.approx(expected)


def cut(versions, reviews, price=1.0, **more):
    frame = pd.DataFrame(versions, columns=["version", "valid_from", "price"])
    listings = {"title": ["bag"], "price": [price], "created_at": ["2024-01-01"]}
    values, reasons = compute(
        listings,
        listing_versions=frame.assign(listing_id="l0"),
        reviews=pd.DataFrame(
            {
                "review_id": [f"r{i}" for i in range(len(reviews))],
                "listing_id": ["l0"] * len(reviews),
                "ts": reviews,
            }
        ),
        **more,
    )
    return values["B12"].iloc[0], reasons["B12"].iloc[0]


LATER = ["2024-05-01", "2025-01-01"]


def test_a_cut_within_two_weeks_of_the_first_review():
    first = (1, "2024-01-01", 100.0)
    # the review of 10 May is not the first; 15 May 00:00 is the 14th day's end
    assert cut([first, (2, "2024-05-09", 60.0)], LATER) == (0.4, "")
    assert cut([first, (2, "2024-05-15", 60.0)], LATER) == (0.4, "")
    assert cut([first, (2, "2024-05-16", 60.0)], LATER)[0] == 0
    assert cut([first, (2, "2024-04-30", 60.0)], LATER)[0] == 0
    # what counts is the last price of the time: cut to 60, then 120
    raised = [first, (2, "2024-05-03", 60.0), (3, "2024-05-04", 120.0)]
    assert cut(raised, LATER)[0] == pytest.approx(-0.2)
    # a listing without versions was never edited: as good as its first version
    assert cut([], LATER)[0] == 0
    for price in (0.0, -1.0, np.inf, np.nan):
        assert cut([], LATER, price)[1] == "value_not_positive: price"


@pytest.mark.parametrize(
    ("versions", "reviews", "reason"),
    [
        ([(1, "2024-01-01", 9.0)], [], "no_reviews"),
        ([(1, "2024-01-01", 9.0)], [None], "no_reviews"),
        ([(1, "2024-06-01", 9.0)], LATER, "no_version_before: price"),
        ([(1, "2024-01-01", 0.0)], LATER, "value_not_positive: price"),
        ([(1, "2024-01-01", -9.0)], LATER, "value_not_positive: price"),
        ([(1, "2024-01-01", np.inf)], LATER, "value_not_positive: price"),
        ([(1, "2024-01-01", 9.0)], ["2024-05-01", "2024-05-09"], "window_not_over"),
    ],
)
def test_why_a_cut_is_not_known(versions, reviews, reason):
    value, given = cut(versions, reviews)
    assert np.isnan(value) and given == reason


def test_what_comes_later_does_not_count():
    versions = [(1, "2024-01-01", 100.0), (2, "2024-05-09", 60.0)]
    assert cut(versions, LATER, as_of="2024-05-16")[0] == pytest.approx(0.4)
    assert cut(versions, LATER, as_of="2024-05-14")[1] == "window_not_over"
    assert cut(versions, LATER, as_of="2024-05-01")[1] == "no_reviews"


def test_a_huge_price_is_a_price():
    versions = [(1, "2024-01-01", 1e12), (2, "2024-05-09", 1e-2)]
    assert cut(versions, LATER)[0] == pytest.approx(1.0)
