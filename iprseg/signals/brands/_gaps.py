"""Judge what parts the letters of a name: a space, a hyphen, or a disguise."""

import re
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from iprseg.reference import load_words, market_words
from iprseg.signals.text._packed import Compact

# Gaps that ordinary writing puts inside a name; other signs in there are a disguise.
_PLAIN_GAP = re.compile(r"[/,&()\[\]:+\-–—'’`\"]*")
_APOSTROPHE = re.compile(r"['’`´]")
_JOINTS = (" ", "-")
_SHORTEST_CUT = 5
_MASK_BITS = 62


def gap_mask(gaps: frozenset[int]) -> int:
    """Return the places of gaps as bits.

    Examples
    --------
    >>> gap_mask(frozenset([1, 3]))
    10
    """
    return sum(1 << at for at in gaps if at < _MASK_BITS)


def oddly_parted(
    start: NDArray[np.bool_], masks: NDArray[np.int64], matches: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which matches (name, start, end) have a gap that their name has not.

    Examples
    --------
    >>> start = np.array([True, True, False, True])
    >>> oddly_parted(start, np.array([0, 2]), np.array([[0, 0, 3], [1, 0, 3]])).tolist()
    [True, False]
    """
    _, s, e = matches.T
    inside = np.zeros(len(matches), dtype=np.int64)
    for at in range(1, min(_MASK_BITS, int((e - s).max(initial=1)))):
        here = start[np.minimum(s + at, e)] & (s + at < e)
        inside |= here.astype(np.int64) << at
    # Of a longer name the mask cannot tell.
    return ((inside & ~masks) != 0) | (e - s > _MASK_BITS)


def gap_verdict(
    raw: str, compact: Compact, form: str, gaps: frozenset[int], s: int, e: int
) -> bool | None:
    """Judge gaps inside a match: False plain, True a disguise, None no match at all."""
    inner = np.flatnonzero(compact.start[s + 1 : e]) + 1
    extra = [int(at) for at in inner if at not in gaps]
    between = [
        _as_typed(raw[compact.origin[s + at - 1] + 1 : compact.origin[s + at]])
        for at in extra
    ]
    kept = [
        (at, gap)
        for at, gap in zip(extra, between, strict=True)
        if not _APOSTROPHE.fullmatch(gap)
    ]
    if not kept:
        return False
    if len(kept) == 1 and len(kept[0][1]) == 1:
        if len(form) >= 8 and kept[0][1] in _JOINTS:
            return False
        if len(form) >= _SHORTEST_CUT and _cut_in_two(form, kept[0][0]):
            return True
    return _split_verdict(form, [0, *inner.tolist(), len(form)], [g for _, g in kept])


def _as_typed(gap: str) -> str:
    """Take any white space, wide, thin or several, for one space."""
    return " " if gap.isspace() else gap


def _cut_in_two(form: str, at: int) -> bool:
    """Tell whether a name is cut so that its parts are no words ("Zep hyra").

    One or two letters are a word of some language, so there the rest decides; of a
    long name one part may be a word by chance.
    """
    short, long = sorted((form[:at], form[at:]), key=len)
    words = _is_word(long) + (len(short) > 2 and _is_word(short))
    return words < (2 if len(form) >= 8 else 1)


def _is_word(part: str) -> bool:
    return part in load_words() or part in market_words() or part.isdigit()


def _split_verdict(form: str, cuts: list[int], gaps: list[str]) -> bool | None:
    """Judge a name taken apart: letter by letter, or by signs no name has inside."""
    if len(form) < 3:
        return None
    longest = max(b - a for a, b in pairwise(cuts))
    shortest = min(b - a for a, b in pairwise(cuts))
    if any(char.isspace() for gap in gaps for char in gap):
        # Letter by letter only: "ad, id as" is three words.
        return True if longest == 1 and len(form) >= 4 else None
    if any(not _PLAIN_GAP.fullmatch(gap) for gap in gaps):
        return True if len(form) >= 4 or longest == 1 else None
    if longest <= (2 if len(form) >= 6 else 1):
        return True
    tight = all(gap in "-–" for gap in gaps)
    return True if tight and len(form) >= 6 and shortest <= 2 else None
