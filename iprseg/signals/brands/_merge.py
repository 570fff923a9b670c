"""Decide which brand names are one brand."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import market_words
from iprseg.signals.brands._fields import brand_key, fold_words

# A company's town or trade in its name makes no other brand of it.
_TRIMMINGS = frozenset(
    [
        "perfumes",
        "parfums",
        "parfum",
        "inc",
        "co",
        "ltd",
        "llc",
        "gmbh",
        "sa",
        "spa",
        "srl",
        "company",
        "group",
        "london",
        "paris",
        "milano",
        "roma",
        "new",
        "york",
        "official",
        "store",
        "fragrances",
        "fragrance",
        "cosmetics",
        "beauty",
    ]
)


def merge_names(
    names: list[str], rows: pd.DataFrame, mentions: pd.DataFrame, keep: NDArray
) -> NDArray[np.int64]:
    """Return for each name the most frequent name of the same brand, shape (n,).

    Two names are one brand when one is the other with trimmings ("Zephyra Parfums"),
    when listings of one write the longer name in their titles, or when a rare long name
    is one typing error away from a frequent one.
    """
    count = np.bincount(rows["brand"], minlength=len(names))
    words = [f" {fold_words(name)} " for name in names]
    order = [int(i) for i in np.argsort(-count, kind="stable") if keep[i]]
    written = _written_with(rows, mentions, len(names))
    parent = np.arange(len(names))
    for rare, near in _candidates(words, order).items():
        for frequent in near:
            if parent[frequent] == frequent and _same(
                frequent, rare, words, count, written
            ):
                parent[rare] = frequent
                break
    return parent


def _candidates(words: list[str], order: list[int]) -> dict[int, list[int]]:
    """Return, for each name, more frequent ones that share a word, initials or half."""
    shared: dict[str, list[int]] = {}
    for i in order:
        key = brand_key(words[i])
        # One slip leaves one half of a key as it was.
        halves = (f"<{key[: len(key) // 2]}", f"{key[-(len(key) // 2) :]}>")
        for mark in {*words[i].split(), *halves, f"={key}", f"={_initials(words[i])}"}:
            shared.setdefault(mark, []).append(i)
    rank = {i: at for at, i in enumerate(order)}
    near: dict[int, set[int]] = {i: set() for i in order}
    for members in shared.values():
        for at, rare in enumerate(members):
            near[rare].update(members[:at])
    return {i: sorted(others, key=rank.__getitem__) for i, others in near.items()}


def _written_with(
    rows: pd.DataFrame, mentions: pd.DataFrame, n: int
) -> dict[tuple[int, int], int]:
    of_row = rows["brand"].to_numpy()[mentions["row"]]
    pairs = pd.DataFrame(
        {"of": of_row, "name": mentions["name"], "row": mentions["row"]}
    )
    pairs = pairs.drop_duplicates()
    count = pairs.groupby(["of", "name"]).size().reset_index(name="n")
    return {(a, b): n for a, b, n in count.to_numpy().tolist()}


def _same(
    frequent: int,
    rare: int,
    words: list[str],
    count: NDArray,
    written: dict[tuple[int, int], int],
) -> bool:
    a, b = words[frequent], words[rare]
    if _initials(a) == brand_key(b) or _initials(b) == brand_key(a):
        return True
    if a in b or b in a:
        short, long = (frequent, rare) if a in b else (rare, frequent)
        rest = set(words[long].split()) - set(words[short].split())
        if rest <= _TRIMMINGS | market_words() and rest:
            return True
        # "Polo Zephyra Moda" is a label of "Zephyra Moda", if that sells more.
        if short == frequent and " " in words[short].strip():
            return True
        together = written.get((short, long), 0)
        return together >= 2 and together >= 0.1 * count[short]
    return _one_slip(brand_key(a), brand_key(b), count[frequent], count[rare])


def _initials(words: str) -> str:
    """Return the initials of a name of three words or more (two are too few)."""
    parts = words.split()
    return "".join(part[0] for part in parts) if len(parts) >= 3 else words


def _one_slip(a: str, b: str, many: int, few: int) -> bool:
    if min(len(a), len(b)) < 8 or many < 5 * few or abs(len(a) - len(b)) > 1:
        return False
    from rapidfuzz.distance import OSA

    return OSA.distance(a, b, score_cutoff=1) <= 1
