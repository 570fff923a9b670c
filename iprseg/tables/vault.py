"""The identity vault: raw identities go in, keyed tokens come out."""

import hashlib
import hmac
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError
from iprseg.tables.contracts import normalise_name
from iprseg.tables.identities import (
    KeyedMinHash,
    TokenMaker,
    build_generic_maker,
    detect_contact_kind,
    find_column_makers,
    get_attribute_makers,
)
from iprseg.validation import check_option

IDENTITY_TABLE = "seller_identity"
_TOKEN_ENDINGS = ("_pid", "_sketch")
# columns of the identity table that say nothing about a person
_SAFE_COLUMNS = frozenset(
    ("seller_id", "market", "country", "created_at", "valid_from", "email_domain")
)


@dataclass(frozen=True)
class IdentityColumn:
    """One raw identity column.

    Attributes
    ----------
    makers : tuple of TokenMaker
        What gives its tokens, under names that no other column of the table has.
    look : {'email', 'phone'} or None
        What its values look like, where its name does not tell.
    beside : str or None
        The column that gives the usual token, where this one has one of its own.
    """

    makers: tuple[TokenMaker, ...]
    look: str | None = None
    beside: str | None = None


def plan_tokens(frame: pd.DataFrame, table: str) -> dict[str, IdentityColumn]:
    """Find the raw identity columns of a table, and name their tokens.

    Of two columns for one token, the first gives the usual one, the second one that
    bears its own name.

    Parameters
    ----------
    frame : DataFrame
        A table.
    table : str
        Its canonical name.

    Examples
    --------
    >>> frame = pd.DataFrame({"name": ["Ada"], "legal_name": ["Ada Ltd"]})
    >>> plan = plan_tokens(frame, "sellers")
    >>> [maker.name for maker in plan["legal_name"].makers], plan["legal_name"].beside
    (['legal_name_pid', 'legal_name_sketch'], 'name')
    """
    found = _find_identity_columns(frame, table)
    # who gives which column; None for the table itself
    taken: dict[str, str | None] = {
        str(c): None for c in frame.columns if c not in found
    }
    plan: dict[str, IdentityColumn] = {}
    for column, item in found.items():
        clash = [maker.name for maker in item.makers if maker.name in taken]
        if clash:
            makers = _name_own_tokens(column, item.makers, taken)
            item = replace(item, makers=makers, beside=taken[clash[0]] or clash[0])
        taken |= {maker.name: str(column) for maker in item.makers}
        plan[column] = item
    return plan


def _find_identity_columns(
    frame: pd.DataFrame, table: str
) -> dict[str, IdentityColumn]:
    found = {}
    for position, column in enumerate(frame.columns):
        if makers := _find_token_makers(table, str(column)):
            found[column] = IdentityColumn(makers)
            continue
        known = _is_known_column(table, str(column))
        if not known and (look := detect_contact_kind(frame.iloc[:, position])):
            found[column] = IdentityColumn(get_attribute_makers(look), look)
    return found


def _name_own_tokens(
    column: object, makers: tuple[TokenMaker, ...], taken: dict[str, str | None]
) -> tuple[TokenMaker, ...]:
    """Name tokens after their column: the first word says what is identified."""
    base = "_".join(normalise_name(str(column)).split())
    number = 1
    while True:
        stem = base if number == 1 else f"{base}_{number}"
        names = [f"{stem}_{maker.name.partition('_')[2]}" for maker in makers]
        if not taken.keys() & set(names) and len(set(names)) == len(names):
            break
        number += 1
    pairs = zip(makers, names, strict=True)
    return tuple(replace(maker, name=name) for maker, name in pairs)


def is_identity(table: str, column: str) -> bool:
    """Say whether a column of a table holds raw identities, by its name.

    >>> is_identity("seller_identity", "phone"), is_identity("listings", "phone")
    (True, False)
    """
    return bool(_find_token_makers(table, column))


def identity_columns(frame: pd.DataFrame, table: str) -> list[str]:
    """Name the columns of a table that hold raw identities.

    Parameters
    ----------
    frame : DataFrame
        A table.
    table : str
        Its canonical name.

    Returns
    -------
    list of str
        Columns that :meth:`Vault.pseudonymise` would replace.

    Examples
    --------
    >>> import pandas as pd
    >>> identity_columns(pd.DataFrame(columns=["seller_id", "E-mail"]), "sellers")
    ['E-mail']
    >>> identity_columns(pd.DataFrame(columns=["brand_id", "name"]), "brands")
    []
    """
    return list(_find_identity_columns(frame, table))


