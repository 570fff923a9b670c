import pandas as pd
import pytest
from scipy.stats import binom

from iprseg.errors import IprsegError, TableError
from iprseg.simulate import SimulatedLabeler, SimulatedMarketplace
from labeling import Codebook

PERFECT = {"sensitivity": 1, "specificity": 1, "nonresponse": 0}


def answers(labeler: SimulatedLabeler, truth: pd.DataFrame) -> pd.DataFrame:
    """One row per listing: what is planted, and what was said."""
    said = [labeler.answer(one) or {} for one in truth["listing_id"]]
    return truth.assign(
        said=[one.get("primary") for one in said],
        called=[one.get("severity", "S0") != "S0" for one in said],
    )


def usual_count(hits: int, n: int, share: float) -> bool:
    """Whether a binomial count lies where 9,999 of 10,000 do (scipy's quantiles)."""
    low, high = binom.ppf([5e-5, 1 - 5e-5], n, share)
    return low <= hits <= high


@pytest.mark.parametrize(
    ("sensitivity", "specificity", "nonresponse"),
    [(0.9, 0.98, 0.02), (0.6, 0.8, 0.3)],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_it_errs_as_often_as_it_says(
    evasive: list[SimulatedMarketplace],
    sensitivity: float,
    specificity: float,
    nonresponse: float,
    seed: int,
) -> None:
    truth = evasive[0].truth
    labeler = SimulatedLabeler(truth, sensitivity, specificity, nonresponse, seed)
    found = answers(labeler, truth["listings"])
    assert usual_count(found["said"].isna().sum(), len(found), nonresponse)
    found = found[found["said"].notna()]
    bad, honest = found[found["violative"]], found[~found["violative"]]
    assert len(bad) > 200 and len(honest) > 5_000
    assert usual_count(bad["called"].sum(), len(bad), sensitivity)
    assert usual_count((~honest["called"]).sum(), len(honest), specificity)


def test_labels_that_are_right_are_the_planted_ones(
    usual: SimulatedMarketplace,
) -> None:
    labeler = SimulatedLabeler(usual.truth, **PERFECT)
    for row in usual.truth["listings"].to_dict("records"):
        answer = labeler.answer(row["listing_id"])
        assert answer["primary"] == row["violation_type"]
        assert answer["severity"] == row["severity"]
        assert answer.get("ni_reason") == (
            None if row["violative"] else row["ni_reason"]
        )


def test_the_answer_does_not_depend_on_the_order(usual: SimulatedMarketplace) -> None:
    ids = usual.truth["listings"]["listing_id"].tolist()
    forward, backward = (SimulatedLabeler(usual.truth, 0.7, 0.7, 0.3) for _ in "ab")
    there = {one: forward.answer(one) for one in ids}
    back = {one: backward.answer(one) for one in reversed(ids)}
    assert there == back
    assert forward.answer(ids[0]) == there[ids[0]]  # nor on being asked again


def test_a_listing_is_judged_alike_in_a_larger_truth(
    usual: SimulatedMarketplace,
) -> None:
    part = {"listings": usual.truth["listings"].iloc[::7]}
    few, all_of_it = (
        SimulatedLabeler(truth, 0.7, 0.7, 0.3) for truth in (part, usual.truth)
    )
    for one in part["listings"]["listing_id"]:
        assert few.answer(one) == all_of_it.answer(one)


def test_labelers_of_different_seeds_err_independently(
    usual: SimulatedMarketplace,
) -> None:
    truth = usual.truth["listings"]
    one, two = (
        answers(SimulatedLabeler(usual.truth, 0.9, 0.8, 0, seed), truth)["called"]
        for seed in (0, 1)
    )
    honest = ~truth["violative"]
    both = (one & two & honest).sum()
    assert usual_count(both, honest.sum(), 0.2 * 0.2)


@pytest.mark.parametrize("seed", [0, 5])
def test_the_codebook_takes_every_answer(
    usual: SimulatedMarketplace, seed: int
) -> None:
    book = Codebook.load("ipr_listing")
    labeler = SimulatedLabeler(usual.truth, 0.5, 0.5, 0.1, seed)
    taken = set()
    for one in usual.truth["listings"]["listing_id"]:
        answer = labeler.answer(one)
        if answer is not None:
            assert book.check(answer) == answer
            taken.add(answer["primary"])
    assert len(taken) >= 10  # of the 13 planted, one of them for one listing


def test_the_apparent_rate_is_that_of_its_labels_and_errs_as_they_do(
    usual: SimulatedMarketplace,
) -> None:
    truth = usual.truth["listings"]
    labeler = SimulatedLabeler(usual.truth, 0.8, 0.9, nonresponse=0)
    said = [labeler.answer(one)["severity"] for one in truth["listing_id"]]
    apparent = labeler.apparent_rate(truth["listing_id"])
    assert apparent == pd.Series(said).isin(["S2", "S3", "S4"]).mean()
    severe = truth["severity"].isin(["S2", "S3", "S4"]).sum()
    honest = (~truth["violative"]).sum()
    expected = 0.8 * severe + (1 - 0.9) * honest
    # a sum over chances that differ spreads no wider than one over their mean
    n = len(truth)
    assert usual_count(round(apparent * n), n, expected / n)
    assert apparent > 2 * severe / n  # label error alone moves it


def test_skips_do_not_move_the_apparent_rate(usual: SimulatedMarketplace) -> None:
    ids = usual.truth["listings"]["listing_id"]
    rates = {
        share: SimulatedLabeler(usual.truth, nonresponse=share).apparent_rate(ids)
        for share in (0, 0.5)
    }
    assert rates[0] == rates[0.5]


def test_without_error_the_apparent_rate_is_the_planted_one(
    usual: SimulatedMarketplace,
) -> None:
    truth = usual.truth["listings"]
    planted = truth["severity"].isin(["S2", "S3", "S4"]).mean()
    labeler = SimulatedLabeler(usual.truth, **PERFECT)
    assert labeler.apparent_rate(truth["listing_id"]) == planted


@pytest.mark.parametrize("ask", ["answer", "apparent_rate"])
def test_an_unknown_listing_is_one_clear_error(
    usual: SimulatedMarketplace, ask: str
) -> None:
    labeler = SimulatedLabeler(usual.truth)
    question = "X1" if ask == "answer" else ["L00000001", "X1"]
    with pytest.raises(IprsegError, match="no listing 'X1', so SimulatedLabeler"):
        getattr(labeler, ask)(question)


def test_a_rate_of_nothing_is_refused(usual: SimulatedMarketplace) -> None:
    with pytest.raises(IprsegError, match="at least one listing id; got none"):
        SimulatedLabeler(usual.truth).apparent_rate([])


@pytest.mark.parametrize(
    ("name", "value", "bounds"),
    [
        ("sensitivity", 1.1, ">= 0 and <= 1; got 1.1"),
        ("specificity", -0.1, ">= 0 and <= 1; got -0.1"),
        ("specificity", "high", ">= 0 and <= 1; got 'high'"),
        ("nonresponse", 1, ">= 0 and < 1; got 1"),
        ("nonresponse", float("nan"), ">= 0 and < 1; got nan"),
        ("random_state", -1, "a number >= 0; got -1"),
        ("random_state", 0.5, "a whole number; got 0.5"),
    ],
)
def test_a_number_out_of_range_is_named(
    usual: SimulatedMarketplace, name: str, value: object, bounds: str
) -> None:
    with pytest.raises(IprsegError, match=f"'{name}' parameter.*{bounds}"):
        SimulatedLabeler(usual.truth, **{name: value})


def test_what_is_no_truth_is_refused(usual: SimulatedMarketplace) -> None:
    with pytest.raises(IprsegError, match="a dict with 'listings'; got DataFrame"):
        SimulatedLabeler(usual.truth["listings"])
    bare = {"listings": usual.truth["listings"].drop(columns=["severity"])}
    with pytest.raises(TableError, match="needs the column 'severity'"):
        SimulatedLabeler(bare)
