"""A12 and A13: a listing beside the official products of the brand it claims."""

import json
import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from iprseg.brands.brand_list import fold_words
from iprseg.signals.inputs import Column, Inputs, make_column, make_missing_column
from iprseg.signals.price.comparisons import match_products
from iprseg.signals.registry import signal

_MAX_CELLS_AT_ONCE = 5_000_000


@signal("A12")
def title_catalogue_sim(inputs: Inputs) -> Column:
    """A12: highest cosine of the title to an official product name of its brand.

    Names are vectors of three-letter pieces within words, weighted by their rarity in
    the catalogue (TF-IDF).
    """
    lacking = inputs.lacks("brand_catalogue.brand_id") or inputs.lacks(
        "brand_catalogue.model_name"
    )
    if lacking:
        return make_missing_column(inputs.n, lacking)
    products = _select_named_products(inputs)
    brand, values = inputs.brand, np.full(inputs.n, np.nan)
    names = [fold_words(name) for name in products["model_name"]]
    codes, of = pd.factorize(products["brand_id"])
    claimed = pd.Index(of).get_indexer(pd.Index(brand))
    if names and (claimed >= 0).any():
        rows = np.flatnonzero(claimed >= 0)
        titles = [inputs.words[inputs.titles[row]] for row in rows.tolist()]
        values[rows] = _compute_best_cosine(titles, claimed[rows], names, codes)
    return _require_title_and_brand(inputs, make_column(values), claimed)


@signal("A13")
def model_name_impossible(inputs: Inputs) -> Column:
    """A13: 1 if a colour or size is offered that the brand does not make.

    Compared are the colourways and sizes of the official product (matched by gtin, else
    by model name in the title), or of all the brand's products where none matches.
    """
    lacking = inputs.lacks("brand_catalogue.brand_id")
    if lacking:
        return make_missing_column(inputs.n, lacking)
    stated = [c for c in ("variants_json", "size_values") if inputs.has(c)]
    if not stated:
        return make_missing_column(inputs.n, "column_absent: variants_json")
    catalogue = inputs.table("brand_catalogue")
    if not {"colourways", "size_range"} & set(catalogue.columns):  # type: ignore[union-attr]
        return make_missing_column(
            inputs.n, "column_absent: brand_catalogue.colourways"
        )
    products = _select_named_products(inputs)
    claimed = pd.Index(products["brand_id"].unique()).get_indexer(
        pd.Index(inputs.brand)
    )
    values = np.full(inputs.n, np.nan)
    official = _read_official_range(products)
    match = _match_own_product(inputs, products)
    columns = {c: inputs.listings[c].to_numpy(dtype=object) for c in stated}
    seen: dict[tuple, float] = {}
    for row in np.flatnonzero(claimed >= 0).tolist():
        said = {name: column[row] for name, column in columns.items()}
        key = (match[row], inputs.brand[row], *said.values())
        if key not in seen:
            offered = _read_stated_range(said)
            seen[key] = official.impossible(int(match[row]), key[1], offered)
        values[row] = seen[key]
    result = _require_title_and_brand(inputs, make_column(values), claimed)
    return result.missing(np.isnan(values), "nothing_comparable")


def _match_own_product(inputs: Inputs, products: pd.DataFrame) -> NDArray[np.int64]:
    """Return the official product of the claimed brand that a listing is of, or -1."""
    match = match_products(inputs, products)
    brands = np.array([*products["brand_id"], None], dtype=object)
    return np.where(brands[match] == inputs.brand, match, -1)


def _select_named_products(inputs: Inputs) -> pd.DataFrame:
    """Return official products that have a brand and a name."""
    catalogue = inputs.table("brand_catalogue")
    if catalogue is None:
        return pd.DataFrame({"brand_id": [], "model_name": []})
    products = catalogue.reset_index()
    named = products["brand_id"].notna()
    if "model_name" in products:
        texts = [isinstance(name, str) for name in products["model_name"]]
        named &= np.array(texts, dtype=bool)
    return products[named].reset_index(drop=True)


