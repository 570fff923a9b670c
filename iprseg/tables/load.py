"""Read, map, parse and check tables: the one way in."""

from __future__ import annotations

import os
from collections.abc import Mapping as AnyMapping
from functools import partial
from pathlib import Path

import pandas as pd

from iprseg.errors import TableError
from iprseg.tables.apply import Applied, apply_rule
from iprseg.tables.contracts import table_columns, table_names
from iprseg.tables.mapping import Mapping, identity_mapping
from iprseg.tables.readers import Source, open_source
from iprseg.tables.report import COLUMN_COLUMNS, TABLE_COLUMNS, CheckReport, Notebook
from iprseg.tables.rules import ColumnRule
from iprseg.tables.verify import inspect_links, inspect_table

__all__ = ["check_tables", "load_tables"]

Tables = str | os.PathLike[str] | AnyMapping[str, pd.DataFrame]


def load_tables(
    source: Tables, mapping: Mapping | str | os.PathLike[str] | None = None
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
    mapping : Mapping or path, optional
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
    opened = _open(source)
    book = Notebook(opened.label)
    rules = _choose_mapping(opened, mapping, source, book)
    applied: dict[str, Applied] = {}
    for table, rule in rules.tables.items():
        applied[table] = apply_rule(table, rule, opened, book)
    _tell_unread(opened, rules, book)
    for table, item in applied.items():
        _tell_extra(table, item.frame, book)
    rows_read = {table: len(item.frame) for table, item in applied.items()}
    frames = {
        table: inspect_table(table, item.frame, book) for table, item in applied.items()
    }
    inspect_links(frames, book)
    report = book.report(
        _table_summary(applied, frames, rows_read, book),
        _column_summary(applied, frames),
        rules,
    )
    return frames, report


def check_tables(
    frames_or_path: Tables, mapping: Mapping | str | os.PathLike[str] | None = None
) -> CheckReport:
    """Give one report of everything noticeable about tables; see `load_tables`.

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


def _open(source: Tables) -> Source:
    if not isinstance(source, AnyMapping):
        return open_source(source)
    if not source:
        raise TableError("There is no table to check: the dict of frames is empty.")
    return Source(
        "the frames given",
        {str(name): partial(_give, frame) for name, frame in source.items()},
    )


def _give(frame: pd.DataFrame, book: Notebook, encoding: str | None) -> pd.DataFrame:
    named = [name for name in frame.index.names if name is not None]
    return frame.reset_index() if named else frame


def _choose_mapping(
    opened: Source,
    mapping: Mapping | str | os.PathLike[str] | None,
    source: Tables,
    book: Notebook,
) -> Mapping:
    if isinstance(mapping, Mapping):
        return mapping
    if mapping is not None:
        return Mapping.read(mapping)
    if not isinstance(source, AnyMapping):
        folder = Path(os.fspath(source))
        beside = (folder if folder.is_dir() else folder.parent) / "mapping.yaml"
        if "://" not in os.fspath(source) and beside.is_file():
            book.add(
                "note", "all", "", "mapping.yaml lies beside the tables", "applied"
            )
            return Mapping.read(beside)
    if canonical := _canonical_names(opened):
        return canonical
    from iprseg.tables.draft import draft_from

    drafted = draft_from(opened)
    if not drafted.tables:
        book.add(
            "error",
            "all",
            "",
            f"no column looks like the title of a listing: {tell_columns(opened)}",
            "name one 'title', or write a mapping that says which it is",
        )
    for table, rule in drafted.tables.items():
        _tell_draft(table, rule.columns, book)
    return drafted


def tell_columns(opened: Source) -> str:
    """Say which columns the tables of a source have, as far as they can be read."""
    told = []
    for name in opened.readers:
        try:
            columns = opened.look(name).columns.astype(str)
        except TableError:
            continue  # the draft has told of it
        more = f" and {len(columns) - 30} more" if len(columns) > 30 else ""
        told.append(f"{name} has {', '.join(map(repr, columns[:30]))}{more}")
    return "; ".join(told)


def _tell_draft(table: str, columns: dict[str, ColumnRule], book: Notebook) -> None:
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
            "check them, or run `iprseg map` and edit what it writes",
        )


def _canonical_names(opened: Source) -> Mapping | None:
    """Give the mapping of tables that already have canonical names, if they do."""
    found: dict[str, str] = {}
    for table in table_names():
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
    return identity_mapping(columns)


def _tell_unread(opened: Source, rules: Mapping, book: Notebook) -> None:
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


def _tell_extra(table: str, frame: pd.DataFrame, book: Notebook) -> None:
    """Name the columns that no contract knows; identities are the vault's matter."""
    from iprseg.tables.vault import identity_columns

    known = {*table_columns(table).index, *identity_columns(frame, table)}
    extra = [str(column) for column in frame.columns if column not in known]
    if extra:
        what = f"columns not used: {', '.join(map(repr, extra[:30]))}"
        what += f" and {len(extra) - 30} more" if len(extra) > 30 else ""
        done = "kept under their own names; map them if they are canonical ones"
        book.add("note", table, "", what, done, n=len(extra))


def _table_summary(
    applied: dict[str, Applied],
    frames: dict[str, pd.DataFrame],
    rows_read: dict[str, int],
    book: Notebook,
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


def _column_summary(
    applied: dict[str, Applied], frames: dict[str, pd.DataFrame]
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
