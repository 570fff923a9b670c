"""Small drawn samples with content, for the tests of the labeling package."""

import json
from pathlib import Path

import pandas as pd

from labeling import Codebook, LabelQueue, LabelStore

NOTHING = {
    "primary": "NO_INFRINGEMENT",
    "ni_reason": "NI_NO_IP_REFERENCE",
    "severity": "S0",
    "evidence_level": "E0",
    "confidence": "90",
}
COUNTERFEIT = {
    "primary": "TM_COUNTERFEIT",
    "severity": "S3",
    "evidence_level": "E2",
    "confidence": "80",
}
UNSURE = {"primary": "INSUFFICIENT_EVIDENCE", "missing_evidence": ["ME_NO_LOGO_VIEW"]}
DESIGN = json.dumps({"design_id": "d1", "seed": 7})


def make_sample(
    n: int, design_id: str = "d1", sellers: int = 5, start: int = 0
) -> pd.DataFrame:
    """n drawn listings; the serving order is not the order of the rows."""
    names = [f"L{start + i:04d}" for i in range(n)]
    return pd.DataFrame(
        {
            "seller_id": [f"s{i % sellers}" for i in range(n)],
            "stratum": ["high" if i % 3 == 0 else "rest" for i in range(n)],
            "arm": "target",
            "wave": 1,
            "inclusion_prob": [0.5 if i % 3 == 0 else 0.1 for i in range(n)],
            "design_id": design_id,
            "serve_order": list(range(n))[::-1],
        },
        index=pd.Index(names, name="listing_id"),
    )


def make_listings(sample: pd.DataFrame) -> pd.DataFrame:
    """Content for the sample."""
    titles = [f"Zephyra bag number {name}" for name in sample.index]
    return pd.DataFrame(
        {"title": titles, "price": 12.5, "currency": "USD"}, index=sample.index
    )


def make_store(path: Path, n: int = 6) -> LabelStore:
    """A store that holds one design of n items."""
    store = LabelStore(path)
    sample = make_sample(n)
    store.add_design(DESIGN, sample, make_listings(sample))
    return store


def make_queue(
    path: Path, n: int = 6, annotator: str = "reader_1", **settings
) -> LabelQueue:
    """A queue on a new store."""
    return LabelQueue(make_store(path, n), Codebook.load(), annotator, **settings)
