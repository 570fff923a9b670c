"""Tell a reference to a brand ("case for X") from a claim of it."""

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_reference
from iprseg.signals._tables import texts_of
from iprseg.signals.text._alphabet import is_unspaced

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MODEL = re.compile(r"[\sa-z0-9+-]{0,14}")
_STOP = re.compile(r"[.!?;。！？]\s|[。！？\n]")
# Plain words that may stand between a marker and the brand ("for the new 10.9 inch X");
# "compatible with" opens a list, a bare "for" of unknown goods speaks of what is next.
_REACH = 5
_LIST_REACH = 10
_NEXT = 2
_CLAUSE = re.compile(r"[(.,;|!?。！？，、\n]")
_MARKER_WORDS = 3
_AFTER_WORDS = 4
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


def mark_referential(
    found: pd.DataFrame, listings: pd.DataFrame, names: Sequence[str]
) -> NDArray[np.bool_]:
    """Tell for each mention whether it is a reference only, shape (n,).

    ``field`` of `found` is a position in `names`, the columns of `listings`.
    """
    places: dict[tuple[int, int], list[int]] = {}
    rows, fields = found["row"].tolist(), found["field"].tolist()
    # A brand in the brand field is claimed, whatever the title says.
    foreign = set(found.loc[~found["own_field"], "row"])
    for at, (row, field) in enumerate(zip(rows, fields, strict=True)):
        if row in foreign:
            places.setdefault((row, field), []).append(at)
    start, end = found["start"].tolist(), found["end"].tolist()
    columns = [listings[name].to_numpy(dtype=object) for name in names]
    context = _context(listings)
    marks = np.zeros(len(found), dtype=bool)
    for (row, field), members in places.items():
        spans = [(start[at], end[at]) for at in members]
        marks[members] = referential_spans(columns[field][row], spans, context[row])
    if not marks.any():
        return marks
    marks |= _referred_to_later(found, marks, columns)
    return marks | _referential_in_title(found, marks, names.index("title"))


def _referred_to_later(
    found: pd.DataFrame, marks: NDArray[np.bool_], columns: list[NDArray]
) -> NDArray[np.bool_]:
    """Tell which mentions the same field later explains: "Maker X 13 case for X 13".

    A brand that opens the text is its maker: "X case for X 13".
    """
    place = ["row", "field", "brand"]
    told = found.assign(mark=marks).groupby(place)["mark"]
    mixed = (told.transform("any") & ~told.transform("all")).to_numpy()
    later = np.zeros(len(found), dtype=bool)
    first = found[mixed].groupby(place)["start"].transform("min")
    where = found.loc[mixed, ["field", "row"]].itertuples(index=False)
    for at, (field, row), start in zip(
        np.flatnonzero(mixed), where, first, strict=True
    ):
        head = _WORD.findall(_lower(columns[field][row][:start]))
        later[at] = any(word not in _lexicon()["state"][0] for word in head)
    return later


def _referential_in_title(
    found: pd.DataFrame, marks: NDArray[np.bool_], title: int
) -> NDArray[np.bool_]:
    """Tell which mentions are of a brand that the title names as a reference only."""
    titles = found.assign(mark=marks)[found["field"].to_numpy() == title]
    only = titles.groupby(["row", "brand"], as_index=False)["mark"].all()
    joined = found[["row", "brand"]].merge(only, how="left")["mark"]
    return joined.eq(True).to_numpy(dtype=bool)


def _context(listings: pd.DataFrame) -> list[str]:
    """Return what tells of an accessory beside the field itself: category and title."""
    columns = [texts_of(listings["title"])]
    if "category_path" in listings.columns:
        columns.append(texts_of(listings["category_path"]))
    return [" ".join(parts) for parts in zip(*columns, strict=True)]


def referential_spans(
    text: str, spans: list[tuple[int, int]], context: str = ""
) -> list[bool]:
    """Tell for each span of a text whether it names what the thing is for.

    Examples
    --------
    >>> referential_spans("Zephyra ink for Korda printers", [(0, 7), (16, 21)])
    [False, True]
    """
    lowered = _lower(text)
    words = _WORD.findall(lowered)
    spaced, glued = _marker_starts()
    said = not spaced.isdisjoint(words)
    if not said and (lowered.isascii() or not glued.search(lowered)):
        return [False] * len(spans)
    accessory = _in_text("accessories", lowered, words) or _in_context(
        "accessories", context
    )
    weak = _REACH if accessory else _NEXT
    if not accessory and _in_context("standalone", f"{context} {lowered}"):
        weak = 0
    reached = (
        _reached_from_markers(lowered, words, spans, weak)
        if said
        else [False] * len(spans)
    )
    return [
        there
        or _followed_by_marker(lowered, end)
        or _glued_before(lowered, start, accessory)
        for there, (start, end) in zip(reached, spans, strict=True)
    ]


