"""The label store: one SQLite file of designs, items, labels and their record."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from labeling.errors import LabelingError, StoreError
from labeling.store import _designs, _intake, _schema, _verify
from labeling.store._chain import Event, append
from labeling.store._engine import clear_errors, open_engine

__all__ = ["LabelStore"]


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
        self._engine = open_engine(self.path)

    def __repr__(self) -> str:
        return f"LabelStore({str(self.path)!r})"

    def close(self) -> None:
        """Close the file; the store opens it again when it is next used."""
        self._engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction: all of it is on the disk after the block, or none."""
        with clear_errors(self.path), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view of the store."""
        with clear_errors(self.path), self._engine.connect() as raw:
            connection = raw.execution_options(reading=True)
            with connection.begin():
                yield connection

    def setting(self, connection: sa.Connection, name: str) -> str | None:
        """Give what was fixed when the store or its first design was made."""
        value = sa.select(_schema.meta.c.value).where(_schema.meta.c.name == name)
        return connection.scalar(value)

    @property
    def designs(self) -> list[str]:
        """Ids of the designs, in the order in which they were added."""
        with self.reading() as connection:
            ids = sa.select(_schema.designs.c.design_id).order_by(sa.text("rowid"))
            return list(connection.scalars(ids))

    def design(self, design_id: str) -> str:
        """Give a stored design as JSON text."""
        with self.reading() as connection:
            where = _schema.designs.c.design_id == design_id
            text = connection.scalar(sa.select(_schema.designs.c.design).where(where))
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
        text, facts = _intake.read_design(design)
        design_id = _intake.check_sample(sample, facts)
        _intake.check_content(sample, content)
        with self.writing() as connection:
            key = _designs.role_key(connection, facts["seed"], shape_share)
            rows = _intake.sample_rows(sample, design_id, key, shape_share)
            digest = _intake.sample_digest(rows)
            known = connection.execute(
                sa.select(_schema.designs).where(
                    _schema.designs.c.design_id == design_id
                )
            ).one_or_none()
            if known is None:
                drawn = _designs.Drawn(text, digest, rows, _integer_ids(sample))
                _designs.insert(connection, drawn, content)
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
            item_ids = _designs.items_of(connection, listing_ids)
            _designs.mark_gone(connection, item_ids, _designs.DELETED)
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
        texts = _schema.snapshots
        with self.writing() as connection:
            item_ids = _designs.items_of(connection, listing_ids)
            ours = _designs.among(texts.c.item_id, item_ids)
            digests = sorted(connection.scalars(sa.select(texts.c.digest).where(ours)))
            connection.execute(texts.delete().where(ours))
            append(connection, Event(uuid.uuid4().hex, "erase", {"digests": digests}))
            _designs.mark_gone(connection, item_ids, _designs.ERASED)
        self._empty_log()
        return len(digests)

    def _empty_log(self) -> None:
        """Overwrite the write-ahead log, which still holds what was erased."""
        with clear_errors(self.path), self._engine.connect() as raw:
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
            query = sa.select(_schema.events).order_by(_schema.events.c.seq)
            return pd.DataFrame(
                connection.execute(query).mappings().all(),
                columns=list(_schema.events.c.keys()),
            ).set_index("seq")

    def titles(self) -> pd.Series:
        """Give the titles as labelers saw them, by listing id; not those erased."""
        items, texts = _schema.items, _schema.snapshots
        query = sa.select(items.c.listing_id, texts.c.body).join(
            texts, texts.c.digest == items.c.content_digest
        )
        with self.reading() as connection:
            rows = connection.execute(query.where(texts.c.kind == "content")).all()
        shown = {row.listing_id: json.loads(row.body).get("title") for row in rows}
        return pd.Series(shown, dtype=object).dropna()

    def verify(self) -> _verify.Verification:
        """Compare the store with its own record; see `Verification`."""
        with self.reading() as connection:
            return _verify.verify(connection)


def _integer_ids(sample: pd.DataFrame) -> dict[str, bool]:
    """Say which ids the frame holds as numbers, so that gold can be joined to it."""
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
