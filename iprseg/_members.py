"""Which listings speak for which listing, seller or creator."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

LEVELS = ("listing", "seller", "creator")


def listings_of(mp: Any, level: str) -> pd.DataFrame | None:
    """Return listings with a column ``entity``: whom each of them speaks for.

    Parameters
    ----------
    mp : Marketplace or dict of DataFrame
    level : {"listing", "seller", "creator"}

    Returns
    -------
    DataFrame, index listing id, or None
        A listing speaks for itself, for its seller, or once for each creator who
        promotes it; None where the tables do not tell.

    Examples
    --------
    >>> listings = pd.DataFrame({"title": ["a", "b"]}, index=["L1", "L2"])
    >>> promoted = {"creator_id": ["C", "C", "C"], "listing_id": ["L2", "L2", "L9"]}
    >>> tables = {"listings": listings, "promotions": pd.DataFrame(promoted)}
    >>> listings_of(tables, "creator")[["title", "entity"]].to_dict("index")
    {'L2': {'title': 'b', 'entity': 'C'}}
    """
    listings = table_of(mp, "listings")
    if listings is None:
        return None
    if "listing_id" in listings:
        listings = listings.set_index("listing_id")
    if level == "listing":
        return listings.assign(entity=listings.index)
    if level == "seller":
        known = "seller_id" in listings
        return listings.assign(entity=listings["seller_id"]) if known else None
    promotions = table_of(mp, "promotions")
    if promotions is None or not {"creator_id", "listing_id"} <= set(promotions):
        return None
    pairs = promotions[["creator_id", "listing_id"]].dropna().drop_duplicates()
    pairs = pairs[pairs["listing_id"].isin(listings.index)]
    found = listings.loc[pairs["listing_id"]]
    return found.assign(entity=pairs["creator_id"].to_numpy())


def table_of(mp: Any, name: str) -> pd.DataFrame | None:
    """Return a table of a marketplace or of plain frames, None where there is none.

    Examples
    --------
    >>> table_of({}, "listings") is None
    True
    """
    if name not in mp:
        return None
    return mp[name] if isinstance(mp, Mapping) else getattr(mp, name)
