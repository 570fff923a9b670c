"""Take tables from a Marketplace, a dict of frames or a listings frame."""

from typing import Any

import pandas as pd
from pandas.api.types import is_object_dtype

from iprseg._check import check_columns
from iprseg.errors import IprsegError, TableError


def table_of(tables: Any, name: str) -> pd.DataFrame | None:
    """Return a table, or None where there is none of that name."""
    if isinstance(tables, pd.DataFrame):
        return tables if name == "listings" else None
    if isinstance(tables, dict):
        return tables.get(name)
    if hasattr(tables, "tables") and hasattr(tables, "sql"):
        return getattr(tables, name) if name in tables else None
    raise IprsegError(
        "The tables must be a Marketplace, a dict of frames or a listings frame; got "
        f"{type(tables).__name__}."
    )


def listings_of(tables: Any) -> pd.DataFrame:
    """Return the listings, indexed by ``listing_id``.

    Raises
    ------
    TableError
        If there are none, a needed column is missing or an id is there twice.
    """
    listings = table_of(tables, "listings")
    if listings is None:
        raise TableError("There is no table 'listings'; signals need one.")
    return readable(indexed(listings, "listing_id", "listings", ["title"]))


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Replace half characters in columns of objects; other columns cannot hold any."""
    for name in frame.columns[[is_object_dtype(kind) for kind in frame.dtypes]]:
        values = frame[name].to_numpy(dtype=object)
        if any(isinstance(one, str) and _is_broken(one) for one in values):
            whole = [_whole(one) if isinstance(one, str) else one for one in values]
            frame = frame.assign(**{name: pd.Series(whole, frame.index, dtype=object)})
    return frame


def _is_broken(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def indexed(
    frame: pd.DataFrame, key: str, name: str, needed: list[str] | None = None
) -> pd.DataFrame:
    """Return a table indexed by its key, each key once."""
    if key in frame.columns:
        frame = frame.set_index(key)
    elif frame.index.name != key:
        check_columns(frame, [key], name)
    check_columns(frame, needed or [], name)
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()][0]
        raise TableError(
            f"The table {name!r} has the {key} {twice!r} more than once; drop the "
            "duplicates first."
        )
    return frame


def texts_of(column: pd.Series) -> list[str]:
    """Return a column as texts, "" where there is none, each character one to one.

    Half a character of a broken encoding (a lone surrogate) becomes "?": no library
    that reads the text outside Python takes it.
    """
    texts = [
        text if isinstance(text, str) else "" for text in column.to_numpy(dtype=object)
    ]
    try:
        "".join(texts).encode("utf-8")
    except UnicodeEncodeError:
        return [_whole(text) for text in texts]
    return texts
