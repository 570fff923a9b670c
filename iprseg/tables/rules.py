"""What a mapping says about one column and one table, checked as it is read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from iprseg.errors import TableError
from iprseg.tables.contracts import table_columns, table_names

__all__ = ["ColumnRule", "TableRule"]

PARSERS = ("auto", "text", "price", "number", "integer", "date", "boolean")
DECIMALS = ("auto", "point", "comma")


@dataclass(frozen=True)
class ColumnRule:
    """Where one canonical column comes from, and how its text is read.

    Attributes
    ----------
    source : tuple of str
        Source columns; several are joined by `join`.
    constant : str or None
        One value for all rows; ``""`` says "known to be empty".
    row_number, file_name : bool
        Make the value from the row's number in its file, counted from 0 as a frame's
        index is, or from the file's name without ending. `prefix` goes before it, and
        ``{file}`` in the prefix stands for the file's name.
    parse : str
        Reader of the text; ``auto`` is the reader of the canonical column.
    decimal, currency, format, timezone
        Options of the readers, see `parse_prices` and `parse_dates`.
    values : dict
        Source value to canonical value; values that are not in it stay.
    confidence, why
        Of a drafted rule: how sure the draft is, and on what ground.
    """

    source: tuple[str, ...] = ()
    join: str = " > "
    constant: str | None = None
    row_number: bool = False
    file_name: bool = False
    prefix: str = ""
    parse: str = "auto"
    decimal: str = "auto"
    currency: str | None = None
    format: tuple[str, ...] = ()
    timezone: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    confidence: float | None = None
    why: str = ""

    def to_plain(self) -> Any:
        """Give the rule as `mapping.yaml` writes it: as short as it can be."""
        options: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name in ("confidence", "why", "source") or value == _default(item):
                continue
            options[item.name] = list(value) if isinstance(value, tuple) else value
        if options == {"constant": ""}:
            return ""
        if not self.source:
            return options
        first: Any = self.source[0] if len(self.source) == 1 else list(self.source)
        plain = isinstance(first, str) and first and not options
        return first if plain else {"from": first, **options}


@dataclass(frozen=True)
class TableRule:
    """Where one canonical table comes from.

    Attributes
    ----------
    sources : tuple of str
        Files, sheets or database tables; several are put under one another.
    columns : dict of str to ColumnRule
        By canonical column.
    drop : tuple of str
        Source columns to leave out; any other is kept under its own name.
    encoding : str or None
        Encoding of the text files, where it cannot be found out.
    """

    sources: tuple[str, ...]
    columns: dict[str, ColumnRule]
    drop: tuple[str, ...] = ()
    encoding: str | None = None


def _default(item: Any) -> Any:
    return {} if item.name == "values" else item.default


_COLUMN_KEYS = (
    *("from", "join", "constant", "row_number", "file_name", "prefix", "parse"),
    *("decimal", "currency", "format", "timezone", "values"),
)
_TABLE_KEYS = ("from", "columns", "drop", "encoding")


def read_table_rule(table: str, plain: Any) -> TableRule:
    """Check what a mapping says about a table and give it as a rule.

    Raises
    ------
    TableError
        When the table, a column, an option or a value is not one that is known.
    """
    known(table, table_names(), "The mapping's table")
    if not isinstance(plain, dict):
        raise TableError(
            f"The mapping of {table!r} must have the keys 'from', 'columns'."
        )
    for key in plain:
        known(key, _TABLE_KEYS, f"In the mapping of {table!r}, the key")
    if not plain.get("from"):
        raise TableError(
            f"The mapping of {table!r} must say with 'from' which file it comes from."
        )
    columns = plain.get("columns") or {}
    if not isinstance(columns, dict):
        raise TableError(
            f"In the mapping of {table!r}, 'columns' must be lines like 'title: name'."
        )
    return TableRule(
        _strings(plain["from"], f"{table}: from"),
        {
            str(name): read_column_rule(table, name, rule)
            for name, rule in columns.items()
        },
        _strings(plain.get("drop", ()), f"{table}: drop"),
        plain.get("encoding"),
    )


def read_column_rule(table: str, column: Any, plain: Any) -> ColumnRule:
    """Check what a mapping says about a column and give it as a rule."""
    place = f"{table}.{column}"
    known(
        column, table_columns(table).index, f"In the mapping of {table!r}, the column"
    )
    if plain == "":
        return ColumnRule(constant="")
    if isinstance(plain, str):
        return ColumnRule(source=(plain,))
    if not isinstance(plain, dict) or not plain:
        raise TableError(
            f"The mapping of {place!r} must be the name of a source column, '' (known "
            f"to be empty) or options like {{from: name, parse: price}}; got {plain!r}."
        )
    for key in plain:
        known(key, _COLUMN_KEYS, f"In the mapping of {place!r}, the option")
    options = {key: value for key, value in plain.items() if key != "from"}
    known(options.get("parse", "auto"), PARSERS, f"In {place!r}, 'parse'")
    known(options.get("decimal", "auto"), DECIMALS, f"In {place!r}, 'decimal'")
    source = _strings(plain.get("from", ()), f"{place}: from")
    made = [
        key
        for key in ("constant", "row_number", "file_name")
        if plain.get(key) is not None
    ]
    if len(made) + bool(source) != 1:
        raise TableError(
            f"The mapping of {place!r} must have exactly one of 'from', 'constant', "
            f"'row_number' and 'file_name'."
        )
    return ColumnRule(source=source, **_typed(options, place))


def _typed(options: dict[str, Any], place: str) -> dict[str, Any]:
    """Bring the options of a column to the types that a rule holds."""
    typed = dict(options)
    if "format" in typed:
        typed["format"] = _strings(typed["format"], f"{place}: format")
    if "constant" in typed:
        typed["constant"] = str(typed["constant"])
    if not isinstance(typed.get("values", {}), dict):
        raise TableError(f"In the mapping of {place!r}, 'values' must be pairs.")
    if "values" in typed:
        typed["values"] = {str(k): str(v) for k, v in typed["values"].items()}
    for key in ("row_number", "file_name"):
        if not isinstance(typed.get(key, True), bool):
            raise TableError(
                f"In the mapping of {place!r}, {key!r} must be true or false."
            )
    for key in ("join", "prefix", "currency", "timezone"):
        if not isinstance(typed.get(key, ""), str):
            raise TableError(f"In the mapping of {place!r}, {key!r} must be a text.")
    return typed


def known(value: Any, options: Iterable[str], what: str) -> None:
    """Refuse a name that is not known, and say which one was perhaps meant."""
    names = list(options)
    if value in names:
        return
    close = difflib.get_close_matches(str(value), names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}."
    raise TableError(f"{what} {value!r} is not known; {hint}")


def _strings(value: Any, place: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(
        isinstance(i, str) for i in items
    ):
        raise TableError(f"{place!r} must be a name or a list of names; got {value!r}.")
    return tuple(items)
