"""Read brand fields: which name a brand, which only fill the box."""

import re
from functools import cache, lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_placeholders
from iprseg.signals.text._alphabet import CharTable, fold_char, is_hidden
from iprseg.signals.text.normalise import fold

_LINKS = frozenset(("and", "et", "und", "y", "n"))


def fold_words(text: str) -> str:
    """Fold a text, keeping one space where words were parted.

    Examples
    --------
    >>> fold_words("  DOLCE&Gabbâna ")
    'dolce gabbana'
    """
    return " ".join(text.translate(_WORDS).split())


def _folded(char: str) -> str:
    return fold_char(char) or ("" if is_hidden(char) else " ")


_WORDS = CharTable(_folded)


class WordsOf(dict[str, str]):
    """Folded words by text, filled as texts are asked for."""

    def __missing__(self, text: str) -> str:
        self[text] = fold_words(text)
        return self[text]


def brand_key(name: str) -> str:
    """Return what all spellings of a brand share: folded, without "and" or "&".

    Examples
    --------
    >>> brand_key("Dolce and Gabbana") == brand_key("DOLCE&GABBANA")
    True
    """
    words = fold_words(name).split()
    return "".join(word for word in words if word not in _LINKS) or fold(name)


@cache
def _placeholder_rules() -> tuple[frozenset[str], frozenset[str], re.Pattern[str]]:
    rules = load_placeholders()
    exact = {fold_words(text) for texts in rules["exact"].values() for text in texts}
    nouns = {fold_words(text) for text in rules["category_nouns"]}
    return (
        frozenset(exact),
        frozenset(nouns),
        re.compile("|".join(f"(?:{pattern})" for pattern in rules["patterns"])),
    )


@lru_cache(maxsize=100_000)
def is_placeholder(value: str) -> bool:
    """Tell whether a brand field names no brand ("As shown", "Sem marca", "无品牌").

    Examples
    --------
    >>> [is_placeholder(v) for v in ("AS  SHOWN", "sem marca", "Zephyra", "?")]
    [True, True, False, True]
    """
    exact, nouns, pattern = _placeholder_rules()
    words = fold_words(value)
    if not words or words.replace(" ", "").isdigit():
        return True
    return words in exact or words in nouns or bool(pattern.match(words))


def names_brand(values: pd.Series) -> NDArray[np.bool_]:
    """Tell for each brand field whether it holds a name at all, shape (n,)."""
    return np.array(
        [isinstance(v, str) and not is_placeholder(v) for v in values], dtype=bool
    )
