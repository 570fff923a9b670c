"""Tell misspelled brands from words and names of their own."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_words
from iprseg.signals.text.normalise import fold

# So many sellers do not make one slip; they mean the word.
_MOST = 5
_ENDINGS = ("'s", "s", "es", "y", "er", "ers", "ed", "ing", "ish")
_SHORTEST_STEM = 3


def own_words(found: pd.DataFrame, listings: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which mentions are no slip or disguise of the brand, shape (n,).

    A spelling that five sellers or more write (five titles, where no seller is known),
    and more than write the brand itself, is a word or a name of its own; and so is a
    word of the dictionary with an ending. Letters imitated by signs or figures are
    never one.

    Parameters
    ----------
    found : DataFrame
        Mentions: ``row`` (place in `listings`), ``brand_id``, ``text``, ``kind``.
    listings : DataFrame, indexed by ``listing_id``
    """
    kind = found["kind"].to_numpy()
    doubtful = kind == "near_miss"
    texts = found["text"].to_numpy(dtype=object)
    for at in np.flatnonzero(kind == "obfuscated"):
        letters = texts[at].replace("'", "")
        doubtful[at] = letters.isascii() and letters.isalpha()
    if not doubtful.any():
        return doubtful
    told = found.loc[doubtful | (kind == "exact"), ["brand_id", "text"]]
    # numbers, which are counted several times as fast as names
    writer = pd.Series(pd.factorize(_writers(listings))[0])
    told["by"] = writer.where(writer >= 0).to_numpy()[found.loc[told.index, "row"]]
    slip = doubtful[doubtful | (kind == "exact")]
    # what is said plainly has no spelling of its own
    said = zip(told["text"], slip, strict=True)
    told["spelling"] = [fold(text) if doubt else "" for text, doubt in said]
    writers = told.groupby(["brand_id", "spelling"])["by"].nunique()
    slips = told[slip]
    of = pd.MultiIndex.from_frame(slips[["brand_id", "spelling"]])
    plainly = pd.MultiIndex.from_frame(slips[["brand_id"]].assign(spelling=""))
    n, n_plain = writers.reindex(of), writers.reindex(plainly, fill_value=0)
    often = (n.to_numpy() >= _MOST) & (n.to_numpy() > n_plain.to_numpy())
    own = np.zeros(len(found), dtype=bool)
    own[doubtful] = often | [_inflected(text) for text in slips["text"]]
    return own


def _writers(listings: pd.DataFrame) -> pd.Series:
    """Return who wrote each listing; where nobody is known, what."""
    titles = listings["title"].astype(object)
    if "seller_id" not in listings.columns:
        return titles
    sellers = listings["seller_id"].astype(object)
    return sellers.where(sellers.notna(), titles)


def _inflected(text: str) -> bool:
    word = text.casefold()
    return any(
        word.endswith(ending)
        and len(stem := word.removesuffix(ending)) >= _SHORTEST_STEM
        and (stem in load_words() or f"{stem}e" in load_words())
        for ending in _ENDINGS
    )
