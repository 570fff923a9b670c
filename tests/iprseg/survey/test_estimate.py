import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.survey import SampleDesign, draw_sample, estimate_prevalence
from iprseg.survey._moments import Cell
from iprseg.survey._rate import estimate_rate


@pytest.fixture
def labels(sample, answer):
    return answer(sample)


@pytest.fixture
def design(sample):
    return SampleDesign.of(sample)


def never_a_nan(table):
    """No number of the answer is a float NaN; a rate that is not offered is <NA>."""
    assert table["point"].dtype == "Float64"
    plain = table.drop(columns=["point", "point_s1"])
    assert not plain.isna().any().any()
    offered = table["method"] != "none"
    assert table.loc[~offered, "point"].isna().all()
    assert (table["low"] <= table["high"]).all()
    inside = table["point"].between(table["low"], table["high"])
    assert inside[table["point"].notna()].all()


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
        f"the {len(frame)} listings of 'frame' as of 2025-03-01T00:00:00"
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


def test_few_labels_are_marked(frame, answer):
    sample = draw_sample(frame, 20)
    line = estimate_prevalence(answer(sample), SampleDesign.of(sample)).loc["all"]
    assert line["state"] == "low n"


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
    assert "1 strata without a label (first: '-1')" in line["state"]
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


def test_deleted_listings_of_a_drawn_seller_are_nonresponse(frame, answer):
    sample = draw_sample(frame, 60, unit="seller", listings_per_seller=5)
    labels = answer(sample)
    design = SampleDesign.of(sample)
    line = estimate_prevalence(labels.drop(labels.index[[0, 9, 40]]), design).loc["all"]
    assert line["nonresponse"] == 3
    assert line["worst_low"] < line["low"]


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


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda t: t.drop(columns="design_id"), TableError, "carry no sampling design"),
        (lambda t: t.drop(columns="inclusion_prob"), TableError, "no sampling design"),
        (
            lambda t: t.drop(columns="severity"),
            TableError,
            "needs the column 'severity'",
        ),
        (lambda t: t.assign(design_id="made up"), IprsegError, "'made up', which is"),
        (lambda t: t.assign(design_id=None), IprsegError, "150 labels have the design"),
        (
            lambda t: t.assign(inclusion_prob=0.0),
            IprsegError,
            "not above 0 and at most",
        ),
        (
            lambda t: t.assign(inclusion_prob=1.1),
            IprsegError,
            "not above 0 and at most",
        ),
        (lambda t: t.assign(inclusion_prob=None), IprsegError, "not above 0 and at"),
        (
            lambda t: t.assign(inclusion_prob=0.5),
            IprsegError,
            "other than their design",
        ),
        (
            lambda t: t.assign(stratum="hot"),
            IprsegError,
            "did not draw in that stratum",
        ),
        (lambda t: t.rename({t.index[0]: "L-1"}), IprsegError, "picked by hand"),
        (lambda t: pd.concat([t, t[:1]]), TableError, "more than one row"),
        (lambda t: t.assign(status="done"), TableError, "the status 'done'; known:"),
        (lambda t: t.assign(violative=0.5), TableError, "violative=0.5; it must be"),
        (lambda t: t.assign(severity="S0"), TableError, "have no severity of S1 to S4"),
    ],
)
def test_labels_that_give_no_rate_are_refused(labels, design, change, error, message):
    with pytest.raises(error, match=message):
        estimate_prevalence(change(labels), design)


def test_designs_that_do_not_fit_are_refused(frame, labels, design):
    second = SampleDesign.of(draw_sample(frame, 9, "cohort", earlier=design))
    with pytest.raises(IprsegError, match="needs the SampleDesign that drew"):
        estimate_prevalence(labels, None)
    with pytest.raises(IprsegError, match="is wave 2 and the wave before it"):
        estimate_prevalence(labels, second)
    with pytest.raises(IprsegError, match="is wave 1 and the wave before it"):
        estimate_prevalence(labels, [design, design])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "future"}, "'target' parameter of estimate_prevalence must be"),
        ({"confidence": 1}, "'confidence' parameter of estimate_prevalence must be"),
        ({"by": "market"}, "needs the column 'market'"),
    ],
)
def test_options_that_mean_nothing_are_refused(labels, design, options, message):
    with pytest.raises(IprsegError, match=message):
        estimate_prevalence(labels, design, **options)


def test_sellers_are_needed_where_sellers_count(labels, design):
    with pytest.raises(TableError, match="variance by sellers needs the column"):
        estimate_prevalence(labels.drop(columns="seller_id"), design, target="beyond")
