from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.tables.as_of import find_row_rule, find_value_rule
from iprseg.tables.contracts import canonical_columns
from iprseg.tables.marketplace import Marketplace
from iprseg.tables.parsing import parse_timestamp

T = "2024-06-01"


def listings(**columns):
    own = {"listing_id": ["l1", "l2"], "created_at": ["2024-01-01", "2024-01-02"]}
    return pd.DataFrame({**own, **columns})


def test_a_row_of_that_very_moment_is_not_before_it():
    marketplace = Marketplace.from_frames({"listings": listings()})
    assert marketplace.as_of("2024-01-02").listings.index.tolist() == ["l1"]
    assert marketplace.as_of("2024-01-02 00:00:00.000001").listings.index.tolist() == [
        "l1",
        "l2",
    ]
    assert len(marketplace.as_of("2023-01-01").listings) == 0


def test_a_day_is_known_when_it_is_over():
    days = pd.DataFrame(
        {"listing_id": ["l1"] * 2, "date": ["2024-05-30", "2024-05-31"]}
    )
    marketplace = Marketplace.from_frames({"orders_daily": days})
    assert len(marketplace.as_of("2024-05-31 23:59").orders_daily) == 1
    assert len(marketplace.as_of("2024-06-01").orders_daily) == 2


def test_values_known_later_are_missing_and_earlier_ones_stay():
    frame = listings(
        removed_at=["2024-03-01", "2024-09-01"], status=["removed", "removed"]
    )
    past = Marketplace.from_frames({"listings": frame}).as_of(T)
    assert past.listings["removed_at"].isna().tolist() == [False, True]
    assert past.listings["status"].isna().all()
    assert past.unknown == {("listings", "status"): "not_versioned"}


def test_an_undated_outcome_is_unknown():
    notices = pd.DataFrame({"notice_id": ["n1"], "ts_received": ["2024-01-01"]})
    items = pd.DataFrame(
        {"notice_id": ["n1"], "listing_id": ["l1"], "outcome": ["upheld"]}
    )
    marketplace = Marketplace.from_frames({"notices": notices, "notice_items": items})
    past = marketplace.as_of(T)
    assert past.notice_items["outcome"].isna().all()
    assert past.unknown["notice_items", "outcome"] == "not_versioned"
    assert past.notice_items["listing_id"].tolist() == ["l1"]


def test_versions_say_what_listings_said():
    versions = pd.DataFrame(
        {
            "listing_id": ["l1", "l1", "l1", "l2"],
            "version": [1, 2, 3, 1],
            "valid_from": ["2024-01-01", "2024-02-01", "2024-07-01", "2024-07-01"],
            "valid_to": ["2024-02-01", "2024-07-01", None, None],
            "title": ["Scarf", "Aurelle scarf", "Plain scarf", "Hat"],
        }
    )
    now = listings(title=["Plain scarf", "Hat"], brand_field=["Aurelle", None])
    marketplace = Marketplace.from_frames(
        {"listings": now, "listing_versions": versions}
    )
    past = marketplace.as_of(T)
    assert past.listings.loc["l1", "title"] == "Aurelle scarf"
    assert pd.isna(past.listings.loc["l2", "title"])
    assert past.listings["brand_field"].tolist()[0] == "Aurelle"
    assert past.unknown == {
        ("listings", "title"): "no_version_before",
        ("listings", "brand_field"): "assumed_unedited",
    }
    assert past.listing_versions["valid_to"].isna().tolist() == [False, True]
    assert marketplace.listings.loc["l1", "title"] == "Plain scarf"


def test_a_listing_edited_for_the_first_time_said_before_what_it_said():
    now = listings(title=["Scarf", "Hat"])
    of_l1 = {"listing_id": "l1", "valid_from": "2024-01-01", "title": "Scarf"}
    versions = pd.DataFrame([of_l1])
    frames = {"listings": now, "listing_versions": versions}
    past = Marketplace.from_frames(frames).as_of(T)
    assert past.listings["title"].tolist() == ["Scarf", "Hat"]
    assert past.unknown == {}
    later = pd.DataFrame(
        [
            of_l1,
            {"listing_id": "l2", "valid_from": "2024-01-02", "title": "Hat"},
            {"listing_id": "l2", "valid_from": "2024-07-01", "title": "Aurelle hat"},
        ]
    )
    edited = {"listings": listings(title=["Scarf", "Aurelle hat"])}
    edited["listing_versions"] = later
    pd.testing.assert_frame_equal(
        Marketplace.from_frames(edited).as_of(T).listings, past.listings
    )


