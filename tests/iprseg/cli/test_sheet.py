"""The table of cohorts for a spreadsheet: plain words, and no formula in it."""

from types import SimpleNamespace

import pandas as pd

from iprseg.cohorts.lift import add_block_parts
from iprseg.report.sheets import write_cohort_sheet, write_csv, write_outlier_sheet
from tests.iprseg.report.small_report import make_cohorts


def written(tmp_path, cohorts):
    result = SimpleNamespace(level="listing", cohorts=cohorts)
    write_cohort_sheet([result], tmp_path / "cohorts.csv")
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
        "with replica wording: 30% here, 10% elsewhere"
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
    write_outlier_sheet([listings, sellers], tmp_path / "outliers.csv", titles)
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
