"""Families of nearly the same text, found without comparing all pairs."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from iprseg.signals.text._words import Words, mix

SHINGLE = 3
JACCARD = 0.8
# 12 bands of 4 minima find a pair of similarity 0.8 with a chance of
# 1 - (1 - 0.8 ** 4) ** 12 = 0.998.
_BANDS, _WIDTH = 12, 4
_SEED = 20_040
_PAIRS_AT_ONCE = 200_000


def template_families(words: Words, n: int) -> NDArray[np.int64]:
    """Return the family of each text, shape (n,): texts linked by Jaccard >= 0.8.

    Notes
    -----
    Shingles of three words; MinHash with banding (Broder 1997; Leskovec, Rajaraman and
    Ullman, Mining of Massive Datasets, chapter 3) proposes pairs, whose similarity is
    then worked out exactly. In a bucket each text is compared to the first and to the
    one before it, so the work is linear in texts; a chain of similar texts is one
    family.
    """
    row, shingle = words.runs(SHINGLE)
    left, right = _candidates(row, shingle)
    near = _jaccard(row, shingle, n, left, right) >= JACCARD
    links = sparse.coo_array(
        (np.ones(near.sum(), dtype=bool), (left[near], right[near])), shape=(n, n)
    )
    return connected_components(links, directed=False)[1]


def _candidates(
    row: NDArray[np.int64], shingle: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of texts that share a band of minima."""
    if not len(row):
        return row, row
    starts = np.flatnonzero(np.concatenate([[True], row[1:] != row[:-1]]))
    texts = row[starts]
    # The hashes are mixed already: times a random odd number is another order of them.
    factors = np.random.default_rng(_SEED).integers(
        2**31, size=_BANDS * _WIDTH, dtype=np.uint32
    )
    short = (shingle >> np.uint64(32)).astype(np.uint32)
    pairs = []
    for band in factors.reshape(_BANDS, _WIDTH):
        key = np.zeros(len(texts), dtype=np.uint64)
        for factor in band:
            odd = np.uint32(2) * factor + np.uint32(1)
            key = mix(key) + np.minimum.reduceat(short * odd, starts)
        order = np.argsort(key, kind="stable")
        same = np.concatenate([[False], key[order][1:] == key[order][:-1]])
        at = np.flatnonzero(same)
        head = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))
        pairs += [
            np.stack([texts[order[head[at]]], texts[order[at]]]),
            np.stack([texts[order[at - 1]], texts[order[at]]]),
        ]
    left, right = np.concatenate(pairs, axis=1)
    return np.divmod(np.unique(left * (texts[-1] + 1) + right), texts[-1] + 1)


def _jaccard(
    row: NDArray[np.int64],
    shingle: NDArray[np.uint64],
    n: int,
    left: NDArray[np.int64],
    right: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the exact similarity of pairs of texts, as sets of shingles."""
    asked = np.zeros(n, dtype=bool)
    asked[left] = asked[right] = True
    row, shingle = row[asked[row]], shingle[asked[row]]
    column = pd.factorize(shingle)[0]
    shape = (n, int(column.max(initial=0)) + 1)
    held = sparse.csr_array((np.ones(len(row), np.int32), (row, column)), shape=shape)
    # A shingle said twice was added up; as a set it counts once.
    held.data[:] = 1
    size = held.sum(axis=1)
    out = np.zeros(len(left))
    for at in range(0, len(left), _PAIRS_AT_ONCE):
        one, two = left[at : at + _PAIRS_AT_ONCE], right[at : at + _PAIRS_AT_ONCE]
        both = held[one].multiply(held[two]).sum(axis=1)
        out[at : at + _PAIRS_AT_ONCE] = both / np.maximum(
            size[one] + size[two] - both, 1
        )
    return out
