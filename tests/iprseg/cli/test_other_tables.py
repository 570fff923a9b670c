"""Labels of one marketplace and tables of another, whose ids happen to be equal."""

import pandas as pd
import pytest

from iprseg.simulate import make_marketplace
from tests.iprseg.cli.conftest import write_cohorts


def tables(folder, listings: pd.DataFrame):
    folder.mkdir()
    listings.to_csv(folder / "listings.csv", index=False)
    return folder


def segment(run, path, world, tmp_path):
    options = ("--out", tmp_path / "a/out", "--stability", "0")
    return run("segment", path, "--labels", world.store, *options)


def assert_nothing_left(tmp_path):
    assert not (tmp_path / "a").exists()


def test_equal_ids_with_other_titles_are_refused(run, labeled, tmp_path):
    other = make_marketplace(400, 90, random_state=8).tables["listings"]
    assert set(other["listing_id"]) == set(labeled.listings["listing_id"])
    outcome = segment(run, tables(tmp_path / "t", other), labeled, tmp_path)
    assert "of the 150 listings drawn into" in outcome.error
    assert "have another title in 't'" in outcome.error
    assert "learning brands" not in outcome.err  # before any long step
    assert_nothing_left(tmp_path)


def test_other_ids_are_refused(run, labeled, tmp_path):
    other = labeled.listings.assign(listing_id=[f"X{i}" for i in range(400)])
    outcome = segment(run, tables(tmp_path / "t", other), labeled, tmp_path)
    assert "150 of the 150 listings drawn into" in outcome.error
    assert "are not in 't'" in outcome.error
    assert_nothing_left(tmp_path)


@pytest.mark.text
def test_fewer_listings_than_the_labels_speak_of_are_told(run, labeled, tmp_path):
    fewer = tables(tmp_path / "t", labeled.listings.head(390))
    outcome = segment(run, fewer, labeled, tmp_path)
    assert outcome.code == 0, outcome.err
    notes = [line for line in outcome.err.splitlines() if line.startswith("Note: ")]
    (note,) = [line for line in notes if "speak of" in line]
    assert "speak of 400 listings and these tables hold 390" in note


def test_cohorts_of_more_listings_are_told(run, labeled, tmp_path):
    more = labeled.listings.assign(listing_id=[f"X{i}" for i in range(400)])
    write_cohorts(tmp_path / "c", pd.concat([labeled.listings, more.head(100)]))
    outcome = run("estimate", labeled.store, "--cohorts", tmp_path / "c")
    assert outcome.code == 0, outcome.err
    assert "speak of 400 listings and the cohorts hold 500" in outcome.err
    same = run("estimate", labeled.store, "--cohorts", labeled.cohorts)
    assert "speak of" not in same.err


def test_a_wrong_path_leaves_no_folder(run, labeled, tmp_path):
    assert "nowhere" in segment(run, tmp_path / "nowhere", labeled, tmp_path).error
    assert_nothing_left(tmp_path)


def test_a_refused_estimate_leaves_no_folder(run, labeled, tmp_path):
    other = labeled.listings.assign(listing_id=[f"X{i}" for i in range(400)])
    write_cohorts(tmp_path / "c", other)
    options = ("--cohorts", tmp_path / "c", "--out", tmp_path / "a/out")
    assert "have no cohort" in run("estimate", labeled.store, *options).error
    assert_nothing_left(tmp_path)
