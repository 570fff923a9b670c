"""A store that cannot be read or written says so, and loses nothing."""

import os
import sqlite3
import stat
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from labeling import LabelStore, StoreError, read_labels
from labeling.store import label_store
from tests.labeling.worlds import NOTHING, make_queue, make_store


def raw(store: LabelStore) -> sqlite3.Connection:
    """A connection of somebody who goes past this package."""
    return sqlite3.connect(store.path, isolation_level=None)


def pragma(store: LabelStore, setting: str) -> int | None:
    """Change a setting of the one pooled connection that serves this thread."""
    connection = store._engine.raw_connection()
    row = connection.driver_connection.execute(f"PRAGMA {setting}").fetchone()
    connection.close()
    return row and row[0]


def test_a_store_of_another_version_is_refused_and_left_alone(tmp_path):
    store = make_store(tmp_path / "labels.db")
    store.close()
    with raw(store) as connection:
        connection.execute("UPDATE meta SET value = '0' WHERE name = 'schema_version'")
    with pytest.raises(
        StoreError, match="has version 0 and this program writes version 1"
    ):
        LabelStore(store.path)


def test_what_is_no_store_is_refused(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("not a database at all " * 100)
    other = tmp_path / "other.db"
    sqlite3.connect(other).execute("CREATE TABLE t (a)")
    with pytest.raises(StoreError, match=r"notes.txt is not a label store"):
        LabelStore(text)
    with pytest.raises(StoreError, match="is a database but not a label store"):
        LabelStore(other)
    with pytest.raises(StoreError, match="is a folder"):
        LabelStore(tmp_path)
    with pytest.raises(
        StoreError, match="cannot be opened; check that the folder exists"
    ):
        LabelStore(tmp_path / "nowhere" / "labels.db")
    with pytest.raises(StoreError, match="is a local SQLite file; got 'postgresql"):
        LabelStore("postgresql://host/labels")
    assert text.read_text().startswith("not a database")


def test_a_damaged_store_is_refused_in_one_sentence(tmp_path):
    store = make_store(tmp_path / "labels.db", n=50)
    store.close()
    body = bytearray(store.path.read_bytes())
    body[4096:] = os.urandom(len(body) - 4096)
    store.path.write_bytes(bytes(body))
    with pytest.raises(
        StoreError, match="is damaged; nothing was saved, restore the last backup"
    ):
        LabelStore(store.path).verify()


@pytest.fixture
def as_nobody():
    """Root may write everywhere; without that right a read-only file is read-only."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    folder.chmod(0o700)


def test_a_read_only_store_is_refused_when_it_is_opened(as_nobody):
    store = make_store(as_nobody / "labels.db")
    store.close()
    store.path.chmod(stat.S_IRUSR)
    with pytest.raises(
        StoreError, match="is read-only; nothing was saved, give this user"
    ):
        LabelStore(store.path)
    store.path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert LabelStore(store.path).verify().ok


def test_a_store_that_becomes_read_only_loses_nothing(tmp_path):
    queue = make_queue(tmp_path / "labels.db")
    queue.submit(queue.next(), NOTHING)
    item = queue.next()
    pragma(queue.store, "query_only = ON")
    with pytest.raises(StoreError, match="is read-only; nothing was saved"):
        queue.submit(item, NOTHING, "same-id")
    pragma(queue.store, "query_only = OFF")
    queue.submit(item, NOTHING, "same-id")
    assert queue.progress.labeled == 2 and queue.store.verify().ok


def test_a_full_disk_is_said_and_loses_nothing(tmp_path):
    queue = make_queue(tmp_path / "labels.db", n=40)
    acked = []
    pages = pragma(queue.store, "page_count")
    pragma(queue.store, f"max_page_count = {pages + 2}")  # SQLITE_FULL beyond
    with pytest.raises(StoreError, match="the disk is full; nothing of this was saved"):
        for number in range(40):
            item = queue.next()
            queue.submit(item, NOTHING, f"id-{number}", rationale="w" * 300)
            acked.append(item.listing_id)
    assert acked
    pragma(queue.store, "max_page_count = 1073741823")
    queue.submit(item, NOTHING, f"id-{len(acked)}")
    gold = read_labels(queue.store)
    assert set(gold.index[gold["status"] == "labeled"]) == {*acked, item.listing_id}
    assert queue.store.verify().ok


def test_a_store_held_by_another_process_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(
        label_store, "_PRAGMAS", (*label_store._PRAGMAS[1:], "busy_timeout = 50")
    )
    queue = make_queue(tmp_path / "labels.db")
    item = queue.next()
    other = raw(queue.store)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="held by another process for too long"):
        queue.submit(item, NOTHING)
    other.execute("ROLLBACK")
    assert queue.submit(item, NOTHING).number == 2


def test_an_error_that_is_none_of_these_keeps_its_own_words(tmp_path):
    store = make_store(tmp_path / "labels.db")
    with (
        store.reading() as connection,
        pytest.raises(sa.exc.OperationalError, match="no such"),
    ):
        connection.exec_driver_sql("SELECT * FROM nowhere")


def test_another_database_with_tables_of_these_names_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE meta (a)")
        other.execute("CREATE TABLE events (b)")
    with pytest.raises(StoreError, match="a database but not a label store"):
        LabelStore(tmp_path / "other.db")
