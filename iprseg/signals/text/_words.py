"""Words of many texts at once, as hashes: nothing here loops over words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iprseg.signals._slices import map_slices, slices
from iprseg.signals.text._packed import ROW_END, Packed

_BASE = 0x9E3779B97F4A7C15
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(31)


@dataclass(frozen=True)
class Words:
    """Words in the order of the texts.

    Attributes
    ----------
    row : ndarray of int, shape (n_words,)
        The text of each word.
    code : ndarray of uint64, shape (n_words,)
        Its hash; the letters of scripts without spaces are a word each.
    glued : ndarray of bool, shape (n_words,)
        Whether it is such a single letter.
    """

    row: NDArray[np.int64]
    code: NDArray[np.uint64]
    glued: NDArray[np.bool_]

    def runs(self, n: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Return text and hash of every run of `n` words within one text."""
        last = len(self.code) - n + 1
        if last <= 0:
            return self.row[:0], self.code[:0]
        code = self.code[:last].copy()
        for k in range(1, n):
            code = mix(code * np.uint64(31)) + self.code[k : last + k]
        whole = self.row[:last] == self.row[n - 1 :]
        return self.row[:last][whole], mix(code[whole])


def mix(code: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread hashes over all bits (the finisher of splitmix64)."""
    code = (code ^ (code >> _SHIFT)) * _MIX
    return code ^ (code >> _SHIFT)


def hash_words(texts: Sequence[str], mapping: Callable[[str], str]) -> Words:
    """Take texts apart into words, each character mapped first ("" parts or drops)."""
    n = len(texts)
    given = ((texts[part], part.start, mapping) for part in slices(n))
    parts = list(map_slices(_hash_slice, given, n))
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return Words(nothing, nothing.astype(np.uint64), nothing.astype(bool))
    columns = zip(*parts, strict=True)
    row, code, glued = (np.concatenate(column) for column in columns)
    return Words(row, code, glued)


def _hash_slice(
    texts: Sequence[str], first: int, mapping: Callable[[str], str]
) -> tuple[NDArray, NDArray, NDArray]:
    packed = Packed(texts)
    compact = packed.compact(mapping)
    raw = compact.text.encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(raw, dtype="<u4").astype(np.uint64)
    begins = np.flatnonzero(compact.start[:-1])
    if not len(begins):
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing.astype(np.uint64), nothing.astype(bool)
    length = np.diff(np.append(begins, len(codes)))
    place = np.arange(len(codes)) - np.repeat(begins, length)
    # A sum over places, so that each word is hashed without a loop over its letters.
    weight = mix(np.uint64(_BASE) * (place.astype(np.uint64) + np.uint64(1)))
    letters = mix(codes + np.uint64(1)) * (weight | np.uint64(1))
    code = mix(np.add.reduceat(letters, begins))
    word = codes[begins] != ord(ROW_END)
    begins = begins[word]
    row = packed.rows(compact.origin[begins]) + first
    glued = (length[word] == 1) & (codes[begins] >= 0x0E00)
    return row, code[word], glued
