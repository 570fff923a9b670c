"""E02 and E04: which brands a seller lists, and how soon."""

import numpy as np
import pandas as pd

from iprseg.signals._gated import is_gated
from iprseg.signals._inputs import Inputs
from iprseg.signals._last_time import last_time
from iprseg.signals._result import Column, empty, full

_NEW_DAYS = 30


def brand_entropy(inputs: Inputs, sellers: pd.Index) -> Column:
    """E04: entropy (nats) of the brands among a seller's listings that name one."""
    if not inputs.has("seller_id"):
        return empty(len(sellers), "column_absent: seller_id")
    pairs = pd.DataFrame(
        {"seller": inputs.listings["seller_id"].to_numpy(), "brand": inputs.brand}
    ).dropna()
    count = pairs.groupby(["seller", "brand"]).size()
    share = count / count.groupby("seller").transform("sum")
    entropy = -(share * np.log(share)).groupby("seller").sum()
    values = entropy.reindex(sellers).to_numpy(dtype=float)
    # The sum of one brand alone is -0.0.
    return full(np.abs(values)).missing(np.isnan(values), "no_brand")


def new_account_highvalue(inputs: Inputs, sellers: pd.Index) -> Column:
    """E02: share of gated brands among the listings of an account under 30 days old.

    Gated are the brands of the list, or those marked in a column ``gated`` of the table
    ``brands``. The age is at ``as_of``, else at the last date the tables know.
    """
    accounts = inputs.sellers
    if accounts is None:
        return empty(len(sellers), inputs.no_table("sellers"))
    if "created_at" not in accounts.columns:
        return empty(len(sellers), "column_absent: sellers.created_at")
    if not inputs.has("seller_id"):
        return empty(len(sellers), "column_absent: seller_id")
    created = _dates(accounts["created_at"]).reindex(sellers)
    age = (_now(inputs) - created).dt.total_seconds().to_numpy() / 86_400
    gated = pd.Series(is_gated(inputs)).groupby(inputs.listings["seller_id"].to_numpy())
    share = gated.mean().reindex(sellers).to_numpy(dtype=float)
    result = full(np.where(age < _NEW_DAYS, share, 0.0))
    result = result.missing(np.isnan(age), "value_missing: created_at")
    return result.missing(np.isnan(share), "no_listings")


def _dates(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, utc=True, errors="coerce")


def _now(inputs: Inputs) -> pd.Timestamp:
    if inputs.as_of is not None:
        return inputs.as_of
    dates = [
        _dates(frame["created_at"])
        for frame in (inputs.sellers, inputs.listings)
        if frame is not None and "created_at" in frame.columns
    ]
    return last_time(dates)
