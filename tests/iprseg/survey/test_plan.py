import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import samplesize_confint_proportion

from iprseg.errors import IprsegError
from iprseg.survey import plan_sample

ENDLESS = 10**12


@pytest.mark.parametrize(
    ("rate", "half_width", "labels"),
    [  # domain-spec §4.3 and labeling-reference §4
        (0.005, 0.001, 19_112),
        (0.01, 0.002, 9_508),
        (0.02, 0.005, 3_012),
        (0.05, 0.01, 1_825),
        (0.1, 0.02, 864),
        (0.9, 0.03, 384),
        (0.5, 0.03, 1_068),
    ],
)
def test_published_sample_sizes(rate, half_width, labels):
    plan = plan_sample(ENDLESS, half_width, rates=rate)
    parity = np.ceil(samplesize_confint_proportion(rate, half_width))
    assert plan.loc["frame", "n_stratum"] == parity
    assert plan.loc["frame", "n_overall"] == parity
    assert parity == pytest.approx(labels, abs=1)  # published to the nearest label


def test_a_small_frame_needs_fewer_labels():
    """Cochran (1977), section 4.4: n0 / (1 + n0 / N)."""
    plan = plan_sample(1000, 0.03)
    assert plan.loc["frame", "n_stratum"] == 517  # 1067.07 / 2.06707 = 516.2


def test_without_expected_hits_the_bound_at_zero_decides():
    """No hit in n labels bounds the rate by 0.2 % at n = ln(0.025) / ln(0.998)."""
    plan = plan_sample(ENDLESS, 0.001, rates=0.0)
    assert plan.loc["frame", "n_stratum"] == 1843


def test_the_design_effect_multiplies():
    one = plan_sample(ENDLESS, 0.02, rates=0.1).loc["all", "n_stratum"]
    three = plan_sample(ENDLESS, 0.02, rates=0.1, deff=3).loc["all", "n_stratum"]
    assert three == pytest.approx(3 * one, abs=2)


def test_strata_share_by_neyman_and_keep_two_each():
    sizes = {"hot": 10_000, "cold": 80_000, "tiny": 3}
    plan = plan_sample(sizes, 0.01, rates={"hot": 0.5, "cold": 0.02, "tiny": 0.02})
    ratio = plan.loc["hot", "n_overall"] / plan.loc["cold", "n_overall"]
    assert ratio == pytest.approx(10 * 0.5 / (80 * 0.14), rel=0.01)
    assert plan.loc["tiny", "n_overall"] == 2
    assert plan.loc["all", "n_overall"] == plan["n_overall"].iloc[:-1].sum()
    assert plan.loc["all", "n_overall"] < plan.loc["all", "n_stratum"]


def test_a_series_of_sizes():
    counts = pd.Series(["a", "a", "b"]).value_counts()
    assert plan_sample(counts, 0.1).index.tolist() == ["a", "b", "all"]


@pytest.mark.parametrize(
    ("sizes", "half_width", "options", "message"),
    [
        (100, 0, {}, "'half_width' parameter of plan_sample must be"),
        (100, 0.1, {"deff": 0}, "'deff' parameter of plan_sample must be"),
        (100, 0.1, {"confidence": 1}, "'confidence' parameter of plan_sample must"),
        ({}, 0.1, {}, "needs whole numbers of at least 1"),
        ({"a": 0}, 0.1, {}, "needs whole numbers of at least 1"),
        ({"a": 9, "b": 9}, 0.1, {"rates": {"a": 0.1}}, "'b' has nan"),
        (9, 0.1, {"rates": 1.2}, "needs a rate from 0 to 1 for every stratum"),
    ],
)
def test_plans_that_cannot_be_made_are_refused(sizes, half_width, options, message):
    with pytest.raises(IprsegError, match=message):
        plan_sample(sizes, half_width, **options)


def test_a_frame_without_strata_is_planned_as_one():
    plan = plan_sample({"all": 5000}, 0.05, rates={"all": 0.1})
    assert plan.index.tolist() == ["frame", "all"]
    assert plan.loc["all"].equals(plan.loc["frame"].rename("all"))


def test_a_stratum_may_not_be_named_like_the_row_of_sums():
    with pytest.raises(IprsegError, match="stratum named 'all'"):
        plan_sample({"all": 50, "other": 50}, 0.05)
