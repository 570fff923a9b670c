"""SQL over frames, in a DuckDB connection of their own."""

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from iprseg.errors import IprsegError
from iprseg.tables._arrow import to_arrow

if TYPE_CHECKING:
    import duckdb

# queries see the tables and nothing else: no files, no network, no Python variables
_CONFIG: dict[str, Any] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
    "TimeZone": "UTC",
}
# MULTI is what DuckDB calls a PIVOT, which is several statements to it
_READING = frozenset(("SELECT", "EXPLAIN", "MULTI"))


class Query:
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
            self._connection = self._connect()
        tables = list(self._frames)
        try:
            if problem := _refuse(self._connection.extract_statements(query)):
                raise IprsegError(explain(problem, tables))
            return _read_only(self._connection, query, params)
        except duckdb.Error as error:
            raise IprsegError(explain(str(error), tables)) from error

    def _connect(self) -> "duckdb.DuckDBPyConnection":
        import duckdb

        connection = duckdb.connect(":memory:", config=_CONFIG)
        # a bar drawn on standard output would spoil what is printed there
        connection.execute("SET enable_progress_bar = false")
        for name, frame in self._frames.items():
            if len(frame.columns):  # SQL knows no table without columns
                connection.register(name, to_arrow(frame))
        return connection

    def close(self) -> None:
        """End the connection, for good."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._closed = None, True


def _refuse(statements: "Sequence[duckdb.Statement]") -> str:
    """Say why statements are not run; nothing when all of them only read."""
    if not statements:
        return "the query is empty"
    kinds = (statement.type.name for statement in statements)
    other = next((kind for kind in kinds if kind not in _READING), None)
    if other is None:
        return ""
    return (
        f"{other.replace('_', ' ')} is disabled, since queries only read: use SELECT, "
        "WITH, DESCRIBE, SHOW or EXPLAIN"
    )


def _read_only(
    connection: "duckdb.DuckDBPyConnection",
    query: str,
    params: Sequence[Any] | Mapping[str, Any] | None,
) -> pd.DataFrame:
    """Run a query and take back whatever it did: EXPLAIN ANALYZE and PIVOT create."""
    connection.begin()
    try:
        return _to_frame(connection.execute(query, params))
    finally:
        connection.rollback()


def _to_frame(result: "duckdb.DuckDBPyConnection") -> pd.DataFrame:
    with warnings.catch_warnings():
        # DuckDB 2.0 itself calls pandas in a way that pandas 3.1 warns about
        warnings.filterwarnings("ignore", "The inplace keyword", DeprecationWarning)
        return result.df()


def explain(message: str, tables: Sequence[str]) -> str:
    r"""Turn a DuckDB message into one sentence.

    >>> explain(
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
