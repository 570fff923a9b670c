"""What makes no sense is refused in one sentence, before anything is computed."""

import numpy as np
import pandas as pd
import pytest

from iprseg import Marketplace, find_cohorts, rate_cohorts, track_cohorts
from iprseg.cohorts.inputs import check_markets, find_markets
from iprseg.errors import IprsegError, TableError

LISTINGS = pd.DataFrame(
    {
        "listing_id": ["L1", "L2", "L3"],
        "title": "Bag",
        "seller_id": ["S1", "S1", "S2"],
        "market": ["SE", "SE", "NO"],
    }
)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            {"labels": "x"},
            "'labels' parameter of find_cohorts must be the frame .*got 'x'",
        ),
        ({"stability": 1.5}, "'stability' .* must be a whole number; got 1.5"),
        ({"stability": True}, "'stability' parameter .*; got True"),
        ({"min_cohort_size": 1}, "'min_cohort_size' .* must be a number >= 2; got 1"),
        ({"min_cohort_size": 5.5}, "'min_cohort_size' .* whole number; got 5.5"),
        ({"min_cohort_size": "9"}, "'min_cohort_size' .* number >= 2; got '9'"),
        ({"segmenter": "hdbscan"}, "'segmenter' .* must be a Segmenter; got 'hdbscan'"),
    ],
)
def test_find_cohorts_refuses(asked, told):
    marketplace = Marketplace.from_frames({"listings": LISTINGS})
    with pytest.raises(IprsegError, match=told):
        find_cohorts(marketplace, **asked)


def test_rate_cohorts_refuses_what_are_no_labels():
    with pytest.raises(
        IprsegError, match=r"'labels' parameter of rate_cohorts .*; got"
    ):
        rate_cohorts({}, "listing", pd.Series([0]), pd.DataFrame(), ["L1"])


def test_ids_are_told_as_a_person_would_write_them():
    one = pd.Series([0, 1], index=[1, 2])
    with pytest.raises(TableError, match="hold the id 1 more than once"):
        track_cohorts(one.set_axis([1, 1]), one)
    with pytest.raises(TableError, match=r"share no id \(such as 1 and 7\)"):
        track_cohorts(one, one.set_axis([7, 8]))


@pytest.mark.parametrize(
    ("level", "expected"),
    [("listing", {"L1": "SE", "L3": "NO"}), ("seller", {"S1": "SE", "S2": "NO"})],
)
def test_markets_are_those_of_the_listings(level, expected):
    found = find_markets({"listings": LISTINGS}, level, pd.Index(list(expected)))
    assert found.to_dict() == expected
    assert find_markets({"listings": LISTINGS.drop(columns="market")}, level,
                      pd.Index(["L1"])) is None  # fmt: skip


def test_a_sellers_own_market_goes_before_that_of_its_listings():
    sellers = pd.DataFrame({"seller_id": ["S1", "S2"], "market": ["DK", np.nan]})
    tables = {"listings": LISTINGS, "sellers": sellers}
    found = find_markets(tables, "seller", pd.Index(["S1", "S2"]))
    assert found.fillna("").to_dict() == {"S1": "DK", "S2": ""}


def test_equal_ids_of_other_markets_are_other_things():
    before = pd.Series("SE", index=["L1", "L2", "L3", "L9"])
    check_markets(before, before.replace("SE", "SE"))
    check_markets(before, None)
    moved = before.copy()
    moved[["L1", "L2"]] = "NO"  # half of them may have moved
    check_markets(before, moved)
    moved["L3"] = "NO"
    with pytest.raises(TableError, match=r"3 of the 4 ids .*'L1' was of SE and is of"):
        check_markets(before, moved)
