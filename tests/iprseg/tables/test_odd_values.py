import pandas as pd

from iprseg.tables import load_tables
from iprseg.tables.checks import ProblemLog, report_odd_values

TODAY = pd.Timestamp("2026-05-01", tz="UTC")


def notes(frame, table="listings"):
    book = ProblemLog("x")
    report_odd_values(table, frame, book, TODAY)
    rows = book.report(pd.DataFrame(), pd.DataFrame(), None).problems
    return rows[["severity", "column", "what", "n", "examples"]].values.tolist()


def test_odd_dates_are_counted():
    days = ["1970-01-01", "2026-05-02", "2026-05-03", "2031-01-01", None]
    # a day ahead may be a matter of zones
    dates = pd.to_datetime(days, utc=True)
    assert notes(pd.DataFrame({"created_at": dates})) == [
        [
            "warning",
            "created_at",
            "lies in the future, the latest on 2031-01-01",
            2,
            "'2026-05-03', '2031-01-01'",
        ],
        ["note", "created_at", "lies before 1990", 1, "'1970-01-01'"],
    ]


def test_the_end_of_a_right_may_lie_ahead():
    dates = pd.to_datetime(["2031-01-01"], utc=True)
    assert notes(pd.DataFrame({"valid_to": dates}), "marks") == []


def test_odd_prices_are_counted():
    frame = pd.DataFrame({"price": [0.0, 0.0, 5.0, 1e9, 2e9, None]})
    assert notes(frame) == [
        ["note", "price", "is 0", 2, "'0.0'"],
        ["note", "price", "is above 1,000,000,000", 1, "'2000000000.0'"],
    ]


def test_odd_values_are_kept():
    listings = {"listing_id": ["a"], "title": ["Hat"], "price": [0]}
    listings["created_at"] = ["2999-01-01"]
    frames, report = load_tables({"listings": pd.DataFrame(listings)})
    ahead = "lies in the future, the latest on 2999-01-01"
    assert {"is 0", ahead} <= set(report.problems["what"])
    assert frames["listings"][["price", "created_at"]].notna().all(axis=None)
