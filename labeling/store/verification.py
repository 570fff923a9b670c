"""Check a store against itself: chain, texts, items, and what the events add up to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from labeling.store import schema
from labeling.store.events import hash_parts, hash_row
from labeling.store.intake import hash_items


@dataclass(frozen=True)
class Verification:
    """What a check of the store found.

    Attributes
    ----------
    problems : tuple of str
        One sentence for each thing that is not as it was written; empty when all is.
    events : int
        Events in the chain.
    head : str
        Hash of the last event. Kept elsewhere, it shows later whether the end of the
        chain was cut off and rewritten.
    erased : int
        Texts that were erased on request.
    """

    problems: tuple[str, ...]
    events: int
    head: str
    erased: int

    @property
    def ok(self) -> bool:
        """Whether everything is as it was written."""
        return not self.problems


def verify_store(connection: sa.Connection) -> Verification:
    """Read the whole store once and compare it with its own record."""
    rows: list[Any] = list(
        connection.execute(sa.select(schema.events).order_by(schema.events.c.seq))
    )
    data = [json.loads(row.data) for row in rows]
    erased = {
        digest
        for row, content in zip(rows, data, strict=True)
        if row.kind == "erase"
        for digest in content["digests"]
    }
    problems = [
        *_find_altered_triggers(connection),
        *_find_breaks_in_hash_chain(rows),
        *_find_lost_last_events(connection, rows),
        *_find_altered_items(connection, rows, data),
        *_find_altered_texts(connection, data, erased),
        *_find_altered_answers(connection, rows, data),
    ]
    head = rows[-1].row_hash if rows else ""
    return Verification(tuple(problems), len(rows), head, len(erased))


def _find_altered_triggers(connection: sa.Connection) -> Iterator[str]:
    rows = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    )
    found = {row.name: row.sql for row in rows}
    for name, sql in schema.TRIGGERS.items():
        if found.get(name, "").split() != sql.split():
            yield f"The guard {name} is missing or was changed."


def _find_breaks_in_hash_chain(rows: list[Any]) -> Iterator[str]:
    previous = ""
    for row in rows:
        expected = hash_row(row.prev_hash, row._mapping)
        if row.prev_hash != previous or row.row_hash != expected:
            yield f"Event {row.seq} is not the one that was written."
        previous = row.row_hash


def _find_lost_last_events(connection: sa.Connection, rows: list[Any]) -> Iterator[str]:
    last = connection.exec_driver_sql(
        "SELECT seq FROM sqlite_sequence WHERE name = 'events'"
    ).scalar()
    if (last or 0) != (rows[-1].seq if rows else 0):
        yield f"Events up to number {last} were written; the last ones are missing."


def _find_altered_items(
    connection: sa.Connection, rows: list[Any], data: list[Any]
) -> Iterator[str]:
    written = {
        content["design_id"]: content
        for row, content in zip(rows, data, strict=True)
        if row.kind == "design"
    }
    designs = connection.execute(sa.select(schema.designs)).all()
    if {row.design_id for row in designs} != set(written):
        yield "The designs are not those that were added."
    for design in designs:
        items = connection.execute(
            sa.select(schema.items)
            .where(schema.items.c.design_id == design.design_id)
            .order_by(schema.items.c.position)
        )
        recorded = written.get(design.design_id, {})
        if recorded.get("items") != hash_items([row._mapping for row in items]):
            yield f"The items of design {design.design_id} are not those drawn."
        if recorded.get("design") != hash_parts(design.design):
            yield f"The design {design.design_id} is not the one that was added."


def _find_altered_texts(
    connection: sa.Connection, data: list[Any], erased: set[str]
) -> Iterator[str]:
    present = set()
    for row in connection.execute(sa.select(schema.snapshots)):
        present.add(row.digest)
        if hash_parts(row.salt, row.body) != row.digest:
            yield f"The {row.kind} with the digest {row.digest[:12]} was changed."
    named = {content[name] for content in data for name in ("text",) if name in content}
    items = sa.select(schema.items.c.content_digest)
    named |= {digest for digest in connection.scalars(items) if digest}
    for digest in sorted(named - present - erased):
        yield f"A text with the digest {digest[:12]} is gone and was never erased."
    for digest in sorted(present & erased):
        yield f"A text with the digest {digest[:12]} was erased and is still there."


def _find_altered_answers(
    connection: sa.Connection, rows: list[Any], data: list[Any]
) -> Iterator[str]:
    current: dict[int, tuple[Any, ...]] = {}
    for row, content in zip(rows, data, strict=True):
        if row.kind in ("submit", "skip"):
            current[row.seq] = (row.item_id, row.annotator, row.kind, row.seq)
        elif row.kind == "undo":
            current.pop(content["undoes"], None)
    stored = {tuple(row) for row in connection.execute(sa.select(schema.answers))}
    if stored != set(current.values()):
        yield "The current answers are not what the events add up to."
