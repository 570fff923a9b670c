"""Which columns of a table hold raw identities, and which tokens each gives."""

from dataclasses import dataclass, replace

import pandas as pd

from iprseg.tables.names import normalise
from iprseg.tables.vault._makers import TokenMaker, generic_maker, makers_for, makers_of
from iprseg.tables.vault._values import look_of

IDENTITY_TABLE = "seller_identity"
_TOKEN_ENDINGS = ("_pid", "_sketch")
# columns of the identity table that say nothing about a person
_SAFE = frozenset(
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
    found = _raw_columns(frame, table)
    # who gives which column; None for the table itself
    taken: dict[str, str | None] = {
        str(c): None for c in frame.columns if c not in found
    }
    plan: dict[str, IdentityColumn] = {}
    for column, item in found.items():
        clash = [maker.name for maker in item.makers if maker.name in taken]
        if clash:
            makers = _own_names(column, item.makers, taken)
            item = replace(item, makers=makers, beside=taken[clash[0]] or clash[0])
        taken |= {maker.name: str(column) for maker in item.makers}
        plan[column] = item
    return plan


def _raw_columns(frame: pd.DataFrame, table: str) -> dict[str, IdentityColumn]:
    found = {}
    for position, column in enumerate(frame.columns):
        if makers := _makers(table, str(column)):
            found[column] = IdentityColumn(makers)
            continue
        known = _is_known(table, str(column))
        if not known and (look := look_of(frame.iloc[:, position])):
            found[column] = IdentityColumn(makers_of(look), look)
    return found


def _own_names(
    column: object, makers: tuple[TokenMaker, ...], taken: dict[str, str | None]
) -> tuple[TokenMaker, ...]:
    """Name tokens after their column: the first word says what is identified."""
    base = "_".join(normalise(str(column)).split())
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
    return bool(_makers(table, column))


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
    return list(_raw_columns(frame, table))


def _makers(table: str, column: str) -> tuple[TokenMaker, ...]:
    if column.endswith(_TOKEN_ENDINGS):
        return ()
    makers = makers_for(table, column)
    if makers or table != IDENTITY_TABLE or not column or column in _SAFE:
        return makers
    return (generic_maker(column),)


def _is_known(table: str, column: str) -> bool:
    """Say whether a column is what it is, whatever its values look like."""
    from iprseg.tables.contracts import table_columns

    tokens = column.endswith(_TOKEN_ENDINGS) or column == "email_domain"
    return tokens or column in table_columns(table).index
