"""Shares of a creator's promotions, shrunk to those of the same kind of goods."""

import numpy as np
import pandas as pd

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, full

# Pseudo-promotions at the base rate added to every creator (domain-spec section 3).
_ALPHA = 10.0
# Below this a base rate of its own says little; the pooled one is used.
_MIN_BASE = 50


def shrunk_share(
    inputs: Inputs,
    promotions: pd.DataFrame,
    hit: np.ndarray,
    creators: pd.Index,
    missing: str,
) -> Column:
    """Return ``(k + 10 p0) / (n + 10)``: k of a creator's n promotions are a hit.

    p0 is the share in the market and category of the goods promoted; of all promotions
    where those are fewer than 50.
    """
    hits = pd.Series(hit * 1.0, index=promotions.index)
    by = promotions["creator_id"]
    base = _base_rate(inputs, promotions, hits)
    rate = (hits.groupby(by).sum() + _ALPHA * base.groupby(by).mean()) / (
        hits.groupby(by).size() + _ALPHA
    )
    values = rate.reindex(creators).to_numpy(dtype=float)
    return full(values).missing(np.isnan(values), missing)


def _base_rate(inputs: Inputs, promotions: pd.DataFrame, hits: pd.Series) -> pd.Series:
    keys = [k for k in ("market", "category_path") if inputs.has(k)]
    if not keys or "listing_id" not in promotions.columns:
        return pd.Series(hits.mean(), index=hits.index)
    places = inputs.listings[keys].reindex(promotions["listing_id"])
    places.index = promotions.index
    by = hits.groupby([places[key] for key in keys], dropna=False)
    return by.transform("mean").where(by.transform("size") >= _MIN_BASE, hits.mean())


def shops_promoted(inputs: Inputs, promotions: pd.DataFrame) -> pd.DataFrame:
    """Return whose goods each creator promoted, and since when.

    Returns
    -------
    DataFrame
        ``creator_id``, ``seller_id`` and ``since`` (their first promotion), each pair
        once.
    """
    known = promotions.assign(
        seller_id=promotions["listing_id"].map(inputs.listings["seller_id"])
    )
    by = known.dropna(subset=["seller_id"]).groupby(["creator_id", "seller_id"])
    return by["ts"].min().rename("since").reset_index()
