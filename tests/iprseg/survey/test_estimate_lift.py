import numpy as np
import pandas as pd
import pytest
from scipy import stats

from iprseg.errors import TableError
from iprseg.survey import SampleDesign, draw_sample, estimate_lift, estimate_prevalence
from iprseg.survey.intervals import NO_LABELS
from iprseg.survey.lift import compute_lift_limits

SIZES = np.array([1335, 203, 171, 150, 72, 33, 25, 11])


def rate(point, low, high):
    return NO_LABELS._replace(
        point=np.asarray(point), low=np.asarray(low), high=np.asarray(high)
    )


def flat_frame(cohorts, listings, seed, chance=None, shares=None):
    """One seller a listing; cohorts at random; `bad` with a chance by cohort."""
    rng = np.random.default_rng(seed)
    cohort = rng.choice(cohorts, listings, p=shares)
    odds = np.full(cohorts, 0.15) if chance is None else np.asarray(chance)
    frame = pd.DataFrame({"cohort": cohort, "seller_id": np.arange(listings)})
    return frame.assign(bad=(rng.random(listings) < odds[cohort]).astype(float))


def label(sample, frame):
    bad = frame.loc[sample.index, "bad"]
    severity = np.where(bad == 1, "S3", "S0")
    return sample.assign(status="labeled", violative=bad, severity=severity)


def lifts(frame, n, seed, **roles):
    sample = draw_sample(frame, n, "cohort", random_state=seed)
    labels = label(sample, frame).assign(**roles)
    return estimate_lift(labels, SampleDesign.of(sample), frame["cohort"])


def test_lift_is_the_rate_over_the_rate_of_all(labels, design, frame):
    rates = estimate_prevalence(labels, design, frame["cohort"])["point"]
    found = estimate_lift(labels, design, frame["cohort"])
    expected = (rates / rates["all"]).drop("all")
    assert found["lift"].astype(float).to_dict() == pytest.approx(expected.to_dict())
    assert (found["low"] <= found["lift"]).all()
    assert (found["lift"] <= found["high"]).all()


def test_limits_of_large_samples_are_those_of_katz():
    # Katz et al. (1978): log(p/q) has variance (1-p)/(n p) + (1-q)/(m q)
    n, m, p, q = 400, 2000, 0.3, 0.1
    spread = 1.96 * np.sqrt((1 - p) / (n * p) + (1 - q) / (m * q))
    katz = p / q * np.exp([-spread, spread])
    wald = [
        rate(x, *(x + z * np.sqrt(x * (1 - x) / k) for z in (-1.96, 1.96)))
        for x, k in ((p, n), (q, m))
    ]
    _, low, high = compute_lift_limits(*wald, share=0.0)
    assert [float(low), float(high)] == pytest.approx(katz, rel=0.05)


@pytest.mark.parametrize(
    ("inside", "rest", "expected"),
    [
        ((0.0, 0.0, 0.1), (0.1, 0.05, 0.15), (0.0, 0.0, 1.12)),
        ((0.3, 0.2, 0.4), (0.0, 0.0, 0.02), (5.0, 3.9, 5.0)),  # 1 / share
        ((0.0, 0.0, 0.1), (0.0, 0.0, 0.1), (np.nan, 0.0, 5.0)),
        ((1.0, 0.8, 1.0), (1.0, 0.9, 1.0), (1.0, 0.83, 1.09)),
        ((0.3, 0.3, 0.3), (0.3, 0.3, 0.3), (1.0, 1.0, 1.0)),
    ],
)
def test_limits_at_the_edges(inside, rest, expected):
    found = compute_lift_limits(rate(*inside), rate(*rest), share=0.2)
    assert [float(x) for x in found] == pytest.approx(expected, abs=0.01, nan_ok=True)


def test_a_census_leaves_no_doubt():
    frame = flat_frame(3, 300, seed=1)
    found = lifts(frame, 300, seed=1)
    truth = frame.groupby("cohort")["bad"].mean() / frame["bad"].mean()
    for column in ("lift", "low", "high"):
        assert found[column].astype(float).tolist() == pytest.approx(truth.tolist())


def test_labels_without_signal_call_no_cohort_risky():
    runs, tempting, alone, called = 100, 0, 0, 0
    for seed in range(runs):
        # as real ones: half of the cohorts so small that they are drawn whole
        frame = flat_frame(8, 2000, seed, shares=SIZES / SIZES.sum())
        found = lifts(frame, 400, seed)
        tempting += bool((found["lift"] > 1.5).any())
        alone += bool((found["low"] > 1).any())
        called += bool((found["verdict"] == "risky").any())
    # the labels do tempt, and each cohort by itself would have been called too often
    assert tempting > runs / 2
    assert alone > runs / 4
    assert called <= stats.binom.ppf(0.999, runs, 0.05)


def test_a_cohort_that_differs_is_called_and_the_others_are_not():
    frame = flat_frame(5, 3000, 3, chance=[0.5, 0.08, 0.08, 0.08, 0.08])
    found = lifts(frame, 400, seed=3)
    assert found["verdict"].tolist()[0] == "risky"
    assert "risky" not in found["verdict"].tolist()[1:]


def test_labels_that_shape_do_not_measure():
    frame = flat_frame(3, 900, seed=2)
    sample = draw_sample(frame, 300, "cohort", random_state=2)
    role = np.where(np.arange(len(sample)) % 2, "shape", "measure")
    labels = label(sample, frame).assign(role=role)
    turned = labels.copy()
    shape = turned["role"] == "shape"
    turned.loc[shape, "violative"] = 1 - turned.loc[shape, "violative"]
    turned["severity"] = np.where(turned["violative"] == 1, "S3", "S0")
    design = SampleDesign.of(sample)
    before = estimate_lift(labels, design, frame["cohort"])
    pd.testing.assert_frame_equal(
        before, estimate_lift(turned, design, frame["cohort"])
    )
    both = estimate_lift(turned, design, frame["cohort"], role=None)
    assert not both["lift"].equals(before["lift"])


def test_no_lift_where_there_is_nothing_to_compare(labels, design, frame):
    one = pd.Series(7, index=frame.index, name="cohort")
    found = estimate_lift(labels, design, one)
    assert found.loc[7, "lift"] is pd.NA
    assert found.loc[7, ["low", "high", "verdict"]].tolist() == [0.0, np.inf, "no rate"]


def test_a_cohort_without_labels_is_named(labels, design, frame):
    unseen = frame.index.difference(labels.index)[:5]
    cohort = frame["cohort"].mask(frame.index.isin(unseen), 99)
    found = estimate_lift(labels, design, cohort)
    assert found.loc[99, "lift"] is pd.NA
    assert found.loc[99, "verdict"] == "no rate"


def test_labels_without_a_design_are_refused(labels, design, frame):
    with pytest.raises(TableError, match="carry no sampling design"):
        estimate_lift(labels.drop(columns="design_id"), design, frame["cohort"])
