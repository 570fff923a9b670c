"""`iprseg track` on two small folders of cohorts, and on what is none."""

import pandas as pd
import pytest

from iprseg.report.results import record_run

HOSTILE = '=HYPERLINK("http://x.example")\x1b[31m\u202e[bold]'
NAMES = {0: "Ordinary bags", 1: "Bags naming a brand", 2: HOSTILE, -1: "in no cohort"}


def _write(folder, letters: str, level: str = "listing"):
    folder.mkdir()
    cohorts = [-1 if sign == "z" else ord(sign) - ord("a") for sign in letters]
    table = pd.DataFrame({"cohort": cohorts}).assign(level=level)
    table["entity_id"] = [f"L{place}" for place in range(len(letters))]
    table["cohort_name"] = table["cohort"].map(NAMES)
    kept = table[[sign != "." for sign in letters]].reset_index(drop=True)
    kept.to_parquet(folder / "assignments.parquet")
    record_run(folder, {"made": "by a test"})
    return folder


@pytest.fixture
def runs(tmp_path):
    old = _write(tmp_path / "old", "aaaaaaaabbbbbb..")
    return old, _write(tmp_path / "new", "aaaaccccbbbba.bb")


def test_every_event_is_printed_and_written(run, runs):
    old, new = runs
    outcome = run("track", old, new)
    assert outcome.code == 0, outcome.err
    assert "SPLIT: Ordinary bags" in outcome.told
    assert "CONTINUED: Bags naming a brand" in outcome.told
    assert "Cohorts: 1 split, 1 continued." in outcome.told
    assert "12 stayed, 1 moved, 2 appeared, 1 vanished" in outcome.told
    events = pd.read_csv(new / "changes.csv")
    assert events["change"].tolist() == ["split", "continued"]
    assert events["current"].astype(str).tolist() == ["0; 2", "1"]
    members = pd.read_parquet(new / "member_changes.parquet").set_index("entity_id")
    assert members.loc["L12", ["previous", "current"]].tolist() == [1, 0]
    assert members.loc["L12", "change"] == "moved"
    page = (new / "changes.html").read_text(encoding="utf-8")
    assert "Ordinary bags</bdi> → <bdi>Ordinary bags + " in page
    row = page.partition('<td data-label="Before">')[2].partition("</tr>")[0]
    assert "Bags naming a brand" in row and "Ordinary bags" in row and "L12" in row


def test_hostile_names_are_shown_and_written_unobeyed(run, tmp_path):
    old = _write(tmp_path / "old", "aaaa")
    outcome = run("track", old, _write(tmp_path / "new", "cccc"), "--out", tmp_path)
    assert "\x1b" not in outcome.out
    assert "\u202e" not in outcome.out
    cell = pd.read_csv(tmp_path / "changes.csv")["current_names"][0]
    assert cell.startswith("'=HYPERLINK")
    page = (tmp_path / "changes.html").read_text(encoding="utf-8")
    assert '"http://x.example"' not in page and "&#34;http://x.example&#34;" in page
    assert "\x1b" not in page and "\u202e" not in page


def test_refuses_what_cannot_be_compared(run, tmp_path):
    old = _write(tmp_path / "old", "aabb")
    sellers = _write(tmp_path / "sellers", "aabb", level="seller")
    assert "no folder" in run("track", old, tmp_path / "none").error
    assert "earlier one first" in run("track", tmp_path, old).error
    assert "cohorts of one level" in run("track", old, sellers).error
    assert "no cohorts of sellers" in run("track", old, old, "--level", "seller").error
    other = _write(tmp_path / "other", "....aabb")
    assert "share no id" in run("track", old, other, "--out", tmp_path / "made").error
    assert not (tmp_path / "made").exists()


def test_refuses_equal_ids_of_two_markets(run, tmp_path):
    old, new = (_write(tmp_path / name, "aaaabbbb") for name in ("old", "new"))
    for folder, market in ((old, "US"), (new, "DE")):
        file = folder / "assignments.parquet"
        pd.read_parquet(file).assign(market=market).to_parquet(file)
        record_run(folder, {"made": "by a test"})
    told = run("track", old, new).error
    assert "8 of the 8 ids" in told
    assert "'L0' was of US and is of DE" in told
    assert run("track", old, old).code == 0
