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

from iprseg.parallel import iter_slices, map_in_processes
from iprseg.reference import load_lexicon, load_reference
from iprseg.text.codepoints import ROW_END, DisjointSpans, map_texts
from iprseg.text.normalisation import is_unspaced_script

_TEXTS_AT_ONCE = 2_000
_SEPARATORS = re.compile(r'[-_/|*+()\[\]{}"“”«»„·•~\t\xa0–]+')
_HIDDEN_CHARS = re.compile(
    "[\xad\u061c\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\u20e3]+"
)
# What the patterns do, for the texts that need no more: a table is faster there.
_ASCII_TABLE = str.maketrans({**dict.fromkeys('-_/|*+()[]{}"~\t', " "), "`": "'"})
_APOSTROPHES = re.compile("[’`]")
_SEVERAL_SPACES = re.compile(" {2,}")


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
    terms["term"] = [fold_keeping_accents(term) for term in terms["term"]]
    terms["near"] = terms["near"].map(
        lambda near: frozenset(map(fold_keeping_accents, near))
    )
    joined = terms.groupby(["list", "term"], sort=False).agg(
        langs=("lang", frozenset),
        weight=("weight", "max"),
        grade=("grade", "any"),
        needs=("needs", "min"),
        near=("near", lambda sets: frozenset().union(*sets)),
    )
    return Lexicon(joined.reset_index())


def fold_keeping_accents(text: str) -> str:
    """Fold case and width, blank out separators; accents and signs stay.

    Notes
    -----
    Accents matter here: Vietnamese "giả" is a fake and "giá" a price.
    """
    if text.isascii():
        folded = text.lower().translate(_ASCII_TABLE)
    else:
        folded = unicodedata.normalize("NFKC", text).casefold()
        folded = _SEPARATORS.sub(" ", _HIDDEN_CHARS.sub("", folded))
        folded = _APOSTROPHES.sub("'", folded)
    return _SEVERAL_SPACES.sub(" ", folded) if "  " in folded else folded


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
        (texts[part], langs[part], lexicon, _select_names_of_slice(names, part))
        for part in iter_slices(n)
    )
    places = zip(
        iter_slices(n), map_in_processes(_find_terms_in_slice, parts, n), strict=True
    )
    found = [hits + np.array([part.start, 0]) for part, hits in places]
    return pd.DataFrame(
        np.concatenate([np.zeros((0, 2), dtype=np.int64), *found]),
        columns=["row", "term"],
    )


def _select_names_of_slice(
    names: Mapping[int, Sequence[str]] | None, part: slice
) -> dict[int, Sequence[str]] | None:
    if names is None:
        return None
    rows = range(part.start, part.stop)
    return {row - part.start: names[row] for row in rows if row in names}


def _find_terms_in_slice(
    texts: Sequence[str],
    langs: Sequence[str],
    lexicon: Lexicon,
    names: Mapping[int, Sequence[str]] | None,
) -> NDArray[np.int64]:
    """Return row and term of each hit, shape (n_hits, 2)."""
    table = lexicon.table
    automaton = _build_automaton(tuple(table["term"]))
    guards = _list_guards(table)
    through = (table["needs"] == "goods").to_numpy()
    needy = (through | (table["needs"] == "beside")) & (names is not None)
    rows: list[tuple[int, int]] = []
    for first in range(0, len(texts), _TEXTS_AT_ONCE):
        joined = ROW_END.join(
            map_texts(fold_keeping_accents, texts[first : first + _TEXTS_AT_ONCE])
        )
        found = automaton.find_matches_as_indexes(joined, overlapping=True)
        hits = [hit for hit in found if _is_whole_word(joined, hit[1], hit[2])]
        of = _locate_rows(joined, hits)
        for row, (term, s, e) in _keep_longest_hits(of, hits, table["list"].to_numpy()):
            lang = langs[first + row]
            if needy[term] and not (
                lang in guards[term][0]
                and _is_hit_beside_name(
                    joined, s, e, (names or {}).get(first + row, ()), through[term]
                )
            ):
                continue
            if not is_negated_or_harmless(joined, s, e, guards[term], lang):
                rows.append((first + row, term))
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


@lru_cache(maxsize=16)
def _build_automaton(terms: tuple[str, ...]) -> Any:
    import ahocorasick_rs

    return ahocorasick_rs.AhoCorasick(terms)


