"""Find where listings name a brand, and tell a reference ("case for X") from a claim."""

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.brands.brand_list import BrandList, fold_words, make_brand_key
from iprseg.brands.matching import SearchTexts, find_names
from iprseg.brands.search import (
    EXACT,
    KINDS,
    LINE,
    OBFUSCATED,
    BrandSearch,
    compile_brand_search,
    flag_mentions_in_context,
    flag_own_words,
)
from iprseg.parallel import iter_slices, map_in_processes
from iprseg.reference import load_reference
from iprseg.tables.access import (
    replace_broken_characters,
    set_unique_index,
    to_text_list,
)
from iprseg.text.codepoints import DisjointSpans
from iprseg.text.normalisation import is_unspaced_script, lower_keeping_length
from iprseg.validation import check_columns

_COLUMNS = [
    "listing_id",
    "brand_id",
    "field",
    "start",
    "end",
    "text",
    "kind",
    "similarity",
    "referential",
    "own_field",
]


def find_brand_mentions(
    listings: pd.DataFrame, brands: BrandList, guard_referential: bool = True
) -> pd.DataFrame:
    """Find where listings name a brand, plainly, in disguise or misspelled.

    Parameters
    ----------
    listings : DataFrame
        With ``listing_id`` (column or index) and ``title``; ``tags``, ``description``
        and ``ocr_text`` are read where present.
    brands : BrandList
        The brands to look for, from `learn_brands`.
    guard_referential : bool, default True
        Mark mentions that only say what a thing fits ("case for X"). When False no
        mention is marked.

    Returns
    -------
    DataFrame
        One row per mention: ``listing_id``, ``brand_id``, ``field``, ``start``, ``end``
        (in the field's text), ``text`` (that part of it), ``kind`` (``"exact"``: a
        name; ``"line"``: product line; ``"obfuscated"``; ``"near_miss"``),
        ``similarity`` (1 but for near misses), ``referential``, ``own_field``
        (the listing's brand field names the same brand).

    Raises
    ------
    TableError
        If ``listing_id`` or ``title`` is missing.

    Examples
    --------
    >>> listings = pd.DataFrame({
    ...     "listing_id": ["a", "b"],
    ...     "title": ["Z-e-phyra bag", "Strap for Zephyra watch"],
    ... })
    >>> brands = BrandList.from_names(["Zephyra"])
    >>> found = find_brand_mentions(listings, brands)
    >>> found[["listing_id", "text", "kind", "referential"]].values.tolist()
    [['a', 'Z-e-phyra', 'obfuscated', False], ['b', 'Zephyra', 'exact', True]]
    """
    listings = replace_broken_characters(
        set_unique_index(listings, "listing_id", "listings", ["title"])
    )
    check_columns(brands.table, ["brand_id", "name"], "brands")
    return find_mentions_with_rows(listings, brands, guard_referential)[_COLUMNS]


_SEARCHED_FIELDS = ("title", "tags", "description", "ocr_text")
# Which of several kinds is the plainest: exact and line, disguised, misspelled.
_KIND_RANK = np.array([0, 0, 1, 2])


def find_mentions_with_rows(
    listings: pd.DataFrame, brands: BrandList, guard_referential: bool = True
) -> pd.DataFrame:
    """Find brands in all listings: the columns of ``find_brand_mentions``, and ``row``.

    All mentions in titles come first, then those of the next field.
    """
    search = compile_brand_search(listings, _SEARCHED_FIELDS, brands)
    read = [
        c for c in (*search.fields, "brand_field", "category_path") if c in listings
    ]
    texts, n = listings[read], len(listings)
    # of no listings one empty slice, which gives an empty frame
    parts = (
        (texts.iloc[part].astype(object), part.start, search, guard_referential)
        for part in (iter_slices(n) if n else [slice(0, 0)])
    )
    found = pd.concat(
        list(map_in_processes(_find_mentions_in_slice, parts, n)), ignore_index=True
    )
    found = found.iloc[np.argsort(found["field"].to_numpy(), kind="stable")]
    found = found.reset_index(drop=True)
    found["listing_id"] = listings.index.to_numpy()[found["row"]]
    found["brand_id"] = brands.table["brand_id"].to_numpy()[found["brand"]]
    for column, names in (("field", search.fields), ("kind", KINDS)):
        said = np.array(names, dtype=object)[found[column].to_numpy()]
        found[column] = pd.Series(said, dtype=str)
    found = found.drop(columns="brand")
    return found[~flag_own_words(found, listings)].reset_index(drop=True)


