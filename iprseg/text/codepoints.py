"""Columns of texts as one array of code points: mapped by table, cut into hashed words."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from iprseg.parallel import iter_slices, map_in_processes
from iprseg.text.normalisation import is_unspaced_script, is_word_gap

# Parts the rows; the patterns never hold it, so no match runs across two rows.
ROW_END = "\x1e"


def map_texts(function: Callable[[str], str], texts: Sequence[str]) -> list[str]:
    """Apply a function to all texts at once: those of plain ASCII, then the others.

    Parameters
    ----------
    function : callable
        Maps a text so that nothing on one side of ``ROW_END`` changes the other side.
    texts : sequence of str
        ``ROW_END`` in them becomes a space.

    Examples
    --------
    >>> map_texts(str.casefold, ["Zephyra", "Straße", "BAG"])
    ['zephyra', 'strasse', 'bag']
    """
    out = [text.replace(ROW_END, " ") for text in texts]
    plain: list[int] = []
    other: list[int] = []
    for row, text in enumerate(out):
        (plain if text.isascii() else other).append(row)
    for rows in (plain, other):
        joined = function(ROW_END.join([out[row] for row in rows]))
        for row, part in zip(rows, joined.split(ROW_END), strict=bool(rows)):
            out[row] = part
    return out


@dataclass(frozen=True)
class CompactText:
    """Mapped texts without gaps.

    Attributes
    ----------
    text : str
        All rows, each ended by ``ROW_END``.
    origin : ndarray of int, shape (len(text),)
        Position in ``Packed.codes`` each character came from.
    start : ndarray of bool, shape (len(text) + 1,)
        Where a word begins (equally, where the one before has ended).
    """

    text: str
    origin: NDArray[np.int64]
    start: NDArray[np.bool_]


class PackedTexts:
    """Texts joined into one array of code points.

    Attributes
    ----------
    codes : ndarray of uint32
    row_start : ndarray of int, shape (n_rows,)
    """

    def __init__(self, texts: Iterable[str]):
        rows = [text.replace(ROW_END, " ") for text in texts]
        joined = ROW_END.join([*rows, ""])
        raw = joined.encode("utf-32-le", "surrogatepass")
        self.codes = np.frombuffer(raw, dtype=np.uint32)
        lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows)) + 1
        self.row_start = np.cumsum(lengths) - lengths

    @cached_property
    def raw(self) -> str:
        """All texts as one, a lone surrogate replaced; positions are those of codes."""
        return self.codes.tobytes().decode("utf-32-le", "replace")

    @cached_property
    def _distinct_chars(self) -> tuple[list[str], NDArray[np.int64]]:
        values, inverse = _find_distinct_codes(self.codes)
        return [chr(value) for value in values], inverse

    def compact(self, mapping: Callable[[str], str]) -> CompactText:
        """Map every character and drop what maps to nothing."""
        chars, inverse = self._distinct_chars
        images = [ROW_END if char == ROW_END else mapping(char) for char in chars]
        codes, origin, source = _expand_images(images, inverse)
        gap = [
            char == ROW_END or (not image and is_word_gap(char))
            for char, image in zip(chars, images, strict=True)
        ]
        glued = np.array(
            [any(map(is_unspaced_script, image)) for image in images], dtype=bool
        )
        gaps = np.cumsum(np.array(gap, dtype=np.int8)[inverse], dtype=np.int32)
        text = codes.astype("<u4").tobytes().decode("utf-32-le")
        starts = _mark_word_starts(codes, gaps[origin], glued[source])
        return CompactText(text, origin, starts)

    def test(self, predicate: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Ask something of every character."""
        chars, inverse = self._distinct_chars
        return np.array([predicate(char) for char in chars], dtype=bool)[inverse]

    def rows(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each position."""
        return np.searchsorted(self.row_start, positions, side="right") - 1


def _find_distinct_codes(codes: NDArray[np.uint32]) -> tuple[NDArray, NDArray]:
    if len(codes) < 20_000:
        return np.unique(codes, return_inverse=True)
    # A table over all of Unicode beats sorting the whole column.
    seen = np.zeros(0x110000, dtype=bool)
    seen[codes] = True
    values = np.flatnonzero(seen)
    place = np.zeros(0x110000, dtype=np.int32)
    place[values] = np.arange(len(values), dtype=np.int32)
    return values, place[codes]


def _expand_images(
    images: list[str], inverse: NDArray
) -> tuple[NDArray, NDArray, NDArray]:
    """Replace each character by its image, which may be empty or several characters.

    Returned are the new codes, the place each came from, and the character there.
    """
    lengths = np.array([len(image) for image in images], dtype=np.int64)
    first = np.cumsum(lengths) - lengths
    # a last 0, for images that are empty to the end
    table = np.array([*(ord(c) for image in images for c in image), 0], dtype=np.uint32)
    origin = np.flatnonzero((lengths > 0)[inverse])
    source = inverse[origin]
    codes = table[first][source]
    if lengths.max(initial=0) <= 1:
        return codes, origin, source
    # Few characters have an image of several: only those need more than a look-up.
    place = np.repeat(np.arange(len(origin)), lengths[source])
    origin, source, codes = origin[place], source[place], codes[place]
    later = np.flatnonzero(place[1:] == place[:-1]) + 1
    within = later - np.searchsorted(place, place[later])
    codes[later] = table[first[source[later]] + within]
    return codes, origin, source


def _mark_word_starts(
    codes: NDArray, gaps: NDArray, unspaced: NDArray
) -> NDArray[np.bool_]:
    start = np.ones(len(codes) + 1, dtype=bool)
    if len(codes):
        parted = (gaps[1:] != gaps[:-1]) | (codes[:-1] == ord(ROW_END))
        start[1:-1] = parted | unspaced[1:] | unspaced[:-1]
    return start


_HASH_BASE = 0x9E3779B97F4A7C15
_MIX_FACTOR = np.uint64(0xBF58476D1CE4E5B9)
_MIX_SHIFT = np.uint64(31)


@dataclass(frozen=True)
class HashedWords:
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
            code = mix_hashes(code * np.uint64(31)) + self.code[k : last + k]
        whole = self.row[:last] == self.row[n - 1 :]
        return self.row[:last][whole], mix_hashes(code[whole])


def mix_hashes(code: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread hashes over all bits (the finisher of splitmix64)."""
    code = (code ^ (code >> _MIX_SHIFT)) * _MIX_FACTOR
    return code ^ (code >> _MIX_SHIFT)


def hash_words(texts: Sequence[str], mapping: Callable[[str], str]) -> HashedWords:
    """Take texts apart into words, each character mapped first ("" parts or drops)."""
    n = len(texts)
    given = ((texts[part], part.start, mapping) for part in iter_slices(n))
    parts = list(map_in_processes(_hash_words_in_slice, given, n))
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return HashedWords(nothing, nothing.astype(np.uint64), nothing.astype(bool))
    columns = zip(*parts, strict=True)
    row, code, glued = (np.concatenate(column) for column in columns)
    return HashedWords(row, code, glued)


def _hash_words_in_slice(
    texts: Sequence[str], first: int, mapping: Callable[[str], str]
) -> tuple[NDArray, NDArray, NDArray]:
    packed = PackedTexts(texts)
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
    weight = mix_hashes(
        np.uint64(_HASH_BASE) * (place.astype(np.uint64) + np.uint64(1))
    )
    letters = mix_hashes(codes + np.uint64(1)) * (weight | np.uint64(1))
    code = mix_hashes(np.add.reduceat(letters, begins))
    word = codes[begins] != ord(ROW_END)
    begins = begins[word]
    row = packed.rows(compact.origin[begins]) + first
    glued = (length[word] == 1) & (codes[begins] >= 0x0E00)
    return row, code[word], glued


class DisjointSpans:
    """Spans taken so far, none overlapping another.

    Examples
    --------
    >>> spans = DisjointSpans()
    >>> [spans.take(*span) for span in [(4, 9), (0, 4), (8, 10), (9, 10)]]
    [True, True, False, True]
    """

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def take(self, start: int, end: int) -> bool:
        """Take a span if it is free, and tell so; the cost grows with log n."""
        # Of disjoint spans only the last that starts before `end` can reach into it.
        at = bisect_left(self._starts, end)
        if at and self._ends[at - 1] > start:
            return False
        self._starts.insert(at, start)
        self._ends.insert(at, end)
        return True
