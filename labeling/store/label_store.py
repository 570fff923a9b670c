"""The label store: one SQLite file of designs, items, labels and their record."""

from __future__ import annotations

import json
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from iprseg.errors import IprsegError
from labeling.errors import LabelingError, StoreError
from labeling.store import intake, schema, verification
from labeling.store.events import Event, append_event


class LabelStore:
    """Designs, items and labels in one file, where nothing that was saved is lost.

    Every change is one transaction that is on the disk before it is acknowledged.
    What happened is an append-only chain of events, guarded by the database itself;
    listing content, notes and rationales are kept apart and can be erased. Several
    kernels may use one store at a time, on a local disk (not on a network share).

    Parameters
    ----------
    path : str or Path
        The SQLite file; it is created if absent.
    clock : callable, default=time.time
        Seconds since 1970, by which leases expire.

    Raises
    ------
    StoreError
        A file that is not a label store, is of another version, or cannot be read
        and written.

    Examples
    --------
    >>> import tempfile
    >>> sample = pd.DataFrame(
    ...     {"design_id": "d1", "stratum": "all", "arm": "explore", "wave": 1,
    ...      "inclusion_prob": 0.5, "serve_order": [0, 1], "seller_id": ["s1", "s2"]},
    ...     index=["a", "b"])
    >>> content = pd.DataFrame({"title": ["red cup", "blue cup"]}, index=["a", "b"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = LabelStore(f"{folder}/labels.db")
    ...     _ = store.add_design({"seed": 0}, sample, content)
    ...     print(store.verify().ok, store.erase(["a"]))
    ...     store.close()
    True 1
    """

    def __init__(
        self, path: str | Path, *, clock: Callable[[], float] = time.time
    ) -> None:
        if "://" in str(path) and not str(path).startswith("sqlite:///"):
            raise StoreError(
                f"A label store is a local SQLite file; got {str(path)!r}, give a path."
            )
        self.path = Path(str(path).removeprefix("sqlite:///"))
        self.clock = clock
        self._engine = _open_engine(self.path)

    def __repr__(self) -> str:
        return f"LabelStore({str(self.path)!r})"

    def close(self) -> None:
        """Close the file; the store opens it again when it is next used."""
        self._engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction: all of it is on the disk after the block, or none."""
        with _translate_errors(self.path), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view of the store."""
        with _translate_errors(self.path), self._engine.connect() as raw:
            connection = raw.execution_options(reading=True)
            with connection.begin():
                yield connection

    def setting(self, connection: sa.Connection, name: str) -> str | None:
        """Give what was fixed when the store or its first design was made."""
        value = sa.select(schema.meta.c.value).where(schema.meta.c.name == name)
        return connection.scalar(value)

    @property
    def designs(self) -> list[str]:
        """Ids of the designs, in the order in which they were added."""
        with self.reading() as connection:
            ids = sa.select(schema.designs.c.design_id).order_by(sa.text("rowid"))
            return list(connection.scalars(ids))

    def design(self, design_id: str) -> str:
        """Give a stored design as JSON text."""
        with self.reading() as connection:
            where = schema.designs.c.design_id == design_id
            text = connection.scalar(sa.select(schema.designs.c.design).where(where))
        if text is None:
            raise LabelingError(
                f"The store {self.path} has no design {design_id!r}; its designs are "
                f"{', '.join(self.designs) or 'none'}."
            )
        return text

    def add_design(
        self,
        design: Any,
        sample: pd.DataFrame,
        content: pd.DataFrame,
        *,
        shape_share: float = 0.5,
    ) -> str:
        """Keep a drawn sample and what is to be shown of it.

        Adding the same sample again changes nothing, so a notebook cell may be run
        twice.

        Parameters
        ----------
        design : SampleDesign, str or dict
            The design, or its JSON; its ``seed`` keys the roles.
        sample : DataFrame
            What `draw_sample` gave, indexed by listing_id.
        content : DataFrame
            What the card shows, indexed by listing_id; rows that were not drawn are
            not kept. A drawn item without a row was deleted after the draw: it is
            not served and counts as nonresponse.
        shape_share : float, default=0.5
            Share of sellers whose labels *shape* (fit cohorts and models); the
            others' *measure*. Fixed for the store by its first design.

        Returns
        -------
        str
            The design_id.

        Raises
        ------
        LabelingError
            A sample without its design columns, a probability of 0 or above 1, an
            item drawn twice, content of other items, another share than before.
        """
        text, facts = intake.read_design(design)
        design_id = intake.check_sample(sample, facts)
        intake.check_content(sample, content)
        with self.writing() as connection:
            key = intake.fix_role_key(connection, facts["seed"], shape_share)
            rows = intake.build_sample_rows(sample, design_id, key, shape_share)
            digest = intake.hash_sample(rows)
            known = connection.execute(
                sa.select(schema.designs).where(schema.designs.c.design_id == design_id)
            ).one_or_none()
            if known is None:
                drawn = intake.CheckedSample(
                    text, digest, rows, _find_integer_ids(sample)
                )
                intake.insert_design(connection, drawn, content)
            elif known.sample_digest != digest:
                raise LabelingError(
                    f"The store holds another sample under the design {design_id!r}; "
                    "draw with another design_id, or open another store."
                )
        return design_id

    def remove(self, listing_ids: Iterable[Any]) -> int:
        """Serve these listings no more: they were deleted after the draw.

        Those without a label count as nonresponse.

        Returns
        -------
        int
            Items concerned.
        """
        with self.writing() as connection:
            item_ids = intake.find_items(connection, listing_ids)
            intake.mark_gone(connection, item_ids, intake.DELETED)
        return len(item_ids)

    def erase(self, listing_ids: Iterable[Any]) -> int:
        """Erase content, notes and rationales of these listings, and their salts.

        The labels stay, as codes; the chain stays verifiable, because it holds only
        digests that nobody can match any more.

        Returns
        -------
        int
            Texts erased.
        """
        texts = schema.snapshots
        with self.writing() as connection:
            item_ids = intake.find_items(connection, listing_ids)
            ours = intake.match_any(texts.c.item_id, item_ids)
            digests = sorted(connection.scalars(sa.select(texts.c.digest).where(ours)))
            connection.execute(texts.delete().where(ours))
            append_event(
                connection, Event(uuid.uuid4().hex, "erase", {"digests": digests})
            )
            intake.mark_gone(connection, item_ids, intake.ERASED)
        self._truncate_log()
        return len(digests)

    def _truncate_log(self) -> None:
        """Overwrite the write-ahead log, which still holds what was erased."""
        with _translate_errors(self.path), self._engine.connect() as raw:
            pragma = "PRAGMA wal_checkpoint(TRUNCATE)"
            cursor = raw.connection.driver_connection.execute(pragma)  # type: ignore[union-attr]
            if cursor.fetchone()[0]:
                raise StoreError(
                    f"The texts are erased, but another kernel is reading {self.path} "
                    "and keeps an old copy in its log; close it and call erase again."
                )

    def events(self) -> pd.DataFrame:
        """Give the whole record: one row per event, oldest first, index `seq`."""
        with self.reading() as connection:
            query = sa.select(schema.events).order_by(schema.events.c.seq)
            return pd.DataFrame(
                connection.execute(query).mappings().all(),
                columns=list(schema.events.c.keys()),
            ).set_index("seq")

    def titles(self) -> pd.Series:
        """Give the titles as labelers saw them, by listing id; not those erased."""
        items, texts = schema.items, schema.snapshots
        query = sa.select(items.c.listing_id, texts.c.body).join(
            texts, texts.c.digest == items.c.content_digest
        )
        with self.reading() as connection:
            rows = connection.execute(query.where(texts.c.kind == "content")).all()
        shown = {row.listing_id: json.loads(row.body).get("title") for row in rows}
        return pd.Series(shown, dtype=object).dropna()

    def verify(self) -> verification.Verification:
        """Compare the store with its own record; see `Verification`."""
        with self.reading() as connection:
            return verification.verify_store(connection)


