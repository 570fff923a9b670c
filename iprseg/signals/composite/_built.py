"""The signals of this family: they are given the other columns of the level."""

import pandas as pd

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column
from iprseg.signals.composite.evidence import (
    hard_evidence_count,
    hard_evidence_count_of_sellers,
)
from iprseg.signals.composite.protective import protective_score


def of_listings(columns: dict[str, Column], n: int) -> dict[str, Column]:
    """Return the composites of n listings, from their other signals."""
    return {"J04_hard_evidence_count": hard_evidence_count(columns, n)}


def of_sellers(
    inputs: Inputs,
    sellers: pd.Index,
    columns: dict[str, Column],
    listings: dict[str, Column],
) -> dict[str, Column]:
    """Return the composites of sellers, from their signals and their listings'."""
    seller = pd.Index([None] * inputs.n, dtype=object)
    if inputs.has("seller_id"):
        seller = pd.Index(inputs.listings["seller_id"])
    position = sellers.get_indexer(seller)
    return {
        "J04_hard_evidence_count": hard_evidence_count_of_sellers(
            columns, listings, position, len(sellers)
        ),
        "J05_protective_score": protective_score(inputs, sellers, columns),
    }
