"""Bring listing signals to sellers and creators: mean, share, quantile, mean by value.

And list the sellers, creators and rights owners whose signals are asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.errors import TableError
from iprseg.signals.inputs import (
    Column,
    Inputs,
    make_column,
    make_missing_column,
    parse_numbers,
)
from iprseg.signals.registry import STAGES, signal_catalogue

_PROMOTIONS_STAGE = "T2"


def list_sellers(inputs: Inputs) -> pd.Index:
    """Return all sellers: of the table, then those only listings know, sorted.

    Raises
    ------
    TableError
        If no seller is known at all.
    """
    known = [] if inputs.sellers is None else inputs.sellers.index.tolist()
    listed = []
    if inputs.has("seller_id"):
        listed = sorted(inputs.listings["seller_id"].dropna().unique(), key=str)
    everyone = list(dict.fromkeys([*known, *listed]))
    if not everyone:
        raise TableError(
            "Seller signals need sellers, and no listing has a 'seller_id'; use "
            "level='listing'."
        )
    return pd.Index(everyone)


def aggregate_by_seller(
    inputs: Inputs,
    columns: dict[str, Column],
    sellers: pd.Index,
    max_stage: str | None = None,
) -> dict[str, Column]:
    """Return the aggregates of each listing signal over a seller's listings."""
    if not inputs.has("seller_id"):
        return {}
    seller = sellers.get_indexer(pd.Index(inputs.listings["seller_id"]))
    row = np.flatnonzero(seller >= 0)
    belonging = ListingOwners(row, seller[row], len(sellers))
    return aggregate_by_owner(inputs, columns, belonging, max_stage)


def knows_promotions(inputs: Inputs, max_stage: str | None) -> bool:
    """Tell whether the tables say, and the stage knows, who promotes which listing."""
    needed = ("promotions.creator_id", "promotions.listing_id", "listings.title")
    late = max_stage is not None and STAGES.index(max_stage) < STAGES.index(
        _PROMOTIONS_STAGE
    )
    held = inputs.table("listings") is not None
    return held and not late and not any(map(inputs.lacks, needed))


def aggregate_by_creator(
    inputs: Inputs,
    columns: dict[str, Column],
    creators: pd.Index,
    max_stage: str | None = None,
) -> dict[str, Column]:
    """Return the same over the listings a creator promotes, each once."""
    promotions = inputs.marketplace.promotions
    pairs = promotions[["creator_id", "listing_id"]].dropna().drop_duplicates()
    row = inputs.listings.index.get_indexer(pd.Index(pairs["listing_id"]))
    owner = creators.get_indexer(pd.Index(pairs["creator_id"]))
    held = (row >= 0) & (owner >= 0)
    belonging = ListingOwners(row[held], owner[held], len(creators))
    return aggregate_by_owner(inputs, columns, belonging, max_stage)


_SALES_STAGE = "T3"


@dataclass(frozen=True)
class ListingOwners:
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


def aggregate_by_owner(
    inputs: Inputs,
    columns: dict[str, Column],
    belonging: ListingOwners,
    max_stage: str | None,
) -> dict[str, Column]:
    """Return the aggregates of each listing signal, by owner.

    ``…_mean``; ``…_share`` beyond the bound and ``…_p90`` (``…_p10`` too where low
    values are the risky ones) of those that are no yes-or-no; ``…_gmv_mean``, weighted
    by the value sold, where the stage knows of sales.
    """
    catalogue = signal_catalogue()
    sold = None
    if max_stage is None or STAGES.index(max_stage) >= STAGES.index(_SALES_STAGE):
        sold = compute_value_sold(inputs)
    out = {}
    for name, column in columns.items():
        row = catalogue.loc[name.split("_")[0]]
        out[f"{name}_mean"] = _average_by_owner(column.values, column, belonging)
        # the mean of a yes-or-no signal is its share already
        if not np.isnan(row["tau"]):
            low = row["direction"] == "-"
            beyond = column.values < row["tau"] if low else column.values > row["tau"]
            out[f"{name}_share"] = _average_by_owner(beyond * 1.0, column, belonging)
            asked = {"p90": 0.9, "p10": 0.1} if low else {"p90": 0.9}
            found = _estimate_quantiles(column, belonging, *asked.values())
            out |= {f"{name}_{q}": one for q, one in zip(asked, found, strict=True)}
        if sold is not None:
            out[f"{name}_gmv_mean"] = _average_by_value_sold(column, sold, belonging)
    return out


