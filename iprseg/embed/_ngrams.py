"""Hashed character n-grams of many texts at once, for any script."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

N_BUCKETS = 2**16
LENGTHS = (2, 3, 4)
# From here on (CJK, kana, Hangul) two characters can be a word; in alphabets a pair of
# letters says next to nothing and only costs time.
_FIRST_IDEOGRAPH = 0x2E80
_SPACE = 32


def word_ngrams(words: Sequence[str]) -> sparse.csr_matrix:
    """Say which hashed character n-grams each word holds.

    Words are lower-cased and padded with a blank on both sides, and a blank may begin
    or end an n-gram (the ``char_wb`` rule). In scripts that are written without spaces
    a whole title is one word, and no rule of their own is needed.

    Parameters
    ----------
    words : sequence of n str
        Without blanks, from `bag_of_words`.

    Returns
    -------
    csr_matrix of float32, shape (n, 65536)
        1 where the word holds an n-gram of the bucket.

    Notes
    -----
    The n-grams of all words are hashed together as windows over one array of code
    points, without a Python loop over each word. The hash is fixed integer
    arithmetic: the same on every machine.

    Examples
    --------
    >>> both = word_ngrams(["main", "MAIN"])
    >>> (both[0] != both[1]).nnz
    0
    """
    lower = "\n".join(words).lower().split("\n") if words else []
    padded = f" {'  '.join(lower)} " if words else ""
    codes = np.frombuffer(padded.encode("utf-32-le"), dtype=np.uint32)
    lengths = np.array([len(word) + 2 for word in lower], dtype=np.int64)
    owner = np.repeat(np.arange(len(words), dtype=np.int32), lengths)
    rows, buckets = [], []
    for length in LENGTHS:
        keep = _whole_windows(codes, owner, length)
        rows.append(owner[: len(keep)][keep])
        buckets.append(_hash_windows(codes, length, keep))
    where = (np.concatenate(rows), np.concatenate(buckets))
    ones = np.ones(len(where[0]), dtype=np.float32)
    found = sparse.csr_matrix((ones, where), shape=(len(words), N_BUCKETS))
    found.data[:] = 1.0  # the constructor added repeats; presence is what is meant
    return found


def _whole_windows(
    codes: NDArray[np.uint32], owner: NDArray[np.int32], length: int
) -> NDArray[np.bool_]:
    """Mark the windows that lie in one word and hold no blank inside."""
    count = max(len(codes) - length + 1, 0)
    keep = owner[:count] == owner[length - 1 :][:count]
    for offset in range(1, length - 1):
        keep &= codes[offset:][:count] != _SPACE
    if length == 2:
        keep &= codes[:count] >= _FIRST_IDEOGRAPH
        keep &= codes[1:][:count] >= _FIRST_IDEOGRAPH
    return keep


def _hash_windows(
    codes: NDArray[np.uint32], length: int, keep: NDArray[np.bool_]
) -> NDArray[np.int32]:
    mixed = np.full(int(keep.sum()), length, dtype=np.uint64)
    for offset in range(length):
        mixed ^= codes[offset:][: len(keep)][keep]
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return (mixed % np.uint64(N_BUCKETS)).astype(np.int32)
