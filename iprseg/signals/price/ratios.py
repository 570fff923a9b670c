"""B01 to B05: the price beside what it should be."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full, numbers
from iprseg.signals.price._leave_out import leave_out

MIN_OTHERS = 8
# Makes the median absolute deviation estimate the standard deviation of a normal.
_MAD_TO_SD = 1.4826


def _price(inputs: Inputs) -> Column:
    if not inputs.has("price"):
        return empty(inputs.n, "column_absent: price")
    price = numbers(inputs.listings, "price")
    sound = (price > 0) & np.isfinite(price)
    column = full(np.where(sound, price, np.nan))
    column = column.missing(np.isnan(price), inputs.gap("price"))
    return column.missing(~sound, "value_not_positive: price")


def _groups(
    inputs: Inputs, *keys: str, of: Column | None = None, priced: bool = True
) -> tuple[NDArray[np.int64], Column]:
    """Give comparison groups numbers; the column says why a row is in none.

    Of what is no price (`priced` false) currencies do not matter.
    """
    parts, column = [], _price(inputs) if of is None else of
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


def _sellers(inputs: Inputs) -> NDArray[np.int64]:
    if not inputs.has("seller_id"):
        return np.full(inputs.n, -1)
    return pd.factorize(inputs.listings["seller_id"])[0].astype(np.int64)


def _ratio_to_others(inputs: Inputs, *keys: str) -> Column:
    group, column = _groups(inputs, *keys)
    median, _, others = leave_out(column.values, group, _sellers(inputs))
    ratio = Column(column.values / median, column.reasons)
    return ratio.missing(others < MIN_OTHERS, "thin_group")


def price_ratio_brand_cat(inputs: Inputs) -> Column:
    """B02: price over the median of other sellers, same brand and category."""
    return _ratio_to_others(inputs, "brand", "condition")


def price_ratio_category(inputs: Inputs) -> Column:
    """B03: price over the median of other sellers in the category."""
    return _ratio_to_others(inputs)


def log_price_z_mad(inputs: Inputs) -> Column:
    """B04: robust z score of the log price within brand and category."""
    group, column = _groups(inputs, "brand")
    logs = np.log(np.where(np.isnan(column.values), 1.0, column.values))
    logs = np.where(np.isnan(column.values), np.nan, logs)
    median, mad, others = leave_out(logs, group, _sellers(inputs))
    # Equal prices leave rounding dust of about 1e-16 behind.
    flat = ~(mad > 1e-12)
    score = (logs - median) / np.where(flat, 1.0, _MAD_TO_SD * mad)
    result = Column(score, column.reasons)
    return result.missing(others < MIN_OTHERS, "thin_group").missing(flat, "no_spread")


def discount_depth(inputs: Inputs) -> Column:
    """B05: discount from the list price, as a share of it."""
    price = _price(inputs)
    if not inputs.has("list_price"):
        return empty(inputs.n, "column_absent: list_price")
    listed = numbers(inputs.listings, "list_price")
    sound = (listed > 0) & np.isfinite(listed)
    safe = np.where(sound, listed, 1.0)
    # a price over a list price of next to nothing may be too large for a number
    with np.errstate(over="ignore"):
        result = Column(1.0 - price.values / safe, price.reasons)
    result = result.missing(np.isnan(listed), inputs.gap("list_price"))
    return result.missing(~sound, "value_not_positive: list_price")
