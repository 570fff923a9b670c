"""A column of texts as one array of code points, mapped by table, with the way back."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from iprseg.signals.text._alphabet import is_gap, is_unspaced

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
        codes, origin, source = _spread(images, inverse)
        gap = [
            char == ROW_END or (not image and is_gap(char))
            for char, image in zip(chars, images, strict=True)
        ]
        glued = np.array([any(map(is_unspaced, image)) for image in images], dtype=bool)
        gaps = np.cumsum(np.array(gap, dtype=np.int8)[inverse], dtype=np.int32)
        text = codes.astype("<u4").tobytes().decode("utf-32-le")
        starts = _word_starts(codes, gaps[origin], glued[source])
        return Compact(text, origin, starts)

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


def _spread(images: list[str], inverse: NDArray) -> tuple[NDArray, NDArray, NDArray]:
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


def _word_starts(codes: NDArray, gaps: NDArray, unspaced: NDArray) -> NDArray[np.bool_]:
    start = np.ones(len(codes) + 1, dtype=bool)
    if len(codes):
        parted = (gaps[1:] != gaps[:-1]) | (codes[:-1] == ord(ROW_END))
        start[1:-1] = parted | unspaced[1:] | unspaced[:-1]
    return start
