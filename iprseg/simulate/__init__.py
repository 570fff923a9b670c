"""A seeded synthetic marketplace with known truth, for tests and demonstrations.

Its vocabulary is its own. Do not tune a detector on it, nor it on a detector: results
on it say that the machinery works, and little about real listings.
"""

from iprseg.simulate._marketplace import Simulated, make_marketplace
from iprseg.simulate._write import write_marketplace

__all__ = ["Simulated", "make_marketplace", "write_marketplace"]
