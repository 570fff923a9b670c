import numpy as np
import pandas as pd
import pytest

from iprseg.signals import signal_catalogue
from tests.iprseg.signals.helpers import compute

NOW = "2024-06-30"
F02 = [f"F02_return_fake_rate_{days}" for days in (7, 30, 90)]


def orders(*rows):
    frame = pd.DataFrame(rows, columns=["listing_id", "date", "units"])
    return frame.assign(gmv_usd=frame["units"] * 10.0)


def returns(*rows):
    columns = ["listing_id", "ts", "refunded_usd", "is_counterfeit_reason"]
    return pd.DataFrame(rows, columns=columns)


def stars(*rows):
    frame = pd.DataFrame(rows, columns=["listing_id", "ts", "stars", "text"])
    return frame.assign(review_id=[f"r{i}" for i in range(len(frame))], lang="en")


def of_sellers(signal, owners, **tables):
    values, reasons = compute(
        {
            "title": ["x"] * len(owners),
            "seller_id": owners,
            "created_at": "2020-01-01",
        },
        level="seller",
        as_of=NOW,
        **tables,
    )
    names = [signal] if isinstance(signal, str) else signal
    return values[names].squeeze(axis=1), reasons[names].squeeze(axis=1)


def of_listings(signal, n, **tables):
    more = {k: tables.pop(k) for k in ("category_path", "market") if k in tables}
    frame = {"title": ["x"] * n, "created_at": "2020-01-01", **more}
    frame = pd.DataFrame(frame, index=range(n))
    values, reasons = compute(frame, as_of=NOW, **tables)
    return values[signal], reasons[signal]


SOLD = orders(
    ("l0", "2024-06-25", 10),
    ("l0", "2024-06-10", 10),
    ("l1", "2024-06-25", 30),
    ("l1", "2024-05-01", 50),
)
BACK = returns(
    ("l0", "2024-06-26", 10.0, True),
    ("l0", "2024-06-26", 10.0, True),
    ("l0", "2024-06-12", 0.0, True),
    ("l1", "2024-05-02", 10.0, False),
)


def rates(frame):
    # three columns share the id F02: `compute` gives them one short name
    return frame.to_numpy(dtype=float)


def test_fake_returns_are_shrunk_in_each_window():
    values, reasons = of_listings("F02", 3, orders_daily=SOLD, returns=BACK)
    # p0: 2/40, 3/50 and 3/100 (the last two of the place, which is all there is)
    expected = [
        [(2 + 10 * 2 / 40) / 20, (3 + 10 * 3 / 50) / 30, (3 + 10 * 3 / 100) / 30],
        [(10 * 2 / 40) / 40, (10 * 3 / 50) / 40, (10 * 3 / 100) / 90],
        [np.nan] * 3,
    ]
    np.testing.assert_allclose(rates(values), expected)
    assert reasons.iloc[2].tolist() == ["no_orders"] * 3


def test_fake_returns_of_a_seller_are_pooled():
    values, reasons = of_sellers(
        F02, ["a", "b", "idle"], orders_daily=SOLD, returns=BACK
    )
    np.testing.assert_allclose(
        values.loc["a"], [2.5 / 20, 3.6 / 30, (3 + 10 * 3 / 100) / 30]
    )
    assert reasons.loc["idle"].tolist() == ["no_orders"] * 3
    both, _ = of_sellers(F02, ["a", "a"], orders_daily=SOLD, returns=BACK)
    # one seller alone: k/n is p0 itself
    np.testing.assert_allclose(both.iloc[0], [2 / 40, 3 / 50, 3 / 100])


def test_base_rate_is_of_the_place_where_enough_was_sold():
    sold = orders(
        ("l0", "2024-06-25", 60), ("l1", "2024-06-25", 60), ("l2", "2024-06-25", 10)
    )
    back = returns(*[("l0", "2024-06-26", 1.0, True)] * 6)
    values, _ = of_listings(
        "F03", 3, orders_daily=sold, returns=back, category_path=["a", "b", "c"]
    )
    # a: 6/60; b: 0/60; c has fewer than 50 units, so 6/130 of all
    np.testing.assert_allclose(values, [0.1, 0.0, 10 * 6 / 130 / 20])


