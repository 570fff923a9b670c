"""Read, map, parse and check tables: the one way in.

A mapping is applied to source frames; out come canonical columns with their types.
"""

from __future__ import annotations

import os
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from iprseg.errors import TableError
from iprseg.tables.checks import (
    COLUMN_COLUMNS,
    TABLE_COLUMNS,
    CheckReport,
    ProblemLog,
    inspect_links,
    inspect_table,
)
from iprseg.tables.contracts import (
    TEXT_DTYPE,
    get_foreign_keys,
    get_primary_key,
    get_table_columns,
    list_table_names,
    match_identity_column,
)
from iprseg.tables.mapping import (
    ColumnMapping,
    ColumnRule,
    TableRule,
    build_canonical_mapping,
)
from iprseg.tables.parsing import parse_column, to_text
from iprseg.tables.prices import (
    MISSING_WORDS,
    Parsed,
    blank_other_currencies,
    find_currency,
)
from iprseg.tables.readers import (
    Source,
    describe_columns,
    open_source,
    strip_file_endings,
)

Tables = str | os.PathLike[str] | AnyMapping[str, pd.DataFrame]


def load_tables(
    source: Tables, mapping: ColumnMapping | str | os.PathLike[str] | None = None
) -> tuple[dict[str, pd.DataFrame], CheckReport]:
    """Read tables, map them to canonical names, parse, and check them.

    Data problems never raise: they are in the report, all of them, and
    ``report.raise_for_errors()`` turns the errors among them into an exception.

    What is done, always with a line in the report: a value that cannot be read or
    that breaks its contract becomes missing, its row stays; of rows with one id the
    first is kept, the others go to ``report.set_aside``, and so do rows without id;
    orphans stay. Identities are still raw here: the vault comes next.

    Parameters
    ----------
    source : path, URL or dict of str to DataFrame
        A file or folder (CSV, Parquet, Excel, DuckDB), a SQLAlchemy URL, or frames by
        canonical table name.
    mapping : ColumnMapping or path, optional
        Without it: ``mapping.yaml`` beside the tables, else the tables' own names where
        they are canonical, else a drafted mapping, and the report says which.

    Returns
    -------
    frames : dict of str to DataFrame
        By canonical table; a ``RangeIndex`` each. Text is NaN-backed string, dates are
        datetime64[us, UTC].
    report : CheckReport
        Everything that was noticed.

    Raises
    ------
    TableError
        When there is nothing to read: a wrong path, an empty or binary file, an
        encoding that cannot be told, a malformed mapping.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.tables import load_tables
    >>> listings = pd.DataFrame({"listing_id": ["a", "a"], "title": ["Hat", "Cap"]})
    >>> frames, report = load_tables({"listings": listings})
    >>> len(frames["listings"]), len(report.set_aside["listings"]), report.ok
    (1, 1, True)
    """
    opened = _open_tables(source)
    book = ProblemLog(opened.label)
    rules = _choose_mapping(opened, mapping, source, book)
    applied: dict[str, MappedTable] = {}
    for table, rule in rules.tables.items():
        applied[table] = _apply_table_rule(table, rule, opened, book)
    _report_unread_sources(opened, rules, book)
    for table, item in applied.items():
        _report_extra_columns(table, item.frame, book)
    rows_read = {table: len(item.frame) for table, item in applied.items()}
    frames = {
        table: inspect_table(table, item.frame, book) for table, item in applied.items()
    }
    inspect_links(frames, book)
    report = book.report(
        _summarise_tables(applied, frames, rows_read, book),
        _summarise_columns(applied, frames),
        rules,
    )
    return frames, report


def check_tables(
    frames_or_path: Tables,
    mapping: ColumnMapping | str | os.PathLike[str] | None = None,
) -> CheckReport:
    """Give one report of everything noticeable about tables; see `load_tables`.

    Parameters
    ----------
    frames_or_path : path, URL or dict of str to DataFrame
        A file or folder (CSV, Parquet, Excel, DuckDB), a SQLAlchemy URL, or frames by
        canonical table name.
    mapping : ColumnMapping or path, optional
        Which column is which; drafted where neither this nor a ``mapping.yaml`` beside
        the tables says.

    Returns
    -------
    CheckReport
        All problems (``problems``), and whether the tables can be used (``ok``).

    Raises
    ------
    TableError
        When there is nothing to read, or the mapping is malformed.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.tables import check_tables
    >>> report = check_tables({"listings": pd.DataFrame({"listing_id": ["a"]})})
    >>> report.ok
    False
    >>> print(report.problems.loc[0, "what"])
    is required and not there
    """
    return load_tables(frames_or_path, mapping)[1]


