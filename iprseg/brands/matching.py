"""Find many names in many texts at once, in spite of spacing and disguise."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import chain, pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_words, market_words
from iprseg.text.codepoints import ROW_END, CompactText, DisjointSpans, PackedTexts
from iprseg.text.lexicon import Lexicon, is_negated_or_harmless
from iprseg.text.normalisation import (
    fold,
    fold_char,
    is_hidden_char,
    is_stylised_char,
    is_unspaced_script,
    is_word_gap,
    lower_keeping_length,
    normalise,
    skeleton_char,
)

_TEXTS_AT_ONCE = 20_000
# Only longer names may touch a digit or a capital ("zephyra100ml", "ZephyraBag").
# With so many letters a mix of figures and signs that reads as a name is no accident.
_MIN_LEET_LETTERS = 5
_MIN_SOFT_LETTERS = 4


@dataclass(frozen=True)
class CompiledNames:
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
        return np.array(
            [_encode_gaps_as_bits(gaps) for gaps in self.gaps], dtype=np.int64
        )

    @cached_property
    def distinct(self) -> "_DistinctForms":
        """The different forms, and whose each one is."""
        return _DistinctForms.of(self.forms)

    @cached_property
    def disguised(self) -> "tuple[CompiledNames, NDArray[np.int64]]":
        """Skeletons of the forms long enough to be told in disguise, and whose."""
        long = [i for i, form in enumerate(self.forms) if _can_be_disguised(form)]
        shadows = CompiledNames(
            [normalise(self.forms[i]) for i in long],
            [self.gaps[i] for i in long],
            self.unspaced[long],
        )
        return shadows, np.array(long, dtype=np.int64)


@dataclass(frozen=True)
class _DistinctForms:
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
    def of(cls, forms: list[str]) -> "_DistinctForms":
        """Sort forms; empty ones are left out."""
        order = np.argsort(np.array(forms, dtype=object), kind="stable")
        unique = sorted({form for form in forms if form})
        ranked = np.array([forms[i] for i in order], dtype=object)
        first = np.searchsorted(ranked, np.array(unique, dtype=object))
        long = [len(form) >= _MIN_SOFT_LETTERS for form in unique]
        count = np.diff(np.append(first, len(forms)))
        return cls(tuple(unique), order, first, count, np.array(long, dtype=bool))


@lru_cache(maxsize=16)
def _build_automaton(forms: tuple[str, ...]) -> Any:
    import ahocorasick_rs

    return ahocorasick_rs.AhoCorasick(forms)


def compile_names(names: Sequence[str]) -> CompiledNames:
    """Compile names, spelled as people write them; one entry per name, in order."""
    forms = [fold(name) for name in names]
    unspaced = np.array(
        [any(map(is_unspaced_script, form)) for form in forms], dtype=bool
    )
    return CompiledNames(
        forms, [_locate_blanks_in_name(name) for name in names], unspaced
    )


def _can_be_disguised(form: str) -> bool:
    return len(form) >= 3 and not form.isdigit()


def _locate_blanks_in_name(name: str) -> frozenset[int]:
    gaps, at, parted = set(), 0, False
    for char in name:
        image = fold_char(char)
        if image and parted:
            gaps.add(at)
        parted = (parted and not image) or is_word_gap(char)
        at += len(image)
    return frozenset(gaps)


class SearchTexts:
    """Texts made ready for search, so that several searches share the work."""

    def __init__(self, texts: Sequence[str]):
        self.texts = texts
        self.chunks = [
            _TextChunk(texts[at : at + _TEXTS_AT_ONCE], at)
            for at in range(0, len(texts), _TEXTS_AT_ONCE)
        ]


class _TextChunk:
    def __init__(self, texts: Sequence[str], first: int):
        self.first = first
        self.packed = PackedTexts(texts)
        self.raw = self.packed.raw
        self.plain = self.packed.compact(fold_char)
        self.soft = _mark_soft_starts(self.plain, self.packed.codes)
        odd = self.packed.test(is_stylised_char)
        self.odd_before = np.concatenate([[0], np.cumsum(odd)])


def find_names(
    texts: SearchTexts, names: CompiledNames, disguised: bool = True
) -> pd.DataFrame:
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
        found = _find_plain_hits(chunk, names)
        if disguised:
            found = np.concatenate([found, _find_disguised_hits(chunk, names, found)])
        hits = _locate_hits(found, chunk)
        hits["row"] += chunk.first
        parts.append(hits)
    return pd.concat(parts, ignore_index=True) if parts else _make_empty_hits()


def _find_plain_hits(chunk: _TextChunk, names: CompiledNames) -> NDArray[np.int64]:
    """Return (name, first, last, odd) rows."""
    matches = _match_names_between_word_boundaries(
        chunk.plain, names.distinct, chunk.soft
    )
    hits = _drop_hits_with_odd_gaps(chunk, chunk.plain, names, matches)
    odd = chunk.odd_before
    hits[:, 3] |= odd[hits[:, 2]] > odd[hits[:, 1]]
    return hits


def _drop_hits_with_odd_gaps(
    chunk: _TextChunk, compact: CompactText, names: CompiledNames, matches: NDArray
) -> NDArray[np.int64]:
    """Drop matches with gaps no name has; place the others in the raw text."""
    which, s, e = matches.T
    before = np.cumsum(compact.start)
    parted = (before[e - 1] > before[s]) & ~names.unspaced[which]
    parted[parted] = _flag_unexpected_gaps(
        compact.start, names.gap_masks[which[parted]], matches[parted]
    )
    verdict = np.zeros(len(matches), dtype=np.int64)
    for i in np.flatnonzero(parted):
        name, start, end = map(int, matches[i])
        judged = _judge_gaps_inside_match(
            chunk.raw, compact, names.forms[name], names.gaps[name], start, end
        )
        verdict[i] = -1 if judged is None else judged
    first, last = compact.origin[s], compact.origin[e - 1] + 1
    return np.stack([which, first, last, verdict], axis=1)[verdict >= 0]


def _match_names_between_word_boundaries(
    compact: CompactText, names: _DistinctForms, soft: NDArray
) -> NDArray[np.int64]:
    """Return (name, start, end) of names standing between word boundaries."""
    if not names.forms or not compact.text:
        return np.zeros((0, 3), dtype=np.int64)
    automaton = _build_automaton(names.forms)
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


def _mark_soft_starts(
    compact: CompactText, raw: NDArray[np.uint32]
) -> NDArray[np.bool_]:
    """Add the boundaries of "ZephyraBag" and "zephyra100ml"."""
    source = raw[compact.origin]
    soft = compact.start.copy()
    if len(source) > 1:
        digit = (source >= ord("0")) & (source <= ord("9"))
        upper = (source >= ord("A")) & (source <= ord("Z"))
        lower = (source >= ord("a")) & (source <= ord("z"))
        soft[1:-1] |= (digit[1:] != digit[:-1]) | (upper[1:] & lower[:-1])
    return soft


def _find_disguised_hits(
    chunk: _TextChunk, names: CompiledNames, plain: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Find names whose letters are imitated (0 for o, Cyrillic а, @)."""
    shadows, of = names.disguised
    bare = chunk.packed.compact(skeleton_char)
    matches = _match_names_between_word_boundaries(bare, shadows.distinct, bare.start)
    matches[:, 0] = of[matches[:, 0]]
    # Most are plain names, found already: the same letters stand in the folded text.
    first, last = bare.origin[matches[:, 1]], bare.origin[matches[:, 2] - 1] + 1
    new = ~_flag_known_columns(np.stack([matches[:, 0], first, last]), plain[:, :3].T)
    hits = _drop_hits_with_odd_gaps(chunk, bare, names, matches[new])
    hits[:, 3] = 1
    keep = [
        _is_disguise_of(chunk.raw[first:last], names.forms[name])
        for name, first, last, _ in hits.tolist()
    ]
    return hits[np.array(keep, dtype=bool)]


