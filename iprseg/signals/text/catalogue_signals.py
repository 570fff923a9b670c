"""A12 and A13: a listing beside the official products of the brand it claims."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals.brands._fields import fold_words
from iprseg.signals.price.msrp import match_products
from iprseg.signals.text._official import official_parts, stated_parts

_CELLS_AT_ONCE = 5_000_000


def title_catalogue_sim(inputs: Inputs) -> Column:
    """A12: highest cosine of the title to an official product name of its brand.

    Names are vectors of three-letter pieces within words, weighted by their rarity in
    the catalogue (TF-IDF).
    """
    lacking = inputs.lacks("brand_catalogue.brand_id") or inputs.lacks(
        "brand_catalogue.model_name"
    )
    if lacking:
        return empty(inputs.n, lacking)
    products = _products(inputs)
    brand, values = inputs.brand, np.full(inputs.n, np.nan)
    names = [fold_words(name) for name in products["model_name"]]
    codes, of = pd.factorize(products["brand_id"])
    claimed = pd.Index(of).get_indexer(pd.Index(brand))
    if names and (claimed >= 0).any():
        rows = np.flatnonzero(claimed >= 0)
        titles = [inputs.words[inputs.titles[row]] for row in rows.tolist()]
        values[rows] = _best_cosine(titles, claimed[rows], names, codes)
    return _with_brand(inputs, full(values), claimed)


def model_name_impossible(inputs: Inputs) -> Column:
    """A13: 1 if a colour or size is offered that the brand does not make.

    Compared are the colourways and sizes of the official product (matched by gtin, else
    by model name in the title), or of all the brand's products where none matches.
    """
    lacking = inputs.lacks("brand_catalogue.brand_id")
    if lacking:
        return empty(inputs.n, lacking)
    stated = [c for c in ("variants_json", "size_values") if inputs.has(c)]
    if not stated:
        return empty(inputs.n, "column_absent: variants_json")
    catalogue = inputs.table("brand_catalogue")
    if not {"colourways", "size_range"} & set(catalogue.columns):  # type: ignore[union-attr]
        return empty(inputs.n, "column_absent: brand_catalogue.colourways")
    products = _products(inputs)
    claimed = pd.Index(products["brand_id"].unique()).get_indexer(
        pd.Index(inputs.brand)
    )
    values = np.full(inputs.n, np.nan)
    official = official_parts(products)
    match = _own_product(inputs, products)
    columns = {c: inputs.listings[c].to_numpy(dtype=object) for c in stated}
    seen: dict[tuple, float] = {}
    for row in np.flatnonzero(claimed >= 0).tolist():
        said = {name: column[row] for name, column in columns.items()}
        key = (match[row], inputs.brand[row], *said.values())
        if key not in seen:
            offered = stated_parts(said)
            seen[key] = official.impossible(int(match[row]), key[1], offered)
        values[row] = seen[key]
    result = _with_brand(inputs, full(values), claimed)
    return result.missing(np.isnan(values), "nothing_comparable")


def _own_product(inputs: Inputs, products: pd.DataFrame) -> NDArray[np.int64]:
    """Return the official product of the claimed brand that a listing is of, or -1."""
    match = match_products(inputs, products)
    brands = np.array([*products["brand_id"], None], dtype=object)
    return np.where(brands[match] == inputs.brand, match, -1)


def _products(inputs: Inputs) -> pd.DataFrame:
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


def _with_brand(inputs: Inputs, column: Column, claimed: NDArray) -> Column:
    untitled = inputs.listings["title"].isna()
    column = column.missing(untitled, inputs.gap("title"))
    column = column.missing(pd.isna(inputs.brand), "no_brand_claim")
    return column.missing(claimed < 0, "brand_not_in_catalogue")


def _best_cosine(
    titles: list[str],
    brand: NDArray[np.int64],
    names: list[str],
    of: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return for each title the highest cosine to a name of its brand."""
    from sklearn.feature_extraction.text import TfidfTransformer

    known = {piece: at for at, piece in enumerate(sorted(_all_pieces(names)))}
    if not known:  # no name has three letters
        return np.zeros(len(titles))
    weigh = TfidfTransformer()
    official = weigh.fit_transform(_counts(names, known)).astype(np.float32)
    which, distinct = pd.factorize(np.array(titles, dtype=object))
    listed = weigh.transform(_counts(distinct, known)).astype(np.float32)
    best = np.zeros(len(titles))
    order = np.argsort(brand, kind="stable")
    bounds = np.flatnonzero(np.diff(brand[order])) + 1
    for rows in np.split(order, bounds):
        own = official[np.flatnonzero(of == brand[rows[0]])].T.tocsr()
        step = max(1, _CELLS_AT_ONCE // own.shape[1])
        for at in range(0, len(rows), step):
            part = rows[at : at + step]
            near = (listed[which[part]] @ own).max(axis=1)
            best[part] = near.toarray().ravel()
    return np.minimum(best, 1.0)


def _pieces(word: str) -> list[str]:
    """Return the three-letter pieces of a word, its ends marked by spaces.

    Examples
    --------
    >>> _pieces("korda")
    [' ko', 'kor', 'ord', 'rda', 'da ']
    """
    ended = f" {word} "
    return [ended[at : at + 3] for at in range(len(ended) - 2)]


def _all_pieces(texts: Iterable[str]) -> set[str]:
    return {piece for text in texts for word in text.split() for piece in _pieces(word)}


def _counts(texts: Sequence[str], known: dict[str, int]) -> sparse.csr_matrix:
    """Count the known pieces of each text; a word is taken apart once."""
    of_word: dict[str, list[int]] = {}
    places: list[int] = []
    ends = [0]
    for text in texts:
        for word in text.split():
            if word not in of_word:
                of_word[word] = [known[p] for p in _pieces(word) if p in known]
            places += of_word[word]
        ends.append(len(places))
    shape = (len(ends) - 1, len(known))
    counts = sparse.csr_matrix((np.ones(len(places)), places, ends), shape=shape)
    counts.sum_duplicates()
    return counts
