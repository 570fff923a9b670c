"""The golden comparison finds what is planted, and nothing else."""

import json

import numpy as np
import pandas as pd
import pytest

from benchmarks._golden_compare import Difference, Masks, compare_folders
from benchmarks._golden_parts import NEEDS_NO_DEMO, PARTS, choose_parts
from benchmarks.golden import Accepted, list_differences, make_masks, read_accepted

TABLE = pd.DataFrame(
    {
        "id": ["L1", "L2", "L3"],
        "name": ["bags", "cups", None],
        "score": [0.125, 2.5, np.nan],
        "size": [3, 4, 5],
        "terms": [["a", "b"], [], ["c"]],
    }
)
PAGE = (
    "<p>2026-12-01</p><b>iprseg</b> <bdi>{version}</bdi>\n<p>{told} of {root}/out</p>\n"
)


@pytest.fixture
def folders(tmp_path):
    """Two folders with the same results of two runs."""
    both = [tmp_path / "old", tmp_path / "new"]
    for version, folder in enumerate(both):
        folder.mkdir()
        write_table(folder, TABLE)
        page = PAGE.format(version=version, told="3 cohorts", root=folder)
        (folder / "report.html").write_text(page)
        (folder / "run.json").write_text(json.dumps({"run_id": version, "rows": [1.5]}))
        (folder / "mapping.yaml").write_text("# draft\ntitle: name\n")
        (folder / "labels.db").write_text(str(version))
    return both


def write_table(folder, table):
    table.to_parquet(folder / "found.parquet", index=False)
    flat = table.drop(columns="terms")
    flat.to_csv(folder / "found.csv", index=False)
    flat.to_excel(folder / "found.xlsx", index=False)


def compare(folders, **more):
    texts = {str(folder): "<root>" for folder in folders}
    return compare_folders(*folders, Masks(texts, **more))[1]


def test_two_runs_of_the_same_are_equal(folders):
    assert compare(folders) == []


def test_floats_may_move_by_a_billionth_and_no_more(folders):
    write_table(folders[1], TABLE.assign(score=TABLE["score"] * (1 + 1e-11)))
    assert compare(folders) == []
    write_table(folders[1], TABLE.assign(score=TABLE["score"] * (1 + 1e-7)))
    assert {(one.file, one.column) for one in compare(folders)} == {
        (f"found.{kind}", "score") for kind in ("csv", "xlsx", "parquet")
    }


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("name", "caps", "L2: 'cups' → 'caps'"),
        ("name", None, "L2: 'cups' → "),
        ("score", np.nan, "L2: '2.5' → "),
        ("size", 5, "L2: '4' → '5'"),
    ],
)
def test_one_changed_cell_is_named_in_every_kind_of_file(folders, column, value, told):
    changed = TABLE.copy()
    changed.loc[1, column] = value
    write_table(folders[1], changed)
    found = compare(folders)
    assert {one.file for one in found} == {
        "found.csv",
        "found.xlsx",
        "found.parquet",
    }
    assert all(one.column == column and told in one.text for one in found)


def test_a_changed_list_in_a_cell_is_found(folders):
    changed = TABLE.assign(terms=[["a", "x"], [], ["c"]])
    changed.to_parquet(folders[1] / "found.parquet", index=False)
    (found,) = compare(folders)
    assert (found.column, found.file) == ("terms", "found.parquet")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda table: table.iloc[[1, 0, 2]], "the order differs, first at row 1"),
        (lambda table: table.iloc[:2], "L3: the row is gone"),
        (lambda table: table.rename(columns={"size": "rows"}), "the column is gone"),
        (lambda table: table.assign(more=1), "a new column"),
        (lambda table: table.astype({"size": "int32"}), "type int64 → int32"),
    ],
)
def test_rows_columns_and_types_are_compared(folders, change, told):
    change(TABLE).to_parquet(folders[1] / "found.parquet", index=False)
    assert told in " ".join(map(str, compare(folders)))


