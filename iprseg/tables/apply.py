"""Apply a mapping: source frames in, canonical columns with their types out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from iprseg.errors import TableError
from iprseg.tables.contracts import TEXT, foreign_keys, primary_key, table_columns
from iprseg.tables.names import identity_of
from iprseg.tables.parse import as_text, parse_column
from iprseg.tables.parsed import MISSING_WORDS, Parsed
from iprseg.tables.prices import currency_of
from iprseg.tables.readers import Source
from iprseg.tables.readers._files import stem
from iprseg.tables.report import Notebook
from iprseg.tables.rules import ColumnRule, TableRule

__all__ = ["Applied", "apply_rule"]


@dataclass
class Applied:
    """One canonical table after parsing; `origin` says where each column is from."""

    frame: pd.DataFrame
    sources: list[str]
    origin: dict[str, str] = field(default_factory=dict)


def apply_rule(table: str, rule: TableRule, source: Source, book: Notebook) -> Applied:
    """Read the sources of one table, rename, stack and parse.

    A source column that is not there becomes an error in the book, not an exception,
    so that one report tells of everything.
    """
    parts, sources = [], []
    for wanted in rule.sources:
        try:
            name = source.find(wanted)
            frame = source.read(name, book, rule.encoding)
        except TableError as error:
            text = str(error).rstrip(".")
            book.add("error", table, "", text, "the table is not complete without it")
            continue
        parts.append(_rename(table, rule, frame, name, book))
        sources.append(name)
    raw = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    applied = Applied(raw, sources)
    for column in raw.columns:
        applied.origin[column] = _origin(column, rule)
    return _parse_all(table, rule, applied, book)


def _origin(column: str, rule: TableRule) -> str:
    how = rule.columns.get(column)
    if how is None:
        return column
    if how.constant is not None:
        return f"constant {how.constant!r}"
    if how.row_number:
        return "row number"
    return "file name" if how.file_name else " + ".join(how.source)


def _rename(
    table: str, rule: TableRule, frame: pd.DataFrame, name: str, book: Notebook
) -> pd.DataFrame:
    """Give one source frame canonical names; the other columns keep their own."""
    frame = frame.rename(columns=str).reset_index(drop=True)
    made: dict[str, pd.Series] = {}
    for column, how in rule.columns.items():
        absent = [c for c in how.source if c not in frame.columns]
        if absent:
            there = ", ".join(map(repr, frame.columns[:30]))
            book.add(
                "error",
                table,
                column,
                f"the mapping takes it from {absent[0]!r}, a column that {name} does "
                f"not have (it has {there})",
                "correct the mapping",
            )
            continue
        made[column] = _make(how, frame, name)
    used = {c for how in rule.columns.values() for c in how.source}
    for column in frame.columns:
        if column in used or column in rule.drop:
            continue
        own = f"source_{column}" if column in rule.columns else column
        made[_vault_name(table, own, name, made, book)] = frame[column]
    return pd.DataFrame(made, index=frame.index)


def _vault_name(
    table: str, column: str, name: str, made: dict[str, pd.Series], book: Notebook
) -> str:
    """Give an identity under a foreign name the name that the vault knows.

    A column ``telefone`` among the sellers must not stay raw because nobody mapped it.
    """
    if table not in ("sellers", "creators") or column in table_columns(table).index:
        return column
    private = identity_of(column)
    if private is None or private == column or private in made:
        return column
    book.add(
        "note",
        table,
        column,
        f"looks like an identity in {name}",
        f"taken as {private!r}, which the vault turns into tokens",
    )
    return private


def _make(how: ColumnRule, frame: pd.DataFrame, name: str) -> pd.Series:
    """Make one column of one file, not parsed yet."""
    label = stem(name.partition("#")[0])
    prefix = how.prefix.replace("{file}", label)
    if how.constant is not None:
        return pd.Series(how.constant, index=frame.index, dtype=TEXT)
    if how.row_number:
        return prefix + pd.Series(
            frame.index.astype(str), index=frame.index, dtype=TEXT
        )
    if how.file_name:
        return pd.Series(prefix + label, index=frame.index, dtype=TEXT)
    values = frame[how.source[0]]
    if len(how.source) > 1:
        values = _join([as_text(frame[c]) for c in how.source], how.join)
    if prefix:
        values = prefix + as_text(values)
    if how.values:
        texts = as_text(values)
        values = texts.str.strip().map(how.values).fillna(texts).astype(TEXT)
    return values


def _join(columns: list[pd.Series], mark: str) -> pd.Series:
    """Join texts row by row, leaving missing ones out."""
    joined = columns[0]
    for column in columns[1:]:
        both = joined + mark + column
        joined = both.fillna(joined).fillna(column)
    return joined


def _parse_all(
    table: str, rule: TableRule, applied: Applied, book: Notebook
) -> Applied:
    rules = table_columns(table)
    frame, done = applied.frame, {}
    currency = pd.Series(None, index=frame.index, dtype=object)
    for column in frame.columns:
        if column not in rules.index:
            done[column] = _plain(frame[column])
            continue
        how = rule.columns.get(column, ColumnRule())
        dtype = rules.loc[column, "dtype"] if how.parse == "auto" else how.parse
        options = {
            "decimal": how.decimal,
            "currency": how.currency or _header_currency(str(dtype), how),
            "format": list(how.format) or None,
            "timezone": how.timezone,
        }
        parsed = parse_column(frame[column], str(dtype), options)
        hidden = bool(rules.loc[column, "identity"])
        tell_parsed(table, column, parsed, hidden, book)
        done[column] = _as_stored(parsed.values, str(rules.loc[column, "dtype"]))
        if parsed.currency is not None:
            pair = (parsed.currency, currency)
            first, other = pair if column != "list_price" else pair[::-1]
            currency = first.combine_first(other)
    result = pd.DataFrame(done, index=frame.index)
    if currency.notna().any() and "currency" in rules.index:
        result = _with_currency(table, result, currency, applied, book)
    applied.frame = _blank_keys(table, result, book)
    return applied


def _header_currency(dtype: str, how: ColumnRule) -> str | None:
    """Give the currency that a price's own header states: ``Preis (EUR)``."""
    if dtype != "price" or not how.source:
        return None
    return currency_of(how.source[0].replace("_", " "))


