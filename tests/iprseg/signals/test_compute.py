import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.signals import BrandList, compute_signals, signal_catalogue
from iprseg.tables import Marketplace

BRANDS = BrandList.from_names(["Zephyra", "Korda"])
TWENTY = [
    "A01",
    "A02",
    "A03",
    "A04",
    "A05",
    "A06",
    "A07",
    "A08",
    "A09",
    "A10",
    "A14",
    "A15",
    "B01",
    "B02",
    "B03",
    "B04",
    "B05",
    "E02",
    "E04",
    "F01",
]


def compute(listings, level="listing", brands=BRANDS, **more):
    frame = pd.DataFrame(listings)
    if "listing_id" not in frame:
        frame["listing_id"] = [f"l{i}" for i in range(len(frame))]
    options = {k: more.pop(k) for k in ("as_of", "max_stage") if k in more}
    values, reasons = compute_signals(
        {"listings": frame, **more},
        level,
        brands=brands,
        return_reasons=True,
        **options,
    )
    short = (
        {column: column.split("_")[0] for column in values}
        if level == "listing"
        else {}
    )
    return values.rename(columns=short), reasons.rename(columns=short)


def one(signal, title, brands=BRANDS, **columns):
    return compute(
        {"title": [title], **{k: [v] for k, v in columns.items()}}, brands=brands
    )[0][signal].iloc[0]


def test_the_catalogue_holds_the_twenty_that_are_built():
    catalogue = signal_catalogue()
    assert catalogue.index.tolist() == TWENTY
    listing, _ = compute({"title": ["x"]})
    seller, _ = compute({"title": ["x"], "seller_id": ["s"]}, level="seller")
    built = set(listing) | {column.split("_")[0] for column in seller}
    assert built == set(TWENTY)
    assert (
        catalogue[["formula", "columns", "rationale", "source"]].ne("").all(axis=None)
    )


def test_index_and_columns():
    values = compute_signals(
        {"listings": pd.DataFrame({"listing_id": ["b", "a"], "title": ["x", "y"]})},
        brands=BRANDS,
    )
    assert values.index.name == "listing_id" and values.index.tolist() == ["b", "a"]
    assert (
        "A01_brand_field_mismatch" in values
        and values.dtypes.map(pd.api.types.is_float_dtype).all()
    )


@pytest.mark.parametrize(
    ("signal", "title", "columns", "expected"),
    [
        ("A01", "Zephyra bag", {"brand_field": "Korda"}, 1),
        ("A01", "Zephyra bag", {"brand_field": "zephyra"}, 0),
        ("A01", "Zephyra bag", {"brand_field": None}, 1),
        ("A01", "Case for Zephyra", {"brand_field": "Korda"}, 0),
        ("A02", "Zephyra bag", {"brand_field": "Sem marca"}, 1),
        ("A02", "Zephyra bag", {"brand_field": "Korda"}, 0),
        ("A02", "canvas bag", {"brand_field": None}, 0),
        ("A03", "Zephyra Korda bag", {}, 1),
        ("A03", "Zephyra bag Zephyra", {}, 0),
        ("A03", "canvas bag", {}, 0),
        ("A04", "Z3phyra bag", {}, 1),
        ("A04", "Zephyra bag", {}, 0),
        ("A05", "canvas bag", {}, 0),
        ("A06", "Case for Zephyra", {}, 1),
        ("A06", "Zephyra ink for Zephyra printers", {}, 0),
        ("A07", "Zephyra bag replica dupe", {}, 1.8),
        ("A07", "bag 1:1", {}, 0),
        ("A07", "Zephyra bag 1:1", {}, 0.7),
        ("A07", "tas kw", {"lang": "id-ID"}, 0.7),
        ("A07", "pump 2 kw", {"lang": "en"}, 0),
        ("A08", "bag master copy", {}, 1),
        ("A08", "bag replica", {}, 0),
        ("A09", "Inspired by Zephyra", {}, 1),
        ("A09", "Inspired by nature", {}, 0),
        ("A10", "100% authentic genuine Zephyra", {}, 1),
        ("A10", "100% authentic genuine Zephyra", {"authorisation_id": "A-1"}, 0),
        ("A10", "genuine leather", {}, 0),
        ("A14", "ab★★", {}, 0.5),
        ("A14", "ab€®", {}, 0),
        ("A15", "Zерhyra bag", {}, 1),
        ("A15", "сумка bag", {}, 0),
        ("B05", "x", {"price": 25.0, "list_price": 100.0}, 0.75),
    ],
)  # fmt: skip
def test_formulas(signal, title, columns, expected):
    assert one(signal, title, **columns) == pytest.approx(expected)


def test_near_miss_is_the_jaro_winkler_similarity():
    from rapidfuzz.distance import JaroWinkler

    assert one("A05", "Zephyrra bag") == pytest.approx(
        JaroWinkler.similarity("zephyrra", "zephyra")
    )


def market(prices, sellers, **columns):
    n = len(prices)
    return {
        "title": ["Zephyra bag"] * n,
        "category_path": ["Bags"] * n,
        "price": prices,
        "seller_id": sellers,
        **columns,
    }


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


def test_what_is_absent_is_missing_with_a_reason_never_zero():
    values, reasons = compute({"title": ["Zephyra", None]})
    expected = {
        "A01": "column_absent: brand_field", "A02": "column_absent: brand_field", "B01": "table_absent: brand_catalogue",
        "B02": "column_absent: price", "B03": "column_absent: price", "B04": "column_absent: price",
        "B05": "column_absent: list_price", "F01": "table_absent: reviews",
    }  # fmt: skip
    for signal, reason in expected.items():
        assert values[signal].isna().all() and (reasons[signal] == reason).all(), signal
    assert reasons["A07"].tolist() == ["", "value_missing: title"]
    assert (reasons.ne("") == values.isna()).all(axis=None)


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