def _open_tables(source: Tables) -> Source:
    if not isinstance(source, AnyMapping):
        return open_source(source)
    if not source:
        raise TableError("There is no table to check: the dict of frames is empty.")
    return Source(
        "the frames given",
        {
            str(name): partial(_read_given_frame, frame)
            for name, frame in source.items()
        },
    )


def _read_given_frame(
    frame: pd.DataFrame, book: ProblemLog, encoding: str | None
) -> pd.DataFrame:
    named = [name for name in frame.index.names if name is not None]
    return frame.reset_index() if named else frame


def _choose_mapping(
    opened: Source,
    mapping: ColumnMapping | str | os.PathLike[str] | None,
    source: Tables,
    book: ProblemLog,
) -> ColumnMapping:
    if isinstance(mapping, ColumnMapping):
        return mapping
    if mapping is not None:
        return ColumnMapping.read(mapping)
    if not isinstance(source, AnyMapping):
        folder = Path(os.fspath(source))
        beside = (folder if folder.is_dir() else folder.parent) / "mapping.yaml"
        if "://" not in os.fspath(source) and beside.is_file():
            book.add(
                "note", "all", "", "mapping.yaml lies beside the tables", "applied"
            )
            return ColumnMapping.read(beside)
    if canonical := _find_canonical_mapping(opened):
        return canonical
    from iprseg.tables.draft import draft_from_source

    drafted = draft_from_source(opened)
    if not drafted.tables:
        book.add(
            "error",
            "all",
            "",
            f"no column looks like the title of a listing: {describe_columns(opened)}",
            "name one 'title', or write a mapping that says which it is",
        )
    for table, rule in drafted.tables.items():
        _report_draft(table, rule.columns, book)
    return drafted


def _report_draft(table: str, columns: dict[str, ColumnRule], book: ProblemLog) -> None:
    """Tell which columns were guessed; a canonical name is no guess."""
    for name, how in columns.items():
        if how.row_number:
            book.add(
                "note", table, name, "no column looks like an id", "the row's number is"
            )
    guessed = {
        name: " + ".join(how.source)
        for name, how in columns.items()
        if how.source and how.source != (name,)
    }
    if guessed:
        pairs = ", ".join(f"{name} ← {source}" for name, source in guessed.items())
        book.add(
            "warning",
            table,
            "",
            f"no mapping was given, columns were guessed: {pairs}",
            "check them, or run `iprseg columns` and edit what it writes",
        )


def _find_canonical_mapping(opened: Source) -> ColumnMapping | None:
    """Give the mapping of tables that already have canonical names, if they do."""
    found: dict[str, str] = {}
    for table in list_table_names():
        try:
            found[table] = opened.find(table)
        except TableError:
            continue
    if "listings" not in found and len(found) < len(opened.readers):
        return None
    columns = {
        table: list(opened.look(name).columns.astype(str))
        for table, name in found.items()
    }
    # without an id, the draft looks for one under another name, or makes it
    if "listings" in columns and "listing_id" not in columns["listings"]:
        return None
    return build_canonical_mapping(columns)


def _report_unread_sources(
    opened: Source, rules: ColumnMapping, book: ProblemLog
) -> None:
    read = set()
    for rule in rules.tables.values():
        for name in rule.sources:
            try:
                read.add(opened.find(name))
            except TableError:
                continue  # told when the table was applied
    for name in opened.readers:
        if name not in read:
            why = rules.unused.get(name, "no table of the mapping is made from it")
            book.add("note", name, "", why, "not read")


