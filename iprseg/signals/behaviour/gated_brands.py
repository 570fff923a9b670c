"""E03 and E05: how soon a seller lists gated brands, and how many without leave."""

import pandas as pd

from iprseg.signals._gated import dates, is_gated, unauthorised_gated_brand
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full

_DAY = 86_400


def time_to_first_branded(inputs: Inputs, sellers: pd.Index) -> Column:
    """E03: days from the opening of the account to the first listing of a gated brand.

    A listing older than its account (an import, a wrong clock) gives no value.
    """
    needed = ("seller_id", "created_at", "sellers.created_at")
    absent = next(filter(None, map(inputs.lacks, needed)), None)
    if absent is not None or inputs.sellers is None:
        return empty(len(sellers), absent or inputs.no_table("sellers"))
    opened = dates(inputs.sellers["created_at"]).reindex(sellers)
    listings = inputs.listings[is_gated(inputs, learned=False)]
    made = dates(listings["created_at"])
    made = made.where(made < inputs.now)
    first = made.groupby(listings["seller_id"].to_numpy()).min().reindex(sellers)
    days = (first - opened).dt.total_seconds().to_numpy() / _DAY
    result = full(days).missing(first.isna(), "no_gated_brand")
    result = result.missing(opened.isna(), "value_missing: created_at")
    return result.missing(days < 0, "listed_before_account")


def luxury_breadth(inputs: Inputs, sellers: pd.Index) -> Column:
    """E05: gated brands that a seller lists without a verified authorisation (D03)."""
    without = unauthorised_gated_brand(inputs)
    if not inputs.has("seller_id"):
        return empty(len(sellers), "column_absent: seller_id")
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
    result = full(lacking.reindex(sellers, fill_value=0).to_numpy(dtype=float))
    for why in doubtful.unique():
        theirs = sellers.isin(doubtful.index[doubtful == why])
        result = result.missing(theirs, str(why))
    return result.missing(~listed, "no_listings")
