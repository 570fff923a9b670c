"""Leases, answers, flags and undo, each an event in the store's hash chain.

Each function runs inside one transaction of the store. Texts are kept apart, behind
salted digests.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from labeling.errors import AnswerError
from labeling.store import schema
from labeling.store.decisions import (
    DECIDES,
    HELD_FROM_LEAD,
    OPEN_FOR_LEAD,
    count_decisions,
    is_disputed,
)


@dataclass(frozen=True)
class Worker:
    """Who works, on which design, from which kernel, and under which rules."""

    design_id: str
    annotator: str
    session: str
    labels_per_item: int
    lease_seconds: float
    decides: bool = False


@dataclass(frozen=True)
class Ack:
    """What the database has committed.

    Attributes
    ----------
    number : int
        The number of the record in the store.
    event_id : str
        The id that the caller made for it.
    kind : str
        ``submit``, ``skip``, ``undo_last_answer`` or ``save_flag``.
    item_key : str
        The item concerned.
    """

    number: int
    event_id: str
    kind: str
    item_key: str


# An item is closed to a worker who has answered it, and to all once it is gone or has
# its labels. Leases of others count like labels while they last.
_OPEN_ITEMS = """
    i.design_id = :design_id AND i.position >= :start
    AND NOT EXISTS (SELECT 1 FROM answers a
                    WHERE a.item_id = i.item_id AND a.annotator = :annotator)
    AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.item_id = i.item_id)
    AND (SELECT count(*) FROM answers a
         WHERE a.item_id = i.item_id AND a.kind = 'submit') < :labels_per_item
"""
_HELD_ITEMS = """
    EXISTS (SELECT 1 FROM leases l WHERE l.item_id = i.item_id AND l.expires > :now
            AND l.annotator = :annotator AND l.session <> :session)
    OR (SELECT count(*) FROM answers a
        WHERE a.item_id = i.item_id AND a.kind = 'submit')
     + (SELECT count(*) FROM leases l WHERE l.item_id = i.item_id
        AND l.expires > :now AND l.annotator <> :annotator) >= :labels_per_item
"""
_NEXT_ITEMS = """
SELECT i.item_id, i.item_key, i.listing_id, i.position, s.body,
       ({held}) AS held,
       (SELECT l.expires FROM leases l WHERE l.item_id = i.item_id
        AND l.annotator = :annotator AND l.session = :session) AS own_until
FROM items i LEFT JOIN snapshots s ON s.digest = i.content_digest
WHERE {open}
ORDER BY i.position
LIMIT :n + (SELECT count(*) FROM leases WHERE expires > :now AND session <> :session)
"""
_NEXT_TO_READ = _NEXT_ITEMS.format(held=_HELD_ITEMS, open=_OPEN_ITEMS)
_NEXT_TO_DECIDE = _NEXT_ITEMS.format(held=HELD_FROM_LEAD, open=OPEN_FOR_LEAD)


def lease_items(
    connection: sa.Connection, worker: Worker, n: int, start: int, now: float
) -> tuple[list[Any], int]:
    """Lease the next n open items; give them and the position to look from next."""
    values = {
        "design_id": worker.design_id,
        "annotator": worker.annotator,
        "session": worker.session,
        "labels_per_item": worker.labels_per_item,
        "start": start,
        "now": now,
        "n": n,
    }
    query = _NEXT_TO_DECIDE if worker.decides else _NEXT_TO_READ
    rows = connection.execute(sa.text(query), values).all()
    mine = [row for row in rows if not row.held][:n]
    for row in mine:
        # half a lease is left: no need to write again for each look
        if (row.own_until or 0) < now + worker.lease_seconds / 2:
            _write_lease(connection, worker, row.item_id, now)
    return mine, rows[0].position if rows else start


def _write_lease(
    connection: sa.Connection, worker: Worker, item_id: int, now: float
) -> None:
    _delete_lease(connection, worker, item_id)
    connection.execute(
        schema.leases.insert().values(
            item_id=item_id,
            annotator=worker.annotator,
            session=worker.session,
            expires=now + worker.lease_seconds,
        )
    )


def _delete_lease(connection: sa.Connection, worker: Worker, item_id: int) -> None:
    table = schema.leases
    connection.execute(
        table.delete().where(
            table.c.item_id == item_id, table.c.annotator == worker.annotator
        )
    )


def take_over_leases(connection: sa.Connection, worker: Worker, now: float) -> int:
    """Give this session the items that the annotator's earlier sessions hold."""
    leases, items = schema.leases, schema.items
    own = sa.select(items.c.item_id).where(items.c.design_id == worker.design_id)
    changed = connection.execute(
        leases.update()
        .where(
            leases.c.annotator == worker.annotator,
            leases.c.session != worker.session,
            leases.c.item_id.in_(own),
        )
        .values(session=worker.session, expires=now + worker.lease_seconds)
    )
    return changed.rowcount


