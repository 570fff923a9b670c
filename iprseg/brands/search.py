"""Brands compiled for search: names, misspellings, ordinary words left out."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.brands.brand_list import BrandList, fold_words, make_brand_key
from iprseg.brands.matching import CompiledNames, compile_names
from iprseg.parallel import iter_slices, map_in_processes
from iprseg.reference import load_words, market_words
from iprseg.tables.access import to_text_list
from iprseg.text.normalisation import fold

KINDS = ("exact", "line", "obfuscated", "near_miss")
EXACT, LINE, OBFUSCATED, NEAR_MISS = range(4)
# A description is long and free prose: a near miss there is mostly a plain word.
_NEAR_FIELDS = ("title", "tags")
_MIN_LINE_LETTERS = 6
# Of a name hardly ever seen, a near miss is as likely another rare name, unless it is
# so long that hardly any other is near it.
_MIN_SURE_WEIGHT, _MIN_DISTINCT_LETTERS = 0.6, 8


@dataclass(frozen=True)
class _FieldSpellings:
    """Misspelled and masked names of one field, with brand, similarity and kind."""

    names: CompiledNames
    brand: NDArray[np.int64]
    similarity: NDArray[np.float64]
    kind: NDArray[np.int8]


@dataclass(frozen=True)
class BrandSearch:
    """Brands compiled for search.

    Attributes
    ----------
    fields : tuple of str
        Fields to read, in order.
    names : Names
    brand : ndarray of int, shape (n_names,)
        Position in the brand list.
    line : ndarray of bool, shape (n_names,)
        Whether the name is a product line.
    spellings : dict of str to Spellings
        By field.
    keys : list of set of str
        By brand: the keys of its names.
    folded : list of str
        By brand: its first name.
    common : ndarray of bool
        By brand: whether that is an ordinary word.
    """

    fields: tuple[str, ...]
    names: CompiledNames
    brand: NDArray[np.int64]
    line: NDArray[np.bool_]
    spellings: dict[str, _FieldSpellings]
    keys: list[set[str]]
    folded: list[str]
    common: NDArray[np.bool_]


def compile_brand_search(
    listings: pd.DataFrame, fields: Iterable[str], brands: BrandList
) -> BrandSearch:
    """Compile a brand list, and look through all texts for what nearly names one."""
    names = _list_spellings_of_brands(brands)
    fields = tuple(field for field in fields if field in listings.columns)
    columns = (brands.table[c].tolist() for c in ("name", "aliases"))
    compiled = compile_names(names["name"].tolist())
    # worked out here, once, and not again by each process
    _ = compiled.distinct, compiled.gap_masks, compiled.disguised[0].distinct
    return BrandSearch(
        fields,
        compiled,
        names["brand"].to_numpy(),
        names["line"].to_numpy(dtype=bool),
        {f: _compile_spellings(listings[f], f, names, brands.words) for f in fields},
        [
            set(map(make_brand_key, [n, *more]))
            for n, more in zip(*columns, strict=True)
        ],
        [fold(name) for name in brands.table["name"]],
        brands.table["common_word"].to_numpy(dtype=bool),
    )


def _list_spellings_of_brands(brands: BrandList) -> pd.DataFrame:
    """List each way to say a brand: ``name``, ``brand`` (position), ``line``."""
    rows = []
    columns = (brands.table[c].tolist() for c in ("name", "aliases", "lines"))
    for i, (first, aliases, lines) in enumerate(zip(*columns, strict=True)):
        rows += [(name, i, False) for name in [first, *aliases]]
        rows += [(line, i, True) for line in lines]
    names = pd.DataFrame(rows, columns=["name", "brand", "line"])
    names = names.astype({"name": object, "brand": int, "line": bool})
    names["sure"] = (brands.table["weight"] >= _MIN_SURE_WEIGHT).to_numpy()[
        names["brand"]
    ]
    names["form"] = pd.Series([fold(name) for name in names["name"]], dtype=str)
    # One letter is no name; of brands sharing an alias the first listed keeps it.
    names = names[names["form"].str.len() >= 2].drop_duplicates(["form", "brand"])
    return names.reset_index(drop=True)


def _compile_spellings(
    column: pd.Series, field: str, names: pd.DataFrame, words: frozenset[str]
) -> _FieldSpellings:
    # A line is an ordinary word to somebody: short ones are too close to others.
    long = ~names["line"] | (names["form"].str.len() >= _MIN_LINE_LETTERS)
    distinct = ~names["line"] & (names["form"].str.len() >= _MIN_DISTINCT_LETTERS)
    forms = _map_forms_to_brands(names[long & (names["sure"] | distinct)])
    spoken = frozenset(p for n in names["name"] for p in fold_words(n).split())
    lines = frozenset(names.loc[names["line"], "form"])
    of_names = spoken if field in _NEAR_FIELDS else None
    unknown, phrases, tokens = _collect_unknown_and_masked_words(
        column, of_names, words
    )
    near = _find_nearest_names([*sorted(unknown), *sorted(phrases)], forms, lines)
    # who puts a sign for a letter means a name, be it rare
    masked = _resolve_masked_names(sorted(tokens), _map_forms_to_brands(names[long]))
    of = [near[s] for s in near] + [(masked[s], 1.0) for s in masked]
    compiled = compile_names([*near, *masked])
    _ = compiled.distinct, compiled.gap_masks
    return _FieldSpellings(
        compiled,
        np.array([brand for brand, _ in of], dtype=np.int64),
        np.array([similarity for _, similarity in of], dtype=float),
        np.repeat(np.array([NEAR_MISS, OBFUSCATED], np.int8), [len(near), len(masked)]),
    )


def _map_forms_to_brands(names: pd.DataFrame) -> dict[str, int]:
    """Return brand by form; the brand listed first keeps a shared form."""
    return dict(zip(names["form"][::-1], names["brand"][::-1], strict=True))


def _collect_unknown_and_masked_words(
    column: pd.Series, of_names: frozenset[str] | None, words: frozenset[str]
) -> tuple[set[str], set[str], set[str]]:
    """Return unknown words, phrases (none without `of_names`) and masked words."""
    n = len(column)
    parts = (
        (to_text_list(column.iloc[part]), of_names, words) for part in iter_slices(n)
    )
    all_of_them: tuple[set[str], set[str], set[str]] = (set(), set(), set())
    for found in map_in_processes(_collect_unknown_and_masked_words_in_slice, parts, n):
        for some, more in zip(all_of_them, found, strict=True):
            some |= more
    return all_of_them


def _collect_unknown_and_masked_words_in_slice(
    texts: Sequence[str], of_names: frozenset[str] | None, words: frozenset[str]
) -> tuple[set[str], set[str], set[str]]:
    tokens = _find_masked_tokens(texts)
    if of_names is None:
        return set(), set(), tokens
    return *_find_unknown_words(texts, of_names, words), tokens


_MASK_SIGN = r"[*#_•●✱×.]"
_MASKED_WORD = re.compile(rf"[^\W\d_]+(?:{_MASK_SIGN}{{1,4}}[^\W\d_]+)+")
_WORD_BEFORE, _WORD_AFTER = re.compile(r"[^\W\d_]+ $"), re.compile(r" [^\W\d_]+")
_NEIGHBOUR_REACH = 30
_NON_WORD = re.compile(r"[^\w]+")
_MIN_SIMILARITY = 0.85
# Shorter names are one slip away from too many words.
_MIN_LETTERS, _MIN_LETTERS_FOR_TWO_SLIPS = 4, 8
_MIN_PHRASE_LETTERS = 6
_WORDS_AT_ONCE = 4096


def _find_nearest_names(
    candidates: Iterable[str], forms: dict[str, int], lines: frozenset[str]
) -> dict[str, tuple[int, float]]:
    """Find spellings that are nearly a name.

    Parameters
    ----------
    candidates : iterable of str
        As ``_find_unknown_words`` gives them.
    forms : dict
        Folded name to its number.
    lines : frozenset of str
        Forms that are product lines: often words of some language, so another ending
        of one is no misspelling.

    Returns
    -------
    dict
        Spelling to (number of the name, similarity in [0.85, 1)).
    """
    shapes = {(form[0], len(form) + d) for form in forms for d in range(-2, 3)}
    spelled: dict[str, list[str]] = {}
    for spelling in candidates:
        form = fold(spelling)
        if form not in forms and (form[:1], len(form)) in shapes:
            spelled.setdefault(form, []).append(spelling)
    found = {}
    for form, (name, score) in _match_nearest_forms(list(spelled), list(forms)).items():
        if not (name in lines and _differ_in_ending(form, name)):
            found.update(dict.fromkeys(spelled[form], (forms[name], score)))
    return found


def _find_masked_tokens(texts: Iterable[str]) -> set[str]:
    """Find words with signs inside, alone and with their neighbours.

    Texts without a sign used for masking are passed over.
    """
    marks = [text for text in texts if "*" in text or "#" in text or "•" in text]
    return {
        phrase
        for text in marks
        for masked in _MASKED_WORD.finditer(text)
        for phrase in _extend_by_neighbours(text, masked)
    }


def _extend_by_neighbours(text: str, masked: re.Match[str]) -> Iterator[str]:
    """Yield a masked word, and it with the word before, after, and both."""
    start, end = masked.span()
    before = _WORD_BEFORE.search(text[max(0, start - _NEIGHBOUR_REACH) : start])
    after = _WORD_AFTER.match(text, end, end + _NEIGHBOUR_REACH)
    heads = ["", before.group()] if before else [""]
    tails = ["", after.group()] if after else [""]
    yield from (head + masked.group() + tail for head in heads for tail in tails)


def _resolve_masked_names(
    tokens: Iterable[str], forms: dict[str, int]
) -> dict[str, int]:
    """Find spellings such as ``Z*phyra`` that stand for exactly one name."""
    listed = "\n".join(forms)
    found = {}
    for token in sorted(tokens):
        pieces = re.split(f"{_MASK_SIGN}+", token)
        gaps = [len(gap) for gap in re.findall(f"{_MASK_SIGN}+", token)]
        letters = [re.escape(fold(piece)) for piece in pieces]
        if sum(map(len, pieces)) < 2 or len(token) > 40:
            continue
        body = letters[0] + "".join(
            f".{{{gap}}}{piece}" for gap, piece in zip(gaps, letters[1:], strict=True)
        )
        hits = {
            forms[hit] for hit in re.findall(f"^{body}$", listed, re.M) if len(hit) >= 4
        }
        if len(hits) == 1:
            found[token] = hits.pop()
    return found


def _find_unknown_words(
    titles: Iterable[str], vocabulary: frozenset[str], words: frozenset[str]
) -> tuple[set[str], set[str]]:
    """Return words of no dictionary, and phrases of one such word beside a brand's.

    Parameters
    ----------
    titles : iterable of str
    vocabulary : frozenset of str
        Words that names consist of; a pair of words beside one may be a misspelling.
    words : frozenset of str
        Words that are no misspelling, beside the general dictionary.
    """
    phrases: set[str] = set()
    known = (words, market_words(), load_words())
    seen = _SlipCandidates(vocabulary, known)
    for title in set(titles):
        said = _NON_WORD.split(title.casefold())
        for at in [at for at, word in enumerate(said) if seen[word]]:
            if not vocabulary.isdisjoint(said[max(0, at - 1) : at + 2]):
                phrases.update(_iterate_phrases_around(said, at, vocabulary))
    long = {word for word in seen if len(word) >= _MIN_LETTERS}
    return {word for word in long if _is_unknown_word(word, known)}, phrases


class _SlipCandidates(dict[str, bool]):
    """Words asked for, and whether each may be a slip in a brand of several words."""

    def __init__(self, vocabulary: frozenset[str], known: tuple[frozenset[str], ...]):
        super().__init__()
        self._vocabulary, self._known = vocabulary, known

    def __missing__(self, word: str) -> bool:
        may = len(word) > 2 and word not in self._vocabulary
        self[word] = may and _is_unknown_word(word, self._known)
        return self[word]


def _is_unknown_word(word: str, known: tuple[frozenset[str], ...]) -> bool:
    return word.isalpha() and not any(word in words for words in known)


def _iterate_phrases_around(
    words: list[str], at: int, vocabulary: frozenset[str]
) -> Iterator[str]:
    """Yield phrases of two or three words that are a brand's but for one."""
    for n in (2, 3):
        for first in range(max(0, at - n + 1), min(at, len(words) - n) + 1):
            phrase = words[first : first + n]
            others = phrase[: at - first] + phrase[at - first + 1 :]
            if (
                vocabulary.issuperset(others)
                and len("".join(phrase)) >= _MIN_PHRASE_LETTERS
            ):
                yield " ".join(phrase)


