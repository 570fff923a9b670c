"""Replica terms in disguise (A07, A08): how many are found, and false alarms.

``python -m benchmarks.disguised_terms`` disguises every term of the lexicon that has
six letters or more, one way at a time, and counts the titles in which the plain search
and the search for disguises find one. The false alarms are of 88,276 real titles
(``../shared/data/background``, where it is there), which hardly anybody disguised.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from iprseg.brands.matching import find_disguised_terms
from iprseg.text.lexicon import compile_lexicons, find_terms
from iprseg.text.normalisation import fold

REAL = Path("../shared/data/background/amazon_in.csv.gz")
LEET = dict(zip("oieast", "013457", strict=True))
CYRILLIC = dict(zip("aeopcxi", "аеорсхі", strict=True))
Disguise = Callable[[str], str]


def swapped(signs: dict[str, str], chance: random.Random) -> Disguise:
    """Return a disguise that puts one or two signs inside a term."""

    def make(term: str) -> str:
        inside = [i for i, c in enumerate(term) if c in signs and 0 < i < len(term) - 1]
        letters = list(term)
        for i in chance.sample(inside, min(chance.randint(1, 2), len(inside))):
            letters[i] = signs[letters[i]]
        return "".join(letters)

    return make


def recall(disguise: Disguise) -> tuple[int, int, int]:
    """Return how many terms were disguised, found plainly, and found."""
    lexicon = compile_lexicons("replica")
    table = lexicon.table
    long = table["term"].map(fold).str.len() >= 6
    latin = table["term"].map(lambda term: all(ord(c) < 0x250 for c in term))
    n = plain = both = 0
    for term, langs in table.loc[
        long & latin & ~table["needs"].isin(["beside", "goods"]), ["term", "langs"]
    ].itertuples(index=False):
        hidden = disguise(term)
        if hidden == term:
            continue
        given = [f"Zephyra bag {hidden} new"], [min(langs)], lexicon
        found = len(find_terms(*given)) > 0
        n, plain = n + 1, plain + found
        both += found or len(find_disguised_terms(*given)) > 0
    return n, plain, both


def main() -> None:
    """Print both tables."""
    chance = random.Random(3)
    ways: dict[str, Disguise] = {
        "figures for letters (1-2 inside)": swapped(LEET, chance),
        "Cyrillic for Latin (1-2 inside)": swapped(CYRILLIC, chance),
        "dots between all letters": lambda term: ".".join(term.replace(" ", "")),
        "spaces between all letters": lambda term: " ".join(term.replace(" ", "")),
        "a zero-width space": lambda term: f"{term[:3]}\u200b{term[3:]}",
    }
    print(f"{'disguise':36}{'terms':>6}{'plain search':>14}{'with disguises':>16}")
    for name, way in ways.items():
        n, plain, both = recall(way)
        print(f"{name:36}{n:6}{plain / n:14.0%}{both / n:16.0%}")
    if REAL.is_file():
        titles = pd.read_csv(REAL, dtype=str)["name"].fillna("").tolist()
        hits = find_disguised_terms(
            titles, [""] * len(titles), compile_lexicons("replica")
        )
        print(f"\n{hits['row'].nunique()} of {len(titles):,} real titles flagged")


if __name__ == "__main__":
    main()
