"""B01 to B05 and B08 to B11: prices and quantities beside others' and the maker's own."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.brands.brand_list import fold_words
from iprseg.signals.inputs import (
    Column,
    Inputs,
    make_column,
    make_missing_column,
    parse_numbers,
)
from iprseg.signals.registry import signal
from iprseg.tables.access import to_text_list

_MIN_OTHERS = 8
# Makes the median absolute deviation estimate the standard deviation of a normal.
_MAD_TO_SD = 1.4826


def _read_prices(inputs: Inputs) -> Column:
    if not inputs.has("price"):
        return make_missing_column(inputs.n, "column_absent: price")
    price = parse_numbers(inputs.listings, "price")
    sound = (price > 0) & np.isfinite(price)
    column = make_column(np.where(sound, price, np.nan))
    column = column.missing(np.isnan(price), inputs.gap("price"))
    return column.missing(~sound, "value_not_positive: price")


def _encode_groups(
    inputs: Inputs, *keys: str, of: Column | None = None, priced: bool = True
) -> tuple[NDArray[np.int64], Column]:
    """Give comparison groups numbers; the column says why a row is in none.

    Of what is no price (`priced` false) currencies do not matter.
    """
    parts, column = [], _read_prices(inputs) if of is None else of
    if "brand" in keys:
        parts.append(inputs.codes("brand"))
        column = column.missing(pd.isna(inputs.brand), "no_brand")
    if not inputs.has("category_path"):
        column = column.missing(np.ones(inputs.n, bool), "column_absent: category_path")
    else:
        path = inputs.listings["category_path"]
        column = column.missing(path.isna(), inputs.gap("category_path"))
        parts.append(inputs.codes("category_path"))
    for key in ("currency", "market", *keys) if priced else ("market", *keys):
        if key != "brand" and inputs.has(key):
            parts.append(inputs.codes(key))
    if not parts:
        return np.full(inputs.n, -1), column
    code = parts[0]
    for part in parts[1:]:
        # numbered anew at each step, so that codes never overflow
        code = pd.factorize(code * (part.max(initial=0) + 1) + part)[0]
    return np.where(np.isnan(column.values), -1, code), column


def _encode_sellers(inputs: Inputs) -> NDArray[np.int64]:
    if not inputs.has("seller_id"):
        return np.full(inputs.n, -1)
    return pd.factorize(inputs.listings["seller_id"])[0].astype(np.int64)


def _compute_ratio_to_others(inputs: Inputs, *keys: str) -> Column:
    group, column = _encode_groups(inputs, *keys)
    median, _, others = compute_median_of_others(
        column.values, group, _encode_sellers(inputs)
    )
    ratio = Column(column.values / median, column.reasons)
    return ratio.missing(others < _MIN_OTHERS, "thin_group")


@signal("B02")
def price_ratio_brand_cat(inputs: Inputs) -> Column:
    """B02: price over the median of other sellers, same brand and category."""
    return _compute_ratio_to_others(inputs, "brand", "condition")


@signal("B03")
def price_ratio_category(inputs: Inputs) -> Column:
    """B03: price over the median of other sellers in the category."""
    return _compute_ratio_to_others(inputs)


@signal("B04")
def log_price_z_mad(inputs: Inputs) -> Column:
    """B04: robust z score of the log price within brand and category."""
    group, column = _encode_groups(inputs, "brand")
    logs = np.log(np.where(np.isnan(column.values), 1.0, column.values))
    logs = np.where(np.isnan(column.values), np.nan, logs)
    median, mad, others = compute_median_of_others(logs, group, _encode_sellers(inputs))
    # Equal prices leave rounding dust of about 1e-16 behind.
    flat = ~(mad > 1e-12)
    score = (logs - median) / np.where(flat, 1.0, _MAD_TO_SD * mad)
    result = Column(score, column.reasons)
    return result.missing(others < _MIN_OTHERS, "thin_group").missing(flat, "no_spread")


@signal("B05")
def discount_depth(inputs: Inputs) -> Column:
    """B05: discount from the list price, as a share of it."""
    price = _read_prices(inputs)
    if not inputs.has("list_price"):
        return make_missing_column(inputs.n, "column_absent: list_price")
    listed = parse_numbers(inputs.listings, "list_price")
    sound = (listed > 0) & np.isfinite(listed)
    safe = np.where(sound, listed, 1.0)
    # a price over a list price of next to nothing may be too large for a number
    with np.errstate(over="ignore"):
        result = Column(1.0 - price.values / safe, price.reasons)
    result = result.missing(np.isnan(listed), inputs.gap("list_price"))
    return result.missing(~sound, "value_not_positive: list_price")


@signal("B01")
def price_ratio_msrp(inputs: Inputs) -> Column:
    """B01: price over the recommended price of the official product it matches.

    Missing where the title sells several pieces: the list price is of one.
    """
    catalogue = inputs.table("brand_catalogue")
    if catalogue is None:
        return make_missing_column(inputs.n, inputs.no_table("brand_catalogue"))
    if "msrp" not in catalogue.columns:
        return make_missing_column(inputs.n, "column_absent: brand_catalogue.msrp")
    products = catalogue.reset_index()
    msrp = parse_numbers(products, "msrp")
    products = products[(msrp > 0) & np.isfinite(msrp)].reset_index(drop=True)
    match = match_products(inputs, products)
    price = _read_prices(inputs)
    msrp = np.append(parse_numbers(products, "msrp"), np.nan)[match]
    result = Column(price.values / msrp, price.reasons)
    result = result.missing(match < 0, "no_catalogue_match")
    result = result.missing(
        _mask_several_pieces(inputs, products, match), "sells_several"
    )
    return result.missing(
        _mask_other_currency(inputs, products, match), "other_currency"
    )


def match_products(inputs: Inputs, products: pd.DataFrame) -> NDArray[np.int64]:
    """Return the product of each listing: by GTIN, else by brand and model; -1 none."""
    match = np.full(inputs.n, -1)
    if inputs.has("gtin") and "gtin" in products.columns:
        by_gtin = {
            _normalise_gtin(g): i
            for i, g in enumerate(products["gtin"])
            if _normalise_gtin(g)
        }
        match = _match_by_gtin(inputs.listings["gtin"].to_numpy(dtype=object), by_gtin)
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
                match[row] = _match_title_to_model(
                    words[titles[row]], models[brands[row]]
                )
    return match


def _match_by_gtin(gtins: NDArray, known: dict[str, int]) -> NDArray[np.int64]:
    match = np.full(len(gtins), -1)
    for row in np.flatnonzero(pd.notna(gtins)).tolist():
        match[row] = known.get(_normalise_gtin(gtins[row]), -1)
    return match


def _match_title_to_model(words: str, models: list[tuple[str, int]]) -> int:
    words = f" {words} "
    held = [(len(model), i) for model, i in models if model in words]
    # "Quorvane Intense" rather than "Quorvane".
    return max(held)[1] if held else -1


def _mask_several_pieces(
    inputs: Inputs, products: pd.DataFrame, match: NDArray
) -> NDArray[np.bool_]:
    """Tell which matched listings sell several pieces of what is one product."""
    names = to_text_list(products.get("model_name", pd.Series([None] * len(products))))
    titles = inputs.titles
    several = np.zeros(inputs.n, dtype=bool)
    for row in np.flatnonzero(match >= 0).tolist():
        several[row] = sells_several(titles[row], names[match[row]])
    return several


def _normalise_gtin(gtin: object) -> str:
    text = str(int(gtin)) if isinstance(gtin, float) and gtin == gtin else str(gtin)
    if not text.isdigit():
        text = "".join(char for char in text if char.isdigit())
    digits = text.lstrip("0")
    return digits if len(digits) >= 7 else ""


def _mask_other_currency(
    inputs: Inputs, products: pd.DataFrame, match: NDArray
) -> NDArray[np.bool_]:
    if not inputs.has("currency") or "currency" not in products.columns:
        return np.zeros(inputs.n, dtype=bool)
    theirs = np.array([*products["currency"], None], dtype=object)[match]
    ours = inputs.listings["currency"].to_numpy(dtype=object)
    return (match >= 0) & (ours != theirs)


@signal("B09")
def size_run_anomaly(inputs: Inputs) -> Column:
    """B09: share of the sizes offered that the matching official product lacks."""
    catalogue = inputs.table("brand_catalogue")
    if catalogue is None:
        return make_missing_column(inputs.n, inputs.no_table("brand_catalogue"))
    if "size_range" not in catalogue.columns:
        return make_missing_column(
            inputs.n, "column_absent: brand_catalogue.size_range"
        )
    if not inputs.has("size_values"):
        return make_missing_column(inputs.n, "column_absent: size_values")
    products = catalogue.reset_index()
    official = [_parse_sizes(one) for one in products["size_range"]]
    match = match_products(inputs, products)
    values = np.full(inputs.n, np.nan)
    reasons = np.full(inputs.n, "", dtype=object)
    sizes = inputs.listings["size_values"].to_numpy(dtype=object)
    read = {one: _parse_sizes(one) for one in {s for s in sizes if isinstance(s, str)}}
    gap = inputs.gap("size_values")
    for row, written in enumerate(sizes):
        offered = read[written] if isinstance(written, str) else set()
        known = official[match[row]] if match[row] >= 0 else set()
        if not offered:
            unknown = not isinstance(written, str)
            reasons[row] = gap if unknown else "no_sizes"
        elif not known:
            none = match[row] < 0
            reasons[row] = "no_catalogue_match" if none else "no_official_sizes"
        else:
            values[row] = len(offered - known) / len(offered)
    return Column(values, reasons)


def _parse_sizes(written: object) -> set[str]:
    """Return sizes alike however they are written: "3,4 OZ" is "3.4oz".

    Examples
    --------
    >>> sorted(_parse_sizes("S; m;3,4 OZ;"))
    ['3.4oz', 'm', 's']
    """
    if not isinstance(written, str):
        return set()
    tidy = re.sub(r"\s+", "", written.casefold()).replace(",", ".")
    return set(filter(None, tidy.split(";")))


@signal("B08")
def stock_anomaly(inputs: Inputs) -> Column:
    """B08: log stock over the median log stock of other sellers, same brand, category.

    Both are ln(1 + pieces): two hundred beside twenty is 1.7 times as much.
    """
    if not inputs.has("stock_qty"):
        return make_missing_column(inputs.n, "column_absent: stock_qty")
    stock = _read_counts(inputs, "stock_qty", least=0)
    stock = Column(np.log1p(stock.values), stock.reasons)
    group, stock = _encode_groups(inputs, "brand", of=stock, priced=False)
    median, _, others = compute_median_of_others(
        stock.values, group, _encode_sellers(inputs)
    )
    sold_out = ~(median > 0)
    ratio = Column(stock.values / np.where(sold_out, 1.0, median), stock.reasons)
    return ratio.missing(others < _MIN_OTHERS, "thin_group").missing(
        sold_out, "others_sold_out"
    )


@signal("B10")
def bulk_offer(inputs: Inputs) -> Column:
    """B10: 1 if a listing that names a protected brand asks for two pieces or more."""
    if not inputs.has("min_order_qty"):
        return make_missing_column(inputs.n, "column_absent: min_order_qty")
    least = _read_counts(inputs, "min_order_qty", least=1)
    branded = inputs.rows_of(inputs.claims[inputs.protected])
    return Column(
        np.where(np.isnan(least.values), np.nan, (least.values > 1) & branded),
        least.reasons,
    )


def _read_counts(inputs: Inputs, name: str, least: int) -> Column:
    """Return a number of pieces; what is below the least there can be is missing."""
    count = parse_numbers(inputs.listings, name)
    sound = (count >= least) & np.isfinite(count)
    column = make_column(np.where(sound, count, np.nan))
    column = column.missing(np.isnan(count), inputs.gap(name))
    return column.missing(~sound, f"value_too_low_or_endless: {name}")


_MIN_MODELS = 5


@signal("B11", "seller")
def price_dispersion_low(inputs: Inputs, sellers: pd.Index) -> Column:
    """B11: standard deviation of the log price over a seller's models of a brand.

    A model is a title; of several listings of one title the median price counts. A
    brand of fewer than five models is left out; several brands are averaged by models.
    """
    if not inputs.has("seller_id"):
        return make_missing_column(len(sellers), "column_absent: seller_id")
    price = _read_prices(inputs)
    if not inputs.has("price"):
        return make_missing_column(len(sellers), "column_absent: price")
    listings = inputs.listings
    rows = pd.DataFrame(
        {
            "seller": listings["seller_id"].to_numpy(dtype=object),
            "brand": inputs.brand,
            "currency": _read_texts(inputs, "currency"),
            "log": np.log(price.values),
        }
    )
    rows["model"] = [fold_words(str(title)) for title in listings["title"]]
    keys = ["seller", "brand", "currency"]
    models = rows.dropna().groupby([*keys, "model"])["log"].median()
    of_brand = models.groupby(keys).agg(["std", "count"])
    of_brand = of_brand[of_brand["count"] >= _MIN_MODELS]
    weighted = (of_brand["std"] * of_brand["count"]).groupby("seller").sum()
    values = weighted / of_brand["count"].groupby("seller").sum()
    spread = values.reindex(sellers).to_numpy(dtype=float)
    listed = sellers.isin(rows["seller"].dropna())
    result = make_column(spread).missing(~listed, "no_listings")
    return result.missing(np.isnan(spread), "thin_group")


def _read_texts(inputs: Inputs, name: str) -> np.ndarray:
    if not inputs.has(name):
        return np.full(inputs.n, "", dtype=object)
    return inputs.listings[name].fillna("").astype(str).to_numpy(dtype=object)


_PIECE_WORDS = (
    r"pcs|pieces|units?|unidades?|unids?|un|uds?|st(?:ü|ue)ck|stk|pi[eè]ces|pezzi|"
    r"sztuk[ia]?|szt|adet|шт|штук[иа]?|buah|bijis?|chi[eế]c|cái|pack|packs|pares|pairs"
)
_SEVERAL_PATTERN = re.compile(
    # "kit", "combo": a set of unnamed size; "repair kit" may be one thing, but its
    # price is then no more known to be of the product named
    r"\b(?:kits?|combo|bundle|lote|paket|zestaw|lotto|комплект|набор)\b"
    r"|\b(?:pack|set|lot|juego|conjunto|jogo|pacote|coffret|confezione)"
    r"(?: of| de| com| con| da| di| c/)? ?0?(?:[2-9]|[1-9]\d)\b"
    # "2x cartridge" but neither "50 x 70 cm" nor "10x zoom"
    r"|(?<![\w.,])0?[2-9] ?[x×](?= ?[^\W\d])"
    rf"|(?<![\w.,])0?(?:[2-9]|[1-9]\d) ?(?:{_PIECE_WORDS})\b"
    r"|[2-9][个個本件支瓶盒개]\w{0,2}(?:装|入|セット|组|組|세트)?"
    # "A + B", but not "8 + 256 GB"
    r"|[^\W\d]\)? \+ \(?[^\W\d]",
    re.IGNORECASE,
)


def sells_several(title: str, product: str) -> bool:
    """Tell whether a title announces several pieces that the product's name does not.

    Examples
    --------
    >>> sells_several("Kit 2 cartridges Zephyra 66", "Zephyra 66")
    True
    >>> sells_several("Zephyra 66 cloth 50 x 70 cm", "Zephyra 66")
    False
    """
    found = _SEVERAL_PATTERN.search(title)
    return found is not None and found.group().casefold() not in product.casefold()


def compute_median_of_others(
    values: NDArray[np.float64], group: NDArray[np.int64], seller: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Describe each row's group without the rows of its seller.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        NaN rows are in no group.
    group : ndarray of int, shape (n,)
        -1 for no group.
    seller : ndarray of int, shape (n,)
        -1 for unknown: then only the row itself is left out.

    Returns
    -------
    median, mad : ndarray of float, shape (n,)
        NaN where nobody else is in the group. The deviation is from `median`, unscaled.
    others : ndarray of int, shape (n,)
        Rows of the group that are not the seller's.

    Notes
    -----
    Exact, in O(n log n): each group is sorted once; the i-th value that remains after a
    seller's rows are taken out is found by searching the ranks of those rows. The k
    values nearest to a centre are a window of the sorted values, so the k-th smallest
    deviation is found by bisection over the window's start.

    Examples
    --------
    >>> x, g, s = np.array([1.0, 2, 3, 9]), np.zeros(4, int), np.array([0, 1, 2, 0])
    >>> [a.tolist() for a in compute_median_of_others(x, g, s)]
    [[2.5, 3.0, 2.0, 2.5], [0.5, 2.0, 1.0, 0.5], [2, 3, 3, 2]]
    """
    n = len(values)
    median, mad = np.full(n, np.nan), np.full(n, np.nan)
    others = np.zeros(n, dtype=np.int64)
    used = np.flatnonzero((group >= 0) & ~np.isnan(values))
    if len(used):
        owner = np.where(seller >= 0, seller, n + seller.max() + np.arange(n) + 1)
        parts = _GroupsWithoutSeller(values[used], group[used], owner[used])
        m, d = parts.median_and_mad()
        median[used], mad[used] = m[parts.pair], d[parts.pair]
        others[used] = parts.size[parts.pair]
    return median, mad, others


