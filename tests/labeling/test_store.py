"""The store is append-only, erasable, verifiable, and refuses what it cannot keep."""

import os
import sqlite3
import stat
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from labeling import (
    Codebook,
    LabelingError,
    LabelQueue,
    LabelStore,
    StoreError,
    gold_labels,
)
from labeling.store import _engine, _schema
from tests.labeling.worlds import (
    COUNTERFEIT,
    DESIGN,
    NOTHING,
    make_listings,
    make_queue,
    make_sample,
    make_store,
)


def raw(store: LabelStore) -> sqlite3.Connection:
    """A connection of somebody who goes past this package."""
    return sqlite3.connect(store.path, isolation_level=None)


def pragma(store: LabelStore, setting: str) -> int | None:
    """Change a setting of the one pooled connection that serves this thread."""
    connection = store._engine.raw_connection()
    row = connection.driver_connection.execute(f"PRAGMA {setting}").fetchone()
    connection.close()
    return row and row[0]


@pytest.fixture
def labeled(tmp_path):
    """A store with two labels and a flag, each with a text."""
    queue = make_queue(tmp_path / "labels.db")
    queue.submit(
        queue.next(), COUNTERFEIT, rationale="the stitching is wrong, says Ines"
    )
    queue.flag(queue.next(), note="ask the brand")
    queue.submit(queue.next(), NOTHING)
    return queue.store


# --- the database itself keeps the record --------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET data = '{}' WHERE seq = 2",
        "DELETE FROM events WHERE seq = 2",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 2",
        "REPLACE INTO events (event_id, kind, at, data, prev_hash, row_hash) "
        "SELECT event_id, 'skip', at, '{}', (SELECT row_hash FROM events WHERE seq = 4), '' "
        "FROM events WHERE seq = 2",
        "UPDATE items SET inclusion_prob = 1",
        "DELETE FROM items",
        "INSERT OR REPLACE INTO items SELECT * FROM items LIMIT 1",
        "UPDATE items SET role = 'measure'",
        "UPDATE designs SET design = '{}'",
        "DELETE FROM designs",
        "INSERT OR REPLACE INTO designs SELECT * FROM designs",
    ],
)
def test_the_database_refuses_to_change_the_record(labeled, statement):
    with (
        raw(labeled) as connection,
        pytest.raises(
            sqlite3.IntegrityError, match=r"append-only|does not follow the last one"
        ),
    ):
        connection.execute(statement)
    assert labeled.verify().ok


def test_the_database_refuses_an_event_out_of_the_chain(labeled):
    with (
        raw(labeled) as connection,
        pytest.raises(sqlite3.IntegrityError, match="does not follow the last one"),
    ):
        connection.execute(
            "INSERT INTO events (event_id, kind, at, data, prev_hash, row_hash) "
            "VALUES ('x', 'submit', '', '{}', 'guess', 'guess')"
        )


@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        (
            "UPDATE events SET data = replace(data, 'S3', 'S1')",
            "Event 2 is not the one",
        ),
        ("UPDATE events SET annotator = 'x' WHERE seq = 2", "Event 2 is not the one"),
        (
            "DELETE FROM answers; DELETE FROM events WHERE seq = 3",
            "Event 4 is not the one",
        ),
        (
            "DELETE FROM answers WHERE seq = 4; DELETE FROM events WHERE seq = 4",
            "up to number 4 were written",
        ),
        (
            "UPDATE items SET inclusion_prob = 0.9",
            "items of design d1 are not those drawn",
        ),
        ("UPDATE designs SET design = '{}'", "design d1 is not the one"),
        ("UPDATE snapshots SET body = 'fine'", "was changed"),
        ("DELETE FROM snapshots", "is gone and was never erased"),
        ("DELETE FROM answers", "answers are not what the events add up to"),
        (
            "UPDATE answers SET kind = 'skip'",
            "answers are not what the events add up to",
        ),
        (
            "INSERT INTO designs VALUES ('d2', '{}', '')",
            "designs are not those that were added",
        ),
    ],
)
def test_verify_finds_what_was_changed_behind_the_guards(labeled, tampering, problem):
    with raw(labeled) as connection:
        for name in _schema.TRIGGERS:
            connection.execute(f"DROP TRIGGER {name}")
        connection.executescript(tampering)
        for trigger in _schema.TRIGGERS.values():
            connection.execute(trigger)
    found = labeled.verify()
    assert not found.ok
    assert any(problem in one for one in found.problems), found.problems