def _report_extra_columns(table: str, frame: pd.DataFrame, book: ProblemLog) -> None:
    """Name the columns that no contract knows; identities are the vault's matter."""
    from iprseg.tables.vault import identity_columns

    known = {*get_table_columns(table).index, *identity_columns(frame, table)}
    extra = [str(column) for column in frame.columns if column not in known]
    if extra:
        what = f"columns not used: {', '.join(map(repr, extra[:30]))}"
        what += f" and {len(extra) - 30} more" if len(extra) > 30 else ""
        done = "kept under their own names; map them if they are canonical ones"
        book.add("note", table, "", what, done, n=len(extra))


def _summarise_tables(
    applied: dict[str, MappedTable],
    frames: dict[str, pd.DataFrame],
    rows_read: dict[str, int],
    book: ProblemLog,
) -> pd.DataFrame:
    rows = [
        (
            table,
            ", ".join(item.sources),
            rows_read[table],
            len(frames[table]),
            book.count_aside(table),
        )
        for table, item in applied.items()
    ]
    return pd.DataFrame(rows, columns=TABLE_COLUMNS)


def _summarise_columns(
    applied: dict[str, MappedTable], frames: dict[str, pd.DataFrame]
) -> pd.DataFrame:
    rows = [
        (
            table,
            column,
            applied[table].origin.get(column, ""),
            str(frame[column].dtype),
            float(frame[column].isna().mean()) if len(frame) else float("nan"),
            int(frame[column].nunique()),
        )
        for table, frame in frames.items()
        for column in frame.columns
    ]
    return pd.DataFrame(rows, columns=COLUMN_COLUMNS)


@dataclass
class MappedTable:
    """One canonical table after parsing; `origin` says where each column is from."""

    frame: pd.DataFrame
    sources: list[str]
    origin: dict[str, str] = field(default_factory=dict)


def _apply_table_rule(
    table: str, rule: TableRule, source: Source, book: ProblemLog
) -> MappedTable:
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
        parts.append(_map_source_columns(table, rule, frame, name, book))
        sources.append(name)
    raw = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    applied = MappedTable(raw, sources)
    for column in raw.columns:
        applied.origin[column] = _describe_origin(column, rule)
    return _parse_columns(table, rule, applied, book)


def _describe_origin(column: str, rule: TableRule) -> str:
    how = rule.columns.get(column)
    if how is None:
        return column
    if how.constant is not None:
        return f"constant {how.constant!r}"
    if how.row_number:
        return "row number"
    return "file name" if how.file_name else " + ".join(how.source)


