"""Bring listing signals to their seller, and to the creators who promote them."""

import numpy as np
import pandas as pd

from iprseg.errors import TableError
from iprseg.signals._aggregate import Belonging, aggregate
from iprseg.signals._catalogue import STAGES
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column

_PROMOTED = "T2"


def seller_index(inputs: Inputs) -> pd.Index:
    """Return all sellers: of the table, then those only listings know, sorted.

    Raises
    ------
    TableError
        If no seller is known at all.
    """
    known = [] if inputs.sellers is None else inputs.sellers.index.tolist()
    listed = []
    if inputs.has("seller_id"):
        listed = sorted(inputs.listings["seller_id"].dropna().unique(), key=str)
    everyone = list(dict.fromkeys([*known, *listed]))
    if not everyone:
        raise TableError(
            "Seller signals need sellers, and no listing has a 'seller_id'; use "
            "level='listing'."
        )
    return pd.Index(everyone)


def aggregate_by_seller(
    inputs: Inputs,
    columns: dict[str, Column],
    sellers: pd.Index,
    max_stage: str | None = None,
) -> dict[str, Column]:
    """Return the aggregates of each listing signal over a seller's listings."""
    if not inputs.has("seller_id"):
        return {}
    seller = sellers.get_indexer(pd.Index(inputs.listings["seller_id"]))
    row = np.flatnonzero(seller >= 0)
    belonging = Belonging(row, seller[row], len(sellers))
    return aggregate(inputs, columns, belonging, max_stage)


def promotes(inputs: Inputs, max_stage: str | None) -> bool:
    """Tell whether the tables say, and the stage knows, who promotes which listing."""
    needed = ("promotions.creator_id", "promotions.listing_id", "listings.title")
    late = max_stage is not None and STAGES.index(max_stage) < STAGES.index(_PROMOTED)
    held = inputs.table("listings") is not None
    return held and not late and not any(map(inputs.lacks, needed))


def aggregate_by_creator(
    inputs: Inputs,
    columns: dict[str, Column],
    creators: pd.Index,
    max_stage: str | None = None,
) -> dict[str, Column]:
    """Return the same over the listings a creator promotes, each once."""
    promotions = inputs.marketplace.promotions
    pairs = promotions[["creator_id", "listing_id"]].dropna().drop_duplicates()
    row = inputs.listings.index.get_indexer(pd.Index(pairs["listing_id"]))
    owner = creators.get_indexer(pd.Index(pairs["creator_id"]))
    held = (row >= 0) & (owner >= 0)
    belonging = Belonging(row[held], owner[held], len(creators))
    return aggregate(inputs, columns, belonging, max_stage)
