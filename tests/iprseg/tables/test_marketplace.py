import copy

import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.tables.marketplace import Marketplace


def test_tables_are_attributes_with_the_documented_index(marketplace):
    assert marketplace.tables == ["listings", "sellers", "orders_daily"]
    assert marketplace.listings.index.name == "listing_id"
    assert marketplace.sellers.index.tolist() == ["s1"]
    assert isinstance(marketplace.orders_daily.index, pd.RangeIndex)
    assert "reviews" not in marketplace
    assert "sellers" in marketplace
    assert {"listings", "sql"} <= set(dir(marketplace))


def test_an_absent_table_is_one_sentence_and_no_attribute(marketplace):
    with pytest.raises(
        TableError, match="no table 'reviews'; tables present: 'listings'"
    ):
        _ = marketplace.reviews
    assert not hasattr(marketplace, "reviews")
    assert not hasattr(marketplace, "_repr_html_")
    with pytest.raises(AttributeError, match="no attribute '_lookup'"):
        _ = marketplace._lookup


def test_an_index_of_identifiers_is_taken(frames):
    indexed = frames["listings"].set_index("listing_id")
    marketplace = Marketplace.from_frames({"listings": indexed})
    assert marketplace.listings.index.tolist() == ["l1", "l2", "l3"]
    again = Marketplace.from_frames({"listings": marketplace.listings})
    pd.testing.assert_frame_equal(again.listings, marketplace.listings)


def test_a_filtered_frame_keeps_its_rows(frames):
    some = frames["listings"].iloc[[2, 0]]
    assert Marketplace.from_frames({"listings": some}).listings.index.tolist() == [
        "l3",
        "l1",
    ]


def test_times_are_utc(marketplace):
    created = marketplace.listings["created_at"]
    assert str(created.dt.tz) == "UTC"
    assert created["l2"] == pd.Timestamp("2024-02-01 08:00", tz="UTC")
    assert pd.isna(created["l3"])
    in_sql = marketplace.sql("select created_at from listings where listing_id = 'l2'")
    assert in_sql["created_at"][0] == created["l2"]
    assert str(in_sql["created_at"].dt.tz) == "UTC"


@pytest.mark.parametrize("unit", ["s", "ns"])
def test_any_unit_of_time_keeps_its_zone_in_sql(unit):
    ts = pd.Series(pd.to_datetime(["2024-05-01 10:00"])).dt.as_unit(unit)
    marketplace = Marketplace.from_frames(
        {"extra": pd.DataFrame({"t": ts.dt.tz_localize("UTC")})}
    )
    assert marketplace.sql("select t from extra")["t"][0] == pd.Timestamp(
        "2024-05-01 10:00Z"
    )


def test_nothing_of_the_callers_changes_and_nothing_reaches_in(frames):
    before = {name: frame.copy() for name, frame in frames.items()}
    marketplace = Marketplace.from_frames(frames)
    marketplace.sql("select 1")
    marketplace.as_of("2024-01-15")
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])
    frames["listings"].loc[0, "price"] = -1.0
    assert marketplace.listings.loc["l1", "price"] == 89.0
    got = marketplace.listings
    got.loc["l1", "price"] = -2.0
    got["title"] = "x"
    assert marketplace.listings.loc["l1", "price"] == 89.0
    assert marketplace.sql("select max(price) as p from listings")["p"][0] == 89.0


def test_object_columns_of_older_pandas_are_taken(frames):
    old = {name: frame.astype(object) for name, frame in frames.items()}
    marketplace = Marketplace.from_frames(old)
    query = "select count(seller_id) as n, sum(price) as p from listings"
    assert marketplace.sql(query).iloc[0].tolist() == [2, 101.0]


def test_sql_sees_lists_mixed_values_and_other_scripts(marketplace):
    assert marketplace.sql("select len(photos) as n from listings")["n"].tolist()[
        :2
    ] == [2, 0]
    assert marketplace.sql("select mixed from listings")["mixed"].tolist()[:2] == [
        "1",
        "one",
    ]
    found = marketplace.sql(
        "select listing_id from listings where title = $t", {"t": "香水 50ml"}
    )
    assert found["listing_id"].tolist() == ["l3"]
    joined = marketplace.sql(
        "select country from listings join sellers using (seller_id)"
    )
    assert joined["country"].tolist() == ["DE", "DE"]


