"""The tables of a label store and the triggers that make its records append-only."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = "1"
metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

# What happened, in order. Free text and listing content are never here: only their
# salted digests, so that erasing a text leaves the chain as it was.
events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("event_id", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("item_id", Integer),
    Column("annotator", String),
    Column("at", String, nullable=False),
    Column("data", Text, nullable=False),
    Column("prev_hash", String, nullable=False),
    Column("row_hash", String, nullable=False),
    Index("events_of_item", "item_id", "annotator", "seq"),
    Index("events_of_annotator", "annotator", "kind", "seq"),
    sqlite_autoincrement=True,
)

designs = Table(
    "designs",
    metadata,
    Column("design_id", String, primary_key=True),
    Column("design", Text, nullable=False),
    Column("sample_digest", String, nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("item_id", Integer, primary_key=True),
    Column("item_key", String, nullable=False, unique=True),
    Column("design_id", ForeignKey("designs.design_id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("listing_id", String, nullable=False),
    Column("seller_id", String),
    Column("stratum", String, nullable=False),
    Column("arm", String, nullable=False),
    Column("wave", Integer, nullable=False),
    Column("inclusion_prob", Float, nullable=False),
    Column("serve_order", Integer, nullable=False),
    Column("role", String, nullable=False),
    Column("content_digest", String),
    UniqueConstraint("design_id", "position"),
    UniqueConstraint("design_id", "listing_id"),
    Index("items_of_listing", "listing_id"),
)

# Everything that a person may ask to have erased, and the salt of its digest.
snapshots = Table(
    "snapshots",
    metadata,
    Column("digest", String, primary_key=True),
    Column("item_id", ForeignKey("items.item_id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("body", Text, nullable=False),
    Index("snapshots_of_item", "item_id"),
)

# What the events say now; verify() replays the events and compares.
answers = Table(
    "answers",
    metadata,
    Column("item_id", ForeignKey("items.item_id"), primary_key=True),
    Column("annotator", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("seq", ForeignKey("events.seq"), nullable=False, unique=True),
)

gone = Table(
    "gone",
    metadata,
    Column("item_id", ForeignKey("items.item_id"), primary_key=True),
    Column("why", String, nullable=False),
)

# Who has which item on the screen, until when; not part of the record.
leases = Table(
    "leases",
    metadata,
    Column("item_id", ForeignKey("items.item_id"), primary_key=True),
    Column("annotator", String, primary_key=True),
    Column("session", String, nullable=False),
    Column("expires", Float, nullable=False),
)

APPEND_ONLY = ("events", "designs", "items")

# INSERT OR REPLACE deletes without firing delete triggers, so an insert over an
# existing row is refused as well.
_GUARD = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_NO_REPLACE = """
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {clash})
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_CHAIN = """
CREATE TRIGGER events_chain BEFORE INSERT ON events
WHEN NEW.prev_hash IS NOT coalesce(
    (SELECT row_hash FROM events ORDER BY seq DESC LIMIT 1), '')
BEGIN SELECT RAISE(ABORT, 'the event does not follow the last one'); END
"""
_CLASHES = {
    "events": "seq = NEW.seq OR event_id = NEW.event_id",
    "designs": "design_id = NEW.design_id",
    "items": (
        "item_id = NEW.item_id OR item_key = NEW.item_key OR (design_id = "
        "NEW.design_id AND (listing_id = NEW.listing_id OR position = NEW.position))"
    ),
}

TRIGGERS = {
    f"{table}_no_{verb}": _GUARD.format(table=table, verb=verb)
    for table in APPEND_ONLY
    for verb in ("update", "delete")
}
TRIGGERS |= {
    f"{table}_no_replace": _NO_REPLACE.format(table=table, clash=clash)
    for table, clash in _CLASHES.items()
}
TRIGGERS["events_chain"] = _CHAIN