def _find_token_makers(table: str, column: str) -> tuple[TokenMaker, ...]:
    if column.endswith(_TOKEN_ENDINGS):
        return ()
    makers = find_column_makers(table, column)
    if makers or table != IDENTITY_TABLE or not column or column in _SAFE_COLUMNS:
        return makers
    return (build_generic_maker(column),)


def _is_known_column(table: str, column: str) -> bool:
    """Say whether a column is what it is, whatever its values look like."""
    from iprseg.tables.contracts import get_table_columns

    tokens = column.endswith(_TOKEN_ENDINGS) or column == "email_domain"
    return tokens or column in get_table_columns(table).index


_TOKEN_DTYPE = pd.StringDtype(na_value=np.nan)  # what str means in pandas 3, and in 2.3
DOMAINS = ("labeling", "analytics", "export")
_TOKEN_DIGITS = 32  # 128 bits: no accidental equals below 10^18 values


class Vault:
    """Turns raw identities into keyed tokens, so that equal people can be counted.

    A token is HMAC-SHA256 of the column's name and the normalised value under a key
    that belongs to one domain. Without the key nobody can try out phone numbers until
    a token fits, and tables of two domains cannot be joined on tokens.

    Parameters
    ----------
    key : bytes
        Master key, at least 32 bytes. Use :meth:`open` to take it from a file or the
        environment.
    domain : {'labeling', 'analytics', 'export'}, default='analytics'
        What the tokens are for; each domain has a key of its own.

    Attributes
    ----------
    domain : str
        As given.
    key_id : str
        Eight hexadecimal digits that tell which key made the tokens.

    Raises
    ------
    IprsegError
        When the key is too short or repetitive, or the domain is not one of the three.

    Notes
    -----
    Tokens are personal data still, since whoever holds the key can link them. A new
    key gives other tokens everywhere; load the tables again after a change of key.
    Domains and e-mail templates have few values: their tokens hide the value but show
    how frequent it is. ``email_domain`` is kept readable.

    Examples
    --------
    >>> import pandas as pd
    >>> raw = pd.DataFrame(
    ...     {
    ...         "seller_id": ["s1", "s2"],
    ...         "phone": ["+49 170 123 4567", "0049/1701234567"],
    ...     }
    ... )
    >>> vault = Vault(bytes(range(32)))
    >>> vault
    Vault(domain='analytics', key_id='...')
    >>> tokens = vault.pseudonymise(raw)
    >>> list(tokens)
    ['seller_id', 'phone_pid', 'phone_last6_pid']
    >>> bool(tokens["phone_pid"].nunique() == 1)
    True
    """

    __slots__ = ("_key", "_minhash", "domain", "key_id")

    def __init__(self, key: bytes, domain: str = "analytics") -> None:
        check_option("domain", domain, DOMAINS, "Vault")
        self.domain: str = domain
        self._key = _derive_key(_check_key(key, "the 'key' parameter"), domain)
        self._minhash = KeyedMinHash(_derive_key(self._key, "sketch"))
        self.key_id: str = _derive_key(self._key, "key id").hex()[:8]

    @classmethod
    def open(
        cls,
        key_file: str | os.PathLike[str] | None = None,
        domain: str = "analytics",
    ) -> "Vault":
        """Open the vault with the key of a file or of the environment.

        Parameters
        ----------
        key_file : path, optional
            File that holds the key, outside every git repository and readable by its
            owner alone. Else the variable ``IPRSEG_VAULT_KEY`` holds the key, or
            ``IPRSEG_VAULT_KEY_FILE`` the path of such a file.
        domain : {'labeling', 'analytics', 'export'}, default='analytics'
            What the tokens are for.

        Returns
        -------
        Vault
            The open vault.

        Raises
        ------
        IprsegError
            When there is no key, or the key or its file is not safe.

        Examples
        --------
        >>> import os, tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = os.path.join(folder.name, "key")
        >>> with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        ...     _ = file.write("0123456789abcdef" * 4)
        >>> Vault.open(path).domain
        'analytics'
        >>> folder.cleanup()
        """
        key = _find_master_key(key_file)
        if key is None:
            raise IprsegError(f"The identity vault has no key: {_HOW_TO_MAKE_KEY}.")
        return cls(key, domain)

    def pseudonymise(
        self, frame: pd.DataFrame, table: str = IDENTITY_TABLE
    ) -> pd.DataFrame:
        """Replace raw identity columns by token columns.

        Parameters
        ----------
        frame : DataFrame of shape (n_rows, n_columns)
            A table with raw identities; it is not changed.
        table : str, default='seller_identity'
            Its canonical name, since ``name`` is an identity of a seller but not of a
            brand. In ``seller_identity`` every column that nobody declared is taken for
            an identity.

        Returns
        -------
        DataFrame of shape (n_rows, n_kept + n_tokens)
            The other columns as they were, each raw column replaced by its tokens:
            ``*_pid`` (hexadecimal, equal for equal values), ``*_sketch`` (see
            :func:`sketch_similarity`), and ``email_domain``. Of two columns for one
            token, the second gives tokens under its own name. Missing stays missing.

        Raises
        ------
        IprsegError
            When a registered token maker fails on a value.

        Examples
        --------
        >>> import pandas as pd
        >>> reviews = pd.DataFrame({"review_id": ["r1"], "buyer_name": ["Jo Doe"]})
        >>> list(Vault(bytes(range(32))).pseudonymise(reviews, "reviews"))
        ['review_id', 'buyer_pid']
        """
        plan = plan_tokens(frame, table)
        columns: dict[str, pd.Series] = {}
        for column in frame.columns:
            if column not in plan:
                columns[column] = frame[column]
                continue
            for maker in plan[column].makers:
                columns[maker.name] = self._make_tokens(frame[column], maker, table)
        return pd.DataFrame(columns, index=frame.index)

    def _make_tokens(
        self, values: pd.Series, maker: TokenMaker, table: str
    ) -> pd.Series:
        made: dict[str, str | None] = {}
        missing = values.isna().to_numpy()
        tokens: list[str | None] = [None] * len(values)
        # not the column itself, whose values Arrow hands over one by one
        for row, value in enumerate(values.tolist()):
            if missing[row]:
                continue
            # by its text, since a value may be unhashable (an address as a dict)
            if (text := str(value)) not in made:
                canonical = self._normalise_value(
                    value, maker, f"{table}.{values.name}"
                )
                made[text] = self._make_token(canonical, maker) if canonical else None
            tokens[row] = made[text]
        return pd.Series(tokens, index=values.index, dtype=_TOKEN_DTYPE)

    @staticmethod
    def _normalise_value(
        value: Any, maker: TokenMaker, place: str
    ) -> str | Collection[str] | None:
        try:
            return maker.function(value)
        except Exception as error:
            # without the cause: its text may quote the raw value
            raise IprsegError(
                f"The token maker {maker.name!r} failed with a {type(error).__name__} "
                f"on a value of {place}: correct the function given to "
                "register_token_maker."
            ) from None

    def _make_token(self, canonical: str | Collection[str], maker: TokenMaker) -> str:
        if maker.kind == "sketch":
            # the maker's name keeps two columns' sketches apart
            return self._minhash.sketch(f"{maker.name}\x00{part}" for part in canonical)
        text = str(canonical)
        if maker.kind == "open":
            return text
        message = f"{maker.name}\x00{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, hashlib.sha256).hex()[:_TOKEN_DIGITS]

    def __repr__(self) -> str:
        return f"Vault(domain={self.domain!r}, key_id={self.key_id!r})"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(
            "A Vault holds a secret key and cannot be pickled or copied: "
            "open it again where it is needed."
        )


