"""A17: ways to reach the seller off the platform."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from iprseg.reference import load_reference
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, full
from iprseg.signals._slices import map_slices, slices
from iprseg.signals._tables import texts_of
from iprseg.signals.text._alphabet import is_unspaced
from iprseg.signals.text._packed import ROW_END, map_texts

_CHUNK = 2_000
_HIDDEN = re.compile(
    "[\xad\u061c\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\u20e3]+"
)
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")
_NEAR = 40
# A number in groups of two digits or more, 8 to 15 digits in all, parted by one sign.
_NUMBER = r"(?:\d[ .-]{0,2}(?=\())?\(?\d{2,}\)?(?:[ .()/-]{0,2}\d{2,}){0,15}"
_PLUS = re.compile(r"(?<![\w+])\+[ (]{0,2}(\d{1,4}\)?(?:[ .()/-]{0,2}\d+)+)")
# "whatsapp on 0912 …", "tel. no.: 0912 …"
_AFTER_CUE = re.compile(
    r"(?:\.?[\s:#-]{1,4}(?:on|at|us|me|no|nr|number|num|is|em|al|via)\b){0,3}"
    rf"[\s:.#/()-]{{0,6}}\+?\s?({_NUMBER})"
)
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}\b|\d{1,2}[-./]\d{1,2}[-./]\d{4}\b")
# "whatsapp: @korda_shop", "微信 korda8899": a handle holds a digit, "_" or "@".
_HANDLE = re.compile(
    r"\s*(?:id|号|號|channel|group|nick)?\s*[:：=@ ]\s*@?"
    r"(?=[a-z0-9_.]*[0-9_])[a-z][a-z0-9_.]{4,24}\b"
)
_AT = re.compile(r"\s*(?:id|channel|group)?\s*:?\s*@[a-z0-9_.]{4,}")
_FEWEST, _MOST = 8, 15
_ONE_DIGIT_CODE = 11
_LONGEST_RUN = 3
_AROUND = 20


def off_platform_contact(inputs: Inputs) -> Column:
    """A17: how many kinds of contact stand in the text.

    Kinds: an address of a messenger, a messenger with a handle or a request, a
    telephone number, a code to scan with a request.
    """
    kinds = np.zeros((inputs.n, 4), dtype=bool)
    for field in ("title", "description", "ocr_text", "tags"):
        if inputs.has(field):
            kinds |= contact_kinds(texts_of(inputs.listings[field]))
    untitled = inputs.listings["title"].isna()
    return full(kinds.sum(axis=1)).missing(untitled, inputs.gap("title"))


def contact_kinds(texts: Sequence[str]) -> np.ndarray:
    """Tell which kinds of contact each text holds.

    Parameters
    ----------
    texts : sequence of str, length n

    Returns
    -------
    ndarray of bool, shape (n, 4)
        Address, messenger, telephone number, code to scan.

    Examples
    --------
    >>> contact_kinds(["WhatsApp +62 812 3456 7890", "watch with WhatsApp"]).sum(axis=1)
    array([1, 0])
    """
    parts = ((texts[part],) for part in slices(len(texts)))
    kinds = list(map_slices(_kinds_of_slice, parts, len(texts)))
    return np.concatenate([np.zeros((0, 4), dtype=bool), *kinds])


def _kinds_of_slice(texts: Sequence[str]) -> np.ndarray:
    kinds = np.zeros((len(texts), 4), dtype=bool)
    for first in range(0, len(texts), _CHUNK):
        part = map_texts(_prepared, texts[first : first + _CHUNK])
        for row, hits in _hits(part).items():
            kinds[first + row] = _kinds(part[row], hits)
    return kinds


def _hits(texts: list[str]) -> dict[int, list[tuple[str, int, int]]]:
    """Return by text the terms that stand there as words: list, start, end."""
    lists, automaton = _automaton()
    found = automaton.find_matches_as_indexes(ROW_END.join(texts), overlapping=True)
    ends = np.cumsum([len(text) + 1 for text in texts])
    starts = ends - [len(text) + 1 for text in texts]
    place = np.array(found, dtype=np.int64).reshape(-1, 3)
    rows = np.searchsorted(ends, place[:, 1], side="right")
    hits: dict[int, list[tuple[str, int, int]]] = {}
    at = (place[:, 1:] - starts[rows][:, None]).tolist()
    for row, term, (start, end) in zip(rows.tolist(), place[:, 0], at, strict=True):
        if _is_word(texts[row], start, end):
            many = hits.setdefault(row, [])
            many += [(name, start, end) for name in lists[term]]
    return hits


@cache
def _automaton() -> tuple[list[list[str]], Any]:
    """Return the lists each term is of, and what finds the terms."""
    import ahocorasick_rs

    lists: dict[str, list[str]] = {}
    for name in ("links", "apps", "codes", "ask", "phone"):
        for term in _terms(name):
            lists.setdefault(term, []).append(name)
    for plus in ("+ ", "+(", *(f"+{digit}" for digit in range(1, 10))):
        lists[plus] = ["plus"]
    return list(lists.values()), ahocorasick_rs.AhoCorasick(list(lists))


def _is_word(text: str, start: int, end: int) -> bool:
    """Tell whether no letter goes on before or after; digits may follow a term."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if before.isalnum() and text[start].isalnum() and not is_unspaced(text[start]):
        return is_unspaced(before)
    last = text[end - 1]
    goes_on = after.isalpha() and last.isalpha()
    return not goes_on or is_unspaced(last) or is_unspaced(after)