def test_verify_finds_a_missing_guard(labeled):
    with raw(labeled) as connection:
        connection.execute("DROP TRIGGER events_no_update")
    assert labeled.verify().problems == (
        "The guard events_no_update is missing or was changed.",
    )


# --- erasing -------------------------------------------------------------------------


def test_events_hold_no_text_and_no_content(labeled):
    text = labeled.events().astype(str).to_csv()
    assert (
        "stitching" not in text
        and "ask the brand" not in text
        and "Zephyra" not in text
    )


def test_equal_texts_have_different_digests(tmp_path):
    queue = make_queue(tmp_path / "labels.db")
    for _ in range(2):
        queue.submit(queue.next(), NOTHING, rationale="same words")
    with raw(queue.store) as connection:
        rows = connection.execute(
            "SELECT digest FROM snapshots WHERE body = 'same words'"
        )
        assert len({digest for (digest,) in rows}) == 2


def test_erasing_removes_every_text_and_leaves_the_chain_and_the_labels(labeled):
    before, gold = labeled.verify(), gold_labels(labeled)
    listing = gold.index[gold["primary"] == "TM_COUNTERFEIT"][0]
    assert labeled.erase([listing]) == 2  # content and rationale
    after = labeled.verify()
    assert after.ok and after.erased == 2 and after.events == before.events + 2
    assert gold_labels(labeled).loc[listing, "primary"] == "TM_COUNTERFEIT"
    files = b"".join(
        path.read_bytes() for path in labeled.path.parent.glob("labels.db*")
    )
    assert b"stitching" not in files and f"number {listing}".encode() not in files
    assert b"ask the brand" in files  # the rest is still there


def test_an_erased_item_is_served_no_more_and_can_be_undone(tmp_path):
    queue = make_queue(tmp_path / "labels.db", n=2)
    first = queue.next()
    queue.submit(first, NOTHING)
    queue.store.erase([first.listing_id])
    undone = queue.undo()
    assert undone == first and undone.content == {}
    assert queue.next() != first
    queue.skip(queue.next())
    assert queue.next() is None
    gold = gold_labels(queue.store)
    assert gold.loc[first.listing_id, ["status", "state"]].tolist() == [
        "expired",
        "erased on request",
    ]


def test_erase_says_when_an_old_copy_stays_in_the_log(labeled, monkeypatch):
    monkeypatch.setattr(
        _engine, "_PRAGMAS", (*_engine._PRAGMAS[1:], "busy_timeout = 50")
    )
    store = LabelStore(labeled.path)
    reader = raw(store)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()
    with pytest.raises(
        StoreError, match=r"another kernel is reading .* call erase again"
    ):
        store.erase(["L0005"])
    reader.close()
    store.erase(["L0005"])
    assert store.verify().ok


# --- what is refused -----------------------------------------------------------------


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
    gold = gold_labels(queue.store)
    assert set(gold.index[gold["status"] == "labeled"]) == {*acked, item.listing_id}
    assert queue.store.verify().ok


