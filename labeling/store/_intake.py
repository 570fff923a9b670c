"""Check a drawn sample and its content, and make the rows that a store keeps."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from labeling._check import shown
from labeling.errors import LabelingError
from labeling.store._chain import canonical, sha256, snapshot

NEEDED = ("design_id", "stratum", "arm", "wave", "inclusion_prob", "serve_order")
_SAMPLE_ROW = (
    "position",
    "listing_id",
    "seller_id",
    "stratum",
    "arm",
    "wave",
    "inclusion_prob",
    "serve_order",
    "role",
)


def read_design(design: Any) -> tuple[str, dict[str, Any]]:
    """Give the design's JSON text, as it came, and what it says."""
    text = design.to_json() if hasattr(design, "to_json") else design
    try:
        text = text if isinstance(text, str) else canonical(dict(text))
        content = json.loads(text)
        content["seed"]
    except (TypeError, ValueError, KeyError) as error:
        raise LabelingError(
            "The design must be a SampleDesign or its JSON, with its 'seed'; draw the "
            "sample with draw_sample and pass SampleDesign.of(sample)."
        ) from error
    return text, content


def check_sample(sample: pd.DataFrame, design: Mapping[str, Any]) -> str:
    """Refuse a sample that is not whole or not of this design; give its design_id."""
    missing = [name for name in NEEDED if name not in sample.columns]
    if missing:
        raise LabelingError(
            f"The sample has no column {missing[0]!r}, so no rate could be estimated "
            "from its labels; draw it with draw_sample."
        )
    if not len(sample):
        raise LabelingError("The sample is empty; draw at least one item.")
    repeated = sample.index[sample.index.duplicated()]
    if len(repeated):
        raise LabelingError(
            f"The sample holds {shown(repeated[0])} twice; an item is drawn once."
        )
    probability = pd.to_numeric(sample["inclusion_prob"], errors="coerce")
    wrong = sample.index[~((probability > 0) & (probability <= 1)).to_numpy()]
    if len(wrong):
        raise LabelingError(
            f"The inclusion probability of {shown(wrong[0])} is "
            f"{shown(sample['inclusion_prob'].loc[wrong[0]])}; it must be above 0 and "
            f"at most 1 ({len(wrong)} such rows)."
        )
    designs = sample["design_id"].unique()
    if len(designs) != 1 or pd.isna(designs[0]):
        raise LabelingError(
            f"The sample holds {len(designs)} design ids; add the designs one by one."
        )
    if design.get("design_id", designs[0]) != designs[0]:
        raise LabelingError(
            f"The sample was drawn by the design {shown(designs[0])} and the one given "
            f"is {design['design_id']!r}; pass SampleDesign.of(sample)."
        )
    return str(designs[0])


def check_content(sample: pd.DataFrame, content: pd.DataFrame) -> None:
    """Refuse content that does not belong to the sample."""
    repeated = content.index[content.index.duplicated()]
    if len(repeated):
        raise LabelingError(
            f"The content holds {shown(repeated[0])} twice; keep one row for each "
            "listing."
        )
    if not sample.index.isin(content.index).any():
        raise LabelingError(
            "The content holds none of the drawn items; index it by listing_id, as "
            "the sample is."
        )


def role_of(key: str, entity: str, shape_share: float) -> str:
    """Say by a keyed hash what an entity's labels are for: fixed for good."""
    digest = hmac.new(key.encode(), entity.encode(), hashlib.sha256).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return "shape" if share < shape_share else "measure"


def sample_rows(
    sample: pd.DataFrame, design_id: str, role_key: str, shape_share: float
) -> list[dict[str, Any]]:
    """One row for each drawn item, in the order in which it is to be served."""
    frame = sample.assign(_listing=[str(one) for one in sample.index])
    if "seller_id" not in frame.columns:
        frame["seller_id"] = None
    frame = frame.sort_values(["wave", "serve_order", "_listing"], kind="stable")
    rows = []
    for position, row in enumerate(frame.to_dict("records")):
        seller = None if pd.isna(row["seller_id"]) else id_text(row["seller_id"])
        listing = row["_listing"]
        entity = f"listing:{listing}" if seller is None else f"seller:{seller}"
        rows.append(
            {
                "design_id": design_id,
                "position": position,
                "listing_id": listing,
                "seller_id": seller,
                "stratum": str(row["stratum"]),
                "arm": str(row["arm"]),
                "wave": int(row["wave"]),
                "inclusion_prob": float(row["inclusion_prob"]),
                "serve_order": int(row["serve_order"]),
                "role": role_of(role_key, entity, shape_share),
            }
        )
    return rows


def id_text(value: Any) -> str:
    """Write an id; whole numbers lose the ``.0`` that a gap in their column gave them.

    Examples
    --------
    >>> id_text(32.0), id_text(32), id_text("32.0")
    ('32', '32', '32.0')
    """
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)


def sample_digest(rows: list[dict[str, Any]]) -> str:
    """Digest of what was drawn: the same sample added twice is known by it."""
    return sha256(canonical([[row[name] for name in _SAMPLE_ROW] for row in rows]))


def items_digest(rows: list[Any]) -> str:
    """Digest of the items as stored, content digests included."""
    names = (*_SAMPLE_ROW, "item_id", "item_key", "content_digest")
    return sha256(canonical([[row[name] for name in names] for row in rows]))


def with_content(
    rows: list[dict[str, Any]], content: pd.DataFrame, first_id: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[int]]:
    """Give item rows, snapshot rows, and the ids of items that have no content."""
    content = content.set_axis([str(one) for one in content.index], axis=0)
    wanted = content.loc[content.index.intersection([r["listing_id"] for r in rows])]
    bodies = {
        listing: canonical(json_ready(record))
        for listing, record in zip(wanted.index, wanted.to_dict("records"), strict=True)
    }
    items, snapshots, absent = [], [], []
    for item_id, row in enumerate(rows, start=first_id):
        body = bodies.get(row["listing_id"])
        digest = None
        if body is None:
            absent.append(item_id)
        else:
            snapshots.append(snapshot(item_id, "content", body))
            digest = snapshots[-1]["digest"]
        key = uuid.uuid4().hex
        items.append(
            {**row, "item_id": item_id, "item_key": key, "content_digest": digest}
        )
    return items, snapshots, absent


def json_ready(value: Any) -> Any:
    """Turn a value of a frame into JSON's; what is missing is left out, not null."""
    if isinstance(value, Mapping):
        pairs = ((str(name), json_ready(one)) for name, one in value.items())
        return {name: one for name, one in pairs if one is not None}
    if isinstance(value, list | tuple | np.ndarray):
        return [json_ready(one) for one in value]
    if value is None or pd.isna(value):
        return None
    if isinstance(value, str | bool):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if np.isfinite(float(value)) else None
    return str(value)
