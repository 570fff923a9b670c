import numpy as np
import pandas as pd
import pytest

from iprseg.errors import TableError
from iprseg.signals import compute_signals
from tests.iprseg.signals.helpers import BRANDS, LISTED, SELLERS, compute, reviews


def test_review_rate_is_shrunk_to_the_base_rate():
    told = reviews(
        l0=["fake"] * 4 + ["fine"],
        l1=["fine", "not fake", "no fake reviews"] + ["good"] * 2,
    )
    values, reasons = compute({"title": ["x", "y", "z"]}, reviews=told)
    # 4 of 10 reviews in all, so p0 = 0.4; alpha = 10.
    np.testing.assert_allclose(values["F01"], [(4 + 4) / 15, (0 + 4) / 15, np.nan])
    assert reasons["F01"].tolist() == ["", "", "no_reviews"]


def test_base_rate_is_of_the_category_where_it_has_enough_reviews():
    told = reviews(l0=["fake"] * 25 + ["fine"] * 25, l1=["fine"] * 50, l2=["fine"])
    values, _ = compute(
        {"title": ["x"] * 3, "category_path": ["a", "b", "c"]}, reviews=told
    )
    np.testing.assert_allclose(values["F01"], [0.5, 0.0, 10 * (25 / 101) / 11])


def test_sellers():
    values, reasons = compute(LISTED, level="seller", sellers=SELLERS)
    assert (
        values.index.tolist() == ["new", "old", "idle"]
        and values.index.name == "seller_id"
    )
    np.testing.assert_allclose(values["E02_new_account_highvalue"], [0.5, 0, np.nan])
    np.testing.assert_allclose(values["E04_brand_entropy"], [0, np.log(2), np.nan])
    np.testing.assert_allclose(
        values["A02_brand_field_empty_with_mention_mean"], [0.5, 0, np.nan]
    )
    assert reasons.loc["idle", "E04_brand_entropy"] == "no_brand"
    assert (
        reasons.loc["idle", "A02_brand_field_empty_with_mention_mean"] == "no_listings"
    )
    assert (reasons.ne("") == values.isna()).all(axis=None)


def test_gated_brands_may_be_marked():
    brands = pd.DataFrame(
        {
            "brand_id": ["zephyra", "korda"],
            "name": ["Zephyra", "Korda"],
            "gated": [False, True],
        }
    )
    values, _ = compute(LISTED, level="seller", sellers=SELLERS)
    tables = {
        "listings": pd.DataFrame(LISTED).assign(listing_id=range(4)),
        "sellers": SELLERS,
        "brands": brands,
    }
    gated = compute_signals(tables, "seller", brands=BRANDS)
    assert values.loc["new", "E02_new_account_highvalue"] == 0.5
    assert gated.loc["new", "E02_new_account_highvalue"] == 0


def test_shares_count_what_is_beyond_tau():
    listings = {
        "title": ["x"] * 4,
        "seller_id": ["s"] * 4,
        "price": [1.0, 1, 9, 9],
        "list_price": [10.0] * 4,
    }
    values, _ = compute(listings, level="seller")
    assert values["B05_discount_depth_share"].iloc[0] == 0.5
    assert values["B05_discount_depth_mean"].iloc[0] == pytest.approx(0.5)


def test_seller_reviews_are_pooled():
    told = reviews(l0=["fake"], l1=["fine"], l2=["fine"] * 2)
    values, _ = compute(
        {"title": ["x"] * 3, "seller_id": ["a", "a", "b"]}, level="seller", reviews=told
    )
    np.testing.assert_allclose(
        values["F01_review_fake_mention_rate"], [(1 + 2.5) / 12, 2.5 / 12]
    )


def test_sellers_need_sellers():
    with pytest.raises(TableError, match="no listing has a 'seller_id'"):
        compute({"title": ["x"]}, level="seller")