def _find_mentions_in_slice(
    listings: pd.DataFrame, first: int, search: BrandSearch, guard_referential: bool
) -> pd.DataFrame:
    """Find brands in some of the listings.

    Parameters
    ----------
    listings : DataFrame
        The fields, and ``brand_field`` and ``category_path`` where there are any.
    first : int
        Place of the slice's first row in the whole.
    search : Search
    guard_referential : bool

    Returns
    -------
    DataFrame
        ``row`` (in the whole), ``brand`` (position in the brand list), ``field`` and
        ``kind`` (positions in ``search.fields`` and ``KINDS``), ``start``, ``end``,
        ``text``, ``similarity``, ``referential``, ``own_field``.
    """
    fields = [
        _find_mentions_in_field(listings, at, search)
        for at in range(len(search.fields))
    ]
    found = pd.concat(fields, ignore_index=True)
    found["own_field"] = _flag_brands_in_own_brand_field(found, listings, search)
    found = found[flag_mentions_in_context(found, listings, search)].reset_index(
        drop=True
    )
    found["referential"] = False
    if guard_referential and len(found):
        found["referential"] = _flag_referential_mentions(
            found, listings, search.fields
        )
    found["row"] += first
    return found


def _find_mentions_in_field(
    listings: pd.DataFrame, at: int, search: BrandSearch
) -> pd.DataFrame:
    texts = SearchTexts(to_text_list(listings[search.fields[at]]))
    plain = find_names(texts, search.names)
    name = plain["name"].to_numpy()
    plain["brand"] = search.brand[name]
    kind = np.where(search.line[name], LINE, EXACT)
    plain["kind"] = np.where(plain["odd"], OBFUSCATED, kind)
    plain["similarity"] = 1.0
    spellings = search.spellings[search.fields[at]]
    misspelled = find_names(texts, spellings.names, disguised=False)
    name = misspelled["name"].to_numpy()
    misspelled["brand"] = spellings.brand[name]
    misspelled["kind"] = spellings.kind[name].astype(np.int64)
    misspelled["similarity"] = spellings.similarity[name]
    hits = pd.concat([plain, misspelled], ignore_index=True)
    hits = hits.iloc[_select_plainest_hits(hits)].reset_index(drop=True)
    spans = zip(*(hits[c].tolist() for c in ("row", "start", "end")), strict=True)
    hits["field"] = at
    said = [texts.texts[row][start:end] for row, start, end in spans]
    hits["text"] = pd.Series(said, dtype=str)
    return hits.drop(columns=["name", "odd"])


def _select_plainest_hits(hits: pd.DataFrame) -> NDArray[np.int64]:
    """Where matches overlap keep the plainest, then the longest, then the first."""
    columns = ("row", "start", "end", "brand", "kind")
    row, start, end, brand, kind = (hits[c].to_numpy() for c in columns)
    order = np.lexsort((brand, start, start - end, _KIND_RANK[kind], row))
    crowded = _flag_rows_with_overlap(row, start, end)[row[order]]
    keep = ~crowded
    last, taken = -1, DisjointSpans()
    for at in np.flatnonzero(crowded).tolist():
        hit = order[at]
        if row[hit] != last:
            last, taken = row[hit], DisjointSpans()
        keep[at] = taken.take(int(start[hit]), int(end[hit]))
    kept = order[keep]
    return kept[np.lexsort((start[kept], row[kept]))]


