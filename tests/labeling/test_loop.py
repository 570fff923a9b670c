"""Draw, label, estimate: the store's gold is what the survey room takes."""

import pandas as pd

from iprseg.cohorts import rate_cohorts
from iprseg.survey import SampleDesign, draw_sample, estimate_prevalence
from labeling import Codebook, LabelQueue, LabelStore, make_content, read_labels
from tests.labeling.worlds import COUNTERFEIT, NOTHING


def test_a_drawn_sample_labeled_by_the_queue_gives_a_rate(tmp_path):
    names = pd.Index([f"L{i}" for i in range(300)], name="listing_id")
    cells = {
        "seller_id": [f"s{i % 60}" for i in range(300)],
        "cohort": [i % 3 for i in range(300)],
    }
    frame = pd.DataFrame({**cells, "title": "a bag"}, index=names)
    sample = draw_sample(frame, 60, "cohort", random_state=3)
    design = SampleDesign.of(sample)
    store = LabelStore(tmp_path / "labels.db")
    design_id = store.add_design(design, sample, make_content(frame))
    assert SampleDesign.from_json(store.design(design_id)) == design
    queue = LabelQueue(store, Codebook.load(), "reader_1")
    bad = set(frame.index[frame["cohort"] == 1])
    served = []
    while item := queue.next():
        served.append(item.listing_id)
        if len(served) == 5:
            queue.skip(item)
        else:
            queue.submit(item, COUNTERFEIT if item.listing_id in bad else NOTHING)
    assert served == list(sample.index)  # the order that was drawn
    gold = read_labels(store)
    assert SampleDesign.all_of(gold) == [design]
    rate = estimate_prevalence(gold, design).loc["all"]
    assert rate["low"] <= 1 / 3 <= rate["high"] and 0 < rate["n"] <= 59
    # and back to the cohorts: the bad one, last by suspicion, is to be looked at first
    cohorts = pd.DataFrame({"risk_rank": [1.0, 3.0, 2.0]}, index=[0, 1, 2])
    rated = rate_cohorts({"listings": frame}, "listing", frame["cohort"], cohorts, gold)
    assert rated.index[0] == 1
    assert rated.loc[1, "verdict"] == "risky"
    assert (
        rated.attrs["rate"]["n_shape"]
        == ((gold["role"] == "shape") & (gold["status"] == "labeled")).sum()
    )


def test_gold_of_two_waves_carries_both_designs(tmp_path):
    frame = pd.DataFrame({"title": "a bag"}, index=[f"L{i}" for i in range(90)])
    store = LabelStore(tmp_path / "labels.db")
    first = draw_sample(frame, 20)
    second = draw_sample(frame, 20, earlier=[SampleDesign.of(first)])
    for sample in (first, second):
        store.add_design(SampleDesign.of(sample), sample, make_content(frame))
    gold = read_labels(store)
    assert SampleDesign.all_of(gold) == [SampleDesign.of(x) for x in (first, second)]
    alone = read_labels(store, design_id=store.designs[0])
    assert SampleDesign.all_of(alone) == [SampleDesign.of(first)]
