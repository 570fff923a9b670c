import pandas as pd
import pytest

from iprseg.tables import load_tables
from iprseg.tables.text_files import find_header_row

ROWS = [
    ["Stock list, May 2026", None, None],
    [None, None, None],
    ["item", "Title", "Price"],
    ["1", "Hat", "5.00"],
    ["2", "Cap", "6.00"],
    ["Total", None, "11.00"],
]


def write(path, rows):
    if path.suffix == ".xlsx":
        pd.DataFrame(rows).to_excel(path, header=False, index=False)
    else:
        pd.DataFrame(rows).to_csv(path, header=False, index=False, sep=";")


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_title_line_is_kept_aside_and_a_total_warned_of(tmp_path, name):
    write(tmp_path / name, ROWS)
    frames, report = load_tables(tmp_path / name)
    assert frames["listings"]["title"].tolist()[:2] == ["Hat", "Cap"]
    problems = report.problems.set_index("what")
    above = problems.loc["rows stand above the header"]
    assert (above["severity"], above["n"]) == ("note", 2)
    assert "Stock list, May 2026" in above["examples"]
    kept = next(rows for rows in report.set_aside.values() if "text" in rows)
    assert kept["text"].tolist() == ["Stock list, May 2026", ""]
    total = problems.loc["the last row looks like a total, not like a listing"]
    assert (total["severity"], total["what_was_done"]) == (
        "warning",
        "kept; take it out",
    )


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [["title"], ["Hat"]],
        [["title", ""], ["Hat", "red"], ["title", "price"]],
        [["Notes", ""], ["red", "blue"], ["green", "grey"]],
        [["Notes", ""], ["5", "title"]],
    ],
)
def test_the_first_row_is_the_header_where_nothing_speaks_against_it(rows):
    assert find_header_row(rows or [[]]) == 0


def test_commas_in_a_single_column_are_no_second_one(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("title\nHat, red\nCap, blue\n")
    assert load_tables(path)[0]["listings"]["title"].tolist() == [
        "Hat, red",
        "Cap, blue",
    ]


def test_a_bare_title_line_does_not_hide_the_delimiter(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Stock of May\nTitle,Price\nHat,5\nCap,6\n")
    assert load_tables(path)[0]["listings"]["price"].tolist() == [5, 6]