def hide_identities(
    tables: Mapping[str, pd.DataFrame],
    key: str | os.PathLike[str] | Vault | None = None,
) -> dict[str, pd.DataFrame]:
    """Replace the raw identities of all tables by tokens of the analytics domain.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Canonical table name to table; they are not changed.
    key : path or Vault, optional
        Key file, or an open vault; else the key comes from the environment.

    Returns
    -------
    dict of str to DataFrame
        The tables; those without identities are the given frames themselves.

    Raises
    ------
    IprsegError
        When there are identities and no key, naming the columns.

    Examples
    --------
    >>> reviews = pd.DataFrame({"review_id": ["r1"], "buyer": ["Jo Doe"]})
    >>> list(hide_identities({"reviews": reviews}, Vault(bytes(range(32))))["reviews"])
    ['review_id', 'buyer_pid']
    """
    found = {table: identity_columns(frame, table) for table, frame in tables.items()}
    if not any(found.values()):
        return dict(tables)
    vault = key if isinstance(key, Vault) else _open_needed_vault(found, key)
    return {
        table: vault.pseudonymise(frame, table) if found[table] else frame
        for table, frame in tables.items()
    }


def _open_needed_vault(
    found: Mapping[str, list[str]], key_file: str | os.PathLike[str] | None
) -> Vault:
    key = _find_master_key(key_file)
    if key is None:
        places = [f"{table}.{name}" for table in found for name in found[table]]
        raise IprsegError(
            f"The tables hold identities ({', '.join(places)}), which are kept as "
            f"keyed tokens only, and the identity vault has no key: {_HOW_TO_MAKE_KEY}."
        )
    return Vault(key)