def test_hostile_names_are_only_names():
    name = 'x"; drop table listings; --'
    frames = {
        name: pd.DataFrame({'a"b': [1]}),
        "listings": pd.DataFrame({"listing_id": ["l1"]}),
        "nothing": pd.DataFrame(),
    }
    marketplace = Marketplace.from_frames(frames)
    quoted = '"' + name.replace('"', '""') + '"'
    assert marketplace.sql(f'select "a""b" as v from {quoted}')["v"].tolist() == [1]
    assert marketplace.sql("select count(*) as n from listings")["n"][0] == 1


def test_marketplaces_do_not_meet(frames):
    first = Marketplace.from_frames(frames)
    second = Marketplace.from_frames({"listings": frames["listings"].iloc[:1]})
    count = "select count(*) as n from listings"
    assert (first.sql(count)["n"][0], second.sql(count)["n"][0]) == (3, 1)
    first.close()
    assert second.sql(count)["n"][0] == 1


def test_a_closed_marketplace_says_so_and_keeps_its_frames(frames):
    with Marketplace.from_frames(frames) as marketplace:
        marketplace.sql("select 1")
    with pytest.raises(IprsegError, match="marketplace is closed"):
        marketplace.sql("select 1")
    marketplace.close()
    assert len(marketplace.listings) == 3


def test_gmv_is_missing_where_nothing_is_known(marketplace, frames):
    gmv = marketplace.listing_gmv()
    assert gmv["l1"] == 15.0
    assert gmv[["l2", "l3"]].isna().all()
    del frames["orders_daily"]
    assert Marketplace.from_frames(frames).listing_gmv().isna().all()


def test_repr_counts_rows(marketplace):
    text = "Marketplace: listings (3 rows), sellers (1 rows), orders_daily (3 rows)"
    assert repr(marketplace) == text
    assert repr(Marketplace.from_frames({})) == "Marketplace: no tables"


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ({"listings": [1]}, "'listings' must be a DataFrame; got list"),
        ({3: pd.DataFrame()}, "name of a table must be text; got 3"),
        (
            {"reviews": pd.DataFrame(), "Reviews": pd.DataFrame()},
            "'reviews' and 'Reviews' differ in capitals alone",
        ),
        ({"listings": pd.DataFrame({"title": ["x"]})}, "needs the column 'listing_id'"),
        (
            {"listings": pd.DataFrame({"listing_id": ["a", None]})},
            "listings.listing_id is missing in 1 rows",
        ),
        (
            {"sellers": pd.DataFrame({"seller_id": ["a", "b", "a"]})},
            "1 rows repeat an earlier one, such as 'a'",
        ),
        (
            {"reviews": pd.DataFrame([[1, 2]], columns=["a", "a"])},
            "reviews has the column 'a' more than once",
        ),
        (
            {"reviews": pd.DataFrame({"ts": ["2024-01-01", "soon"]})},
            "reviews.ts holds 1 values that are no times, such as 'soon'",
        ),
        (
            {"reviews": pd.DataFrame({"ts": [1704067200]})},
            "reviews.ts holds numbers",
        ),
        (
            {"reviews": pd.DataFrame({"ts": ["2024-01-01", 20240101]}, dtype=object)},
            "reviews.ts holds 1 values that are no times, such as '20240101'",
        ),
    ],
)
def test_frames_that_cannot_be_held_are_refused(frames, message):
    with pytest.raises(TableError, match=message):
        Marketplace.from_frames(frames)


def test_periods_are_times():
    ts = pd.Series(pd.period_range("2024-01", periods=2, freq="M"))
    marketplace = Marketplace.from_frames({"reviews": pd.DataFrame({"ts": ts})})
    assert marketplace.reviews["ts"][1] == pd.Timestamp("2024-02-01", tz="UTC")


def test_a_copy_holds_its_own(marketplace):
    twin = copy.copy(marketplace)
    assert twin.listings.equals(marketplace.listings)
