"""Ask for a context where a brand name is an ordinary word ("Pink", "Coach")."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_words
from iprseg.signals.brands.brand_list import BrandList
from iprseg.signals.text.normalise import fold

# The most common words open any title; such a name needs better evidence than that.
_EVERYDAY_RANK = 2000
_LEAD = re.compile(
    r"\b(?:by|from|von|par|por|di|da|de|oleh|của|от|by:|brand:?)\s*$", re.I
)
_WINDOW = 12


def in_context(
    found: pd.DataFrame, listings: pd.DataFrame, brands: BrandList
) -> NDArray[np.bool_]:
    """Tell which mentions may stand: all but bare ordinary words, shape (n,)."""
    common = brands.table["common_word"].to_numpy(dtype=bool)[found["brand"]]
    bare = np.zeros(len(found), dtype=bool)
    bare[common] = _is_bare_name(found[common], brands)
    if not bare.any():
        return ~bare
    sure = found.loc[~bare, ["row", "brand"]].drop_duplicates().assign(sure=True)
    neighbour = found[["row", "brand"]].merge(sure, how="left")["sure"].notna()
    allowed = ~bare | neighbour.to_numpy() | found["own_field"].to_numpy()
    for at in np.flatnonzero(~allowed):
        hit = found.iloc[at]
        allowed[at] = _stands_as_brand(
            listings[hit["field"]].iloc[hit["row"]], hit["start"], hit["end"]
        )
    return allowed


def _is_bare_name(found: pd.DataFrame, brands: BrandList) -> NDArray[np.bool_]:
    """Tell which mentions are the brand's name itself, or are not even that."""
    names = [fold(name) for name in brands.table["name"]]
    texts = [fold(text) for text in found["text"]]
    same = [t == names[b] for t, b in zip(texts, found["brand"], strict=True)]
    return np.array(same, dtype=bool) | (found["kind"] == "near_miss").to_numpy()


def _stands_as_brand(text: str, start: int, end: int) -> bool:
    """Accept "by Coach", and "Coach ..." at the head unless an everyday word."""
    word = text[start:end]
    if not word[:1].isupper() and not word.isupper():
        return False
    if _LEAD.search(text[max(0, start - _WINDOW) : start]):
        return True
    head = not any(char.isalnum() for char in text[:start])
    return head and fold(word) not in load_words(_EVERYDAY_RANK)
