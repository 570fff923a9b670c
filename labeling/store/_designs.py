"""Keep a design and its items, and say which items are there no more."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import pandas as pd
import sqlalchemy as sa

from labeling._check import shown
from labeling.errors import LabelingError
from labeling.store import _schema
from labeling.store._chain import Event, append, canonical, sha256
from labeling.store._intake import items_digest, with_content

# Why an item is not served. Fixed words: what is in the chain cannot be erased.
DELETED, ERASED = "deleted after the draw", "erased on request"


@dataclass(frozen=True)
class Drawn:
    """A checked sample: design's text, digest, rows, and which ids are numbers."""

    design: str
    digest: str
    rows: list[dict[str, Any]]
    integer_ids: dict[str, bool]


def role_key(connection: sa.Connection, seed: Any, shape_share: float) -> str:
    """Fix key and share at the first design: a seller keeps one role for good."""
    if not isinstance(shape_share, Real) or not 0 <= shape_share <= 1:
        raise LabelingError(
            f"'shape_share' must be between 0 and 1; got {shown(shape_share)}."
        )
    rows = connection.execute(sa.select(_schema.meta))
    settings = {row.name: row.value for row in rows}
    wanted = {
        "role_key": sha256("roles", str(seed)),
        "shape_share": repr(float(shape_share)),
    }
    if "role_key" not in settings:
        new = [{"name": name, "value": value} for name, value in wanted.items()]
        connection.execute(_schema.meta.insert(), new)
        settings |= wanted
    if settings["shape_share"] != wanted["shape_share"]:
        raise LabelingError(
            f"The roles of this store were fixed with shape_share="
            f"{settings['shape_share']}; use the same, so that no label is used twice."
        )
    return str(settings["role_key"])


def insert(connection: sa.Connection, drawn: Drawn, content: pd.DataFrame) -> None:
    """Add the design, its items and their content, and record it."""
    last = connection.scalar(sa.select(sa.func.max(_schema.items.c.item_id)))
    items, texts, absent = with_content(drawn.rows, content, (last or 0) + 1)
    design_id = drawn.rows[0]["design_id"]
    connection.execute(
        _schema.designs.insert().values(
            design_id=design_id, design=drawn.design, sample_digest=drawn.digest
        )
    )
    connection.execute(_schema.items.insert(), items)
    connection.execute(_schema.snapshots.insert(), texts)
    data = {
        "design_id": design_id,
        "design": sha256(drawn.design),
        "items": items_digest(items),
        "integer_ids": drawn.integer_ids,
    }
    append(connection, Event(f"design:{design_id}", "design", data))
    mark_gone(connection, absent, DELETED)


def mark_gone(connection: sa.Connection, item_ids: Iterable[int], why: str) -> None:
    """Record that items are there no more; one that was so already stays as it is."""
    known = set(connection.scalars(sa.select(_schema.gone.c.item_id)))
    for item_id in item_ids:
        if item_id not in known:
            append(connection, Event(uuid.uuid4().hex, "gone", {"why": why}, item_id))
            connection.execute(_schema.gone.insert().values(item_id=item_id, why=why))


def items_of(connection: sa.Connection, listing_ids: Iterable[Any]) -> list[int]:
    """Find the items of listings, in any design; refuse a listing of none."""
    wanted = [str(one) for one in listing_ids]
    items = _schema.items
    query = sa.select(items.c.item_id, items.c.listing_id)
    found = connection.execute(query.where(among(items.c.listing_id, wanted))).all()
    unknown = set(wanted) - {row.listing_id for row in found}
    if unknown:
        raise LabelingError(f"The store holds no listing {min(unknown)!r}.")
    return [row.item_id for row in found]


def among(column: Any, values: list[Any]) -> Any:
    """Whether a column is among any number of values (bound ones are limited)."""
    listed = sa.func.json_each(canonical(values)).table_valued("value")
    return column.in_(sa.select(listed.c.value))
