import numpy as np
import pandas as pd
import pytest

from iprseg.signals.inputs import Inputs
from iprseg.signals.queries import run_sql_signal
from iprseg.signals.registry import find_sql_signals
from iprseg.tables import Marketplace
from tests.iprseg.signals.helpers import BRANDS, compute
from tests.iprseg.signals.one_signal import T, days, of_sellers

QUERIES = ["E06", "E07", "E08", "E09", "E11", "E12", "E13"]
ZERO, NEAR, FAR = "0" * 64, "7fffffff" + "0" * 56, "ffffffff" + "0" * 56


def repeat(seller, date, category, times):
    return days(seller, *[date] * times, category_path=[category] * times)


def test_jump_of_categories():
    listings = pd.concat(
        [
            repeat("turned", "2024-01-01", "A > x > 1", 8),
            repeat("turned", "2024-06-20", "B", 8),
            repeat("steady", "2024-01-01", "A > x > 1", 8),
            repeat("steady", "2024-06-20", "A > x > 2", 8),
            repeat("thin", "2024-01-01", "A", 8),
            repeat("thin", "2024-06-20", "B", 7),
            # made at the time asked for: does not count
            repeat("thin", T, "B", 9),
        ]
    )
    value, why = of_sellers(listings, "E06")
    # all of B now; before 0 of 8, with one more in each of two: 1/10, so ln 10
    np.testing.assert_allclose(value["turned"], np.log(10))
    # leaves below two levels are one category
    assert value["steady"] == 0
    assert np.isnan(value["thin"]) and why["thin"] == "thin_group"


@pytest.mark.parametrize(
    ("title", "date", "image", "expected"),
    [
        ("Zephyra Tote, Black!", "2024-05-21", ZERO, 1),
        ("zephyra tote blacc", "2024-05-21", NEAR, 1),  # 31 bits, 1 letter of 16
        ("zephyra tote black", "2024-05-21", FAR, 0),  # 32 bits
        ("another thing whole", "2024-05-21", ZERO, 0),
        ("zephyra tote black", "2024-06-20", ZERO, 0),  # 31 days after
        ("zephyra tote black", "2024-05-10", ZERO, 0),  # before the removal
        ("zephyra tote black", T, ZERO, 0),  # not yet known
        ("zephyra tote black", "2024-05-21", "no hash", np.nan),
    ],
)
def test_relists_of_an_own_removed_listing(title, date, image, expected):
    listings = {
        "listing_id": ["old", "new", "other"],
        "seller_id": ["s", "s", "t"],
        "title": ["Zephyra tote black", title, "Zephyra tote black"],
        "created_at": ["2024-01-01", date, "2024-05-21"],
        "removed_at": ["2024-05-20", None, None],
    }
    images = pd.DataFrame(
        {
            "image_id": ["1", "2", "3"],
            "listing_id": ["old", "new", "other"],
            "pdq_hex": [ZERO, image, ZERO],
        }
    )
    value, why = of_sellers(listings, "E07", images=images)
    np.testing.assert_equal(value["s"], expected)
    # the same goods in another shop are no relist of one's own
    assert value["t"] == 0
    assert why["s"] == ("no_image_hash" if np.isnan(expected) else "")


def test_relists_under_a_new_title_are_found_by_the_image():
    listings = {
        "listing_id": ["old", "new", "late"],
        "seller_id": ["s", "s", "s"],
        "title": ["Zephyra tote black", "handbag, any colour", None],
        "created_at": ["2024-01-01", "2024-05-21", "2024-05-22"],
        "removed_at": ["2024-05-20", None, None],
    }
    images = pd.DataFrame(
        {
            "image_id": ["1", "2", "3"],
            "listing_id": ["old", "new", "late"],
            "pdq_hex": [ZERO, NEAR, FAR],
        }
    )
    name = "E07_delist_relist_cycles"
    values, _ = compute(listings, level="seller", as_of=T, images=images)
    assert values.loc["s", [name, f"{name}_image"]].tolist() == [0, 1]
    values, why = compute(listings, level="seller", as_of=T, images=images[2:])
    # without a title alike, the missing images matter to the second column alone
    assert values.loc["s", name] == 0
    assert why.loc["s", f"{name}_image"] == "no_image_hash"


def before_and_after():
    """Tables of one seller with rows before, at and after T."""
    dates = ["2024-01-01", "2024-03-29", "2024-06-20", "2024-06-30", T, "2024-07-09"]
    n = len(dates)
    return {
        "listings": pd.DataFrame(
            {
                "listing_id": [f"l{i}" for i in range(n)],
                "seller_id": "s",
                "title": "bag",
                "market": "DE",
                "category_path": ["A"] * 4 + ["B"] * 2,
                "created_at": pd.to_datetime(dates, utc=True),
                "first_live_at": pd.to_datetime(dates, utc=True),
                "removed_at": pd.to_datetime(["2024-06-01", *[T] * 2, *[None] * 3]),
            }
        ),
        "images": pd.DataFrame(
            {
                "image_id": [f"i{i}" for i in range(n)],
                "listing_id": [f"l{i}" for i in range(n)],
                "pdq_hex": ZERO,
            }
        ),
        "seller_events": pd.DataFrame(
            {
                "seller_id": "s",
                "ts": pd.to_datetime(["2024-06-01", T, "2024-07-02"]),
                "event": "name_change",
            }
        ),
        "actions": pd.DataFrame(
            {
                "action_id": ["a"],
                "entity_type": ["listing"],
                "entity_id": ["l0"],
                "ts": pd.to_datetime(["2024-07-01 01:00"]),
            }
        ),
    }


