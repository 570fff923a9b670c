"""`iprseg demo` end to end, small."""

import pandas as pd
import pytest


@pytest.mark.text
def test_the_demo_reports_agreement_beside_kmeans(run, tmp_path):
    outcome = run(
        "demo", "--out", tmp_path / "demo", "--listings", "600", "--seed", "1"
    )
    assert outcome.code == 0, outcome.err
    page = (tmp_path / "demo" / "report.html").read_text(encoding="utf-8")
    assert "adjusted_rand_index" in outcome.out
    assert "k-means" in page
    cohorts = pd.read_parquet(tmp_path / "demo" / "cohorts.parquet")
    assert set(cohorts["level"]) == {"listing", "seller"}
    # every cohort has a verdict, in the files and on the page
    verdicts = cohorts.loc[cohorts["cohort"] >= 0, "stability"]
    assert verdicts.isin(["stable", "moves with the sample", "dissolves"]).all()
    assert "5 times, and cohorts are found anew" in page
    assert "not measured" not in page
    # a sample was labeled by the simulated annotator, in a store that can be used on
    assert "simulated annotator" in page
    assert "What labels say" in page
    listing = cohorts[cohorts["level"] == "listing"]
    assert 50 < listing["rate_n"].sum() <= 75
    store = tmp_path / "demo" / "labels_600_1.db"
    again = run("estimate", store, "--cohorts", tmp_path / "demo", "--level", "listing")
    assert again.code == 0, again.err


def test_the_demo_needs_a_listing(run, tmp_path):
    outcome = run("demo", "--out", tmp_path / "demo", "--listings", "0")
    assert outcome.code == 2
    assert "'listings' parameter of iprseg demo must be a number >= 1" in " ".join(
        outcome.err.split()
    )


def test_help_tells_a_newcomer_where_to_begin(run):
    outcome = run("--help")
    assert outcome.code == 0
    for command in ("demo", "columns", "check", "segment"):
        assert command in outcome.out