def compute_value_sold(inputs: Inputs) -> Column:
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
        return make_missing_column(inputs.n, absent or inputs.no_table("orders_daily"))
    gmv = parse_numbers(orders, "gmv_usd")
    row = inputs.listings.index.get_indexer(pd.Index(orders["listing_id"]))
    used = (row >= 0) & (gmv > 0) & np.isfinite(gmv)
    top = gmv[used].max(initial=1.0)
    return make_column(
        np.bincount(row[used], weights=gmv[used] / top, minlength=inputs.n)
    )


def _average_by_owner(
    values: NDArray, column: Column, belonging: ListingOwners
) -> Column:
    known = ~np.isnan(column.values[belonging.row])
    count = belonging.total(np.ones(len(known)), known)
    total = belonging.total(values[belonging.row], known)
    result = make_column(np.where(count > 0, total / np.maximum(count, 1), np.nan))
    return _mark_missing_with_reason(result, column, belonging)


def _estimate_quantiles(
    column: Column, belonging: ListingOwners, *asked: float
) -> Iterator[Column]:
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
        yield _mark_missing_with_reason(make_column(result), column, belonging)


def _average_by_value_sold(
    column: Column, sold: Column, belonging: ListingOwners
) -> Column:
    values, weight = column.values[belonging.row], sold.values[belonging.row]
    selling = weight > 0
    known = selling & ~np.isnan(values)
    total = belonging.total(weight, known)
    sums = belonging.total(values * weight, known)
    result = make_column(
        np.where(total > 0, sums / np.where(total > 0, total, 1.0), np.nan)
    )
    result = result.missing(_mask_without_listings(belonging), "no_listings")
    if (sold.reasons != "").all() and len(sold.reasons):
        return result.missing(np.isnan(result.values), sold.reasons[0])
    result = result.missing(belonging.total(selling * 1.0) == 0, "no_sales")
    return result.missing(np.isnan(result.values), _find_common_reason(column))


def _mark_missing_with_reason(
    result: Column, column: Column, belonging: ListingOwners
) -> Column:
    result = result.missing(_mask_without_listings(belonging), "no_listings")
    return result.missing(np.isnan(result.values), _find_common_reason(column))


def _mask_without_listings(belonging: ListingOwners) -> NDArray[np.bool_]:
    return belonging.total(np.ones(len(belonging.row))) == 0


def _find_common_reason(column: Column) -> str:
    """Return the reason if all rows share it; else say it is one of the listings'."""
    reasons = set(column.reasons[np.isnan(column.values)])
    return reasons.pop() if len(reasons) == 1 else "missing_in_all_listings"


_ENTITY_COLUMNS = {
    "creator": [("creators", "creator_id"), ("promotions", "creator_id")],
    "rights_owner": [("notices", "ro_id")],
}


def list_creators_or_rights_owners(inputs: Inputs, level: str) -> pd.Index:
    """Return all creators, or all rights owners, sorted.

    Raises
    ------
    TableError
        If no table names one.
    """
    found: set = set()
    for table, column in _ENTITY_COLUMNS[level]:
        frame = inputs.table(table)
        if frame is not None and column in frame.columns:
            found |= set(frame[column].dropna())
    if not found:
        tables = " or ".join(f"{t}.{c}" for t, c in _ENTITY_COLUMNS[level])
        raise TableError(
            f"Signals of level {level!r} need {tables}, which no table holds; use "
            "level='listing'."
        )
    return pd.Index(sorted(found, key=str))