def test_versions_without_times_date_nothing():
    versions = pd.DataFrame({"listing_id": ["l1"], "version": [1], "title": ["Old"]})
    frames = {"listings": listings(title=["New", "Hat"]), "listing_versions": versions}
    past = Marketplace.from_frames(frames).as_of(T)
    assert past.listings["title"].tolist() == ["New", "Hat"]
    assert past.unknown["listings", "title"] == "assumed_unedited"
    assert past.unknown["listing_versions", "*"] == "undated"


def test_undated_rows_are_left_out_and_told():
    frame = listings()
    frame.loc[1, "created_at"] = None
    past = Marketplace.from_frames({"listings": frame}).as_of(T)
    assert past.listings.index.tolist() == ["l1"]
    assert past.unknown["listings", "created_at"] == "undated"


def test_tables_that_nothing_dates_are_left_out_and_told():
    frames = {
        "listings": listings(),
        "sellers": pd.DataFrame({"seller_id": ["s1"]}),
        "seller_identity": pd.DataFrame({"seller_id": ["s1"], "name_pid": ["t"]}),
        "notice_items": pd.DataFrame({"notice_id": ["n1"]}),
        "scratch": pd.DataFrame({"x": [1]}),
        "brands": pd.DataFrame({"brand_id": ["b1"], "name": ["Aurelle"]}),
    }
    past = Marketplace.from_frames(frames).as_of(T)
    assert past.tables == ["listings", "brands"]
    assert past.brands["name"].tolist() == ["Aurelle"]
    for table in ("sellers", "seller_identity", "notice_items", "scratch"):
        assert past.unknown[table, "*"] == "undated"
    with pytest.raises(TableError, match=r"no table 'sellers' \(undated\)"):
        _ = past.sellers


def test_rows_come_with_the_row_that_they_belong_to():
    frames = {
        "sellers": pd.DataFrame(
            {"seller_id": ["s1", "s2"], "created_at": ["2024-01-01", "2024-07-01"]}
        ),
        "seller_identity": pd.DataFrame(
            {"seller_id": ["s1", "s2", "s9"], "phone_pid": ["t1", "t2", "t9"]}
        ),
    }
    past = Marketplace.from_frames(frames).as_of(T)
    assert past.seller_identity["phone_pid"].tolist() == ["t1"]
    assert past.unknown["seller_identity", "seller_id"] == "undated"


def test_images_of_the_catalogue_are_timeless_as_it_is():
    frames = {
        "listings": listings(created_at=["2024-01-01", "2024-07-01"]),
        "images": pd.DataFrame(
            {
                "image_id": ["i1", "i2", "k1", "k2", "stray"],
                "listing_id": ["l1", "l2", None, None, None],
            }
        ),
        # an image of a later listing stays unknown whatever the catalogue says
        "brand_catalogue": pd.DataFrame(
            {"model_name": ["m", "n"], "image_ids": ["k1; k2", "i2"]}
        ),
    }
    past = Marketplace.from_frames(frames).as_of(T)
    assert past.images["image_id"].tolist() == ["i1", "k1", "k2"]
    assert past.unknown["images", "listing_id"] == "undated"
    without = frames | {"images": frames["images"].iloc[:4]}
    past = Marketplace.from_frames(without).as_of(T)
    assert ("images", "listing_id") not in past.unknown