def _flag_known_columns(
    some: NDArray[np.int64], others: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which columns of one array are columns of another, shape (n,)."""
    keys = pd.MultiIndex.from_arrays(list(some))
    return np.asarray(keys.isin(pd.MultiIndex.from_arrays(list(others))))


def _is_disguise_of(piece: str, form: str) -> bool:
    """Tell whether a piece of text is a disguise of a form, and no word of its own."""
    folded = fold(piece)
    if folded == form or (len(form) < 4 and folded.isascii() and "*" not in piece):
        return False
    letters = sum(char.isalpha() for char in piece)
    # of a short name too many other things are written with figures and signs
    least = 1 if len(form) >= _MIN_LEET_LETTERS else max(2, len(form) / 2)
    if letters < least:
        return False
    return folded not in load_words() and folded not in market_words()


def _locate_hits(hits: NDArray[np.int64], chunk: _TextChunk) -> pd.DataFrame:
    rows = chunk.packed.rows(hits[:, 1])
    base = chunk.packed.row_start[rows]
    frame = _make_hits_frame(
        rows, hits[:, 0], hits[:, 1] - base, hits[:, 2] - base, hits[:, 3]
    )
    return frame.drop_duplicates(["row", "name", "start", "end"])


def _make_empty_hits() -> pd.DataFrame:
    return _make_hits_frame(*np.zeros((5, 0), dtype=np.int64))


def _make_hits_frame(*columns: NDArray) -> pd.DataFrame:
    names = ("row", "name", "start", "end", "odd")
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)))
    return frame.astype({"odd": bool})


# Gaps that ordinary writing puts inside a name; other signs in there are a disguise.
_PLAIN_GAPS = re.compile(r"[/,&()\[\]:+\-–—'’`\"]*")
_APOSTROPHES = re.compile(r"['’`´]")
_PLAIN_JOINERS = (" ", "-")
_MIN_CUT_LETTERS = 5
_MASK_BITS = 62


def _encode_gaps_as_bits(gaps: frozenset[int]) -> int:
    """Return the places of gaps as bits.

    Examples
    --------
    >>> _encode_gaps_as_bits(frozenset([1, 3]))
    10
    """
    return sum(1 << at for at in gaps if at < _MASK_BITS)


def _flag_unexpected_gaps(
    start: NDArray[np.bool_], masks: NDArray[np.int64], matches: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which matches (name, start, end) have a gap that their name has not.

    Examples
    --------
    >>> start = np.array([True, True, False, True])
    >>> _flag_unexpected_gaps(start, np.array([0, 2]), np.array([[0, 0, 3], [1, 0, 3]])).tolist()
    [True, False]
    """
    _, s, e = matches.T
    inside = np.zeros(len(matches), dtype=np.int64)
    for at in range(1, min(_MASK_BITS, int((e - s).max(initial=1)))):
        here = start[np.minimum(s + at, e)] & (s + at < e)
        inside |= here.astype(np.int64) << at
    # Of a longer name the mask cannot tell.
    return ((inside & ~masks) != 0) | (e - s > _MASK_BITS)


def _judge_gaps_inside_match(
    raw: str, compact: CompactText, form: str, gaps: frozenset[int], s: int, e: int
) -> bool | None:
    """Judge gaps inside a match: False plain, True a disguise, None no match at all."""
    inner = np.flatnonzero(compact.start[s + 1 : e]) + 1
    extra = [int(at) for at in inner if at not in gaps]
    between = [
        _collapse_white_space(
            raw[compact.origin[s + at - 1] + 1 : compact.origin[s + at]]
        )
        for at in extra
    ]
    kept = [
        (at, gap)
        for at, gap in zip(extra, between, strict=True)
        if not _APOSTROPHES.fullmatch(gap)
    ]
    if not kept:
        return False
    if len(kept) == 1 and len(kept[0][1]) == 1:
        if len(form) >= 8 and kept[0][1] in _PLAIN_JOINERS:
            return False
        if len(form) >= _MIN_CUT_LETTERS and _is_cut_into_nonwords(form, kept[0][0]):
            return True
    return _judge_name_taken_apart(
        form, [0, *inner.tolist(), len(form)], [g for _, g in kept]
    )


def _collapse_white_space(gap: str) -> str:
    """Take any white space, wide, thin or several, for one space."""
    return " " if gap.isspace() else gap


def _is_cut_into_nonwords(form: str, at: int) -> bool:
    """Tell whether a name is cut so that its parts are no words ("Zep hyra").

    One or two letters are a word of some language, so there the rest decides; of a
    long name one part may be a word by chance.
    """
    short, long = sorted((form[:at], form[at:]), key=len)
    words = _is_known_word(long) + (len(short) > 2 and _is_known_word(short))
    return words < (2 if len(form) >= 8 else 1)


def _is_known_word(part: str) -> bool:
    return part in load_words() or part in market_words() or part.isdigit()


def _judge_name_taken_apart(form: str, cuts: list[int], gaps: list[str]) -> bool | None:
    """Judge a name taken apart: letter by letter, or by signs no name has inside."""
    if len(form) < 3:
        return None
    longest = max(b - a for a, b in pairwise(cuts))
    shortest = min(b - a for a, b in pairwise(cuts))
    if any(char.isspace() for gap in gaps for char in gap):
        # Letter by letter only: "ad, id as" is three words.
        return True if longest == 1 and len(form) >= 4 else None
    if any(not _PLAIN_GAPS.fullmatch(gap) for gap in gaps):
        return True if len(form) >= 4 or longest == 1 else None
    if longest <= (2 if len(form) >= 6 else 1):
        return True
    tight = all(gap in "-–" for gap in gaps)
    return True if tight and len(form) >= 6 and shortest <= 2 else None


# In fewer letters figures and signs read as a term by accident.
_MIN_TERM_LETTERS = 6
_SCANNED_AT_ONCE = 10_000
# A Latin letter; a figure or sign that is read as one; a foreign letter that is, or
# something hidden; what parts words.
_IS_LETTER, _IS_SIGN, _IS_ODD, _IS_GAP = 1, 2, 4, 8
# Where such characters are: scripts that imitate Latin, signs, letters in boxes.
_SCANNED_RANGES = (
    (0x0, 0x2FFF),
    (0xA000, 0xABFF),
    (0xFE00, 0xFFFF),
    (0x1D400, 0x1D7FF),
    (0x1F100, 0x1F1FF),
    (0xE0000, 0xE007F),
)


def find_disguised_terms(
    texts: Sequence[str], langs: Sequence[str], lexicon: Lexicon
) -> pd.DataFrame:
    """Find terms in disguise, not negated and not beside a guard word.

    Parameters
    ----------
    texts : sequence of str, length n
    langs : sequence of str, length n
        Primary language tag of each text, ``""`` where unknown.
    lexicon : Lexicon
        Terms of fewer than six letters and those that must stand beside a brand are
        left out.

    Returns
    -------
    DataFrame
        ``row`` and ``term`` (position in ``lexicon.table``); of overlapping terms the
        longest, of equal ones the heaviest.
    """
    table = lexicon.table
    eligible = np.flatnonzero(
        (table["term"].map(fold).str.len() >= _MIN_TERM_LETTERS)
        & ~table["needs"].isin(["beside", "goods"])
    )
    rows = _find_suspicious_rows(texts)
    if not len(rows) or not len(eligible):
        return pd.DataFrame({"row": [], "term": []}, dtype=np.int64)
    names = compile_names(table["term"].iloc[eligible].tolist())
    found = find_names(SearchTexts([texts[row] for row in rows]), names)
    found = found[found["odd"]]
    found = found.assign(
        row=rows[found["row"].to_numpy()], term=eligible[found["name"].to_numpy()]
    )
    kept = {
        (row, term)
        for row, term, start, end in _iterate_longest_hits(
            found, table["weight"].to_numpy()
        )
        if not is_negated_or_harmless(
            lower_keeping_length(texts[row]),
            start,
            end,
            (table["langs"].iloc[term], table["near"].iloc[term]),
            langs[row],
        )
    }
    return pd.DataFrame(sorted(kept), columns=["row", "term"], dtype=np.int64)


def _iterate_longest_hits(
    found: pd.DataFrame, weight: NDArray[np.float64]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield row, term, start and end of hits that overlap no longer or heavier one."""
    order = found.assign(
        length=found["start"] - found["end"], weight=-weight[found["term"].to_numpy()]
    ).sort_values(["row", "length", "weight", "start"], kind="stable")
    spans: dict[int, DisjointSpans] = {}
    columns = (order[c].tolist() for c in ("row", "term", "start", "end"))
    for row, term, start, end in zip(*columns, strict=True):
        if spans.setdefault(row, DisjointSpans()).take(start, end):
            yield row, term, start, end


def _find_suspicious_rows(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the rows in which something imitates a Latin letter or parts letters."""
    rows = [
        first + _find_suspicious_rows_in_chunk(texts[first : first + _SCANNED_AT_ONCE])
        for first in range(0, len(texts), _SCANNED_AT_ONCE)
    ]
    return np.concatenate([np.zeros(0, dtype=np.int64), *rows])


def _find_suspicious_rows_in_chunk(texts: Sequence[str]) -> NDArray[np.int64]:
    whole = ROW_END.join(["", *texts, ""])
    joined = whole.encode("utf-32-le", "surrogatepass")
    classes = _build_char_class_table()[np.frombuffer(joined, dtype=np.uint32)]
    letter, sign, odd, gap = (
        classes == one for one in (_IS_LETTER, _IS_SIGN, _IS_ODD, _IS_GAP)
    )
    found = np.zeros(len(classes), dtype=bool)
    if len(found) > 6:
        like = letter | odd
        # "r3plica", "r33plica"; "rеplica" with a foreign е, wherever it stands
        found[2:] |= letter[:-2] & sign[1:-1] & like[2:]
        found[3:] |= letter[:-3] & sign[1:-2] & sign[2:-1] & like[3:]
        found[1:] |= (letter[:-1] & odd[1:]) | (odd[:-1] & letter[1:])
        # "5uper", "replic4", but not "50ml"
        three = letter[:-2] & letter[1:-1] & letter[2:]
        found[4:] |= gap[:-4] & sign[1:-3] & three[2:]
        found[4:] |= three[:-2] & sign[3:-1] & gap[4:]
        # "r.e.p.l": of "show a small" three letters are parted too
        parted = like[:-2] & gap[1:-1] & like[2:]
        found[6:] |= parted[:-4] & parted[2:-2] & parted[4:]
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
    at = np.flatnonzero(found) - 1
    return np.unique(np.searchsorted(ends, at, side="right"))


@cache
def _build_char_class_table() -> NDArray[np.uint8]:
    """Return what each code point may be in a disguised word, shape (0x110000,)."""
    table = np.zeros(0x110000, dtype=np.uint8)
    for first, last in _SCANNED_RANGES:
        table[first : last + 1] = [
            _classify_char_in_disguised_word(chr(c)) for c in range(first, last + 1)
        ]
    return table


def _classify_char_in_disguised_word(char: str) -> int:
    if char.isascii() and char.isalpha():
        return _IS_LETTER
    image, plain = skeleton_char(char), fold(char)
    latin = image.isascii() and image.isalpha()
    if char in "*€" or (char.isascii() and latin):
        return _IS_SIGN
    # an accent is not foreign
    foreign = latin and not (plain.isascii() and unicodedata.category(char) != "So")
    if is_hidden_char(char) or foreign:
        return _IS_ODD
    return _IS_GAP if is_word_gap(char) else 0