KEY_VARIABLE = "IPRSEG_VAULT_KEY"
FILE_VARIABLE = "IPRSEG_VAULT_KEY_FILE"
_MIN_KEY_BYTES = 32
_MIN_DISTINCT_BYTES = 8
_HOW_TO_MAKE_KEY = (
    'make one with `python -c "import secrets; print(secrets.token_hex(32))"` and put '
    f"it in the environment variable {KEY_VARIABLE}, or in a file outside every git "
    f"repository, readable by you alone, whose path is in {FILE_VARIABLE}"
)


def _find_master_key(key_file: str | os.PathLike[str] | None = None) -> bytes | None:
    """Return the master key from a file or the environment, if there is one."""
    if key_file is not None:
        return _read_key_file(key_file)
    text, path = os.environ.get(KEY_VARIABLE), os.environ.get(FILE_VARIABLE)
    if text and path:
        raise IprsegError(
            f"Both {KEY_VARIABLE} and {FILE_VARIABLE} are set, and they may hold two "
            "different vault keys: unset one of them."
        )
    if text:
        return _check_key(text.strip().encode(), f"the variable {KEY_VARIABLE}")
    return _read_key_file(path) if path else None


def _read_key_file(path: str | os.PathLike[str]) -> bytes:
    """Read the key from a file that only its owner can read."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise IprsegError(
            f"The vault key file '{file}' is not a file: {_HOW_TO_MAKE_KEY}."
        )
    _refuse_key_in_repository(file)
    if os.name == "posix" and file.stat().st_mode & 0o077:
        raise IprsegError(
            f"The vault key file '{file}' can be opened by other users: run "
            f"`chmod 600 '{file}'`, and make a new key if others may have read it."
        )
    try:
        content = file.read_bytes()
    except OSError as error:
        raise IprsegError(
            f"The vault key file '{file}' cannot be read: {error.strerror}."
        ) from error
    return _check_key(content.strip(b"\r\n\t "), f"the file '{file}'")


def _refuse_key_in_repository(file: Path) -> None:
    """Refuse a key that one ``git add`` would publish (links are looked through)."""
    folders = {*file.absolute().parents, *file.resolve().parents}
    for folder in sorted(folders):
        if (folder / ".git").exists():
            raise IprsegError(
                f"The vault key file '{file}' lies in the git repository '{folder}': "
                "move it out, and make a new key if it was ever committed."
            )


def _check_key(key: bytes, place: str) -> bytes:
    """Refuse a key that can be guessed; the message never shows any of it."""
    if not isinstance(key, bytes):
        raise IprsegError(
            f"The vault key from {place} must be bytes; got {type(key).__name__}."
        )
    if len(key) < _MIN_KEY_BYTES:
        raise IprsegError(
            f"The vault key from {place} has {len(key)} bytes and needs at least "
            f"{_MIN_KEY_BYTES}: {_HOW_TO_MAKE_KEY}."
        )
    if len(set(key)) < _MIN_DISTINCT_BYTES:
        raise IprsegError(
            f"The vault key from {place} repeats the same few characters and could be "
            f"guessed: {_HOW_TO_MAKE_KEY}."
        )
    return key


def _derive_key(master: bytes, purpose: str) -> bytes:
    """Derive one purpose's key; nothing about the others follows from it."""
    return hmac.digest(master, b"iprseg vault 1\x00" + purpose.encode(), hashlib.sha256)
