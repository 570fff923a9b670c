"""Find lexicon terms in texts: negated and harmless uses left out."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_lexicon
from iprseg.signals._slices import map_slices, slices
from iprseg.signals.text._alphabet import is_unspaced
from iprseg.signals.text._excuses import REACH, is_excused, phrase_around
from iprseg.signals.text._goods_between import past_goods
from iprseg.signals.text._packed import ROW_END, map_texts
from iprseg.signals.text._spans import FreeSpans

_CHUNK = 2_000
_TO_SPACE = re.compile(r'[-_/|*+()\[\]{}"“”«»„·•~\t\xa0–]+')
_HIDDEN = re.compile(
    "[\xad\u061c\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\u20e3]+"
)
# What the patterns do, for the texts that need no more: a table is faster there.
_ASCII = str.maketrans({**dict.fromkeys('-_/|*+()[]{}"~\t', " "), "`": "'"})
_APOSTROPHE = re.compile("[’`]")
_SPACES = re.compile(" {2,}")


@dataclass(frozen=True)
class Lexicon:
    """Terms of one or more lexicons, a row per distinct term and lexicon.

    Attributes
    ----------
    table : DataFrame
        ``list`` (name of the lexicon), ``term``, ``langs`` (frozenset), ``weight``,
        ``grade``, ``needs``, ``near`` (frozenset).
    """

    table: pd.DataFrame


@cache
def compile_lexicons(*names: str) -> Lexicon:
    """Join lexicons; a term of several languages becomes one."""
    frames = [load_lexicon(name).assign(list=name) for name in names]
    terms = pd.concat(frames, ignore_index=True)
    terms["term"] = [soften(term) for term in terms["term"]]
    terms["near"] = terms["near"].map(lambda near: frozenset(map(soften, near)))
    joined = terms.groupby(["list", "term"], sort=False).agg(
        langs=("lang", frozenset),
        weight=("weight", "max"),
        grade=("grade", "any"),
        needs=("needs", "min"),
        near=("near", lambda sets: frozenset().union(*sets)),
    )
    return Lexicon(joined.reset_index())


def soften(text: str) -> str:
    """Fold case and width, blank out separators; accents and signs stay.

    Notes
    -----
    Accents matter here: Vietnamese "giả" is a fake and "giá" a price.
    """
    if text.isascii():
        folded = text.lower().translate(_ASCII)
    else:
        folded = unicodedata.normalize("NFKC", text).casefold()
        folded = _TO_SPACE.sub(" ", _HIDDEN.sub("", folded))
        folded = _APOSTROPHE.sub("'", folded)
    return _SPACES.sub(" ", folded) if "  " in folded else folded


def find_terms(
    texts: Sequence[str],
    langs: Sequence[str],
    lexicon: Lexicon,
    names: Mapping[int, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Find terms that stand as words, are not negated and not beside a guard word.

    Parameters
    ----------
    texts : sequence of str, length n
    langs : sequence of str, length n
        Primary language tag of each text, ``""`` where unknown.
    lexicon : Lexicon
    names : mapping of row to sequence of str, optional
        Brands as each text writes them, for the terms that need one ``"beside"``
        them (``"goods"``: or beside their goods) and their own language; without it
        those terms go unchecked.

    Returns
    -------
    DataFrame
        ``row`` and ``term`` (position in ``lexicon.table``), overlaps resolved in
        favour of the longest.
    """
    n = len(texts)
    parts = (
        (texts[part], langs[part], lexicon, _names_of(names, part))
        for part in slices(n)
    )
    places = zip(slices(n), map_slices(_terms_of_slice, parts, n), strict=True)
    found = [hits + np.array([part.start, 0]) for part, hits in places]
    return pd.DataFrame(
        np.concatenate([np.zeros((0, 2), dtype=np.int64), *found]),
        columns=["row", "term"],
    )


def _names_of(
    names: Mapping[int, Sequence[str]] | None, part: slice
) -> dict[int, Sequence[str]] | None:
    if names is None:
        return None
    rows = range(part.start, part.stop)
    return {row - part.start: names[row] for row in rows if row in names}


