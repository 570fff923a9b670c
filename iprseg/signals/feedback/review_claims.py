"""F01: buyers who say that the goods are not genuine."""

import numpy as np
import pandas as pd

from iprseg.signals._inputs import Inputs, primary_langs
from iprseg.signals._result import Column, empty, full
from iprseg.signals.feedback._fake_claims import calls_fake

# Pseudo-reviews at the base rate added to every entity (domain-spec section 3).
_ALPHA = 10.0
# Below this a base rate of its own says little; the pooled one is used.
_MIN_BASE = 50


def review_fake_mention_rate(
    inputs: Inputs, entities: pd.Index | None = None, key: str = "listing_id"
) -> Column:
    """F01: shrunk share of reviews that call the goods fake.

    ``(k + alpha p0) / (n + alpha)``: k of n reviews of the entity, alpha 10, p0 the
    share in the listing's market and category (of all reviews where those are fewer
    than 50).
    """
    entities = inputs.listings.index if entities is None else entities
    reviews = inputs.table("reviews")
    if reviews is None:
        return empty(len(entities), inputs.no_table("reviews"))
    for column in ("listing_id", "text"):
        if column not in reviews.columns:
            return empty(len(entities), f"column_absent: reviews.{column}")
    if key == "seller_id" and not inputs.has("seller_id"):
        return empty(len(entities), "column_absent: seller_id")
    told = reviews[reviews["text"].notna()].reset_index(drop=True)
    told = told[told["listing_id"].isin(inputs.listings.index)].reset_index(drop=True)
    told = told.assign(fake=_calls_fake(inputs, told))
    told["base"] = _base_rate(inputs, told)
    told["entity"] = told["listing_id"]
    if key == "seller_id":
        told["entity"] = inputs.listings["seller_id"].reindex(told["listing_id"]).array
    by = told.groupby("entity")
    rate = (by["fake"].sum() + _ALPHA * by["base"].mean()) / (by.size() + _ALPHA)
    values = rate.reindex(entities).to_numpy(dtype=float)
    return full(values).missing(np.isnan(values), "no_reviews")


def _calls_fake(inputs: Inputs, reviews: pd.DataFrame) -> np.ndarray:
    langs = primary_langs(reviews)
    if "lang" not in reviews.columns:
        own = pd.Series(inputs.langs, index=inputs.listings.index)
        langs = own.reindex(reviews["listing_id"]).to_numpy(dtype=object)
    return calls_fake(reviews["text"], langs)


def _base_rate(inputs: Inputs, reviews: pd.DataFrame) -> pd.Series:
    pooled = reviews["fake"].mean()
    keys = [k for k in ("market", "category_path") if inputs.has(k)]
    if not keys:
        return pd.Series(pooled, index=reviews.index)
    places = inputs.listings[keys].reindex(reviews["listing_id"]).reset_index(drop=True)
    by = reviews["fake"].groupby([places[key] for key in keys], dropna=False)
    return by.transform("mean").where(by.transform("size") >= _MIN_BASE, pooled)