def _lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


@cache
def _marker_starts() -> tuple[frozenset[str], re.Pattern[str]]:
    """Return the first words of markers, and what finds the markers without spaces."""
    lists = [_lexicon()[name] for name in ("strong", "weak", "joining", "after")]
    first = frozenset(term.split()[0] for spaced, _ in lists for term in spaced)
    return first, _any_of({term for _, glued in lists for term in glued})


def _any_of(terms: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(terms))) or r"(?!)")


@cache
def _glued(name: str) -> re.Pattern[str]:
    """Return what finds a list's terms of scripts without spaces."""
    return _any_of(_lexicon()[name][1])


def _in_text(name: str, lowered: str, words: list[str]) -> bool:
    if not _lexicon()[name][0].isdisjoint(words):
        return True
    return not lowered.isascii() and bool(_glued(name).search(lowered))


@lru_cache(maxsize=4096)
def _in_context(name: str, context: str) -> bool:
    lowered = _lower(context)
    return _in_text(name, lowered, _WORD.findall(lowered))


def _phrase_at(words: list[str], at: int, phrases: Iterable[str]) -> int:
    """Return how many words a phrase of the list takes at a place, 0 if none."""
    for n in range(_MARKER_WORDS, 0, -1):
        if " ".join(words[at : at + n]) in phrases and at + n <= len(words):
            return n
    return 0


def _reached_from_markers(
    lowered: str, words: list[str], spans: list[tuple[int, int]], weak: int
) -> list[bool]:
    """Walk through the words; a marker's reach is renewed by each brand it reaches."""
    starts = _marker_starts()[0]
    reached = [False] * len(spans)
    order = sorted(range(len(spans)), key=spans.__getitem__)
    left, skip, before, at = -1, 0, 0, 0
    for i, match in enumerate(_WORD.finditer(lowered)):
        start, end = match.span()
        # one space parts no sentences
        apart = left >= 0 and lowered[before:start] != " "
        if apart and _STOP.search(lowered, before, start + 1):
            left = -1
        before = end
        while at < len(order) and spans[order[at]][1] <= start:
            at += 1
        if at == len(order):
            break
        if spans[order[at]][0] < end:
            if left >= 0:
                reached[order[at]], left = True, max(left, _REACH)
        elif skip:
            skip -= 1
        elif words[i] in starts and (marker := _marker_at(words, i, weak)):
            skip, left = marker[0] - 1, marker[1]
        elif left >= 0:
            left = _left_after(words[i], left)
    return reached


def _left_after(word: str, left: int) -> int:
    """Return how far the reach still goes after a word that is no marker."""
    if word in _lexicon()["recipients"][0] or word in _OWNING:
        return -1
    # Numbers and short words ("13", "&") cost nothing.
    return max(left - 1, -1) if word.isalpha() and len(word) > 2 else left


def _marker_at(words: list[str], at: int, weak: int) -> tuple[int, int] | None:
    """Return how many words a marker takes and how far it reaches."""
    lexicon = _lexicon()
    if taken := _phrase_at(words, at, lexicon["strong"][0]):
        return taken, _LIST_REACH
    taken = _phrase_at(words, at, lexicon["weak"][0]) if weak else 0
    if not taken and weak == _REACH:
        taken = _phrase_at(words, at, lexicon["joining"][0])
    return (taken, weak) if taken else None


def _followed_by_marker(lowered: str, end: int) -> bool:
    """Tell whether "X compatible ..." or "X用" stands there."""
    spaced, glued = _lexicon()["after"]
    tail = lowered[end : end + 40]
    # A model may stand between: "Zephyra 13 Pro用".
    model = None if tail.isascii() else _MODEL.match(tail)
    if model and tail[model.end() :].startswith(glued):
        return True
    words = _WORD.findall(_CLAUSE.split(tail, maxsplit=1)[0])
    # "X ink compatible with Y" speaks of Y.
    return any(
        word in spaced and _phrase_at(words, i, _lexicon()["strong"][0]) <= 1
        for i, word in enumerate(words[:_AFTER_WORDS])
    )


def _glued_before(lowered: str, start: int, accessory: bool) -> bool:
    """Tell whether a marker of a script without spaces stands close before."""
    head = lowered[max(0, start - _TAIL) : start]
    if head.isascii():
        return False
    head = _STOP.split(head)[-1]
    lexicon = _lexicon()
    if any(term in head for term in lexicon["strong"][1]):
        return True
    return accessory and any(term in head for term in lexicon["weak"][1])
