"""Bring a user's frames to the state in which a Marketplace keeps them."""

from collections.abc import Mapping

import pandas as pd

from iprseg._check import check_columns
from iprseg.errors import TableError
from iprseg.tables._times import parse_times
from iprseg.tables.contracts import table_columns, table_names

# tables whose rows are looked up by their identifier
INDEX_COLUMNS = {"listings": "listing_id", "sellers": "seller_id"}


def prepare_tables(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
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
    return {name: _prepare(name, frame) for name, frame in frames.items()}


def _prepare(table: str, frame: pd.DataFrame) -> pd.DataFrame:
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
    for column in _time_columns(table):
        if column in own:
            own[column] = parse_times(own[column], f"{table}.{column}")
    return own


def _check_identifiers(table: str, frame: pd.DataFrame) -> None:
    column = INDEX_COLUMNS.get(table)
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


def _time_columns(table: str) -> list[str]:
    if table not in table_names():
        return []
    columns = table_columns(table)
    return list(columns.index[columns["dtype"] == "date"])
