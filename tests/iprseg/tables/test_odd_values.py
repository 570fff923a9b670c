import pandas as pd

from iprseg.tables import load_tables
from iprseg.tables._odd_values import tell_odd_values
from iprseg.tables.report import Notebook

TODAY = pd.Timestamp("2026-05-01", tz="UTC")


def notes(frame, table="listings"):
    book = Notebook("x")
    tell_odd_values(table, frame, book, TODAY)
    rows = book.report(pd.DataFrame(), pd.DataFrame(), None).problems
    assert set(rows["severity"]) <= {"note"}
    return rows[["column", "what", "n", "examples"]].values.tolist()


def test_odd_dates_are_counted():
    dates = pd.to_datetime(["1970-01-01", "2026-05-01", "2031-01-01", None], utc=True)
    assert notes(pd.DataFrame({"created_at": dates})) == [
        ["created_at", "lies before 1990", 1, "'1970-01-01'"],
        ["created_at", "lies in the future", 1, "'2031-01-01'"],
    ]


def test_the_end_of_a_right_may_lie_ahead():
    dates = pd.to_datetime(["2031-01-01"], utc=True)
    assert notes(pd.DataFrame({"valid_to": dates}), "marks") == []


def test_odd_prices_are_counted():
    frame = pd.DataFrame({"price": [0.0, 0.0, 5.0, 1e9, 2e9, None]})
    assert notes(frame) == [
        ["price", "is 0", 2, "'0.0'"],
        ["price", "is above 1,000,000,000", 1, "'2000000000.0'"],
    ]


def test_odd_values_are_kept():
    listings = {"listing_id": ["a"], "title": ["Hat"], "price": [0]}
    listings["created_at"] = ["2999-01-01"]
    frames, report = load_tables({"listings": pd.DataFrame(listings)})
    assert {"is 0", "lies in the future"} <= set(report.problems["what"])
    assert frames["listings"][["price", "created_at"]].notna().all(axis=None)
