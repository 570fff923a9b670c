"""A seeded synthetic marketplace with known truth, for tests and demonstrations.

Its vocabulary is its own. Do not tune a detector on it, nor it on a detector: results
on it say that the machinery works, and little about real listings.
"""

from iprseg.simulate.adversaries import add_adversaries, adversary_catalogue
from iprseg.simulate.evaluation import SimulatedLabeler, planted_agreement
from iprseg.simulate.marketplace import (
    SimulatedMarketplace,
    make_marketplace,
    write_marketplace,
)

__all__ = [
    "SimulatedLabeler",
    "SimulatedMarketplace",
    "add_adversaries",
    "adversary_catalogue",
    "make_marketplace",
    "planted_agreement",
    "write_marketplace",
]
