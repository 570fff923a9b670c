"""Make any cell of a text column a string that is safe to work on."""

import unicodedata
from collections.abc import Iterable
from typing import Any

import pandas as pd

# A title says what it offers in its first words. The limit is far above any real
# title (marketplaces allow 80 to 250 characters) and keeps one hostile cell of
# millions of characters from costing more than a thousand honest ones.
MAX_CHARS = 2_000


def clean_texts(texts: Iterable[Any]) -> tuple[list[str], int]:
    """Return texts in one normal form, cut to `MAX_CHARS`, and how many were cut.

    Missing values and text without a visible character become ``""``. Lone halves of
    surrogate pairs, which no encoder takes, become a question mark.

    Examples
    --------
    >>> clean_texts(["  Ｌuxe   bag ", None])
    (['Luxe bag', ''], 0)
    """
    values = [texts] if isinstance(texts, str) else list(texts)
    strings = [value if type(value) is str else _as_text(value) for value in values]
    cleaned = [_clean(text[:MAX_CHARS]) for text in strings]
    long = [  # a character in another form may be many
        max(len(text), len(clean)) > MAX_CHARS
        for text, clean in zip(strings, cleaned, strict=True)
    ]
    return [clean[:MAX_CHARS] for clean in cleaned], sum(long)


def _as_text(value: Any) -> str:
    missing = value is None or (not isinstance(value, str) and bool(pd.isna(value)))
    return "" if missing else str(value)


def _clean(text: str) -> str:
    if text.isascii():
        return " ".join(text.split())
    valid = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join(unicodedata.normalize("NFKC", valid).split())
