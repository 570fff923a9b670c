"""The signals of this family: they are given the other columns of the level."""

import numpy as np
import pandas as pd

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column
from iprseg.signals.composite.anomaly import anomaly_score, home_places, places
from iprseg.signals.composite.evidence import (
    hard_evidence_count,
    hard_evidence_count_of_sellers,
)
from iprseg.signals.composite.protective import protective_score


def of_listings(inputs: Inputs, columns: dict[str, Column]) -> dict[str, Column]:
    """Return the composites of listings, from their other signals; none from none."""
    if not columns:
        return {}
    seller = pd.factorize(_sellers(inputs))[0].astype(np.int64)
    return {
        "J03_anomaly_score": anomaly_score(columns, places(inputs), seller),
        "J04_hard_evidence_count": hard_evidence_count(columns, inputs.n),
    }


def of_sellers(
    inputs: Inputs,
    sellers: pd.Index,
    columns: dict[str, Column],
    listings: dict[str, Column],
) -> dict[str, Column]:
    """Return the composites of sellers, from their signals and their listings'."""
    n = len(sellers)
    seller = sellers.get_indexer(_sellers(inputs)).astype(np.int64)
    home = home_places(places(inputs), seller, n)
    return {
        # places count from 0: sellers without a listing are a place of their own
        "J03_anomaly_score": anomaly_score(columns, home + 1, np.arange(n)),
        "J04_hard_evidence_count": hard_evidence_count_of_sellers(
            columns, listings, seller, n
        ),
        "J05_protective_score": protective_score(inputs, sellers, columns),
    }


def _sellers(inputs: Inputs) -> pd.Index:
    if not inputs.has("seller_id"):
        return pd.Index([None] * inputs.n, dtype=object)
    return pd.Index(inputs.listings["seller_id"])