def _as_stored(values: pd.Series, dtype: str) -> pd.Series:
    """Bring a column that a mapping parsed in its own way to the canonical type."""
    return as_text(values) if dtype == "text" else values


def _plain(values: pd.Series) -> pd.Series:
    """Keep a column that no contract names; text is stored in one way."""
    return as_text(values) if values.dtype == object else values


def tell_parsed(
    table: str, column: str, parsed: Parsed, hidden: bool, book: Notebook
) -> None:
    """Write down what a parser could not read; private values are not shown."""

    def _tell(severity: str, what: str, done: str, values: pd.Series) -> None:
        if len(values):
            shown = values[:0] if hidden else values.drop_duplicates()
            book.add(severity, table, column, what, done, n=len(values), examples=shown)

    _tell("warning", "cannot be read", "set to missing, rows kept", parsed.unparsed)
    _tell(
        "note",
        "says in words that there is no value",
        "set to missing, rows kept",
        parsed.missing_words,
    )
    _tell("note", "can be read in two ways", parsed.decided, parsed.ambiguous)


def _with_currency(
    table: str,
    frame: pd.DataFrame,
    stated: pd.Series,
    applied: Applied,
    book: Notebook,
) -> pd.DataFrame:
    """Fill the currency column; a price that states its own currency is believed."""
    stated = stated.astype(TEXT)
    if "currency" not in frame:
        applied.origin["currency"] = "the price itself"
        return frame.assign(currency=stated)
    other = frame["currency"]
    differs = stated.notna() & other.notna() & (stated != other)
    if differs.any():
        pairs = (stated[differs] + " instead of " + other[differs]).drop_duplicates()
        book.add(
            "warning",
            table,
            "currency",
            "the price states another currency than the currency column",
            "the price's own was taken",
            n=int(differs.sum()),
            examples=pairs,
        )
    return frame.assign(currency=stated.fillna(other))


def _blank_keys(table: str, frame: pd.DataFrame, book: Notebook) -> pd.DataFrame:
    """Take words such as ``N/A`` in a key for a missing key, not for one entity."""
    keys = [name for name, _, _ in foreign_keys(table)]
    for column in [*keys, primary_key(table)]:
        if column is None or column not in frame:
            continue
        texts = frame[column].str.strip()
        words = texts.str.casefold().isin(MISSING_WORDS) | (texts == "")
        if words.any():
            book.add(
                "note",
                table,
                column,
                "says in words that there is no value",
                "set to missing, rows kept",
                n=int(words.sum()),
                examples=frame.loc[words, column].drop_duplicates(),
            )
        frame = frame.assign(**{column: texts.mask(words, np.nan).astype(TEXT)})
    return frame
