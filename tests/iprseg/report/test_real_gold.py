"""From tables to a page with rates: cohorts, a draw, labels in a store, a report."""

import pandas as pd
import pytest

from iprseg import Marketplace, TextEmbedder, find_cohorts, make_marketplace
from iprseg.cohorts import profile_cohorts, rate_cohorts
from iprseg.formats import format_rate, format_rate_range, parse_rate_text
from iprseg.signals import compute_signals
from iprseg.survey import SampleDesign, draw_sample, estimate_prevalence
from labeling import Codebook, LabelQueue, LabelStore, make_content, read_labels
from tests.iprseg.report.page import report
from tests.labeling.worlds import COUNTERFEIT, NOTHING

N, READ = 250, 220


@pytest.fixture(scope="module")
def market():
    simulated = make_marketplace(700, 100, random_state=4)
    truth = simulated.truth["listings"].set_index("listing_id")["violative"]
    return Marketplace.from_frames(simulated.tables), truth


@pytest.fixture(scope="module")
def found(market):
    """Cohort tables and labels: listings as found, sellers by two halves."""
    marketplace = market[0]
    result = find_cohorts(marketplace, embedder=TextEmbedder("lexical"))
    signals = compute_signals(marketplace, "seller", brands=result.brands)
    halves = pd.Series(range(len(signals)), index=signals.index) % 2
    return {
        "listing": (result.cohorts, result.assignments),
        "seller": (profile_cohorts(marketplace, "seller", signals, halves), halves),
    }


@pytest.fixture(scope="module")
def gold(market, found, tmp_path_factory):
    """Labels of a reader without error, who stops before the end and skips a few."""
    marketplace, truth = market
    frame = marketplace.listings.assign(cohort=found["listing"][1])
    sample = draw_sample(frame, N, "cohort", random_state=1)
    store = LabelStore(tmp_path_factory.mktemp("store") / "labels.db")
    store.add_design(SampleDesign.of(sample), sample, make_content(frame))
    queue = LabelQueue(store, Codebook.load(), "reader_1")
    for at in range(READ):
        item = queue.next()
        if at % 20 == 0:
            queue.skip(item)
        else:
            queue.submit(item, COUNTERFEIT if truth[item.listing_id] else NOTHING)
    return read_labels(store)


@pytest.fixture(scope="module")
def page(market, found, gold, tmp_path_factory):
    frames = {
        level: rate_cohorts(market[0], level, labels, cohorts, gold)
        for level, (cohorts, labels) in found.items()
    }
    folder = tmp_path_factory.mktemp("page")
    return frames, report(folder, cohorts=frames, titles=None, min_sellers=0)


def test_the_page_shows_the_rate_that_the_survey_estimates(page, gold):
    row = estimate_prevalence(gold, SampleDesign.all_of(gold)).loc["all"]
    limits = format_rate_range(row["low"], row["high"])
    text = page[1].text
    assert f"suspected rate {format_rate(row['point'])} 95 % limits {limits}" in text
    assert f"labels {row['n']}" in text and row["nonresponse"] > 0
    assert f"{row['nonresponse']} drawn listing" in text
    shape = ((gold["role"] == "shape") & (gold["status"] == "labeled")).sum()
    assert shape > 0 and f"{shape} others are kept for shaping" in text


def test_every_cohort_of_both_levels_stands_in_the_new_order(page):
    frames, shown = page
    for frame, rows in zip(frames.values(), shown.tables, strict=True):
        assert [row["Before"][1] for row in rows] == [
            "" if before != before else f"{before:.0f}"
            for before in frame["rank_before"]
        ]
        for (_, values), row in zip(frame.iterrows(), rows, strict=True):
            assert row["Verdict"][0] == values["verdict"]
            if pd.isna(values["rate"]):
                none = "no rate" if values["rate_n"] else "no labels"
                assert row["Rate"] == [none, ""]
            else:
                assert row["Rate"][0].startswith(format_rate(values["rate"]) + " ")
                assert float(row["Rate"][1]) == parse_rate_text(values["rate"])
    shown_words = {row["Rate"][0] for rows in shown.tables for row in rows}
    assert "no rate" in shown_words and len(shown_words) > 2
    assert not {"nan", "inf", "<na>"} & set(shown.text.lower().split())
