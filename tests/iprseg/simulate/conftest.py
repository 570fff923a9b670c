"""Marketplaces made once for the whole room."""

import pytest

from iprseg.simulate import SimulatedMarketplace, make_marketplace


@pytest.fixture(scope="session")
def usual() -> SimulatedMarketplace:
    """The default size, evasion 0."""
    return make_marketplace()


@pytest.fixture(scope="session")
def evasive() -> list[SimulatedMarketplace]:
    """One seed at each level of evasion, large enough to compare shares."""
    return [make_marketplace(12_000, 1_900, level, 3) for level in range(4)]