def _require_title_and_brand(
    inputs: Inputs, column: Column, claimed: NDArray
) -> Column:
    untitled = inputs.listings["title"].isna()
    column = column.missing(untitled, inputs.gap("title"))
    column = column.missing(pd.isna(inputs.brand), "no_brand_claim")
    return column.missing(claimed < 0, "brand_not_in_catalogue")


def _compute_best_cosine(
    titles: list[str],
    brand: NDArray[np.int64],
    names: list[str],
    of: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return for each title the highest cosine to a name of its brand."""
    from sklearn.feature_extraction.text import TfidfTransformer

    known = {piece: at for at, piece in enumerate(sorted(_collect_trigrams(names)))}
    if not known:  # no name has three letters
        return np.zeros(len(titles))
    weigh = TfidfTransformer()
    official = weigh.fit_transform(_count_trigrams(names, known)).astype(np.float32)
    which, distinct = pd.factorize(np.array(titles, dtype=object))
    listed = weigh.transform(_count_trigrams(distinct, known)).astype(np.float32)
    best = np.zeros(len(titles))
    order = np.argsort(brand, kind="stable")
    bounds = np.flatnonzero(np.diff(brand[order])) + 1
    for rows in np.split(order, bounds):
        own = official[np.flatnonzero(of == brand[rows[0]])].T.tocsr()
        step = max(1, _MAX_CELLS_AT_ONCE // own.shape[1])
        for at in range(0, len(rows), step):
            part = rows[at : at + step]
            near = (listed[which[part]] @ own).max(axis=1)
            best[part] = near.toarray().ravel()
    return np.minimum(best, 1.0)


def _split_trigrams(word: str) -> list[str]:
    """Return the three-letter pieces of a word, its ends marked by spaces.

    Examples
    --------
    >>> _split_trigrams("korda")
    [' ko', 'kor', 'ord', 'rda', 'da ']
    """
    ended = f" {word} "
    return [ended[at : at + 3] for at in range(len(ended) - 2)]


def _collect_trigrams(texts: Iterable[str]) -> set[str]:
    return {
        piece
        for text in texts
        for word in text.split()
        for piece in _split_trigrams(word)
    }


def _count_trigrams(texts: Sequence[str], known: dict[str, int]) -> sparse.csr_matrix:
    """Count the known pieces of each text; a word is taken apart once."""
    of_word: dict[str, list[int]] = {}
    places: list[int] = []
    ends = [0]
    for text in texts:
        for word in text.split():
            if word not in of_word:
                of_word[word] = [known[p] for p in _split_trigrams(word) if p in known]
            places += of_word[word]
        ends.append(len(places))
    shape = (len(ends) - 1, len(known))
    counts = sparse.csr_matrix((np.ones(len(places)), places, ends), shape=shape)
    counts.sum_duplicates()
    return counts


_COLOUR_KEYS = frozenset(("color", "colour", "colourway", "colorway"))
_SIZE_KEYS = frozenset(("size", "sizes"))
_SIZE_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_SIZE_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:-|–|to)\s*(\d+(?:[.,]\d+)?)")
# Other systems of sizes lie far off: 9 (US) is no official 36 to 46 (EU).
_SAME_SYSTEM_FACTOR = 1.5
_MAX_SIZE_SPAN = 200
_LETTER_SIZES = frozenset(
    ("xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "2xl", "3xl", "4xl", "5xl")
)


@dataclass(frozen=True)
class _ColoursAndSizes:
    """Colours (sets of words), numbers and letters of sizes."""

    colours: frozenset[frozenset[str]]
    numbers: frozenset[float]
    letters: frozenset[str]


@dataclass(frozen=True)
class _OfficialRange:
    """What is made, by product and by brand.

    Attributes
    ----------
    products : list of Parts
    brands : dict of brand id to Parts
    colour_words : frozenset of str
        All words of official colours; others (of another language) are not judged.
    """

    products: list[_ColoursAndSizes]
    brands: dict[Hashable, _ColoursAndSizes]
    colour_words: frozenset[str]

    def impossible(
        self, product: int, brand: Hashable, said: _ColoursAndSizes
    ) -> float:
        """Tell whether something offered is not made; NaN where nothing compares."""
        made = self.products[product] if product >= 0 else self.brands[brand]
        verdicts = [
            *self._iterate_colour_verdicts(made, said),
            *_iterate_size_verdicts(made.numbers, said.numbers),
            *(size not in made.letters for size in said.letters if made.letters),
        ]
        return float(any(verdicts)) if verdicts else np.nan

    def _iterate_colour_verdicts(
        self, made: _ColoursAndSizes, said: _ColoursAndSizes
    ) -> Iterable[bool]:
        if not made.colours:
            return
        for colour in said.colours:
            if not colour.isdisjoint(self.colour_words):
                # "black" and "matte black" may be one; "neon black" is neither.
                yield not any(c <= colour or colour <= c for c in made.colours)


def _iterate_size_verdicts(
    made: frozenset[float], said: frozenset[float]
) -> Iterable[bool]:
    if made:
        low, high = min(made) / _SAME_SYSTEM_FACTOR, max(made) * _SAME_SYSTEM_FACTOR
        for size in said:
            if low <= size <= high:
                yield size not in made


def _read_official_range(products: pd.DataFrame) -> _OfficialRange:
    """Read the catalogue's colourways and size ranges."""
    n = len(products)
    colours = products.get("colourways", pd.Series([None] * n))
    sizes = products.get("size_range", pd.Series([None] * n))
    pairs = zip(colours, sizes, strict=True)
    parts = [
        _ColoursAndSizes(_parse_colours(c), *_parse_sizes(_split_list(s), True))
        for c, s in pairs
    ]
    brands: dict[Hashable, _ColoursAndSizes] = {}
    for brand, one in zip(products["brand_id"], parts, strict=True):
        other = brands.get(
            brand, _ColoursAndSizes(frozenset(), frozenset(), frozenset())
        )
        brands[brand] = _ColoursAndSizes(
            one.colours | other.colours,
            one.numbers | other.numbers,
            one.letters | other.letters,
        )
    words = frozenset(w for one in parts for colour in one.colours for w in colour)
    return _OfficialRange(parts, brands, words)


def _read_stated_range(columns: dict[str, Any]) -> _ColoursAndSizes:
    """Read a listing's ``variants_json`` and ``size_values``."""
    colours: list[str] = []
    sizes: list[str] = _split_list(columns.get("size_values"))
    for name, value in _iterate_json_values(columns.get("variants_json")):
        if name in _COLOUR_KEYS:
            colours.append(value)
        elif name in _SIZE_KEYS:
            sizes.append(value)
    return _ColoursAndSizes(
        _parse_colours(";".join(colours)), *_parse_sizes(sizes, False)
    )


def _iterate_json_values(text: Any) -> Iterable[tuple[str, str]]:
    """Yield key and text of each value: ``[{"color": "red"}]``, ``{"size": [9]}``."""
    try:
        read = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return
    for entry in read if isinstance(read, list) else [read]:
        for key, value in entry.items() if isinstance(entry, dict) else ():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, (str, int, float)):
                    yield key.strip().casefold(), str(one)


