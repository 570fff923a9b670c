"""One small marketplace, and each behaviour planted in it once."""

from collections.abc import Callable
from functools import cache

import pytest

from iprseg.simulate import Simulated, add_adversaries, make_marketplace

Planted = Callable[..., Simulated]


@pytest.fixture(scope="session")
def plain() -> Simulated:
    return make_marketplace(900, 170, 0, 4)


@pytest.fixture(scope="session")
def planted(plain: Simulated) -> Planted:
    """Give the marketplace with one behaviour, made once for each share and code."""

    @cache
    def plant(code: str, share: float = 0.4) -> Simulated:
        return add_adversaries(plain, {code: share}, random_state=6)

    return plant
