"""Risk signals of listings and sellers, and the brands they rest on."""

from iprseg.signals._catalogue import signal_catalogue
from iprseg.signals.brands import BrandList, find_brand_mentions, learn_brands
from iprseg.signals.cards import signal_cards
from iprseg.signals.compute import compute_signals
from iprseg.signals.groups import card_groups

__all__ = [
    "BrandList",
    "card_groups",
    "compute_signals",
    "find_brand_mentions",
    "learn_brands",
    "signal_cards",
    "signal_catalogue",
]
