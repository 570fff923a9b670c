"""The names that canonical tables and columns go by, in many languages."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import pandas as pd

from iprseg.tables.contracts import table_columns

__all__ = ["column_words", "identity_of", "normalise", "table_words"]


def normalise(name: str) -> str:
    """Write a name as words: lower case, no accents, ``camelCase`` cut.

    Examples
    --------
    >>> normalise("priceWithCurrency"), normalise("Preço_Original")
    ('price with currency', 'preco original')
    """
    cut = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", cut) if not unicodedata.combining(c)
    )
    return " ".join(re.findall(r"[^\W_]+", plain.casefold()))


@cache
def _guesses() -> pd.DataFrame:
    frame = pd.read_csv(
        Path(__file__).with_name("guesses.csv"), dtype=str, keep_default_na=False
    )
    frame["words"] = [
        tuple(dict.fromkeys(normalise(n) for n in names.split("|")))
        for names in frame["names"]
    ]
    return frame


@cache
def column_words(table: str) -> dict[str, tuple[str, ...]]:
    """Give the names each column of a table goes by, the usual ones first."""
    rows = _guesses()
    rows = rows[(rows["table"] == table) & (rows["column"] != "")]
    return dict(zip(rows["column"], rows["words"], strict=True))


@cache
def table_words(table: str) -> frozenset[str]:
    """Give the names a table goes by."""
    rows = _guesses()
    rows = rows[(rows["table"] == table) & (rows["column"] == "")]
    return frozenset({w for words in rows["words"] for w in words} | {normalise(table)})


def identity_of(source: str) -> str | None:
    """Give the raw identity column that a name in any language stands for.

    Examples
    --------
    >>> identity_of("Telefone"), identity_of("city")
    ('phone', None)
    """
    rules = table_columns("seller_identity")
    words = normalise(source)
    for column, names in column_words("seller_identity").items():
        if rules["identity"][column] and words in (normalise(column), *names):
            return column
    return None
