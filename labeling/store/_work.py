"""Serve, take and undo: each function runs inside one transaction of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from labeling.errors import AnswerError
from labeling.store import _schema
from labeling.store._chain import Event, append, keep_text


@dataclass(frozen=True)
class Worker:
    """Who works, on which design, from which kernel, and under which rules."""

    design_id: str
    annotator: str
    session: str
    labels_per_item: int
    lease_seconds: float


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
        ``submit``, ``skip``, ``undo`` or ``flag``.
    item_key : str
        The item concerned.
    """

    number: int
    event_id: str
    kind: str
    item_key: str


# An item is closed to a worker who has answered it, and to all once it is gone or has
# its labels. Leases of others count like labels while they last.
_OPEN = """
    i.design_id = :design_id AND i.position >= :start
    AND NOT EXISTS (SELECT 1 FROM answers a
                    WHERE a.item_id = i.item_id AND a.annotator = :annotator)
    AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.item_id = i.item_id)
    AND (SELECT count(*) FROM answers a
         WHERE a.item_id = i.item_id AND a.kind = 'submit') < :labels_per_item
"""
_HELD = """
    EXISTS (SELECT 1 FROM leases l WHERE l.item_id = i.item_id AND l.expires > :now
            AND l.annotator = :annotator AND l.session <> :session)
    OR (SELECT count(*) FROM answers a
        WHERE a.item_id = i.item_id AND a.kind = 'submit')
     + (SELECT count(*) FROM leases l WHERE l.item_id = i.item_id
        AND l.expires > :now AND l.annotator <> :annotator) >= :labels_per_item
"""
NEXT_ITEMS = f"""
SELECT i.item_id, i.item_key, i.listing_id, i.position, s.body,
       ({_HELD}) AS held,
       (SELECT l.expires FROM leases l WHERE l.item_id = i.item_id
        AND l.annotator = :annotator AND l.session = :session) AS own_until
FROM items i LEFT JOIN snapshots s ON s.digest = i.content_digest
WHERE {_OPEN}
ORDER BY i.position
LIMIT :n + (SELECT count(*) FROM leases WHERE expires > :now AND session <> :session)
"""


