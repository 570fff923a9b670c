import pandas as pd
import pytest

from iprseg.brands.brand_list import BrandList
from iprseg.signals.inputs import Inputs, find_last_time
from iprseg.simulate import make_marketplace
from tests.iprseg.signals.helpers import compute

LAST = pd.Timestamp("2024-05-30", tz="UTC")
AHEAD = pd.Timestamp("2099-01-01", tz="UTC")


def test_the_future_is_no_last_time():
    one, two = pd.Series([LAST, AHEAD, pd.NaT]), pd.Series([AHEAD])
    assert find_last_time([one, two]) == LAST
    assert find_last_time([two]) is pd.NaT and find_last_time([]) is pd.NaT


def test_a_zone_ahead_is_no_future():
    soon = pd.Timestamp.now("UTC") + pd.Timedelta(hours=14)
    assert find_last_time([pd.Series([LAST, soon])]) == soon


@pytest.mark.parametrize("where", ["listing", "order", "account"])
def test_one_row_ahead_leaves_the_windows_of_the_others(where):
    listings = pd.DataFrame({"listing_id": ["l0", "l1", "l2"]})
    listings = listings.assign(title="Zephyra bag", created_at="2024-05-02")
    listings["seller_id"] = ["s", "s", "t"]
    orders = pd.DataFrame({"listing_id": ["l0", "l1", "l2"], "date": "2024-05-29"})
    orders = orders.assign(orders=10, units=10, gmv_usd=100.0)
    accounts = pd.DataFrame({"seller_id": ["s", "t"], "created_at": "2024-05-01"})
    tables = {"listings": listings, "orders_daily": orders, "sellers": accounts}
    named = ["F09_velocity_vs_age", "E02_new_account_highvalue"]

    def of_the_first():
        values, _ = compute(tables["listings"], "seller", **others)
        return values.loc["s", named].tolist()

    others = {name: one for name, one in tables.items() if name != "listings"}
    expected = of_the_first()
    table, column = {
        "listing": (listings, "created_at"),
        "order": (orders, "date"),
        "account": (accounts, "created_at"),
    }[where]
    table.loc[len(table) - 1, column] = "2099-01-01"
    assert expected[0] > 0 and expected[1] == 1
    assert of_the_first() == expected


def test_a_simulated_marketplace_keeps_its_last_time():
    tables = make_marketplace(200, 40, 0, 1).tables
    del tables["seller_identity"]
    now = Inputs(tables, BrandList.from_names(["Zephyra"])).now
    # nothing happens there from 2026 on, and something does in its last days
    end = pd.Timestamp("2026-01-01", tz="UTC")
    assert pd.Timedelta(0) <= end - now < pd.Timedelta(days=7)
