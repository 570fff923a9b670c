"""Get at tables: as frames, as listings that speak for an entity, and in SQL.

The one place that knows a Marketplace from plain frames, and the one place where names
and values become part of a query.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import pandas as pd
from pandas.api.types import is_object_dtype

from iprseg.errors import IprsegError, TableError
from iprseg.validation import check_columns

if TYPE_CHECKING:
    import duckdb

    from iprseg.tables.marketplace import Marketplace
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# what functions of the library take for a marketplace; a frame is the listings
MarketplaceLike: TypeAlias = Union[
    "Marketplace", Mapping[str, pd.DataFrame], pd.DataFrame
]


def find_table(marketplace: "MarketplaceLike", name: str) -> pd.DataFrame | None:
    """Return a table, or None where there is none of that name.

    Parameters
    ----------
    marketplace : Marketplace, mapping of str to DataFrame, or DataFrame
        A frame is the listings.
    name : str

    Raises
    ------
    IprsegError
        When it is none of these.

    Examples
    --------
    >>> find_table({}, "listings") is None
    True
    """
    if isinstance(marketplace, pd.DataFrame):
        return marketplace if name == "listings" else None
    if isinstance(marketplace, Mapping):
        return marketplace.get(name)
    if hasattr(marketplace, "tables") and hasattr(marketplace, "sql"):
        return getattr(marketplace, name) if name in marketplace else None
    raise IprsegError(
        "The tables must be a Marketplace, a dict of frames or a listings frame; got "
        f"{type(marketplace).__name__}."
    )


def get_listings(tables: Any) -> pd.DataFrame:
    """Return the listings, indexed by ``listing_id``.

    Raises
    ------
    TableError
        If there are none, a needed column is missing or an id is there twice.
    """
    listings = find_table(tables, "listings")
    if listings is None:
        raise TableError("There is no table 'listings'; signals need one.")
    return replace_broken_characters(
        set_unique_index(listings, "listing_id", "listings", ["title"])
    )


def replace_broken_characters(frame: pd.DataFrame) -> pd.DataFrame:
    """Replace half characters in columns of objects; other columns cannot hold any."""
    for name in frame.columns[[is_object_dtype(kind) for kind in frame.dtypes]]:
        values = frame[name].to_numpy(dtype=object)
        if any(isinstance(one, str) and _has_lone_surrogate(one) for one in values):
            whole = [
                _replace_lone_surrogates(one) if isinstance(one, str) else one
                for one in values
            ]
            frame = frame.assign(**{name: pd.Series(whole, frame.index, dtype=object)})
    return frame


def _has_lone_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _replace_lone_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def set_unique_index(
    frame: pd.DataFrame, key: str, name: str, needed: list[str] | None = None
) -> pd.DataFrame:
    """Return a table indexed by its key, each key once."""
    if key in frame.columns:
        frame = frame.set_index(key)
    elif frame.index.name != key:
        check_columns(frame, [key], name)
    check_columns(frame, needed or [], name)
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()][0]
        raise TableError(
            f"The table {name!r} has the {key} {twice!r} more than once; drop the "
            "duplicates first."
        )
    return frame


def to_text_list(column: pd.Series) -> list[str]:
    """Return a column as texts, "" where there is none, each character one to one.

    Half a character of a broken encoding (a lone surrogate) becomes "?": no library
    that reads the text outside Python takes it.
    """
    texts = [
        text if isinstance(text, str) else "" for text in column.to_numpy(dtype=object)
    ]
    try:
        "".join(texts).encode("utf-8")
    except UnicodeEncodeError:
        return [_replace_lone_surrogates(text) for text in texts]
    return texts


LEVELS = ("listing", "seller", "creator")


def get_entity_listings(
    marketplace: MarketplaceLike, level: str
) -> pd.DataFrame | None:
    """Return listings with a column ``entity``: whom each of them speaks for.

    Parameters
    ----------
    marketplace : Marketplace or dict of DataFrame
    level : {"listing", "seller", "creator"}

    Returns
    -------
    DataFrame, index listing id, or None
        A listing speaks for itself, for its seller, or once for each creator who
        promotes it; None where the tables do not tell.

    Examples
    --------
    >>> listings = pd.DataFrame({"title": ["a", "b"]}, index=["L1", "L2"])
    >>> promoted = {"creator_id": ["C", "C", "C"], "listing_id": ["L2", "L2", "L9"]}
    >>> tables = {"listings": listings, "promotions": pd.DataFrame(promoted)}
    >>> get_entity_listings(tables, "creator")[["title", "entity"]].to_dict("index")
    {'L2': {'title': 'b', 'entity': 'C'}}
    """
    listings = find_table(marketplace, "listings")
    if listings is None:
        return None
    if "listing_id" in listings:
        listings = listings.set_index("listing_id")
    if level == "listing":
        return listings.assign(entity=listings.index)
    if level == "seller":
        known = "seller_id" in listings
        return listings.assign(entity=listings["seller_id"]) if known else None
    promotions = find_table(marketplace, "promotions")
    if promotions is None or not {"creator_id", "listing_id"} <= set(promotions):
        return None
    pairs = promotions[["creator_id", "listing_id"]].dropna().drop_duplicates()
    pairs = pairs[pairs["listing_id"].isin(listings.index)]
    found = listings.loc[pairs["listing_id"]]
    return found.assign(entity=pairs["creator_id"].to_numpy())


# queries see the tables and nothing else: no files, no network, no Python variables
_DUCKDB_CONFIG: dict[str, Any] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
    "TimeZone": "UTC",
}
# MULTI is what DuckDB calls a PIVOT, which is several statements to it
_READING_STATEMENTS = frozenset(("SELECT", "EXPLAIN", "MULTI"))


class QueryRunner:
    """Runs queries over frames; connects and hands over the frames at first use.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Tables by name; they must not change afterwards.
    """

    def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
        self._frames = frames
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._closed = False

    def run(
        self, query: str, params: Sequence[Any] | Mapping[str, Any] | None
    ) -> pd.DataFrame:
        """Run one query; a failure becomes one sentence with its place."""
        import duckdb

        if self._closed:
            raise IprsegError("This marketplace is closed: queries need an open one.")
        if self._connection is None:
            self._connection = self._open_connection()
        tables = list(self._frames)
        try:
            if problem := _explain_refusal(self._connection.extract_statements(query)):
                raise IprsegError(_explain_query_error(problem, tables))
            return _run_read_only(self._connection, query, params)
        except duckdb.Error as error:
            raise IprsegError(_explain_query_error(str(error), tables)) from error

    def _open_connection(self) -> "duckdb.DuckDBPyConnection":
        import duckdb

        connection = duckdb.connect(":memory:", config=_DUCKDB_CONFIG)
        # a bar drawn on standard output would spoil what is printed there
        connection.execute("SET enable_progress_bar = false")
        for name, frame in self._frames.items():
            if len(frame.columns):  # SQL knows no table without columns
                connection.register(name, _to_arrow_table(frame))
        return connection

    def close(self) -> None:
        """End the connection, for good."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._closed = None, True


