"""A small market of six planted kinds of offer, in four scripts, with known signals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

# kind -> (title words, category, language); fictitious brand
KINDS = [
    ("oud perfume spray", "Beauty > Perfume", "en"),
    ("leather tote bag", "Bags > Totes", "en"),
    ("phone case for Zyphone", "Phones > Cases", "en"),
    ("หูฟังไร้สาย บลูทูธ", "Audio > Earphones", "th"),
    ("运动鞋男透气", "Shoes > Sneakers", "zh"),
    ("عطر عود فاخر", "Beauty > Perfume", "ar"),
]
DIRECTIONS = {"A01": "+", "A06": "-", "A07": "+", "B02": "-", "A18": "+", "D06": "+"}
_FILLER = ["red", "blue", "classic", "deluxe", "mini", "summer"]


@dataclass(frozen=True)
class SmallMarket:
    """Listings and signals by listing id; `labels` are the planted kinds."""

    listings: pd.DataFrame
    signals: pd.DataFrame
    labels: pd.Series
    features: pd.DataFrame

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        return {"listings": self.listings}


def make_small_market(n: int = 1200, seed: int = 0) -> SmallMarket:
    """Kind 4 has replica wording and low prices, kind 1 a brand outside its field, kind
    2 is honest compatibility, kind 3 differs by origin and language alone."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, len(KINDS), n)
    ids = pd.Index([f"L{i:04d}" for i in range(n)], name="listing_id")
    listings = pd.DataFrame(
        {
            "seller_id": [f"S{k}-{rng.integers(0, 20)}" for k in kind],
            "title": [f"{KINDS[k][0]} {_FILLER[rng.integers(0, 6)]}" for k in kind],
            "category_path": [KINDS[k][1] for k in kind],
            "lang": [KINDS[k][2] for k in kind],
            "price": np.exp(rng.normal(3, 0.4, n)).round(2),
            "ship_from_country": np.where(kind == 3, "XX", "YY"),
        },
        index=ids,
    )
    often, seldom = rng.random(n) < 0.85, rng.random(n) < 0.03
    ratio = np.exp(rng.normal(0, 0.2, n)) * np.where(np.isin(kind, (0, 4)), 0.35, 1.0)
    ratio[rng.random(n) < 0.2] = np.nan
    signals = pd.DataFrame(
        {
            "A01_brand_field_mismatch": ((kind == 1) & often | seldom).astype(float),
            "A06_referential_use": ((kind == 2) & often).astype(float),
            "A07_replica_lexicon_hit": np.where((kind == 4) & often, 1.5, 0.0),
            "A18_lang_market_mismatch": (kind == 3).astype(float),
            "B01_price_ratio_msrp": np.nan,
            "B02_price_ratio_brand_cat": ratio,
            "D06_ship_from_origin_prior": np.where(kind == 3, 0.9, 0.0),
        },
        index=ids,
    )
    labels = pd.Series(np.where(rng.random(n) < 0.05, -1, kind), index=ids)
    noise = rng.normal(0, 0.25, (n, len(KINDS)))
    features = pd.DataFrame(np.eye(len(KINDS))[kind] + noise, index=ids)
    return SmallMarket(listings, signals, labels, features)
