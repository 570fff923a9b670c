"""The queue of one annotator: what comes next, and what was said about it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labeling.codebook import Codebook
from labeling.errors import LabelingError, check_queue_parameters
from labeling.store import Ack, LabelStore, events
from labeling.store.events import Event, hash_parts


@dataclass(frozen=True)
class Item:
    """One item to label: its key, its listing, and what may be seen of it.

    Nothing of the sampling design is here: an annotator who knows the stratum or the
    probability is not blind.
    """

    key: str
    listing_id: str
    content: dict[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Progress:
    """How far this annotator is.

    Attributes
    ----------
    total, gone : int
        Items drawn, and those deleted or erased since.
    labeled, skipped : int
        What this annotator did.
    left : int
        Items that still want this annotator's label.
    """

    total: int
    gone: int
    labeled: int
    skipped: int
    left: int


class LabelQueue:
    """Serve the items of a design in their stored random order and save the answers.

    Every method is one transaction; what it returns is on the disk. An item is leased
    while it is on someone's screen, so that two kernels do not get the same one; a
    lease that runs out frees it.

    Parameters
    ----------
    store : LabelStore
        The store that holds the design.
    codebook : Codebook
        What may be answered.
    annotator : str
        Pseudonym of the person; it stays in Python and in the store.
    design_id : str, optional
        The design to label; may be left out where the store holds one.
    labels_per_item : int, default=1
        Annotators who each label an item independently, such as 2 for two readers.
    lease_seconds : float, default=900
        How long an item stays with this queue without a sign of life.
    decides : bool, default=False
        Serve a lead: only items on which readers disagree in what the headline counts,
        and which this person has not read. The lead sees what the readers saw, not
        what they said, and the lead's answer is then the label.

    Raises
    ------
    LabelingError
        No annotator, a number that is none, an unknown design, several designs and
        none chosen.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> sample = pd.DataFrame(
    ...     {"design_id": "d1", "stratum": "all", "arm": "explore", "wave": 1,
    ...      "inclusion_prob": 0.5, "serve_order": [1, 0]}, index=["a", "b"])
    >>> content = pd.DataFrame({"title": ["red cup", "blue cup"]}, index=["a", "b"])
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = LabelStore(f"{folder.name}/labels.db")
    >>> _ = store.add_design({"seed": 0}, sample, content)
    >>> queue = LabelQueue(store, Codebook.load(), "reader_1")
    >>> item = queue.next()
    >>> item.listing_id, item.content["title"]
    ('b', 'blue cup')
    >>> ack = queue.submit(item, {"primary": "OUT_OF_SCOPE"})
    >>> queue.progress
    Progress(total=2, gone=0, labeled=1, skipped=0, left=1)
    >>> queue.undo().listing_id
    'b'
    >>> store.close(); folder.cleanup()
    """

    def __init__(
        self,
        store: LabelStore,
        codebook: Codebook,
        annotator: str,
        design_id: str | None = None,
        *,
        labels_per_item: int = 1,
        lease_seconds: float = 900,
        decides: bool = False,
    ) -> None:
        check_queue_parameters(annotator, labels_per_item, lease_seconds)
        self.store = store
        self.codebook = codebook
        self.design_id = _choose_design(store, design_id)
        self._worker = events.Worker(
            self.design_id,
            annotator,
            uuid.uuid4().hex,
            int(labels_per_item),
            float(lease_seconds),
            bool(decides),
        )
        self._start = 0
        self._count_after = 0.0

    def next(self) -> Item | None:
        """Give the item to label now, or None at the end; the same until answered."""
        return next(iter(self.peek(1)), None)

    def peek(self, n: int) -> list[Item]:
        """Lease the next items to this queue, at most n, and give them."""
        with self.store.writing() as connection:
            now = self.store.clock()
            rows, start = events.lease_items(
                connection, self._worker, n, self._start, now
            )
            if len(rows) < n and self._start:
                # near the end: what another annotator gave back may lie before
                rows, start = events.lease_items(connection, self._worker, n, 0, now)
        self._start = start
        return [Item(r.item_key, r.listing_id, json.loads(r.body)) for r in rows]

    def submit(
        self,
        item: Item | str,
        answer: Mapping[str, Any],
        submission_id: str | None = None,
        *,
        rationale: str = "",
        seconds: float | None = None,
    ) -> Ack:
        """Save the answer to an item; when this returns it is on the disk.

        Parameters
        ----------
        item : Item or str
            What `next` gave, or its key.
        answer : mapping
            Field to code, as the codebook asks.
        submission_id : str, optional
            Made by the caller; the same id sent again is saved once and gives the
            same acknowledgement.
        rationale : str, optional
            Why, in words; kept where it can be erased.
        seconds : float, optional
            Time the item was on the screen.

        Raises
        ------
        AnswerError
            An answer the codebook does not take, an item answered already.
        StoreError
            The store could not be written; nothing was saved.
        """
        checked = self.codebook.check(answer)
        data = {
            "answer": checked,
            "violative": _convert_nan_to_none(
                self.codebook.violative(checked[self.codebook.primary])
            ),
            "codebook": str(self.codebook),
            "codebook_digest": self.codebook.digest,
            "seconds": None if seconds is None else round(float(seconds), 3),
        }
        return self._save_action("submit", item, data, submission_id, rationale)

    def skip(
        self, item: Item | str, action_id: str | None = None, *, note: str = ""
    ) -> Ack:
        """Leave an item unanswered; it counts as nonresponse."""
        return self._save_action("skip", item, {}, action_id, note)

    def flag(
        self, item: Item | str, action_id: str | None = None, *, note: str = ""
    ) -> Ack:
        """Mark an item for the lead, with a note; it still waits for its answer."""
        event = self._build_event("flag", {}, action_id)
        with self.store.writing() as connection:
            return events.save_flag(
                connection, self._worker, event, _get_item_key(item), note
            )

    def undo(self, action_id: str | None = None) -> Item:
        """Take back this annotator's last answer or skip; its item comes next.

        It may be one from before a restart: what was undone is in the store.
        """
        return self.undo_with_answer(action_id)[1]

    def undo_with_answer(
        self, action_id: str | None = None
    ) -> tuple[Ack, Item, dict[str, Any]]:
        """Undo, and give the acknowledgement, the item and the answer taken back."""
        with self.store.writing() as connection:
            now = self.store.clock()
            ack, undone = events.undo_last_answer(
                connection, self._worker, action_id or uuid.uuid4().hex, now
            )
            row = events.find_item(connection, self._worker, ack.item_key)
            body = events.read_content(connection, row)
        self._start = 0
        answer = json.loads(undone).get("answer", {})
        return ack, Item(row.item_key, row.listing_id, json.loads(body)), answer

    def resume(self) -> Item | None:
        """Go on where this annotator stopped, in another kernel or before a restart.

        Items still leased to the annotator's earlier kernels come back at once.
        """
        with self.store.writing() as connection:
            events.take_over_leases(connection, self._worker, self.store.clock())
        self._start = 0
        return self.next()

    @property
    def progress(self) -> Progress:
        """How far this annotator is."""
        with self.store.reading() as connection:
            row = events.count_progress(connection, self._worker)
        left = row.total - row.closed
        return Progress(row.total, row.gone, row.labeled, row.skipped, left)

    def recent_progress(self) -> Progress:
        """Give the progress, counted anew when that takes a small share of the time."""
        begin = time.perf_counter()
        if begin >= self._count_after:
            self._counted = self.progress
            end = time.perf_counter()
            # at once in a short queue, after some seconds in a very long one
            self._count_after = end + 20 * max(0.0, end - begin - 0.02)
        return self._counted

    @property
    def scope(self) -> str:
        """An opaque name for this store, design, annotator and kind of work."""
        with self.store.reading() as connection:
            store_id = self.store.setting(connection, "store_id") or ""
        # what a browser kept of reading must not come back as a decision
        parts = (store_id, self.design_id, self._worker.annotator)
        return hash_parts(*parts, *(["lead"] if self._worker.decides else []))[:16]

    def _save_action(
        self,
        kind: str,
        item: Item | str,
        data: dict[str, Any],
        action_id: str | None,
        text: str,
    ) -> Ack:
        marked = {**data, "decides": True} if self._worker.decides else data
        event = self._build_event(kind, marked, action_id)
        with self.store.writing() as connection:
            return events.save_answer(
                connection, self._worker, event, _get_item_key(item), text
            )

    def _build_event(
        self, kind: str, data: dict[str, Any], action_id: str | None
    ) -> Event:
        name = action_id or uuid.uuid4().hex
        return Event(name, kind, data, None, self._worker.annotator)


def _choose_design(store: LabelStore, design_id: str | None) -> str:
    if design_id is None:
        if len(store.designs) != 1:
            raise LabelingError(
                f"The store holds {len(store.designs)} designs "
                f"({', '.join(store.designs) or 'add one first'}); say which by "
                "'design_id'."
            )
        return store.designs[0]
    store.design(design_id)  # refuses an unknown one
    return design_id


def _get_item_key(item: Item | str) -> str:
    return item.key if isinstance(item, Item) else str(item)


def _convert_nan_to_none(value: float) -> float | None:
    return None if value != value else value
