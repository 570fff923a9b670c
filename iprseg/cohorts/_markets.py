"""Of which market each entity is, so that equal ids of two markets are not mixed up."""

from typing import Any

import numpy as np
import pandas as pd

from iprseg._check import shown
from iprseg._members import listings_of, table_of
from iprseg.errors import TableError


def markets_of(mp: Any, level: str, ids: pd.Index) -> pd.Series | None:
    """Return the market of each entity, None where the tables do not tell.

    Sellers and creators without one of their own have that of most of their listings.

    Examples
    --------
    >>> listings = pd.DataFrame({"market": ["SE", "NO"]}, index=["L1", "L2"])
    >>> markets_of({"listings": listings}, "listing", pd.Index(["L2"])).to_dict()
    {'L2': 'NO'}
    """
    table = None if level == "listing" else table_of(mp, f"{level}s")
    if table is not None and "market" in table:
        key = table.get(f"{level}_id", table.index)
        found = pd.Series(table["market"].to_numpy(), index=pd.Index(key))
    else:
        listings = listings_of(mp, level)
        if listings is None or "market" not in listings:
            return None
        counts = listings.groupby(["entity", "market"]).size()
        often = counts.sort_values(ascending=False, kind="stable").reset_index()
        found = often.drop_duplicates("entity").set_index("entity")["market"]
    found = found[~found.index.duplicated()].reindex(ids)
    return None if found.isna().all() else found


def check_markets(previous: pd.Series | None, current: pd.Series | None) -> None:
    """Refuse two runs of which most ids that they share are of another market.

    Parameters
    ----------
    previous, current : Series of str by id, or None
        Market of each entity; None where it is not known.

    Raises
    ------
    TableError
        Naming one such id.
    """
    if previous is None or current is None:
        return
    both = pd.concat([previous.rename("before"), current.rename("now")], axis=1)
    both = both.dropna()
    other = np.flatnonzero(both["before"] != both["now"])
    if 2 * len(other) <= len(both):
        return
    one = both.iloc[other[0]]
    raise TableError(
        f"{len(other):,} of the {len(both):,} ids that both runs hold are of another "
        f"market now ({shown(both.index[other[0]])} was of {one['before']} and is of "
        f"{one['now']}), so they name other things: put the market before each id, or "
        "track runs of one marketplace."
    )
