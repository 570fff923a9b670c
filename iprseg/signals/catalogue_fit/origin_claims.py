"""D07: whether the text names another country than the goods are sent from."""

import re
import unicodedata
from functools import cache

import ahocorasick_rs

from iprseg.reference import load_reference
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals._tables import texts_of

_LONGEST, _WIDEST = 20_000, 40


def origin_claim_mismatch(inputs: Inputs) -> Column:
    """D07: 1 if the text claims an origin, and none of those claimed is where it ships.

    Context: goods made in one country are lawfully sent from another. A text that
    claims nothing gives 0.
    """
    if absent := inputs.lacks("ship_from_country"):
        return empty(inputs.n, absent)
    fields = [name for name in ("title", "description") if inputs.has(name)]
    texts = zip(*(texts_of(inputs.listings[name]) for name in fields), strict=True)
    claims = [claimed_origins(" \n".join(parts)) for parts in texts]
    ships = [
        _place(text) if text.strip() else None
        for text in texts_of(inputs.listings["ship_from_country"])
    ]
    values = [
        float(bool(claim) and place is not None and not _meets(claim, place))
        for claim, place in zip(claims, ships, strict=True)
    ]
    result = full(values).missing(
        [place is None for place in ships], inputs.gap("ship_from_country")
    )
    return result.missing([place == "" for place in ships], "unknown_place")


def claimed_origins(text: str) -> frozenset[str]:
    """Return the countries and regions a text says goods are made in or sent from.

    Examples
    --------
    >>> sorted(claimed_origins("Made in Italy, ships from the EU"))
    ['EU', 'IT']
    >>> sorted(claimed_origins("Not made in China; fits Italy style"))
    []
    """
    plain = _casefold(text[:_LONGEST])
    # most texts hold no word of any phrase, and need no closer look
    if not _finder(True).find_matches_as_indexes(plain):
        return frozenset()
    folded, phrases, places = _fold(plain), _phrases(), _places()
    names, last_name = _names()
    found = set()
    for which, start, end in _finder(False).find_matches_as_indexes(
        folded, overlapping=True
    ):
        leads = phrases[which][0]
        if leads and not _stands_alone(folded, start):
            continue
        name = (
            names.match(folded, end)
            if leads
            else last_name.search(folded, max(0, start - _WIDEST), start)
        )
        # "ships from us" says who sends it, "US stock" says where it lies
        if name and not (leads and name.group(1) == "us"):
            found.add(places[name.group(1) or name.group(2)])
    return frozenset(found)


def _stands_alone(text: str, start: int) -> bool:
    """Tell whether a phrase begins a word and is not denied."""
    begins = start == 0 or text[start - 1] == " "
    return begins and not text.endswith("not ", 0, start)


def _meets(claimed: frozenset[str], place: str) -> bool:
    members = load_reference("origin_claims")["members"]
    return any(
        place == one or place in members.get(one, ()) or one in members.get(place, ())
        for one in claimed
    )


def _place(text: str) -> str:
    """Return the code of a country, "" for what is none."""
    code = text.strip().upper()
    if re.fullmatch(r"[A-Z]{2}", code):
        return {"UK": "GB"}.get(code, code)
    return _places().get(" ".join(_fold(text).split()), "")


@cache
def _places() -> dict[str, str]:
    file = load_reference("origin_claims")
    groups = file["countries"] | file["regions"]
    return {_fold(name): code for code, names in groups.items() for name in names}


@cache
def _phrases() -> list[tuple[str, str]]:
    """Return what stands before the name of a country, or else after it."""
    pairs = []
    for phrase in load_reference("origin_claims")["phrases"]:
        before, _, after = phrase.partition("%")
        pairs.append((_fold(before), "" if before else _fold(after)))
    return list(dict.fromkeys(pairs))


@cache
def _finder(first_look: bool) -> ahocorasick_rs.AhoCorasick:
    parts = [before or after for before, after in _phrases()]
    if first_look:
        parts = sorted({max(part.split(), key=len) for part in parts})
    return ahocorasick_rs.AhoCorasick(parts)


@cache
def _names() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Names of countries at the place where a text is read from, and where it ends.

    Chinese and Japanese ones need no space around them.
    """
    ordered = sorted(_places(), key=len, reverse=True)
    spaced = "|".join(re.escape(one) for one in ordered if one < "\u3000")
    dense = "|".join(re.escape(one) for one in ordered if one >= "\u3000")
    article = r"(?:the |la |le |les |l |los |las |os |o )?"
    after = rf"{article}(?:({spaced})(?!\w)|({dense}))"
    return re.compile(after), re.compile(rf"(?:\b({spaced})|({dense}))$")


def _casefold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _fold(text: str) -> str:
    """Fold case and width; signs become spaces, so that "U.S.A." is "u s a"."""
    return re.sub(r"[^\w]+", " ", _casefold(text))
