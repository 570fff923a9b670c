import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.signals import compute_signals, signal_catalogue
from iprseg.signals.compute import compute_signals_with_reasons
from iprseg.tables import Marketplace
from tests.iprseg.signals.helpers import BRANDS, LISTED, SELLERS, compute

SEGMENTING = [
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
    "C01",
    "C02",
    "C05",
    "C06",
    "C07",
    "C08",
    "C10",
    "C14",
    "E02",
    "E04",
    "F01",
]


def test_what_the_catalogue_calls_built_is_computed():
    catalogue = signal_catalogue()
    assert set(catalogue["status"]) <= {"built", "needs_column"}
    assert catalogue.index[catalogue["segments"] == "yes"].tolist() == SEGMENTING
    levels = catalogue.loc[catalogue["status"] == "built", "level"]
    listing, _ = compute({"title": ["x"]})
    seller, _ = compute({"title": ["x"], "seller_id": ["s"]}, level="seller")
    of = {"listing": set(listing), "seller": {x.split("_")[0] for x in seller}}
    for level, computed in of.items():
        promised = levels[[level in one.split(";") for one in levels]]
        assert set(promised.index) <= computed
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
    marketplace = Marketplace.from_frames(
        {
            "listings": pd.DataFrame(LISTED).assign(listing_id=range(4)),
            "sellers": SELLERS,
        }
    )
    late = compute_signals(marketplace.as_of("2024-12-01"), "seller", brands=BRANDS)
    soon = compute_signals(marketplace, "seller", as_of="2024-06-10", brands=BRANDS)
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
        ({"as_of": "soon"}, "'as_of' parameter must be a time such as '2024-03-01'"),
        ({"as_of": 20240101}, "must be a time such as '2024-03-01'; got 20240101"),
        ({"as_of": "T9"}, "must be a time such as '2024-03-01'; got 'T9'"),
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
    one = compute_signals(
        {"listings": pd.DataFrame({"listing_id": ["a"], "title": ["x"]})}, brands=BRANDS
    )
    assert len(one) == 1 and one.shape[1] > 18
    empty = pd.DataFrame(
        {"listing_id": pd.Series(dtype=str), "title": pd.Series(dtype=str)}
    )
    none = compute_signals({"listings": empty}, brands=BRANDS)
    assert none.shape == (0, one.shape[1])


def test_a_listings_frame_alone_can_be_dated():
    listings = pd.DataFrame(LISTED).assign(listing_id=range(4))
    dated = compute_signals(listings, as_of="2024-06-01", brands=BRANDS)
    assert dated.index.tolist() == [2]


def test_a_past_value_that_is_not_known_says_so():
    listings = pd.DataFrame(LISTED).assign(listing_id=range(4), price=3.0)
    gone = {"listings": listings.assign(list_price=np.nan)}
    _, plain = compute_signals_with_reasons(gone, brands=BRANDS)
    assert set(plain["B05_discount_depth"]) == {"value_missing: list_price"}
    past = Marketplace.from_frames(gone)
    past.unknown["listings", "list_price"] = "not_versioned"
    _, reasons = compute_signals_with_reasons(past, brands=BRANDS)
    assert set(reasons["B05_discount_depth"]) == {"not_versioned: list_price"}
