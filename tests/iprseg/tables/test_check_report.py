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
    assert "WARNING listings.listing_id: row has the id of an earlier row" in text


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


def test_one_row_is_told_as_one_and_counted():
    text = str(hostile_report())
    assert "row has the id of an earlier row and differs from it (1)" in text
    assert "this one was set aside" in text
    listings = pd.DataFrame({"listing_id": list("aaa"), "title": ["x", "y", "z"]})
    text = str(check_tables({"listings": listings}))
    assert "rows have the id of an earlier row and differ from it (2)" in text


def test_what_cannot_be_counted_has_no_number():
    report = check_tables({"listings": pd.DataFrame({"listing_id": ["a"]})})
    assert "listings.title: is required and not there; map" in str(report)
