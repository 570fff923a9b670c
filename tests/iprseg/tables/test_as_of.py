from importlib.resources import files

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iprseg.errors import IprsegError, TableError
from iprseg.tables._known_when import known, row_rule
from iprseg.tables.contracts import canonical_columns
from iprseg.tables.marketplace import Marketplace

T = pd.Timestamp("2024-06-01", tz="UTC")
DAY = pd.Timedelta(days=1)

before = st.integers(-300, -1).map(lambda days: T + days * DAY)
after = st.integers(0, 300).map(lambda days: T + days * DAY)
after_or_never = st.one_of(st.none(), after)
word = st.sampled_from(["a", "b", "c", None])
LISTINGS = ["l0", "l1", "l2"]


@st.composite
def row_pairs(draw, fixed, dated, current):
    """One row before T as two worlds saw it: equal in what was known before T.

    `fixed`: column -> strategy; `dated`: column of a time -> columns known with it;
    `current`: columns whose history is not kept.
    """
    row = {column: draw(strategy) for column, strategy in fixed.items()}
    rows = (dict(row), dict(row))
    for time, columns in dated.items():
        if draw(st.booleans()):
            known_values = {time: draw(before)} | {c: draw(word) for c in columns}
            for world in rows:
                world.update(known_values)
        else:
            for world in rows:
                world[time] = draw(after_or_never)
                world.update({column: draw(word) for column in columns})
    for world in rows:
        world.update({column: draw(word) for column in current})
    return rows


@st.composite
def table_pairs(draw, time, fixed, dated=None, current=()):
    """One table as two worlds have it: the second got rows that appeared after T."""
    rows = row_pairs({**fixed, time: before}, dated or {}, current)
    pairs = draw(st.lists(rows, min_size=1, max_size=4))
    late = draw(st.lists(st.fixed_dictionaries({**fixed, time: after}), max_size=3))
    first, second = ([pair[world] for pair in pairs] for world in (0, 1))
    columns = list(first[0])
    return [pd.DataFrame(rows, columns=columns) for rows in (first, [*second, *late])]


WORLDS = st.fixed_dictionaries(
    {
        "listing_versions": table_pairs(
            "valid_from",
            {"listing_id": st.sampled_from(LISTINGS), "title": word, "price": word},
            dated={"valid_to": ()},
        ),
        "reviews": table_pairs("ts", {"listing_id": st.sampled_from(LISTINGS)}),
        "orders_daily": table_pairs(
            "date", {"listing_id": word, "gmv_usd": st.just(1)}
        ),
        "notices": table_pairs(
            "ts_received",
            {"notice_id": st.sampled_from(["n1", "n2"])},
            dated={"ts_decided": ("valid", "reject_reason")},
        ),
        "actions": table_pairs("ts", {"entity_id": word}, dated={"end_date": ()}),
        "appeals": table_pairs(
            "ts", {"action_id": word}, dated={"ts_decided": ("outcome",)}
        ),
        "incidents": table_pairs(
            "ts_open", {}, dated={"ts_contained": (), "ts_closed": ("root_cause_code",)}
        ),
        "creators": table_pairs(
            "created_at", {"seller_id": word}, current=("followers",)
        ),
    }
)


@st.composite
def two_worlds(draw):
    tables = draw(WORLDS)
    listing = {"seller_id": word}
    dated = {"removed_at": (), "first_live_at": ()}
    # what listings say now may have been edited since; the versions tell what it was
    current = ("status", "stock_qty", "title", "price", "verdict")
    rows = row_pairs({**listing, "created_at": before}, dated, current)
    pairs = [draw(rows) for _ in LISTINGS]
    frames = [pd.DataFrame([pair[world] for pair in pairs]) for world in (0, 1)]
    for frame in frames:
        frame["listing_id"] = LISTINGS
    extra = draw(st.lists(after, max_size=3))
    late = pd.DataFrame({"created_at": extra}, dtype=frames[1]["created_at"].dtype)
    late["listing_id"] = [f"late{i}" for i in range(len(extra))]
    if len(late):
        frames[1] = pd.concat([frames[1], late], ignore_index=True)
    tables["listings"] = frames
    first, second = ({n: pair[w] for n, pair in tables.items()} for w in (0, 1))
    return Marketplace.from_frames(first), Marketplace.from_frames(second)


