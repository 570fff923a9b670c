"""From a drawn sample and its content to the rows that a store keeps."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from labeling.errors import LabelingError, format_value
from labeling.store import schema
from labeling.store.events import (
    Event,
    append_event,
    build_snapshot,
    hash_parts,
    to_canonical_json,
)

_REQUIRED_COLUMNS = (
    "design_id",
    "stratum",
    "arm",
    "wave",
    "inclusion_prob",
    "serve_order",
)
_SAMPLE_COLUMNS = (
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
        text = text if isinstance(text, str) else to_canonical_json(dict(text))
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
    missing = [name for name in _REQUIRED_COLUMNS if name not in sample.columns]
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
            f"The sample holds {format_value(repeated[0])} twice; an item is drawn once."
        )
    probability = pd.to_numeric(sample["inclusion_prob"], errors="coerce")
    wrong = sample.index[~((probability > 0) & (probability <= 1)).to_numpy()]
    if len(wrong):
        raise LabelingError(
            f"The inclusion probability of {format_value(wrong[0])} is "
            f"{format_value(sample['inclusion_prob'].loc[wrong[0]])}; it must be above 0 and "
            f"at most 1 ({len(wrong)} such rows)."
        )
    designs = sample["design_id"].unique()
    if len(designs) != 1 or pd.isna(designs[0]):
        raise LabelingError(
            f"The sample holds {len(designs)} design ids; add the designs one by one."
        )
    if design.get("design_id", designs[0]) != designs[0]:
        raise LabelingError(
            f"The sample was drawn by the design {format_value(designs[0])} and the one given "
            f"is {design['design_id']!r}; pass SampleDesign.of(sample)."
        )
    return str(designs[0])


def check_content(sample: pd.DataFrame, content: pd.DataFrame) -> None:
    """Refuse content that does not belong to the sample."""
    repeated = content.index[content.index.duplicated()]
    if len(repeated):
        raise LabelingError(
            f"The content holds {format_value(repeated[0])} twice; keep one row for each "
            "listing."
        )
    if not sample.index.isin(content.index).any():
        raise LabelingError(
            "The content holds none of the drawn items; index it by listing_id, as "
            "the sample is."
        )


def _assign_role(key: str, entity: str, shape_share: float) -> str:
    """Say by a keyed hash what an entity's labels are for: fixed for good."""
    digest = hmac.new(key.encode(), entity.encode(), hashlib.sha256).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return "shape" if share < shape_share else "measure"


def build_sample_rows(
    sample: pd.DataFrame, design_id: str, role_key: str, shape_share: float
) -> list[dict[str, Any]]:
    """One row for each drawn item, in the order in which it is to be served."""
    frame = sample.assign(_listing=[str(one) for one in sample.index])
    if "seller_id" not in frame.columns:
        frame["seller_id"] = None
    frame = frame.sort_values(["wave", "serve_order", "_listing"], kind="stable")
    rows = []
    for position, row in enumerate(frame.to_dict("records")):
        seller = None if pd.isna(row["seller_id"]) else _format_id(row["seller_id"])
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
                "role": _assign_role(role_key, entity, shape_share),
            }
        )
    return rows


def _format_id(value: Any) -> str:
    """Write an id; whole numbers lose the ``.0`` that a gap in their column gave them.

    Examples
    --------
    >>> _format_id(32.0), _format_id(32), _format_id("32.0")
    ('32', '32', '32.0')
    """
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)


def hash_sample(rows: list[dict[str, Any]]) -> str:
    """Digest of what was drawn: the same sample added twice is known by it."""
    return hash_parts(
        to_canonical_json([[row[name] for name in _SAMPLE_COLUMNS] for row in rows])
    )


def hash_items(rows: list[Any]) -> str:
    """Digest of the items as stored, content digests included."""
    names = (*_SAMPLE_COLUMNS, "item_id", "item_key", "content_digest")
    return hash_parts(
        to_canonical_json([[row[name] for name in names] for row in rows])
    )


def _attach_content(
    rows: list[dict[str, Any]], content: pd.DataFrame, first_id: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[int]]:
    """Give item rows, snapshot rows, and the ids of items that have no content."""
    content = content.set_axis([str(one) for one in content.index], axis=0)
    wanted = content.loc[content.index.intersection([r["listing_id"] for r in rows])]
    bodies = {
        listing: to_canonical_json(_convert_to_json(record))
        for listing, record in zip(wanted.index, wanted.to_dict("records"), strict=True)
    }
    items, snapshots, absent = [], [], []
    for item_id, row in enumerate(rows, start=first_id):
        body = bodies.get(row["listing_id"])
        digest = None
        if body is None:
            absent.append(item_id)
        else:
            snapshots.append(build_snapshot(item_id, "content", body))
            digest = snapshots[-1]["digest"]
        key = uuid.uuid4().hex
        items.append(
            {**row, "item_id": item_id, "item_key": key, "content_digest": digest}
        )
    return items, snapshots, absent


