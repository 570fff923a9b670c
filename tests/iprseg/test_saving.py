"""A saved result is the result: frames, notes and predictions; what is damaged is told."""

import json
import zipfile
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from iprseg import CohortResult, IprsegError, Marketplace, TextEmbedder, find_cohorts
from iprseg.report.results import record_run, save_results
from iprseg.simulate import make_marketplace

FRAMES = {
    "cohorts", "assignments", "strength", "signals", "reasons", "features",
    "coordinates", "contributions", "outliers", "markets", "member_reasons",
}  # fmt: skip


@pytest.fixture(scope="module")
def market():
    return Marketplace.from_frames(make_marketplace(600, 80, random_state=3).tables)


@pytest.fixture(scope="module")
def later():
    return make_marketplace(80, 10, random_state=4).tables


def find(market, level, **more):
    return find_cohorts(market, level, embedder=TextEmbedder("lexical"), **more)


@pytest.fixture(scope="module")
def results(market):
    return {
        "listing": find(market, "listing", stability=2),
        "seller": find(market, "seller"),
    }


@pytest.fixture(scope="module")
def folder(results, market, tmp_path_factory):
    place = tmp_path_factory.mktemp("saved")
    save_results(list(results.values()), place, marketplace=market)
    return place


@pytest.mark.parametrize("level", ["listing", "seller"])
def test_what_is_loaded_is_what_was_saved(folder, results, level):
    saved, loaded = results[level], CohortResult.load(folder, level)
    for name in FRAMES:
        one, two = getattr(saved, name), getattr(loaded, name)
        if one is None:
            assert two is None
            continue
        kind = "frame" if one.ndim == 2 else "series"
        getattr(pd.testing, f"assert_{kind}_equal")(one, two)
    assert loaded.cohorts.attrs["notes"] == saved.cohorts.attrs["notes"]
    assert loaded.blocks == saved.blocks
    assert FRAMES | {
        "level", "blocks", "segmenter", "brands", "model", "stability",
    } == {one.name for one in fields(CohortResult)}  # fmt: skip


def test_verdicts_on_stability_are_loaded(folder, results):
    loaded = CohortResult.load(folder, "listing").stability
    assert loaded.summary() == results["listing"].stability.summary()
    assert CohortResult.load(folder, "seller").stability is None


@pytest.mark.parametrize("level", ["listing", "seller"])
def test_a_loaded_result_predicts_as_the_one_in_memory(
    folder, results, market, later, level
):
    loaded = CohortResult.load(folder, level)
    pd.testing.assert_series_equal(
        loaded.predict(market), results[level].predict(market)
    )
    pd.testing.assert_series_equal(loaded.predict(later), results[level].predict(later))


def test_a_loaded_result_is_saved_again_to_equal_files(folder, tmp_path):
    CohortResult.load(folder, "listing").save(tmp_path / "one")
    CohortResult.load(tmp_path / "one").save(tmp_path / "two")
    told = [
        json.loads((tmp_path / one / "run.json").read_text())["files"]
        for one in ("one", "two")
    ]
    assert told[0]["result_listing.zip"] == told[1]["result_listing.zip"]
    assert told[0]["members.csv"] == told[1]["members.csv"]
    assert '"title"' in (tmp_path / "one" / "members.csv").read_text("utf-8-sig")


def test_own_signals_are_asked_for_by_name(market, tmp_path):
    def measure_length(inputs):
        return inputs.listings["title"].astype(str).str.len().astype(float)

    own = {"title_length": measure_length}
    found = find(market, "listing", own=own, group_by_own=True)
    found.save(tmp_path)
    with pytest.raises(IprsegError, match="signals of your own, title_length"):
        CohortResult.load(tmp_path)
    loaded = CohortResult.load(tmp_path, own=own)
    pd.testing.assert_series_equal(loaded.predict(market), found.assignments)


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (None, "holds results of listing and seller"),
        ("rights_owner", "no saved"),
    ],
)
def test_which_of_several_is_asked(folder, level, words):
    with pytest.raises(IprsegError, match=words):
        CohortResult.load(folder, level)


def test_a_folder_without_its_run_and_one_of_two_runs_are_refused(
    results, market, tmp_path
):
    results["seller"].save(tmp_path, market)
    path, run = tmp_path / "result_seller.zip", tmp_path / "run.json"
    told = run.read_text()
    run.unlink()
    with pytest.raises(IprsegError, match=r"holds no run\.json"):
        CohortResult.load(tmp_path)
    run.write_text(told)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(IprsegError, match="is not of the run"):
        CohortResult.load(tmp_path)


def test_results_of_one_level_twice_are_refused(results, tmp_path):
    with pytest.raises(IprsegError, match="give one result for each level"):
        save_results([results["seller"]] * 2, tmp_path)
    with pytest.raises(IprsegError, match="got results of no level"):
        save_results([], tmp_path)


def test_no_damage_is_loaded_or_raises_anything_else(folder, results, tmp_path):
    whole = (folder / "result_seller.zip").read_bytes()
    path = tmp_path / "result_seller.zip"
    rng = np.random.default_rng(0)
    cuts = [whole[: int(n)] for n in rng.integers(0, len(whole), 10)]
    flips = []
    for at in rng.integers(0, len(whole), 60):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << int(rng.integers(8))
        flips.append(bytes(damaged))
    refused = 0
    for damaged in (*cuts, *flips):
        path.write_bytes(damaged)
        record_run(tmp_path, {})  # as if the damage had been there from the start
        try:
            loaded = CohortResult.load(tmp_path)
        except IprsegError:
            refused += 1
        else:
            pd.testing.assert_series_equal(
                loaded.assignments, results["seller"].assignments
            )
    assert refused > 50


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("../evil.json", zipfile.ZIP_STORED),
        ("/tmp/evil.json", zipfile.ZIP_STORED),
        ("model/../../evil.json", zipfile.ZIP_STORED),
        ("evil.json", zipfile.ZIP_DEFLATED),  # what is packed may grow without end
    ],
)
def test_a_hostile_file_is_refused(tmp_path, name, way):
    with zipfile.ZipFile(tmp_path / "result_seller.zip", "w", way) as packed:
        packed.writestr(name, "0" * 1000)
    record_run(tmp_path, {})
    with pytest.raises(IprsegError, match="holds no whole saved result"):
        CohortResult.load(tmp_path)
    assert not (tmp_path.parent / "evil.json").exists()
