"""Brand matcher beside one regular expression and pyahocorasick, over 10,000 aliases.

The peer is installed apart, once:

    pip install --target out/peers/matcher -r benchmarks/peers/requirements-matcher.txt

The three must give identical hits, or nothing is printed.
"""

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._table import Row, seconds, show
from iprseg.brands.matching import SearchTexts, compile_names, find_names
from iprseg.errors import IprsegError

ALIASES, TITLES, SLOW_TITLES = 10_000, 20_000, 100
_PEER = Path(__file__).parent.parent / "out" / "peers" / "matcher"
_GOODS = [
    "bag",
    "watch",
    "lamp",
    "scarf",
    "wallet",
    "charger",
    "perfume",
    "sneaker",
    "mug",
    "belt",
    "kettle",
    "cable",
    "chair",
    "poster",
    "drill",
    "shirt",
    "helmet",
    "tent",
    "brush",
    "towel",
]
_PLAIN = [
    "new",
    "red",
    "blue",
    "small",
    "large",
    "cotton",
    "steel",
    "leather",
    "set",
    "gift",
    "box",
    "pack",
    "plain",
]
Hits = set[tuple[int, int, int, str]]


def measure() -> list[Row]:
    aliases = _aliases()
    titles = _titles(aliases)
    some = titles[:SLOW_TITLES]
    names, other, pattern = compile_names(aliases), _automaton(aliases), _regex(aliases)
    hits = _by_matcher(titles, names, aliases)
    _same(hits, _by_automaton(titles, other), "pyahocorasick")
    slow = {hit for hit in hits if hit[0] < SLOW_TITLES}
    _same(slow, _by_regex(some, pattern), "the regular expression")
    ours = TITLES / seconds(lambda: _find(titles, names))
    theirs = TITLES / seconds(lambda: _by_automaton(titles, other))
    one = SLOW_TITLES / seconds(lambda: _by_regex(some, pattern))
    return [
        Row(
            f"matcher's search for {ALIASES:,} aliases, {len(hits):,} hits in "
            f"{TITLES:,} titles",
            f"{ours:,.0f} titles/s",
            f"one regular expression {one:,.0f} titles/s: {ours / one:,.0f}×; "
            f"pyahocorasick {theirs:,.0f} titles/s: {ours / theirs:.1f}×; same hits",
        )
    ]


def _aliases() -> list[str]:
    """Make names of one or two words, no word of which is in another name."""
    rng = np.random.default_rng(0)
    onsets = [*"bcdfghjklmnprstvz", "br", "dr", "kr", "st", "tr", "pl", "qu"]
    vowels = [*"aeiou", "ai", "eo"]
    words: dict[str, None] = {}
    while len(words) < 2 * ALIASES:
        syllables = rng.integers(3, 5)
        parts = (rng.choice(onsets) + rng.choice(vowels) for _ in range(syllables))
        words["".join(parts)] = None
    known = iter(words)
    single = [next(known) for _ in range(ALIASES // 2)]
    double = [f"{next(known)} {next(known)}" for _ in range(ALIASES // 2)]
    return [*single, *double]


def _titles(aliases: list[str]) -> list[str]:
    rng = np.random.default_rng(1)
    titles = []
    for number in range(TITLES):
        words = [*rng.choice(_PLAIN, 3), str(rng.choice(_GOODS)), str(number)]
        for _ in range(rng.integers(0, 3)):
            words.insert(int(rng.integers(len(words))), str(rng.choice(aliases)))
        titles.append(" ".join(words).title())
    return titles


def _find(titles: list[str], names: Any) -> Any:
    return find_names(SearchTexts(titles), names, disguised=False)


def _by_matcher(titles: list[str], names: Any, aliases: list[str]) -> Hits:
    found = _find(titles, names)
    columns = (found[column].tolist() for column in ("row", "start", "end", "name"))
    return {(r, s, e, aliases[name]) for r, s, e, name in zip(*columns, strict=True)}


def _regex(aliases: list[str]) -> re.Pattern[str]:
    longest = sorted(aliases, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b")


def _by_regex(titles: list[str], pattern: re.Pattern[str]) -> Hits:
    return {
        (row, *match.span(), match[0])
        for row, title in enumerate(titles)
        for match in pattern.finditer(title.casefold())
    }


def _automaton(aliases: list[str]) -> Any:
    sys.path.append(str(_PEER))
    try:
        import ahocorasick  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError as error:
        raise IprsegError(
            "pyahocorasick is not installed: run pip install --target "
            "out/peers/matcher -r benchmarks/peers/requirements-matcher.txt"
        ) from error
    automaton = ahocorasick.Automaton()
    for alias in aliases:
        automaton.add_word(alias, alias)
    automaton.make_automaton()
    return automaton


def _by_automaton(titles: list[str], automaton: Any) -> Hits:
    hits = set()
    for row, title in enumerate(titles):
        text = title.casefold()
        for last, alias in automaton.iter(text):
            start, end = last + 1 - len(alias), last + 1
            # the same word boundaries as in the others
            if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
                hits.add((row, start, end, alias))
    return hits


def _same(ours: Hits, theirs: Hits, whose: str) -> None:
    if ours != theirs:
        example = min(ours ^ theirs)
        raise AssertionError(f"{whose} and the matcher differ, first at {example}")


if __name__ == "__main__":
    show(measure())
