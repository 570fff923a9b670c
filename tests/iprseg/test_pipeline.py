"""The whole path in one call: own signals, and what is asked of its types."""

import inspect

import pandas as pd
import pytest

from iprseg import Marketplace, TextEmbedder, find_cohorts, make_marketplace
from iprseg.errors import IprsegError


@pytest.fixture(scope="module")
def market() -> Marketplace:
    return Marketplace.from_frames(make_marketplace(400, 40, random_state=3).tables)


def measure_even_ids(marketplace: Marketplace) -> pd.Series:
    """A difference that nothing else in the tables tells."""
    ids = marketplace.listings.index
    return pd.Series([float(place % 2) for place in range(len(ids))], index=ids)


OWN = {"X01_even_place": measure_even_ids}


@pytest.fixture(scope="module")
def plain(market):
    return find_cohorts(market, embedder=TextEmbedder("lexical"))


def test_own_signals_are_computed_and_take_no_part_unless_asked(market, plain):
    found = find_cohorts(market, embedder=TextEmbedder("lexical"), own=OWN)
    assert found.signals["X01_even_place"].mean() == 0.5
    assert "X01_even_place" not in found.features
    pd.testing.assert_series_equal(found.assignments, plain.assignments)
    pd.testing.assert_frame_equal(found.features, plain.features)
    assert (found.cohorts["suspicion"] == plain.cohorts["suspicion"]).all()


def test_own_signals_group_when_asked_and_are_told_on_the_card(market):
    found = find_cohorts(
        market, embedder=TextEmbedder("lexical"), own=OWN, group_by_own=True
    )
    assert found.blocks["own"] == ["X01_even_place"]
    own = found.signals["X01_even_place"]
    pure = own.groupby(found.assignments).mean().drop(-1, errors="ignore")
    assert pure.isin([0, 1]).mean() > 0.8
    told = {one["signal"] for card in found.cohorts["signals"] for one in card}
    assert "X01_even_place" in told


def test_an_own_signal_of_another_level_is_refused(market, tmp_path):
    query = tmp_path / "X02_sold.sql"
    query.write_text(
        "-- X02 sold: listings of a seller\n-- level: seller\n"
        "-- columns: listings.seller_id\n-- missing: none\n"
        "SELECT seller_id AS id, count(*) AS value FROM listings GROUP BY seller_id\n"
    )
    with pytest.raises(IprsegError, match="is of level 'seller'"):
        find_cohorts(market, own={"X02_sold": query})


def test_the_types_of_the_pipeline_are_real_ones():
    hints = inspect.signature(find_cohorts).parameters.values()
    assert not [one.name for one in hints if "Any" in str(one.annotation)]
    assert not [one for one in hints if one.kind == one.VAR_KEYWORD]