def filter_terms_by_context(
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


def _is_hit_beside_name(
    text: str, start: int, end: int, names: Sequence[str], through: bool
) -> bool:
    """Tell whether a name stands directly beside a hit, or `through` its goods."""
    said = [name for name in map(fold_keeping_accents, names) if name]
    before, after = (
        text[max(0, start - _PHRASE_REACH) : start],
        text[end : end + _PHRASE_REACH],
    )
    heads, tails = [before.rstrip(" ")], [after.lstrip(" ")]
    if through:
        more = _strip_goods_words(*_split_phrase_around(text, start, end))
        heads, tails = heads + more[0], tails + more[1]
    return any(
        any(
            h.endswith(name) and _is_word_boundary(h[: -len(name)][-1:], name[0])
            for h in heads
        )
        or any(
            t.startswith(name) and _is_word_boundary(name[-1], t[len(name) :][:1])
            for t in tails
        )
        for name in said
    )


def _locate_rows(joined: str, hits: list[tuple[int, int, int]]) -> NDArray[np.int64]:
    """Return the row of each hit by counting the row ends before it."""
    lengths = np.array([len(part) + 1 for part in joined.split(ROW_END)])
    starts = np.array([hit[1] for hit in hits], dtype=np.int64)
    return np.searchsorted(np.cumsum(lengths), starts, side="right")


def _list_guards(table: pd.DataFrame) -> list[tuple[frozenset[str], frozenset[str]]]:
    return list(zip(table["langs"], table["near"], strict=True))


def _is_whole_word(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return (_is_word_boundary(before, text[start])) and _is_word_boundary(
        text[end - 1], after
    )


def _is_word_boundary(left: str, right: str) -> bool:
    """Tell whether a word boundary may lie between two characters."""
    if not left or not right or not (left.isalnum() and right.isalnum()):
        return True
    return is_unspaced_script(left) or is_unspaced_script(right)


def _keep_longest_hits(
    of: NDArray, hits: list[tuple[int, int, int]], lists: NDArray
) -> list[tuple[int, tuple[int, int, int]]]:
    order = sorted(
        zip(map(int, of), hits, strict=True), key=lambda x: (x[1][1] - x[1][2], x[1][1])
    )
    taken: dict[tuple[int, str], DisjointSpans] = {}
    kept = []
    for row, hit in order:
        spans = taken.setdefault((row, lists[hit[0]]), DisjointSpans())
        if spans.take(hit[1], hit[2]):
            kept.append((row, hit))
    return sorted(kept)


_PHRASE_REACH = 60  # characters to either side of a term that can belong to it
_PHRASE_END = re.compile(r"[!?;:。！？，、\n\x1e]|[.,](?!\d)")
_GUARD_WORDS = 3
_GLUED_REACH = 8


def _split_phrase_around(text: str, start: int, end: int) -> tuple[str, str]:
    """Return what stands before and after a place, as far as its phrase reaches.

    Examples
    --------
    >>> _split_phrase_around("Bag. Not a replica, new", 11, 18)
    (' Not a ', '')
    """
    before, after = (
        text[max(0, start - _PHRASE_REACH) : start],
        text[end : end + _PHRASE_REACH],
    )
    return _PHRASE_END.split(before)[-1], _PHRASE_END.split(after, maxsplit=1)[0]


def is_negated_or_harmless(
    text: str,
    start: int,
    end: int,
    guard: tuple[frozenset[str], frozenset[str]],
    lang: str,
) -> bool:
    """Tell whether a hit is negated, or has its harmless meaning.

    Parameters
    ----------
    text : str
    start, end : int
        Where the hit is.
    guard : tuple
        The languages of the term, and the words beside which it is harmless.
    lang : str
        The language of the text.
    """
    langs, near = guard
    head, tail = _split_phrase_around(text, start, end)
    before, after = head.split()[-_GUARD_WORDS:], tail.split()[:_GUARD_WORDS]
    spoken = (*sorted(langs), "en", lang)
    if _contains_any_word(
        _load_negators("before", spoken), before, head[-_GLUED_REACH:]
    ):
        return True
    if _contains_any_word(_load_negators("after", spoken), after, tail[:_GLUED_REACH]):
        return True
    if not near:
        return False
    around = text[max(0, start - _GLUED_REACH) : end + _GLUED_REACH]
    return _contains_any_word(
        (near, _select_unspaced_words(near)), before + after, around
    )


def _contains_any_word(
    words: tuple[frozenset[str], tuple[str, ...]], tokens: list[str], glued: str
) -> bool:
    return not words[0].isdisjoint(tokens) or any(word in glued for word in words[1])


@cache
def _select_unspaced_words(words: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(word for word in words if any(map(is_unspaced_script, word))))


@cache
def _load_negators(
    side: str, langs: tuple[str, ...]
) -> tuple[frozenset[str], tuple[str, ...]]:
    lists = load_reference("lexicons/negation")[side]
    words = frozenset(word for lang in langs for word in lists.get(lang, ()))
    return words, _select_unspaced_words(words)


# "copie de sac à main X"
_MAX_GOODS_WORDS = 3


def _strip_goods_words(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return what stands before and after a term once the goods are left out.

    Parameters
    ----------
    before, after : str
        The phrase around the term, folded by `soften`.

    Returns
    -------
    heads, tails : list of str
        What may end, or begin, with a brand; empty where the word beside the term
        names no goods, or the term is of what they are made of.

    Examples
    --------
    >>> _strip_goods_words("zephyra tasche", "")
    (['zephyra'], [])
    >>> _strip_goods_words("", "sac zephyra")
    ([], ['zephyra'])
    >>> _strip_goods_words("zephyra sac", "cuir")
    ([], [])
    """
    goods, materials, links = _load_goods_words()
    head, tail = before.split(), after.split()
    while tail and tail[0] in links:
        del tail[0]
    of_stuff = not materials.isdisjoint(tail[:1])
    heads, tails = [], []
    if head and head[-1] in goods and not of_stuff:
        heads = [
            " ".join(head[:-n]) for n in range(1, _MAX_GOODS_WORDS + 1) if len(head) > n
        ]
    if tail and tail[0] in goods:
        tails = [
            " ".join(tail[n:]) for n in range(1, _MAX_GOODS_WORDS + 1) if len(tail) > n
        ]
    return heads, tails


@cache
def _load_goods_words() -> tuple[frozenset[str], ...]:
    file = load_reference("goods_between")
    return tuple(frozenset(file[name]) for name in ("goods", "materials", "links"))