def _explain_refusal(statements: "Sequence[duckdb.Statement]") -> str:
    """Say why statements are not run; nothing when all of them only read."""
    if not statements:
        return "the query is empty"
    kinds = (statement.type.name for statement in statements)
    other = next((kind for kind in kinds if kind not in _READING_STATEMENTS), None)
    if other is None:
        return ""
    return (
        f"{other.replace('_', ' ')} is disabled, since queries only read: use SELECT, "
        "WITH, DESCRIBE, SHOW or EXPLAIN"
    )


def _run_read_only(
    connection: "duckdb.DuckDBPyConnection",
    query: str,
    params: Sequence[Any] | Mapping[str, Any] | None,
) -> pd.DataFrame:
    """Run a query and take back whatever it did: EXPLAIN ANALYZE and PIVOT create."""
    connection.begin()
    try:
        return _fetch_frame(connection.execute(query, params))
    finally:
        connection.rollback()


def _fetch_frame(result: "duckdb.DuckDBPyConnection") -> pd.DataFrame:
    with warnings.catch_warnings():
        # DuckDB 2.0 itself calls pandas in a way that pandas 3.1 warns about
        warnings.filterwarnings("ignore", "The inplace keyword", DeprecationWarning)
        return result.df()


def _explain_query_error(message: str, tables: Sequence[str]) -> str:
    r"""Turn a DuckDB message into one sentence.

    >>> _explain_query_error(
    ...     "Parser Error: syntax error at or near \"selec\"\n\n"
    ...     "LINE 1: selec 1\n        ^^^^^",
    ...     ["listings"],
    ... )
    'The query fails at line 1, column 1 (selec 1): syntax error at or near ...'
    """
    first, _, rest = message.partition("\n")
    reason = re.sub(r"^[A-Za-z ]+ Error: ", "", first).strip(" .!")
    place = ""
    found = re.search(r"^(LINE (\d+): )(.*)\n( *)\^", rest, flags=re.MULTILINE)
    if found:
        column = len(found[4]) - len(found[1]) + 1
        place = f" at line {found[2]}, column {column} ({found[3].strip()[:80]})"
    return f"The query fails{place}: {reason}; tables present: {', '.join(tables)}."


