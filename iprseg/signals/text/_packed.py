"""A column of texts as one array of code points, mapped by table, with the way back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from iprseg.signals.text._alphabet import is_gap, is_unspaced

# Parts the rows; the patterns never hold it, so no match runs across two rows.
ROW_END = "\x1e"


@dataclass(frozen=True)
class Compact:
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


class Packed:
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
    def _distinct(self) -> tuple[list[str], NDArray[np.int64]]:
        values, inverse = _distinct(self.codes)
        return [chr(value) for value in values], inverse

    def compact(self, mapping: Callable[[str], str]) -> Compact:
        """Map every character and drop what maps to nothing."""
        chars, inverse = self._distinct
        images = [ROW_END if char == ROW_END else mapping(char) for char in chars]
        codes, origin = _spread(images, inverse)
        gap = [
            char == ROW_END or (not image and is_gap(char))
            for char, image in zip(chars, images, strict=True)
        ]
        glued = [any(map(is_unspaced, image)) for image in images]
        gaps = np.cumsum(np.array(gap, dtype=np.int8)[inverse], dtype=np.int64)
        text = codes.astype("<u4").tobytes().decode("utf-32-le")
        unspaced = np.array(glued, dtype=bool)[inverse][origin]
        return Compact(text, origin, _word_starts(codes, gaps[origin], unspaced))

    def test(self, predicate: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Ask something of every character."""
        chars, inverse = self._distinct
        return np.array([predicate(char) for char in chars], dtype=bool)[inverse]

    def rows(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each position."""
        return np.searchsorted(self.row_start, positions, side="right") - 1


def _distinct(codes: NDArray[np.uint32]) -> tuple[NDArray, NDArray]:
    if len(codes) < 20_000:
        return np.unique(codes, return_inverse=True)
    # A table over all of Unicode beats sorting the whole column.
    seen = np.zeros(0x110000, dtype=bool)
    seen[codes] = True
    values = np.flatnonzero(seen)
    place = np.zeros(0x110000, dtype=np.int32)
    place[values] = np.arange(len(values), dtype=np.int32)
    return values, place[codes]


def _spread(images: list[str], inverse: NDArray) -> tuple[NDArray, NDArray]:
    """Replace each character by its image, which may be empty or several characters."""
    lengths = np.array([len(image) for image in images], dtype=np.int64)
    first = np.cumsum(lengths) - lengths
    table = np.array([ord(c) for image in images for c in image], dtype=np.uint32)
    per_char = lengths[inverse]
    origin = np.repeat(np.arange(len(inverse)), per_char)
    within = np.arange(len(origin)) - np.repeat(
        np.cumsum(per_char) - per_char, per_char
    )
    return table[first[inverse[origin]] + within], origin


def _word_starts(codes: NDArray, gaps: NDArray, unspaced: NDArray) -> NDArray[np.bool_]:
    start = np.ones(len(codes) + 1, dtype=bool)
    if len(codes):
        parted = (np.diff(gaps) > 0) | (codes[:-1] == ord(ROW_END))
        start[1:-1] = parted | unspaced[1:] | unspaced[:-1]
    return start
