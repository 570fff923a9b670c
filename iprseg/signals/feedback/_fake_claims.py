"""Which texts of buyers say that the goods are not genuine."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._tables import texts_of
from iprseg.signals.feedback._relief import without_fears
from iprseg.signals.text._lexicon import compile_lexicons, find_terms, settle_needs


def calls_fake(texts: pd.Series, langs: NDArray) -> NDArray[np.bool_]:
    """Tell which reviews call the goods fake, shape (n,).

    Parameters
    ----------
    texts : Series of str, length n
    langs : ndarray of str, shape (n,)
        Primary language tag of each text, ``""`` where unknown.
    """
    told = texts_of(texts)
    fake = _says_fake(told, langs)
    rows = np.flatnonzero(fake)
    calmed = [without_fears(told[row], langs[row]) for row in rows]
    fake[rows] = _says_fake(calmed, langs[rows])
    return fake


def _says_fake(texts: Sequence[str], langs: NDArray) -> NDArray[np.bool_]:
    lexicon = compile_lexicons("review_fake")
    hits = find_terms(texts, list(langs), lexicon)
    # A review is of a product: no brand need be named beside the word.
    nowhere = np.zeros(len(texts), dtype=bool)
    hits = settle_needs(hits, lexicon, langs, nowhere)
    fake = np.zeros(len(texts), dtype=bool)
    fake[hits["row"].to_numpy()] = True
    return fake