def test_a_store_held_by_another_process_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(
        _engine, "_PRAGMAS", (*_engine._PRAGMAS[1:], "busy_timeout = 50")
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


# --- adding a design -----------------------------------------------------------------


def test_the_same_sample_added_again_changes_nothing(tmp_path):
    store = make_store(tmp_path / "labels.db")
    before = store.verify()
    sample = make_sample(6)
    assert store.add_design(DESIGN, sample, make_listings(sample)) == "d1"
    assert store.verify() == before and store.designs == ["d1"]
    assert store.design("d1") == DESIGN


def change(column, value):
    def apply(sample):
        sample[column] = sample[column].astype(object)
        sample.iloc[1, sample.columns.get_loc(column)] = value
        return sample

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda s: s.drop(columns="inclusion_prob"),
            "has no column 'inclusion_prob', so no rate",
        ),
        (lambda s: s.drop(columns="design_id"), "has no column 'design_id'"),
        (lambda s: s.iloc[:0], "sample is empty"),
        (
            lambda s: pd.concat([s, s.iloc[:1]]),
            "holds 'L0000' twice; an item is drawn once",
        ),
        (
            change("inclusion_prob", 0.0),
            "probability of 'L0001' is 0.0; it must be above 0",
        ),
        (change("inclusion_prob", 1.2), "probability of 'L0001' is 1.2"),
        (change("inclusion_prob", np.nan), "probability of 'L0001' is nan"),
        (change("inclusion_prob", "half"), "probability of 'L0001' is 'half'"),
        (change("design_id", "d9"), "holds 2 design ids"),
        (
            lambda s: s.assign(design_id="d9"),
            "drawn by the design 'd9' and the one given is 'd1'",
        ),
    ],
)
def test_a_sample_without_a_whole_design_is_refused(tmp_path, spoil, message):
    store = LabelStore(tmp_path / "labels.db")
    sample = make_sample(4)
    with pytest.raises(LabelingError, match=message):
        store.add_design(DESIGN, spoil(sample.copy()), make_listings(sample))
    assert store.designs == [] and store.verify().ok


@pytest.mark.parametrize("design", ["no json", "[1]", {"design_id": "d1"}, None, 3])
def test_a_design_that_is_none_is_refused(tmp_path, design):
    store = LabelStore(tmp_path / "labels.db")
    with pytest.raises(LabelingError, match="must be a SampleDesign or its JSON"):
        store.add_design(design, make_sample(2), make_listings(make_sample(2)))


def test_content_of_other_items_is_refused(tmp_path):
    store = LabelStore(tmp_path / "labels.db")
    sample = make_sample(3)
    content = make_listings(sample)
    with pytest.raises(
        LabelingError, match="none of the drawn items; index it by listing_id"
    ):
        store.add_design(DESIGN, sample, content.reset_index(drop=True))
    with pytest.raises(LabelingError, match="content holds 'L0000' twice"):
        store.add_design(DESIGN, sample, pd.concat([content, content.iloc[:1]]))


def test_another_sample_under_the_same_design_is_refused(tmp_path):
    store = make_store(tmp_path / "labels.db")
    sample = make_sample(7)
    with pytest.raises(
        LabelingError, match="holds another sample under the design 'd1'"
    ):
        store.add_design(DESIGN, sample, make_listings(sample))


def test_content_is_kept_as_it_was(tmp_path):
    store = LabelStore(tmp_path / "labels.db")
    sample = make_sample(1)
    value = {
        "title": "تقليد \U0001f600 <script>",
        "n": np.int64(3),
        "price": np.float32(0.5),
        "new": np.bool_(True),
        "at": pd.Timestamp("2024-05-01"),
        "none": None,
        "nan": float("nan"),
        "infinite": float("inf"),
        "evidence": [{"start": np.int64(1), "why": pd.NA}],
    }
    content = pd.DataFrame([value], index=sample.index, dtype=object)
    store.add_design(DESIGN, sample, content)
    shown = LabelQueue(store, Codebook.load(), "r").next().content
    assert shown == {
        "title": "تقليد \U0001f600 <script>",
        "n": 3,
        "price": 0.5,
        "new": True,
        "at": "2024-05-01 00:00:00",
        "evidence": [{"start": 1}],
    }


def test_an_unknown_design_or_listing_is_refused(tmp_path):
    store = make_store(tmp_path / "labels.db")
    with pytest.raises(LabelingError, match="has no design 'd7'; its designs are d1"):
        store.design("d7")
    with pytest.raises(LabelingError, match="holds no listing 'L9'"):
        store.remove(["L0001", "L9"])
    assert gold_labels(store)["state"].eq("").all()