class _GroupsWithoutSeller:
    """Groups with one seller taken out, for all (group, seller) pairs at once."""

    def __init__(self, values: NDArray, group: NDArray, owner: NDArray):
        order = np.lexsort((values, group))
        self.sorted = values[order]
        group, owner = group[order], owner[order]
        first = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
        of_group = np.cumsum(np.diff(group, prepend=group[0] - 1) != 0) - 1
        rank = np.arange(len(group)) - first[of_group]
        by_pair = np.lexsort((rank, owner, of_group))
        new = _mark_value_changes(of_group[by_pair]) | _mark_value_changes(
            owner[by_pair]
        )
        pair = np.cumsum(new) - 1
        self.first = np.flatnonzero(new)
        self.pair = np.empty(len(group), dtype=np.int64)
        self.pair[order[by_pair]] = pair
        removed = np.diff(np.append(self.first, len(group)))
        self.base = first[of_group[by_pair]][self.first]
        sizes = np.diff(np.append(first, len(group)))
        self.size = sizes[of_group[by_pair]][self.first] - removed
        # With j of its rows before it, a seller's row of rank r stands after r - j
        # remaining ones.
        step = rank[by_pair] - (np.arange(len(group)) - self.first[pair])
        self.stride = len(group) + 1
        self.keys = pair * self.stride + step

    def at(self, i: NDArray) -> NDArray:
        """Return the i-th remaining value of every pair (i within its size)."""
        pairs = np.arange(len(self.first))
        key = pairs * self.stride + i
        skipped = np.searchsorted(self.keys, key, side="right") - self.first
        place = np.clip(self.base + i + skipped, 0, len(self.sorted) - 1)
        return self.sorted[place]

    def median_and_mad(self) -> tuple[NDArray, NDArray]:
        """Return both for every pair, NaN where nobody remains."""
        low, high = np.maximum(self.size - 1, 0) // 2, self.size // 2
        median = (self.at(low) + self.at(high)) / 2
        mad = (
            self._find_kth_deviation(median, low + 1)
            + self._find_kth_deviation(median, high + 1)
        ) / 2
        nobody = self.size == 0
        return np.where(nobody, np.nan, median), np.where(nobody, np.nan, mad)

    def _find_kth_deviation(self, centre: NDArray, k: NDArray) -> NDArray:
        """Return the k-th smallest distance of remaining values from a centre."""
        k = np.minimum(k, np.maximum(self.size, 1))
        low = np.zeros(len(k), dtype=np.int64)
        high = np.maximum(self.size - k, 0)
        # The first window start whose right end is as far away as its left end.
        while (low < high).any():
            middle = (low + high) // 2
            enough = self.at(middle + k - 1) - centre >= centre - self.at(middle)
            high = np.where(enough, middle, high)
            low = np.where(enough, low, np.minimum(middle + 1, high))
        return np.minimum(
            self._measure_window_reach(low, k, centre),
            self._measure_window_reach(np.maximum(low - 1, 0), k, centre),
        )

    def _measure_window_reach(
        self, start: NDArray, k: NDArray, centre: NDArray
    ) -> NDArray:
        return np.maximum(centre - self.at(start), self.at(start + k - 1) - centre)


def _mark_value_changes(values: NDArray) -> NDArray[np.bool_]:
    return np.concatenate([[True], values[1:] != values[:-1]])
