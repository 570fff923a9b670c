import numpy as np
import pandas as pd
import pytest

from iprseg.survey import SampleDesign, draw_sample, estimate_prevalence
from tests.iprseg.survey.checks import never_a_nan


def test_a_slice_without_labels_says_so(frame, labels, design):
    slices = frame["cohort"].map({-1: "x", 0: "y", 1: "z"})
    slices[frame.index.difference(labels.index)[:5]] = "unseen"
    table = estimate_prevalence(labels, design, slices)
    never_a_nan(table)
    line = table.loc["unseen"]
    assert line["point"] is pd.NA
    assert (line["low"], line["high"], line["n"]) == (0, 1, 0)
    assert (line["method"], line["state"]) == ("none", "no labels")


def test_no_labels_at_all(sample, answer, design):
    table = estimate_prevalence(answer(sample, stop=0), design, "cohort")
    never_a_nan(table)
    assert table["state"].unique().tolist() == ["no labels"]
    assert table["unserved"].tolist()[0] == 150


def test_a_queue_stopped_half_way_weighs_by_the_completed_share(
    frame, sample, answer, design
):
    labels = answer(sample, stop=70)
    line = estimate_prevalence(labels, design).loc["all"]
    done = labels[labels["status"] == "labeled"]
    share = frame["cohort"].astype(str).value_counts(normalize=True)
    expected = (share * done.groupby("stratum")["violative"].mean()).sum()
    assert line["point"] == pytest.approx(expected)
    assert (line["n"], line["unserved"], line["nonresponse"]) == (70, 80, 0)
    assert (line["worst_low"], line["worst_high"]) == (line["low"], line["high"])


def test_strata_not_reached_leave_worst_case_limits_and_no_point(frame, answer):
    sample = draw_sample(frame, 120, "cohort", priority=["1", "0"])
    reached = int((sample["stratum"] != "-1").sum())
    labels = answer(sample, stop=reached)
    table = estimate_prevalence(labels, SampleDesign.of(sample), "cohort")
    never_a_nan(table)
    line = table.loc["all"]
    unseen = (frame["cohort"] == -1).mean()
    assert line["point"] is pd.NA
    assert line["high"] - line["low"] > unseen
    assert line["low"] <= frame["bad"].mean() <= line["high"]
    assert "1 stratum without a label (first: '-1')" in line["state"]
    assert table.loc[-1, "state"] == "no labels"
    assert table.loc[0, "state"] == ""


def test_riskiest_first_and_stopped_half_way_is_not_believed(frame, answer):
    """Served by risk within the stratum, labels say far too much (design §6)."""
    truth = frame["bad"].mean()
    points, naive = [], []
    for seed in range(25):
        sample = draw_sample(frame, 100, "cohort", random_state=seed)
        design = SampleDesign.of(sample)
        half = estimate_prevalence(answer(sample, stop=50), design).loc["all"]
        points.append(half["point"])
        risky = answer(sample).sort_values("violative", ascending=False)
        naive.append(risky["violative"].iloc[:50].mean())
    error = np.std(points) / np.sqrt(25)
    assert np.mean(points) == pytest.approx(truth, abs=3.5 * error)
    assert np.mean(naive) > truth + 10 * error


def test_nonresponse_has_worst_case_bounds(labels, design):
    ids = labels.index[[3, 30, 60]]
    labels.loc[ids[0], "status"] = "skipped"
    labels.loc[ids[1], "status"] = "expired"
    labels.loc[ids[2], ["status", "violative"]] = ["insufficient", np.nan]
    line = estimate_prevalence(labels, design).loc["all"]
    assert (line["n"], line["nonresponse"]) == (147, 3)
    lawful, guilty = labels.copy(), labels.copy()
    for table, value, severity in ((lawful, 0.0, "S0"), (guilty, 1.0, "S2")):
        table.loc[ids, ["status", "violative", "severity"]] = [
            "labeled",
            value,
            severity,
        ]
    low = estimate_prevalence(lawful, design).loc["all", "low"]
    high = estimate_prevalence(guilty, design).loc["all", "high"]
    assert line["worst_low"] == pytest.approx(low)
    assert line["worst_high"] == pytest.approx(high)
    assert line["worst_low"] < line["low"] < line["high"] < line["worst_high"]


def test_readers_who_disagree_are_counted_apart_and_bound_the_rate(
    frame, labels, design
):
    ids = labels.index[[3, 30, 60]]
    same = labels.copy()
    same.loc[ids, ["status", "violative"]] = ["skipped", np.nan]
    labels.loc[ids, ["status", "violative", "severity"]] = [
        "disagreement",
        np.nan,
        None,
    ]
    table = estimate_prevalence(labels, design, frame["cohort"])
    never_a_nan(table)
    line, skipped = table.loc["all"], estimate_prevalence(same, design).loc["all"]
    assert (line["n"], line["nonresponse"], line["disagreement"]) == (147, 0, 3)
    assert table["disagreement"].iloc[1:].sum() == 3
    for limit in ("low", "high", "worst_low", "worst_high"):
        assert line[limit] == skipped[limit]
    assert line["worst_low"] < line["low"] < line["high"] < line["worst_high"]
    assert "readers disagree" in line["state"]


def test_a_violation_of_unknown_severity_is_undecided(labels, design):
    bad = labels.index[labels["violative"] == 1][:3]
    labels.loc[bad, "severity"] = None
    line = estimate_prevalence(labels, design).loc["all"]
    assert (line["n"], line["nonresponse"]) == (147, 3)
    assert line["worst_low"] < line["low"] < line["high"] < line["worst_high"]


def test_an_item_deleted_after_the_draw_is_nonresponse(labels, design):
    gone = labels.index[[5, 50]]
    line = estimate_prevalence(labels.drop(gone), design).loc["all"]
    skipped = labels.copy()
    skipped.loc[gone, ["status", "violative"]] = ["skipped", np.nan]
    expected = estimate_prevalence(skipped, design).loc["all"]
    assert line["nonresponse"] == 2
    pd.testing.assert_series_equal(line, expected)


def test_a_deleted_item_may_have_been_of_any_slice(frame, labels, design):
    gone = labels.index[[5, 50]]
    left = labels.drop(gone)
    by_column = estimate_prevalence(left, design, "cohort")
    by_series = estimate_prevalence(left, design, frame["cohort"])
    assert by_column["nonresponse"].tolist() == [2, 2, 2, 2]
    assert by_series["nonresponse"].sum() == 4
    assert by_column["point"].tolist() == by_series["point"].tolist()


def test_who_was_jumped_over_is_nonresponse(sample, answer, design):
    labels = answer(sample, stop=100)
    labels.loc[labels.index[:4], ["status", "violative"]] = ["unserved", np.nan]
    line = estimate_prevalence(labels, design).loc["all"]
    assert (line["n"], line["nonresponse"], line["unserved"]) == (96, 4, 50)


def test_deleted_listings_of_a_drawn_seller_are_nonresponse(frame, answer):
    sample = draw_sample(frame, 60, unit="seller", listings_per_seller=5)
    labels = answer(sample)
    design = SampleDesign.of(sample)
    line = estimate_prevalence(labels.drop(labels.index[[0, 9, 40]]), design).loc["all"]
    assert line["nonresponse"] == 3
    assert line["worst_low"] < line["low"]
