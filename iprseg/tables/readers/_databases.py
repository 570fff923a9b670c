"""Readers of DuckDB files and of any database that SQLAlchemy reaches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from iprseg.errors import TableError
from iprseg.tables.report import Notebook

if TYPE_CHECKING:
    from sqlalchemy import Engine

DUCKDB_SUFFIXES = (".duckdb", ".ddb")
Reader = Callable[[Notebook, str | None], pd.DataFrame]


def open_url(url: str) -> tuple[str, dict[str, Reader]]:
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
            return label, duckdb_readers(file)
    engine = _engine(url, label, backend)
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
    return label, {name: partial(_read_table, engine, label, name) for name in names}


def _engine(url: str, label: str, backend: str) -> Engine:
    import sqlalchemy as sa

    try:
        return sa.create_engine(url)
    except (sa.exc.NoSuchModuleError, ImportError) as error:
        extra = " (`pip install 'iprseg[postgres]'`)" if backend == "postgresql" else ""
        raise TableError(
            f"No driver for {label} is installed{extra}: install one that SQLAlchemy "
            "knows."
        ) from error


def _read_table(
    engine: Engine, label: str, name: str, book: Notebook, encoding: str | None
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


def duckdb_readers(path: Path) -> dict[str, Reader]:
    """Give the readers of the tables and views of a DuckDB file."""
    with _connect(path) as connection:
        names = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "ORDER BY ALL"
        ).fetchall()
    if not names:
        raise TableError(f"The DuckDB file {path.name!r} holds no table.")
    return {
        f"{path.name}#{name}": partial(_read_duckdb, path, schema, name)
        for schema, name in names
    }


def _connect(path: Path):  # type: ignore[no-untyped-def]
    import duckdb

    try:
        # a view in a stranger's file must not read other files of this machine
        return duckdb.connect(
            str(path), read_only=True, config={"enable_external_access": "false"}
        )
    except duckdb.Error as error:
        raise TableError(
            f"{path.name!r} cannot be opened as a DuckDB file: {_first(error)}."
        ) from error


def _read_duckdb(
    path: Path, schema: str, name: str, book: Notebook, encoding: str | None
) -> pd.DataFrame:
    import duckdb

    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))
    with _connect(path) as connection:
        try:
            return connection.execute(f"SELECT * FROM {quoted}").df()
        except duckdb.Error as error:
            raise TableError(
                f"The table {name!r} of {path.name!r} cannot be read: {_first(error)}."
            ) from error


def _first(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".!")
