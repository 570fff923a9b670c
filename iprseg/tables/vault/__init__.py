"""The identity vault: raw identities go in, keyed tokens come out."""

from iprseg.tables.vault._hide import hide_identities
from iprseg.tables.vault._makers import register_token_maker
from iprseg.tables.vault._plan import (
    IdentityColumn,
    identity_columns,
    is_identity,
    plan_tokens,
)
from iprseg.tables.vault._sketch import sketch_similarity
from iprseg.tables.vault._vault import Vault

__all__ = [
    "IdentityColumn",
    "Vault",
    "hide_identities",
    "identity_columns",
    "is_identity",
    "plan_tokens",
    "register_token_maker",
    "sketch_similarity",
]
