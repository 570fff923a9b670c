"""Signals that are one query each, in a file that an analyst can run herself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError
from iprseg.signals.inputs import Column, Inputs, make_missing_column

_FILE_NAME = re.compile(r"^([A-Z]\d\d)_([a-z0-9_]+)$")
# types of the canonical tables, as DuckDB calls them
_DUCKDB_TYPES = {
    "text": "VARCHAR",
    "date": "TIMESTAMPTZ",
    "number": "DOUBLE",
    "price": "DOUBLE",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
}
_HEADER_LINE = re.compile(r"^-- ([a-z]+): (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class SqlSignal:
    """One query.

    Attributes
    ----------
    key, name : str
        Such as ``"E01"`` and ``"listing_burst"``, from the name of the file.
    level : str
        ``listing``, ``seller``, ``creator`` or ``rights_owner``: whose ids the query
        gives.
    columns : tuple of str
        Columns that must be there, as ``table.column``; without one of them the signal
        is missing, with that reason.
    optional : tuple of str
        Tables that the query reads as empty where there are none.
    missing : str
        Reason for entities of which the query gives no row, or NULL.
    text : str
        The query: columns ``id``, ``value`` (or several ``value_…``, each a signal
        column of its own) and, if it likes, ``reason``. ``$now`` is the time as of
        which it is asked.
    file : str
        Name of the file, for messages.
    """

    key: str
    name: str
    level: str
    columns: tuple[str, ...]
    optional: tuple[str, ...]
    missing: str
    text: str
    file: str


def read_sql_signal(path: Path) -> SqlSignal:
    """Read one file: ``E01_listing_burst.sql`` with a header of ``-- word: value``.

    Raises
    ------
    IprsegError
        If the name or the header is not of that form.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise IprsegError(
            f"The signal file {path.name!r} is no text in UTF-8 (byte {error.start}): "
            "save it as UTF-8."
        ) from error
    stem = path.stem.partition(".")[0]
    match = _FILE_NAME.match(stem)
    header = dict(_HEADER_LINE.findall(text))
    lacking = [word for word in ("level", "columns", "missing") if not header.get(word)]
    if match is None or lacking:
        what = f"has no line '-- {lacking[0]}: …'" if lacking else "has another name"
        raise IprsegError(
            f"The signal file {path.name!r} {what}: call it like E01_my_signal.sql and "
            "begin it with the lines '-- level: seller', '-- columns: table.column; …' "
            "and '-- missing: why a seller may have no value'."
        )
    return SqlSignal(
        match.group(1),
        match.group(2),
        header["level"],
        _split_list(header["columns"]),
        _split_list(header.get("optional", "")),
        header["missing"],
        text,
        path.name,
    )


def _split_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def run_sql_signal(
    signal: SqlSignal, inputs: Inputs, entities: pd.Index
) -> dict[str, Column]:
    """Compute one query's signal columns over entities, by column name."""
    base = f"{signal.key}_{signal.name}"
    void = [table for table in signal.optional if _is_absent(inputs, table)]
    needed = (c for c in signal.columns if c.partition(".")[0] not in void)
    absent = next(filter(None, map(inputs.lacks, needed)), None)
    if absent is not None:
        return {base: make_missing_column(len(entities), absent)}
    rows = _fetch_rows(signal, inputs, void)
    values = [c for c in rows.columns if c == "value" or c.startswith("value_")]
    if "id" not in rows or not values:
        raise _make_query_error(
            signal, "it gives the columns " + ", ".join(map(repr, rows))
        )
    # a row of no id is of nobody
    rows = rows[rows["id"].notna()]
    if rows["id"].duplicated().any():
        twice = rows["id"][rows["id"].duplicated()].iloc[0]
        raise _make_query_error(signal, f"it gives the id {twice!r} more than once")
    rows = rows.set_index("id").reindex(entities)
    columns = {}
    for value in values:
        try:
            column = _parse_values(rows[value], rows.get("reason"), signal.missing)
        except (TypeError, ValueError) as error:
            raise _make_query_error(
                signal, f"{value!r} holds what is no number"
            ) from error
        columns[f"{base}{value.removeprefix('value')}"] = column
    return columns


def _is_absent(inputs: Inputs, table: str) -> bool:
    """Tell whether there is no such table; one not known at a time is no empty one."""
    absent = inputs.no_table(table) == f"table_absent: {table}"
    return absent and inputs.table(table) is None


def _fetch_rows(signal: SqlSignal, inputs: Inputs, void: list[str]) -> pd.DataFrame:
    # DuckDB refuses a parameter that no part of the query uses: a comment is none
    asked = re.sub(r"--.*", "", signal.text)
    now = {"now": inputs.now} if "$now" in asked else None
    text = signal.text
    if void:
        # all before the query stands in its first line: the lines of errors are its own
        tables = ", ".join(
            f"{table} AS ({_build_empty_table(table)})" for table in void
        )
        text = f"WITH {tables} SELECT * FROM ({text.rstrip().rstrip(';')}\n)"
    try:
        return inputs.sql(text, now)
    except IprsegError as error:
        raise IprsegError(
            f"The signal {signal.key}_{signal.name} (file {signal.file!r}) cannot be "
            f"computed. {error}"
        ) from error


def _build_empty_table(table: str) -> str:
    """Return a query that gives a table's columns and no row."""
    from iprseg.tables.contracts import get_table_columns

    types = get_table_columns(table)["dtype"].map(_DUCKDB_TYPES)
    if types.empty:
        raise IprsegError(
            f"There is no canonical table {table!r} that a signal could do without: "
            "see its line '-- optional: …'."
        )
    columns = ", ".join(f"NULL::{kind} AS {name}" for name, kind in types.items())
    return f"SELECT {columns} WHERE false"


def _make_query_error(signal: SqlSignal, what: str) -> IprsegError:
    return IprsegError(
        f"The query of the signal {signal.key}_{signal.name} (file {signal.file!r}) "
        "must give each id once, in a column 'id', with a number in the column "
        f"'value': {what}."
    )


def _parse_values(values: pd.Series, reason: Any, missing: str) -> Column:
    if pd.api.types.is_datetime64_any_dtype(values):
        raise TypeError("a time is no number")
    numbers = pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    gap = np.isnan(numbers)
    given = np.full(len(numbers), missing, dtype=object)
    if reason is not None:
        told = reason.fillna("").to_numpy(dtype=object)
        given = np.where(told != "", told, given)
    return Column(numbers, np.where(gap, given, "").astype(object))
