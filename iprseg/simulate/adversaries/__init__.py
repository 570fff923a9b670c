"""Adversarial behaviours beside the frozen simulator, each a switch with its truth."""

from iprseg.simulate.adversaries.behaviours import add_adversaries, adversary_catalogue

__all__ = ["add_adversaries", "adversary_catalogue"]
