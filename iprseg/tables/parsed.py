"""What a parser gives back, and the words that stand for a missing value."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

import pandas as pd

__all__ = ["Parsed"]

# Texts that say "there is no value", casefolded; a bare dash is one of them.
MISSING_WORDS = frozenset(
    """n/a
na
n.a.
n.a
#n/a
nan
null
none
nil
-
–
—
--
?
unknown
missing
<na>
(null)
not available
k.a.
n/d
nd
não informado
sem preço
indisponível
no disponible
sin precio
不明
无
なし""".splitlines()
)


@dataclass(frozen=True)
class Parsed:
    """The values of one column after parsing, and what could not be parsed.

    Attributes
    ----------
    values : Series
        Parsed values on the index of the input; missing where there is none.
    unparsed : Series
        The texts that could not be understood (missing in `values`).
    missing_words : Series
        The texts that say in words that there is no value, such as ``N/A``.
    ambiguous : Series
        The texts with two readings, decided by the rest of the column.
    decided : str
        How the ambiguous ones were read, in words.
    currency : Series or None
        ISO code per row where the text itself says it; prices only.
    """

    values: pd.Series
    unparsed: pd.Series
    missing_words: pd.Series
    ambiguous: pd.Series
    decided: str = ""
    currency: pd.Series | None = None


@cache
def digit_table() -> dict[int, str]:
    """Map the digits and separators of every script to ASCII, for str.translate."""
    table = {ord("٫"): ".", ord("٬"): ",", ord("−"): "-", ord("﹣"): "-"}
    for code in range(0x110000):
        character = chr(code)
        if code > 127 and unicodedata.category(character) == "Nd":
            table[code] = str(unicodedata.decimal(character))
    return table


def plain_text(values: pd.Series) -> pd.Series:
    """Give distinct texts with ASCII digits and single spaces, missing ones left out.

    Parsing the distinct texts alone makes a column of a million prices cheap.
    """
    texts = pd.Series(values.dropna().unique(), dtype=object)
    clean = texts.map(
        lambda text: " ".join(
            unicodedata.normalize("NFC", str(text)[:200])
            .translate(digit_table())
            .split()
        )
    )
    clean.index = pd.Index(texts, dtype=object)
    return clean[clean != ""]


def split_missing(clean: pd.Series) -> tuple[pd.Series, set[str]]:
    """Take the missing words out of distinct texts; give both."""
    words = clean.str.casefold().isin(MISSING_WORDS)
    return clean[~words], set(clean.index[words])


def pick(values: pd.Series, texts: set[str]) -> pd.Series:
    """Give the entries of a column whose text is in a set."""
    return values[values.isin(texts)]
