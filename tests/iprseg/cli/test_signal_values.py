"""`iprseg signals values`: the table an analyst opens in Excel."""

import openpyxl
import pandas as pd
import pytest

QUERY = """-- X01 price_again: the price.
-- level: listing
-- columns: listings.price
-- missing: no_price
SELECT listing_id AS id, price AS value FROM listings WHERE price > 5
"""
HOSTILE = '=HYPERLINK("http://x.example")'


@pytest.fixture
def tables(tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    listings = pd.DataFrame(
        {
            "listing_id": ["007", HOSTILE, "сумка"],
            "title": ["Hat", "Zephyra bag, master copy", "Cap"],
            "price": [5.0, 9.5, 8.0],
        }
    )
    listings.to_csv(folder / "listings.csv", index=False)
    return folder


@pytest.fixture
def own(tmp_path):
    file = tmp_path / "X01_price_again.sql"
    file.write_text(QUERY, encoding="utf-8")
    return file


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_values_and_reasons_as_a_table(run, tables, own, tmp_path, kind):
    out = tmp_path / "new" / f"signals.{kind}"
    words = ("--level", "listing", "--own", own, "--reasons", "--out", out)
    outcome = run("signals", "values", tables, *words)
    assert outcome.code == 0, outcome.err
    assert "signals of 3 listings" in outcome.told
    read = {"csv": pd.read_csv, "xlsx": pd.read_excel, "parquet": pd.read_parquet}
    kept = {} if kind == "parquet" else {"dtype": {"listing_id": str}}
    values = read[kind](out, **kept).set_index("listing_id")
    safe = HOSTILE if kind == "parquet" else "'" + HOSTILE
    assert sorted(values.index) == sorted(["007", safe, "сумка"])
    assert values["X01_price_again"].reindex(["007", safe]).isna().tolist() == [
        True,
        False,
    ]
    assert values.loc[safe, "X01_price_again"] == 9.5
    assert values.loc[safe, "A07_replica_lexicon_hit"] > 0
    why = read[kind](out.with_name(f"signals.reasons.{kind}"), **kept)
    assert list(why.columns) == ["listing_id", *values.columns]
    assert why.set_index("listing_id").loc["007", "X01_price_again"] == "no_price"


def test_no_cell_of_a_workbook_is_a_formula(run, tables, tmp_path):
    out = tmp_path / "signals.xlsx"
    assert run("signals", "values", tables, "--out", out).code == 0
    cells = [cell for row in openpyxl.load_workbook(out).active.rows for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    # no reasons were asked for
    assert not out.with_name("signals.reasons.xlsx").exists()


def test_the_help_tells_of_signals_of_ones_own(run):
    outcome = run("signals", "values", "--help")
    assert outcome.code == 0 and "docs/own_signals.md" in outcome.told


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--out", "s.txt"), "--out must be a file that ends in .csv, .xlsx or"),
        (("--out", "."), "--out must be a file that ends in .csv"),
        (("--level", "shop"), "'level' parameter of iprseg signals values"),
        (("--own", "X01_not_there.sql"), "there is no such file"),
        (("--own", "X01_a.sql", "--own", "b/X01_a.sql"), "rename one"),
        # the option is named, not the parameter of Python
        (("--level", "creator"), "which no table holds; use --level listing."),
        (("--level", "seller"), "no listing has a 'seller_id'; use --level listing."),
    ],
)
def test_what_cannot_be_written_is_one_sentence(
    run, tables, tmp_path, monkeypatch, words, sentence
):
    monkeypatch.chdir(tmp_path)
    error = run("signals", "values", tables, *words).error
    assert sentence in error and "level=" not in error


def test_more_rows_than_a_sheet_holds(tmp_path, monkeypatch):
    from iprseg.cli import signals
    from iprseg.errors import IprsegError

    monkeypatch.setattr(signals, "_EXCEL_ROWS", 1)
    table = pd.DataFrame({"a": [1.0, 2.0]}, index=pd.Index(["x", "y"], name="id"))
    with pytest.raises(IprsegError, match=r"2 rows are more than .*\.parquet"):
        signals.write_values(table, tmp_path / "s.xlsx")
    assert not (tmp_path / "s.xlsx").exists()