def test_refunds_need_money_back():
    values, reasons = of_listings("F03", 3, orders_daily=SOLD, returns=BACK)
    # two of l0's 20 units and one of l1's 80 were refunded: p0 = 3/100
    np.testing.assert_allclose(values, [2.3 / 30, 1.3 / 90, np.nan])
    assert reasons.iloc[2] == "no_orders"


def test_refunds_of_sellers():
    values, reasons = of_sellers(
        "F03_refund_rate", ["a", "a", "idle"], orders_daily=SOLD, returns=BACK
    )
    np.testing.assert_allclose(values, [0.03, np.nan])
    assert reasons["idle"] == "no_orders"


def test_refunded_value():
    sold = orders(("l0", "2024-06-01", 10), ("l1", "2024-06-01", 30))
    back = returns(("l0", "2024-06-02", 40.0, None), ("l1", "2024-06-02", 0.0, None))
    values, _ = of_sellers(
        "F04_refund_value_ratio", ["a", "b"], orders_daily=sold, returns=back
    )
    # 40 of 400 in all: p0 = 0.1; a unit of either is 10, ten more are 100
    np.testing.assert_allclose(values, [(40 + 10) / 200, 10 / 400])


def test_ratings_at_the_poles():
    told = stars(
        *[("l0", "2024-06-01", s, None) for s in (1, 5, 5, 3)],
        *[("l1", "2024-06-01", s, None) for s in (4, 2)],
        *[("l2", "2024-06-01", s, None) for s in (0, None, 99)],
    )
    values, reasons = of_listings("F05", 3, reviews=told)
    # poles 3 of 6, ones 1 of 6
    np.testing.assert_allclose(
        rates(values),
        [
            [(3 + 5) / 14, (1 + 10 / 6) / 14],
            [5 / 12, 10 / 6 / 12],
            [np.nan, np.nan],
        ],
    )
    assert reasons.iloc[2].tolist() == ["no_ratings"] * 2


BURST = [
    ("l0", "2024-06-01 10:00", 5, "Great bag, fast delivery, love it!!"),
    ("l0", "2024-06-01 22:00", 5, "GREAT BAG - fast delivery, love it 1"),
    ("l0", "2024-06-02 09:00", 5, "Great bags, fast delivery, love it"),
    ("l0", "2024-06-10 10:00", 5, "Great bag, fast delivery, love it!"),
    ("l0", "2024-06-01 10:00", 5, "Leather smells a little, else fine"),
    ("l1", "2024-06-01 10:00", 5, "good"),
    ("l1", "2024-06-01 11:00", 5, "good"),
    ("l2", "2024-06-01 11:00", 2, "Great bag, fast delivery, love it"),
]


def test_seeded_praise_repeats_within_a_day():
    values, reasons = of_listings("F06", 3, reviews=stars(*BURST))
    # of l0 the first three of five repeat (one letter of 27 apart: 0.96), the fourth is
    # days later; "good" is too short to tell: p0 = 3/7
    np.testing.assert_allclose(values, [(3 + 30 / 7) / 15, (30 / 7) / 12, np.nan])
    assert reasons.iloc[2] == "no_five_star_texts"


@pytest.mark.parametrize(
    ("one", "other", "repeats"),
    [
        ("สินค้าคุณภาพดีมากส่งไว", "สินค้าคุณภาพดีมากส่งไว!!", True),
        ("质量很好物流快推荐", "质量很好，物流快，推荐", True),
        ("Отличная сумка, спасибо", "Ужасная куртка, вернула", False),
        ("aaaaaaaaaa bbbbbbbbbb", "aaaaaaaaaa cccccccccc", False),
        ("😀😀😀😀😀😀😀", "😀😀😀😀😀😀😀", False),
    ],
)
def test_likeness_of_praise(one, other, repeats):
    told = stars(("l0", "2024-06-01", 5, one), ("l0", "2024-06-01", 5, other))
    values, _ = of_listings("F06", 1, reviews=told)
    assert values.iloc[0] == repeats


