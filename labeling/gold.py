"""Labels back to the segmentation: one row per drawn item, with its design."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import sqlalchemy as sa

from labeling.errors import LabelingError
from labeling.store import LabelStore, _schema

__all__ = ["gold_labels"]

COLUMNS = [
    "seller_id",
    "design_id",
    "stratum",
    "arm",
    "wave",
    "inclusion_prob",
    "serve_order",
    "status",
    "state",
    "primary",
    "severity",
    "violative",
    "role",
    "labeled_at",
    "labels",
]


def gold_labels(
    store: LabelStore, design_id: str | None = None, annotator: str | None = None
) -> pd.DataFrame:
    """Give every drawn item with its label, or with why it has none.

    Parameters
    ----------
    store : LabelStore
        The store.
    design_id : str, optional
        Only this design.
    annotator : str, optional
        Only this annotator's labels, as where two readers judge independently.

    Returns
    -------
    DataFrame, shape (items drawn, 15)
        Index `listing_id`. Design columns `seller_id, design_id, stratum, arm, wave,
        inclusion_prob, serve_order`; `status`: ``labeled``, ``insufficient`` (the
        code is neither yes nor no, or annotators disagree), ``skipped``, ``expired``
        (leased, never answered, or gone after the draw) or ``unserved``; `state`: the
        status in words where it needs some; `primary`, `severity`; `violative`: 1.0,
        0.0 or NaN; `role`: ``shape`` or ``measure``, fixed per seller; `labeled_at`
        (UTC); `labels`: annotators whose label counts. ``attrs["designs"]`` holds the
        designs as JSON, for `iprseg.survey.SampleDesign.all_of`.

    Raises
    ------
    LabelingError
        An unknown design, or an annotator who has answered nothing.
    """
    if design_id is not None:
        store.design(design_id)
    with store.reading() as connection:
        items = _items(connection, design_id)
        answers = _answers(connection, annotator)
        gone = {
            row.item_id: row.why for row in connection.execute(sa.select(_schema.gone))
        }
        leased = _leased(connection, annotator)
        types = _id_types(connection)
    if annotator is not None and not answers:
        raise LabelingError(f"The annotator {annotator!r} has answered nothing.")
    now = store.clock()
    rows = []
    for item in items:
        said = answers.get(item["item_id"], [])
        verdict = _verdict(said) or _nonresponse(
            item["item_id"], said, gone, leased, now
        )
        integer = types[item["design_id"]]
        rows.append({"state": "", "labels": 0, **_identity(item, integer), **verdict})
    frame = _frame(rows)
    frame.attrs["designs"] = [store.design(one) for one in frame["design_id"].unique()]
    return frame


def _items(connection: sa.Connection, design_id: str | None) -> list[Any]:
    table = _schema.items
    query = sa.select(table).order_by(table.c.item_id)
    if design_id is not None:
        query = query.where(table.c.design_id == design_id)
    return list(connection.execute(query).mappings())


def _answers(
    connection: sa.Connection, annotator: str | None
) -> dict[int, list[dict[str, Any]]]:
    table, events = _schema.answers, _schema.events
    query = sa.select(table.c.item_id, table.c.kind, events.c.at, events.c.data).join(
        events, events.c.seq == table.c.seq
    )
    if annotator is not None:
        query = query.where(table.c.annotator == annotator)
    found: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(query.order_by(table.c.seq)):
        said = {"kind": row.kind, "at": row.at, **json.loads(row.data)}
        found.setdefault(row.item_id, []).append(said)
    return found


def _leased(connection: sa.Connection, annotator: str | None) -> dict[int, float]:
    table = _schema.leases
    query = sa.select(table.c.item_id, sa.func.max(table.c.expires).label("until"))
    if annotator is not None:
        query = query.where(table.c.annotator == annotator)
    rows = connection.execute(query.group_by(table.c.item_id))
    return {row.item_id: row.until for row in rows}


def _id_types(connection: sa.Connection) -> dict[str, dict[str, bool]]:
    events = _schema.events
    texts = sa.select(events.c.data).where(events.c.kind == "design")
    data = [json.loads(text) for text in connection.scalars(texts)]
    return {one["design_id"]: one["integer_ids"] for one in data}


def _verdict(said: list[dict[str, Any]]) -> dict[str, Any] | None:
    labels = [one for one in said if one["kind"] == "submit"]
    if not labels:
        return None
    answers = [one["answer"] for one in labels]
    verdict = {"labeled_at": labels[-1]["at"], "labels": len(labels)}
    if len({one["violative"] for one in labels}) > 1:
        return {**verdict, "status": "insufficient", "state": "annotators disagree"}
    known = labels[0]["violative"] is not None
    return {
        **verdict,
        "status": "labeled" if known else "insufficient",
        "violative": labels[0]["violative"],
        "primary": _agreed(one.get("primary") for one in answers),
        "severity": _agreed(one.get("severity") for one in answers),
    }


def _agreed(codes: Any) -> str | None:
    different = set(codes)
    return different.pop() if len(different) == 1 else None


def _nonresponse(
    item_id: int,
    said: list[dict[str, Any]],
    gone: dict[int, str],
    leased: dict[int, float],
    now: float,
) -> dict[str, Any]:
    if item_id in gone:
        return {"status": "expired", "state": gone[item_id]}
    if said:
        return {"status": "skipped"}
    if leased.get(item_id, now) < now:
        return {"status": "expired", "state": "lease ran out"}
    return {"status": "unserved"}


def _identity(item: Any, integer: dict[str, bool]) -> dict[str, Any]:
    """Give the design columns, with ids of the type that the frame had."""
    row = {name: item[name] for name in ("listing_id", *COLUMNS[:7], "role")}
    for name, is_integer in integer.items():
        if is_integer and row[name] is not None:
            row[name] = int(row[name])
    return row


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["listing_id", *COLUMNS]).set_index("listing_id")
    frame["violative"] = frame["violative"].astype(float)
    sellers = [row["seller_id"] for row in rows]
    if any(isinstance(one, int) for one in sellers) and all(
        one is None or isinstance(one, int) for one in sellers
    ):
        # a gap would turn whole numbers into floats
        kind = "Int64" if None in sellers else "int64"
        frame["seller_id"] = pd.array(sellers, dtype=kind)
    frame["labeled_at"] = pd.to_datetime(
        frame["labeled_at"], utc=True, format="ISO8601"
    )
    return frame
