import numpy as np
import pandas as pd
import pytest

from iprseg.signals import signal_catalogue
from tests.iprseg.signals.feedback_helpers import (
    BURST,
    F02,
    NOW,
    of_listings,
    of_sellers,
    orders,
    rates,
    returns,
    stars,
)
from tests.iprseg.signals.helpers import compute

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


def test_more_returns_than_units_are_as_many_as_units():
    sold = orders(("l0", "2024-06-25", 2), ("l1", "2024-06-25", 2))
    back = returns(*[("l0", "2024-06-26", 1.0, True)] * 9)
    for signal in ("F02", "F03"):
        values, _ = of_listings(signal, 2, orders_daily=sold, returns=back)
        # two of four units: p0 = 0.5
        np.testing.assert_allclose(
            np.ravel(values), np.repeat([7 / 12, 5 / 12], values.size // 2)
        )


def test_base_rate_of_a_seller_is_of_where_it_sold():
    sold = orders(*[(f"l{i}", "2024-06-25", n) for i, n in enumerate([60, 60, 20, 80])])
    back = returns(
        *[("l1", "2024-06-26", 1.0, True)] * 6, *[("l3", "2024-06-26", 1.0, True)] * 30
    )
    frame = {
        "title": ["x"] * 4,
        "seller_id": ["a", "b"] * 2,
        "category_path": ["c", "c", "d", "d"],
        "created_at": "2020-01-01",
    }
    values, _ = compute(frame, "seller", as_of=NOW, orders_daily=sold, returns=back)
    # 6/120 in c, 30/100 in d; a sold 60 there and 20 here
    base = (60 * 0.05 + 20 * 0.3) / 80
    for name in (*F02, "F03_refund_rate"):
        assert values.loc["a", name] == pytest.approx(10 * base / 90)


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


def test_sales_without_a_value_weigh_nothing():
    sold = orders(*[(f"l{i}", "2024-06-01", 10) for i in range(3)])
    sold["gmv_usd"] = [0.0, 100.0, 100.0]
    back = returns(("l1", "2024-06-02", 10.0, None))
    values, _ = of_sellers(
        "F04_refund_value_ratio", ["a", "b", "a"], orders_daily=sold, returns=back
    )
    # 10 of 200: p0 = 0.05; a unit of a is 10
    np.testing.assert_allclose(values["a"], 10 * 10 * 0.05 / 200)


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
