import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.survey import SampleDesign, draw_sample, estimate_prevalence


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
        (
            lambda t: t.assign(severity="S0"),
            TableError,
            "a severity other than S1 to S4",
        ),
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


def test_a_slice_named_all_may_not_hide_the_row_of_all(labels, design, frame):
    cohort = frame["cohort"].map({-1: "all", 0: "a", 1: "b"})
    with pytest.raises(
        IprsegError, match="slice of estimate_prevalence is named 'all'"
    ):
        estimate_prevalence(labels, design, cohort)
    whole = estimate_prevalence(labels, design, pd.Series("all", index=frame.index))
    assert whole.index.tolist() == ["all"]
    assert whole.loc["all", "n"] == len(labels)


def test_a_role_that_is_none_is_refused(labels, design):
    with pytest.raises(TableError, match="has the role 'MEASURE'"):
        estimate_prevalence(labels.assign(role="MEASURE"), design)
