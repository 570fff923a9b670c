"""Which listings are of a gated brand, and whether their seller may sell it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals.brands._fields import brand_key

_NEEDED = ("seller_id", "authorisations.seller_id", "authorisations.brand_id")
_FILE = ["seller_id", "brand_id", "scope_markets", "valid_from", "valid_to", "verified"]


def is_gated(inputs: Inputs, learned: bool = True) -> NDArray[np.bool_]:
    """Tell which listings are of a gated brand, shape (n,).

    Gated are the brands of the list, or those marked in a column ``gated`` of the table
    ``brands``. Without `learned`, brands that were learned from the listings count only
    where the list holds no others: a shop's own label needs nobody's leave.
    """
    brands = inputs.table("brands")
    if brands is not None and "gated" in brands.columns:
        marked = brands.reset_index()
        gated = set(marked.loc[marked["gated"].fillna(False).astype(bool), "brand_id"])
    else:
        listed = inputs.brands.table
        given = listed["source"] != "learned"
        gated = set(listed.loc[given | learned | (not given.any()), "brand_id"])
    return np.array([brand in gated for brand in inputs.brand], dtype=bool)


def listed_ids(inputs: Inputs, brand_ids: pd.Series) -> pd.Series:
    """Return ids of the table ``brands`` as those of the list of brands in use.

    A list of the user's own has other ids for the same names.
    """
    brands = inputs.table("brands")
    if brands is None or "name" not in brands.columns:
        return brand_ids
    listed = inputs.brands.table
    ids = dict(zip(listed["name"].map(brand_key), listed["brand_id"], strict=True))
    known = set(listed["brand_id"])
    rows = brands.reset_index()[["brand_id", "name"]].dropna()
    other = {
        brand_id: ids.get(brand_key(name), brand_id)
        for brand_id, name in rows.itertuples(index=False)
        if brand_id not in known
    }
    return brand_ids.map(lambda one: other.get(one, one))


def unauthorised_gated_brand(inputs: Inputs) -> Column:
    """D03: 1 if a gated brand is offered without a verified authorisation.

    The authorisation is to be in force in the listing's market at the time asked for
    (of a removed listing: when it was removed). Where one is on file and nobody knows
    whether it was verified the value is missing.
    """
    absent = next(filter(None, map(inputs.lacks, _NEEDED)), None)
    if absent is not None:
        return empty(inputs.n, absent)
    gated = is_gated(inputs, learned=False)
    offers = _offers(inputs)
    nobody = gated & offers["seller_id"].isna().to_numpy()
    files = _files_in_force(inputs, offers[gated])
    rows = files["row"].to_numpy()
    verified = files["verified"].to_numpy(dtype=float, na_value=np.nan)
    good, doubtful = np.zeros(inputs.n, dtype=bool), np.zeros(inputs.n, dtype=bool)
    good[rows[verified == 1]] = True
    doubtful[rows[np.isnan(verified)]] = True
    result = full(np.where(gated & ~good, 1.0, 0.0))
    why = inputs.lacks("authorisations.verified") or "value_missing: verified"
    result = result.missing(doubtful & ~good, why)
    return result.missing(nobody, inputs.gap("seller_id"))


def _offers(inputs: Inputs) -> pd.DataFrame:
    listings = inputs.listings
    offers = pd.DataFrame(
        {
            "row": np.arange(inputs.n),
            "seller_id": listings["seller_id"].to_numpy(),
            "brand_id": inputs.brand,
            "market": listings["market"].to_numpy() if inputs.has("market") else None,
            "moment": inputs.now,
        }
    )
    if inputs.has("removed_at"):
        removed = dates(listings["removed_at"]).set_axis(offers.index)
        gone = removed.notna() & (removed < inputs.now)
        offers["moment"] = offers["moment"].where(~gone, removed)
    return offers


def _files_in_force(inputs: Inputs, offers: pd.DataFrame) -> pd.DataFrame:
    """Return the authorisations that cover offers, by ``row``, with ``verified``."""
    files = rows_of(inputs, "authorisations").reindex(columns=_FILE)
    files["brand_id"] = listed_ids(inputs, files["brand_id"])
    files = files.dropna(subset=["seller_id", "brand_id"])
    pairs = offers.merge(files, on=["seller_id", "brand_id"])
    start, end = dates(pairs["valid_from"]), dates(pairs["valid_to"])
    in_time = ~(start >= pairs["moment"]) & ~(end <= pairs["moment"])
    in_scope = [
        _covers(scope, market)
        for scope, market in zip(pairs["scope_markets"], pairs["market"], strict=True)
    ]
    return pairs[in_time.to_numpy(dtype=bool) & np.array(in_scope, dtype=bool)]


def _covers(scope: object, market: object) -> bool:
    # doubt is the seller's: a scope or a market that nobody wrote down excludes nothing
    if not isinstance(scope, str) or not isinstance(market, str) or not scope.strip():
        return True
    return market.upper() in {part.strip().upper() for part in scope.split(";")}


def rows_of(inputs: Inputs, table: str) -> pd.DataFrame:
    """Return a table with its key as a column; empty where it is not there."""
    frame = inputs.table(table)
    return pd.DataFrame() if frame is None else frame.reset_index()


def dates(values: pd.Series) -> pd.Series:
    """Read times, as UTC; what is none is missing."""
    return pd.to_datetime(values, utc=True, errors="coerce")
