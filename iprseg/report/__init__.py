"""What is written to disk: pages that open anywhere, sheets, tables, and what reads them back."""

from typing import TYPE_CHECKING, Any

from iprseg import load_public_name

if TYPE_CHECKING:
    from iprseg.report.page import write_report
    from iprseg.report.results import save_results
    from iprseg.report.signal_cards import write_signal_cards

# public name -> the module it lives in; loaded when first used
_MODULES = {
    "write_report": "page",
    "write_signal_cards": "signal_cards",
    "save_results": "results",
}

__all__ = [
    "save_results",
    "write_report",
    "write_signal_cards",
]


def __getattr__(name: str) -> Any:
    return load_public_name(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted(__all__)
