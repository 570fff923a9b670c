"""Read marketplace tables, check them, and hold them."""

from iprseg.tables.check_report import CheckReport
from iprseg.tables.contracts import canonical_columns, contract
from iprseg.tables.draft import draft_mapping
from iprseg.tables.loading import check_tables, load_tables
from iprseg.tables.mapping import ColumnMapping
from iprseg.tables.marketplace import Marketplace, read_marketplace
from iprseg.tables.parsing import parse_booleans, parse_dates, parse_integers
from iprseg.tables.prices import parse_numbers, parse_prices
from iprseg.tables.vault import Vault

__all__ = [
    "CheckReport",
    "ColumnMapping",
    "Marketplace",
    "Vault",
    "canonical_columns",
    "check_tables",
    "contract",
    "draft_mapping",
    "load_tables",
    "parse_booleans",
    "parse_dates",
    "parse_integers",
    "parse_numbers",
    "parse_prices",
    "read_marketplace",
]
