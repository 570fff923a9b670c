"""Find many names in many texts at once, in spite of spacing and disguise."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_words, market_words
from iprseg.signals.brands._gaps import gap_mask, gap_verdict, oddly_parted
from iprseg.signals.text._alphabet import (
    fold_char,
    is_gap,
    is_odd,
    is_unspaced,
    skeleton_char,
)
from iprseg.signals.text._packed import Compact, Packed
from iprseg.signals.text.normalise import fold, normalise

_CHUNK = 20_000
# Only longer names may touch a digit or a capital ("zephyra100ml", "ZephyraBag").
# With so many letters a mix of figures and signs that reads as a name is no accident.
_SHORTEST_LEET = 5
_SHORTEST_SOFT = 4


@dataclass(frozen=True)
class Names:
    """Names compiled for search.

    Attributes
    ----------
    forms : list of str
        Folded names.
    gaps : list of frozenset of int
        Where each form may be parted without that being odd.
    unspaced : ndarray of bool
        Whether the form is of a script without spaces; then gaps mean nothing.
    """

    forms: list[str]
    gaps: list[frozenset[int]]
    unspaced: NDArray[np.bool_]

    @cached_property
    def gap_masks(self) -> NDArray[np.int64]:
        """The gaps of each form, as bits."""
        return np.array([gap_mask(gaps) for gaps in self.gaps], dtype=np.int64)

    @cached_property
    def distinct(self) -> "Distinct":
        """The different forms, and whose each one is."""
        return Distinct.of(self.forms)

    @cached_property
    def disguised(self) -> "tuple[Names, NDArray[np.int64]]":
        """Skeletons of the forms long enough to be told in disguise, and whose."""
        long = [i for i, form in enumerate(self.forms) if _may_hide(form)]
        shadows = Names(
            [normalise(self.forms[i]) for i in long],
            [self.gaps[i] for i in long],
            self.unspaced[long],
        )
        return shadows, np.array(long, dtype=np.int64)


@dataclass(frozen=True)
class Distinct:
    """Different forms, sorted; several names may fold to one form.

    Attributes
    ----------
    forms : tuple of str
    order : ndarray of int
        Names sorted by form.
    first, count : ndarray of int, shape (len(forms),)
        Where in `order` the names of each form are.
    long : ndarray of bool, shape (len(forms),)
    """

    forms: tuple[str, ...]
    order: NDArray[np.int64]
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    long: NDArray[np.bool_]

    @classmethod
    def of(cls, forms: list[str]) -> "Distinct":
        """Sort forms; empty ones are left out."""
        order = np.argsort(np.array(forms, dtype=object), kind="stable")
        unique = sorted({form for form in forms if form})
        ranked = np.array([forms[i] for i in order], dtype=object)
        first = np.searchsorted(ranked, np.array(unique, dtype=object))
        long = [len(form) >= _SHORTEST_SOFT for form in unique]
        count = np.diff(np.append(first, len(forms)))
        return cls(tuple(unique), order, first, count, np.array(long, dtype=bool))


@lru_cache(maxsize=16)
def _automaton(forms: tuple[str, ...]) -> Any:
    import ahocorasick_rs

    return ahocorasick_rs.AhoCorasick(forms)


def compile_names(names: Sequence[str]) -> Names:
    """Compile names, spelled as people write them; one entry per name, in order."""
    forms = [fold(name) for name in names]
    unspaced = np.array([any(map(is_unspaced, form)) for form in forms], dtype=bool)
    return Names(forms, [_gaps(name) for name in names], unspaced)


def _may_hide(form: str) -> bool:
    return len(form) >= 3 and not form.isdigit()


def _gaps(name: str) -> frozenset[int]:
    gaps, at, parted = set(), 0, False
    for char in name:
        image = fold_char(char)
        if image and parted:
            gaps.add(at)
        parted = (parted and not image) or is_gap(char)
        at += len(image)
    return frozenset(gaps)


class Texts:
    """Texts made ready for search, so that several searches share the work."""

    def __init__(self, texts: Sequence[str]):
        self.texts = texts
        self.chunks = [
            _Chunk(texts[at : at + _CHUNK], at) for at in range(0, len(texts), _CHUNK)
        ]


class _Chunk:
    def __init__(self, texts: Sequence[str], first: int):
        self.first = first
        self.packed = Packed(texts)
        self.raw = self.packed.raw
        self.plain = self.packed.compact(fold_char)
        self.soft = _soft_starts(self.plain, self.packed.codes)
        odd = self.packed.test(is_odd)
        self.odd_before = np.concatenate([[0], np.cumsum(odd)])


def find_names(texts: Texts, names: Names, disguised: bool = True) -> pd.DataFrame:
    """Find names in texts.

    Parameters
    ----------
    texts : Texts
    names : Names
    disguised : bool, default True
        Also find names whose letters are imitated.

    Returns
    -------
    DataFrame
        ``row``, ``name`` (position in ``names``), ``start`` and ``end`` in the text,
        ``odd`` (bool: the name is disguised).
    """
    parts = []
    for chunk in texts.chunks:
        found = _plain_hits(chunk, names)
        if disguised:
            found = np.concatenate([found, _disguised(chunk, names, found)])
        hits = _located(found, chunk)
        hits["row"] += chunk.first
        parts.append(hits)
    return pd.concat(parts, ignore_index=True) if parts else _located_none()


def _plain_hits(chunk: _Chunk, names: Names) -> NDArray[np.int64]:
    """Return (name, first, last, odd) rows."""
    matches = _matches(chunk.plain, names.distinct, chunk.soft)
    hits = _judged(chunk, chunk.plain, names, matches)
    odd = chunk.odd_before
    hits[:, 3] |= odd[hits[:, 2]] > odd[hits[:, 1]]
    return hits


def _judged(
    chunk: _Chunk, compact: Compact, names: Names, matches: NDArray
) -> NDArray[np.int64]:
    """Drop matches with gaps no name has; place the others in the raw text."""
    which, s, e = matches.T
    before = np.cumsum(compact.start)
    parted = (before[e - 1] > before[s]) & ~names.unspaced[which]
    parted[parted] = oddly_parted(
        compact.start, names.gap_masks[which[parted]], matches[parted]
    )
    verdict = np.zeros(len(matches), dtype=np.int64)
    for i in np.flatnonzero(parted):
        name, start, end = map(int, matches[i])
        judged = gap_verdict(
            chunk.raw, compact, names.forms[name], names.gaps[name], start, end
        )
        verdict[i] = -1 if judged is None else judged
    first, last = compact.origin[s], compact.origin[e - 1] + 1
    return np.stack([which, first, last, verdict], axis=1)[verdict >= 0]


def _matches(compact: Compact, names: Distinct, soft: NDArray) -> NDArray[np.int64]:
    """Return (name, start, end) of names standing between word boundaries."""
    if not names.forms or not compact.text:
        return np.zeros((0, 3), dtype=np.int64)
    automaton = _automaton(names.forms)
    found = automaton.find_matches_as_indexes(compact.text, overlapping=True)
    flat = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found))
    table = flat.reshape(-1, 3)
    long = names.long[table[:, 0]]
    hard = compact.start
    opens = hard[table[:, 1]] | (long & soft[table[:, 1]])
    closes = hard[table[:, 2]] | (long & soft[table[:, 2]])
    table = table[opens & closes]
    # Several names may fold to one form: repeat its matches for each.
    count = names.count[table[:, 0]]
    rows = np.repeat(np.arange(len(table)), count)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    which = names.order[names.first[table[rows, 0]] + within]
    return np.stack([which, table[rows, 1], table[rows, 2]], axis=1)


def _soft_starts(compact: Compact, raw: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Add the boundaries of "ZephyraBag" and "zephyra100ml"."""
    source = raw[compact.origin]
    soft = compact.start.copy()
    if len(source) > 1:
        digit = (source >= ord("0")) & (source <= ord("9"))
        upper = (source >= ord("A")) & (source <= ord("Z"))
        lower = (source >= ord("a")) & (source <= ord("z"))
        soft[1:-1] |= (digit[1:] != digit[:-1]) | (upper[1:] & lower[:-1])
    return soft


