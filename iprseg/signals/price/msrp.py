"""B01: the price beside the maker's own."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, numbers
from iprseg.signals._tables import texts_of
from iprseg.signals.brands._fields import fold_words
from iprseg.signals.price._packs import sells_several
from iprseg.signals.price.ratios import _price


def price_ratio_msrp(inputs: Inputs) -> Column:
    """B01: price over the recommended price of the official product it matches.

    Missing where the title sells several pieces: the list price is of one.
    """
    catalogue = inputs.table("brand_catalogue")
    if catalogue is None:
        return empty(inputs.n, inputs.no_table("brand_catalogue"))
    if "msrp" not in catalogue.columns:
        return empty(inputs.n, "column_absent: brand_catalogue.msrp")
    products = catalogue.reset_index()
    msrp = numbers(products, "msrp")
    products = products[(msrp > 0) & np.isfinite(msrp)].reset_index(drop=True)
    match = match_products(inputs, products)
    price = _price(inputs)
    msrp = np.append(numbers(products, "msrp"), np.nan)[match]
    result = Column(price.values / msrp, price.reasons)
    result = result.missing(match < 0, "no_catalogue_match")
    result = result.missing(_several(inputs, products, match), "sells_several")
    return result.missing(_other_currency(inputs, products, match), "other_currency")


def match_products(inputs: Inputs, products: pd.DataFrame) -> NDArray[np.int64]:
    """Return the product of each listing: by GTIN, else by brand and model; -1 none."""
    match = np.full(inputs.n, -1)
    if inputs.has("gtin") and "gtin" in products.columns:
        by_gtin = {_digits(g): i for i, g in enumerate(products["gtin"]) if _digits(g)}
        match = _by_gtin(inputs.listings["gtin"].to_numpy(dtype=object), by_gtin)
    if {"model_name", "brand_id"} <= set(products.columns):
        models: dict[str, list[tuple[str, int]]] = {}
        for i, (brand, model) in enumerate(
            zip(products["brand_id"], products["model_name"], strict=True)
        ):
            if isinstance(model, str) and fold_words(model):
                models.setdefault(brand, []).append((f" {fold_words(model)} ", i))
        brands, titles, words = inputs.brand, inputs.titles, inputs.words
        for row in np.flatnonzero(match < 0).tolist():
            if brands[row] in models:
                match[row] = _by_model(words[titles[row]], models[brands[row]])
    return match


def _by_gtin(gtins: NDArray, known: dict[str, int]) -> NDArray[np.int64]:
    match = np.full(len(gtins), -1)
    for row in np.flatnonzero(pd.notna(gtins)).tolist():
        match[row] = known.get(_digits(gtins[row]), -1)
    return match


def _by_model(words: str, models: list[tuple[str, int]]) -> int:
    words = f" {words} "
    held = [(len(model), i) for model, i in models if model in words]
    # "Quorvane Intense" rather than "Quorvane".
    return max(held)[1] if held else -1


def _several(
    inputs: Inputs, products: pd.DataFrame, match: NDArray
) -> NDArray[np.bool_]:
    """Tell which matched listings sell several pieces of what is one product."""
    names = texts_of(products.get("model_name", pd.Series([None] * len(products))))
    titles = inputs.titles
    several = np.zeros(inputs.n, dtype=bool)
    for row in np.flatnonzero(match >= 0).tolist():
        several[row] = sells_several(titles[row], names[match[row]])
    return several


def _digits(gtin: object) -> str:
    text = str(int(gtin)) if isinstance(gtin, float) and gtin == gtin else str(gtin)
    if not text.isdigit():
        text = "".join(char for char in text if char.isdigit())
    digits = text.lstrip("0")
    return digits if len(digits) >= 7 else ""


def _other_currency(
    inputs: Inputs, products: pd.DataFrame, match: NDArray
) -> NDArray[np.bool_]:
    if not inputs.has("currency") or "currency" not in products.columns:
        return np.zeros(inputs.n, dtype=bool)
    theirs = np.array([*products["currency"], None], dtype=object)[match]
    ours = inputs.listings["currency"].to_numpy(dtype=object)
    return (match >= 0) & (ours != theirs)
