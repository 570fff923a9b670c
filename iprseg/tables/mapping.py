"""The mapping from source columns to canonical ones, and its `mapping.yaml`.

What a mapping says of a table or a column is checked as it is read.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from iprseg.errors import TableError
from iprseg.tables.contracts import get_table_columns, list_table_names

_YAML_HEADER = """\
# Which source column feeds which canonical column. Edit freely:
#   title: name                                    a source column
#   brand_field: ''                                known to be empty in every row
#   price: {from: cost, decimal: comma, currency: EUR}   how to read a text
#   category_path: {from: [main, sub]}             several columns, joined by ' > '
#   market: {constant: BR}                         one value for every row
#   listing_id: {row_number: true, prefix: shop-}  made from the row's number
#   category_path: {file_name: true}               made from the file's name
# Source columns that are not named here are kept under their own names.
"""


@dataclass(frozen=True)
class ColumnMapping:
    """Which source column feeds which canonical column.

    Attributes
    ----------
    tables : dict of str to TableRule
        By canonical table.
    unused : dict of str to str
        Of a drafted mapping: sources that were left out, and why.

    Examples
    --------
    >>> from iprseg.tables import ColumnMapping
    >>> mapping = ColumnMapping.from_yaml('''
    ... tables:
    ...   listings:
    ...     from: amazon.csv
    ...     columns:
    ...       listing_id: {row_number: true, prefix: a-}
    ...       title: name
    ...       brand_field: ''
    ... ''')
    >>> mapping.tables["listings"].columns["title"].source
    ('name',)
    """

    tables: dict[str, TableRule]
    unused: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_yaml(cls, text: str, name: str = "mapping.yaml") -> ColumnMapping:
        """Read a mapping from the text of a `mapping.yaml`.

        Raises
        ------
        TableError
            When the YAML is malformed, or says something that is not known.
        """
        try:
            plain = yaml.safe_load(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = (
                f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
            )
            problem = getattr(error, "problem", None) or "it is not YAML"
            raise TableError(
                f"The mapping {name!r} is malformed{where}: {problem}."
            ) from error
        if not isinstance(plain, dict) or not isinstance(plain.get("tables"), dict):
            raise TableError(
                f"The mapping {name!r} must begin with 'tables:' and a table under it, "
                "such as 'listings:'."
            )
        for key in plain:
            _check_known_name(key, ("tables",), f"In the mapping {name!r}, the key")
        return cls(
            {t: _read_table_rule(t, rule) for t, rule in plain["tables"].items()}
        )

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> ColumnMapping:
        """Read a mapping from a file.

        Raises
        ------
        TableError
            When the file is not there or is not a mapping.
        """
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except OSError as error:
            raise TableError(
                f"The mapping {os.fspath(path)!r} cannot be read: {error.strerror}."
            ) from error
        except UnicodeDecodeError as error:
            raise TableError(
                f"The mapping {os.fspath(path)!r} is not UTF-8: save it as UTF-8."
            ) from error
        return cls.from_yaml(text, Path(path).name)

    def to_yaml(self) -> str:
        """Write the mapping as YAML, with the confidence of drafted rules beside it."""
        lines = [_YAML_HEADER, "tables:"]
        for table, rule in self.tables.items():
            sources = list(rule.sources)
            lines += [
                f"  {table}:",
                f"    from: {_format_yaml_value(sources if sources[1:] else sources[0])}",
            ]
            if rule.encoding:
                lines.append(f"    encoding: {_format_yaml_value(rule.encoding)}")
            if rule.drop:
                lines.append(f"    drop: {_format_yaml_value(list(rule.drop))}")
            lines.append("    columns:")
            for column, how in rule.columns.items():
                line = f"      {column}: {_format_yaml_value(how.to_plain())}"
                if how.confidence is not None:
                    line += f"  # confidence {how.confidence:.2f}: {how.why}"
                lines.append(line)
        for source, why in self.unused.items():
            lines.append(f"# not used: {_format_yaml_value(source)} ({why})")
        return "\n".join(lines) + "\n"


def _format_yaml_value(value: Any) -> str:
    """Write one value as YAML on one line."""
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=2**31, sort_keys=False
    )
    return str(text).removesuffix("...\n").strip()


def build_canonical_mapping(names: dict[str, list[str]]) -> ColumnMapping:
    """Map tables that already have canonical names and columns onto themselves.

    Parameters
    ----------
    names : dict of str to list of str
        Source name by canonical table is found from the key; the list holds columns.
    """
    tables = {}
    for table in list_table_names():
        if table in names:
            canonical = get_table_columns(table).index
            columns = [c for c in names[table] if c in canonical]
            tables[table] = TableRule(
                (table,), {c: ColumnRule(source=(c,)) for c in columns}
            )
    return ColumnMapping(tables)


_PARSERS = ("auto", "text", "price", "number", "integer", "date", "boolean")
_DECIMALS = ("auto", "point", "comma")


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
            if item.name in (
                "confidence",
                "why",
                "source",
            ) or value == _get_field_default(item):
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


def _get_field_default(item: Any) -> Any:
    return {} if item.name == "values" else item.default


_COLUMN_KEYS = (
    *("from", "join", "constant", "row_number", "file_name", "prefix", "parse"),
    *("decimal", "currency", "format", "timezone", "values"),
)
_TABLE_KEYS = ("from", "columns", "drop", "encoding")


def _read_table_rule(table: str, plain: Any) -> TableRule:
    """Check what a mapping says about a table and give it as a rule.

    Raises
    ------
    TableError
        When the table, a column, an option or a value is not one that is known.
    """
    _check_known_name(table, list_table_names(), "The mapping's table")
    if not isinstance(plain, dict):
        raise TableError(
            f"The mapping of {table!r} must have the keys 'from', 'columns'."
        )
    for key in plain:
        _check_known_name(key, _TABLE_KEYS, f"In the mapping of {table!r}, the key")
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
        _to_name_tuple(plain["from"], f"{table}: from"),
        {
            str(name): _read_column_rule(table, name, rule)
            for name, rule in columns.items()
        },
        _to_name_tuple(plain.get("drop", ()), f"{table}: drop"),
        plain.get("encoding"),
    )


def _read_column_rule(table: str, column: Any, plain: Any) -> ColumnRule:
    """Check what a mapping says about a column and give it as a rule."""
    place = f"{table}.{column}"
    _check_known_name(
        column,
        get_table_columns(table).index,
        f"In the mapping of {table!r}, the column",
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
        _check_known_name(key, _COLUMN_KEYS, f"In the mapping of {place!r}, the option")
    options = {key: value for key, value in plain.items() if key != "from"}
    _check_known_name(options.get("parse", "auto"), _PARSERS, f"In {place!r}, 'parse'")
    _check_known_name(
        options.get("decimal", "auto"), _DECIMALS, f"In {place!r}, 'decimal'"
    )
    source = _to_name_tuple(plain.get("from", ()), f"{place}: from")
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
    return ColumnRule(source=source, **_convert_options(options, place))


def _convert_options(options: dict[str, Any], place: str) -> dict[str, Any]:
    """Bring the options of a column to the types that a rule holds."""
    typed = dict(options)
    if "format" in typed:
        typed["format"] = _to_name_tuple(typed["format"], f"{place}: format")
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


def _check_known_name(value: Any, options: Iterable[str], what: str) -> None:
    """Refuse a name that is not known, and say which one was perhaps meant."""
    names = list(options)
    if value in names:
        return
    close = difflib.get_close_matches(str(value), names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}."
    raise TableError(f"{what} {value!r} is not known; {hint}")


def _to_name_tuple(value: Any, place: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(
        isinstance(i, str) for i in items
    ):
        raise TableError(f"{place!r} must be a name or a list of names; got {value!r}.")
    return tuple(items)
