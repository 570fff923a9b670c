"""Find and read the tables in a file, a folder or a database.

Parquet, Excel, DuckDB files and any database that SQLAlchemy reaches; delimited text is
read by `text_files`.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from iprseg.errors import TableError
from iprseg.tables.checks import ProblemLog
from iprseg.tables.text_files import (
    find_header_row,
    read_csv,
    report_rows_above,
    report_total_row,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine


Reader = Callable[[ProblemLog, str | None], pd.DataFrame]


@dataclass(frozen=True)
class Source:
    """Named tables that are read when asked for.

    Attributes
    ----------
    label : str
        What was opened, fit to be shown (no password).
    readers : dict of str to callable
        Name of each table (file, sheet, table or view) and what reads it.
    """

    label: str
    readers: dict[str, Reader]
    _ahead: dict[tuple[str, str | None], tuple[pd.DataFrame, ProblemLog]] = field(
        default_factory=dict, repr=False
    )

    def find(self, name: str) -> str:
        """Give the full name of a table named by its file, its stem or its sheet.

        Raises
        ------
        TableError
            When nothing, or more than one table, has that name.
        """
        if name in self.readers:
            return name
        wanted = name.casefold()
        found = [n for n in self.readers if wanted in _list_short_names(n)]
        if len(found) == 1:
            return found[0]
        there = ", ".join(repr(n) for n in self.readers) or "nothing"
        problem = "names several tables" if found else "is not"
        raise TableError(f"{name!r} {problem} in {self.label}; it holds {there}.")

    def read(self, name: str, book: ProblemLog, encoding: str | None) -> pd.DataFrame:
        """Read one table; what is odd about it goes into the book."""
        frame, quiet = self._ahead.pop((name, encoding), (None, None))
        if frame is None or quiet is None:
            return self.readers[name](book, encoding)
        book.take(quiet)
        return frame

    def look(self, name: str) -> pd.DataFrame:
        """Read one table ahead; the next `read` hands the same frame over."""
        if (name, None) not in self._ahead:
            quiet = ProblemLog(self.label)
            self._ahead[name, None] = self.readers[name](quiet, None), quiet
        return self._ahead[name, None][0]


def _list_short_names(name: str) -> set[str]:
    """Names a table also goes by: without folder, sheet part, or file endings."""
    file, _, sheet = name.partition("#")
    names = {file, strip_file_endings(file), sheet or file}
    return {n.casefold() for n in names}


def open_source(source: str | os.PathLike[str]) -> Source:
    """Find the tables in a file, a folder, a DuckDB file or behind a database URL.

    A folder gives its table files, not those of its subfolders. Nothing is read yet.

    Parameters
    ----------
    source : str or path
        Path, or SQLAlchemy URL such as ``postgresql+psycopg://user@host/shop``.

    Returns
    -------
    Source
        The tables by name: ``mens.csv``, ``book.xlsx#Sheet1``, ``listings``.

    Raises
    ------
    TableError
        When there is nothing at that place, or nothing that can be read as a table.

    Examples
    --------
    >>> from iprseg.tables.readers import open_source
    >>> open_source("no/such")
    Traceback (most recent call last):
    ...
    iprseg.errors.TableError: There is no file or folder 'no/such': check the path.
    """
    text = os.fspath(source)
    if "://" in text:
        return Source(*_list_database_readers(text))
    path = Path(text)
    if not path.exists():
        raise TableError(f"There is no file or folder {text!r}: check the path.")
    if path.is_file():
        return Source(text, _find_file_tables(path))
    readers: dict[str, Reader] = {}
    for file in sorted(path.iterdir()):
        if file.is_file() and _is_table_file(file):
            readers |= _find_file_tables(file)
    if not readers:
        raise TableError(
            f"The folder {text!r} holds no table: CSV, Parquet, Excel and DuckDB files "
            "are read."
        )
    return Source(text, readers)


def _refuse_empty_file(
    name: str, book: ProblemLog, encoding: str | None
) -> pd.DataFrame:
    raise TableError(f"The file {name!r} is empty: it has not even a header.")


def _find_file_tables(path: Path) -> dict[str, Reader]:
    if not path.stat().st_size:
        return {path.name: partial(_refuse_empty_file, path.name)}
    if path.suffix.lower() in _DUCKDB_SUFFIXES:
        return _list_duckdb_readers(path)
    return _choose_file_readers(path)


_TEXT_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_PARQUET_ENDINGS = (".parquet", ".pq")
_EXCEL_ENDINGS = (".xlsx", ".xlsm")
_DUCKDB_ENDINGS = (".duckdb", ".ddb")
# First bytes of files that are given by mistake.
_OTHER_FORMATS = {
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"RIFF": "an image or a sound",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip archive (unpack it first; Excel files end in .xlsx)",
    b"PAR1": "a Parquet file without its ending (name it .parquet)",
}
# An .xlsx is a zip file: refuse one that unpacks to more than this.
_MAX_UNPACKED_BYTES = 2 * 2**30


def _is_table_file(path: Path) -> bool:
    """Say whether a file in a folder is taken for a table, by its ending."""
    name = path.name.lower()
    hidden = name.startswith((".", "~$"))
    return not hidden and name.endswith(
        (*_TEXT_ENDINGS, *_PARQUET_ENDINGS, *_EXCEL_ENDINGS, *_DUCKDB_ENDINGS)
    )


def strip_file_endings(name: str) -> str:
    """Take the endings off a file name, ``.csv.gz`` included."""
    lower = name.lower()
    for ending in sorted(
        (*_TEXT_ENDINGS, *_PARQUET_ENDINGS, *_EXCEL_ENDINGS, *_DUCKDB_ENDINGS),
        key=len,
        reverse=True,
    ):
        if lower.endswith(ending):
            return name[: -len(ending)]
    return name


def _choose_file_readers(path: Path) -> dict[str, Reader]:
    """Give the readers of the tables in one file; text is the kind of last resort."""
    name = path.name.lower()
    if name.endswith(_PARQUET_ENDINGS):
        return {path.name: partial(_read_parquet, path)}
    if name.endswith(_EXCEL_ENDINGS):
        return _list_sheet_readers(path)
    if name.endswith(".xls"):
        raise TableError(
            f"{path.name!r} is an Excel file of before 2007: save it as .xlsx or .csv."
        )
    _refuse_other_formats(path)
    return {path.name: partial(read_csv, path)}


def _refuse_other_formats(path: Path) -> None:
    """Refuse a file whose first bytes say that it is no text, and say what to do."""
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"SQLite format 3"):
        raise TableError(
            f"{path.name!r} is an SQLite database: give it as 'sqlite:///{path}'."
        )
    for start, kind in _OTHER_FORMATS.items():
        if head.startswith(start):
            raise TableError(
                f"{path.name!r} is {kind}, not a table: CSV, Parquet, Excel and DuckDB "
                "files, folders of them and database URLs are read."
            )


def _read_parquet(path: Path, book: ProblemLog, encoding: str | None) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    whole = {
        pa.int64(): pd.Int64Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
    }
    try:
        # nullable integers, so that a missing value does not turn ids into floats
        frame = pq.read_table(path).to_pandas(types_mapper=whole.get)
    except (pa.ArrowException, OSError) as error:
        raise TableError(
            f"{path.name!r} cannot be read as Parquet: {_quote_error(error)}."
        ) from error
    return frame.reset_index(drop=isinstance(frame.index, pd.RangeIndex))


def _list_sheet_readers(path: Path) -> dict[str, Reader]:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > _MAX_UNPACKED_BYTES:
            raise TableError(
                f"{path.name!r} unpacks to {unpacked:,} bytes, more than is read from "
                "an Excel file: save it as .csv or .parquet."
            )
        with pd.ExcelFile(path, engine="openpyxl") as workbook:
            sheets = [str(sheet) for sheet in workbook.sheet_names]
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        if isinstance(error, TableError):
            raise
        raise TableError(
            f"{path.name!r} cannot be read as Excel: {_quote_error(error)}."
        ) from error
    return {f"{path.name}#{s}": partial(_read_sheet, path, s) for s in sheets}


def _read_sheet(
    path: Path, sheet: str, book: ProblemLog, encoding: str | None
) -> pd.DataFrame:
    # dtype=object keeps each cell as Excel holds it; only an empty cell is missing
    options: dict[str, Any] = {
        "dtype": object,
        "keep_default_na": False,
        "na_values": [""],
    }
    top = pd.read_excel(path, sheet, header=None, nrows=10, **options)
    first = top.to_numpy().tolist()
    place = find_header_row(first) if first else 0
    if place:
        report_rows_above(first[:place], f"{path.name}#{sheet}", book)
    frame = pd.read_excel(path, sheet, header=place, **options)
    frame.columns = frame.columns.map(lambda name: str(name).strip())
    report_total_row(frame, f"{path.name}#{sheet}", book)
    return frame


def _quote_error(error: Exception) -> str:
    """Give the first line of an error, without its full stop."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")


