"""From listings to their owners: mean, share, quantile, mean by value sold."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._catalogue import STAGES, signal_catalogue
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full, numbers

_SALES_KNOWN = "T3"


@dataclass(frozen=True)
class Belonging:
    """Which listing belongs to whom.

    Attributes
    ----------
    row, owner : ndarray of int, shape (m,)
        Position of the listing and of its owner; a listing may have several owners.
    n_owners : int
    """

    row: NDArray[np.int64]
    owner: NDArray[np.int64]
    n_owners: int

    def total(self, values: NDArray, where: NDArray | None = None) -> NDArray:
        """Sum values, one per pair, by owner."""
        owner = self.owner if where is None else self.owner[where]
        values = values if where is None else values[where]
        return np.bincount(owner, weights=values, minlength=self.n_owners)


def aggregate(
    inputs: Inputs,
    columns: dict[str, Column],
    belonging: Belonging,
    max_stage: str | None,
) -> dict[str, Column]:
    """Return the aggregates of each listing signal, by owner.

    ``…_mean``; ``…_share`` beyond the bound and ``…_p90`` (``…_p10`` too where low
    values are the risky ones) of those that are no yes-or-no; ``…_gmv_mean``, weighted
    by the value sold, where the stage knows of sales.
    """
    catalogue = signal_catalogue()
    sold = None
    if max_stage is None or STAGES.index(max_stage) >= STAGES.index(_SALES_KNOWN):
        sold = value_sold(inputs)
    out = {}
    for name, column in columns.items():
        row = catalogue.loc[name.split("_")[0]]
        out[f"{name}_mean"] = _mean(column.values, column, belonging)
        # the mean of a yes-or-no signal is its share already
        if not np.isnan(row["tau"]):
            low = row["direction"] == "-"
            beyond = column.values < row["tau"] if low else column.values > row["tau"]
            out[f"{name}_share"] = _mean(beyond * 1.0, column, belonging)
            asked = {"p90": 0.9, "p10": 0.1} if low else {"p90": 0.9}
            found = _quantiles(column, belonging, *asked.values())
            out |= {f"{name}_{q}": one for q, one in zip(asked, found, strict=True)}
        if sold is not None:
            out[f"{name}_gmv_mean"] = _weighted(column, sold, belonging)
    return out


def value_sold(inputs: Inputs) -> Column:
    """Return what each listing sold in the days known, over the most of any.

    What is below zero or without end counts for nothing.
    """
    absent = next(
        filter(
            None,
            map(inputs.lacks, ("orders_daily.listing_id", "orders_daily.gmv_usd")),
        ),
        None,
    )
    orders = inputs.table("orders_daily")
    if absent is not None or orders is None:
        return empty(inputs.n, absent or inputs.no_table("orders_daily"))
    gmv = numbers(orders, "gmv_usd")
    row = inputs.listings.index.get_indexer(pd.Index(orders["listing_id"]))
    used = (row >= 0) & (gmv > 0) & np.isfinite(gmv)
    top = gmv[used].max(initial=1.0)
    return full(np.bincount(row[used], weights=gmv[used] / top, minlength=inputs.n))


def _mean(values: NDArray, column: Column, belonging: Belonging) -> Column:
    known = ~np.isnan(column.values[belonging.row])
    count = belonging.total(np.ones(len(known)), known)
    total = belonging.total(values[belonging.row], known)
    result = full(np.where(count > 0, total / np.maximum(count, 1), np.nan))
    return _explained(result, column, belonging)


def _quantiles(column: Column, belonging: Belonging, *asked: float) -> Iterator[Column]:
    """Give quantiles by owner, between neighbours in proportion."""
    values = column.values[belonging.row]
    known = ~np.isnan(values)
    values, owner = values[known], belonging.owner[known]
    order = np.argsort(values)
    order = order[np.argsort(owner[order], kind="stable")]
    values = np.append(values[order], np.nan)
    count = np.bincount(owner, minlength=belonging.n_owners)
    first, last = np.cumsum(count) - count, np.maximum(count - 1, 0)
    for q in asked:
        low = np.floor(q * last).astype(np.int64)
        high = np.minimum(low + 1, last)
        below = values[np.minimum(first + low, len(values) - 1)]
        above = values[np.minimum(first + high, len(values) - 1)]
        result = below + (above - below) * (q * last - low)
        result = np.where(count > 0, result, np.nan)
        yield _explained(full(result), column, belonging)


def _weighted(column: Column, sold: Column, belonging: Belonging) -> Column:
    values, weight = column.values[belonging.row], sold.values[belonging.row]
    selling = weight > 0
    known = selling & ~np.isnan(values)
    total = belonging.total(weight, known)
    sums = belonging.total(values * weight, known)
    result = full(np.where(total > 0, sums / np.where(total > 0, total, 1.0), np.nan))
    result = result.missing(_nothing(belonging), "no_listings")
    if (sold.reasons != "").all() and len(sold.reasons):
        return result.missing(np.isnan(result.values), sold.reasons[0])
    result = result.missing(belonging.total(selling * 1.0) == 0, "no_sales")
    return result.missing(np.isnan(result.values), _common_reason(column))


def _explained(result: Column, column: Column, belonging: Belonging) -> Column:
    result = result.missing(_nothing(belonging), "no_listings")
    return result.missing(np.isnan(result.values), _common_reason(column))


def _nothing(belonging: Belonging) -> NDArray[np.bool_]:
    return belonging.total(np.ones(len(belonging.row))) == 0


def _common_reason(column: Column) -> str:
    """Return the reason if all rows share it; else say it is one of the listings'."""
    reasons = set(column.reasons[np.isnan(column.values)])
    return reasons.pop() if len(reasons) == 1 else "missing_in_all_listings"
