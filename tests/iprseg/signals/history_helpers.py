"""Small tables of notices, actions, appeals and documents, and their signals."""

import numpy as np
import pandas as pd

from tests.iprseg.signals.helpers import compute

NOW = "2024-06-30"
# a has l0 and l1, b has l2 and l3
OWNERS = ["a", "a", "b", "b"]


def notices(*rows):
    """Rows of (listing, rights owner, valid, decided)."""
    frame = pd.DataFrame(rows, columns=["listing_id", "ro_id", "valid", "ts_decided"])
    frame["notice_id"] = [f"n{i}" for i in range(len(frame))]
    heads = frame.drop(columns="listing_id").assign(ts_received="2020-01-01")
    return {"notices": heads, "notice_items": frame[["notice_id", "listing_id"]]}


def actions(*rows, appeals=()):
    """Rows of (entity, code, time); of (action's position, outcome, decided)."""
    frame = pd.DataFrame(rows, columns=["entity_id", "action_code", "ts"])
    frame["action_id"] = [f"x{i}" for i in range(len(frame))]
    listing = frame["entity_id"].astype(str).str.startswith("l")
    frame["entity_type"] = np.where(listing, "listing", "seller")
    columns = ["action_id", "outcome", "ts_decided"]
    heard = pd.DataFrame([(f"x{i}", *rest) for i, *rest in appeals], columns=columns)
    heard["appeal_id"] = [f"p{i}" for i in range(len(heard))]
    heard["ts"] = pd.Series("2023-01-01", index=heard.index, dtype=object)
    return {"actions": frame, "appeals": heard}


def of_sellers(names, owners=OWNERS, **tables):
    values, reasons = compute(
        {
            "title": ["x"] * len(owners),
            "seller_id": owners,
            "created_at": "2020-01-01",
        },
        level="seller",
        as_of=NOW,
        **tables,
    )
    return values[names], reasons[names]


def papers(**columns):
    frame = pd.DataFrame({"seller_id": ["a", "a", "b"], "valid_from": "2024-01-01"})
    identity = pd.DataFrame(
        {"seller_id": ["a", "b", "c", "d"], "doc_hash_pid": ["h1", "h2", "h1", None]}
    )
    return {
        "authorisations": frame.assign(authorisation_id=["u1", "u2", "u3"], **columns),
        "seller_identity": identity,
        "sellers": pd.DataFrame(
            {"seller_id": ["a", "b", "c", "d"], "created_at": "2020-01-01"}
        ),
    }