_DUCKDB_SUFFIXES = (".duckdb", ".ddb")


def _list_database_readers(url: str) -> tuple[str, dict[str, Reader]]:
    """Give the shown name of a database and the readers of its tables and views."""
    import sqlalchemy as sa
    from sqlalchemy.engine import make_url

    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise TableError(
            f"{url.partition('://')[0]!r}://… is not a database URL that can be read."
        ) from error
    label = parsed.render_as_string(hide_password=True)
    backend = parsed.get_backend_name()
    if backend in ("sqlite", "duckdb"):
        file = Path(parsed.database or "")
        if not file.is_file():  # connecting would create it
            raise TableError(f"There is no database file {str(file)!r}: check the URL.")
        if backend == "duckdb":
            return label, _list_duckdb_readers(file)
    engine = _create_engine(url, label, backend)
    try:
        inspector = sa.inspect(engine)
        names = [*inspector.get_table_names(), *inspector.get_view_names()]
    except sa.exc.SQLAlchemyError as error:
        raise TableError(
            f"The database {label} cannot be read: {type(error).__name__}. Is it "
            "running, and are name and password right?"
        ) from error
    if not names:
        raise TableError(f"The database {label} holds no table.")
    return label, {
        name: partial(_read_database_table, engine, label, name) for name in names
    }


