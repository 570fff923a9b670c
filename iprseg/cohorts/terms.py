"""Terms that set each cohort apart: class-based TF-IDF over titles in any script.

Scripts that put no space between words (Thai, Lao, Khmer, Burmese, Han, kana) give the
substrings that recur; combining marks stay with their letter, which scikit-learn's
tokenizer does not ensure.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.formats import clean_line


@dataclass(frozen=True)
class _CohortTerms:
    """The terms that recur in one cohort: in a twentieth of its titles, and in two.

    Attributes
    ----------
    size : int
        Titles read.
    n : dict of str to int
        Titles that hold each term.
    overall : array of float, shape (n_terms,)
        Mean over cohorts of the share of titles that hold a term, in the order of
        ``n``: each cohort weighs the same.
    shared : array of bool, shape (n_terms,)
        Whether several sellers use it; True where the cohort is not known to have
        several.
    """

    size: int
    n: dict[str, int]
    overall: NDArray[np.float64]
    shared: NDArray[np.bool_]


def _count_terms_by_cohort(
    found: Sequence[set[str]], group: NDArray[np.int64], shops: NDArray | None
) -> list[_CohortTerms]:
    """Count the terms of each cohort.

    Parameters
    ----------
    found : sequence of n set of str
        Terms of each title.
    group : array of int, shape (n,)
        Cohort of each title: 0, 1, …, each at least once.
    shops : array, shape (n,), optional
        Seller of each title.

    Examples
    --------
    >>> one, other = _count_terms_by_cohort([{"a"}, {"a", "b"}, {"b"}], np.array([0, 0, 1]), None)
    >>> one.n, one.overall.tolist(), other.n
    ({'a': 2}, [0.5], {})
    """
    terms = list(set().union(*found))
    number = dict(zip(terms, range(len(terms)), strict=True))
    place = np.fromiter(map(number.__getitem__, chain.from_iterable(found)), np.int64)
    owner = np.repeat(np.arange(len(found)), np.fromiter(map(len, found), np.int64))
    key = group[owner] * len(terms) + place
    met, n = np.unique(key, return_counts=True)
    cohort, term = np.divmod(met, max(len(terms), 1))
    sizes = np.bincount(group)
    share = n / sizes[cohort]
    overall = np.bincount(term, share, minlength=len(terms)) / len(sizes)
    shared = _flag_terms_of_several_sellers(met, cohort, key, group, owner, shops)
    recurring = n >= np.maximum(2, 0.05 * sizes)[cohort]
    cohort, term, n = cohort[recurring], term[recurring], n[recurring]
    shared = shared[recurring]
    edges = np.searchsorted(cohort, np.arange(len(sizes) + 1))
    parts = [slice(*pair) for pair in pairwise(edges)]
    return [
        _CohortTerms(
            int(size),
            dict(zip((terms[i] for i in term[own]), n[own].tolist(), strict=True)),
            overall[term[own]],
            shared[own],
        )
        for size, own in zip(sizes, parts, strict=True)
    ]


def _flag_terms_of_several_sellers(
    met: NDArray[np.int64],
    cohort: NDArray[np.int64],
    key: NDArray[np.int64],
    group: NDArray[np.int64],
    owner: NDArray[np.int64],
    shops: NDArray | None,
) -> NDArray[np.bool_]:
    """Tell for each cohort and term that meet whether several sellers use it."""
    if shops is None:
        return np.ones(len(met), dtype=bool)
    shop = pd.factorize(shops)[0] + 1  # 0 where it is not known
    n_shops = int(shop.max(initial=0)) + 1
    known = np.unique((group * n_shops + shop)[shop > 0]) // n_shops
    several = np.bincount(known, minlength=group.max(initial=0) + 1) > 1
    used = np.unique(key * n_shops + shop[owner]) // n_shops
    return (np.unique(used, return_counts=True)[1] > 1) | ~several[cohort]


def distinctive_terms(
    titles: pd.Series,
    assignments: pd.Series,
    *,
    sellers: pd.Series | None = None,
    n_terms: int = 8,
    max_titles: int = 400,
    random_state: int = 0,
) -> dict[Hashable, list[str]]:
    """Return the terms that set each cohort apart, most distinctive first.

    Class-based TF-IDF: the share of a cohort's titles that hold a term, times the
    logarithm of how rare the term is over cohorts. Presence counts, not repetition, so
    that one stuffed title names nothing.

    Parameters
    ----------
    titles : pandas.Series of str, length n
        One text per entity.
    assignments : pandas.Series, length n
        Cohort of each entity, in the same order.
    sellers : pandas.Series, optional
        Seller of each entity. A term that a single seller uses does not stand for a
        cohort of several: it may be that shop's own name.
    n_terms : int, default 8
        Terms per cohort at most.
    max_titles : int, default 400
        Titles read per cohort; more are sampled.
    random_state : int, default 0
        Seed of that sample.

    Returns
    -------
    dict
        Cohort to list of terms; the list is empty when nothing recurs.

    References
    ----------
    Grootendorst, M. (2022). BERTopic: neural topic modeling with a class-based TF-IDF
    procedure. arXiv:2203.05794.

    Examples
    --------
    >>> titles = pd.Series(["red shoe", "blue shoe", "oud perfume", "musk perfume"])
    >>> distinctive_terms(titles, pd.Series([0, 0, 1, 1]))
    {0: ['shoe'], 1: ['perfume']}
    """
    rows = _sample_titles(assignments.to_numpy(), max_titles, random_state)
    groups = assignments.iloc[rows].tolist()
    code = dict(zip(dict.fromkeys(groups), range(len(groups)), strict=False))
    texts = titles.iloc[rows].tolist()
    counts = _count_terms_by_cohort(
        extract_terms(["" if pd.isna(text) else text for text in texts]),
        np.array([code[group] for group in groups], dtype=np.int64),
        None if sellers is None else sellers.iloc[rows].to_numpy(),
    )
    # with one cohort there is nothing to differ from
    min_lift = 1.5 if len(code) > 1 else 0.0
    return {
        group: _choose_terms(counts[place], n_terms, min_lift)
        for group, place in code.items()
    }


def _sample_titles(
    assignments: np.ndarray, per_label: int, random_state: int
) -> np.ndarray:
    rng = np.random.default_rng(random_state)
    order = rng.permutation(len(assignments))
    rank = (
        pd.Series(assignments[order]).groupby(assignments[order]).cumcount().to_numpy()
    )
    return np.sort(order[rank < per_label])


def _choose_terms(own: _CohortTerms, n_terms: int, min_lift: float) -> list[str]:
    terms = list(own.n)
    n = np.fromiter(own.n.values(), np.int64, len(terms))
    share = n / own.size
    telling = share >= min_lift * own.overall
    score = -share * np.log1p(1 / own.overall)
    scored = [
        # of two terms in the same titles, the longer says more
        (score[place], -len(terms[place]), terms[place])
        for place in np.flatnonzero(telling & own.shared)
        if not _is_chance_word_pair(terms[place], own.n)
    ]
    chosen: list[str] = []
    for *_, term in sorted(scored):
        if len(chosen) == n_terms:
            break
        if not _repeats_chosen_term(term, chosen, own.n):
            chosen.append(term)
    return chosen


def _repeats_chosen_term(term: str, chosen: list[str], counts: dict[str, int]) -> bool:
    """Whether a chosen term says the same: much text in common, in as many titles."""
    for other in chosen:
        shorter = min(len(term), len(other))
        match = SequenceMatcher(None, term, other, autojunk=False)
        common = match.find_longest_match().size
        few, many = sorted((counts[term], counts[other]))
        if common >= 0.6 * shorter and few > 0.5 * many:
            return True
    return False


def _is_chance_word_pair(term: str, counts: dict[str, int]) -> bool:
    """Whether a word pair merely happens: one of its words mostly stands elsewhere."""
    first, _, second = term.partition(" ")
    return bool(second) and counts[term] < 0.3 * max(counts[first], counts[second])


_MAX_TERM_CHARACTERS = 30

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
# A Thai or Lao run is never begun by a vowel written after or above its consonant,
# nor ended by one that is written before it.
_NEVER_FIRST = set("\u0e30\u0e32\u0e33\u0e45\u0e46\u0eb0\u0eb2\u0eb3\u30fc")
_NEVER_LAST = set("\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")


_PART_NUMBER = re.compile(r"\b[a-z]{1,4}-\d\w*")
_MEASURE = re.compile(r"\d+(?:ml|oz|cm|mm|kg|g|l|m|in|inch|pcs|pc|w|v)")


@lru_cache(maxsize=1)
def _compile_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    marks = "".join(
        chr(point)
        for point in range(0x10000)
        if unicodedata.category(chr(point)).startswith("M")
    )
    word = re.compile(rf"(?:[^\W_]|[{re.escape(marks)}])+")
    return word, re.compile(rf"[{_SPACELESS}]+")


@lru_cache(maxsize=1)
def _read_stop_words() -> frozenset[str]:
    files = sorted(Path(__file__).parent.glob("stop_words*.txt"))
    texts = [file.read_text(encoding="utf-8").splitlines() for file in files]
    lines = (line for line in chain(*texts) if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


def split_words(text: str) -> tuple[set[str], list[str]]:
    """Return the words and word pairs of a text, and its runs without spaces.

    Examples
    --------
    >>> found, runs = split_words("Oud perfume for men น้ำหอมผู้ชาย 100ml")
    >>> sorted(found), runs
    (['men', 'oud', 'oud perfume', 'perfume'], ['น้ำหอมผู้ชาย'])
    """
    folded = unicodedata.normalize("NFC", clean_line(text)).lower()
    found: set[str] = set()
    runs: list[str] = []
    before = ""
    for chunk in folded.split(" "):
        first, last, terms, more = _parse_text_between_blanks(chunk)
        if before and first:
            found.add(f"{before} {first}")
        found.update(terms)
        runs += more
        before = last
    return found, runs


@lru_cache(maxsize=1 << 16)
def _parse_text_between_blanks(
    chunk: str,
) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    """Read what stands between two blanks: most of it occurs in many texts.

    Returns
    -------
    first, last : str
        The terms at its very ends, which pair with those beyond the blank, if any.
    terms : tuple of str
        Words and word pairs inside.
    runs : tuple of str
        Runs of scripts without spaces.
    """
    if chunk.isascii() and chunk.isalnum():  # most are one word
        term = chunk if _is_usable_term(chunk) else ""
        return term, term, (term,) if term else (), ()
    word, spaceless = _compile_patterns()
    own = _PART_NUMBER.sub(" ", chunk)
    runs = tuple(spaceless.findall(own))
    if runs:
        own = spaceless.sub(" ", own)
    found: dict[str, None] = {}
    first, last, last_end = "", "", -2
    for match in word.finditer(own):
        token = match.group()
        if not _is_usable_term(token):
            last = ""
            continue
        found[token] = None
        if match.start() == 0:
            first = token
        if last and match.start() == last_end + 1:
            found[f"{last} {token}"] = None
        last, last_end = token, match.end()
    return first, last if last_end == len(own) else "", tuple(found), runs


@lru_cache(maxsize=1 << 16)
def _is_usable_term(token: str) -> bool:
    return (
        1 < len(token) <= _MAX_TERM_CHARACTERS
        and not token.isdecimal()
        # a long mix of letters and digits is a part number, an order or a phone
        and (token.isalpha() or sum(c.isdecimal() for c in token) <= 4)
        # the size of a bottle says nothing of what is in it
        and not _MEASURE.fullmatch(token)
        and token not in _read_stop_words()
    )


def find_recurring_pieces(
    runs_by_text: Sequence[list[str]], min_texts: int
) -> set[str]:
    """Return the substrings of spaceless runs that recur in enough texts.

    A piece is dropped when a longer one is in (nearly) the same texts.

    Parameters
    ----------
    runs_by_text : sequence of list of str
        The runs of each text.
    min_texts : int
        Texts that must hold a piece.

    Returns
    -------
    set of str
        Pieces of two characters or more.

    Examples
    --------
    >>> sorted(find_recurring_pieces([["หูฟังไร้สาย"], ["หูฟัง"], ["หูฟังดี"]], 3))
    ['หูฟัง']
    """
    counts: Counter[str] = Counter()
    for runs in runs_by_text:
        counts.update({piece for run in runs for piece in _list_substrings_of_run(run)})
    kept = {piece: n for piece, n in counts.items() if n >= min_texts}
    covered = set()
    for piece, n in kept.items():
        for part in (piece[1:], piece[:-1]):
            if n >= 0.8 * kept.get(part, n + n):
                covered.add(part)
    return {piece for piece in kept if piece not in covered and _is_whole_piece(piece)}


def _list_substrings_of_run(run: str) -> Iterable[str]:
    if len(run) <= _MAX_TERM_CHARACTERS:
        yield run
    longest = 12 if run[0] < "\u3000" else 6
    for start in range(len(run)):
        for end in range(start + 2, min(len(run), start + longest) + 1):
            yield run[start:end]


def _is_whole_piece(piece: str) -> bool:
    first = piece[0]
    return (
        not unicodedata.category(first).startswith("M")
        and first not in _NEVER_FIRST
        and piece[-1] not in _NEVER_LAST
        and piece not in _read_stop_words()
        # two letters are half a word in Thai, and a word in Chinese
        and (first >= "\u3000" or len(piece) > 2)
    )


def extract_terms(texts: Sequence[str], min_texts: int = 3) -> list[set[str]]:
    """Return the set of terms of each text: words, word pairs, recurring pieces.

    Parameters
    ----------
    texts : sequence of str
        Titles.
    min_texts : int, default 3
        Texts that must hold a piece of a script without spaces.

    Returns
    -------
    list of set of str
        One per text.

    Examples
    --------
    >>> sorted(extract_terms(["手机壳 iPhone", "新手机壳", "手机壳A"])[0])
    ['iphone', '手机壳']
    """
    parsed = [split_words(text) for text in texts]
    pieces = find_recurring_pieces([runs for _, runs in parsed], min_texts)
    return [
        found.union(
            piece
            for run in runs
            for piece in _list_substrings_of_run(run)
            if piece in pieces
        )
        if runs
        else found
        for found, runs in parsed
    ]
