"""The marketplace and the way to read one."""

from iprseg.tables._marketplace import Marketplace
from iprseg.tables._read_marketplace import read_marketplace

__all__ = ["Marketplace", "read_marketplace"]
