"""Find brands in a slice of listings."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._slices import map_slices, slices
from iprseg.signals._tables import texts_of
from iprseg.signals.brands._context import in_context
from iprseg.signals.brands._fields import brand_key, fold_words
from iprseg.signals.brands._find import Texts, find_names
from iprseg.signals.brands._own_words import own_words
from iprseg.signals.brands._referential import mark_referential
from iprseg.signals.brands._search import (
    EXACT,
    KINDS,
    LINE,
    OBFUSCATED,
    Search,
    prepare_search,
)
from iprseg.signals.brands.brand_list import BrandList
from iprseg.signals.text._spans import FreeSpans

FIELDS = ("title", "tags", "description", "ocr_text")
# Which of several kinds is the plainest: exact and line, disguised, misspelled.
_RANK = np.array([0, 0, 1, 2])


def find_in_slices(
    listings: pd.DataFrame, brands: BrandList, guard_referential: bool = True
) -> pd.DataFrame:
    """Find brands in all listings: the columns of ``find_brand_mentions``, and ``row``.

    All mentions in titles come first, then those of the next field.
    """
    search = prepare_search(listings, FIELDS, brands)
    read = [
        c for c in (*search.fields, "brand_field", "category_path") if c in listings
    ]
    texts, n = listings[read], len(listings)
    # of no listings one empty slice, which gives an empty frame
    parts = (
        (texts.iloc[part].astype(object), part.start, search, guard_referential)
        for part in (slices(n) if n else [slice(0, 0)])
    )
    found = pd.concat(list(map_slices(mentions_of_slice, parts, n)), ignore_index=True)
    found = found.iloc[np.argsort(found["field"].to_numpy(), kind="stable")]
    found = found.reset_index(drop=True)
    found["listing_id"] = listings.index.to_numpy()[found["row"]]
    found["brand_id"] = brands.table["brand_id"].to_numpy()[found["brand"]]
    for column, names in (("field", search.fields), ("kind", KINDS)):
        said = np.array(names, dtype=object)[found[column].to_numpy()]
        found[column] = pd.Series(said, dtype=str)
    found = found.drop(columns="brand")
    return found[~own_words(found, listings)].reset_index(drop=True)


def mentions_of_slice(
    listings: pd.DataFrame, first: int, search: Search, guard_referential: bool
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
    fields = [_in_field(listings, at, search) for at in range(len(search.fields))]
    found = pd.concat(fields, ignore_index=True)
    found["own_field"] = _own_field(found, listings, search)
    found = found[in_context(found, listings, search)].reset_index(drop=True)
    found["referential"] = False
    if guard_referential and len(found):
        found["referential"] = mark_referential(found, listings, search.fields)
    found["row"] += first
    return found


def _in_field(listings: pd.DataFrame, at: int, search: Search) -> pd.DataFrame:
    texts = Texts(texts_of(listings[search.fields[at]]))
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
    hits = hits.iloc[_longest(hits)].reset_index(drop=True)
    spans = zip(*(hits[c].tolist() for c in ("row", "start", "end")), strict=True)
    hits["field"] = at
    said = [texts.texts[row][start:end] for row, start, end in spans]
    hits["text"] = pd.Series(said, dtype=str)
    return hits.drop(columns=["name", "odd"])


def _longest(hits: pd.DataFrame) -> NDArray[np.int64]:
    """Where matches overlap keep the plainest, then the longest, then the first."""
    columns = ("row", "start", "end", "brand", "kind")
    row, start, end, brand, kind = (hits[c].to_numpy() for c in columns)
    order = np.lexsort((brand, start, start - end, _RANK[kind], row))
    crowded = _overlapping(row, start, end)[row[order]]
    keep = ~crowded
    last, taken = -1, FreeSpans()
    for at in np.flatnonzero(crowded).tolist():
        hit = order[at]
        if row[hit] != last:
            last, taken = row[hit], FreeSpans()
        keep[at] = taken.take(int(start[hit]), int(end[hit]))
    kept = order[keep]
    return kept[np.lexsort((start[kept], row[kept]))]


def _overlapping(row: NDArray, start: NDArray, end: NDArray) -> NDArray[np.bool_]:
    """Tell of every row up to the last whether two of its spans overlap."""
    crowded = np.zeros(row.max(initial=-1) + 1, dtype=bool)
    order = np.lexsort((start, row))
    longest = end.max(initial=0) + 1
    # each row after the one before, so that one running maximum serves all
    first, last = row * longest + start, row * longest + end
    reach = np.maximum.accumulate(last[order])
    crowded[row[order][1:][reach[:-1] > first[order][1:]]] = True
    return crowded


def _own_field(
    found: pd.DataFrame, listings: pd.DataFrame, search: Search
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
            known[value] = (brand_key(value), f" {fold_words(value)} ")
        key, words = known[value]
        if text[at] not in said:
            said[text[at]] = f" {fold_words(text[at])} "
        # "Maison Zephyra" in the field and "Zephyra" in the title are one.
        own[at] = key in search.keys[brand[at]] or said[text[at]] in words
    return own