def _acknowledge_again(
    connection: sa.Connection, worker: Worker, event: Event
) -> Ack | None:
    """Acknowledge again an event that was saved before: a retry saves nothing."""
    row = connection.execute(
        sa.select(schema.events, schema.items.c.item_key)
        .join(schema.items, schema.items.c.item_id == schema.events.c.item_id)
        .where(schema.events.c.event_id == event.event_id)
    ).one_or_none()
    if row is None:
        return None
    same = (row.kind, row.annotator) == (event.kind, worker.annotator)
    if not same or event.item_id not in (None, row.item_id):
        raise AnswerError(
            f"The id {event.event_id!r} was used for something else already; make a "
            "new one for each answer."
        )
    return Ack(row.seq, row.event_id, row.kind, row.item_key)


def find_item(connection: sa.Connection, worker: Worker, key: str) -> Any:
    """Find the item of this design with a key."""
    row = connection.execute(
        sa.select(schema.items).where(
            schema.items.c.item_key == key,
            schema.items.c.design_id == worker.design_id,
        )
    ).one_or_none()
    if row is None:
        raise AnswerError(
            f"The design {worker.design_id} has no item with the key {key!r}; take "
            "the item from next()."
        )
    return row


def read_content(connection: sa.Connection, item: Any) -> str:
    """Read what is shown of an item, as JSON text; empty once it was erased."""
    texts = schema.snapshots
    where = texts.c.digest == item.content_digest
    return connection.scalar(sa.select(texts.c.body).where(where)) or "{}"


def save_answer(
    connection: sa.Connection, worker: Worker, event: Event, key: str, text: str
) -> Ack:
    """Save a submit or a skip: event, answer and text together, or none of them."""
    item = find_item(connection, worker, key)
    known = _acknowledge_again(
        connection, worker, Event(**{**vars(event), "item_id": item.item_id})
    )
    if known is not None:
        return known
    _refuse_closed_item(connection, worker, item)
    ack = _record_event(connection, event, item, text)
    connection.execute(
        schema.answers.insert().values(
            item_id=item.item_id,
            annotator=worker.annotator,
            kind=event.kind,
            seq=ack.number,
        )
    )
    _delete_lease(connection, worker, item.item_id)
    return ack


def save_flag(
    connection: sa.Connection, worker: Worker, event: Event, key: str, text: str
) -> Ack:
    """Save a flag; the item stays where it is."""
    item = find_item(connection, worker, key)
    known = _acknowledge_again(
        connection, worker, Event(**{**vars(event), "item_id": item.item_id})
    )
    return known or _record_event(connection, event, item, text)


def _record_event(connection: sa.Connection, event: Event, item: Any, text: str) -> Ack:
    digest = store_text(connection, item.item_id, event.kind, text)
    data: Mapping[str, Any] = {**event.data, "content": item.content_digest}
    if digest:
        data = {**data, "text": digest}
    full = Event(event.event_id, event.kind, data, item.item_id, event.annotator)
    number = append_event(connection, full)
    return Ack(number, event.event_id, event.kind, item.item_key)


def _refuse_closed_item(connection: sa.Connection, worker: Worker, item: Any) -> None:
    rows = connection.execute(
        sa.select(schema.answers).where(schema.answers.c.item_id == item.item_id)
    ).all()
    if any(row.annotator == worker.annotator for row in rows):
        raise AnswerError(
            f"You answered {item.listing_id!r} already; undo that answer to change it."
        )
    if worker.decides:
        if not is_disputed(connection, item.item_id):
            raise AnswerError(
                f"Readers do not disagree on {item.listing_id!r}, or another lead has "
                "decided it; this answer was not saved, go on with the next item."
            )
    elif sum(row.kind == "submit" for row in rows) >= worker.labels_per_item:
        raise AnswerError(
            f"{item.listing_id!r} got its label from someone else in the meantime; "
            "this answer was not saved, go on with the next item."
        )