def _split_list(text: Any) -> list[str]:
    return text.split(";") if isinstance(text, str) else []


def _parse_colours(text: Any) -> frozenset[frozenset[str]]:
    sets = (frozenset(fold_words(part).split()) for part in _split_list(text))
    return frozenset(words for words in sets if words)


def _parse_sizes(
    texts: list[str], ranges: bool
) -> tuple[frozenset[float], frozenset[str]]:
    numbers: set[float] = set()
    letters: set[str] = set()
    for text in texts:
        span = _SIZE_RANGE.fullmatch(text.strip()) if ranges else None
        if span:
            numbers.update(_list_half_sizes(*map(_parse_number, span.groups())))
        elif len(found := _SIZE_NUMBER.findall(text)) == 1 and len(text) < 12:
            numbers.add(_parse_number(found[0]))
        elif text.strip().casefold() in _LETTER_SIZES:
            letters.add(text.strip().casefold())
    return frozenset(numbers), frozenset(letters)


def _list_half_sizes(low: float, high: float) -> Iterable[float]:
    """Return whole and half sizes from low to high."""
    if not 0 <= high - low <= _MAX_SIZE_SPAN:
        return ()
    return np.arange(low, high + 0.25, 0.5).tolist()


def _parse_number(text: str) -> float:
    return float(text.replace(",", "."))
