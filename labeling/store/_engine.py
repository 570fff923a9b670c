"""Open the SQLite file of a label store, and say in one sentence what it refuses."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from labeling.errors import StoreError
from labeling.store import _schema

# Under this many seconds a second kernel waits for the first one's transaction.
BUSY_SECONDS = 30

_PRAGMAS = (
    f"busy_timeout = {BUSY_SECONDS * 1000}",
    "journal_mode = WAL",
    "synchronous = FULL",  # an acknowledged label survives a power cut
    "foreign_keys = ON",
    "secure_delete = ON",  # erased text is overwritten, not only unlinked
)
_WHAT = {
    sqlite3.SQLITE_BUSY: (
        "was held by another process for too long; nothing was saved, try again"
    ),
    sqlite3.SQLITE_READONLY: (
        "is read-only; nothing was saved, give this user the right to write the file "
        "and its folder"
    ),
    sqlite3.SQLITE_FULL: (
        "cannot grow because the disk is full; nothing of this was saved and nothing "
        "saved before is lost, free some space and try again"
    ),
    sqlite3.SQLITE_IOERR: (
        "could not be written (input/output error); nothing of this was saved, look "
        "at the disk and try again"
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened; check that the folder exists and may be written"
    ),
    sqlite3.SQLITE_NOTADB: "is not a label store; give the path of one or of no file",
    sqlite3.SQLITE_CORRUPT: (
        "is damaged; nothing was saved, restore the last backup of the file"
    ),
}


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Turn an error of the database into one sentence that names the file."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorcode", None)
        primary = None if code is None else code & 0xFF  # extended codes share it
        if primary not in _WHAT:
            raise
        raise StoreError(f"The label store {path} {_WHAT[primary]}.") from error


def _configure(connection: sqlite3.Connection, record: object) -> None:
    # the driver's own implicit BEGIN would be a deferred one
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    # A writer takes the lock at once: two kernels then never both read the same
    # state and write upon it.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def open_engine(path: Path) -> sa.Engine:
    """Open or create the store's file, and check that it can be read and written."""
    if path.is_dir():
        raise StoreError(f"{path} is a folder; give the path of a file in it.")
    _check_rights(path)
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin)
    try:
        with clear_errors(path), engine.begin() as connection:
            _prepare(connection, path)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _check_rights(path: Path) -> None:
    # SQLite itself would leave files beside a read-only one that nobody can write
    effective = os.access in os.supports_effective_ids
    for place in (path, path.parent):
        if place.exists() and not os.access(place, os.W_OK, effective_ids=effective):
            raise StoreError(
                f"The label store {path} {_WHAT[sqlite3.SQLITE_READONLY]}."
            )


def _prepare(connection: sa.Connection, path: Path) -> None:
    names = set(sa.inspect(connection).get_table_names())
    if not names:
        _create(connection)
        return
    _check_version(connection, names, path)
    # A write that changes nothing: a read-only file is refused now, not after an hour
    # of labeling.
    meta = _schema.meta
    same = meta.update().where(meta.c.name == "schema_version")
    connection.execute(same.values(value=meta.c.value))


def _create(connection: sa.Connection) -> None:
    _schema.metadata.create_all(connection)
    for trigger in _schema.TRIGGERS.values():
        connection.exec_driver_sql(trigger)
    rows = {"schema_version": _schema.SCHEMA_VERSION, "store_id": uuid.uuid4().hex}
    connection.execute(
        _schema.meta.insert(), [{"name": n, "value": v} for n, v in rows.items()]
    )


def _check_version(connection: sa.Connection, names: set[str], path: Path) -> None:
    columns: set[str] = set()
    if "meta" in names:
        columns = {one["name"] for one in sa.inspect(connection).get_columns("meta")}
    if "events" not in names or not {"name", "value"} <= columns:
        raise StoreError(
            f"{path} is a database but not a label store; give another path."
        )
    version = connection.scalar(
        sa.select(_schema.meta.c.value).where(_schema.meta.c.name == "schema_version")
    )
    if version != _schema.SCHEMA_VERSION:
        raise StoreError(
            f"The label store {path} has version {version} and this program writes "
            f"version {_schema.SCHEMA_VERSION}; nothing was changed, use the release "
            "that wrote it or start a new store."
        )
