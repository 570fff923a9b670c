"""D04: how often the brand's listings of other sellers met a valid notice."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._gated import dates, rows_of
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full

_NEEDED = (
    "notices.notice_id",
    "notices.valid",
    "notices.ts_received",
    "notice_items.notice_id",
    "notice_items.listing_id",
)
_ALPHA, _MIN_BASE, _MIN_N = 10, 50, 8


def brand_risk_index(inputs: Inputs) -> Column:
    """D04: listings of the brand with a valid notice, per 1,000, shrunk.

    Counted over other sellers' listings; shrunk to the rate of others in the market and
    category, or of all others where those are fewer than 50.
    """
    absent = next(filter(None, map(inputs.lacks, _NEEDED)), None)
    if absent is not None:
        return empty(inputs.n, absent)
    listings = inputs.listings
    no_seller = pd.Series([None] * inputs.n, index=listings.index)
    seller = pd.factorize(listings.get("seller_id", no_seller))[0]
    # of a listing without a seller, only the listing itself is left out
    seller = np.where(seller >= 0, seller, -1 - np.arange(inputs.n))
    hit = listings.index.isin(_noticed(inputs)).astype(float)
    place = listings.reindex(columns=["market", "category_path"]).groupby(
        ["market", "category_path"], dropna=False
    )
    brand = pd.factorize(inputs.brand)[0]
    n, k = _others(brand, seller, hit)
    base = _base_rate(place.ngroup().to_numpy(), seller, hit)
    values = 1000 * (k + _ALPHA * base) / (n + _ALPHA)
    result = full(values).missing(brand < 0, "no_brand")
    result = result.missing(n < _MIN_N, "thin_group")
    return result.missing(np.isnan(values), "no_other_seller")


def _noticed(inputs: Inputs) -> pd.Series:
    notices, items = rows_of(inputs, "notices"), rows_of(inputs, "notice_items")
    known = dates(notices["ts_received"]) < inputs.now
    valid = notices["valid"].fillna(False).astype(bool)
    ids = notices.loc[known & valid, "notice_id"]
    return items.loc[items["notice_id"].isin(ids), "listing_id"]


def _others(
    group: NDArray, seller: NDArray, hit: NDArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count rows and hits of each row's group that are not its seller's."""
    table = pd.DataFrame({"group": group, "seller": seller, "hit": hit})
    every = table.groupby("group")["hit"]
    own = table.groupby(["group", "seller"])["hit"]
    n = every.transform("size") - own.transform("size")
    k = every.transform("sum") - own.transform("sum")
    return n.to_numpy(dtype=float), k.to_numpy(dtype=float)


def _base_rate(place: NDArray, seller: NDArray, hit: NDArray) -> NDArray[np.float64]:
    near_n, near_k = _others(place, seller, hit)
    far_n, far_k = _others(np.zeros(len(hit), dtype=int), seller, hit)
    near = near_n >= _MIN_BASE
    n, k = np.where(near, near_n, far_n), np.where(near, near_k, far_k)
    return np.where(n > 0, k / np.maximum(n, 1), np.nan)
