"""Marketplace: the tables of one marketplace, as frames, in SQL, and as of a time."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pandas as pd

from iprseg.errors import TableError
from iprseg.tables.access import QueryRunner
from iprseg.tables.parsing import parse_timestamp

if TYPE_CHECKING:
    from iprseg.tables.checks import CheckReport
import os
from dataclasses import replace

from iprseg.tables.vault import hide_identities, identity_columns, is_identity

if TYPE_CHECKING:
    from iprseg.tables.checks import CheckReport
    from iprseg.tables.vault import Vault
from iprseg.tables.contracts import get_table_columns, list_table_names
from iprseg.tables.parsing import parse_timestamps
from iprseg.validation import check_columns

# before pandas 3 a shallow copy lets the caller change the data of the original
_COPY_DEEP = int(pd.__version__.partition(".")[0]) < 3


class _MissingTableError(TableError, AttributeError):
    """A table that is not there; an AttributeError too, so that hasattr works."""


class Marketplace:
    """The canonical tables of one marketplace.

    Make one with :meth:`from_frames` or :func:`read_marketplace`. Every table is an
    attribute that gives a fresh frame (``marketplace.listings`` is indexed by ``listing_id``,
    ``marketplace.sellers`` by ``seller_id``, the others by position) and a table of the
    same name in :meth:`sql`. Changing a frame does not change the marketplace.

    Attributes
    ----------
    tables : list of str
        Names of the tables present.
    check : CheckReport or None
        What was found while reading; None for a marketplace made from frames.
    as_known : Timestamp or None
        The time before which everything here was known; None for "as recorded".
    unknown : dict of (str, str) to str
        (table, column) to the reason why its values are missing, or may differ from
        those of the time, in a marketplace as of a time: see :meth:`as_of`.

    Examples
    --------
    >>> import pandas as pd
    >>> listings = pd.DataFrame(
    ...     {
    ...         "listing_id": ["l1", "l2"],
    ...         "title": ["Aurelle perfume 50 ml", "Aurelle type scent"],
    ...         "price": [89.0, 12.0],
    ...     }
    ... )
    >>> with Marketplace.from_frames({"listings": listings}) as marketplace:
    ...     print(marketplace)
    ...     cheap = marketplace.sql("select title from listings where price < ?", [50])
    Marketplace: listings (2 rows)
    >>> cheap["title"].tolist()
    ['Aurelle type scent']
    >>> "reviews" in marketplace
    False
    """

    def __init__(
        self,
        frames: dict[str, pd.DataFrame],
        *,
        as_known: pd.Timestamp | None = None,
        check: "CheckReport | None" = None,
        unknown: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self._frames = frames
        self._query = QueryRunner(frames)
        self.as_known: pd.Timestamp | None = as_known
        self.check: CheckReport | None = check
        self.unknown: dict[tuple[str, str], str] = dict(unknown or {})

    @classmethod
    def from_frames(
        cls, frames: Mapping[str, pd.DataFrame], as_known: Any = None
    ) -> "Marketplace":
        """Make a marketplace from frames with canonical column names.

        Parameters
        ----------
        frames : mapping of str to DataFrame
            Canonical table name to table. The frames are not changed, and later
            changes to them do not reach the marketplace.
        as_known : datetime or str, optional
            Say that the frames hold only what was known before this time.

        Returns
        -------
        Marketplace
            Times are UTC (a time without a zone is taken for UTC). Identity columns
            stay as they are: :meth:`Vault.pseudonymise` replaces them beforehand.

        Raises
        ------
        TableError
            When a table is not a frame, repeats a column name, lacks the identifier
            of its rows or repeats one, or holds a time that cannot be read.

        Examples
        --------
        >>> import pandas as pd
        >>> sellers = pd.DataFrame({"seller_id": ["s1"], "created_at": ["2024-03-01"]})
        >>> marketplace = Marketplace.from_frames({"sellers": sellers})
        >>> marketplace.sellers.loc["s1", "created_at"]
        Timestamp('2024-03-01 00:00:00+0000', tz='UTC')
        """
        known = None if as_known is None else parse_timestamp(as_known, "as_known")
        return cls(_prepare_tables(frames), as_known=known)

    @property
    def tables(self) -> list[str]:
        """Names of the tables present."""
        return list(self._frames)

    def __contains__(self, table: object) -> bool:
        return table in self._frames

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._frames]

    def __getattr__(self, name: str) -> pd.DataFrame:
        # called only for what is no ordinary attribute; underscores are probes of
        # notebooks and of copy, not tables
        if name.startswith("_"):
            raise AttributeError(f"'Marketplace' has no attribute {name!r}.")
        if name not in self._frames:
            raise _MissingTableError(self._describe_missing_table(name))
        frame = self._frames[name].copy(deep=_COPY_DEEP)
        index = _INDEX_COLUMNS.get(name)
        return frame if index is None else frame.set_index(index)

    def _describe_missing_table(self, name: str) -> str:
        reason = self.unknown.get((name, "*"))
        why = f" ({reason})" if reason else ""
        present = ", ".join(repr(table) for table in self._frames) or "none"
        return (
            f"This marketplace has no table {name!r}{why}; tables present: {present}."
        )

    def sql(
        self, query: str, params: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """Run one DuckDB query over the tables.

        Parameters
        ----------
        query : str
            SQL; the tables have their canonical names. Files and the network are out
            of reach.
        params : sequence or mapping, optional
            Values for ``?`` or ``$name`` in the query.

        Returns
        -------
        DataFrame
            The result; times are UTC.

        Raises
        ------
        IprsegError
            When the query fails, with its place; or the marketplace is closed.

        Examples
        --------
        >>> import pandas as pd
        >>> reviews = pd.DataFrame({"review_id": ["r1", "r2"], "stars": [1.0, 5.0]})
        >>> marketplace = Marketplace.from_frames({"reviews": reviews})
        >>> marketplace.sql("select avg(stars) as mean from reviews")["mean"].item()
        3.0
        """
        return self._query.run(query, params)

    def as_of(self, time: Any) -> "Marketplace":
        """Give the marketplace as it was known before a time.

        Rows that appeared at that time or later are left out. A value that became
        known at that time or later (``removed_at``, ``outcome``) is missing. What the
        listings say is taken from ``listing_versions``, which holds every version of
        a listing that was edited, the first included, and none of the others. Images
        are known with their listing, or with the version that first shows them.

        Parameters
        ----------
        time : datetime or str
            Without a zone, UTC.

        Returns
        -------
        Marketplace
            Its ``unknown`` gives (table, column) to a reason:

            - ``not_versioned``: only the latest value is recorded, so it is missing;
            - ``no_version_before``: some edited listings lack the version of the time,
              so what they said is missing;
            - ``assumed_unedited``: no versions of it are kept, so the values are the
              latest ones, taken to be those of the time;
            - ``undated``: rows without a time are left out; with the column ``*``,
              the whole table, because nothing says when its rows appeared.

        Raises
        ------
        IprsegError
            When the time cannot be read, or is later than what is known here.
        TableError
            When nothing says when the listings appeared.

        Examples
        --------
        >>> import pandas as pd
        >>> listings = pd.DataFrame(
        ...     {
        ...         "listing_id": ["l1", "l2"],
        ...         "title": ["Early", "Late"],
        ...         "created_at": ["2024-01-01", "2024-06-01"],
        ...         "status": ["removed", "live"],
        ...     }
        ... )
        >>> past = Marketplace.from_frames({"listings": listings}).as_of("2024-03-01")
        >>> past.listings["title"].tolist(), past.listings["status"].isna().tolist()
        (['Early'], [True])
        >>> past.unknown["listings", "status"]
        'not_versioned'
        """
        from iprseg.tables.as_of import keep_known_before

        moment = parse_timestamp(time, "time")
        frames, unknown = keep_known_before(self._frames, moment, self.as_known)
        return type(self)(
            frames,
            as_known=moment,
            check=self.check,
            unknown={**self.unknown, **unknown},
        )

    def listing_gmv(self) -> pd.Series:
        """Sum what each listing sold.

        Returns
        -------
        Series of float, indexed by listing_id
            US dollars; NaN for a listing without a known amount in ``orders_daily``.

        Examples
        --------
        >>> import pandas as pd
        >>> marketplace = Marketplace.from_frames(
        ...     {
        ...         "listings": pd.DataFrame({"listing_id": ["a", "b"]}),
        ...         "orders_daily": pd.DataFrame(
        ...             {"listing_id": ["a", "a"], "gmv_usd": [10.0, 5.0]}
        ...         ),
        ...     }
        ... )
        >>> marketplace.listing_gmv().tolist()
        [15.0, nan]
        """
        listings = self.listings.index
        orders = self._frames.get("orders_daily", pd.DataFrame())
        if not {"listing_id", "gmv_usd"} <= set(orders.columns):
            return pd.Series(float("nan"), index=listings, name="gmv_usd")
        amounts = orders.groupby("listing_id", sort=False)["gmv_usd"]
        return amounts.sum(min_count=1).reindex(listings).astype(float)

    def close(self) -> None:
        """End the connection; frames stay readable, queries do not."""
        self._query.close()

    def __enter__(self) -> "Marketplace":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        sizes = (
            f"{name} ({len(frame):,} rows)" for name, frame in self._frames.items()
        )
        known = f"; as known before {self.as_known}" if self.as_known else ""
        return f"Marketplace: {', '.join(sizes) or 'no tables'}{known}"


def read_marketplace(
    source: Any,
    mapping: Any = None,
    key: "str | os.PathLike[str] | Vault | None" = None,
) -> Marketplace:
    r"""Read tables, check them, and put their identities through the vault.

    Parameters
    ----------
    source : path or str
        Folder or file of CSV, Parquet or Excel, a DuckDB file, or an SQLAlchemy URL.
    mapping : path or ColumnMapping, optional
        How source columns become canonical ones; see :func:`iprseg.draft_mapping`.
    key : path or Vault, optional
        Key file of the vault, or an open vault; else the key comes from the
        environment (see :meth:`Vault.open`). Needed only when there are identities.

    Returns
    -------
    Marketplace
        With ``check``, the report of everything found while reading.

    Raises
    ------
    TableError
        When the source cannot be read or tables cannot be used; all reasons at once.
    IprsegError
        When there are identities and no key for the vault.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name) / "listings.csv"
    >>> _ = file.write_text("listing_id,title,price\nl1,Aurelle perfume,12.50\n")
    >>> marketplace = read_marketplace(folder.name)
    >>> marketplace.listings.loc["l1", "price"].item(), marketplace.check.ok
    (12.5, True)
    >>> folder.cleanup()
    """
    from iprseg.tables.loading import load_tables

    tables, report = load_tables(source, mapping)
    report.raise_for_errors()
    hidden = hide_identities(tables, key)
    return Marketplace(_prepare_tables(hidden), check=drop_identities(report))


def drop_identities(report: "CheckReport") -> "CheckReport":
    """Drop the raw identities that a report quotes or keeps in rows set aside."""
    problems = report.problems.copy()
    places = zip(problems["table"], problems["column"], strict=True)
    raw = [is_identity(table, column) for table, column in places]
    problems.loc[raw, "examples"] = ""
    set_aside = {
        table: rows.drop(columns=identity_columns(rows.drop(columns="why"), table))
        for table, rows in report.set_aside.items()
    }
    return replace(report, problems=problems, set_aside=set_aside)


# tables whose rows are looked up by their identifier
_INDEX_COLUMNS = {"listings": "listing_id", "sellers": "seller_id"}


def _prepare_tables(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Copy, check and bring to UTC every table."""
    seen: dict[str, str] = {}
    for name in frames:
        if not isinstance(name, str) or not name:
            raise TableError(f"The name of a table must be text; got {name!r}.")
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise TableError(
                f"The tables {other!r} and {name!r} differ in capitals alone, which a "
                "query cannot tell apart: rename one."
            )
    return {name: _prepare_table(name, frame) for name, frame in frames.items()}


