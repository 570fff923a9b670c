"""B08 and B10: more pieces than a brand's goods are sold in."""

import numpy as np

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full, numbers
from iprseg.signals.price._leave_out import leave_out
from iprseg.signals.price.ratios import MIN_OTHERS, _groups, _sellers


def stock_anomaly(inputs: Inputs) -> Column:
    """B08: log stock over the median log stock of other sellers, same brand, category.

    Both are ln(1 + pieces): two hundred beside twenty is 1.7 times as much.
    """
    if not inputs.has("stock_qty"):
        return empty(inputs.n, "column_absent: stock_qty")
    stock = _count(inputs, "stock_qty", least=0)
    stock = Column(np.log1p(stock.values), stock.reasons)
    group, stock = _groups(inputs, "brand", of=stock, priced=False)
    median, _, others = leave_out(stock.values, group, _sellers(inputs))
    sold_out = ~(median > 0)
    ratio = Column(stock.values / np.where(sold_out, 1.0, median), stock.reasons)
    return ratio.missing(others < MIN_OTHERS, "thin_group").missing(
        sold_out, "others_sold_out"
    )


def bulk_offer(inputs: Inputs) -> Column:
    """B10: 1 if a listing that names a protected brand asks for two pieces or more."""
    if not inputs.has("min_order_qty"):
        return empty(inputs.n, "column_absent: min_order_qty")
    least = _count(inputs, "min_order_qty", least=1)
    branded = inputs.rows_of(inputs.claims[inputs.protected])
    return Column(
        np.where(np.isnan(least.values), np.nan, (least.values > 1) & branded),
        least.reasons,
    )


def _count(inputs: Inputs, name: str, least: int) -> Column:
    """Return a number of pieces; what is below the least there can be is missing."""
    count = numbers(inputs.listings, name)
    sound = (count >= least) & np.isfinite(count)
    column = full(np.where(sound, count, np.nan))
    column = column.missing(np.isnan(count), inputs.gap(name))
    return column.missing(~sound, f"value_too_low_or_endless: {name}")
