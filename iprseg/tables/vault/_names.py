"""What the name of a column says: whose identity it holds, in many languages."""

from functools import cache
from pathlib import Path

import pandas as pd

from iprseg.tables.names import normalise

SELLER_TABLES = ("seller_identity", "sellers", "creators")


def attribute_of(table: str, column: str) -> str | None:
    """Give what a column identifies by its name, such as ``phone``; None for nobody.

    Case, accents, spaces and a number at the end do not matter. Words such as ``name``
    or ``phone`` mean a person only among the sellers or beside an owner: elsewhere a
    phone is what a case is made for, and a brand has a name.

    Parameters
    ----------
    table : str
        Canonical table name.
    column : str
        Column name, as its source writes it.

    Examples
    --------
    >>> attribute_of("listings", "Seller name"), attribute_of("listings", "E-mail")
    ('name', 'email')
    >>> attribute_of("listings", "Phone model"), attribute_of("sellers", "phone")
    (None, 'phone')
    """
    word = fold(column)
    places = [table, "any"]
    if table in SELLER_TABLES:
        places += ["sellers", "owned"]
    if found := _look_up(word, places):
        return found
    while (rest := _without_owner(word)) != word:
        word = rest
        if found := _look_up(word, ["any", "owned"]):
            return found
    return None


def hints_phone(column: str) -> bool:
    """Say whether a column may hold telephone numbers, by its name.

    >>> hints_phone("Phone model"), hints_phone("gtin")
    (True, False)
    """
    word = fold(column)
    return any(hint in word for hint in _words("phone_hint"))


def fold(column: str) -> str:
    """Write a name in one word: no case, accents, marks, particles or end number.

    >>> fold("E-mail do Vendedor 2"), fold("sellerPhone1")
    ('emailvendedor', 'sellerphone')
    """
    particles = _rows("particle")
    words = [word for word in normalise(column).split() if word not in particles]
    return "".join(words).rstrip("0123456789")


def _without_owner(word: str) -> str:
    # the longest first, so that 联系人 is not cut to 人; a shop at the end is no owner
    # ("phone shop" sells phones)
    both, first = _words("owner"), _words("first_owner")
    for owner in sorted(both | first, key=lambda owner: (-len(owner), owner)):
        if word.startswith(owner):
            return word.removeprefix(owner)
        if owner in both and word.endswith(owner):
            return word.removesuffix(owner)
    return word


def _look_up(word: str, places: list[str]) -> str | None:
    table = _attributes()
    return next(
        (table[place, word] for place in places if (place, word) in table), None
    )


@cache
def _table() -> pd.DataFrame:
    path = Path(__file__).with_name("names.csv")
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@cache
def _rows(scope: str) -> frozenset[str]:
    names = _table().loc[_table()["scope"] == scope, "names"]
    return frozenset(name for row in names for name in row.split("|"))


@cache
def _words(scope: str) -> frozenset[str]:
    return frozenset(map(fold, _rows(scope)))


@cache
def _attributes() -> dict[tuple[str, str], str]:
    return {
        (row["scope"], fold(name)): row["means"]
        for _, row in _table().iterrows()
        if row["means"]
        for name in row["names"].split("|")
    }