def _disguised(
    chunk: _Chunk, names: Names, plain: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Find names whose letters are imitated (0 for o, Cyrillic а, @)."""
    shadows, of = names.disguised
    bare = chunk.packed.compact(skeleton_char)
    matches = _matches(bare, shadows.distinct, bare.start)
    matches[:, 0] = of[matches[:, 0]]
    # Most are plain names, found already: the same letters stand in the folded text.
    first, last = bare.origin[matches[:, 1]], bare.origin[matches[:, 2] - 1] + 1
    new = ~_among(np.stack([matches[:, 0], first, last]), plain[:, :3].T)
    hits = _judged(chunk, bare, names, matches[new])
    hits[:, 3] = 1
    keep = [
        _imitates(chunk.raw[first:last], names.forms[name])
        for name, first, last, _ in hits.tolist()
    ]
    return hits[np.array(keep, dtype=bool)]


def _among(some: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which columns of one array are columns of another, shape (n,)."""
    keys = pd.MultiIndex.from_arrays(list(some))
    return np.asarray(keys.isin(pd.MultiIndex.from_arrays(list(others))))


def _imitates(piece: str, form: str) -> bool:
    """Tell whether a piece of text is a disguise of a form, and no word of its own."""
    folded = fold(piece)
    if folded == form or (len(form) < 4 and folded.isascii() and "*" not in piece):
        return False
    letters = sum(char.isalpha() for char in piece)
    # of a short name too many other things are written with figures and signs
    least = 1 if len(form) >= _SHORTEST_LEET else max(2, len(form) / 2)
    if letters < least:
        return False
    return folded not in load_words() and folded not in market_words()


def _located(hits: NDArray[np.int64], chunk: _Chunk) -> pd.DataFrame:
    rows = chunk.packed.rows(hits[:, 1])
    base = chunk.packed.row_start[rows]
    frame = _frame(rows, hits[:, 0], hits[:, 1] - base, hits[:, 2] - base, hits[:, 3])
    return frame.drop_duplicates(["row", "name", "start", "end"])


def _located_none() -> pd.DataFrame:
    return _frame(*np.zeros((5, 0), dtype=np.int64))


def _frame(*columns: NDArray) -> pd.DataFrame:
    names = ("row", "name", "start", "end", "odd")
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)))
    return frame.astype({"odd": bool})
