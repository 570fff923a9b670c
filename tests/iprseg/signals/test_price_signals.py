import numpy as np
import pandas as pd
import pytest

from tests.iprseg.signals.helpers import compute, market


def test_price_is_compared_with_other_sellers_only():
    prices = [10.0, 10, 10, *range(100, 180, 10)]
    values, _ = compute(market(prices, ["cheap"] * 3 + [f"s{i}" for i in range(8)]))
    assert values["B02"].iloc[0] == values["B03"].iloc[0] == pytest.approx(10 / 135)
    assert np.isnan(values["B02"].iloc[3]) == (len(prices) - 1 < 8)


def test_unknown_sellers_leave_out_the_row_alone():
    values, _ = compute(market([10.0] * 4 + [100.0] * 5, [None] * 9))
    assert values["B03"].iloc[0] == pytest.approx(0.1)


def test_thin_groups_are_missing_with_a_reason():
    values, reasons = compute(market([10.0] * 8, [f"s{i}" for i in range(8)]))
    assert values["B03"].isna().all() and (reasons["B03"] == "thin_group").all()


def test_eight_others_are_enough():
    values, _ = compute(market([10.0] * 9, [f"s{i}" for i in range(9)]))
    assert (values["B03"] == 1).all()


def test_equal_prices_have_no_spread():
    values, reasons = compute(market([10.0] * 9, [f"s{i}" for i in range(9)]))
    assert values["B04"].isna().all() and (reasons["B04"] == "no_spread").all()


def test_robust_score():
    prices = [1.0, *np.exp(np.arange(9.0))]
    values, _ = compute(market(prices, [f"s{i}" for i in range(10)]))
    # The others' logs are 0..8: median 4, median absolute deviation 2.
    assert values["B04"].iloc[0] == pytest.approx((0 - 4) / (1.4826 * 2))


def test_currencies_markets_and_conditions_are_not_mixed():
    n = 9
    for column, signal in (
        ("currency", "B03"),
        ("market", "B03"),
        ("condition", "B02"),
    ):
        listings = market(
            [10.0] * n * 2,
            [f"s{i}" for i in range(n * 2)],
            **{column: ["a"] * n + ["b"] * n},
        )
        listings["price"] = [10.0] * n + [1000.0] * n
        assert (compute(listings)[0][signal] == 1).all()


def test_brand_is_the_matched_one_else_the_honest_field():
    listings = market([10.0] * 9 + [90.0] * 9, [f"s{i}" for i in range(18)])
    listings["title"] = ["bag"] * 9 + ["Korda bag"] * 9
    listings["brand_field"] = ["Lumeo"] * 9 + ["as shown"] * 9
    assert (compute(listings)[0]["B02"] == 1).all()
    _, reasons = compute(
        {**listings, "title": ["bag"] * 18, "brand_field": [None] * 18}
    )
    assert (reasons["B02"] == "no_brand").all()


def test_recommended_price_by_gtin_or_model():
    catalogue = pd.DataFrame(
        {
            "brand_id": ["zephyra"] * 2,
            "gtin": ["0400638133393", None],
            "model_name": ["Quorvane", "Quorvane Nuit"],
            "msrp": [100.0, 200.0],
            "currency": ["EUR", "EUR"],
        }
    )
    listings = {
        "title": ["bag", "Zephyra Quorvane Nuit", "Quorvane", "Zephyra Quorvane"],
        "gtin": ["400638133393", None, None, None],
        "price": [50.0, 50.0, 50.0, 50.0],
        "currency": ["EUR", "EUR", "EUR", "USD"],
    }
    values, reasons = compute(listings, brand_catalogue=catalogue)
    np.testing.assert_allclose(values["B01"], [0.5, 0.25, np.nan, np.nan])
    assert reasons["B01"].tolist() == ["", "", "no_catalogue_match", "other_currency"]


def test_a_missing_price_or_category_has_its_own_reason():
    listings = {
        "title": ["x"] * 4,
        "price": [1.0, None, -1.0, "n/a"],
        "category_path": [None, "c", "c", "c"],
        "list_price": [2.0, 2, 2, 2],
    }
    _, reasons = compute(listings)
    assert reasons["B05"].tolist() == [
        "",
        "value_missing: price",
        "value_not_positive: price",
        "value_missing: price",
    ]
    assert reasons["B03"].iloc[0] == "value_missing: category_path"
