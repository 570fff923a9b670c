"""Append an event to the hash chain; keep texts apart, behind salted digests."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from labeling.store import _schema


@dataclass(frozen=True)
class Event:
    """One thing that happened, before it has a place in the chain."""

    event_id: str
    kind: str
    data: Mapping[str, Any]
    item_id: int | None = None
    annotator: str | None = None


def canonical(value: Any) -> str:
    """Write a value as its one JSON text: sorted names, no spaces, no NaN."""
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def sha256(*parts: bytes | str) -> str:
    """SHA-256 of the parts, each preceded by its length, as hexadecimal digits."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def row_hash(prev_hash: str, row: Mapping[str, Any]) -> str:
    """Hash of an event's row and of the row before it."""
    names = ("event_id", "kind", "item_id", "annotator", "at", "data")
    return sha256(prev_hash, canonical({name: row[name] for name in names}))


def append(connection: sa.Connection, event: Event) -> int:
    """Add an event at the end of the chain; give its number."""
    events = _schema.events
    last = sa.select(events.c.row_hash).order_by(events.c.seq.desc()).limit(1)
    prev_hash = connection.scalar(last) or ""
    row = {
        "event_id": event.event_id,
        "kind": event.kind,
        "item_id": event.item_id,
        "annotator": event.annotator,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "data": canonical(dict(event.data)),
    }
    added = connection.execute(
        events.insert().values(
            **row, prev_hash=prev_hash, row_hash=row_hash(prev_hash, row)
        )
    )
    return int(added.lastrowid)


def snapshot(item_id: int, kind: str, body: str) -> dict[str, Any]:
    """Make a row of the erasable table: the text, a fresh salt, their digest."""
    salt = secrets.token_bytes(16)
    digest = sha256(salt, body)
    return {
        "digest": digest,
        "item_id": item_id,
        "kind": kind,
        "salt": salt,
        "body": body,
    }


def keep_text(
    connection: sa.Connection, item_id: int, kind: str, text: str
) -> str | None:
    """Store a note or rationale apart; give the digest that an event may name."""
    if not text:
        return None
    row = snapshot(item_id, kind, text)
    connection.execute(_schema.snapshots.insert(), [row])
    return str(row["digest"])