def _map_source_columns(
    table: str, rule: TableRule, frame: pd.DataFrame, name: str, book: ProblemLog
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
        made[column] = _make_column(how, frame, name)
    used = {c for how in rule.columns.values() for c in how.source}
    for column in frame.columns:
        if column in used or column in rule.drop:
            continue
        own = f"source_{column}" if column in rule.columns else column
        made[_name_identity_column(table, own, name, made, book)] = frame[column]
    return pd.DataFrame(made, index=frame.index)


def _name_identity_column(
    table: str, column: str, name: str, made: dict[str, pd.Series], book: ProblemLog
) -> str:
    """Give an identity under a foreign name the name that the vault knows.

    A column ``telefone`` among the sellers must not stay raw because nobody mapped it.
    """
    if table not in ("sellers", "creators") or column in get_table_columns(table).index:
        return column
    private = match_identity_column(column)
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


def _make_column(how: ColumnRule, frame: pd.DataFrame, name: str) -> pd.Series:
    """Make one column of one file, not parsed yet."""
    label = strip_file_endings(name.partition("#")[0])
    prefix = how.prefix.replace("{file}", label)
    if how.constant is not None:
        return pd.Series(how.constant, index=frame.index, dtype=TEXT_DTYPE)
    if how.row_number:
        return prefix + pd.Series(
            frame.index.astype(str), index=frame.index, dtype=TEXT_DTYPE
        )
    if how.file_name:
        return pd.Series(prefix + label, index=frame.index, dtype=TEXT_DTYPE)
    values = frame[how.source[0]]
    if len(how.source) > 1:
        values = _join_texts([to_text(frame[c]) for c in how.source], how.join)
    if prefix:
        values = prefix + to_text(values)
    if how.values:
        texts = to_text(values)
        values = texts.str.strip().map(how.values).fillna(texts).astype(TEXT_DTYPE)
    return values


def _join_texts(columns: list[pd.Series], mark: str) -> pd.Series:
    """Join texts row by row, leaving missing ones out."""
    joined = columns[0]
    for column in columns[1:]:
        both = joined + mark + column
        joined = both.fillna(joined).fillna(column)
    return joined


def _parse_columns(
    table: str, rule: TableRule, applied: MappedTable, book: ProblemLog
) -> MappedTable:
    rules = get_table_columns(table)
    frame, done = applied.frame, {}
    currency = pd.Series(None, index=frame.index, dtype=object)
    for column in frame.columns:
        if column not in rules.index:
            done[column] = _convert_unmapped(frame[column])
            continue
        how = rule.columns.get(column, ColumnRule())
        dtype = rules.loc[column, "dtype"] if how.parse == "auto" else how.parse
        options = {
            "decimal": how.decimal,
            "currency": how.currency or _read_header_currency(str(dtype), how),
            "format": list(how.format) or None,
            "timezone": how.timezone,
        }
        parsed = parse_column(frame[column], str(dtype), options)
        hidden = bool(rules.loc[column, "identity"])
        _report_parsed_values(table, column, parsed, hidden, book)
        if column.endswith("_usd"):
            parsed = blank_other_currencies(table, column, how, parsed, book)
        done[column] = _convert_to_stored_dtype(
            parsed.values, str(rules.loc[column, "dtype"])
        )
        if parsed.currency is not None:
            pair = (parsed.currency, currency)
            first, other = pair if column != "list_price" else pair[::-1]
            currency = first.combine_first(other)
    result = pd.DataFrame(done, index=frame.index)
    if currency.notna().any() and "currency" in rules.index:
        result = _fill_currency(table, result, currency, applied, book)
    applied.frame = _blank_missing_keys(table, result, book)
    return applied


def _read_header_currency(dtype: str, how: ColumnRule) -> str | None:
    """Give the currency that a price's own header states: ``Preis (EUR)``."""
    if dtype != "price" or not how.source:
        return None
    return find_currency(how.source[0].replace("_", " "))


def _convert_to_stored_dtype(values: pd.Series, dtype: str) -> pd.Series:
    """Bring a column that a mapping parsed in its own way to the canonical type."""
    return to_text(values) if dtype == "text" else values


def _convert_unmapped(values: pd.Series) -> pd.Series:
    """Keep a column that no contract names; text is stored in one way."""
    return to_text(values) if values.dtype == object else values


def _report_parsed_values(
    table: str, column: str, parsed: Parsed, hidden: bool, book: ProblemLog
) -> None:
    """Write down what a parser could not read; private values are not shown."""

    def _report_values(severity: str, what: str, done: str, values: pd.Series) -> None:
        if len(values):
            shown = values[:0] if hidden else values.drop_duplicates()
            book.add(severity, table, column, what, done, n=len(values), examples=shown)

    _report_values(
        "warning", "cannot be read", "set to missing, rows kept", parsed.unparsed
    )
    _report_values(
        "note",
        "says in words that there is no value",
        "set to missing, rows kept",
        parsed.missing_words,
    )
    _report_values("note", "can be read in two ways", parsed.decided, parsed.ambiguous)


def _fill_currency(
    table: str,
    frame: pd.DataFrame,
    stated: pd.Series,
    applied: MappedTable,
    book: ProblemLog,
) -> pd.DataFrame:
    """Fill the currency column; a price that states its own currency is believed."""
    stated = stated.astype(TEXT_DTYPE)
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


def _blank_missing_keys(
    table: str, frame: pd.DataFrame, book: ProblemLog
) -> pd.DataFrame:
    """Take words such as ``N/A`` in a key for a missing key, not for one entity."""
    keys = [name for name, _, _ in get_foreign_keys(table)]
    for column in [*keys, get_primary_key(table)]:
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
        frame = frame.assign(**{column: texts.mask(words, np.nan).astype(TEXT_DTYPE)})
    return frame