def test_of_times_only_whether_there_is_one_is_compared(folders):
    for folder, day in zip(folders, ("2026-01-01", "2026-01-02"), strict=True):
        times = pd.to_datetime([day, day, None], utc=True)
        timed = TABLE.assign(labeled_at=times)
        timed.to_parquet(folder / "found.parquet", index=False)
    assert compare(folders) == []
    timed.assign(labeled_at=times[::-1]).to_parquet(
        folders[1] / "found.parquet", index=False
    )
    assert [one.text[:2] for one in compare(folders)] == ["L1", "L3"]


def test_differences_are_shown_by_file_and_column():
    names = [Difference("cohorts.csv", f"L{i}: changed", "name") for i in range(9)]
    sizes = [Difference("cohorts.csv", "L1: changed", "size")]
    assert list_differences(names + sizes, 1) == [
        "- cohorts.csv, name: L0: changed (and 8 more there)",
        "- … and 1 more elsewhere",
    ]


def test_whole_numbers_of_a_csv_are_exact(folders):
    for folder, number in zip(folders, (10**12, 10**12 + 1), strict=True):
        (folder / "found.csv").write_text(f"id,n\nL1,{number}\n")
    (found,) = compare(folders)
    assert found.column == "n"


def test_another_way_of_writing_a_csv_is_told(folders):
    flat = TABLE.drop(columns="terms")
    flat.to_csv(folders[1] / "found.csv", index=False, encoding="utf-8-sig")
    (found,) = compare(folders)
    assert "written otherwise" in found.text


def test_text_pages_and_documents_are_compared(folders):
    page = PAGE.format(version=1, told="4 cohorts", root=folders[1])
    (folders[1] / "report.html").write_text(page)
    (folders[1] / "run.json").write_text(json.dumps({"run_id": 7, "rows": [1.6]}))
    (folders[1] / "mapping.yaml").write_text("# drafted\ntitle: name\n")
    found = {one.file: one for one in compare(folders)}
    assert "'<p>3 cohorts" in found["report.html"].text
    assert found["run.json"].column == "rows[0]"
    assert "'# draft" in found["mapping.yaml"].text
    assert len(found) == 3


def test_missing_and_new_files_are_told_and_renamed_ones_compared(folders):
    (folders[1] / "found.csv").rename(folders[1] / "listings.csv")
    told = [str(one) for one in compare(folders)]
    assert told == ["found.csv: the file is gone", "listings.csv: a new file"]
    assert compare(folders, files=((r"found\.csv", "listings.csv"),)) == []


def test_a_renamed_column_is_compared_with_its_new_name(folders):
    changed = TABLE.rename(columns={"score": "suspicion"})
    changed.loc[0, "suspicion"] = 9.0
    changed.to_parquet(folders[1] / "found.parquet", index=False)
    entry = Accepted("a better word", file=".*", column="score", renamed="suspicion")
    masks = make_masks([entry], "demo", {str(one): "<root>" for one in folders})
    (found,) = [
        one
        for one in compare_folders(*folders, masks)[1]
        if one.file == "found.parquet"
    ]
    assert (found.column, found.text) == ("suspicion", "L1: '0.125' → '9.0'")


def test_an_accepted_difference_matches_part_file_column_and_text():
    entry = Accepted("meant", part="demo|gold", file=r".*\.csv", column="name")
    difference = Difference("cohorts.csv", "L2: 'cups' → 'caps'", "name")
    assert entry.covers("demo", difference)
    assert not entry.covers("track", difference)
    assert not entry.covers("demo", Difference("cohorts.csv", "…", "size"))
    assert not Accepted("meant", text="mugs").covers("demo", difference)


def test_an_accepted_change_needs_its_reason(tmp_path):
    file = tmp_path / "accept.yaml"
    file.write_text("- part: demo\n  reason: a better name\n")
    assert read_accepted(file)[0].reason == "a better name"
    file.write_text("- part: demo\n")
    with pytest.raises(SystemExit, match="an entry has no reason"):
        read_accepted(file)


def test_a_part_brings_the_demo_whose_files_it_reads():
    assert choose_parts(["track"]) == ["demo", "track"]
    assert choose_parts(["hash"]) == ["hash"]
    assert choose_parts(None) == list(PARTS)
    assert set(NEEDS_NO_DEMO) <= set(PARTS)