@settings(max_examples=40, deadline=None)
@given(two_worlds())
def test_what_came_later_cannot_be_seen(worlds):
    first, second = (world.as_of(T) for world in worlds)
    assert first.tables == second.tables
    for table in first.tables:
        a, b = getattr(first, table), getattr(second, table)
        # the values; a column that is missing throughout has no type worth comparing
        pd.testing.assert_frame_equal(
            a.astype(object).where(a.notna(), None),
            b.astype(object).where(b.notna(), None),
            check_index_type=False,
        )
    assert first.unknown == second.unknown


@settings(max_examples=15, deadline=None)
@given(two_worlds(), before)
def test_going_back_twice_is_going_back_once(worlds, earlier):
    mp = worlds[0]
    once, twice = mp.as_of(earlier), mp.as_of(T).as_of(earlier)
    for table in once.tables:
        a, b = getattr(once, table), getattr(twice, table)
        pd.testing.assert_frame_equal(a, b, check_dtype=False)


def listings(**columns):
    own = {"listing_id": ["l1", "l2"], "created_at": ["2024-01-01", "2024-01-02"]}
    return pd.DataFrame({**own, **columns})


def test_a_row_of_that_very_moment_is_not_before_it():
    mp = Marketplace.from_frames({"listings": listings()})
    assert mp.as_of("2024-01-02").listings.index.tolist() == ["l1"]
    assert mp.as_of("2024-01-02 00:00:00.000001").listings.index.tolist() == [
        "l1",
        "l2",
    ]
    assert len(mp.as_of("2023-01-01").listings) == 0


def test_a_day_is_known_when_it_is_over():
    days = pd.DataFrame(
        {"listing_id": ["l1"] * 2, "date": ["2024-05-30", "2024-05-31"]}
    )
    mp = Marketplace.from_frames({"orders_daily": days})
    assert len(mp.as_of("2024-05-31 23:59").orders_daily) == 1
    assert len(mp.as_of("2024-06-01").orders_daily) == 2


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
    mp = Marketplace.from_frames({"notices": notices, "notice_items": items})
    past = mp.as_of(T)
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
    mp = Marketplace.from_frames({"listings": now, "listing_versions": versions})
    past = mp.as_of(T)
    assert past.listings.loc["l1", "title"] == "Aurelle scarf"
    assert pd.isna(past.listings.loc["l2", "title"])
    assert past.listings["brand_field"].tolist()[0] == "Aurelle"
    assert past.unknown == {
        ("listings", "title"): "no_version_before",
        ("listings", "brand_field"): "assumed_unedited",
    }
    assert past.listing_versions["valid_to"].isna().tolist() == [False, True]
    assert mp.listings.loc["l1", "title"] == "Plain scarf"


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


def test_listings_without_dates_cannot_be_had_as_of_a_time():
    mp = Marketplace.from_frames({"listings": pd.DataFrame({"listing_id": ["l1"]})})
    with pytest.raises(TableError, match="needs the column 'created_at' of listings"):
        mp.as_of(T)


def test_nobody_goes_forward_in_time():
    past = Marketplace.from_frames({"listings": listings()}, as_known="2024-02-01")
    assert past.as_known == pd.Timestamp("2024-02-01", tz="UTC")
    with pytest.raises(IprsegError, match="cannot be had as of 2024-06-01"):
        past.as_of(T)
    assert "as known before 2024-02-01" in repr(past)


@pytest.mark.parametrize("time", ["soon", None, 20240601, True, pd.NaT, [1]])
def test_what_is_no_time_is_refused(time):
    mp = Marketplace.from_frames({"listings": listings()})
    with pytest.raises(IprsegError, match="'time' parameter must be a time such as"):
        mp.as_of(time)


def test_zones_of_the_time_are_understood():
    mp = Marketplace.from_frames({"listings": listings()})
    assert len(mp.as_of("2024-01-02T00:30:00+01:00").listings) == 1
    assert mp.as_of("2024-01-02").as_known.tz is not None


def test_past_tables_are_there_in_sql():
    past = Marketplace.from_frames({"listings": listings()}).as_of("2024-01-02")
    assert past.sql("select listing_id from listings")["listing_id"].tolist() == ["l1"]


def test_each_canonical_column_says_when_it_is_known():
    canonical = canonical_columns()
    allowed = {"row", "row_day", "timeless", "with_row", "self", "content", "current"}
    declared = {
        (table, column): known(table, column)
        for table, column in canonical.index
        if known(table, column) != "current"
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
        assert row_rule(table) is not None, table


def test_no_canonical_column_is_forgotten():
    rules = pd.read_csv(files("iprseg.tables") / "known_when.csv", dtype=str)
    declared = set(zip(rules["table"], rules["column"], strict=True))
    assert set(canonical_columns().index) <= declared
