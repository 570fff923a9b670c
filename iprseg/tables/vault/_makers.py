"""The registry of keyed token makers: which raw column gives which tokens."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal

from iprseg._check import check_option
from iprseg.errors import IprsegError
from iprseg.tables.vault import _normalise as norm
from iprseg.tables.vault._names import attribute_of

KINDS = ("exact", "sketch")


@dataclass(frozen=True)
class TokenMaker:
    """How one token column follows from one raw identity column.

    Attributes
    ----------
    name : str
        Token column, such as ``phone_pid``.
    function : callable
        Raw value to canonical text (or to a set of texts for a sketch); None when the
        value says nothing.
    kind : {'exact', 'sketch', 'open'}
        A keyed hash of the text, a keyed MinHash of the set, or the text itself, which
        only ``email_domain`` is.
    """

    name: str
    function: Callable[[Any], str | Collection[str] | None]
    kind: Literal["exact", "sketch", "open"] = "exact"


_EXACT = {
    "name": norm.normalise_text,
    "address": norm.normalise_address,
    "phone": norm.normalise_phone,
    "email": norm.normalise_email,
    "bank": norm.normalise_code,
    "tax": norm.normalise_code,
    "device": norm.normalise_text,
    "ip24": norm.normalise_network,
    "warehouse": norm.normalise_address,
    "return_addr": norm.normalise_address,
    "legal_rep": norm.normalise_text,
    "doc_hash": norm.normalise_code,
    "buyer": norm.normalise_text,
    "exif": norm.normalise_text,
    "annotator": norm.normalise_text,
}
_FURTHER = {
    "name": (TokenMaker("name_sketch", norm.name_shingles, "sketch"),),
    "address": (TokenMaker("address_sketch", norm.address_shingles, "sketch"),),
    "phone": (TokenMaker("phone_last6_pid", norm.normalise_phone_last6),),
    "email": (
        TokenMaker("email_domain", norm.email_domain, "open"),
        TokenMaker("email_template_pid", norm.email_template),
    ),
}
_registered: dict[str, dict[str, TokenMaker]] = {}


def register_token_maker(
    name: str,
    column: str,
    function: Callable[[Any], str | Collection[str] | None],
    kind: Literal["exact", "sketch"] = "exact",
) -> None:
    """Add a token column made from a raw identity column, for vaults made afterwards.

    The column becomes an identity column in every table: its raw values are dropped on
    load. What the function returns is always keyed; it never leaves the vault as it is.

    Parameters
    ----------
    name : str
        Token column to make; ends in ``_pid`` (exact) or ``_sketch``.
    column : str
        Raw column to make it from.
    function : callable
        Takes one raw value that is not missing; returns its canonical text (a set of
        texts for a sketch), or None when the value says nothing.
    kind : {'exact', 'sketch'}, default='exact'
        Keyed hash, equal for equal texts; or keyed MinHash, alike for like sets.

    Raises
    ------
    IprsegError
        When the name has another ending, or is one that the vault makes by itself.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.tables.vault import Vault, register_token_maker
    >>> register_token_maker("chat_pid", "chat_handle", lambda v: str(v).lstrip("@"))
    >>> raw = pd.DataFrame({"seller_id": ["s1"], "chat_handle": ["@shop"]})
    >>> list(Vault(bytes(range(32))).pseudonymise(raw))
    ['seller_id', 'chat_pid']
    """
    check_option("kind", kind, KINDS, "register_token_maker")
    ending = "_pid" if kind == "exact" else "_sketch"
    if not name.endswith(ending):
        raise IprsegError(
            f"The token column {name!r} must end in {ending!r}, so that a reader sees "
            "that it holds tokens."
        )
    if name in _own_names():
        raise IprsegError(f"The vault makes {name!r} by itself: choose another name.")
    _registered.setdefault(column, {})[name] = TokenMaker(name, function, kind)


def makers_for(table: str, column: str) -> tuple[TokenMaker, ...]:
    """Return the token makers of a raw column, none if it identifies nobody."""
    extra = tuple(_registered.get(column, {}).values())
    attribute = attribute_of(table, column)
    return (*makers_of(attribute), *extra) if attribute else extra


def makers_of(attribute: str) -> tuple[TokenMaker, ...]:
    """Return the token makers of what a column identifies, such as ``phone``."""
    exact = TokenMaker(f"{attribute}_pid", _EXACT[attribute])
    return (exact, *_FURTHER.get(attribute, ()))


def generic_maker(column: str) -> TokenMaker:
    """Return the maker for a column of the identity table that nobody declared."""
    return TokenMaker(f"{column}_pid", norm.normalise_text)


def _own_names() -> set[str]:
    further = {maker.name for makers in _FURTHER.values() for maker in makers}
    return further | {f"{attribute}_pid" for attribute in _EXACT}
