"""Find where listings name a brand."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg._check import check_columns
from iprseg.signals._tables import indexed, texts_of
from iprseg.signals.brands._context import in_context
from iprseg.signals.brands._fields import brand_key, fold_words
from iprseg.signals.brands._find import Texts, compile_names, find_names
from iprseg.signals.brands._near import masked_names, near_misses
from iprseg.signals.brands._own_words import own_words
from iprseg.signals.brands._referential import mark_referential
from iprseg.signals.brands.brand_list import BrandList
from iprseg.signals.text._spans import FreeSpans
from iprseg.signals.text.normalise import fold

FIELDS = ("title", "tags", "description", "ocr_text")
COLUMNS = [
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
_SHORTEST_LINE = 6
# Of a name hardly ever seen, a near miss is as likely another rare name.
_SURE = 0.6


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
    listings = indexed(listings, "listing_id", "listings", ["title"])
    check_columns(brands.table, ["brand_id", "name"], "brands")
    spoken = _names(brands)
    fields = [name for name in FIELDS if name in listings.columns]
    parts = [_in_field(listings, field, spoken, brands) for field in fields]
    found = pd.concat(parts, ignore_index=True)
    found["own_field"] = _own_field(found, listings, brands)
    found = found[in_context(found, listings, brands)].reset_index(drop=True)
    found["referential"] = False
    if guard_referential and len(found):
        found["referential"] = mark_referential(found, listings)
    found["listing_id"] = listings.index.to_numpy()[found["row"]]
    found["brand_id"] = brands.table["brand_id"].to_numpy()[found["brand"]]
    return found.loc[~own_words(found, listings), COLUMNS].reset_index(drop=True)


def _names(brands: BrandList) -> pd.DataFrame:
    """List each way to say a brand: ``name``, ``brand`` (position), ``line``."""
    rows = []
    columns = (brands.table[c].tolist() for c in ("name", "aliases", "lines"))
    for i, (first, aliases, lines) in enumerate(zip(*columns, strict=True)):
        rows += [(name, i, False) for name in [first, *aliases]]
        rows += [(line, i, True) for line in lines]
    names = pd.DataFrame(rows, columns=["name", "brand", "line"])
    names = names.astype({"name": object, "brand": int, "line": bool})
    names["sure"] = (brands.table["weight"] >= _SURE).to_numpy()[names["brand"]]
    names["form"] = pd.Series([fold(name) for name in names["name"]], dtype=str)
    # One letter is no name; of brands sharing an alias the first listed keeps it.
    return names[names["form"].str.len() >= 2].drop_duplicates(["form", "brand"])


def _in_field(
    listings: pd.DataFrame, field: str, names: pd.DataFrame, brands: BrandList
) -> pd.DataFrame:
    texts = Texts(texts_of(listings[field]))
    names = names.reset_index(drop=True)
    plain = find_names(texts, compile_names(names["name"].tolist()))
    plain["brand"] = names["brand"].to_numpy()[plain["name"]]
    line = names["line"].to_numpy(dtype=bool)[plain["name"]]
    plain["kind"] = np.select(
        [plain["odd"], line], ["obfuscated", "line"], "exact"
    ).astype(object)
    plain["similarity"] = 1.0
    found = [plain, _misspelled(texts, names, brands.words, field)]
    hits = _longest(pd.concat(found, ignore_index=True))
    hits["field"] = field
    hits["text"] = [
        texts.texts[row][start:end]
        for row, start, end in hits[["row", "start", "end"]].itertuples(index=False)
    ]
    return hits


def _misspelled(
    texts: Texts, names: pd.DataFrame, words: frozenset[str], field: str
) -> pd.DataFrame:
    # A line is an ordinary word to somebody: short ones are too close to others.
    long = ~names["line"] | (names["form"].str.len() >= _SHORTEST_LINE)
    long &= names["sure"]
    # Forwards, so that the brand listed first keeps a shared form.
    forms = dict(
        zip(names.loc[long, "form"][::-1], names.loc[long, "brand"][::-1], strict=True)
    )
    parts = frozenset(p for n in names["name"] for p in fold_words(n).split())
    lines = frozenset(names.loc[names["line"], "form"])
    # A description is long and free prose: a near miss there is mostly a plain word.
    near = (
        near_misses(texts.texts, forms, parts, words, lines)
        if field in ("title", "tags")
        else {}
    )
    masked = masked_names(texts.texts, forms)
    spellings = [*near, *masked]
    hits = find_names(texts, compile_names(spellings), disguised=False)
    of = [near[s] for s in near] + [(masked[s], 1.0) for s in masked]
    kind = ["near_miss"] * len(near) + ["obfuscated"] * len(masked)
    hits["brand"] = np.array([b for b, _ in of], dtype=int)[hits["name"]]
    hits["similarity"] = np.array([s for _, s in of], dtype=float)[hits["name"]]
    hits["kind"] = np.array(kind, dtype=object)[hits["name"]]
    return hits


def _longest(hits: pd.DataFrame) -> pd.DataFrame:
    """Where matches overlap keep the plainest, then the longest, then the first."""
    rank = hits["kind"].map({"exact": 0, "line": 0, "obfuscated": 1, "near_miss": 2})
    order = hits.assign(rank=rank, length=hits["start"] - hits["end"]).sort_values(
        ["row", "rank", "length", "start", "brand"], kind="stable"
    )
    order["crowded"] = order["row"].duplicated(keep=False)
    crowded = order[order["crowded"]]
    row, keep = -1, []
    taken = FreeSpans()
    spans = (crowded[column].tolist() for column in ("row", "start", "end"))
    for at, start, end in zip(*spans, strict=True):
        if at != row:
            row, taken = at, FreeSpans()
        keep.append(taken.take(start, end))
    free_of_others = ~order["crowded"].to_numpy()
    free_of_others[~free_of_others] = keep
    return order[free_of_others].sort_values(["row", "start"])


def _own_field(
    found: pd.DataFrame, listings: pd.DataFrame, brands: BrandList
) -> NDArray[np.bool_]:
    if "brand_field" not in listings.columns or found.empty:
        return np.zeros(len(found), dtype=bool)
    columns = (brands.table[c].tolist() for c in ("name", "aliases"))
    aliases = [
        {brand_key(name) for name in [first, *more]}
        for first, more in zip(*columns, strict=True)
    ]
    values = listings["brand_field"].to_numpy(dtype=object)[found["row"]]
    known: dict[str, tuple[str, str]] = {}
    own = np.zeros(len(found), dtype=bool)
    brand, text = found["brand"].tolist(), found["text"].tolist()
    for at, value in enumerate(values):
        if isinstance(value, str):
            if value not in known:
                known[value] = (brand_key(value), f" {fold_words(value)} ")
            key, words = known[value]
            # "Maison Zephyra" in the field and "Zephyra" in the title are one.
            own[at] = key in aliases[brand[at]] or f" {fold_words(text[at])} " in words
    return own
