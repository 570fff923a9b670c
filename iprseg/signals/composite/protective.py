"""J05: what speaks for a seller."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, full

_LONG_DAYS = 365
# One fact alone is no score.
_MIN_FACTS = 2

_AUTHORISED = """
-- a check whose outcome is not known says nothing; no document at all is a no
SELECT seller_id AS id, max(CASE WHEN verified IS NULL THEN NULL
    ELSE (verified AND (valid_to IS NULL OR valid_to >= $now))::INTEGER END) AS value
FROM authorisations
WHERE valid_from < $now AND seller_id IS NOT NULL GROUP BY seller_id
"""
_WON = """
SELECT coalesce(seller_id, CASE entity_type WHEN 'seller' THEN entity_id END) AS id,
    (count_if(outcome = 'overturned') > count_if(outcome = 'upheld'))::INTEGER AS value
FROM appeals JOIN actions USING (action_id) LEFT JOIN listings
    ON entity_type = 'listing' AND entity_id = listing_id
WHERE ts_decided < $now AND outcome IN ('upheld', 'overturned', 'partial')
GROUP BY ALL
"""


def protective_score(
    inputs: Inputs, sellers: pd.Index, columns: dict[str, Column]
) -> Column:
    """J05: share of the facts known of a seller that speak for it.

    The facts: a verified authorisation in force; fewer refunds than three quarters of
    sellers have (F03); more appeals won than lost; an account of a year or more without
    a valid notice (G02) or an action (G03). A fact that cannot be known is left out;
    with fewer than two the score is missing.

    Parameters
    ----------
    inputs : Inputs
    sellers : Index
    columns : dict of str to Column
        The other signals of the same sellers, up to the stage that is asked for.
    """
    facts = np.vstack(
        [
            _authorised(inputs, sellers),
            _few_refunds(columns, len(sellers)),
            _appeals_won(inputs, sellers, columns),
            _long_clean(inputs, sellers, columns),
        ]
    )
    known = (~np.isnan(facts)).sum(axis=0)
    score = full(np.nansum(facts, axis=0) / np.maximum(known, 1))
    return score.missing(known < _MIN_FACTS, "fewer_than_two_facts")


def _authorised(inputs: Inputs, sellers: pd.Index) -> NDArray[np.float64]:
    needed = ("seller_id", "verified", "valid_from", "valid_to")
    if any(inputs.lacks(f"authorisations.{column}") for column in needed):
        return np.full(len(sellers), np.nan)
    rows = inputs.sql(_AUTHORISED, {"now": inputs.now}).set_index("id")["value"]
    held = rows.reindex(sellers).to_numpy(dtype=float, na_value=np.nan)
    return np.where(sellers.isin(rows.index), held, 0.0)


def _few_refunds(columns: dict[str, Column], n: int) -> NDArray[np.float64]:
    rate = _values(columns, "F03_refund_rate", n)
    if np.isnan(rate).all():
        return rate
    few = (rate < np.nanquantile(rate, 0.25)).astype(float)
    return np.where(np.isnan(rate), np.nan, few)


def _appeals_won(
    inputs: Inputs, sellers: pd.Index, columns: dict[str, Column]
) -> NDArray[np.float64]:
    # G07 is there where appeals are, and where the stage asked for knows them
    heard = ~np.isnan(_values(columns, "G07_appeal_win_rate", len(sellers)))
    if not heard.any():
        return np.full(len(sellers), np.nan)
    rows = inputs.sql(_WON, {"now": inputs.now}).dropna().set_index("id")["value"]
    won = rows.reindex(sellers).to_numpy(dtype=float, na_value=np.nan)
    return np.where(heard, won, np.nan)


def _long_clean(
    inputs: Inputs, sellers: pd.Index, columns: dict[str, Column]
) -> NDArray[np.float64]:
    notices = _values(columns, "G02_distinct_ro_count", len(sellers))
    actions = _values(columns, "G03_repeat_infringer", len(sellers))
    accounts = inputs.sellers
    if accounts is None or "created_at" not in accounts.columns:
        return np.full(len(sellers), np.nan)
    made = pd.to_datetime(accounts["created_at"], utc=True, errors="coerce")
    age = (inputs.now - made.reindex(sellers)).dt.total_seconds().to_numpy() / 86_400
    seen = ~np.isnan(age) & ~(np.isnan(notices) & np.isnan(actions))
    stained = (notices > 0) | (actions > 0)
    return np.where(seen, (age >= _LONG_DAYS) & ~stained, np.nan)


def _values(columns: dict[str, Column], name: str, n: int) -> NDArray[np.float64]:
    return columns[name].values if name in columns else np.full(n, np.nan)
