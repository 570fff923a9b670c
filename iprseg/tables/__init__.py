"""Read marketplace tables, check them, and hold them."""

from typing import TYPE_CHECKING, Any

from iprseg import load_public_name

if TYPE_CHECKING:
    from iprseg.tables.access import MarketplaceLike
    from iprseg.tables.checks import CheckReport
    from iprseg.tables.contracts import canonical_columns, contract
    from iprseg.tables.draft import draft_mapping
    from iprseg.tables.loading import check_tables, load_tables
    from iprseg.tables.mapping import ColumnMapping
    from iprseg.tables.marketplace import Marketplace, read_marketplace
    from iprseg.tables.parsing import parse_booleans, parse_dates, parse_integers
    from iprseg.tables.prices import parse_numbers, parse_prices
    from iprseg.tables.vault import Vault

# public name -> the module it lives in; loaded when first used
_MODULES = {
    "CheckReport": "checks",
    "ColumnMapping": "mapping",
    "Marketplace": "marketplace",
    "MarketplaceLike": "access",
    "Vault": "vault",
    "canonical_columns": "contracts",
    "check_tables": "loading",
    "contract": "contracts",
    "draft_mapping": "draft",
    "load_tables": "loading",
    "parse_booleans": "parsing",
    "parse_dates": "parsing",
    "parse_integers": "parsing",
    "parse_numbers": "prices",
    "parse_prices": "prices",
    "read_marketplace": "marketplace",
}

__all__ = [
    "CheckReport",
    "ColumnMapping",
    "Marketplace",
    "MarketplaceLike",
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


def __getattr__(name: str) -> Any:
    return load_public_name(__name__, _MODULES, name)


def __dir__() -> list[str]:
    return sorted(__all__)
