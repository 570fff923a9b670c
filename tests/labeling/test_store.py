"""The store is append-only, erasable and verifiable."""

import sqlite3

import pytest

from labeling import LabelStore, StoreError, read_labels
from labeling.store import label_store, schema
from tests.labeling.worlds import COUNTERFEIT, NOTHING, make_queue


def raw(store: LabelStore) -> sqlite3.Connection:
    """A connection of somebody who goes past this package."""
    return sqlite3.connect(store.path, isolation_level=None)


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
        for name in schema.TRIGGERS:
            connection.execute(f"DROP TRIGGER {name}")
        connection.executescript(tampering)
        for trigger in schema.TRIGGERS.values():
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
    before, gold = labeled.verify(), read_labels(labeled)
    listing = gold.index[gold["primary"] == "TM_COUNTERFEIT"][0]
    assert labeled.erase([listing]) == 2  # content and rationale
    after = labeled.verify()
    assert after.ok and after.erased == 2 and after.events == before.events + 2
    assert read_labels(labeled).loc[listing, "primary"] == "TM_COUNTERFEIT"
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
    gold = read_labels(queue.store)
    assert gold.loc[first.listing_id, ["status", "state"]].tolist() == [
        "expired",
        "erased on request",
    ]


def test_erase_says_when_an_old_copy_stays_in_the_log(labeled, monkeypatch):
    monkeypatch.setattr(
        label_store, "_PRAGMAS", (*label_store._PRAGMAS[1:], "busy_timeout = 50")
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
