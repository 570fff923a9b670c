import pandas as pd

from iprseg.tables import check_tables

HOSTILE = "<script>alert(1)</script>"


def hostile_report():
    listings = pd.DataFrame(
        {"listing_id": [HOSTILE, HOSTILE], "title": ["a", "b"], HOSTILE: ["x", "y"]}
    )
    return check_tables({"listings": listings})


def test_html_escapes_every_text():
    page = hostile_report()._repr_html_()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_text_tells_rows_columns_and_problems():
    text = str(hostile_report())
    assert text.startswith("Check of the frames given: 0 errors, 1 warning, 1 note")
    assert "listings: 1 of 2 rows kept, 1 set aside" in text
    assert "title (str, 1 distinct)" in text
    assert "WARNING listings.listing_id: rows have the id of an earlier row" in text


def test_worst_problems_come_first():
    listings = pd.DataFrame({"listing_id": ["a", "a"], "price": ["N/A", "x"]})
    severities = check_tables({"listings": listings}).problems["severity"].tolist()
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    assert len(set(severities)) == 3


def test_columns_give_missing_shares_and_origin():
    listings = pd.DataFrame({"listing_id": ["a", "b"], "title": ["x", None]})
    columns = check_tables({"listings": listings}).columns.set_index("column")
    assert columns.loc["title", "missing_share"] == 0.5
    assert columns.loc["title", "taken_from"] == "title"


def test_problems_stand_before_the_columns():
    text = str(hostile_report())
    assert text.index("WARNING") < text.index("Columns of listings:")
