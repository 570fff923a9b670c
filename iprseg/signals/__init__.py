"""Risk signals of listings, sellers and creators."""

from typing import TYPE_CHECKING, Any

from iprseg import load_public_name

if TYPE_CHECKING:
    from iprseg.signals.card_inputs import signal_groups
    from iprseg.signals.cards import signal_cards
    from iprseg.signals.compute import compute_signals, missing_reasons
    from iprseg.signals.registry import signal_catalogue, signal_families
    from iprseg.signals.requirements import Capabilities, capabilities

# public name -> the module it lives in; loaded when first used
_MODULES = {
    "compute_signals": "compute",
    "missing_reasons": "compute",
    "signal_catalogue": "registry",
    "signal_families": "registry",
    "signal_cards": "cards",
    "signal_groups": "card_inputs",
    "capabilities": "requirements",
    "Capabilities": "requirements",
}

__all__ = [
    "Capabilities",
    "capabilities",
    "compute_signals",
    "missing_reasons",
    "signal_cards",
    "signal_catalogue",
    "signal_families",
    "signal_groups",
]


def __getattr__(name: str) -> Any:
    return load_public_name(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted(__all__)
