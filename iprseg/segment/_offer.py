"""Plain facts of offers, which carry no suspicion but tell kinds of trade apart."""

from typing import Any

import numpy as np
import pandas as pd

from iprseg._members import listings_of

# fact -> the column it is read from
_SOURCES = {
    "used": "condition",
    "authorised": "authorisation_id",
    "brand_given": "brand_field",
}
_NEW = {"new", "new with tags", "brand new", "neu", "novo", "nuevo", "neuf", "全新"}


def offer_facts(mp: Any, index: pd.Index, level: str) -> pd.DataFrame:
    """Return 0/1 facts of listings, or their shares for sellers and creators.

    Parameters
    ----------
    mp : Marketplace or dict of DataFrame
    index : Index
        The listings, sellers or creators wanted.
    level : {"listing", "seller", "creator"}

    Returns
    -------
    DataFrame, index ``index``
        ``used``, ``authorised``, ``brand_given``: those whose source
        column the listings have. NaN for who has no listings, and for ``used``
        where the condition is not stated.

    Examples
    --------
    >>> listings = pd.DataFrame({"seller_id": ["s", "s"], "condition": ["New", "used"]})
    >>> offer_facts({"listings": listings}, pd.Index(["s"]), "seller")
       used
    s   0.5
    """
    listings = listings_of(mp, level)
    if listings is None:
        return pd.DataFrame(index=index)
    facts = pd.DataFrame(
        {
            fact: _fact(fact, listings[source])
            for fact, source in _SOURCES.items()
            if source in listings.columns
        },
        index=listings.index,
    )
    if level != "listing":
        facts = facts.groupby(listings["entity"].to_numpy()).mean()
    return facts.reindex(index)


def _fact(fact: str, values: pd.Series) -> pd.Series:
    if fact == "used":
        stated = values.astype("str").str.strip().str.lower()
        return (~stated.isin(_NEW)).astype(np.float64).where(values.notna())
    return values.notna().astype(np.float64)
