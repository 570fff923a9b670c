"""The table of cohorts for a spreadsheet: plain words, and no formula in it."""

from types import SimpleNamespace
from zipfile import ZipFile

import pandas as pd

from iprseg.cohorts.lift import add_block_parts
from iprseg.report.sheets import (
    BookSheet,
    build_cohort_sheet,
    build_member_sheet,
    build_outlier_sheet,
    list_result_sheets,
    write_csv,
    write_workbook,
)
from tests.iprseg.report.small_report import make_cohorts


def written(tmp_path, cohorts):
    result = SimpleNamespace(level="listing", cohorts=cohorts)
    write_csv(build_cohort_sheet([result]), tmp_path / "cohorts.csv")
    return pd.read_csv(tmp_path / "cohorts.csv").set_index("cohort")


def test_blocks_signals_and_queries_are_told_in_one_cell_each(tmp_path):
    shares = pd.DataFrame({"price": [0.7, None], "meaning": [0.3, None]}, index=[1, 2])
    cohorts = make_cohorts(3)
    cohorts.loc[1, "rule_sql"] = "SELECT 1\nFROM signals"
    sheet = written(tmp_path, add_block_parts(cohorts, shares))
    assert sheet["set_apart_by"].fillna("").to_dict() == {
        0: "",
        1: "price 70 %, kind of goods 30 %",
        2: "",
        -1: "",
    }
    assert sheet.loc[1, "rule_sql"] == "SELECT 1 FROM signals"
    assert sheet.loc[1, "signals"].endswith(
        "with replica wording: 30 % here, 10 % elsewhere"
    )
    assert set(sheet["stability"]) == {"not measured"}


def test_no_cell_is_a_formula(tmp_path):
    cohorts = make_cohorts(3)
    cohorts["name"] = "=HYPERLINK(1)"
    cohorts["terms"] = [["@SUM(1)", "b"]] * len(cohorts)
    cohorts["examples"] = [["+1+1"]] * len(cohorts)
    sheet = written(tmp_path, cohorts)
    text = sheet[["name", "terms", "typical"]].stack().dropna()
    assert len(text) == 12 and text.str.startswith("'").all()


def test_outliers_are_one_row_each_and_no_formula(tmp_path):
    found = pd.DataFrame(
        {
            "suspicion": [6.5, 3.2],
            "signals": [["=SUM(1)", "b"], ["c"]],
            "protective": [0.0, -1.0],
            "protective_score": [None, 0.5],
        },
        index=["L7", "L3"],
    )
    titles = pd.Series({"L3": "Bag", "L7": "@cmd"})
    listings = SimpleNamespace(level="listing", outliers=found)
    sellers = SimpleNamespace(level="seller", outliers=found.iloc[:0])
    outliers = build_outlier_sheet([listings, sellers], titles)
    write_csv(outliers, tmp_path / "outliers.csv")
    sheet = pd.read_csv(tmp_path / "outliers.csv")
    assert sheet[["level", "order", "id"]].to_numpy().tolist() == [
        ["listing", 1, "L7"], ["listing", 2, "L3"],
    ]  # fmt: skip
    assert sheet["signals"].tolist() == ["'=SUM(1); b", "c"]
    assert sheet["title"].tolist() == ["'@cmd", "Bag"]


