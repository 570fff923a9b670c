"""Reports that a person can open anywhere: one file, no network."""

from iprseg.report.cards import write_signal_cards
from iprseg.report.write import write_report

__all__ = ["write_report", "write_signal_cards"]