def lease(
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
    rows = connection.execute(sa.text(NEXT_ITEMS), values).all()
    mine = [row for row in rows if not row.held][:n]
    for row in mine:
        # half a lease is left: no need to write again for each look
        if (row.own_until or 0) < now + worker.lease_seconds / 2:
            _hold(connection, worker, row.item_id, now)
    return mine, rows[0].position if rows else start


def _hold(connection: sa.Connection, worker: Worker, item_id: int, now: float) -> None:
    _release(connection, worker, item_id)
    connection.execute(
        _schema.leases.insert().values(
            item_id=item_id,
            annotator=worker.annotator,
            session=worker.session,
            expires=now + worker.lease_seconds,
        )
    )


def _release(connection: sa.Connection, worker: Worker, item_id: int) -> None:
    table = _schema.leases
    connection.execute(
        table.delete().where(
            table.c.item_id == item_id, table.c.annotator == worker.annotator
        )
    )


def take_back(connection: sa.Connection, worker: Worker, now: float) -> int:
    """Give this session the items that the annotator's earlier sessions hold."""
    leases, items = _schema.leases, _schema.items
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


def replayed(connection: sa.Connection, worker: Worker, event: Event) -> Ack | None:
    """Acknowledge again an event that was saved before: a retry saves nothing."""
    row = connection.execute(
        sa.select(_schema.events, _schema.items.c.item_key)
        .join(_schema.items, _schema.items.c.item_id == _schema.events.c.item_id)
        .where(_schema.events.c.event_id == event.event_id)
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


def item_by_key(connection: sa.Connection, worker: Worker, key: str) -> Any:
    """Find the item of this design with a key."""
    row = connection.execute(
        sa.select(_schema.items).where(
            _schema.items.c.item_key == key,
            _schema.items.c.design_id == worker.design_id,
        )
    ).one_or_none()
    if row is None:
        raise AnswerError(
            f"The design {worker.design_id} has no item with the key {key!r}; take "
            "the item from next()."
        )
    return row


def content(connection: sa.Connection, item: Any) -> str:
    """Read what is shown of an item, as JSON text; empty once it was erased."""
    texts = _schema.snapshots
    where = texts.c.digest == item.content_digest
    return connection.scalar(sa.select(texts.c.body).where(where)) or "{}"


def answer(
    connection: sa.Connection, worker: Worker, event: Event, key: str, text: str
) -> Ack:
    """Save a submit or a skip: event, answer and text together, or none of them."""
    item = item_by_key(connection, worker, key)
    known = replayed(
        connection, worker, Event(**{**vars(event), "item_id": item.item_id})
    )
    if known is not None:
        return known
    _refuse_closed(connection, worker, item)
    ack = _record(connection, event, item, text)
    connection.execute(
        _schema.answers.insert().values(
            item_id=item.item_id,
            annotator=worker.annotator,
            kind=event.kind,
            seq=ack.number,
        )
    )
    _release(connection, worker, item.item_id)
    return ack


def flag(
    connection: sa.Connection, worker: Worker, event: Event, key: str, text: str
) -> Ack:
    """Save a flag; the item stays where it is."""
    item = item_by_key(connection, worker, key)
    known = replayed(
        connection, worker, Event(**{**vars(event), "item_id": item.item_id})
    )
    return known or _record(connection, event, item, text)


def _record(connection: sa.Connection, event: Event, item: Any, text: str) -> Ack:
    digest = keep_text(connection, item.item_id, event.kind, text)
    data: Mapping[str, Any] = {**event.data, "content": item.content_digest}
    if digest:
        data = {**data, "text": digest}
    full = Event(event.event_id, event.kind, data, item.item_id, event.annotator)
    number = append(connection, full)
    return Ack(number, event.event_id, event.kind, item.item_key)


def _refuse_closed(connection: sa.Connection, worker: Worker, item: Any) -> None:
    rows = connection.execute(
        sa.select(_schema.answers).where(_schema.answers.c.item_id == item.item_id)
    ).all()
    if any(row.annotator == worker.annotator for row in rows):
        raise AnswerError(
            f"You answered {item.listing_id!r} already; undo that answer to change it."
        )
    if sum(row.kind == "submit" for row in rows) >= worker.labels_per_item:
        raise AnswerError(
            f"{item.listing_id!r} got its label from someone else in the meantime; "
            "this answer was not saved, go on with the next item."
        )


def undo(
    connection: sa.Connection, worker: Worker, event_id: str, now: float
) -> tuple[Ack, str]:
    """Take back the annotator's last answer; give the item's key and what was said."""
    events, answers, items = _schema.events, _schema.answers, _schema.items
    known = replayed(connection, worker, Event(event_id, "undo", {}))
    if known is None:
        last = connection.execute(
            sa.select(answers.c.seq, items)
            .join(items, items.c.item_id == answers.c.item_id)
            .where(
                answers.c.annotator == worker.annotator,
                items.c.design_id == worker.design_id,
            )
            .order_by(answers.c.seq.desc())
            .limit(1)
        ).one_or_none()
        if last is None:
            raise AnswerError("There is nothing to undo.")
        event = Event(event_id, "undo", {"undoes": last.seq}, None, worker.annotator)
        known = _record(connection, event, last, "")
        connection.execute(answers.delete().where(answers.c.seq == last.seq))
        _hold(connection, worker, last.item_id, now)
    undone = connection.execute(
        sa.select(events.c.data).where(
            events.c.seq
            == sa.select(sa.func.json_extract(events.c.data, "$.undoes"))
            .where(events.c.seq == known.number)
            .scalar_subquery()
        )
    ).scalar_one()
    return known, undone
