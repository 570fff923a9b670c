"""Readers who disagree: named, counted, bounded, and decided by a lead."""

import numpy as np
import pandas as pd
import pytest

from iprseg.survey import SampleDesign, draw_sample, estimate_prevalence
from labeling import AnswerError, Codebook, LabelQueue, LabelStore, read_labels
from tests.labeling.worlds import COUNTERFEIT, NOTHING, UNSURE, make_store

BOOK = Codebook.load()
MILD = {**COUNTERFEIT, "primary": "KO_KNOCKOFF", "severity": "S1"}


def make_reader(store, name, **settings):
    return LabelQueue(store, BOOK, name, labels_per_item=2, **settings)


def read(store, **answers):
    """Each reader answers the items in the order in which they come."""
    for name, given in answers.items():
        queue = make_reader(store, name)
        for answer in given:
            queue.submit(queue.next(), answer)


@pytest.mark.parametrize(
    ("first", "second", "status", "severity"),
    [
        (COUNTERFEIT, {**COUNTERFEIT, "severity": "S2"}, "labeled", "S2"),
        ({**COUNTERFEIT, "severity": "S4"}, COUNTERFEIT, "labeled", "S3"),
        (COUNTERFEIT, MILD, "disagreement", None),
        (COUNTERFEIT, NOTHING, "disagreement", None),
        (MILD, NOTHING, "disagreement", None),
        (NOTHING, UNSURE, "disagreement", None),
        (UNSURE, UNSURE, "insufficient", None),
        (NOTHING, NOTHING, "labeled", "S0"),
    ],
)
def test_readers_agree_where_the_headline_counts_them_alike(
    tmp_path, first, second, status, severity
):
    store = make_store(tmp_path / "labels.db", n=1)
    read(store, anna=[first], ben=[second])
    row = read_labels(store).iloc[0]
    assert row["status"] == status
    assert severity == (None if pd.isna(row["severity"]) else row["severity"])
    assert ("readers disagree" in row["state"]) == (status == "disagreement")


def test_a_lead_is_served_what_readers_disagree_on_and_decides_it(tmp_path):
    store = make_store(tmp_path / "labels.db", n=5)
    read(
        store,
        anna=[COUNTERFEIT, NOTHING, NOTHING, NOTHING],
        ben=[COUNTERFEIT, COUNTERFEIT, NOTHING, UNSURE],
    )
    assert read_labels(store)["status"].tolist() == [
        "labeled", "disagreement", "labeled", "disagreement", "unserved",
    ]  # fmt: skip
    lead = make_reader(store, "lea", decides=True)
    assert lead.progress.left == 2
    served = []
    while item := lead.next():
        served.append(item.listing_id)
        lead.submit(item, COUNTERFEIT)
    assert served == ["L0003", "L0001"]
    rows = read_labels(store)
    assert rows.loc[served, "status"].tolist() == ["labeled", "labeled"]
    assert rows.loc[served, "violative"].tolist() == [1.0, 1.0]
    assert rows.loc[served, "state"].eq("decided by a lead").all()
    assert (lead.progress.labeled, lead.progress.total, lead.progress.left) == (2, 2, 0)
    assert store.verify().ok


def test_a_lead_takes_back_decisions_and_not_what_the_lead_read(tmp_path):
    store = make_store(tmp_path / "labels.db", n=3)
    read(store, anna=[NOTHING, NOTHING], ben=[NOTHING, COUNTERFEIT], lea=[NOTHING])
    lead = make_reader(store, "lea", decides=True)
    with pytest.raises(AnswerError, match="nothing to undo"):
        lead.undo()
    item = lead.next()
    lead.submit(item, COUNTERFEIT)
    assert lead.undo().key == item.key
    assert read_labels(store).loc[item.listing_id, "status"] == "disagreement"
    lead.skip(lead.next())
    assert (lead.progress.skipped, lead.progress.left) == (1, 0)
    assert read_labels(store).loc[item.listing_id, "status"] == "disagreement"
    assert make_reader(store, "max", decides=True).progress.left == 1


