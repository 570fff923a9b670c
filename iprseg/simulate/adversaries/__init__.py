"""Adversarial behaviours beside the frozen simulator, each a switch with its truth."""

from iprseg.simulate.adversaries.add import add_adversaries
from iprseg.simulate.adversaries.catalogue import adversary_catalogue

__all__ = ["add_adversaries", "adversary_catalogue"]
