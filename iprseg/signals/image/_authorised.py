"""Whether a seller may use a brand's photographs."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs

_COLUMNS = ["seller_id", "brand_id", "scope_markets", "valid_from", "valid_to"]


def authorised(inputs: Inputs, uses: pd.DataFrame) -> tuple[NDArray[np.float64], str]:
    """Tell which uses of a brand an authorisation covers.

    Parameters
    ----------
    inputs : Inputs
    uses : DataFrame
        ``row`` (position of the listing) and ``brand_id``, index 0 … n - 1.

    Returns
    -------
    allowed : array of shape (n,)
        1, 0, or NaN where nobody knows: a file that nobody is known to have verified.
    why : str
        The reason of those that are NaN.
    """
    for column in ("authorisations.seller_id", "authorisations.brand_id", "seller_id"):
        if absent := inputs.lacks(column):
            return np.full(len(uses), np.nan), absent
    listings = inputs.listings
    market = listings["market"] if inputs.has("market") else None
    asked = uses.assign(
        use=np.arange(len(uses)),
        seller_id=listings["seller_id"].to_numpy(dtype=object)[uses["row"]],
        market=None if market is None else market.to_numpy(object)[uses["row"]],
    )
    # of the marketplace: its times are read
    files = inputs.marketplace.authorisations.reset_index()
    files = files.reindex(columns=[*_COLUMNS, "verified"])
    keys = ["seller_id", "brand_id"]
    as_given = dict.fromkeys(keys, object)  # an empty column has any type
    found = asked.astype(as_given).merge(files.astype(as_given), on=keys)
    found = found[_in_force(found, inputs.now) & _in_scope(found)]
    checked = pd.to_numeric(found["verified"], errors="coerce")
    allowed = np.zeros(len(uses))
    allowed[asked["seller_id"].isna().to_numpy()] = np.nan
    allowed[found.loc[checked.isna(), "use"]] = np.nan
    allowed[found.loc[(checked == 1).fillna(False), "use"]] = 1.0
    absent = inputs.lacks("authorisations.verified")
    return allowed, absent or "authorisation_not_known"


def _in_force(found: pd.DataFrame, now: pd.Timestamp) -> NDArray[np.bool_]:
    start = pd.to_datetime(found["valid_from"], utc=True, errors="coerce")
    end = pd.to_datetime(found["valid_to"], utc=True, errors="coerce")
    return (~(start >= now) & ~(end <= now)).to_numpy(dtype=bool)


def _in_scope(found: pd.DataFrame) -> NDArray[np.bool_]:
    # a scope or a market that nobody wrote down excludes nothing
    return np.array(
        [
            not (isinstance(scope, str) and scope.strip() and isinstance(market, str))
            or market.upper() in {part.strip().upper() for part in scope.split(";")}
            for scope, market in zip(
                found["scope_markets"], found["market"], strict=True
            )
        ],
        dtype=bool,
    )