def _prepared(text: str) -> str:
    """Fold case, width and digits, and drop what is not seen."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).casefold()
    return _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), folded)


def _kinds(
    text: str, hits: list[tuple[str, int, int]]
) -> tuple[bool, bool, bool, bool]:
    of: dict[str, list[tuple[int, int]]] = {}
    for name, start, end in hits:
        of.setdefault(name, []).append((start, end))
    asked = sorted(of.get("ask", []))
    return (
        "links" in of,
        any(_leads_out(text, *at) or _near(at, asked) for at in of.get("apps", [])),
        _telephone(text, of.get("phone", []), "plus" in of),
        any(_near(at, asked) for at in of.get("codes", [])),
    )


def _leads_out(text: str, start: int, end: int) -> bool:
    """Tell whether a messenger's name is followed by a handle."""
    tail = text[end : end + _NEAR]
    return bool(_HANDLE.match(tail) or _AT.match(tail))


def _near(at: tuple[int, int], asked: list[tuple[int, int]]) -> bool:
    """Tell whether a request stands close to a place."""
    last = bisect_left(asked, (at[1] + _NEAR, 0))
    return any(
        end > at[0] - _NEAR and (start, end) != at
        for start, end in asked[max(0, last - _AROUND) : last]
    )


def _telephone(text: str, cues: list[tuple[int, int]], plus: bool) -> bool:
    if sum(map(str.isdigit, text)) < _FEWEST:
        return False
    if plus and any(_is_abroad(match.group(1)) for match in _PLUS.finditer(text)):
        return True
    for _, end in cues:
        match = _AFTER_CUE.match(text, end)
        if match and _is_number(match.group(1)):
            return True
    return False


def _is_abroad(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    # North America and Russia: one digit of country and ten of the number, always.
    if digits[:1] in ("1", "7"):
        return len(digits) == _ONE_DIGIT_CODE
    return _FEWEST < len(digits) <= _MOST and digits.startswith(_terms("country_codes"))


def _is_number(number: str) -> bool:
    """Tell a telephone number from dates and runs of sizes ("36 37 38 39 40")."""
    digits = sum(map(str.isdigit, number))
    if not _FEWEST <= digits <= _MOST or _DATE.search(number):
        return False
    groups = [int(group) for group in re.findall(r"\d+", number)]
    steps = {b - a for a, b in pairwise(groups)}
    return len(groups) <= _LONGEST_RUN or len(steps) > 1


@cache
def _terms(name: str) -> tuple[str, ...]:
    terms = load_reference("lexicons/contact")[name]
    if name == "phone":  # a messenger is reached by number as well
        terms = [*terms, *load_reference("lexicons/contact")["apps"]]
    if isinstance(terms, dict):
        terms = [term for many in terms.values() for term in many]
    return tuple(sorted({_prepared(term) for term in terms}))