def test_a_csv_is_marked_quoted_and_without_wide_formulas(tmp_path):
    signs = ["\uff1d", "\uff0b", "\uff0d", "\uff20", "="]
    titles = [f"{sign}SUM(A1)" for sign in signs] + ["Bag;=1+1", 'say "hi"']
    table = pd.DataFrame(
        {"title": titles, "rate": [0.1234567, float("inf")] + [1.0] * 5}
    )
    path = tmp_path / "any.csv"
    write_csv(table, path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert all(line.startswith('"') and line.endswith('"') for line in lines)
    assert '"Bag;=1+1","1"' in lines
    read = pd.read_csv(path)
    assert list(read["title"]) == [f"'{one}" for one in titles[:5]] + titles[5:]
    assert read["rate"].iloc[0] == 0.123457 and pd.isna(read["rate"].iloc[1])
    assert table["title"].iloc[0] == "\uff1dSUM(A1)"  # the caller's table is untouched


def make_result(level, ids, cohorts, **more):
    names = pd.DataFrame(
        {"name": ["Bags", "Shoes", "Not in any cohort"], "risk_rank": [2.0, 1.0, None]},
        index=[0, 1, -1],
    )
    return SimpleNamespace(
        level=level,
        cohorts=names,
        assignments=pd.Series(cohorts, index=ids),
        strength=pd.Series([0.5, 1.0, 0.25, 0.75][: len(ids)], index=ids),
        member_reasons=pd.Series(["", "low price", "", "=1+1"][: len(ids)], index=ids),
        **more,
    )


def test_members_stand_in_the_order_for_review_with_what_speaks_against_them():
    titles = pd.Series({"L1": "bag", "L2": "bag 2", "L3": "shoe", "L4": "other"})
    listings = make_result("listing", ["L1", "L2", "L3", "L4"], [0, 0, 1, -1])
    sellers = make_result("seller", ["S1", "S2"], [1, 0])
    sheet = build_member_sheet([listings, sellers], titles)
    assert sheet["id"].tolist() == ["L3", "L2", "L1", "L4", "S1", "S2"]
    assert sheet["title"].tolist()[:4] == ["shoe", "bag 2", "bag", "other"]
    assert sheet["cohort_name"].tolist()[0] == "Shoes"
    assert sheet["risk_rank"].tolist()[:3] == [1, 2, 2]
    assert sheet["reasons"].tolist() == ["", "low price", "", "=1+1", "", "low price"]


def test_columns_stand_alike_whatever_the_levels(tmp_path):
    plain, rated = make_cohorts(3), make_cohorts(3)
    plain = plain.drop(columns="sellers", errors="ignore")
    rated["sellers"], rated["rate"] = 4, 0.1
    one, two = (
        SimpleNamespace(level=level, cohorts=cohorts)
        for level, cohorts in (("listing", plain), ("seller", rated))
    )
    both = [build_cohort_sheet(results) for results in ([one, two], [two, one])]
    assert both[0].columns.tolist() == both[1].columns.tolist()
    assert both[0].columns.tolist().index("sellers") == 6


HOSTILE = [
    "=HYPERLINK(\"http://a.example\")", "http://a.example/x", "@SUM(1)", "a\x00\x1bb",
    "x" * 40_000, "00123",
]  # fmt: skip


def test_a_workbook_holds_text_as_text_and_no_live_cell(tmp_path):
    from openpyxl import load_workbook

    path = tmp_path / "any.xlsx"
    table = pd.DataFrame({"title": HOSTILE, "share": 0.25})
    write_workbook(path, [BookSheet("Members, listings", table)], {"Run": "=1+1"})
    with ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    assert not any(b"<f>" in part or b"hyperlink" in part for part in parts.values())
    book = load_workbook(path)
    page = book["Members, listings"]
    rows = list(page.iter_rows(values_only=True))
    assert rows[0] == ("Title", "Share of all")
    assert [row[0] for row in rows[1:4]] == HOSTILE[:3]
    assert rows[4][0] == "ab" and rows[6][0] == "00123"
    assert len(rows[5][0]) == 32_767 and rows[5][0].endswith("(cut)")
    assert page["B2"].number_format == "0.0%" and page.freeze_panes == "C2"
    assert book["About"]["B1"].value == "=1+1"


def test_a_sheet_of_too_many_rows_says_where_the_rest_is(monkeypatch):
    monkeypatch.setattr("iprseg.report.sheets._MAX_MEMBER_ROWS", 3)
    cohorts = pd.DataFrame({"level": ["listing"], "cohort": [0]})
    members = pd.DataFrame({"level": "listing", "id": list("abcde")})
    sheets = {one.name: one for one in list_result_sheets(cohorts, cohorts, members)}
    assert sheets["Members, listings"].table["id"].tolist() == ["a", "b", "c"]
    assert sheets["Members, listings"].note.startswith("2 more rows are in members.csv")
