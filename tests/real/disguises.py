"""Brands that a program hides in honest perfume titles: does the matcher find them?

Run ``python -m tests.real.disguises`` to print it. No title of the readers' verdicts is
used: those have no honest brand field. Brands and lines are learned from three quarters
of the offers; in the honest rest the name is disguised, or taken out so that a line
alone may tell. Disguises are counted where no line gives the brand away.
"""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import iprseg
from iprseg.brands import BrandList
from iprseg.brands.brand_list import flag_named_brand_fields, fold_words, make_brand_key
from tests.real.measure import Share, read_real

_LEET = {"o": "0", "e": "3", "a": "@", "i": "1", "s": "$", "l": "1"}
_VOWELS = "aeiou"
Hide = Callable[[str, int], str]


def _masked(word: str, at: int) -> str:
    return f"{word[:at]}*{word[at + 1 :]}"


def _leet(word: str, at: int) -> str:
    places = [i for i, char in enumerate(word) if char.lower() in _LEET]
    if not places:
        return word
    i = places[at % len(places)]
    return word[:i] + _LEET[word[i].lower()] + word[i + 1 :]


def _vowel(word: str, at: int) -> str:
    places = [i for i, char in enumerate(word) if char.lower() in _VOWELS]
    if not places:
        return word
    i = places[at % len(places)]
    other = _VOWELS[(_VOWELS.index(word[i].lower()) + 1 + at % 4) % 5]
    return word[:i] + other + word[i + 1 :]


HIDES: dict[str, Hide] = {
    "plain": lambda word, at: word,
    "one hyphen": lambda word, at: f"{word[:at]}-{word[at:]}",
    "one space": lambda word, at: f"{word[:at]} {word[at:]}",
    "all hyphens": lambda word, at: "-".join(word),
    "a letter masked": _masked,
    "leet": _leet,
    "another vowel": _vowel,
    "a letter dropped": lambda word, at: word[:at] + word[at + 1 :],
    "a letter doubled": lambda word, at: word[:at] + word[at] + word[at:],
    "two letters swapped": lambda word, at: (
        word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    ),
}


def hidden_titles(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """``of``, ``brand``, ``how``, ``title``: each row without its brand, and disguised."""
    rng = np.random.default_rng(seed)
    told = []
    for of, title, brand in rows[["title", "brand_field"]].itertuples():
        words = r"\W{0,3}".join(map(re.escape, fold_words(brand).split()))
        name = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
        said = name.search(title)
        if said is None:
            continue
        told.append((of, brand, "line alone", name.sub("", title)))
        longest = max(said.group().split(), key=len)
        if len(longest) < 4:
            continue
        at = int(rng.integers(1, len(longest)))
        for how, hide in HIDES.items():
            written = said.group().replace(longest, hide(longest, at), 1)
            rest = title[: said.start()], title[said.end() :]
            told.append((of, brand, how, written.join(rest)))
    frame = pd.DataFrame(told, columns=["of", "brand", "how", "title"])
    return frame.assign(listing_id=[f"hidden-{i}" for i in range(len(frame))])


def found_brands(hidden: pd.DataFrame, brands: BrandList) -> pd.Series:
    """Whether each title's brand is among those found in it."""
    found = iprseg.find_brand_mentions(hidden[["listing_id", "title"]], brands)
    names = brands.table.set_index("brand_id")["name"].map(fold_words)
    named = found.assign(name=found["brand_id"].map(names).to_numpy())
    by = named.groupby("listing_id")["name"].agg(set).to_dict()
    pairs = hidden[["listing_id", "brand"]].itertuples(index=False)
    return pd.Series(
        [
            any(one in fold_words(b) or fold_words(b) in one for one in by.get(i, ()))
            for i, b in pairs
        ],
        index=hidden.index,
    )


def measure(data: Path, folds: int = 4) -> list[Share]:
    """Found brands by disguise."""
    listings = read_real(data, "perfume").listings
    honest = listings[
        flag_named_brand_fields(listings["brand_field"]) & listings["title"].notna()
    ]
    part = pd.Series(np.random.default_rng(1).integers(0, 4, len(honest)), honest.index)
    seen = []
    for fold in range(folds):
        rows = honest[part == fold]
        rest = listings.drop(index=rows.index).reset_index()
        brands = iprseg.learn_brands({"listings": rest})
        hidden = hidden_titles(rows, fold)
        known = {make_brand_key(name) for name in brands.table["name"]}
        hidden = hidden[[make_brand_key(brand) in known for brand in hidden["brand"]]]
        hidden["found"] = found_brands(hidden, brands)
        alone = hidden["how"] == "line alone"
        told = hidden.loc[alone & hidden["found"], "of"]
        seen.append(hidden[alone | ~hidden["of"].isin(told)])
    every = pd.concat(seen)
    return [
        Share(how, int(rows["found"].sum()), len(rows))
        for how, rows in every.groupby("how", sort=False)
    ]


if __name__ == "__main__":
    from tests.conftest import REAL_DATA

    print(*measure(REAL_DATA), sep="\n")
