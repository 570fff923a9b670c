import numpy as np
import pandas as pd
import pytest

from iprseg.signals import signal_catalogue
from tests.iprseg.signals.helpers import compute

LISTED = {
    "title": ["x"] * 4,
    "listing_id": ["l0", "l1", "l2", "l3"],
    "seller_id": ["a", "b", "c", None],
    "created_at": ["2024-01-01"] * 4,
}


def promotions(*rows, **columns):
    """Each row: creator, listing; more as columns."""
    frame = pd.DataFrame(rows, columns=["creator_id", "listing_id"])
    frame = frame.assign(promo_id=range(len(frame)), type="live", ts="2024-03-01")
    return frame.assign(**columns)


def column(signal, told, listings=LISTED, **more):
    options = {"as_of": more.pop("as_of")} if "as_of" in more else {}
    values, reasons = compute(listings, "creator", promotions=told, **more, **options)
    return values[signal].tolist(), reasons[signal].tolist()


def speech(**texts):
    rows = [(who, "l0", text) for who, many in texts.items() for text in many]
    told = promotions(*[row[:2] for row in rows])
    return told.assign(transcript=[row[2] for row in rows])


def test_codewords_are_a_shrunk_share_of_transcripts():
    told = speech(
        coded=["original, original, you know which one", "lovely bag"],
        seconds=["minor defects, missing items, clearance!"],
        honest=["clearance today, minor defects", "not a replica"],
        silent=[None, "  "],
    )
    values, reasons = column("I01_live_codeword", told)
    # 2 of 5 transcripts in all: coded 1 of 2, honest 0 of 2, seconds 1 of 1
    p0 = 2 / 5
    expected = [(1 + 10 * p0) / 12, 10 * p0 / 12, (1 + 10 * p0) / 11, np.nan]
    np.testing.assert_allclose(values, expected)
    assert reasons == ["", "", "", "no_transcript"]


@pytest.mark.parametrize(
    ("text", "lang", "coded"),
    [
        ("大家 你懂的 微瑕", "zh", True),
        ("清仓 微瑕", "zh", False),
        ("master copy bag", "en", True),
        ("we never sell a replica", "en", False),
        ("ya sabes cuál", "", True),
        ("🛍️" * 1000, "", False),
        ("\x00\u202e clearance clearance clearance clearance", "", False),
        ("x" * 100_000 + " you know which one", "en", True),
    ],
)
def test_what_is_said(text, lang, coded):
    told = speech(c=[text])
    values, _ = column("I01_live_codeword", told, {**LISTED, "lang": [lang] * 4})
    assert values[0] == pytest.approx(1.0 if coded else 0.0)


def test_the_base_rate_is_that_of_the_goods_where_they_are_many():
    told = speech(host=["you know which one"] * 25 + ["fine"] * 25, other=["fine"])
    told.loc[50, "listing_id"] = "l1"
    listed = {**LISTED, "category_path": ["bags", "toys", "toys", "toys"]}
    values, _ = column("I01_live_codeword", told, listed)
    # host: (25 + 10 * 25/50) / 60; toys have one transcript, so p0 = 25/51 of all
    np.testing.assert_allclose(values, [0.5, 10 * (25 / 51) / 11])


def test_hashtags():
    tags = [
        "#Dupe;#new",
        "#new",
        "",
        "#reps;#gym",
        "#reps #bag",
        "ＤＵＰＥ",
        "#dupeless",
    ]
    told = promotions(*[(f"c{i}", "l0") for i in range(8)], hashtags=[*tags, None])
    values, reasons = column("I05_dupe_hashtag", told)
    # 3 of the 7 known carry one
    hits = np.array([1, 0, 0, 0, 1, 1, 0])
    np.testing.assert_allclose(values[:7], (hits + 10 * 3 / 7) / 11)
    assert np.isnan(values[7]) and reasons[7] == "no_hashtags"


@pytest.mark.parametrize("value", [7, "", ";;;", "#" * 500, "🛍️;😀", "\u202e#\x00"])
def test_hostile_hashtags(value):
    told = promotions(("c", "l0"), hashtags=pd.Series([value], dtype=object))
    assert column("I05_dupe_hashtag", told)[0] == [0]


def test_promotions_later_or_without_a_creator_do_not_count():
    told = promotions(("c", "l0"), ("c", "l0"), (None, "l0"), hashtags="#dupe")
    told["ts"] = ["2024-03-01", "2024-06-01", "2024-03-01"]
    told.loc[0, "hashtags"] = "#new"
    assert column("I05_dupe_hashtag", told, as_of="2024-06-01")[0] == [0]
    assert column("I05_dupe_hashtag", told)[0][0] > 0


