"""Prices that are none, groups of one, times that are odd: missing, never an error."""

import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.signals import signal_catalogue
from tests.iprseg.signals.helpers import compute, market

N = 12
NO_PRICES = [0, -1, -1e12, None, np.nan, np.inf, -np.inf]
OF_A_PRICE = ["B02", "B03", "B04", "B05", "B07"]


def tables(price):
    """Twelve sellers' listings with all that prices are held against."""
    ids = [f"l{i}" for i in range(N)]
    listings = market(
        [price, *[10.0 + i for i in range(N - 1)]],
        [f"s{i}" for i in range(N)],
        list_price=[20.0] * N,
        currency=["USD"] * N,
    )
    images = pd.DataFrame(
        {"image_id": ids, "listing_id": ids, "logo_detections_json": '[{"brand": "Z"}]'}
    )
    return listings, {"images": images}


@pytest.mark.parametrize("price", NO_PRICES)
def test_what_is_no_price_is_missing_and_moves_nobody_else(price):
    listings, others = tables(price)
    values, reasons = compute(listings, **others)
    assert values[OF_A_PRICE].iloc[0].isna().all()
    known = price is None or np.isnan(price)
    expected = "value_missing: price" if known else "value_not_positive: price"
    assert (reasons[OF_A_PRICE].iloc[0] == expected).all()
    absent, _ = compute(tables(None)[0], **others)
    pd.testing.assert_frame_equal(values.iloc[1:], absent.iloc[1:])


@pytest.mark.parametrize("price", [1e12, 1e300, 1e-12])
def test_a_huge_price_is_held_against_the_others_like_any(price):
    listings, others = tables(price)
    values, _ = compute(listings, **others)
    row = values[OF_A_PRICE].iloc[0]
    assert np.isfinite(row).all()
    # the others cost 10 to 20: their median is 15
    assert row["B02"] == row["B03"] == pytest.approx(price / 15)
    assert row["B05"] == pytest.approx(1 - price / 20)
    # beside 11 to 20 (median 15.5) the odd one makes the median 16 or 15, however odd
    assert values["B03"].iloc[1] == pytest.approx(10 / (16 if price > 20 else 15))


@pytest.mark.parametrize("listed", [0, -5, np.inf, None])
def test_a_list_price_that_is_none(listed):
    listings, others = tables(10.0)
    listings["list_price"] = [listed] + [20.0] * (N - 1)
    values, reasons = compute(listings, **others)
    assert np.isnan(values["B05"].iloc[0]) and reasons["B05"].iloc[0]
    assert values["B05"].iloc[1] == pytest.approx(0.5)


def test_a_recommended_price_that_is_none():
    for msrp in (0, -1, np.inf, None):
        products = pd.DataFrame(
            {"brand_id": ["zephyra"], "model_name": ["Quorvane"], "msrp": [msrp]}
        )
        listings = {"title": ["Zephyra Quorvane"], "price": [5.0]}
        values, reasons = compute(listings, brand_catalogue=products)
        assert np.isnan(values["B01"].iloc[0])
        assert reasons["B01"].iloc[0] == "no_catalogue_match"


def test_a_category_seen_once_is_a_thin_group():
    listings, others = tables(5.0)
    listings["category_path"] = ["Hats", *listings["category_path"][1:]]
    values, reasons = compute(listings, **others)
    of_group = ["B02", "B03", "B04"]
    assert values[of_group].iloc[0].isna().all()
    assert (reasons[of_group].iloc[0] == "thin_group").all()
    assert values[of_group].iloc[1:].notna().all(axis=None)


def test_everything_missing_gives_reasons_and_no_error():
    names = ["title", "price", "list_price", "currency", "category_path", "seller_id"]
    more = ["variants_json", "stock_qty", "min_order_qty", "size_values", "market"]
    listings = {name: [None] * 3 for name in names + more}
    empty = {
        "images": ["image_id", "listing_id", "logo_detections_json"],
        "brand_catalogue": ["brand_id", "gtin", "model_name", "msrp", "size_range"],
        "listing_versions": ["listing_id", "version", "valid_from", "price"],
        "reviews": ["review_id", "listing_id", "ts"],
    }
    frames = {t: pd.DataFrame(columns=c, dtype=object) for t, c in empty.items()}
    values, reasons = compute(listings, **frames)
    family = signal_catalogue().query("family == 'price' and level == 'listing'")
    ids = family.index[family["status"] == "built"]
    assert len(ids) == 11
    assert values[ids].isna().all(axis=None) and (reasons[ids] != "").all(axis=None)


def timed(times, **more):
    listings, others = tables(5.0)
    listings["created_at"] = times
    return compute(listings, **others, **more)[0]


def test_times_without_a_zone_are_utc():
    days = [f"2024-03-{i + 1:02d}" for i in range(N)]
    zoned = [f"{day}T02:00:00+02:00" for day in days]
    for as_of in ("2024-03-12", "2024-03-12T02:00:00+02:00", pd.Timestamp(2024, 3, 12)):
        for times in (days, zoned):
            # the listing of 12 March is not of the time before it
            assert len(timed(times, as_of=as_of)) == N - 1


def test_what_is_of_the_future_is_not_of_the_past():
    times = ["2024-03-01"] * (N - 1) + ["2999-01-01"]
    past = timed(times, as_of="2024-06-01")
    assert len(past) == N - 1
    # without a time asked for, all that is there counts, whenever it is dated
    assert len(timed(times)) == N


def test_times_that_cannot_be_read_are_said():
    with pytest.raises(TableError, match="created_at"):
        timed(["soon"] * N, as_of="2024-06-01")
    with pytest.raises(IprsegError, match=r"'as_of' parameter .* 'whenever'"):
        timed(["2024-03-01"] * N, as_of="whenever")


def test_a_discount_without_end_is_missing_everywhere():
    listings, others = tables(1e308)
    listings["list_price"][0] = 0.01
    for level in ("listing", "seller"):
        values, reasons = compute(listings, level, **others)
        assert not np.isinf(values).any(axis=None)
        assert (reasons.ne("") == values.isna()).all(axis=None)
        name = "B05" if level == "listing" else "B05_discount_depth_mean"
        # alone to be missing: the others keep theirs
        assert values[name].notna().tolist() == [False] + [True] * (N - 1)
        assert reasons[name].iloc[0] == "not_finite"


def test_discounts_that_are_all_without_end():
    # a histogram of no number was an IndexError
    listings = {"title": ["bag"] * 3, "price": [1e12] * 3, "list_price": [1e-300] * 3}
    values, reasons = compute(listings)
    assert values["B05"].isna().all() and (reasons["B05"] == "not_finite").all()
