"""What is unknown of a cohort, and the protective score, stand on its card in words."""

import numpy as np
import pandas as pd
import pytest

from iprseg.charts.explore import render_cohort_card
from iprseg.cohorts import profile_cohorts
from iprseg.cohorts.lift import describe_gaps
from iprseg.cohorts.suspicion import weigh_evidence
from tests.iprseg.cohorts.small_market import DIRECTIONS


@pytest.fixture(scope="module")
def gone(market) -> np.ndarray:
    """Nine in ten of cohort 5 have no price, and one in twenty elsewhere."""
    often = np.where(market.labels == 5, 0.9, 0.05)
    return np.random.default_rng(0).random(len(often)) < often


@pytest.fixture(scope="module")
def tables(market, gone):
    return {"listings": market.listings.assign(
        price=market.listings["price"].mask(gone))}  # fmt: skip


def test_a_cohort_set_apart_by_unknown_prices_says_so(market, gone, tables):
    column = "B02_price_ratio_brand_cat"
    signals = market.signals.assign(**{column: 1.0})
    signals.loc[gone, column] = np.nan
    found = profile_cohorts(
        tables, "listing", signals, market.labels, directions=DIRECTIONS
    )
    told = found["gaps"]
    assert told[5].startswith("how its prices compare (unknown for 9")
    assert not told.drop(5).any()
    assert found.at[5, "name"].endswith("without a known price")
    assert "Mostly unknown" in render_cohort_card(found.loc[5], None)
    assert "Mostly unknown" not in render_cohort_card(found.loc[1], None)


def test_sellers_most_of_whose_listings_have_no_price_are_named_by_it(market, tables):
    shop = market.listings["seller_id"]
    labels = market.labels.groupby(shop).first()
    found = profile_cohorts(
        tables, "seller", market.signals.groupby(shop).mean(), labels, directions=DIRECTIONS)  # fmt: skip
    named = found["name"].str.endswith("without a known price")
    assert named.index[named].tolist() == [5]
    first = found.at[5, "signals"][0]
    assert first["signal"] == "missing_price" and first["rest_share"] < 0.05


def test_what_is_unknown_of_all_sets_nobody_apart():
    frame = pd.DataFrame({"F01_x": [np.nan] * 20, "E01_y": [np.nan] * 12 + [0.0] * 8})
    inside = np.arange(20) < 10
    assert describe_gaps(frame, inside) == (
        "how the seller acts (unknown for 100 % here, 20 % elsewhere)"
    )
    assert describe_gaps(frame[["F01_x"]], inside) == ""
    assert describe_gaps(frame, np.ones(20, dtype=bool)) == ""


def test_a_family_is_known_where_any_of_it_is():
    frame = pd.DataFrame({"B01_x": [np.nan] * 20, "B02_y": [0.0] * 20})
    assert describe_gaps(frame, np.arange(20) < 10) == ""


def test_the_protective_score_stands_beside_the_suspicion(market):
    score = pd.Series(np.where(market.labels == 2, 0.75, 0.25), market.labels.index)
    score[market.labels == 3] = np.nan
    every = market.signals.assign(J05_protective_score=score)
    of_market = (market.tables, "listing", market.signals, market.labels)
    evidence = weigh_evidence(*of_market, directions=DIRECTIONS, every_signal=every)
    found = profile_cohorts(*of_market, evidence=evidence)
    assert found.at[2, "protective"] == pytest.approx(0.75)
    assert found.at[2, "protective_rest"] == pytest.approx(0.25)
    assert np.isnan(found.at[3, "protective"])
    assert "75 % of the known facts" in render_cohort_card(found.loc[2], None)
    assert "Protective" not in render_cohort_card(found.loc[3], None)
    without = profile_cohorts(
        market.tables, "listing", market.signals, market.labels, directions=DIRECTIONS
    )
    pd.testing.assert_series_equal(found["suspicion"], without["suspicion"])