def _match_nearest_forms(
    spelled: list[str], forms: list[str]
) -> dict[str, tuple[str, float]]:
    """Return for each form that is nearly a name the most similar name."""
    names = [
        form for form in forms if len(form) >= _MIN_LETTERS and _is_ascii_word(form)
    ]
    words = [form for form in spelled if _MIN_LETTERS <= len(form) <= 40]
    best: dict[str, tuple[str, float]] = {}
    for form, name in _iterate_close_pairs([w for w in words if w.isascii()], names):
        score = _compute_jaro_winkler_similarity(form, name)
        if score >= _MIN_SIMILARITY and (score, name) > best.get(form, ("", 0.0))[::-1]:
            best[form] = (name, score)
    return best


def _is_ascii_word(form: str) -> bool:
    return form.isalpha() and form.isascii()


def _iterate_close_pairs(
    words: list[str], names: list[str]
) -> Iterator[tuple[str, str]]:
    """Yield pairs with the same first letter and at most two slips."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cdist

    by_letter: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_letter[name[0]].append(name)
    for at in range(0, len(words), _WORDS_AT_ONCE):
        groups: dict[str, list[str]] = defaultdict(list)
        for word in words[at : at + _WORDS_AT_ONCE]:
            groups[word[0]].append(word)
        for letter, batch in groups.items():
            known = by_letter.get(letter, [])
            slips = cdist(
                batch, known, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8
            )
            for i, j in np.argwhere(slips <= 2).tolist():
                yield batch[i], known[j]


def _differ_in_ending(form: str, line: str) -> bool:
    """Tell whether two words differ in their ending only ("nocturna", "nocturne")."""
    stem = min(len(form), len(line)) - 1
    return form[:stem] == line[:stem]


def _compute_jaro_winkler_similarity(form: str, name: str) -> float:
    """Return the Jaro-Winkler similarity, or 0 where the slips are too many."""
    from rapidfuzz.distance import OSA, JaroWinkler

    allowed = 2 if min(len(form), len(name)) >= _MIN_LETTERS_FOR_TWO_SLIPS else 1
    # A plural or a genitive is no misspelling.
    if form == name + "s" or form[0] != name[0]:
        return 0.0
    # Of four letters any one changed gives another word; two swapped or one doubled
    # does not.
    if len(name) == _MIN_LETTERS and set(form) != set(name):
        return 0.0
    if OSA.distance(form, name) > allowed:
        return 0.0
    return min(JaroWinkler.similarity(form, name), 0.999)


# So many sellers do not make one slip; they mean the word.
_MIN_WRITERS = 5
_ENDINGS = ("'s", "s", "es", "y", "er", "ers", "ed", "ing", "ish")
_MIN_STEM_LETTERS = 3


def flag_own_words(found: pd.DataFrame, listings: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which mentions are no slip or disguise of the brand, shape (n,).

    A spelling that five sellers or more write (five titles, where no seller is known),
    and more than write the brand itself, is a word or a name of its own; and so is a
    word of the dictionary with an ending. Letters imitated by signs or figures are
    never one.

    Parameters
    ----------
    found : DataFrame
        Mentions: ``row`` (place in `listings`), ``brand_id``, ``text``, ``kind``.
    listings : DataFrame, indexed by ``listing_id``
    """
    kind = found["kind"].to_numpy()
    doubtful = kind == "near_miss"
    texts = found["text"].to_numpy(dtype=object)
    for at in np.flatnonzero(kind == "obfuscated"):
        letters = texts[at].replace("'", "")
        doubtful[at] = letters.isascii() and letters.isalpha()
    if not doubtful.any():
        return doubtful
    told = found.loc[doubtful | (kind == "exact"), ["brand_id", "text"]]
    # numbers, which are counted several times as fast as names
    writer = pd.Series(pd.factorize(_identify_listing_writers(listings))[0])
    told["by"] = writer.where(writer >= 0).to_numpy()[found.loc[told.index, "row"]]
    slip = doubtful[doubtful | (kind == "exact")]
    # what is said plainly has no spelling of its own
    said = zip(told["text"], slip, strict=True)
    told["spelling"] = [fold(text) if doubt else "" for text, doubt in said]
    writers = told.groupby(["brand_id", "spelling"])["by"].nunique()
    slips = told[slip]
    of = pd.MultiIndex.from_frame(slips[["brand_id", "spelling"]])
    plainly = pd.MultiIndex.from_frame(slips[["brand_id"]].assign(spelling=""))
    n, n_plain = writers.reindex(of), writers.reindex(plainly, fill_value=0)
    often = (n.to_numpy() >= _MIN_WRITERS) & (n.to_numpy() > n_plain.to_numpy())
    own = np.zeros(len(found), dtype=bool)
    own[doubtful] = often | [_is_inflected_word(text) for text in slips["text"]]
    return own


