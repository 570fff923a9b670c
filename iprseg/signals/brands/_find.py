"""Find many names in many texts at once, in spite of spacing and disguise."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_words, market_words
from iprseg.signals.text._alphabet import (
    fold_char,
    is_odd,
    is_unspaced,
    skeleton_char,
)
from iprseg.signals.text._packed import Compact, Packed
from iprseg.signals.text.normalise import fold, normalise

# Gaps that ordinary writing puts inside a name; other signs in there are a disguise.
_PLAIN_GAP = re.compile(r"[\s/,&()\[\]:+\-–—'’`\"]*")
_APOSTROPHE = re.compile(r"['’`´]")
_CHUNK = 20_000


@dataclass(frozen=True)
class Names:
    """Names compiled for search.

    Attributes
    ----------
    forms : list of str
        Folded names.
    gaps : list of frozenset of int
        Where each form may be parted without that being odd.
    skeletons : list of str
        Forms long enough to be looked for in disguise, reduced to skeletons.
    of_skeleton : ndarray of int
        Which form each skeleton is of.
    """

    forms: list[str]
    gaps: list[frozenset[int]]
    skeletons: list[str] = field(default_factory=list)
    of_skeleton: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, int))


def compile_names(names: Sequence[str], disguised: bool = True) -> Names:
    """Compile names, spelled as people write them; one entry per name, in order."""
    forms = [fold(name) for name in names]
    gaps = [_gaps(name) for name in names]
    if not disguised:
        return Names(forms, gaps)
    long = [i for i, form in enumerate(forms) if len(form) >= 3 and not form.isdigit()]
    return Names(forms, gaps, [normalise(forms[i]) for i in long], np.array(long, int))


def _gaps(name: str) -> frozenset[int]:
    packed = Packed([name])
    compact = packed.compact(fold_char)
    return frozenset(np.flatnonzero(compact.start[:-2]).tolist())


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


def find_names(texts: Texts, names: Names) -> pd.DataFrame:
    """Find names in texts.

    Returns
    -------
    DataFrame
        ``row``, ``name`` (position in ``names``), ``start`` and ``end`` in the text,
        ``odd`` (bool: the name is disguised).
    """
    parts = []
    for chunk in texts.chunks:
        hits = _located(_plain_hits(chunk, names) + _disguised(chunk, names), chunk)
        hits["row"] += chunk.first
        parts.append(hits)
    return pd.concat(parts, ignore_index=True) if parts else _hits([])


def _plain_hits(chunk: _Chunk, names: Names) -> list[tuple]:
    plain, odd = chunk.plain, chunk.odd_before
    hits = []
    for which, s, e in _matches(plain, names.forms, chunk.soft):
        verdict = _plain_verdict(chunk.raw, plain, names, which, s, e)
        if verdict is not None:
            first, last = plain.origin[s], plain.origin[e - 1] + 1
            hits.append((which, first, last, verdict or odd[last] > odd[first]))
    return hits


def _matches(
    compact: Compact, forms: list[str], soft: NDArray
) -> list[tuple[int, int, int]]:
    """Return (form, start, end) of forms standing between word boundaries."""
    import ahocorasick_rs

    unique = sorted({form for form in forms if form})
    if not unique or not compact.text:
        return []
    members: dict[str, list[int]] = {}
    for i, form in enumerate(forms):
        members.setdefault(form, []).append(i)
    automaton = ahocorasick_rs.AhoCorasick(unique)
    found = automaton.find_matches_as_indexes(compact.text, overlapping=True)
    if not found:
        return []
    table = np.array(found, dtype=np.int64)
    long = np.array([len(form) >= 4 for form in unique])[table[:, 0]]
    hard = compact.start
    opens = hard[table[:, 1]] | (long & soft[table[:, 1]])
    closes = hard[table[:, 2]] | (long & soft[table[:, 2]])
    return [
        (which, s, e)
        for form, s, e in table[opens & closes].tolist()
        for which in members[unique[form]]
    ]


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


def _plain_verdict(
    raw: str, compact: Compact, names: Names, which: int, s: int, e: int
) -> bool | None:
    """Judge gaps inside a match: False plain, True a disguise, None no match at all."""
    inner = np.flatnonzero(compact.start[s + 1 : e]) + 1
    form = names.forms[which]
    if not len(inner) or any(map(is_unspaced, form)):
        return False
    extra = [int(at) for at in inner if at not in names.gaps[which]]
    between = [
        raw[compact.origin[s + at - 1] + 1 : compact.origin[s + at]] for at in extra
    ]
    kept = [
        (at, gap)
        for at, gap in zip(extra, between, strict=True)
        if not _APOSTROPHE.fullmatch(gap)
    ]
    if not kept:
        return False
    if len(form) >= 8 and len(kept) == 1 and kept[0][1] in (" ", "-"):
        return False
    return _split_verdict(form, [0, *inner.tolist(), len(form)], [g for _, g in kept])


def _split_verdict(form: str, cuts: list[int], gaps: list[str]) -> bool | None:
    """Judge a name taken apart: letter by letter, or by signs no name has inside."""
    if len(form) < 3:
        return None
    pieces = [b - a for a, b in pairwise(cuts)]
    if any(not _PLAIN_GAP.fullmatch(gap) for gap in gaps):
        return True if len(form) >= 4 or max(pieces) == 1 else None
    if max(pieces) <= (2 if len(form) >= 6 else 1):
        return True if len(form) >= 4 or " " not in "".join(gaps) else None
    tight = all(gap in "-–" for gap in gaps)
    return True if tight and len(form) >= 6 and min(pieces) <= 2 else None


def _disguised(chunk: _Chunk, names: Names) -> list[tuple]:
    """Find names whose letters are imitated (0 for o, Cyrillic а, @)."""
    if not names.skeletons:
        return []
    bare, raw = chunk.packed.compact(skeleton_char), chunk.raw
    shadow = Names(names.skeletons, [names.gaps[i] for i in names.of_skeleton.tolist()])
    hits = []
    for which, s, e in _matches(bare, shadow.forms, bare.start):
        first, last = bare.origin[s], bare.origin[e - 1] + 1
        name = int(names.of_skeleton[which])
        if _plain_verdict(raw, bare, shadow, which, s, e) is None:
            continue
        if _imitates(raw[first:last], names.forms[name]):
            hits.append((name, first, last, True))
    return hits


def _imitates(piece: str, form: str) -> bool:
    """Tell whether a piece of text is a disguise of a form, and no word of its own."""
    folded = fold(piece)
    if folded == form or (len(form) < 4 and folded.isascii() and "*" not in piece):
        return False
    letters = sum(char.isalpha() for char in piece)
    if letters < 2 or 2 * letters < len(form):
        return False
    return folded not in load_words() and folded not in market_words()


def _located(hits: list[tuple], chunk: _Chunk) -> pd.DataFrame:
    frame = _hits(hits)
    if len(frame):
        rows = chunk.packed.rows(frame["start"].to_numpy())
        frame["row"] = rows
        base = chunk.packed.row_start[rows]
        frame["start"] -= base
        frame["end"] -= base
    return frame.drop_duplicates(["row", "name", "start", "end"])


def _hits(hits: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(hits, columns=["name", "start", "end", "odd"])
    frame = frame.astype({"name": int, "start": int, "end": int, "odd": bool})
    frame.insert(0, "row", np.zeros(len(frame), dtype=int))
    return frame
