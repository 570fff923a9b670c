"""Everything needed to find brands in a slice of listings, made ready once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._slices import map_slices, slices
from iprseg.signals._tables import texts_of
from iprseg.signals.brands._fields import brand_key, fold_words
from iprseg.signals.brands._find import Names, compile_names
from iprseg.signals.brands._near import (
    masked_names,
    masked_tokens,
    nearest_names,
    unknown_words,
)
from iprseg.signals.brands.brand_list import BrandList
from iprseg.signals.text.normalise import fold

KINDS = ("exact", "line", "obfuscated", "near_miss")
EXACT, LINE, OBFUSCATED, NEAR_MISS = range(4)
# A description is long and free prose: a near miss there is mostly a plain word.
_NEAR_FIELDS = ("title", "tags")
_SHORTEST_LINE = 6
# Of a name hardly ever seen, a near miss is as likely another rare name, unless it is
# so long that hardly any other is near it.
_SURE, _DISTINCT = 0.6, 8


@dataclass(frozen=True)
class Spellings:
    """Misspelled and masked names of one field, with brand, similarity and kind."""

    names: Names
    brand: NDArray[np.int64]
    similarity: NDArray[np.float64]
    kind: NDArray[np.int8]


@dataclass(frozen=True)
class Search:
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
    names: Names
    brand: NDArray[np.int64]
    line: NDArray[np.bool_]
    spellings: dict[str, Spellings]
    keys: list[set[str]]
    folded: list[str]
    common: NDArray[np.bool_]


def prepare_search(
    listings: pd.DataFrame, fields: Iterable[str], brands: BrandList
) -> Search:
    """Compile a brand list, and look through all texts for what nearly names one."""
    names = _names(brands)
    fields = tuple(field for field in fields if field in listings.columns)
    columns = (brands.table[c].tolist() for c in ("name", "aliases"))
    compiled = compile_names(names["name"].tolist())
    # worked out here, once, and not again by each process
    _ = compiled.distinct, compiled.gap_masks, compiled.disguised[0].distinct
    return Search(
        fields,
        compiled,
        names["brand"].to_numpy(),
        names["line"].to_numpy(dtype=bool),
        {f: _spellings(listings[f], f, names, brands.words) for f in fields},
        [set(map(brand_key, [n, *more])) for n, more in zip(*columns, strict=True)],
        [fold(name) for name in brands.table["name"]],
        brands.table["common_word"].to_numpy(dtype=bool),
    )


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
    names = names[names["form"].str.len() >= 2].drop_duplicates(["form", "brand"])
    return names.reset_index(drop=True)


def _spellings(
    column: pd.Series, field: str, names: pd.DataFrame, words: frozenset[str]
) -> Spellings:
    # A line is an ordinary word to somebody: short ones are too close to others.
    long = ~names["line"] | (names["form"].str.len() >= _SHORTEST_LINE)
    distinct = ~names["line"] & (names["form"].str.len() >= _DISTINCT)
    forms = _numbered(names[long & (names["sure"] | distinct)])
    spoken = frozenset(p for n in names["name"] for p in fold_words(n).split())
    lines = frozenset(names.loc[names["line"], "form"])
    of_names = spoken if field in _NEAR_FIELDS else None
    unknown, phrases, tokens = _odd_words(column, of_names, words)
    near = nearest_names([*sorted(unknown), *sorted(phrases)], forms, lines)
    # who puts a sign for a letter means a name, be it rare
    masked = masked_names(sorted(tokens), _numbered(names[long]))
    of = [near[s] for s in near] + [(masked[s], 1.0) for s in masked]
    compiled = compile_names([*near, *masked])
    _ = compiled.distinct, compiled.gap_masks
    return Spellings(
        compiled,
        np.array([brand for brand, _ in of], dtype=np.int64),
        np.array([similarity for _, similarity in of], dtype=float),
        np.repeat(np.array([NEAR_MISS, OBFUSCATED], np.int8), [len(near), len(masked)]),
    )


def _numbered(names: pd.DataFrame) -> dict[str, int]:
    """Return brand by form; the brand listed first keeps a shared form."""
    return dict(zip(names["form"][::-1], names["brand"][::-1], strict=True))


def _odd_words(
    column: pd.Series, of_names: frozenset[str] | None, words: frozenset[str]
) -> tuple[set[str], set[str], set[str]]:
    """Return unknown words, phrases (none without `of_names`) and masked words."""
    n = len(column)
    parts = ((texts_of(column.iloc[part]), of_names, words) for part in slices(n))
    all_of_them: tuple[set[str], set[str], set[str]] = (set(), set(), set())
    for found in map_slices(_odd_words_of_slice, parts, n):
        for some, more in zip(all_of_them, found, strict=True):
            some |= more
    return all_of_them


def _odd_words_of_slice(
    texts: Sequence[str], of_names: frozenset[str] | None, words: frozenset[str]
) -> tuple[set[str], set[str], set[str]]:
    tokens = masked_tokens(texts)
    if of_names is None:
        return set(), set(), tokens
    return *unknown_words(texts, of_names, words), tokens
