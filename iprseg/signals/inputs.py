"""What signals are computed from, and the column each of them gives.

`Inputs` works out each part once, when it is first needed; a `Column` holds the values
of one signal and why some are missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from iprseg.brands.brand_list import (
    BrandList,
    FoldedWordsCache,
    flag_named_brand_fields,
    make_brand_key,
)
from iprseg.brands.mentions import find_mentions_with_rows
from iprseg.tables.access import (
    find_table,
    get_listings,
    set_unique_index,
    to_text_list,
)
from iprseg.text.lexicon import (
    Lexicon,
    compile_lexicons,
    filter_terms_by_context,
    find_terms,
)

# What a marketplace as of a time says of values that only a later one holds.
_LATER_ONLY_REASONS = ("not_versioned", "no_version_before")
_KIND_RANK = {"exact": 0, "line": 1, "obfuscated": 2, "near_miss": 3}


@dataclass
class Inputs:
    """Tables and brands, with what several signals need of them.

    Attributes
    ----------
    tables : Marketplace, dict of frames or listings frame
    brands : BrandList
    as_of : Timestamp or None
    """

    tables: Any
    brands: BrandList
    as_of: pd.Timestamp | None = None

    @cached_property
    def listings(self) -> pd.DataFrame:
        """Listings, indexed by ``listing_id``."""
        return get_listings(self.tables)

    @cached_property
    def sellers(self) -> pd.DataFrame | None:
        """Sellers, indexed by ``seller_id``; None where there is no such table."""
        sellers = find_table(self.tables, "sellers")
        return (
            None
            if sellers is None
            else set_unique_index(sellers, "seller_id", "sellers")
        )

    def table(self, name: str) -> pd.DataFrame | None:
        """Return another table, or None."""
        return find_table(self.tables, name)

    @cached_property
    def image_rows(self) -> NDArray[np.int64]:
        """Position of each image's listing, -1 where it is of none."""
        shown = self.table("images")["listing_id"]  # type: ignore[index]
        return self.listings.index.get_indexer(pd.Index(shown))

    @property
    def n(self) -> int:
        """Return the number of listings."""
        return len(self.listings)

    def has(self, column: str) -> bool:
        """Tell whether listings have a column."""
        return column in self.listings.columns

    @cached_property
    def titles(self) -> list[str]:
        """Titles as texts, "" where there is none."""
        return to_text_list(self.listings["title"])

    @cached_property
    def words(self) -> FoldedWordsCache:
        """Folded words of texts, each text folded once: ``words[text]``."""
        return FoldedWordsCache()

    def codes(self, column: str) -> NDArray[np.int64]:
        """Return numbers for a column's values: equal ones alike, missing ones too."""
        if column not in self._cached_codes:
            values = self.listings[column].fillna("").astype(str)
            self._cached_codes[column] = pd.factorize(values)[0].astype(np.int64)
        return self._cached_codes[column]

    @cached_property
    def _cached_codes(self) -> dict[str, NDArray[np.int64]]:
        brand = pd.Series(self.brand, dtype=object).fillna("")
        return {"brand": pd.factorize(brand)[0].astype(np.int64)}

    @cached_property
    def mentions(self) -> pd.DataFrame:
        """Brand mentions, with ``row`` (position of the listing)."""
        return find_mentions_with_rows(self.listings, self.brands)

    @cached_property
    def claims(self) -> pd.DataFrame:
        """Mentions that are no mere reference ("case for X")."""
        return self.mentions[~self.mentions["referential"]]

    @cached_property
    def protected(self) -> NDArray[np.bool_]:
        """Which claims are of a brand that somebody protects against this listing.

        With a register of brands (the ``brands`` table) those of the register or of
        the user's list; without one any brand, but for a learned one that this seller
        alone sells by name: a shop that forgets the brand field of its own label
        avoids no gate.
        """
        table = self.brands.table
        learned = table.loc[table["source"] == "learned", "brand_id"]
        of_learned = self.claims["brand_id"].isin(learned).to_numpy()
        if (table["source"] == "register").any():
            return ~of_learned
        return ~(of_learned & self._mask_sole_seller())

    def _mask_sole_seller(self) -> NDArray[np.bool_]:
        """Which claims are of a brand that this seller alone sells by name."""
        claims = self.claims
        if not self.has("seller_id"):
            return np.zeros(len(claims), dtype=bool)
        seller = pd.factorize(self.listings["seller_id"])[0]
        named = pd.DataFrame({"brand": self.field_brand, "seller": seller}).dropna()
        sellers = named.groupby("brand")["seller"].agg(["min", "max"])
        sole = sellers.loc[sellers["min"] == sellers["max"], "min"]
        owner = claims["brand_id"].map(sole).to_numpy(dtype=float)
        theirs = seller[claims["row"].to_numpy()]
        return (owner == theirs) & (theirs >= 0)

    def gap(self, column: str) -> str:
        """Return the reason for an empty value of listings."""
        why = self._unknown_values.get(("listings", column), "")
        return f"{why if why in _LATER_ONLY_REASONS else 'value_missing'}: {column}"

    def no_table(self, name: str) -> str:
        """Return the reason for a table that is not there."""
        why = self._unknown_values.get((name, "*"), "table_absent")
        return f"{why}: {name}"

    @property
    def _unknown_values(self) -> dict[tuple[str, str], str]:
        return getattr(self.tables, "unknown", {})

    @cached_property
    def marketplace(self) -> Any:
        """The tables as a Marketplace, for queries."""
        from iprseg.tables import Marketplace

        if hasattr(self.tables, "sql"):
            return self.tables
        frames = self.tables
        if isinstance(frames, pd.DataFrame):
            frames = {"listings": frames}
        return Marketplace.from_frames(frames)

    def sql(self, query: str, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Run a query over the tables."""
        return self.marketplace.sql(query, params)

    @cached_property
    def now(self) -> pd.Timestamp:
        """The time asked for; else the last one that the tables know.

        A day counts as known at its end, as in ``as_of``. Times in the future are no
        part of it.
        """
        if self.as_of is not None:
            return self.as_of
        last = find_last_time(
            times
            for name in self.marketplace.tables
            for times in select_event_times(getattr(self.marketplace, name))
        )
        # the last row itself is known: queries ask for what came before $now
        least = pd.Timedelta(microseconds=1)
        return pd.Timestamp.now("UTC") if pd.isna(last) else last + least

    def lacks(self, column: str) -> str | None:
        """Return the reason if ``table.column`` is not there (None if it is)."""
        table, _, name = column.rpartition(".")
        frame = self.listings if table in ("", "listings") else self.table(table)
        if frame is None:
            return self.no_table(table)
        if name not in frame.columns and name != frame.index.name:
            return f"column_absent: {column}"
        why = self._unknown_values.get((table or "listings", name), "")
        return f"{why}: {name}" if why == "not_versioned" else None

    def rows_of(self, mentions: pd.DataFrame) -> NDArray[np.bool_]:
        """Tell which listings hold one of the mentions, shape (n,)."""
        held = np.zeros(self.n, dtype=bool)
        held[mentions["row"].to_numpy()] = True
        return held

    @cached_property
    def honest_field(self) -> NDArray[np.bool_]:
        """Which listings' brand field names a brand, shape (n,)."""
        if not self.has("brand_field"):
            return np.zeros(self.n, dtype=bool)
        return flag_named_brand_fields(self.listings["brand_field"])

    @cached_property
    def field_brand(self) -> NDArray[np.object_]:
        """Brand id named by the brand field (a folded name off the list), or None."""
        brand = np.full(self.n, None, dtype=object)
        if self.honest_field.any():
            fields = self.listings["brand_field"].to_numpy(dtype=object)
            known = self._brand_ids_by_key
            for row in np.flatnonzero(self.honest_field):
                key = make_brand_key(fields[row])
                brand[row] = known.get(key, key)
        return brand

    @cached_property
    def brand(self) -> NDArray[np.object_]:
        """Brand id of each listing: of its field or, failing that, of its text."""
        brand = self.field_brand.copy()
        best = self._best_claims
        off_list = np.array(
            [b not in self._listed_brand_ids for b in brand[best["row"]]], dtype=bool
        )
        best = best[best["own_field"].to_numpy() | off_list]
        brand[best["row"].to_numpy()] = best["brand_id"].to_numpy()
        return brand

    @cached_property
    def _best_claims(self) -> pd.DataFrame:
        claims = self.claims
        order = claims.assign(
            foreign=~claims["own_field"],
            late=claims["field"] != "title",
            rank=claims["kind"].map(_KIND_RANK),
        ).sort_values(["row", "foreign", "late", "rank", "start"], kind="stable")
        return order.drop_duplicates("row")

    @cached_property
    def _listed_brand_ids(self) -> frozenset[str]:
        return frozenset(self.brands.table["brand_id"])

    @cached_property
    def _brand_ids_by_key(self) -> dict[str, str]:
        return {
            make_brand_key(name): brand_id
            for brand_id, first, more in self.brands.table[
                ["brand_id", "name", "aliases"]
            ].itertuples(index=False)
            for name in [first, *more]
        }

    @cached_property
    def langs(self) -> NDArray[np.object_]:
        """Primary language tag of each listing, "" where unknown, shape (n,)."""
        return extract_primary_langs(self.listings)

    @cached_property
    def lexicon(self) -> Lexicon:
        """Terms of sellers' texts."""
        return compile_lexicons("replica", "disclaimer", "overclaim")

    @cached_property
    def terms(self) -> pd.DataFrame:
        """Lexicon hits whose need of a language or a brand is met.

        Columns ``row``, ``list``, ``term``, ``weight``, ``grade``; a term counts once
        a listing.
        """
        fields = [f for f in ("title", "description", "ocr_text") if self.has(f)]
        found = []
        for field in fields:
            texts = to_text_list(self.listings[field])
            names = self._collect_claimed_names(field)
            found.append(find_terms(texts, list(self.langs), self.lexicon, names))
        hits = pd.concat(found, ignore_index=True).drop_duplicates()
        branded = self.honest_field | self.rows_of(self.mentions)
        return filter_terms_by_context(hits, self.lexicon, self.langs, branded)

    def _collect_claimed_names(self, field: str) -> dict[int, list[str]]:
        """Return what the field's text writes for brands, by row."""
        claims = self.claims[self.claims["field"] == field]
        names: dict[int, list[str]] = {}
        said = zip(claims["row"].tolist(), claims["text"].tolist(), strict=True)
        for row, text in said:
            names.setdefault(row, []).append(text)
        return names


def extract_primary_langs(frame: pd.DataFrame) -> NDArray[np.object_]:
    """Return "pt" for "pt-BR"; "" where the language is not known."""
    if "lang" not in frame.columns:
        return np.full(len(frame), "", dtype=object)
    tags = frame["lang"].fillna("").astype(str).str.casefold()
    return tags.str.extract(r"^([a-z]*)", expand=False).to_numpy(dtype=object)


# columns that date what happened; others (valid_to, ts of the future) may lie ahead
_EVENT_TIMES = ("created_at", "ts", "ts_received", "ts_decided", "date", "removed_at")


def select_event_times(frame: pd.DataFrame) -> list[pd.Series]:
    """Return the columns of a table that date what happened."""
    times = [frame[column] for column in _EVENT_TIMES if column in frame]
    # a version dates an edit; an authorisation or a policy may begin later than today
    if {"version", "valid_from"} <= set(frame.columns):
        times.append(frame["valid_from"])
    return [one for one in times if pd.api.types.is_datetime64_any_dtype(one)]


def find_last_time(columns: Iterable[pd.Series]) -> Any:
    """Return the latest of many times in UTC that is not in the future; NaT if none.

    One row dated 2099 by mistake would leave every window of days empty, for all.
    """
    from iprseg.tables.parsing import MAX_AHEAD

    latest = pd.Timestamp.now("UTC") + MAX_AHEAD
    known = [times[times <= latest].max() for times in columns]
    return max((time for time in known if pd.notna(time)), default=pd.NaT)


@dataclass(frozen=True)
class Column:
    """One signal over all entities; what is without end is missing: ``not_finite``.

    Attributes
    ----------
    values : ndarray of float, shape (n,)
        NaN where missing.
    reasons : ndarray of str, shape (n,)
        Why a value is missing; "" where it is there.
    """

    values: NDArray[np.float64]
    reasons: NDArray[np.object_]

    def __post_init__(self) -> None:
        # here, so that no mean, cohort or histogram ever meets an infinite number
        endless = np.isinf(self.values)
        if endless.any():
            kept = self.missing(endless, "not_finite")
            object.__setattr__(self, "values", kept.values)
            object.__setattr__(self, "reasons", kept.reasons)

    def missing(self, where: ArrayLike, reason: str) -> "Column":
        """Return the column with more values missing; an earlier reason stays."""
        places = np.broadcast_to(np.asarray(where, dtype=bool), self.values.shape)
        rows = np.flatnonzero(places)
        if not len(rows):
            return self
        values, reasons = self.values.astype(float), self.reasons.copy()
        values[rows] = np.nan
        reasons[rows[reasons[rows] == ""]] = reason
        return Column(values, reasons)


def make_column(values: ArrayLike) -> Column:
    """Make a column without gaps."""
    values = np.asarray(values, dtype=float)
    return Column(values, np.full(len(values), "", dtype=object))


def make_missing_column(n: int, reason: str) -> Column:
    """Make a column that is missing throughout, for one reason."""
    return Column(np.full(n, np.nan), np.full(n, reason, dtype=object))


def parse_numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as floats; what is no number is NaN."""
    return pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float)