def test_nobody_decides_what_they_read_or_what_is_not_disputed(tmp_path):
    store = make_store(tmp_path / "labels.db", n=3)
    read(store, anna=[NOTHING, NOTHING], ben=[COUNTERFEIT, NOTHING])
    anna = make_reader(store, "anna", decides=True)
    assert anna.next() is None
    assert (anna.progress.total, anna.progress.left) == (1, 0)
    first, second = (make_reader(store, name, decides=True) for name in ("lea", "max"))
    item = first.next()
    assert second.next() is None  # on the first lead's screen
    first.submit(item, COUNTERFEIT)
    with pytest.raises(AnswerError, match="another lead has decided it"):
        second.submit(item, NOTHING)
    with pytest.raises(AnswerError, match="Readers do not disagree on 'L0001'"):
        second.submit(_find_key(store, "L0001"), NOTHING)
    assert read_labels(store).loc[item.listing_id, "violative"] == 1.0


def _find_key(store, listing_id):
    with store.reading() as connection:
        return connection.exec_driver_sql(
            "SELECT item_key FROM items WHERE listing_id = ?", (listing_id,)
        ).scalar_one()


def test_what_a_browser_kept_of_reading_is_no_decision(tmp_path):
    store = make_store(tmp_path / "labels.db")
    assert (
        make_reader(store, "lea").scope != make_reader(store, "lea", decides=True).scope
    )


# --- two readers of known error -----------------------------------------------------

SENSITIVITY, SPECIFICITY, TRUTH = 0.75, 0.98, 0.06


def _simulate_survey(path, seed):
    """500 of 4,000 listings read by two readers who err by chance, apart."""
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"L{i}" for i in range(4000)], name="listing_id")
    bad = pd.Series(rng.random(4000) < TRUTH, index=ids)
    sample = draw_sample(pd.DataFrame(index=ids), 500, random_state=seed)
    store = LabelStore(path)
    content = pd.DataFrame({"title": "bag"}, index=sample.index)
    store.add_design(SampleDesign.of(sample), sample, content, shape_share=0)
    for name in ("anna", "ben"):
        queue = make_reader(store, name)
        while item := queue.next():
            right = SENSITIVITY if bad[item.listing_id] else 1 - SPECIFICITY
            said = rng.random() < right
            queue.submit(item, COUNTERFEIT if said else NOTHING)
    return store, bad, bad.mean()


def _estimate(store):
    labels = read_labels(store)
    return estimate_prevalence(labels, SampleDesign.all_of(labels)).loc["all"], labels


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    return _simulate_survey(tmp_path_factory.mktemp("survey") / "labels.db", 3)


def test_disagreement_is_counted_and_bounded_until_a_lead_decides(survey):
    store, bad, truth = survey
    before, labels = _estimate(store)
    disputed = labels.index[labels["status"] == "disagreement"]
    said = [read_labels(store, annotator=one)["violative"] for one in ("anna", "ben")]
    assert set(disputed) == set(labels.index[said[0] != said[1]])
    assert before["disagreement"] == len(disputed) > 10
    assert before["nonresponse"] == 0
    assert before["n"] + before["disagreement"] == 500
    assert "readers disagree" in before["state"]
    # those alone on which both agree say too little, as people found who tried it
    assert before["point"] < truth - 0.01
    assert before["worst_low"] < before["low"] <= before["high"] < before["worst_high"]
    assert before["worst_low"] <= truth <= before["worst_high"]
    lead = make_reader(store, "lea", decides=True)
    served = 0
    while item := lead.next():
        served += 1
        lead.submit(item, COUNTERFEIT if bad[item.listing_id] else NOTHING)
    after, labels = _estimate(store)
    assert served == len(disputed)
    assert (after["disagreement"], after["n"], after["state"]) == (0, 500, "")
    assert labels.loc[disputed, "violative"].eq(bad[disputed].astype(float)).all()
    assert after["low"] <= truth <= after["high"]
    assert abs(after["point"] - truth) < abs(before["point"] - truth)