def _flag_rows_with_overlap(
    row: NDArray, start: NDArray, end: NDArray
) -> NDArray[np.bool_]:
    """Tell of every row up to the last whether two of its spans overlap."""
    crowded = np.zeros(row.max(initial=-1) + 1, dtype=bool)
    order = np.lexsort((start, row))
    longest = end.max(initial=0) + 1
    # each row after the one before, so that one running maximum serves all
    first, last = row * longest + start, row * longest + end
    reach = np.maximum.accumulate(last[order])
    crowded[row[order][1:][reach[:-1] > first[order][1:]]] = True
    return crowded


def _flag_brands_in_own_brand_field(
    found: pd.DataFrame, listings: pd.DataFrame, search: BrandSearch
) -> NDArray[np.bool_]:
    if "brand_field" not in listings.columns or found.empty:
        return np.zeros(len(found), dtype=bool)
    values = listings["brand_field"].to_numpy(dtype=object)[found["row"]]
    known: dict[str, tuple[str, str]] = {}
    said: dict[str, str] = {}
    own = np.zeros(len(found), dtype=bool)
    brand, text = found["brand"].tolist(), found["text"].tolist()
    for at, value in enumerate(values):
        if not isinstance(value, str):
            continue
        if value not in known:
            known[value] = (make_brand_key(value), f" {fold_words(value)} ")
        key, words = known[value]
        if text[at] not in said:
            said[text[at]] = f" {fold_words(text[at])} "
        # "Maison Zephyra" in the field and "Zephyra" in the title are one.
        own[at] = key in search.keys[brand[at]] or said[text[at]] in words
    return own


_WORD_PATTERN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MODEL_NAME = re.compile(r"[\sa-z0-9+-]{0,14}")
_SENTENCE_END = re.compile(r"[.!?;。！？]\s|[。！？\n]")
# Plain words that may stand between a marker and the brand ("for the new 10.9 inch X");
# "compatible with" opens a list, a bare "for" of unknown goods speaks of what is next.
_WEAK_REACH = 5
_LIST_REACH = 10
_NEXT_REACH = 2
_CLAUSE_END = re.compile(r"[(.,;|!?。！？，、\n]")
_MAX_MARKER_WORDS = 3
_MAX_WORDS_AFTER = 4
_GLUED_REACH = 14
_OWNER_WORDS = frozenset(("by", "from", "brand", "von", "par", "oleh"))


@cache
def _load_referential_lexicon() -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    """Return each list as (spaced phrases, phrases of scripts without spaces)."""
    out = {}
    for name, by_lang in load_reference("lexicons/referential").items():
        if name == "source":
            continue
        terms = {term.casefold() for terms in by_lang.values() for term in terms}
        glued = {term for term in terms if any(map(is_unspaced_script, term))}
        # Arabic glues "for" to its noun; such a marker is a prefix, not a word.
        glued |= {term.rstrip("ـ") for term in terms if term.endswith("ـ")}
        out[name] = (frozenset(terms - glued), tuple(sorted(glued, key=len)[::-1]))
    return out


def _flag_referential_mentions(
    found: pd.DataFrame, listings: pd.DataFrame, names: Sequence[str]
) -> NDArray[np.bool_]:
    """Tell for each mention whether it is a reference only, shape (n,).

    ``field`` of `found` is a position in `names`, the columns of `listings`.
    """
    places: dict[tuple[int, int], list[int]] = {}
    rows, fields = found["row"].tolist(), found["field"].tolist()
    # A brand in the brand field is claimed, whatever the title says.
    foreign = set(found.loc[~found["own_field"], "row"])
    for at, (row, field) in enumerate(zip(rows, fields, strict=True)):
        if row in foreign:
            places.setdefault((row, field), []).append(at)
    start, end = found["start"].tolist(), found["end"].tolist()
    columns = [listings[name].to_numpy(dtype=object) for name in names]
    context = _join_category_and_title(listings)
    marks = np.zeros(len(found), dtype=bool)
    for (row, field), members in places.items():
        spans = [(start[at], end[at]) for at in members]
        marks[members] = _flag_referential_spans(
            columns[field][row], spans, context[row]
        )
    if not marks.any():
        return marks
    marks |= _flag_explained_later(found, marks, columns)
    return marks | _flag_referential_in_title(found, marks, names.index("title"))