def _find_integer_ids(sample: pd.DataFrame) -> dict[str, bool]:
    """Say which ids the frame holds as numbers, so that labels can be joined to it."""
    sellers = sample.get("seller_id")
    return {
        "listing_id": bool(pd.api.types.is_integer_dtype(sample.index)),
        "seller_id": sellers is not None and _are_integers(sellers),
    }


def _are_integers(ids: pd.Series) -> bool:
    """Tell whether ids are whole numbers; a gap makes pandas keep them as floats."""
    if pd.api.types.is_float_dtype(ids) and ids.notna().any():
        return bool((ids.dropna() % 1 == 0).all())
    return bool(pd.api.types.is_integer_dtype(ids))


@contextmanager
def open_store(path: Path, *, create: bool = False) -> Iterator[LabelStore]:
    """Open a label store and close it at the end.

    Parameters
    ----------
    path : pathlib.Path
        The file. Without `create` it must be there: a store made because a name was
        misspelled would say that nothing is labeled.
    create : bool, default False
        Make it where there is none; it goes again when the block fails.

    Raises
    ------
    IprsegError, labeling.errors.StoreError
        No file, no label store, or one that cannot be used.
    """
    from sqlalchemy.exc import DBAPIError

    from labeling.store.label_store import LabelStore

    new = not path.exists()
    if new and not create:
        raise IprsegError(
            f"There is no label store {str(path)!r}: make one with draw_sample and "
            "LabelStore.add_design, or correct the path."
        )
    if new:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise IprsegError(
                f"The folder {str(path.parent)!r} cannot be made ({error.strerror}): "
                "choose another with store=…."
            ) from error
    try:
        store = LabelStore(path)
        try:
            yield store
        except BaseException:
            if new:
                _remove_empty_store(store)
            raise
        finally:
            store.close()
    except DBAPIError as error:
        # what the store has no sentence for, such as a foreign table of the same name
        raise IprsegError(
            f"{str(path)!r} cannot be used as a label store ({error.orig}): give the "
            "path of one."
        ) from error