def _create_engine(url: str, label: str, backend: str) -> Engine:
    import sqlalchemy as sa

    try:
        return sa.create_engine(url)
    except (sa.exc.NoSuchModuleError, ImportError) as error:
        extra = " (`pip install 'iprseg[postgres]'`)" if backend == "postgresql" else ""
        raise TableError(
            f"No driver for {label} is installed{extra}: install one that SQLAlchemy "
            "knows."
        ) from error


def _read_database_table(
    engine: Engine, label: str, name: str, book: ProblemLog, encoding: str | None
) -> pd.DataFrame:
    import sqlalchemy as sa

    quoted = engine.dialect.identifier_preparer.quote(name)
    try:
        with engine.connect() as connection:
            return pd.read_sql_query(sa.text(f"SELECT * FROM {quoted}"), connection)
    except (sa.exc.SQLAlchemyError, pd.errors.DatabaseError) as error:
        raise TableError(
            f"The table {name!r} of {label} cannot be read: {type(error).__name__}."
        ) from error


def _list_duckdb_readers(path: Path) -> dict[str, Reader]:
    """Give the readers of the tables and views of a DuckDB file."""
    with _connect_duckdb(path) as connection:
        names = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "ORDER BY ALL"
        ).fetchall()
    if not names:
        raise TableError(f"The DuckDB file {path.name!r} holds no table.")
    return {
        f"{path.name}#{name}": partial(_read_duckdb_table, path, schema, name)
        for schema, name in names
    }


def _connect_duckdb(path: Path):  # type: ignore[no-untyped-def]
    import duckdb

    try:
        # a view in a stranger's file must not read other files of this machine
        return duckdb.connect(
            str(path), read_only=True, config={"enable_external_access": "false"}
        )
    except duckdb.Error as error:
        raise TableError(
            f"{path.name!r} cannot be opened as a DuckDB file: {_quote_duckdb_error(error)}."
        ) from error


def _read_duckdb_table(
    path: Path, schema: str, name: str, book: ProblemLog, encoding: str | None
) -> pd.DataFrame:
    import duckdb

    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))
    with _connect_duckdb(path) as connection:
        try:
            return connection.execute(f"SELECT * FROM {quoted}").df()
        except duckdb.Error as error:
            raise TableError(
                f"The table {name!r} of {path.name!r} cannot be read: {_quote_duckdb_error(error)}."
            ) from error


def _quote_duckdb_error(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".!")


def describe_columns(opened: Source) -> str:
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
