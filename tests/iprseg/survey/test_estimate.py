import numpy as np
import pandas as pd
import pytest

from iprseg.survey import SampleDesign, draw_sample, estimate_prevalence
from iprseg.survey.intervals import Cell, estimate_rate
from tests.iprseg.survey.checks import never_a_nan


def test_the_answer_is_the_stratified_estimate(frame, labels, design):
    table = estimate_prevalence(labels, design, "cohort")
    never_a_nan(table)
    assert table.index.tolist() == ["all", -1, 0, 1]
    assert table.index.name == "cohort"
    share = frame["cohort"].value_counts(normalize=True)
    rates = labels.groupby("cohort")["violative"].mean()
    assert table.loc["all", "point"] == pytest.approx((share * rates).sum())
    for cohort in (-1, 0, 1):
        assert table.loc[cohort, "point"] == pytest.approx(rates[cohort])
    assert table.loc["all", "n"] == 150
    assert table.loc["all", "violative"] == labels["violative"].sum()
    assert (table["state"] == "").all()
    assert table["target"].unique().tolist() == [
        f"the {len(frame):,} listings of 'frame' as of 2025-03-01"
    ]
    assert table["method"].unique().tolist() == [
        "stratified listings with fpc, Korn-Graubard"
    ]


def test_the_same_limits_as_from_counts(frame, labels, design):
    """The path from frames and the one of the coverage benchmark are one."""
    ones = np.ones(2)
    cells = []
    for name, group in labels.groupby("stratum"):
        hits, size = group["violative"].sum(), (frame["cohort"] == int(name)).sum()
        counts = np.array([hits, len(group) - hits])
        cells.append(
            Cell(ones, ones, np.array([1.0, 0]), ones, counts, float(size), float(size))
        )
    rate = estimate_rate(cells)
    line = estimate_prevalence(labels, design).loc["all"]
    assert line["low"] == pytest.approx(float(rate.low))
    assert line["high"] == pytest.approx(float(rate.high))