def test_images_are_known_with_the_version_that_first_shows_them():
    frames = {
        "listings": listings(created_at=["2024-01-01", "2024-01-01"]),
        "images": pd.DataFrame(
            {
                "image_id": ["first", "kept", "swapped", "never shown", "other"],
                "listing_id": ["l1", "l1", "l1", "l1", "l2"],
            }
        ),
        "listing_versions": pd.DataFrame(
            {
                "listing_id": ["l1", "l1", "l1", "l1"],
                "version": [1, 2, 3, 4],
                "valid_from": ["2024-01-01", "2024-02-01", T, "2024-07-01"],
                # what another listing shows later says nothing of l2's image
                "image_ids": ["first;kept", None, "kept; swapped", "other"],
            }
        ),
    }
    past = Marketplace.from_frames(frames).as_of(T)
    assert past.images["image_id"].tolist() == ["first", "kept", "never shown", "other"]
    later = Marketplace.from_frames(frames).as_of("2024-06-02")
    assert len(later.images) == 5


def test_listings_without_dates_cannot_be_had_as_of_a_time():
    marketplace = Marketplace.from_frames(
        {"listings": pd.DataFrame({"listing_id": ["l1"]})}
    )
    with pytest.raises(TableError, match="needs the column 'created_at' of listings"):
        marketplace.as_of(T)


def test_nobody_goes_forward_in_time():
    past = Marketplace.from_frames({"listings": listings()}, as_known="2024-02-01")
    assert past.as_known == pd.Timestamp("2024-02-01", tz="UTC")
    with pytest.raises(IprsegError, match="cannot be had as of 2024-06-01"):
        past.as_of(T)
    assert "as known before 2024-02-01" in repr(past)


@pytest.mark.parametrize(
    "time",
    ["soon", None, 20240601, True, pd.NaT, [1], np.int64(20240601), np.float64(2024)],
)
def test_what_is_no_time_is_refused(time):
    marketplace = Marketplace.from_frames({"listings": listings()})
    with pytest.raises(IprsegError, match="'time' parameter must be a time such as"):
        marketplace.as_of(time)


@pytest.mark.parametrize("time", ["T9", "9:00", "T0900", "12:30+0200", "1", "1 March"])
def test_a_text_without_a_year_is_no_time(time):
    with pytest.raises(IprsegError, match="'time' parameter must be a time such as"):
        parse_timestamp(time, "time")


@pytest.mark.parametrize("time", ["20240301", "2024-03", "1 March 2024", "03/01/2024"])
def test_a_text_with_a_year_is_a_time(time):
    assert parse_timestamp(time, "time") == pd.Timestamp("2024-03-01", tz="UTC")


def test_zones_of_the_time_are_understood():
    marketplace = Marketplace.from_frames({"listings": listings()})
    assert len(marketplace.as_of("2024-01-02T00:30:00+01:00").listings) == 1
    assert marketplace.as_of("2024-01-02").as_known.tz is not None


def test_past_tables_are_there_in_sql():
    past = Marketplace.from_frames({"listings": listings()}).as_of("2024-01-02")
    assert past.sql("select listing_id from listings")["listing_id"].tolist() == ["l1"]


def test_each_canonical_column_says_when_it_is_known():
    canonical = canonical_columns()
    allowed = {"row", "row_day", "timeless", "with_row", "self", "content", "current"}
    declared = {
        (table, column): find_value_rule(table, column)
        for table, column in canonical.index
        if find_value_rule(table, column) != "current"
    }
    for (table, _), when in declared.items():
        parent = when.removeprefix("row_of:")
        assert (
            when in allowed
            or (table, when) in canonical.index
            or (parent in canonical.index.get_level_values("table"))
        )
    # a time that is neither a row's nor its own is one that a document states
    dates = canonical.index[canonical["dtype"] == "date"]
    stated = {place for place in dates if declared.get(place) == "with_row"}
    assert stated == {
        ("marks", "valid_to"),
        ("designs", "valid_to"),
        ("brand_catalogue", "launch_date"),
        ("authorisations", "valid_to"),
        ("labels", "started_at"),
    }
    for table in canonical.index.get_level_values("table").unique():
        assert find_row_rule(table) is not None, table


def test_no_canonical_column_is_forgotten():
    rules = pd.read_csv(files("iprseg.tables") / "known_when.csv", dtype=str)
    declared = set(zip(rules["table"], rules["column"], strict=True))
    assert set(canonical_columns().index) <= declared
