"""The identity vault: raw identities go in, keyed tokens come out."""

from iprseg.tables.vault._hide import hide_identities
from iprseg.tables.vault._makers import register_token_maker
from iprseg.tables.vault._sketch import sketch_similarity
from iprseg.tables.vault._vault import Vault, identity_columns, is_identity

__all__ = [
    "Vault",
    "hide_identities",
    "identity_columns",
    "is_identity",
    "register_token_maker",
    "sketch_similarity",
]
