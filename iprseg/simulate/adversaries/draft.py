"""The tables while behaviours are planted in them, and what several behaviours need.

Copies of listings and pictures, named brands, invented identities, and phrases.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import yaml

from iprseg.errors import IprsegError, TableError

TRUTH_COLUMNS = [
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
                written = _convert_times(written, dtype)
            frame.loc[rows, column] = written.array
        self.tables[name] = frame

    def put_truth(self, name: str, key: str, changes: pd.DataFrame) -> None:
        """Write columns into the truth, as `put` does into a table."""
        keep, self.tables = self.tables, self.truth
        self.put(name, key, changes)
        self.tables = keep

    def append(self, name: str, rows: pd.DataFrame) -> None:
        """Add rows; columns that they lack are missing in them."""
        self.tables[name] = _concat_rows(self.tables.get(name), rows)

    def append_truth(self, name: str, rows: pd.DataFrame) -> None:
        """Add rows to the truth."""
        self.truth[name] = _concat_rows(self.truth.get(name), rows)

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
        made = dict(zip(TRUTH_COLUMNS, columns, strict=True))
        self.notes.append(pd.DataFrame(made, index=range(len(ids))).astype(object))


def _concat_rows(frame: pd.DataFrame | None, rows: pd.DataFrame) -> pd.DataFrame:
    if frame is None:
        return rows.reset_index(drop=True)
    rows = rows.reindex(columns=frame.columns.union(rows.columns, sort=False))
    kept = {c: frame[c].dtype for c in frame.columns if c in rows}
    for column, dtype in kept.items():
        if isinstance(dtype, pd.DatetimeTZDtype):
            rows[column] = _convert_times(rows[column], dtype)
        # flags or whole numbers with a gap are no such column any more
        elif dtype.kind not in "biu" or rows[column].notna().all():
            rows[column] = rows[column].astype(dtype)
    return pd.concat([frame, rows], ignore_index=True)


def _convert_times(values: pd.Series, dtype: pd.DatetimeTZDtype) -> pd.Series:
    return pd.to_datetime(values, utc=True).astype(dtype)


def copy_listings(draft: Draft, sources: list[str], changes: pd.DataFrame) -> list[str]:
    """Add a copy of each source listing, live, with the given columns written over it.

    Parameters
    ----------
    draft : Draft
    sources : list of str, length n
        Listings to copy; the same one may come several times.
    changes : DataFrame, n rows
        Columns of ``listings`` to write; ``created_at`` must be among them.

    Returns
    -------
    list of str, length n
        Ids of the new listings.
    """
    ids = draft.new_ids("listings", "listing_id", "L", len(sources))
    rows = draft.table("listings").set_index("listing_id").loc[sources].reset_index()
    for column in changes.columns:
        rows[column] = changes[column].to_numpy()
    rows["listing_id"] = ids
    rows["created_at"] = pd.DatetimeIndex(rows["created_at"]).as_unit("us")
    rows["first_live_at"] = rows["created_at"] + pd.Timedelta(minutes=30)
    if "removed_at" not in changes:
        rows["removed_at"], rows["status"] = pd.NaT, "live"
    # a page is another page although it says the same
    marks = draft.rng.integers(0, 2**63, len(ids)).tolist()
    rows["snapshot_hash"] = [f"{mark:016x}" for mark in marks]
    draft.append("listings", rows)
    planted = draft.truth["listings"].set_index("listing_id").loc[sources].reset_index()
    planted["listing_id"], planted["seller_id"] = ids, rows["seller_id"].to_numpy()
    draft.append_truth("listings", planted)
    draft.used.setdefault("listing", set()).update(ids)
    return ids


def copy_images(
    draft: Draft, sources: list[str], ids: list[str], bits: int = 8
) -> None:
    """Show the pictures of the sources on the new listings, saved once more.

    Saving again moves up to ``bits`` of the 256 bits of a PDQ hash.
    """
    images = draft.table("images")
    pairs = pd.DataFrame({"listing_id": sources, "copy": ids})
    rows = images.merge(pairs, on="listing_id").sort_values(["copy", "image_id"])
    rows = rows.reset_index(drop=True)
    owner = draft.table("listings").set_index("listing_id")["seller_id"]
    rows["listing_id"] = rows.pop("copy")
    rows["seller_id"] = owner[rows["listing_id"]].to_numpy()
    rows["pdq_hex"] = [_flip_hash_bits(h, bits, draft.rng) for h in rows["pdq_hex"]]
    rows["phash"] = rows["pdq_hex"].str[:16]
    rows["image_id"] = draft.new_ids("images", "image_id", "I", len(rows))
    draft.append("images", rows)


def _flip_hash_bits(pdq_hex: object, bits: int, rng: np.random.Generator) -> object:
    if not isinstance(pdq_hex, str):
        return pdq_hex
    code = np.unpackbits(np.frombuffer(bytes.fromhex(pdq_hex), np.uint8))
    moved = rng.permutation(len(code))[: int(rng.integers(0, bits + 1))]
    code[moved] ^= 1
    return np.packbits(code).tobytes().hex()


def find_named_listings(draft: Draft) -> pd.DataFrame:
    """Find the listings whose title writes their brand plainly.

    Returns
    -------
    DataFrame
        Those rows of ``draft.listings``, with ``surface`` (the brand as the title
        writes it: the name, or a local name that the owner's register lists).
    """
    brands = draft.table("brands").set_index("brand_id")
    names = {
        brand: [name, *aliases.split(";")[1:]]
        for brand, name, aliases in brands[["name", "aliases"]].itertuples()
    }
    rows = draft.listings
    rows = rows[rows["brand_text"] == "as_is"]
    surface = [
        _find_surface(title, names.get(brand, []))
        for title, brand in zip(rows["title"], rows["brand_id"], strict=True)
    ]
    rows = rows.assign(surface=pd.array(surface, dtype=object))
    return rows[rows["surface"].notna()]


def _find_surface(title: str, names: list[str]) -> str | None:
    for name in names:
        found = re.search(rf"(?i){re.escape(name)}", title) if name else None
        if found:
            return found.group()
    return None


def rewrite_name(text: str, surface: str, spelling: str) -> str:
    """Write the other spelling wherever a text has the name, in whatever case."""
    return re.sub(rf"(?i){re.escape(surface)}", lambda _: spelling, text)


# what one operator's accounts may have in common, strongest first
IDENTITY_KEYS = (
    "bank",
    "device",
    "legal_rep",
    "tax",
    "phone",
    "address",
    "return_addr",
    "warehouse",
    "ip",
)
_PERSON_NAMES = ["Arden", "Brook", "Calder", "Dale", "Esker", "Firth", "Glen", "Holm"]


def invent_identity(rng: np.random.Generator) -> dict[str, str]:
    """Invent an identity that nobody has.

    Returns
    -------
    dict of str to str
        The raw columns of ``seller_identity`` but for ``seller_id``.
    """
    n = [int(one) for one in rng.integers(10**9, 10**10, 9)]
    places = [
        f"{n[k] % 900 + 100} Sample Row, {n[k] % 90000 + 10000}" for k in range(3)
    ]
    first, last = (str(rng.choice(_PERSON_NAMES)) for _ in range(2))
    host = ".".join(str(n[4] // 256**k % 256) for k in range(3))
    return {
        "name": f"{first}{last.lower()} {n[0] % 1000} Shop",
        "address": f"{places[0]} Newtown",
        "phone": f"+999 {n[1]}",
        "email": f"{first.lower()}.{n[2] % 10**7}@example.com",
        "bank": f"XX00SIMU{n[3]:014d}",
        "tax": f"SIM{n[4]}",
        "device": f"sim-device-{n[5]:012d}",
        "ip": f"{240 + n[6] % 15}.{host}",
        "warehouse": f"{places[1]} Dockside",
        "return_addr": f"{places[2]} Backlane",
        "legal_rep": f"{first} {n[7]} {last}",
        "doc": f"SIM-DOC-A{n[8]}",
    }


@cache
def _load_wording() -> dict[str, dict[str, list[str]]]:
    text = (files(__package__) / "wording.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def list_phrases(pool: str, lang: str) -> list[str]:
    """Give the phrases of a pool in a language; English where it has none."""
    return _load_wording()[pool].get(lang) or _load_wording()[pool]["en"]


def draw_phrase(pool: str, lang: str, rng: np.random.Generator) -> str:
    """Draw one of them."""
    options = list_phrases(pool, lang)
    return options[rng.integers(len(options))]
