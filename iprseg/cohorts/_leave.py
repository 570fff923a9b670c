"""What is sold with the brand's verified leave, and what that explains."""

from typing import Any

import numpy as np
import pandas as pd

from iprseg._members import listings_of
from iprseg.cohorts._inputs import take_table

LEAVE = "verified_authorisation"
# Signals that leave explains: dealers show the brand's own photographs, so they share
# them with every other dealer.
_EXPLAINED = ("C01",)
_FILE = ["seller_id", "scope_markets", "valid_from", "valid_to", "verified"]


def with_leave(signals: pd.DataFrame, mp: Any, level: str) -> pd.DataFrame:
    """Weigh signals by what verified leave of the brand explains.

    Parameters
    ----------
    signals : DataFrame
        By listing, seller or creator.
    mp : Marketplace or dict of DataFrame
    level : {"listing", "seller", "creator"}

    Returns
    -------
    DataFrame
        The signals that leave explains are multiplied by the share of listings without
        it, and a column ``verified_authorisation`` says that share's complement; the
        very frame where the tables do not tell who has leave.
    """
    leave = verified_leave(mp, signals.index, level)
    if leave is None:
        return signals
    explained = [c for c in signals if str(c).startswith(_EXPLAINED)]
    rest = signals[explained].mul(1 - leave, axis=0)
    return signals.assign(**{LEAVE: leave}, **rest)


def verified_leave(mp: Any, entities: pd.Index, level: str) -> pd.Series | None:
    """Return the share of listings sold with verified leave, 0 to 1 by entity.

    A listing has leave if the authorisation that it names was verified, was given to
    its own seller, covers its market and had not run out when the newest listing was
    made. What a seller merely claims is no leave: naming another's file, or one that
    nobody checked, protects nobody.

    Returns
    -------
    Series of float, index ``entities``, or None
        None where no listing names an authorisation, or none was ever checked.
    """
    files = take_table(mp, "authorisations")
    listings = listings_of(mp, level)
    if files is None or listings is None or "authorisation_id" not in listings:
        return None
    files = files.reset_index() if "authorisation_id" not in files else files
    if "verified" not in files or files["verified"].isna().all():
        return None
    files = files.drop_duplicates("authorisation_id").set_index("authorisation_id")
    named = files.reindex(columns=_FILE).reindex(listings["authorisation_id"])
    named.index = listings.index
    held = pd.to_numeric(named["verified"], errors="coerce").eq(1)
    held &= named["seller_id"].eq(_given(listings, "seller_id"))
    held &= _in_scope(named["scope_markets"], _given(listings, "market"))
    held &= ~(_time(named["valid_from"]) > _time(_given(listings, "created_at")).max())
    held &= ~(_time(named["valid_to"]) <= _time(_given(listings, "created_at")).max())
    share = held.astype(float).groupby(listings["entity"].to_numpy()).mean()
    return share.reindex(entities).fillna(0.0)


def _given(listings: pd.DataFrame, column: str) -> pd.Series:
    if column in listings:
        return listings[column]
    return pd.Series(np.nan, index=listings.index, dtype=object)


def _time(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, utc=True, errors="coerce")


def _in_scope(scopes: pd.Series, markets: pd.Series) -> np.ndarray:
    # a scope or a market that nobody wrote down excludes nothing
    return np.array(
        [
            not (isinstance(scope, str) and scope.strip() and isinstance(market, str))
            or market.upper() in {part.strip().upper() for part in scope.split(";")}
            for scope, market in zip(scopes, markets, strict=True)
        ],
        dtype=bool,
    )
