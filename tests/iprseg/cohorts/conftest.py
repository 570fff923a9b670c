import pytest

from iprseg.cohorts import profile_cohorts
from tests.iprseg.cohorts.small_market import DIRECTIONS, make_small_market


@pytest.fixture(scope="package")
def market():
    return make_small_market()


@pytest.fixture(scope="package")
def profile(market):
    return profile_cohorts(
        market.tables, "listing", market.signals, market.labels, directions=DIRECTIONS
    )
