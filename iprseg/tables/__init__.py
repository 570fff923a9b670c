"""Read marketplace tables, check them, and hold them."""

from iprseg.tables.contracts import canonical_columns, contract
from iprseg.tables.dates import parse_dates
from iprseg.tables.parse import parse_booleans, parse_integers
from iprseg.tables.prices import parse_numbers, parse_prices
from iprseg.tables.report import CheckReport

__all__ = [
    "CheckReport",
    "canonical_columns",
    "contract",
    "parse_booleans",
    "parse_dates",
    "parse_integers",
    "parse_numbers",
    "parse_prices",
]