def _convert_to_json(value: Any) -> Any:
    """Turn a value of a frame into JSON's; what is missing is left out, not null."""
    if isinstance(value, Mapping):
        pairs = ((str(name), _convert_to_json(one)) for name, one in value.items())
        return {name: one for name, one in pairs if one is not None}
    if isinstance(value, list | tuple | np.ndarray):
        return [_convert_to_json(one) for one in value]
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


# Why an item is not served. Fixed words: what is in the chain cannot be erased.
DELETED, ERASED = "deleted after the draw", "erased on request"


@dataclass(frozen=True)
class CheckedSample:
    """A checked sample: design's text, digest, rows, and which ids are numbers."""

    design: str
    digest: str
    rows: list[dict[str, Any]]
    integer_ids: dict[str, bool]


def fix_role_key(connection: sa.Connection, seed: Any, shape_share: float) -> str:
    """Fix key and share at the first design: a seller keeps one role for good."""
    if not isinstance(shape_share, Real) or not 0 <= shape_share <= 1:
        raise LabelingError(
            f"'shape_share' must be between 0 and 1; got {format_value(shape_share)}."
        )
    rows = connection.execute(sa.select(schema.meta))
    settings = {row.name: row.value for row in rows}
    wanted = {
        "role_key": hash_parts("roles", str(seed)),
        "shape_share": repr(float(shape_share)),
    }
    if "role_key" not in settings:
        new = [{"name": name, "value": value} for name, value in wanted.items()]
        connection.execute(schema.meta.insert(), new)
        settings |= wanted
    if settings["shape_share"] != wanted["shape_share"]:
        raise LabelingError(
            f"The roles of this store were fixed with shape_share="
            f"{settings['shape_share']}; use the same, so that no label is used twice."
        )
    return str(settings["role_key"])


def insert_design(
    connection: sa.Connection, drawn: CheckedSample, content: pd.DataFrame
) -> None:
    """Add the design, its items and their content, and record it."""
    last = connection.scalar(sa.select(sa.func.max(schema.items.c.item_id)))
    items, texts, absent = _attach_content(drawn.rows, content, (last or 0) + 1)
    design_id = drawn.rows[0]["design_id"]
    connection.execute(
        schema.designs.insert().values(
            design_id=design_id, design=drawn.design, sample_digest=drawn.digest
        )
    )
    connection.execute(schema.items.insert(), items)
    connection.execute(schema.snapshots.insert(), texts)
    data = {
        "design_id": design_id,
        "design": hash_parts(drawn.design),
        "items": hash_items(items),
        "integer_ids": drawn.integer_ids,
    }
    append_event(connection, Event(f"design:{design_id}", "design", data))
    mark_gone(connection, absent, DELETED)


def mark_gone(connection: sa.Connection, item_ids: Iterable[int], why: str) -> None:
    """Record that items are there no more; one that was so already stays as it is."""
    known = set(connection.scalars(sa.select(schema.gone.c.item_id)))
    for item_id in item_ids:
        if item_id not in known:
            append_event(
                connection, Event(uuid.uuid4().hex, "gone", {"why": why}, item_id)
            )
            connection.execute(schema.gone.insert().values(item_id=item_id, why=why))


def find_items(connection: sa.Connection, listing_ids: Iterable[Any]) -> list[int]:
    """Find the items of listings, in any design; refuse a listing of none."""
    wanted = [str(one) for one in listing_ids]
    items = schema.items
    query = sa.select(items.c.item_id, items.c.listing_id)
    found = connection.execute(query.where(match_any(items.c.listing_id, wanted))).all()
    unknown = set(wanted) - {row.listing_id for row in found}
    if unknown:
        raise LabelingError(f"The store holds no listing {min(unknown)!r}.")
    return [row.item_id for row in found]


def match_any(column: Any, values: list[Any]) -> Any:
    """Whether a column is among any number of values (bound ones are limited)."""
    listed = sa.func.json_each(to_canonical_json(values)).table_valued("value")
    return column.in_(sa.select(listed.c.value))