def test_the_headline_counts_s2_and_above_and_s1_stands_beside(labels, design):
    bad = labels.index[labels["violative"] == 1]
    labels.loc[bad[: len(bad) // 2], "severity"] = "S1"
    whole = estimate_prevalence(labels.assign(severity="S4"), design).loc["all"]
    line = estimate_prevalence(labels, design).loc["all"]
    assert line["point"] + line["point_s1"] == pytest.approx(whole["point"])
    assert 0 < line["low_s1"] < line["point_s1"] < line["high_s1"]


def test_one_class_is_answered_with_a_bound(labels, design):
    labels["violative"], labels["severity"] = 0.0, "S0"
    line = estimate_prevalence(labels, design).loc["all"]
    assert (line["point"], line["low"]) == (0, 0)
    assert 0 < line["high"] < 0.1
    assert line["state"] == "one class: no labels violative"
    labels["violative"], labels["severity"] = 1.0, "S2"
    line = estimate_prevalence(labels, design).loc["all"]
    assert (line["point"], line["high"]) == (1, 1)
    assert 0.9 < line["low"] < 1
    assert line["state"] == "one class: all labels violative"


def test_few_labels_are_marked(frame, answer):
    sample = draw_sample(frame, 20)
    line = estimate_prevalence(answer(sample), SampleDesign.of(sample)).loc["all"]
    assert line["state"] == "low n"


def test_a_stratum_with_one_label_takes_its_spread_from_all(labels, design):
    noise = labels.index[labels["stratum"] == "-1"]
    labels.loc[noise[1:], ["status", "violative"]] = ["skipped", np.nan]
    line = estimate_prevalence(labels, design).loc["all"]
    assert "a stratum with one labeled unit" in line["state"]
    assert line["high"] - line["low"] > 0.2


def test_a_stratum_with_one_unit_in_the_frame_is_known(frame, answer):
    strata = pd.Series("rest", index=frame.index)
    strata.iloc[0] = "alone"
    sample = draw_sample(frame, 60, strata)
    line = estimate_prevalence(answer(sample), SampleDesign.of(sample)).loc["all"]
    assert line["state"] == ""


def test_sellers_drawn_are_counted_as_sellers(frame, answer):
    sample = draw_sample(frame, 120, "cohort", unit="seller", random_state=8)
    labels, design = answer(sample), SampleDesign.of(sample)
    table = estimate_prevalence(labels, design, "cohort")
    never_a_nan(table)
    line = table.loc["all"]
    assert line["method"] == "seller clusters with fpc, Korn-Graubard"
    assert line["n"] == len(sample)
    assert line["clusters"] < 120
    assert line["low"] <= frame["bad"].mean() <= line["high"]


def test_too_few_sellers_get_no_interval(frame, answer):
    sample = draw_sample(frame, 4, unit="seller", random_state=1)
    table = estimate_prevalence(answer(sample), SampleDesign.of(sample))
    never_a_nan(table)
    line = table.loc["all"]
    assert (line["low"], line["high"], line["method"]) == (0, 1, "none")
    assert "too few sellers" in line["state"]
    assert "5 needed" in line["state"]


def test_a_claim_beyond_the_frame_counts_sellers(labels, design):
    here = estimate_prevalence(labels, design).loc["all"]
    beyond = estimate_prevalence(labels, design, target="beyond").loc["all"]
    assert beyond["point"] == pytest.approx(here["point"])
    assert beyond["high"] - beyond["low"] > here["high"] - here["low"]
    assert beyond["method"] == "seller clusters, Korn-Graubard"
    assert beyond["target"].startswith("listings of sellers like those of 'frame'")


def test_labels_that_shape_do_not_measure(labels, design):
    number = labels["seller_id"].str[1:].astype(int)
    labels["role"] = np.where(number % 2 == 0, "shape", "measure")
    line = estimate_prevalence(labels, design).loc["all"]
    mine = labels["role"] == "measure"
    assert line["n"] == mine.sum()
    assert line["unserved"] == (~mine).sum()
    assert line["nonresponse"] == 0
    assert line["method"] == "seller clusters, Korn-Graubard"
    everything = estimate_prevalence(labels, design, role=None).loc["all"]
    assert everything["n"] == 150
    labels.loc[~mine, "violative"] = 1 - labels.loc[~mine, "violative"]
    labels["severity"] = np.where(labels["violative"] == 1, "S3", "S0")
    again = estimate_prevalence(labels, design).loc["all"]
    pd.testing.assert_series_equal(again, line)


def test_a_giant_kept_for_shaping_widens_what_the_others_say():
    """Half of the frame is one seller: without it the others cannot speak for all."""
    sellers = ["giant"] * 300 + [f"S{i // 2}" for i in range(300)]
    frame = pd.DataFrame({"seller_id": sellers}, index=[f"L{i}" for i in range(600)])
    sample = draw_sample(frame, 200, random_state=2)
    labels = sample.assign(status="labeled", violative=0.0, severity="S0")
    labels.loc[labels.index[::7], ["violative", "severity"]] = [1.0, "S2"]
    number = labels["seller_id"].str[1:].where(labels["seller_id"] != "giant", "0")
    small = labels.assign(role=np.where(number.astype(int) % 2, "measure", "shape"))
    evenly = small.assign(seller_id=[f"T{i % 150}" for i in range(200)])
    design = SampleDesign.of(sample)
    line = estimate_prevalence(small, design).loc["all"]
    even = estimate_prevalence(evenly, design).loc["all"]
    assert line["n"] == even["n"]
    assert line["high"] - line["low"] > 2 * (even["high"] - even["low"])


def test_two_waves_are_pooled_by_stratum(frame, sample, answer, design):
    second = draw_sample(frame, 60, "cohort", allocation={"0": 1}, earlier=design)
    both = pd.concat([answer(sample), answer(second)])
    designs = [SampleDesign.of(second), design]
    line = estimate_prevalence(both, designs).loc["all"]
    share = frame["cohort"].astype(str).value_counts(normalize=True)
    expected = (share * both.groupby("stratum")["violative"].mean()).sum()
    assert line["point"] == pytest.approx(expected)
    assert line["n"] == 210


def test_confidence_widens(labels, design):
    wide = estimate_prevalence(labels, design, confidence=0.99).loc["all"]
    narrow = estimate_prevalence(labels, design, confidence=0.8).loc["all"]
    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]
