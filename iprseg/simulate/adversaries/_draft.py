"""The tables while behaviours are planted in them, and the truth of that."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError, TableError

TRUTH = [
    "behaviour",
    "variant",
    "entity_type",
    "entity_id",
    "linked_type",
    "linked_id",
    "detail",
]
# nothing in a simulated marketplace happens later
NOW = pd.Timestamp("2026-01-01", tz="UTC")


@dataclass
class Draft:
    """Tables and truth under change; the given frames themselves are never written to.

    Attributes
    ----------
    tables, truth : dict of str to DataFrame
    code : str
        The behaviour at work.
    rng : numpy Generator
        Its own stream, so that other behaviours do not move it.
    """

    tables: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]
    code: str = ""
    rng: np.random.Generator = field(default_factory=np.random.default_rng)
    notes: list[pd.DataFrame] = field(default_factory=list)
    used: dict[str, set[str]] = field(default_factory=dict)

    def begin(self, code: str, random_state: int) -> None:
        """Turn to a behaviour."""
        seed = np.random.SeedSequence(random_state, spawn_key=(int(code[2:]),))
        self.code, self.rng = code, np.random.Generator(np.random.PCG64(seed))

    def table(self, name: str) -> pd.DataFrame:
        """Give a table; it must be there."""
        if name not in self.tables:
            raise TableError(
                f"add_adversaries needs the table {name!r} for {self.code}, which is "
                "not there; give all tables of make_marketplace."
            )
        return self.tables[name]

    @property
    def listings(self) -> pd.DataFrame:
        """Listings with what was planted (``violative``, ``brand_id``, …), by id."""
        planted = self.truth["listings"].drop(columns=["seller_id"])
        both = self.table("listings").merge(planted, on="listing_id")
        return both.set_index("listing_id", drop=False)

    def choose(
        self, ids: Any, share: float, kind: str, what: str, spare: bool = True
    ) -> list[str]:
        """Choose a share of the ids that no behaviour has taken yet.

        At least one is chosen. With ``spare`` they count as taken from now on.
        """
        taken = self.used.setdefault(kind, set())
        free = sorted(set(map(str, ids)) - taken)
        if not free:
            raise IprsegError(
                f"{self.code} has nothing to work on: the marketplace holds no {what} "
                "that no other behaviour has taken; make more listings, or ask for "
                "fewer behaviours at once."
            )
        n = max(1, round(share * len(free)))
        chosen = [free[i] for i in sorted(self.rng.permutation(len(free))[:n])]
        if spare:
            taken.update(chosen)
        return chosen

    def pick(self, options: Sequence[Any], n: int) -> list[Any]:
        """Draw n of the options, with repetition."""
        return [options[i] for i in self.rng.integers(0, len(options), n)]

    def hours(self, low: float, high: float, n: int) -> pd.TimedeltaIndex:
        """Draw n spans of time in hours, whole microseconds."""
        drawn = (self.rng.uniform(low, high, n) * 3.6e9).astype(np.int64)
        return pd.to_timedelta(drawn, unit="us")

    def new_ids(self, table: str, column: str, prefix: str, n: int) -> list[str]:
        """Give ids that go on where those of a table end."""
        known = self.tables.get(table, pd.DataFrame({column: []}))[column].astype(str)
        known = known[known.str.fullmatch(rf"{prefix}\d+")]
        digits = known.str[len(prefix) :]
        width = int(digits.str.len().max()) if len(digits) else 8
        first = int(digits.astype(np.int64).max()) + 1 if len(digits) else 0
        return [f"{prefix}{first + k:0{width}d}" for k in range(n)]

    def put(self, name: str, key: str, changes: pd.DataFrame) -> None:
        """Write columns of ``changes``, indexed by ``key``, into rows of a table."""
        frame = self.table(name).copy()
        rows = frame[key].isin(changes.index)
        order = changes.index.get_indexer(frame.loc[rows, key])
        for column in changes.columns:
            written = pd.Series(changes[column].to_numpy()[order])
            dtype = frame[column].dtype
            if isinstance(dtype, pd.DatetimeTZDtype):
                written = _times(written, dtype)
            frame.loc[rows, column] = written.array
        self.tables[name] = frame

    def put_truth(self, name: str, key: str, changes: pd.DataFrame) -> None:
        """Write columns into the truth, as `put` does into a table."""
        keep, self.tables = self.tables, self.truth
        self.put(name, key, changes)
        self.tables = keep

    def append(self, name: str, rows: pd.DataFrame) -> None:
        """Add rows; columns that they lack are missing in them."""
        self.tables[name] = _below(self.tables.get(name), rows)

    def append_truth(self, name: str, rows: pd.DataFrame) -> None:
        """Add rows to the truth."""
        self.truth[name] = _below(self.truth.get(name), rows)

    def note(
        self,
        variant: Any,
        kind: str,
        ids: Sequence[str],
        linked: str = "",
        linked_ids: Any = "",
        detail: Any = "",
    ) -> None:
        """Say which entities carry the behaviour, and what each is linked to."""
        columns = [self.code, variant, kind, ids, linked, linked_ids, detail]
        made = dict(zip(TRUTH, columns, strict=True))
        self.notes.append(pd.DataFrame(made, index=range(len(ids))).astype(object))


def _below(frame: pd.DataFrame | None, rows: pd.DataFrame) -> pd.DataFrame:
    if frame is None:
        return rows.reset_index(drop=True)
    rows = rows.reindex(columns=frame.columns.union(rows.columns, sort=False))
    kept = {c: frame[c].dtype for c in frame.columns if c in rows}
    for column, dtype in kept.items():
        if isinstance(dtype, pd.DatetimeTZDtype):
            rows[column] = _times(rows[column], dtype)
        # flags or whole numbers with a gap are no such column any more
        elif dtype.kind not in "biu" or rows[column].notna().all():
            rows[column] = rows[column].astype(dtype)
    return pd.concat([frame, rows], ignore_index=True)


def _times(values: pd.Series, dtype: pd.DatetimeTZDtype) -> pd.Series:
    return pd.to_datetime(values, utc=True).astype(dtype)
