"""E02 to E05: which brands a seller lists, how soon, and how many without leave."""

import numpy as np
import pandas as pd

from iprseg.signals.catalogue_fit.brand_rights import (
    mask_gated_listings,
    parse_times,
    unauthorised_gated_brand,
)
from iprseg.signals.inputs import (
    Column,
    Inputs,
    find_last_time,
    make_column,
    make_missing_column,
)
from iprseg.signals.registry import signal

_NEW_ACCOUNT_DAYS = 30


@signal("E04", "seller")
def brand_entropy(inputs: Inputs, sellers: pd.Index) -> Column:
    """E04: entropy (nats) of the brands among a seller's listings that name one."""
    if not inputs.has("seller_id"):
        return make_missing_column(len(sellers), "column_absent: seller_id")
    pairs = pd.DataFrame(
        {"seller": inputs.listings["seller_id"].to_numpy(), "brand": inputs.brand}
    ).dropna()
    count = pairs.groupby(["seller", "brand"]).size()
    share = count / count.groupby("seller").transform("sum")
    entropy = -(share * np.log(share)).groupby("seller").sum()
    values = entropy.reindex(sellers).to_numpy(dtype=float)
    # The sum of one brand alone is -0.0.
    return make_column(np.abs(values)).missing(np.isnan(values), "no_brand")


@signal("E02", "seller")
def new_account_highvalue(inputs: Inputs, sellers: pd.Index) -> Column:
    """E02: share of gated brands among the listings of an account under 30 days old.

    Gated are the brands of the list, or those marked in a column ``gated`` of the table
    ``brands``. The age is at ``as_of``, else at the last date the tables know.
    """
    accounts = inputs.sellers
    if accounts is None:
        return make_missing_column(len(sellers), inputs.no_table("sellers"))
    if "created_at" not in accounts.columns:
        return make_missing_column(len(sellers), "column_absent: sellers.created_at")
    if not inputs.has("seller_id"):
        return make_missing_column(len(sellers), "column_absent: seller_id")
    created = _parse_dates(accounts["created_at"]).reindex(sellers)
    age = (_find_last_date(inputs) - created).dt.total_seconds().to_numpy() / 86_400
    gated = pd.Series(mask_gated_listings(inputs)).groupby(
        inputs.listings["seller_id"].to_numpy()
    )
    share = gated.mean().reindex(sellers).to_numpy(dtype=float)
    result = make_column(np.where(age < _NEW_ACCOUNT_DAYS, share, 0.0))
    result = result.missing(np.isnan(age), "value_missing: created_at")
    return result.missing(np.isnan(share), "no_listings")


def _parse_dates(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, utc=True, errors="coerce")


def _find_last_date(inputs: Inputs) -> pd.Timestamp:
    if inputs.as_of is not None:
        return inputs.as_of
    dates = [
        _parse_dates(frame["created_at"])
        for frame in (inputs.sellers, inputs.listings)
        if frame is not None and "created_at" in frame.columns
    ]
    return find_last_time(dates)


_SECONDS_PER_DAY = 86_400


@signal("E03", "seller")
def time_to_first_branded(inputs: Inputs, sellers: pd.Index) -> Column:
    """E03: days from the opening of the account to the first listing of a gated brand.

    A listing older than its account (an import, a wrong clock) gives no value.
    """
    needed = ("seller_id", "created_at", "sellers.created_at")
    absent = next(filter(None, map(inputs.lacks, needed)), None)
    if absent is not None or inputs.sellers is None:
        return make_missing_column(len(sellers), absent or inputs.no_table("sellers"))
    opened = parse_times(inputs.sellers["created_at"]).reindex(sellers)
    listings = inputs.listings[mask_gated_listings(inputs, learned=False)]
    made = parse_times(listings["created_at"])
    made = made.where(made < inputs.now)
    first = made.groupby(listings["seller_id"].to_numpy()).min().reindex(sellers)
    days = (first - opened).dt.total_seconds().to_numpy() / _SECONDS_PER_DAY
    result = make_column(days).missing(first.isna(), "no_gated_brand")
    result = result.missing(opened.isna(), "value_missing: created_at")
    return result.missing(days < 0, "listed_before_account")


@signal("E05", "seller")
def luxury_breadth(inputs: Inputs, sellers: pd.Index) -> Column:
    """E05: gated brands that a seller lists without a verified authorisation (D03)."""
    without = unauthorised_gated_brand(inputs)
    if not inputs.has("seller_id"):
        return make_missing_column(len(sellers), "column_absent: seller_id")
    offers = pd.DataFrame(
        {
            "seller": inputs.listings["seller_id"].to_numpy(),
            "brand": inputs.brand,
            "without": without.values,
            "why": without.reasons,
        }
    ).dropna(subset=["seller"])
    lacking = offers[offers["without"] == 1].groupby("seller")["brand"].nunique()
    doubtful = offers[offers["why"] != ""].groupby("seller")["why"].first()
    listed = pd.Index(sellers).isin(offers["seller"])
    result = make_column(lacking.reindex(sellers, fill_value=0).to_numpy(dtype=float))
    for why in doubtful.unique():
        theirs = sellers.isin(doubtful.index[doubtful == why])
        result = result.missing(theirs, str(why))
    return result.missing(~listed, "no_listings")
