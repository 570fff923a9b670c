"""Tell a reference to a brand ("case for X") from a claim of it."""

import re
from collections.abc import Iterable
from functools import cache
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_reference
from iprseg.signals.text._alphabet import is_unspaced

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STOP = re.compile(r"[.!?;。！？]\s|[。！？\n]")
# Plain words that may stand between a marker and the brand ("for the new 10.9 inch X").
_REACH = 5
_MARKER_WORDS = 3
_TAIL = 14
_OWNING = frozenset(("by", "from", "brand", "von", "par", "oleh"))


@cache
def _lexicon() -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    """Return each list as (spaced phrases, phrases of scripts without spaces)."""
    out = {}
    for name, by_lang in load_reference("lexicons/referential").items():
        if name == "source":
            continue
        terms = {term.casefold() for terms in by_lang.values() for term in terms}
        glued = {term for term in terms if any(map(is_unspaced, term))}
        # Arabic glues "for" to its noun; such a marker is a prefix, not a word.
        glued |= {term.rstrip("ـ") for term in terms if term.endswith("ـ")}
        out[name] = (frozenset(terms - glued), tuple(sorted(glued, key=len)[::-1]))
    return out


def mark_referential(found: pd.DataFrame, listings: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell for each mention whether it is a reference only, shape (n,)."""
    marks = np.zeros(len(found), dtype=bool)
    category = _category(listings)
    columns = {
        name: listings[name].to_numpy(dtype=object) for name in found["field"].unique()
    }
    spans = found[["row", "field", "start", "end"]].reset_index(drop=True)
    for place, group in spans.groupby(["row", "field"], sort=False):
        row, field = cast("tuple[int, str]", place)
        text = columns[field][row]
        places = list(zip(group["start"], group["end"], strict=True))
        marks[group.index] = referential_spans(text, places, category[row])
    return marks


def _category(listings: pd.DataFrame) -> NDArray:
    if "category_path" not in listings.columns:
        return np.full(len(listings), "", dtype=object)
    return listings["category_path"].fillna("").astype(str).to_numpy(dtype=object)


def referential_spans(
    text: str, spans: list[tuple[int, int]], category: str = ""
) -> list[bool]:
    """Tell for each span of a text whether it names what the thing is for.

    Examples
    --------
    >>> referential_spans("Zephyra ink for Korda printers", [(0, 7), (16, 21)])
    [False, True]
    """
    lowered = _lower(text)
    if not _may_refer(lowered):
        return [False] * len(spans)
    accessory = _names_accessory(lowered) or _names_accessory(_lower(category))
    forward = _reached_from_markers(lowered, spans, accessory)
    return [
        reached
        or _followed_by_marker(lowered, end)
        or _glued_before(lowered, start, accessory)
        for reached, (start, end) in zip(forward, spans, strict=True)
    ]


def _lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _may_refer(lowered: str) -> bool:
    return bool(_marker_pattern().search(lowered))


@cache
def _marker_pattern() -> re.Pattern[str]:
    lexicon = _lexicon()
    spaced = {t for name in ("strong", "weak", "after") for t in lexicon[name][0]}
    glued = {t for name in ("strong", "weak", "after") for t in lexicon[name][1]}
    words = "|".join(map(re.escape, sorted(spaced, key=len)[::-1]))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)|{'|'.join(map(re.escape, glued))}")


def _names_accessory(lowered: str) -> bool:
    spaced, glued = _lexicon()["accessories"]
    if any(word in spaced for word in _WORD.findall(lowered)):
        return True
    return any(term in lowered for term in glued)


def _phrase_at(words: list[str], at: int, phrases: Iterable[str]) -> int:
    """Return how many words a phrase of the list takes at a place, 0 if none."""
    for n in range(_MARKER_WORDS, 0, -1):
        if " ".join(words[at : at + n]) in phrases and at + n <= len(words):
            return n
    return 0


def _reached_from_markers(
    lowered: str, spans: list[tuple[int, int]], accessory: bool
) -> list[bool]:
    """Walk through the words; a marker's reach is renewed by each brand it reaches."""
    lexicon = _lexicon()
    tokens = [(m.start(), m.end(), m.group()) for m in _WORD.finditer(lowered)]
    words = [word for _, _, word in tokens]
    strong, weak = lexicon["strong"][0], lexicon["weak"][0]
    recipients = lexicon["recipients"][0] | _OWNING
    reached = [False] * len(spans)
    left, skip, before = -1, 0, 0
    for i, (start, end, word) in enumerate(tokens):
        if _STOP.search(lowered, before, start + 1):
            left = -1
        before = end
        inside = [k for k, (a, b) in enumerate(spans) if a < end and start < b]
        if inside:
            for k in inside:
                reached[k] = reached[k] or left >= 0
            left = _REACH if left >= 0 else left
            continue
        if skip:
            skip -= 1
            continue
        taken = _phrase_at(words, i, strong)
        if not taken and accessory:
            taken = _phrase_at(words, i, weak)
        if taken:
            left, skip = _REACH, taken - 1
        elif word in recipients:
            left = -1
        elif word.isalpha() and len(word) > 2:
            left = max(left - 1, -1)
    return reached


def _followed_by_marker(lowered: str, end: int) -> bool:
    """Tell whether "X compatible ..." or "X用" stands there."""
    spaced, glued = _lexicon()["after"]
    tail = lowered[end : end + 40]
    near = tail[:_TAIL].lstrip()
    if near.startswith(glued):
        return True
    words = _WORD.findall(_STOP.split(tail)[0])[:3]
    return any(word in spaced for word in words)


def _glued_before(lowered: str, start: int, accessory: bool) -> bool:
    """Tell whether a marker of a script without spaces stands close before."""
    head = _STOP.split(lowered[max(0, start - _TAIL) : start])[-1]
    lexicon = _lexicon()
    if any(term in head for term in lexicon["strong"][1]):
        return True
    return accessory and any(term in head for term in lexicon["weak"][1])