@pytest.mark.parametrize(
    ("signal", "reason"),
    [
        ("I01_live_codeword", "column_absent: promotions.transcript"),
        ("I05_dupe_hashtag", "column_absent: promotions.hashtags"),
        ("I06_creator_multi_shop", "table_absent: actions"),
        ("I07_creator_seller_same_operator", "table_absent: creators"),
        ("I09_flash_traffic", "table_absent: orders_daily"),
    ],
)
def test_what_is_absent_has_a_reason(signal, reason):
    values, reasons = column(signal, promotions(("c", "l0")))
    assert np.isnan(values).all() and reasons == [reason]


def test_without_promotions_a_creator_has_no_value():
    creators = pd.DataFrame({"creator_id": ["c"], "created_at": ["2024-01-01"]})
    _, reasons = compute(LISTED, "creator", creators=creators)
    assert reasons["I01_live_codeword"].tolist() == ["table_absent: promotions"]
    assert reasons["I05_dupe_hashtag"].tolist() == ["table_absent: promotions"]


def actions(*rows):
    names = ["entity_type", "entity_id", "action_code", "ts"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(action_id=[f"x{i}" for i in range(len(frame))])


PROMOTED = promotions(("c", "l0"), ("c", "l1"), ("d", "l2"), ("d", "l0"), ("e", "l3"))


def test_shops_that_were_stopped_after_they_were_promoted():
    done = actions(
        ("seller", "a", "ACT9", "2024-04-01"),
        ("seller", "b", "ACT8", "2024-02-01"),
        ("seller", "c", "ACT5", "2024-04-01"),
        ("listing", "l2", "ACT4", "2024-04-01"),
    )
    values, reasons = column("I06_creator_multi_shop", PROMOTED, actions=done)
    # b was stopped before; c was warned only, and its listing's severity is not told
    np.testing.assert_equal(values, [1, 1, np.nan])
    assert reasons == ["", "", "no_promotions"]


def test_the_label_tells_how_severe_an_action_was():
    done = actions(
        ("listing", "l0", "ACT4", "2024-04-01"), ("seller", "b", "ACT8", "2024-04-01")
    ).assign(label_id=["y0", "y1"])
    labels = pd.DataFrame({"label_id": ["y0", "y1"], "entity_id": ["l0", "b"]})
    labels = labels.assign(severity=["S3", "S1"], submitted_at="2024-04-01")
    more = {"actions": done, "labels": labels}
    values, _ = column("I06_creator_multi_shop", PROMOTED, **more)
    np.testing.assert_equal(values, [1, 1, np.nan])
    labels["severity"] = ["S2", None]
    values, _ = column("I06_creator_multi_shop", PROMOTED, **more)
    # b by the ladder, as no severity is told
    np.testing.assert_equal(values, [1, 0, np.nan])


def test_a_code_that_is_not_known_leaves_the_shops_uncounted():
    told = [
        ("seller", "b", "SUSPENDED", "2024-04-01"),
        ("listing", "l2", "?", "2024-04-01"),
    ]
    told += [("seller", "a", "SUSPENDED", "2023-04-01")]
    values, reasons = column("I06_creator_multi_shop", PROMOTED, actions=actions(*told))
    np.testing.assert_equal(values, [np.nan, 0, np.nan])
    assert reasons == ["unknown_action_code", "", "no_promotions"]


def test_an_overturned_or_later_action_stops_no_shop():
    done = actions(("seller", "a", "ACT9", "2024-04-01"))
    appeals = pd.DataFrame({"appeal_id": ["p"], "action_id": ["x0"]})
    appeals = appeals.assign(outcome="overturned", ts="2024-04-02")
    appeals = appeals.assign(ts_decided="2024-05-01")
    signal, more = "I06_creator_multi_shop", {"actions": done, "appeals": appeals}
    for moment, stopped in (("2024-04-01", 0), ("2024-04-15", 1), ("2024-06-01", 0)):
        found = column(signal, PROMOTED, as_of=moment, **more)[0]
        assert found[0] == stopped, moment


def test_another_shop_with_the_creators_own_tokens():
    creators = pd.DataFrame(
        {"creator_id": ["c", "d", "e", "idle"], "seller_id": ["c", "c", None, "a"]}
    ).assign(created_at="2024-01-01")
    identity = pd.DataFrame({"seller_id": [*"abc"], "bank_pid": ["k", "k", "k"]})
    identity["tax_pid"] = [None] * 3
    more = {"creators": creators, "seller_identity": identity}
    values, reasons = column("I07_creator_seller_same_operator", PROMOTED, **more)
    # c promotes a and b, which share its shop's account; d its own shop c, and a
    np.testing.assert_equal(values, [2, 1, np.nan, np.nan])
    assert reasons == ["", "", "no_promotions", "no_promotions"]
    own = creators.assign(seller_id=[None, "c", None, None])
    more["creators"] = own
    _, reasons = column("I07_creator_seller_same_operator", PROMOTED, **more)
    assert reasons[0] == "no_own_shop_known"


def daily(listing, **views):
    """Views by day of 2024: d0301=5 is the first of March."""
    days = [f"2024-{d[1:3]}-{d[3:]}" for d in views]
    frame = pd.DataFrame({"listing_id": listing, "date": days})
    return frame.assign(views=list(views.values()))


def test_views_of_the_day_over_the_days_before():
    views = pd.concat(
        [
            daily("l0", d0301=200, **{f"d02{d:02d}": 9 for d in range(2, 30)}),
            daily("l1", d0301=30, d0229=100, d0201=100, d0131=100, d0302=0),
        ]
    )
    told = promotions(("c", "l0"), ("d", "l1"), ("e", "l2"), ("f", "l0"))
    told.loc[3, "type"] = "video"
    values, reasons = column("I09_flash_traffic", told, orders_daily=views)
    # c: 200 over 9 + 1; d: 30 over 0 + 1, as 26 of the 28 days before had none
    np.testing.assert_allclose(values, [20, 30, np.nan, np.nan])
    assert reasons == ["", "", "thin_group", "no_live_session"]


def test_a_session_of_a_day_not_over_or_of_a_new_listing_is_not_judged():
    views = daily("l0", d0110=50, d0105=50, d0301=9)
    told = promotions(("new", "l0"), ("today", "l0"), ts=["2024-01-05", "2024-03-01"])
    values, reasons = column(
        "I09_flash_traffic", told, orders_daily=views, as_of="2024-03-01 12:00"
    )
    assert np.isnan(values).all()
    assert reasons == ["thin_group", "no_live_session"]


def live_sales(told, orders, **more):
    options = {"as_of": more.pop("as_of", "2024-03-15")}
    tables = {"promotions": told, "orders_daily": orders, **more}
    values, reasons = compute(LISTED, "seller", **tables, **options)
    name = "I04_live_only_sales"
    return values[name].tolist(), reasons[name].tolist()


def test_units_of_listings_seen_only_on_live_days():
    orders = pd.DataFrame(
        [
            ("l0", "2024-03-01", 6, 100),
            ("l1", "2024-03-01", 5, 10),
            ("l1", "2024-03-02", 0, 3),
            ("l2", "2024-03-01", 0, 4),
        ],
        columns=["listing_id", "date", "units", "views"],
    )
    told = promotions(("c", "l0"), ("c", "l1"))
    values, reasons = live_sales(told, orders)
    # a sold 6 of 6 on live days alone; b's listing was seen the day after; c sold none
    np.testing.assert_equal(values, [1, 0, np.nan])
    assert reasons == ["", "", "no_sales"]
    overnight = told.assign(ts="2024-03-01 23:00", duration_s=[7200, 7200])
    assert live_sales(overnight, orders)[0][:2] == [1, 1]
    assert live_sales(told.assign(type="video"), orders)[0][:2] == [0, 0]


def test_odd_orders_and_sessions_do_no_harm():
    orders = pd.DataFrame(
        {
            "listing_id": ["l0", "l0", None, "l1"],
            "date": ["2024-03-01", "2024-03-03", "2024-03-01", "2024-03-20"],
            "units": [2, -5, 1, 7],
        }
    )
    told = promotions(("c", "l0"), duration_s=[1e12])
    values, reasons = live_sales(told, orders)
    # no views column; a return of five is no sale; b's sales are of later days
    np.testing.assert_equal(values, [1, np.nan, np.nan])
    assert reasons[1] == "no_sales"


def test_the_catalogue_tells_what_is_missing():
    catalogue = signal_catalogue()
    ids = [f"H{i:02d}" for i in range(1, 13)] + [f"I{i:02d}" for i in range(1, 10)]
    rows = catalogue.loc[ids]
    wanted = ["H05", "H12"]
    assert rows.index[rows["status"] == "needs_column"].tolist() == wanted
    enforced = rows.index[rows["leak_risk"] == "label_source"].tolist()
    assert enforced == ["H05", "H06", "I06"]
