"""One small marketplace, and each behaviour planted in it once."""

from collections.abc import Callable
from functools import cache

import pytest

from iprseg.simulate import SimulatedMarketplace, add_adversaries, make_marketplace

Planted = Callable[..., SimulatedMarketplace]


@pytest.fixture(scope="session")
def plain() -> SimulatedMarketplace:
    return make_marketplace(900, 170, 0, 4)


@pytest.fixture(scope="session")
def planted(plain: SimulatedMarketplace) -> Planted:
    """Give the marketplace with one behaviour, made once for each share and code."""

    @cache
    def plant(code: str, share: float = 0.4) -> SimulatedMarketplace:
        return add_adversaries(plain, {code: share}, random_state=6)

    return plant