def test_the_queries_themselves_leave_out_what_came_later():
    moment = pd.Timestamp(T, tz="UTC")
    whole = Marketplace.from_frames(before_and_after())
    for query in (q for (k, _), q in find_sql_signals().items() if k in QUERIES):
        known, all_there = (
            run_sql_signal(query, Inputs(marketplace, BRANDS, moment), pd.Index(["s"]))
            for marketplace in (whole.as_of(moment), whole)
        )
        for name, column in known.items():
            np.testing.assert_equal(all_there[name].values, column.values, name)
            assert all_there[name].reasons.tolist() == column.reasons.tolist()


def test_hours_live_before_an_own_removal():
    hours = [1, 2, 3, 4, 100, 500]
    live = pd.Timestamp("2024-05-01 12:00", tz="UTC")
    listings = pd.DataFrame(
        {
            "listing_id": [f"l{i}" for i in range(6)],
            "seller_id": "s",
            "created_at": live,
            "first_live_at": live,
            "removed_at": [live + pd.Timedelta(h, "h") for h in hours],
        }
    )
    kept = days("t", "2024-05-01", listing_id=["l6"])
    action = {"action_id": ["a"], "entity_type": ["listing"], "entity_id": ["l5"]}
    actions = pd.DataFrame({**action, "ts": [live + pd.Timedelta(490, "h")]})
    value, why = of_sellers(pd.concat([listings, kept]), "E08", actions=actions)
    # the sixth was removed by the platform; the median of 1, 2, 3, 4, 100
    assert value["s"] == 3 and why["t"] == "no_own_removals"
    value, why = of_sellers(listings[1:], "E08", actions=actions)
    assert np.isnan(value["s"]) and why["s"] == "thin_group"
    _, why = of_sellers(listings, "E08")
    assert why["s"] == "table_absent: actions"


def posts(seller, market, *hours):
    dates = [f"2024-01-{i + 2:02} {hour}" for i, hour in enumerate(hours)]
    return days(seller, *dates, market=[market] * len(hours))


def test_posting_off_hours_is_by_the_clock_of_the_market():
    listings = pd.concat(
        [
            # 22:30 and 13:00 in Berlin
            posts("s", "DE", "21:30", "12:00"),
            # 7:30, 8:30, 12:30 and 21:30 in Tokyo
            posts("o", "JP", "22:30", "23:30", "03:30", "12:30"),
            posts("nowhere", "XX", "21:30"),
            posts("days", "DE", "00:00"),
            days("s", "2024-07-01 23:00", market=["DE"]),
        ]
    )
    value, why = of_sellers(listings, "E09")
    # p0 of the others: 1 of 4 for s, 1 of 2 for o
    np.testing.assert_allclose(value["s"], (1 + 2.5) / 12)
    np.testing.assert_allclose(value["o"], (1 + 5) / 14)
    assert value[["nowhere", "days"]].isna().all()
    assert why["nowhere"] == "market_without_zone" and why["days"] == "no_time_of_day"


def test_off_hours_are_shrunk_to_the_market_where_it_has_fifty():
    noon, night = ["2024-01-02 12:00"], ["2024-01-02 23:30"]
    listings = pd.concat(
        [
            days("s", *noon, *night, market=["DE"] * 2),
            days("o", *noon * 50, market=["DE"] * 50),
            days("far", *night * 50, market=["FR"] * 50),
        ]
    )
    value, _ = of_sellers(listings, "E09")
    np.testing.assert_allclose(value["s"], (1 + 10 * 0) / 12)


def test_name_changes_in_ninety_days():
    events = pd.DataFrame(
        {
            "seller_id": list("aaaaab"),
            "ts": [
                "2024-06-01", "2024-06-02", "2024-06-03", "2024-04-01", T, "2024-06-01",
            ],
            "event": [
                "name_change", "Legal-Rep change", "warning",
                "name_change", "name_change", "onboard",
            ],
        }
    )  # fmt: skip
    listings = {"seller_id": list("abc"), "created_at": ["2024-01-01"] * 3}
    value, why = of_sellers(listings, "E11", seller_events=events)
    # of a: April 1 is 91 days before, July 1 is not yet known
    assert value["a"] == 2 and value["b"] == 0
    assert np.isnan(value["c"]) and why["c"] == "no_events"


def test_rows_of_nobody_and_of_no_time_do_no_harm():
    listings = {
        "seller_id": [None, "s", "s"],
        "title": [None, "x" * 100_000, "🎒"],
        "created_at": [None, None, "2024-06-01 12:00"],
        "removed_at": [None, "1900-01-01", None],
        "first_live_at": [None, "2024-06-01", None],
        "market": [None, None, "DE"],
        "category_path": [None, "", " > "],
        "price": [np.nan, -1, 1e12],
    }
    frames = {
        "images": pd.DataFrame(
            {"image_id": ["i"], "listing_id": [None], "pdq_hex": [None]}
        ),
        "seller_events": pd.DataFrame(
            {"seller_id": ["s"], "ts": ["2024-06-01"], "event": [None]}
        ),
        "actions": pd.DataFrame(
            {
                "action_id": ["a"],
                "entity_type": [None],
                "entity_id": ["l1"],
                "ts": ["2024-06-01"],
            }
        ),
    }
    values, reasons = compute(listings, level="seller", as_of=T, **frames)
    mine = [c for c in values if c.startswith("E")]
    assert (reasons[mine].ne("") == values[mine].isna()).all(axis=None)
    assert values.loc["s", "E07_delist_relist_cycles"] == 0
    assert values.loc["s", "E11_name_change_count"] == 0
