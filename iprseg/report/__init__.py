"""Reports that a person can open anywhere: one file, no network."""

from iprseg.report.write import write_report

__all__ = ["write_report"]