def test_without_any_brand():
    _, reasons = compute({"title": ["x"]}, brands=BrandList.from_names([]))
    assert (reasons[["A01", "A03", "A04", "A05", "A06", "A09"]] == "no_brand_list").all(
        axis=None
    )


def test_a_shops_own_label_is_no_mismatch():
    listings = {
        "title": [f"Ossobel bag {i}" for i in range(4)] + ["Ossobel bag"],
        "brand_field": ["Ossobel"] * 3 + [None, None],
        "seller_id": ["own"] * 4 + ["other"],
    }
    values, _ = compute(listings, brands=None)
    assert values["A02"].tolist() == [0, 0, 0, 0, 1]


def reviews(**texts):
    rows = [(listing, text) for listing, many in texts.items() for text in many]
    frame = pd.DataFrame(rows, columns=["listing_id", "text"])
    return frame.assign(lang="en", ts="2024-01-01")


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


SELLERS = pd.DataFrame(
    {
        "seller_id": ["new", "old", "idle"],
        "created_at": ["2024-06-01", "2020-01-01", "2020-01-01"],
    }
)
LISTED = {
    "title": ["Zephyra bag", "bag", "Zephyra bag", "Korda bag"],
    "seller_id": ["new", "new", "old", "old"],
    "created_at": ["2024-06-02", "2024-06-03", "2024-01-01", "2024-06-04"],
    "brand_field": [None, None, "Zephyra", "Korda"],
}


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


@pytest.mark.parametrize("level", ["listing", "seller"])
def test_the_future_changes_nothing(level):
    past = {
        "listings": pd.DataFrame(LISTED).assign(listing_id=range(4), price=10.0),
        "sellers": SELLERS,
    }
    past["reviews"] = pd.DataFrame(
        {
            "review_id": [1],
            "listing_id": [0],
            "ts": ["2024-06-04"],
            "text": ["fake"],
            "lang": ["en"],
        }
    )
    later = {
        "listings": past["listings"].assign(
            listing_id=range(10, 14),
            created_at="2025-01-01",
            price=99.0,
            brand_field="Lumeo",
        ),
        "sellers": SELLERS.assign(seller_id=["x", "y", "z"], created_at="2025-01-01"),
        "reviews": past["reviews"].assign(review_id=2, ts="2025-01-01", text="fine"),
    }
    both = {
        name: pd.concat([past[name], later[name]], ignore_index=True) for name in past
    }
    one, two = (compute_signals(t, level, as_of="2024-07-01") for t in (past, both))
    pd.testing.assert_frame_equal(one, two)


def test_a_marketplace_as_of_a_time_is_dated_by_it():
    mp = Marketplace.from_frames(
        {
            "listings": pd.DataFrame(LISTED).assign(listing_id=range(4)),
            "sellers": SELLERS,
        }
    )
    late = compute_signals(mp.as_of("2024-12-01"), "seller", brands=BRANDS)
    soon = compute_signals(mp, "seller", as_of="2024-06-10", brands=BRANDS)
    assert late.loc["new", "E02_new_account_highvalue"] == 0
    assert soon.loc["new", "E02_new_account_highvalue"] == 0.5


def test_marketplace_and_frames_agree():
    frames = {
        "listings": pd.DataFrame(LISTED).assign(listing_id=range(4)),
        "sellers": SELLERS,
    }
    for level in ("listing", "seller"):
        one = compute_signals(frames, level, brands=BRANDS)
        two = compute_signals(Marketplace.from_frames(frames), level, brands=BRANDS)
        pd.testing.assert_frame_equal(one, two, check_index_type=False)


def test_later_stages_are_left_out():
    values, _ = compute({"title": ["x"]}, max_stage="T1")
    assert "F01" not in values and "A01" in values
    assert compute({"title": ["x"]}, max_stage="T0")[0].shape == (1, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "shop"}, "'level' parameter of compute_signals must be one of"),
        (
            {"max_stage": "T9"},
            "'max_stage' parameter of compute_signals must be one of",
        ),
        ({"as_of": "soon"}, "'as_of' parameter of compute_signals must be a date"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(IprsegError, match=message):
        compute_signals(
            {"listings": pd.DataFrame({"listing_id": [1], "title": ["x"]})}, **options
        )


def test_bad_tables():
    with pytest.raises(TableError, match="no table 'listings'"):
        compute_signals({})
    with pytest.raises(
        IprsegError,
        match="must be a Marketplace, a dict of frames or a listings frame; got int",
    ):
        compute_signals(3)
    with pytest.raises(TableError, match="listings needs the column 'listing_id'"):
        compute_signals(pd.DataFrame({"title": ["x"]}))
    with pytest.raises(TableError, match="more than once"):
        compute_signals(pd.DataFrame({"listing_id": [1, 1], "title": ["x", "y"]}))


def test_brands_may_be_a_frame_or_a_file(tmp_path):
    frame = pd.DataFrame({"name": ["Zephyra"]})
    frame.to_csv(tmp_path / "b.csv", index=False)
    listings = pd.DataFrame({"listing_id": [1], "title": ["Z3phyra"]})
    for brands in (frame, tmp_path / "b.csv", str(tmp_path / "b.csv")):
        assert compute_signals(listings, brands=brands)[
            "A04_obfuscated_brand"
        ].tolist() == [1]


def test_one_row_and_no_row():
    assert compute({"title": ["x"]})[0].shape == (1, 18)
    empty = pd.DataFrame(
        {"listing_id": pd.Series(dtype=str), "title": pd.Series(dtype=str)}
    )
    assert compute_signals({"listings": empty}, brands=BRANDS).shape == (0, 18)
