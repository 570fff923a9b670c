"""Vault: keyed tokens in place of raw identities."""

import hashlib
import hmac
import os
from collections.abc import Collection
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from iprseg._check import check_option
from iprseg.errors import IprsegError
from iprseg.tables.vault._keys import HOW_TO_MAKE, check_key, derive_key, find_key
from iprseg.tables.vault._makers import TokenMaker
from iprseg.tables.vault._plan import IDENTITY_TABLE, plan_tokens
from iprseg.tables.vault._sketch import KeyedMinHash

_TEXT = pd.StringDtype(na_value=np.nan)  # what str means in pandas 3, and in 2.3
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
        self.domain = domain
        self._key = derive_key(check_key(key, "the 'key' parameter"), domain)
        self._minhash = KeyedMinHash(derive_key(self._key, "sketch"))
        self.key_id = derive_key(self._key, "key id").hex()[:8]

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
        key = find_key(key_file)
        if key is None:
            raise IprsegError(f"The identity vault has no key: {HOW_TO_MAKE}.")
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
                columns[maker.name] = self._tokens(frame[column], maker, table)
        return pd.DataFrame(columns, index=frame.index)

    def _tokens(self, values: pd.Series, maker: TokenMaker, table: str) -> pd.Series:
        made: dict[str, str | None] = {}
        missing = values.isna().to_numpy()
        tokens: list[str | None] = [None] * len(values)
        # not the column itself, whose values Arrow hands over one by one
        for row, value in enumerate(values.tolist()):
            if missing[row]:
                continue
            # by its text, since a value may be unhashable (an address as a dict)
            if (text := str(value)) not in made:
                canonical = self._canonical(value, maker, f"{table}.{values.name}")
                made[text] = self._token(canonical, maker) if canonical else None
            tokens[row] = made[text]
        return pd.Series(tokens, index=values.index, dtype=_TEXT)

    @staticmethod
    def _canonical(
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

    def _token(self, canonical: str | Collection[str], maker: TokenMaker) -> str:
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
