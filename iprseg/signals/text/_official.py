"""Official colourways and sizes, and what a listing states of its own."""

import json
import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from iprseg.signals.brands._fields import fold_words

_COLOUR_KEYS = frozenset(("color", "colour", "colourway", "colorway"))
_SIZE_KEYS = frozenset(("size", "sizes"))
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:-|–|to)\s*(\d+(?:[.,]\d+)?)")
# Other systems of sizes lie far off: 9 (US) is no official 36 to 46 (EU).
_SAME_SYSTEM = 1.5
_WIDEST = 200
_LETTERS = frozenset(
    ("xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "2xl", "3xl", "4xl", "5xl")
)


@dataclass(frozen=True)
class Parts:
    """Colours (sets of words), numbers and letters of sizes."""

    colours: frozenset[frozenset[str]]
    numbers: frozenset[float]
    letters: frozenset[str]


@dataclass(frozen=True)
class Official:
    """What is made, by product and by brand.

    Attributes
    ----------
    products : list of Parts
    brands : dict of brand id to Parts
    colour_words : frozenset of str
        All words of official colours; others (of another language) are not judged.
    """

    products: list[Parts]
    brands: dict[Hashable, Parts]
    colour_words: frozenset[str]

    def impossible(self, product: int, brand: Hashable, said: Parts) -> float:
        """Tell whether something offered is not made; NaN where nothing compares."""
        made = self.products[product] if product >= 0 else self.brands[brand]
        verdicts = [
            *self._colours(made, said),
            *_numbers(made.numbers, said.numbers),
            *(size not in made.letters for size in said.letters if made.letters),
        ]
        return float(any(verdicts)) if verdicts else np.nan

    def _colours(self, made: Parts, said: Parts) -> Iterable[bool]:
        if not made.colours:
            return
        for colour in said.colours:
            if not colour.isdisjoint(self.colour_words):
                # "black" and "matte black" may be one; "neon black" is neither.
                yield not any(c <= colour or colour <= c for c in made.colours)


def _numbers(made: frozenset[float], said: frozenset[float]) -> Iterable[bool]:
    if made:
        low, high = min(made) / _SAME_SYSTEM, max(made) * _SAME_SYSTEM
        for size in said:
            if low <= size <= high:
                yield size not in made


def official_parts(products: pd.DataFrame) -> Official:
    """Read the catalogue's colourways and size ranges."""
    n = len(products)
    colours = products.get("colourways", pd.Series([None] * n))
    sizes = products.get("size_range", pd.Series([None] * n))
    pairs = zip(colours, sizes, strict=True)
    parts = [Parts(_colour_sets(c), *_sizes(_split(s), True)) for c, s in pairs]
    brands: dict[Hashable, Parts] = {}
    for brand, one in zip(products["brand_id"], parts, strict=True):
        other = brands.get(brand, Parts(frozenset(), frozenset(), frozenset()))
        brands[brand] = Parts(
            one.colours | other.colours,
            one.numbers | other.numbers,
            one.letters | other.letters,
        )
    words = frozenset(w for one in parts for colour in one.colours for w in colour)
    return Official(parts, brands, words)


def stated_parts(columns: dict[str, Any]) -> Parts:
    """Read a listing's ``variants_json`` and ``size_values``."""
    colours: list[str] = []
    sizes: list[str] = _split(columns.get("size_values"))
    for name, value in _pairs(columns.get("variants_json")):
        if name in _COLOUR_KEYS:
            colours.append(value)
        elif name in _SIZE_KEYS:
            sizes.append(value)
    return Parts(_colour_sets(";".join(colours)), *_sizes(sizes, False))


def _pairs(text: Any) -> Iterable[tuple[str, str]]:
    """Yield key and text of each value: ``[{"color": "red"}]``, ``{"size": [9]}``."""
    try:
        read = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return
    for entry in read if isinstance(read, list) else [read]:
        for key, value in entry.items() if isinstance(entry, dict) else ():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, (str, int, float)):
                    yield key.strip().casefold(), str(one)


def _split(text: Any) -> list[str]:
    return text.split(";") if isinstance(text, str) else []


def _colour_sets(text: Any) -> frozenset[frozenset[str]]:
    sets = (frozenset(fold_words(part).split()) for part in _split(text))
    return frozenset(words for words in sets if words)


def _sizes(texts: list[str], ranges: bool) -> tuple[frozenset[float], frozenset[str]]:
    numbers: set[float] = set()
    letters: set[str] = set()
    for text in texts:
        span = _RANGE.fullmatch(text.strip()) if ranges else None
        if span:
            numbers.update(_between(*map(_number, span.groups())))
        elif len(found := _NUMBER.findall(text)) == 1 and len(text) < 12:
            numbers.add(_number(found[0]))
        elif text.strip().casefold() in _LETTERS:
            letters.add(text.strip().casefold())
    return frozenset(numbers), frozenset(letters)


def _between(low: float, high: float) -> Iterable[float]:
    """Return whole and half sizes from low to high."""
    if not 0 <= high - low <= _WIDEST:
        return ()
    return np.arange(low, high + 0.25, 0.5).tolist()


def _number(text: str) -> float:
    return float(text.replace(",", "."))
