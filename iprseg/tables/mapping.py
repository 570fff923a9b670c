"""The mapping from source columns to canonical ones, and its `mapping.yaml`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from iprseg.errors import TableError
from iprseg.tables.contracts import table_columns, table_names
from iprseg.tables.rules import ColumnRule, TableRule, known, read_table_rule

__all__ = ["Mapping"]

_HEAD = """\
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
class Mapping:
    """Which source column feeds which canonical column.

    Attributes
    ----------
    tables : dict of str to TableRule
        By canonical table.
    unused : dict of str to str
        Of a drafted mapping: sources that were left out, and why.

    Examples
    --------
    >>> from iprseg.tables import Mapping
    >>> mapping = Mapping.from_yaml('''
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
    def from_yaml(cls, text: str, name: str = "mapping.yaml") -> Mapping:
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
            known(key, ("tables",), f"In the mapping {name!r}, the key")
        return cls({t: read_table_rule(t, rule) for t, rule in plain["tables"].items()})

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Mapping:
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
        lines = [_HEAD, "tables:"]
        for table, rule in self.tables.items():
            sources = list(rule.sources)
            lines += [
                f"  {table}:",
                f"    from: {_flow(sources if sources[1:] else sources[0])}",
            ]
            if rule.encoding:
                lines.append(f"    encoding: {_flow(rule.encoding)}")
            if rule.drop:
                lines.append(f"    drop: {_flow(list(rule.drop))}")
            lines.append("    columns:")
            for column, how in rule.columns.items():
                line = f"      {column}: {_flow(how.to_plain())}"
                if how.confidence is not None:
                    line += f"  # confidence {how.confidence:.2f}: {how.why}"
                lines.append(line)
        for source, why in self.unused.items():
            lines.append(f"# not used: {_flow(source)} ({why})")
        return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    """Write one value as YAML on one line."""
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=2**31, sort_keys=False
    )
    return str(text).removesuffix("...\n").strip()


def identity_mapping(names: dict[str, list[str]]) -> Mapping:
    """Map tables that already have canonical names and columns onto themselves.

    Parameters
    ----------
    names : dict of str to list of str
        Source name by canonical table is found from the key; the list holds columns.
    """
    tables = {}
    for table in table_names():
        if table in names:
            canonical = table_columns(table).index
            columns = [c for c in names[table] if c in canonical]
            tables[table] = TableRule(
                (table,), {c: ColumnRule(source=(c,)) for c in columns}
            )
    return Mapping(tables)
