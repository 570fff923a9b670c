import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

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
    # every listing here was edited, so its versions begin with the first
    first_version = pd.DataFrame({"listing_id": LISTINGS, "valid_from": T - 400 * DAY})
    tables["listing_versions"] = [
        pd.concat([first_version, frame], ignore_index=True)
        for frame in tables["listing_versions"]
    ]
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
    marketplace = worlds[0]
    once, twice = marketplace.as_of(earlier), marketplace.as_of(T).as_of(earlier)
    for table in once.tables:
        a, b = getattr(once, table), getattr(twice, table)
        pd.testing.assert_frame_equal(a, b, check_dtype=False)