def _flag_explained_later(
    found: pd.DataFrame, marks: NDArray[np.bool_], columns: list[NDArray]
) -> NDArray[np.bool_]:
    """Tell which mentions the same field later explains: "Maker X 13 case for X 13".

    A brand that opens the text is its maker: "X case for X 13".
    """
    place = ["row", "field", "brand"]
    told = found.assign(mark=marks).groupby(place)["mark"]
    mixed = (told.transform("any") & ~told.transform("all")).to_numpy()
    later = np.zeros(len(found), dtype=bool)
    first = found[mixed].groupby(place)["start"].transform("min")
    where = found.loc[mixed, ["field", "row"]].itertuples(index=False)
    for at, (field, row), start in zip(
        np.flatnonzero(mixed), where, first, strict=True
    ):
        head = _WORD_PATTERN.findall(lower_keeping_length(columns[field][row][:start]))
        later[at] = any(
            word not in _load_referential_lexicon()["state"][0] for word in head
        )
    return later


def _flag_referential_in_title(
    found: pd.DataFrame, marks: NDArray[np.bool_], title: int
) -> NDArray[np.bool_]:
    """Tell which mentions are of a brand that the title names as a reference only."""
    titles = found.assign(mark=marks)[found["field"].to_numpy() == title]
    only = titles.groupby(["row", "brand"], as_index=False)["mark"].all()
    joined = found[["row", "brand"]].merge(only, how="left")["mark"]
    return joined.eq(True).to_numpy(dtype=bool)


def _join_category_and_title(listings: pd.DataFrame) -> list[str]:
    """Return what tells of an accessory beside the field itself: category and title."""
    columns = [to_text_list(listings["title"])]
    if "category_path" in listings.columns:
        columns.append(to_text_list(listings["category_path"]))
    return [" ".join(parts) for parts in zip(*columns, strict=True)]


def _flag_referential_spans(
    text: str, spans: list[tuple[int, int]], context: str = ""
) -> list[bool]:
    """Tell for each span of a text whether it names what the thing is for.

    Examples
    --------
    >>> _flag_referential_spans("Zephyra ink for Korda printers", [(0, 7), (16, 21)])
    [False, True]
    """
    lowered = lower_keeping_length(text)
    words = _WORD_PATTERN.findall(lowered)
    spaced, glued = _compile_marker_starts()
    said = not spaced.isdisjoint(words)
    if not said and (lowered.isascii() or not glued.search(lowered)):
        return [False] * len(spans)
    accessory = _contains_term("accessories", lowered, words) or _context_contains_term(
        "accessories", context
    )
    weak = _WEAK_REACH if accessory else _NEXT_REACH
    if not accessory and _context_contains_term("standalone", f"{context} {lowered}"):
        weak = 0
    reached = (
        _flag_spans_after_markers(lowered, words, spans, weak)
        if said
        else [False] * len(spans)
    )
    return [
        there
        or _is_followed_by_marker(lowered, end)
        or _is_preceded_by_glued_marker(lowered, start, accessory)
        for there, (start, end) in zip(reached, spans, strict=True)
    ]


@cache
def _compile_marker_starts() -> tuple[frozenset[str], re.Pattern[str]]:
    """Return the first words of markers, and what finds the markers without spaces."""
    lists = [
        _load_referential_lexicon()[name]
        for name in ("strong", "weak", "joining", "after")
    ]
    first = frozenset(term.split()[0] for spaced, _ in lists for term in spaced)
    return first, _compile_alternatives({term for _, glued in lists for term in glued})


def _compile_alternatives(terms: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(terms))) or r"(?!)")


@cache
def _compile_glued_terms(name: str) -> re.Pattern[str]:
    """Return what finds a list's terms of scripts without spaces."""
    return _compile_alternatives(_load_referential_lexicon()[name][1])


def _contains_term(name: str, lowered: str, words: list[str]) -> bool:
    if not _load_referential_lexicon()[name][0].isdisjoint(words):
        return True
    return not lowered.isascii() and bool(_compile_glued_terms(name).search(lowered))