def undo_last_answer(
    connection: sa.Connection, worker: Worker, event_id: str, now: float
) -> tuple[Ack, str]:
    """Take back the annotator's last answer; give the item's key and what was said."""
    events, answers, items = schema.events, schema.answers, schema.items
    known = _acknowledge_again(connection, worker, Event(event_id, "undo", {}))
    if known is None:
        last = connection.execute(
            sa.select(answers.c.seq, items)
            .join(items, items.c.item_id == answers.c.item_id)
            .join(events, events.c.seq == answers.c.seq)
            .where(
                answers.c.annotator == worker.annotator,
                items.c.design_id == worker.design_id,
                # what was read is not taken back among what was decided
                sa.literal_column(DECIDES) == int(worker.decides),
            )
            .order_by(answers.c.seq.desc())
            .limit(1)
        ).one_or_none()
        if last is None:
            raise AnswerError("There is nothing to undo.")
        event = Event(event_id, "undo", {"undoes": last.seq}, None, worker.annotator)
        known = _record_event(connection, event, last, "")
        connection.execute(answers.delete().where(answers.c.seq == last.seq))
        _write_lease(connection, worker, last.item_id, now)
    undone = connection.execute(
        sa.select(events.c.data).where(
            events.c.seq
            == sa.select(sa.func.json_extract(events.c.data, "$.undoes"))
            .where(events.c.seq == known.number)
            .scalar_subquery()
        )
    ).scalar_one()
    return known, undone


_COUNT_QUERY = """
WITH ours AS MATERIALIZED (
    SELECT a.item_id, a.annotator, a.kind FROM answers a JOIN items i
    ON i.item_id = a.item_id WHERE i.design_id = :design_id
), lost AS MATERIALIZED (
    SELECT g.item_id FROM gone g JOIN items i ON i.item_id = g.item_id
    WHERE i.design_id = :design_id
), closed AS (
    SELECT item_id FROM lost
    UNION SELECT item_id FROM ours WHERE annotator = :annotator
    UNION SELECT item_id FROM ours WHERE kind = 'submit'
    GROUP BY item_id HAVING count(*) >= :labels_per_item
)
SELECT (SELECT count(*) FROM items WHERE design_id = :design_id) AS total,
       (SELECT count(*) FROM lost) AS gone,
       (SELECT count(*) FROM closed) AS closed,
       coalesce(sum(kind = 'submit'), 0) AS labeled,
       coalesce(sum(kind = 'skip'), 0) AS skipped
FROM ours WHERE annotator = :annotator
"""


def count_progress(connection: sa.Connection, worker: Worker) -> Any:
    """Count items drawn, gone, closed to this annotator, and answered by them."""
    if worker.decides:
        return count_decisions(connection, worker.design_id, worker.annotator)
    return connection.execute(
        sa.text(_COUNT_QUERY),
        {
            "design_id": worker.design_id,
            "annotator": worker.annotator,
            "labels_per_item": worker.labels_per_item,
        },
    ).one()


@dataclass(frozen=True)
class Event:
    """One thing that happened, before it has a place in the chain."""

    event_id: str
    kind: str
    data: Mapping[str, Any]
    item_id: int | None = None
    annotator: str | None = None


def to_canonical_json(value: Any) -> str:
    """Write a value as its one JSON text: sorted names, no spaces, no NaN."""
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def hash_parts(*parts: bytes | str) -> str:
    """SHA-256 of the parts, each preceded by its length, as hexadecimal digits."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def hash_row(prev_hash: str, row: Mapping[str, Any]) -> str:
    """Hash of an event's row and of the row before it."""
    names = ("event_id", "kind", "item_id", "annotator", "at", "data")
    return hash_parts(prev_hash, to_canonical_json({name: row[name] for name in names}))


def append_event(connection: sa.Connection, event: Event) -> int:
    """Add an event at the end of the chain; give its number."""
    events = schema.events
    last = sa.select(events.c.row_hash).order_by(events.c.seq.desc()).limit(1)
    prev_hash = connection.scalar(last) or ""
    row = {
        "event_id": event.event_id,
        "kind": event.kind,
        "item_id": event.item_id,
        "annotator": event.annotator,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "data": to_canonical_json(dict(event.data)),
    }
    added = connection.execute(
        events.insert().values(
            **row, prev_hash=prev_hash, row_hash=hash_row(prev_hash, row)
        )
    )
    return int(added.lastrowid)


def build_snapshot(item_id: int, kind: str, body: str) -> dict[str, Any]:
    """Make a row of the erasable table: the text, a fresh salt, their digest."""
    salt = secrets.token_bytes(16)
    digest = hash_parts(salt, body)
    return {
        "digest": digest,
        "item_id": item_id,
        "kind": kind,
        "salt": salt,
        "body": body,
    }


def store_text(
    connection: sa.Connection, item_id: int, kind: str, text: str
) -> str | None:
    """Store a note or rationale apart; give the digest that an event may name."""
    if not text:
        return None
    row = build_snapshot(item_id, kind, text)
    connection.execute(schema.snapshots.insert(), [row])
    return str(row["digest"])