def test_velocity_over_age():
    sellers = pd.DataFrame(
        {"seller_id": ["a", "b", "c"], "created_at": ["2024-06-20", "2020-01-01", None]}
    )
    sold = orders(
        ("l0", "2024-06-25", 33),
        ("l0", "2024-05-25", 500),
        ("l1", "2024-05-25", 500),
        ("l2", "2024-06-25", 5),
    )
    values, reasons = of_sellers(
        "F09_velocity_vs_age",
        ["a", "b", "c", "idle"],
        sellers=sellers,
        orders_daily=sold,
    )
    # a: 33 units in 30 days, 10 days old; b sold before, nothing in these days
    np.testing.assert_allclose(
        values[["a", "b", "idle", "c"]], [33 / 11, 0, np.nan, np.nan]
    )
    assert reasons["idle"] == "no_orders"


LATER = {
    "orders_daily": orders(("l0", "2024-06-30", 999), ("l1", "2031-01-01", 999)),
    "returns": returns(("l0", NOW, 99.0, True), ("l1", "2031-01-01", 99.0, True)),
    "reviews": stars(
        *[("l0", NOW, 1, "Great bag, fast delivery, love it")] * 3,
        ("l1", "2031-01-01", 5, "Great bag, fast delivery, love it"),
        ("l1", "2031-01-01", 5, "Great bag, fast delivery, love it"),
    ).assign(review_id=list("abcde")),
}


@pytest.mark.parametrize("level", ["listing", "seller"])
def test_what_came_later_changes_nothing(level):
    known = {"orders_daily": SOLD, "returns": BACK, "reviews": stars(*BURST)}
    sellers = pd.DataFrame(
        {"seller_id": ["a", "b"], "created_at": ["2024-06-20", "2020-01-01"]}
    )
    listings = {"title": ["x"] * 2, "seller_id": ["a", "b"], "created_at": "2020-01-01"}
    more = {
        name: pd.concat([frame, LATER[name]], ignore_index=True)
        for name, frame in known.items()
    }
    before, _ = compute(listings, level, as_of=NOW, sellers=sellers, **known)
    after, _ = compute(listings, level, as_of=NOW, sellers=sellers, **more)
    mine = [c for c in before if c.startswith("F")]
    assert before[mine].notna().to_numpy().any()
    pd.testing.assert_frame_equal(before[mine], after[mine])


def test_hostile_values_give_numbers_or_reasons():
    sold = pd.DataFrame(
        {
            "listing_id": ["l0", "l0", "l1", "l2", None],
            "date": ["2024-06-25"] * 5,
            "units": [-5, 10, None, 1e12, 3],
            "gmv_usd": [-5.0, 0.0, None, 1e12, 3],
        }
    )
    back = returns(
        ("l0", "2024-06-26", -9.0, None),
        ("l1", None, None, True),
        ("l2", "2024-06-26", 1e15, True),
        ("nowhere", "2024-06-26", 1.0, True),
    )
    told = stars(("l0", None, None, None), ("l1", "2024-06-01", None, "x" * 100_000))
    names = [*F02, "F03_refund_rate", "F04_refund_value_ratio"]
    values, reasons = of_sellers(
        names, ["a", "b", "c"], orders_daily=sold, returns=back, reviews=told
    )
    assert values.loc["b"].isna().all() and (reasons.loc["b"] == "no_orders").all()
    assert values.loc["a", F02].eq(values.loc["a", F02].iloc[0]).all()
    shares = values.stack().dropna()
    assert shares.between(0, 1 + 1e-9).all() and len(shares) == 9
    assert (reasons.ne("") == values.isna()).all(axis=None)


@pytest.mark.parametrize("table", ["orders_daily", "returns"])
def test_a_table_that_is_absent_is_the_reason(table):
    tables = {"orders_daily": SOLD, "returns": BACK}
    del tables[table]
    for column, reason in (
        ("F02_return_fake_rate", f"table_absent: {table}"),
        ("F03_refund_rate", f"table_absent: {table}"),
        ("F04_refund_value_ratio", f"table_absent: {table}"),
    ):
        values, reasons = of_sellers(column, ["a"], **tables)
        assert np.isnan(values.iloc[0]) and reasons.iloc[0] == reason


def test_what_has_no_column_says_so():
    family = signal_catalogue().query("family == 'feedback'")
    assert family.index.tolist() == [f"F{i:02}" for i in range(1, 11)]
    needy = family.index[family["status"] == "needs_column"]
    assert needy.tolist() == ["F07", "F08", "F10"]
    assert not {"F07", "F08", "F10"} & set(compute({"title": ["x"]})[0])
