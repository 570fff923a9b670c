"""Find the tables in a file, a folder or a database."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd

from iprseg.errors import TableError
from iprseg.tables.readers import _databases, _files
from iprseg.tables.report import Notebook

__all__ = ["Source", "open_source"]

Reader = Callable[[Notebook, str | None], pd.DataFrame]


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
    _ahead: dict[tuple[str, str | None], tuple[pd.DataFrame, Notebook]] = field(
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
        found = [n for n in self.readers if wanted in _short_names(n)]
        if len(found) == 1:
            return found[0]
        there = ", ".join(repr(n) for n in self.readers) or "nothing"
        problem = "names several tables" if found else "is not"
        raise TableError(f"{name!r} {problem} in {self.label}; it holds {there}.")

    def read(self, name: str, book: Notebook, encoding: str | None) -> pd.DataFrame:
        """Read one table; what is odd about it goes into the book."""
        frame, quiet = self._ahead.pop((name, encoding), (None, None))
        if frame is None or quiet is None:
            return self.readers[name](book, encoding)
        book.take(quiet)
        return frame

    def look(self, name: str) -> pd.DataFrame:
        """Read one table ahead; the next `read` hands the same frame over."""
        if (name, None) not in self._ahead:
            quiet = Notebook(self.label)
            self._ahead[name, None] = self.readers[name](quiet, None), quiet
        return self._ahead[name, None][0]


def _short_names(name: str) -> set[str]:
    """Names a table also goes by: without folder, sheet part, or file endings."""
    file, _, sheet = name.partition("#")
    names = {file, _files.stem(file), sheet or file}
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
        return Source(*_databases.open_url(text))
    path = Path(text)
    if not path.exists():
        raise TableError(f"There is no file or folder {text!r}: check the path.")
    if path.is_file():
        return Source(text, _of_file(path))
    readers: dict[str, Reader] = {}
    for file in sorted(path.iterdir()):
        if file.is_file() and _files.is_table(file):
            readers |= _of_file(file)
    if not readers:
        raise TableError(
            f"The folder {text!r} holds no table: CSV, Parquet, Excel and DuckDB files "
            "are read."
        )
    return Source(text, readers)


def _refuse_empty(name: str, book: Notebook, encoding: str | None) -> pd.DataFrame:
    raise TableError(f"The file {name!r} is empty: it has not even a header.")


def _of_file(path: Path) -> dict[str, Reader]:
    if not path.stat().st_size:
        return {path.name: partial(_refuse_empty, path.name)}
    if path.suffix.lower() in _databases.DUCKDB_SUFFIXES:
        return _databases.duckdb_readers(path)
    return _files.file_readers(path)
