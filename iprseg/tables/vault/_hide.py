"""Put all tables through the vault, if any holds an identity."""

import os
from collections.abc import Mapping

import pandas as pd

from iprseg.errors import IprsegError
from iprseg.tables.vault._keys import HOW_TO_MAKE, find_key
from iprseg.tables.vault._plan import identity_columns
from iprseg.tables.vault._vault import Vault


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
    vault = key if isinstance(key, Vault) else _open(found, key)
    return {
        table: vault.pseudonymise(frame, table) if found[table] else frame
        for table, frame in tables.items()
    }


def _open(
    found: Mapping[str, list[str]], key_file: str | os.PathLike[str] | None
) -> Vault:
    key = find_key(key_file)
    if key is None:
        places = [f"{table}.{name}" for table in found for name in found[table]]
        raise IprsegError(
            f"The tables hold identities ({', '.join(places)}), which are kept as "
            f"keyed tokens only, and the identity vault has no key: {HOW_TO_MAKE}."
        )
    return Vault(key)