def _terms_of_slice(
    texts: Sequence[str],
    langs: Sequence[str],
    lexicon: Lexicon,
    names: Mapping[int, Sequence[str]] | None,
) -> NDArray[np.int64]:
    """Return row and term of each hit, shape (n_hits, 2)."""
    table = lexicon.table
    automaton = _automaton(tuple(table["term"]))
    guards = _guards(table)
    through = (table["needs"] == "goods").to_numpy()
    needy = (through | (table["needs"] == "beside")) & (names is not None)
    rows: list[tuple[int, int]] = []
    for first in range(0, len(texts), _CHUNK):
        joined = ROW_END.join(map_texts(soften, texts[first : first + _CHUNK]))
        found = automaton.find_matches_as_indexes(joined, overlapping=True)
        hits = [hit for hit in found if _is_word(joined, hit[1], hit[2])]
        of = _rows_of(joined, hits)
        for row, (term, s, e) in _keep_longest(of, hits, table["list"].to_numpy()):
            lang = langs[first + row]
            if needy[term] and not (
                lang in guards[term][0]
                and _beside(
                    joined, s, e, (names or {}).get(first + row, ()), through[term]
                )
            ):
                continue
            if not is_excused(joined, s, e, guards[term], lang):
                rows.append((first + row, term))
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


@lru_cache(maxsize=16)
def _automaton(terms: tuple[str, ...]) -> Any:
    import ahocorasick_rs

    return ahocorasick_rs.AhoCorasick(terms)


def settle_needs(
    hits: pd.DataFrame, lexicon: Lexicon, langs: NDArray, branded: NDArray
) -> pd.DataFrame:
    """Keep hits whose term is plain, or whose listing gives it the context it needs.

    A need of a brand beside the term is settled where the term is found.
    """
    table = lexicon.table
    hits = hits.merge(table, left_on="term", right_index=True, suffixes=("", "_text"))
    rows = hits["row"].to_numpy()
    spoken = np.array(
        [lang in of for lang, of in zip(langs[rows], hits["langs"], strict=True)],
        dtype=bool,
    )
    needs = hits["needs"].to_numpy()
    branded = branded[rows]
    in_lang = spoken | (branded & (langs[rows] == ""))
    met = np.select([needs == "lang", needs == "brand"], [in_lang, branded], True)
    return hits.loc[met, ["row", "list", "term_text", "weight", "grade"]].rename(
        columns={"term_text": "term"}
    )


def _beside(
    text: str, start: int, end: int, names: Sequence[str], through: bool
) -> bool:
    """Tell whether a name stands directly beside a hit, or `through` its goods."""
    said = [name for name in map(soften, names) if name]
    before, after = text[max(0, start - REACH) : start], text[end : end + REACH]
    heads, tails = [before.rstrip(" ")], [after.lstrip(" ")]
    if through:
        more = past_goods(*phrase_around(text, start, end))
        heads, tails = heads + more[0], tails + more[1]
    return any(
        any(h.endswith(name) and _parts(h[: -len(name)][-1:], name[0]) for h in heads)
        or any(
            t.startswith(name) and _parts(name[-1], t[len(name) :][:1]) for t in tails
        )
        for name in said
    )


def _rows_of(joined: str, hits: list[tuple[int, int, int]]) -> NDArray[np.int64]:
    """Return the row of each hit by counting the row ends before it."""
    lengths = np.array([len(part) + 1 for part in joined.split(ROW_END)])
    starts = np.array([hit[1] for hit in hits], dtype=np.int64)
    return np.searchsorted(np.cumsum(lengths), starts, side="right")


def _guards(table: pd.DataFrame) -> list[tuple[frozenset[str], frozenset[str]]]:
    return list(zip(table["langs"], table["near"], strict=True))


def _is_word(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return (_parts(before, text[start])) and _parts(text[end - 1], after)


def _parts(left: str, right: str) -> bool:
    """Tell whether a word boundary may lie between two characters."""
    if not left or not right or not (left.isalnum() and right.isalnum()):
        return True
    return is_unspaced(left) or is_unspaced(right)


def _keep_longest(
    of: NDArray, hits: list[tuple[int, int, int]], lists: NDArray
) -> list[tuple[int, tuple[int, int, int]]]:
    order = sorted(
        zip(map(int, of), hits, strict=True), key=lambda x: (x[1][1] - x[1][2], x[1][1])
    )
    taken: dict[tuple[int, str], FreeSpans] = {}
    kept = []
    for row, hit in order:
        spans = taken.setdefault((row, lists[hit[0]]), FreeSpans())
        if spans.take(hit[1], hit[2]):
            kept.append((row, hit))
    return sorted(kept)
