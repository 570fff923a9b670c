"""Read marketplace tables, check them, and hold them."""

from iprseg.tables._marketplace import Marketplace
from iprseg.tables._read_marketplace import read_marketplace
from iprseg.tables.capabilities import Capabilities, capabilities
from iprseg.tables.contracts import canonical_columns, contract
from iprseg.tables.dates import parse_dates
from iprseg.tables.draft import draft_mapping
from iprseg.tables.load import check_tables, load_tables
from iprseg.tables.mapping import Mapping
from iprseg.tables.parse import parse_booleans, parse_integers
from iprseg.tables.prices import parse_numbers, parse_prices
from iprseg.tables.report import CheckReport
from iprseg.tables.vault import Vault

__all__ = [
    "Capabilities",
    "CheckReport",
    "Mapping",
    "Marketplace",
    "Vault",
    "canonical_columns",
    "capabilities",
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
