"""Readers of Parquet and Excel files, and the choice between file kinds."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from iprseg.errors import TableError
from iprseg.tables.readers._csv import read_csv
from iprseg.tables.readers._header import header_row, tell_above, tell_total
from iprseg.tables.report import Notebook

Reader = Callable[[Notebook, str | None], pd.DataFrame]

_TEXT = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_PARQUET = (".parquet", ".pq")
_EXCEL = (".xlsx", ".xlsm")
_DUCKDB = (".duckdb", ".ddb")
# First bytes of files that are given by mistake.
_NO_TABLE = {
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"RIFF": "an image or a sound",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip archive (unpack it first; Excel files end in .xlsx)",
    b"PAR1": "a Parquet file without its ending (name it .parquet)",
}
# An .xlsx is a zip file: refuse one that unpacks to more than this.
_MAX_UNPACKED = 2 * 2**30


def is_table(path: Path) -> bool:
    """Say whether a file in a folder is taken for a table, by its ending."""
    name = path.name.lower()
    hidden = name.startswith((".", "~$"))
    return not hidden and name.endswith((*_TEXT, *_PARQUET, *_EXCEL, *_DUCKDB))


def stem(name: str) -> str:
    """Take the endings off a file name, ``.csv.gz`` included."""
    lower = name.lower()
    for ending in sorted((*_TEXT, *_PARQUET, *_EXCEL, *_DUCKDB), key=len, reverse=True):
        if lower.endswith(ending):
            return name[: -len(ending)]
    return name


def file_readers(path: Path) -> dict[str, Reader]:
    """Give the readers of the tables in one file; text is the kind of last resort."""
    name = path.name.lower()
    if name.endswith(_PARQUET):
        return {path.name: partial(_read_parquet, path)}
    if name.endswith(_EXCEL):
        return _excel_readers(path)
    if name.endswith(".xls"):
        raise TableError(
            f"{path.name!r} is an Excel file of before 2007: save it as .xlsx or .csv."
        )
    _refuse_others(path)
    return {path.name: partial(read_csv, path)}


def _refuse_others(path: Path) -> None:
    """Refuse a file whose first bytes say that it is no text, and say what to do."""
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"SQLite format 3"):
        raise TableError(
            f"{path.name!r} is an SQLite database: give it as 'sqlite:///{path}'."
        )
    for start, kind in _NO_TABLE.items():
        if head.startswith(start):
            raise TableError(
                f"{path.name!r} is {kind}, not a table: CSV, Parquet, Excel and DuckDB "
                "files, folders of them and database URLs are read."
            )


def _read_parquet(path: Path, book: Notebook, encoding: str | None) -> pd.DataFrame:
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
            f"{path.name!r} cannot be read as Parquet: {first_line(error)}."
        ) from error
    return frame.reset_index(drop=isinstance(frame.index, pd.RangeIndex))


def _excel_readers(path: Path) -> dict[str, Reader]:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > _MAX_UNPACKED:
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
            f"{path.name!r} cannot be read as Excel: {first_line(error)}."
        ) from error
    return {f"{path.name}#{s}": partial(_read_sheet, path, s) for s in sheets}


def _read_sheet(
    path: Path, sheet: str, book: Notebook, encoding: str | None
) -> pd.DataFrame:
    # dtype=object keeps each cell as Excel holds it; only an empty cell is missing
    options: dict[str, Any] = {
        "dtype": object,
        "keep_default_na": False,
        "na_values": [""],
    }
    top = pd.read_excel(path, sheet, header=None, nrows=10, **options)
    first = top.to_numpy().tolist()
    place = header_row(first) if first else 0
    if place:
        tell_above(first[:place], f"{path.name}#{sheet}", book)
    frame = pd.read_excel(path, sheet, header=place, **options)
    frame.columns = frame.columns.map(lambda name: str(name).strip())
    tell_total(frame, f"{path.name}#{sheet}", book)
    return frame


def first_line(error: Exception) -> str:
    """Give the first line of an error, without its full stop."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")
