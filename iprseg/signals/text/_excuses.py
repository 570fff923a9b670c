"""Say when a term in a text is none: negated, or in its harmless meaning."""

import re
from functools import cache

from iprseg.reference import load_reference
from iprseg.signals.text._alphabet import is_unspaced

REACH = 60  # characters to either side of a term that can belong to it
_STOP = re.compile(r"[!?;:。！？，、\n\x1e]|[.,](?!\d)")
_WINDOW = 3
_GLUED_REACH = 8


def phrase_around(text: str, start: int, end: int) -> tuple[str, str]:
    """Return what stands before and after a place, as far as its phrase reaches.

    Examples
    --------
    >>> phrase_around("Bag. Not a replica, new", 11, 18)
    (' Not a ', '')
    """
    before, after = text[max(0, start - REACH) : start], text[end : end + REACH]
    return _STOP.split(before)[-1], _STOP.split(after, maxsplit=1)[0]


def is_excused(
    text: str,
    start: int,
    end: int,
    guard: tuple[frozenset[str], frozenset[str]],
    lang: str,
) -> bool:
    """Tell whether a hit is negated, or has its harmless meaning.

    Parameters
    ----------
    text : str
    start, end : int
        Where the hit is.
    guard : tuple
        The languages of the term, and the words beside which it is harmless.
    lang : str
        The language of the text.
    """
    langs, near = guard
    head, tail = phrase_around(text, start, end)
    before, after = head.split()[-_WINDOW:], tail.split()[:_WINDOW]
    spoken = (*sorted(langs), "en", lang)
    if _says(_negators("before", spoken), before, head[-_GLUED_REACH:]):
        return True
    if _says(_negators("after", spoken), after, tail[:_GLUED_REACH]):
        return True
    if not near:
        return False
    around = text[max(0, start - _GLUED_REACH) : end + _GLUED_REACH]
    return _says((near, _unspaced(near)), before + after, around)


def _says(
    words: tuple[frozenset[str], tuple[str, ...]], tokens: list[str], glued: str
) -> bool:
    return not words[0].isdisjoint(tokens) or any(word in glued for word in words[1])


@cache
def _unspaced(words: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(word for word in words if any(map(is_unspaced, word))))


@cache
def _negators(
    side: str, langs: tuple[str, ...]
) -> tuple[frozenset[str], tuple[str, ...]]:
    lists = load_reference("lexicons/negation")[side]
    words = frozenset(word for lang in langs for word in lists.get(lang, ()))
    return words, _unspaced(words)