def _remove_empty_store(store: LabelStore) -> None:
    """Take away a store that this command made and put nothing into."""
    with suppress(Exception):
        if not store.designs:
            store.close()
            store.path.unlink()


# Under this many seconds a second kernel waits for the first one's transaction.
BUSY_SECONDS = 30

_PRAGMAS = (
    f"busy_timeout = {BUSY_SECONDS * 1000}",
    "journal_mode = WAL",
    "synchronous = FULL",  # an acknowledged label survives a power cut
    "foreign_keys = ON",
    "secure_delete = ON",  # erased text is overwritten, not only unlinked
)
_ERROR_SENTENCES = {
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
def _translate_errors(path: Path) -> Iterator[None]:
    """Turn an error of the database into one sentence that names the file."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorcode", None)
        primary = None if code is None else code & 0xFF  # extended codes share it
        if primary not in _ERROR_SENTENCES:
            raise
        raise StoreError(
            f"The label store {path} {_ERROR_SENTENCES[primary]}."
        ) from error


def _configure_connection(connection: sqlite3.Connection, record: object) -> None:
    # the driver's own implicit BEGIN would be a deferred one
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_transaction(connection: sa.Connection) -> None:
    # A writer takes the lock at once: two kernels then never both read the same
    # state and write upon it.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _open_engine(path: Path) -> sa.Engine:
    """Open or create the store's file, and check that it can be read and written."""
    if path.is_dir():
        raise StoreError(f"{path} is a folder; give the path of a file in it.")
    _check_write_rights(path)
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    sa.event.listen(engine, "connect", _configure_connection)
    sa.event.listen(engine, "begin", _begin_transaction)
    try:
        with _translate_errors(path), engine.begin() as connection:
            _prepare_schema(connection, path)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _check_write_rights(path: Path) -> None:
    # SQLite itself would leave files beside a read-only one that nobody can write
    effective = os.access in os.supports_effective_ids
    for place in (path, path.parent):
        if place.exists() and not os.access(place, os.W_OK, effective_ids=effective):
            raise StoreError(
                f"The label store {path} {_ERROR_SENTENCES[sqlite3.SQLITE_READONLY]}."
            )


def _prepare_schema(connection: sa.Connection, path: Path) -> None:
    names = set(sa.inspect(connection).get_table_names())
    if not names:
        _create_schema(connection)
        return
    _check_schema_version(connection, names, path)
    # A write that changes nothing: a read-only file is refused now, not after an hour
    # of labeling.
    meta = schema.meta
    same = meta.update().where(meta.c.name == "schema_version")
    connection.execute(same.values(value=meta.c.value))


def _create_schema(connection: sa.Connection) -> None:
    schema.metadata.create_all(connection)
    for trigger in schema.TRIGGERS.values():
        connection.exec_driver_sql(trigger)
    rows = {"schema_version": schema.SCHEMA_VERSION, "store_id": uuid.uuid4().hex}
    connection.execute(
        schema.meta.insert(), [{"name": n, "value": v} for n, v in rows.items()]
    )


def _check_schema_version(
    connection: sa.Connection, names: set[str], path: Path
) -> None:
    columns: set[str] = set()
    if "meta" in names:
        columns = {one["name"] for one in sa.inspect(connection).get_columns("meta")}
    if "events" not in names or not {"name", "value"} <= columns:
        raise StoreError(
            f"{path} is a database but not a label store; give another path."
        )
    version = connection.scalar(
        sa.select(schema.meta.c.value).where(schema.meta.c.name == "schema_version")
    )
    if version != schema.SCHEMA_VERSION:
        raise StoreError(
            f"The label store {path} has version {version} and this program writes "
            f"version {schema.SCHEMA_VERSION}; nothing was changed, use the release "
            "that wrote it or start a new store."
        )
