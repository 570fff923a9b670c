"""Ask for a context where a brand name is an ordinary word ("Pink", "Coach")."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_words
from iprseg.signals.brands._search import NEAR_MISS, Search
from iprseg.signals.text.normalise import fold

# The most common words open any title; such a name needs better evidence than that.
_EVERYDAY_RANK = 2000
_LEAD = re.compile(
    r"\b(?:by|from|von|par|por|di|da|de|oleh|của|от|by:|brand:?)\s*$", re.I
)
_WINDOW = 12


def in_context(
    found: pd.DataFrame, listings: pd.DataFrame, search: Search
) -> NDArray[np.bool_]:
    """Tell which mentions may stand: all but bare ordinary words, shape (n,)."""
    bare = search.common[found["brand"].to_numpy()]
    bare[bare] = _is_bare_name(found[bare], search)
    if not bare.any():
        return ~bare
    sure = found.loc[~bare, ["row", "brand"]].drop_duplicates().assign(sure=True)
    neighbour = found[["row", "brand"]].merge(sure, how="left")["sure"].notna()
    allowed = ~bare | neighbour.to_numpy() | found["own_field"].to_numpy()
    columns = [listings[field].to_numpy(dtype=object) for field in search.fields]
    places = found.loc[~allowed, ["field", "row", "start", "end"]]
    allowed[~allowed] = [
        _stands_as_brand(columns[field][row], start, end)
        for field, row, start, end in places.itertuples(index=False)
    ]
    return allowed


def _is_bare_name(found: pd.DataFrame, search: Search) -> NDArray[np.bool_]:
    """Tell which mentions are the brand's name itself, or are not even that."""
    texts = [fold(text) for text in found["text"]]
    pairs = zip(texts, found["brand"].tolist(), strict=True)
    same = [text == search.folded[brand] for text, brand in pairs]
    return np.array(same, dtype=bool) | (found["kind"] == NEAR_MISS).to_numpy()


def _stands_as_brand(text: str, start: int, end: int) -> bool:
    """Accept "by Coach", and "Coach ..." at the head unless an everyday word."""
    word = text[start:end]
    if not word[:1].isupper() and not word.isupper():
        return False
    if _LEAD.search(text[max(0, start - _WINDOW) : start]):
        return True
    head = not any(char.isalnum() for char in text[:start])
    return head and fold(word) not in load_words(_EVERYDAY_RANK)