@lru_cache(maxsize=4096)
def _context_contains_term(name: str, context: str) -> bool:
    lowered = lower_keeping_length(context)
    return _contains_term(name, lowered, _WORD_PATTERN.findall(lowered))


def _count_phrase_words(words: list[str], at: int, phrases: Iterable[str]) -> int:
    """Return how many words a phrase of the list takes at a place, 0 if none."""
    for n in range(_MAX_MARKER_WORDS, 0, -1):
        if " ".join(words[at : at + n]) in phrases and at + n <= len(words):
            return n
    return 0


def _flag_spans_after_markers(
    lowered: str, words: list[str], spans: list[tuple[int, int]], weak: int
) -> list[bool]:
    """Walk through the words; a marker's reach is renewed by each brand it reaches."""
    starts = _compile_marker_starts()[0]
    reached = [False] * len(spans)
    order = sorted(range(len(spans)), key=spans.__getitem__)
    left, skip, before, at = -1, 0, 0, 0
    for i, match in enumerate(_WORD_PATTERN.finditer(lowered)):
        start, end = match.span()
        # one space parts no sentences
        apart = left >= 0 and lowered[before:start] != " "
        if apart and _SENTENCE_END.search(lowered, before, start + 1):
            left = -1
        before = end
        while at < len(order) and spans[order[at]][1] <= start:
            at += 1
        if at == len(order):
            break
        if spans[order[at]][0] < end:
            if left >= 0:
                reached[order[at]], left = True, max(left, _WEAK_REACH)
        elif skip:
            skip -= 1
        elif words[i] in starts and (
            marker := _match_referential_marker(words, i, weak)
        ):
            skip, left = marker[0] - 1, marker[1]
        elif left >= 0:
            left = _shorten_marker_reach(words[i], left)
    return reached


def _shorten_marker_reach(word: str, left: int) -> int:
    """Return how far the reach still goes after a word that is no marker."""
    if word in _load_referential_lexicon()["recipients"][0] or word in _OWNER_WORDS:
        return -1
    # Numbers and short words ("13", "&") cost nothing.
    return max(left - 1, -1) if word.isalpha() and len(word) > 2 else left


def _match_referential_marker(
    words: list[str], at: int, weak: int
) -> tuple[int, int] | None:
    """Return how many words a marker takes and how far it reaches."""
    lexicon = _load_referential_lexicon()
    if taken := _count_phrase_words(words, at, lexicon["strong"][0]):
        return taken, _LIST_REACH
    taken = _count_phrase_words(words, at, lexicon["weak"][0]) if weak else 0
    if not taken and weak == _WEAK_REACH:
        taken = _count_phrase_words(words, at, lexicon["joining"][0])
    return (taken, weak) if taken else None


def _is_followed_by_marker(lowered: str, end: int) -> bool:
    """Tell whether "X compatible ..." or "X用" stands there."""
    spaced, glued = _load_referential_lexicon()["after"]
    tail = lowered[end : end + 40]
    # A model may stand between: "Zephyra 13 Pro用".
    model = None if tail.isascii() else _MODEL_NAME.match(tail)
    if model and tail[model.end() :].startswith(glued):
        return True
    words = _WORD_PATTERN.findall(_CLAUSE_END.split(tail, maxsplit=1)[0])
    # "X ink compatible with Y" speaks of Y.
    return any(
        word in spaced
        and _count_phrase_words(words, i, _load_referential_lexicon()["strong"][0]) <= 1
        for i, word in enumerate(words[:_MAX_WORDS_AFTER])
    )


def _is_preceded_by_glued_marker(lowered: str, start: int, accessory: bool) -> bool:
    """Tell whether a marker of a script without spaces stands close before."""
    head = lowered[max(0, start - _GLUED_REACH) : start]
    if head.isascii():
        return False
    head = _SENTENCE_END.split(head)[-1]
    lexicon = _load_referential_lexicon()
    if any(term in head for term in lexicon["strong"][1]):
        return True
    return accessory and any(term in head for term in lexicon["weak"][1])