_CONVERSION_ERRORS = (
    pa.ArrowInvalid,
    pa.ArrowTypeError,
    pa.ArrowNotImplementedError,
    UnicodeEncodeError,
)


def _to_arrow_table(frame: pd.DataFrame) -> pa.Table:
    """Hand a frame to Arrow; a column of mixed types becomes text.

    Half a character of a broken encoding (a lone surrogate) becomes "?".

    >>> _to_arrow_table(pd.DataFrame({"extra": [1, "one", None]}))["extra"].to_pylist()
    ['1', 'one', None]
    """
    columns = {name: _to_arrow_array(frame[name]) for name in frame.columns}
    return pa.table(columns)


def _to_arrow_array(values: pd.Series) -> pa.Array | pa.ChunkedArray:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        # DuckDB drops the zone of nanoseconds
        values = values.dt.as_unit("us")
    try:
        return pa.array(values, from_pandas=True)
    except _CONVERSION_ERRORS:
        text = values.astype(object).where(
            values.isna(), values.map(_to_encodable_text)
        )
        return pa.array(text, type=pa.string(), from_pandas=True)


def _to_encodable_text(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode("utf-8")


def mask_texts_in(texts: pd.Series, others: pd.Series) -> NDArray[np.bool_]:
    """Tell which texts are texts of another column; a missing one is not.

    As ``isin``, which takes an object for each text of both out of Arrow.

    >>> mask_texts_in(pd.Series(["a", "b", None]), pd.Series(["b", None])).tolist()
    [False, True, False]
    """
    given, bank = (
        pa.array(column, type=pa.large_string(), from_pandas=True)
        for column in (texts, others)
    )
    return np.asarray(pc.is_in(given, value_set=bank, skip_nulls=True))


def quote_identifier(name: str) -> str:
    """Quote a table or column name, so that no name can end the quotes.

    Parameters
    ----------
    name : str
        Any name, such as one found in a user's file.

    Returns
    -------
    str
        The name as an SQL identifier.

    Raises
    ------
    IprsegError
        When the name is empty, not text, or holds a NUL character.

    Examples
    --------
    >>> quote_identifier('price "now"; DROP TABLE x')
    '"price ""now""; DROP TABLE x"'
    """
    _check_query_text(name, "A table or column name")
    if not name:
        raise IprsegError("A table or column name in a query must not be empty.")
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str) -> str:
    """Quote a text value, for queries that are shown and cannot carry parameters.

    Parameters
    ----------
    value : str
        Any text.

    Returns
    -------
    str
        The value as an SQL string literal.

    Raises
    ------
    IprsegError
        When the value is not text or holds a NUL character.

    Examples
    --------
    >>> quote_literal("women's")
    "'women''s'"
    """
    _check_query_text(value, "A text value")
    return "'" + value.replace("'", "''") + "'"


def _check_query_text(text: object, what: str) -> None:
    if not isinstance(text, str) or "\x00" in text:
        raise IprsegError(
            f"{what} in a query must be text without NUL characters; got {text!r}."
        )