def _identify_listing_writers(listings: pd.DataFrame) -> pd.Series:
    """Return who wrote each listing; where nobody is known, what."""
    titles = listings["title"].astype(object)
    if "seller_id" not in listings.columns:
        return titles
    sellers = listings["seller_id"].astype(object)
    return sellers.where(sellers.notna(), titles)


def _is_inflected_word(text: str) -> bool:
    word = text.casefold()
    return any(
        word.endswith(ending)
        and len(stem := word.removesuffix(ending)) >= _MIN_STEM_LETTERS
        and (stem in load_words() or f"{stem}e" in load_words())
        for ending in _ENDINGS
    )


# The most common words open any title; such a name needs better evidence than that.
_EVERYDAY_RANK = 2000
_BRAND_LEAD_IN = re.compile(
    r"\b(?:by|from|von|par|por|di|da|de|oleh|của|от|by:|brand:?)\s*$", re.I
)
_LEAD_IN_REACH = 12


def flag_mentions_in_context(
    found: pd.DataFrame, listings: pd.DataFrame, search: BrandSearch
) -> NDArray[np.bool_]:
    """Tell which mentions may stand: all but bare ordinary words, shape (n,)."""
    bare = search.common[found["brand"].to_numpy()]
    bare[bare] = _flag_bare_names(found[bare], search)
    if not bare.any():
        return ~bare
    sure = found.loc[~bare, ["row", "brand"]].drop_duplicates().assign(sure=True)
    neighbour = found[["row", "brand"]].merge(sure, how="left")["sure"].notna()
    allowed = ~bare | neighbour.to_numpy() | found["own_field"].to_numpy()
    columns = [listings[field].to_numpy(dtype=object) for field in search.fields]
    places = found.loc[~allowed, ["field", "row", "start", "end"]]
    allowed[~allowed] = [
        _is_placed_as_brand(columns[field][row], start, end)
        for field, row, start, end in places.itertuples(index=False)
    ]
    return allowed


def _flag_bare_names(found: pd.DataFrame, search: BrandSearch) -> NDArray[np.bool_]:
    """Tell which mentions are the brand's name itself, or are not even that."""
    texts = [fold(text) for text in found["text"]]
    pairs = zip(texts, found["brand"].tolist(), strict=True)
    same = [text == search.folded[brand] for text, brand in pairs]
    return np.array(same, dtype=bool) | (found["kind"] == NEAR_MISS).to_numpy()


def _is_placed_as_brand(text: str, start: int, end: int) -> bool:
    """Accept "by Coach", and "Coach ..." at the head unless an everyday word."""
    word = text[start:end]
    if not word[:1].isupper() and not word.isupper():
        return False
    if _BRAND_LEAD_IN.search(text[max(0, start - _LEAD_IN_REACH) : start]):
        return True
    head = not any(char.isalnum() for char in text[:start])
    return head and fold(word) not in load_words(_EVERYDAY_RANK)