def _prepare_table(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(frame, pd.DataFrame):
        raise TableError(
            f"The table {table!r} must be a DataFrame; got {type(frame).__name__}."
        )
    named = [name for name in frame.index.names if name not in (None, *frame.columns)]
    # a deep copy: a later change of the caller's array must not reach the marketplace
    own = frame.reset_index(level=named).reset_index(drop=True).copy()
    own.columns = own.columns.map(str)
    repeated = own.columns[own.columns.duplicated()]
    if len(repeated):
        raise TableError(f"{table} has the column {repeated[0]!r} more than once.")
    _check_identifiers(table, own)
    for column in _list_time_columns(table):
        if column in own:
            own[column] = parse_timestamps(own[column], f"{table}.{column}")
    return own


def _check_identifiers(table: str, frame: pd.DataFrame) -> None:
    column = _INDEX_COLUMNS.get(table)
    if column is None:
        return
    check_columns(frame, [column], table)
    missing = int(frame[column].isna().sum())
    if missing:
        raise TableError(f"{table}.{column} is missing in {missing} rows.")
    repeated = frame[column].duplicated()
    if repeated.any():
        example = str(frame.loc[repeated, column].iloc[0])[:60]
        raise TableError(
            f"{table}.{column} must name each row once, and {int(repeated.sum())} rows "
            f"repeat an earlier one, such as {example!r}: keep one row of each."
        )


def _list_time_columns(table: str) -> list[str]:
    if table not in list_table_names():
        return []
    columns = get_table_columns(table)
    return list(columns.index[columns["dtype"] == "date"])
