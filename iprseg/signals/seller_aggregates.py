"""Bring listing signals to the seller: their mean, and the share beyond a bound."""

import numpy as np
import pandas as pd

from iprseg.errors import TableError
from iprseg.signals._catalogue import signal_catalogue
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, full


def seller_index(inputs: Inputs) -> pd.Index:
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
    inputs: Inputs, columns: dict[str, Column], sellers: pd.Index
) -> dict[str, Column]:
    """Return ``…_mean`` and ``…_share`` of each listing signal, by seller."""
    if not inputs.has("seller_id"):
        return {}
    seller = sellers.get_indexer(pd.Index(inputs.listings["seller_id"]))
    catalogue = signal_catalogue()
    out = {}
    for name, column in columns.items():
        row = catalogue.loc[name.split("_")[0]]
        out[f"{name}_mean"] = _mean(column.values, column, seller, len(sellers))
        # The mean of a yes-or-no signal is its share already.
        if not np.isnan(row["tau"]):
            low = row["direction"] == "-"
            beyond = column.values < row["tau"] if low else column.values > row["tau"]
            out[f"{name}_share"] = _mean(beyond * 1.0, column, seller, len(sellers))
    return out


def _mean(values: np.ndarray, column: Column, seller: np.ndarray, n: int) -> Column:
    used = (seller >= 0) & ~np.isnan(column.values)
    count = np.bincount(seller[used], minlength=n)
    total = np.bincount(seller[used], weights=values[used], minlength=n)
    listed = np.bincount(seller[seller >= 0], minlength=n) > 0
    result = full(np.where(count > 0, total / np.maximum(count, 1), np.nan))
    reason = _common_reason(column)
    result = result.missing(~listed, "no_listings")
    return result.missing(count == 0, reason)


def _common_reason(column: Column) -> str:
    """Return the reason if all rows share it; else say it is one of the listings'."""
    reasons = set(column.reasons[np.isnan(column.values)])
    return reasons.pop() if len(reasons) == 1 else "missing_in_all_listings"
