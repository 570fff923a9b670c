"""The catalogue of signals, and what computes each: a function or a query.

A family of signals is a folder of this package. Its signals are its queries, a file each
(``E01_listing_burst.sql``), and the functions of its modules that are marked with their
id (``@signal("B05")``). To add one: a row of ``catalogue.csv``, and the query or the
function.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import pandas as pd

from iprseg.errors import IprsegError
from iprseg.signals.inputs import Column
from iprseg.signals.queries import SqlSignal, read_sql_signal

__all__ = [
    "STAGES",
    "choose_segmenting_columns",
    "composite",
    "find_composites",
    "find_functions",
    "find_queries",
    "find_sql_signals",
    "select_signals",
    "signal",
    "signal_catalogue",
    "signal_families",
]

STAGES = ("T0", "T1", "T2", "T3", "T4")
_FOLDER = Path(__file__).parent
# column of the catalogue -> what its cells may say
_ALLOWED: dict[str, tuple[str, ...] | None] = {
    "id": None,
    "name": None,
    "level": None,
    "family": None,
    "stage": STAGES,
    "direction": ("+", "-", "±"),
    "value_kind": ("yes_no", "number"),
    "formula": None,
    "columns": None,
    "min_n": None,
    "tau": None,
    "rationale": None,
    "source": None,
    "leak_risk": ("", "label_source"),
    "status": ("built", "needs_column"),
    "segments": ("", "yes"),
    "alone": ("", "no"),
}
_NUMBERS = {"min_n": "Int64", "tau": "float64"}
# by id and level; a family's functions stand here once its modules are imported
_FUNCTIONS: dict[tuple[str, str], Callable[..., Column]] = {}
_COMPOSITES: dict[tuple[str, str], Callable[..., Column]] = {}
Function = TypeVar("Function", bound=Callable[..., Column])


def signal(key: str, level: str = "listing") -> Callable[[Function], Function]:
    """Mark the function that computes a signal at a level.

    Parameters
    ----------
    key : str
        Id in the catalogue, such as ``"B05"``.
    level : {"listing", "seller", "creator", "rights_owner"}, default "listing"
        A function of listings is given the inputs, one of another level also the ids
        (an Index) of those it is asked about.
    """
    return _mark_in(_FUNCTIONS, key, level)


def composite(key: str, level: str) -> Callable[[Function], Function]:
    """Mark the function that makes a signal of the other signals of its level.

    It is given the inputs, the ids, the other columns of the level by name and, at the
    level of sellers, those of listings that sellers have no formula for.
    """
    return _mark_in(_COMPOSITES, key, level)


def _mark_in(
    marked: dict[tuple[str, str], Callable[..., Column]], key: str, level: str
) -> Callable[[Function], Function]:
    def mark(function: Function) -> Function:
        there = marked.setdefault((key, level), function)
        if (
            there.__module__ != function.__module__
            or there.__name__ != function.__name__
        ):
            raise ValueError(
                f"{key} at level {level!r} is {there.__name__} already, and "
                f"{function.__name__} would be, too."
            )
        marked[key, level] = function
        return function

    return mark


def signal_catalogue() -> pd.DataFrame:
    """Return the catalogue of signals.

    Returns
    -------
    DataFrame
        Indexed by ``id``; columns ``name``, ``level`` (``;`` between), ``family``,
        ``stage`` (T0 to T4: when the signal can be known), ``direction`` (``+``, ``-``,
        ``±``), ``value_kind`` (``yes_no`` or ``number``), ``formula``, ``columns``
        (``?`` after those it can do without), ``min_n``, ``tau`` (the bound of the
        seller's share), ``rationale``, ``source``,
        ``leak_risk``, ``status`` (``built``, or ``needs_column`` where the tables have
        no column for it), ``segments`` (``yes``: cohorts are found and named by it),
        ``alone`` (``no``: an honest reason for it is more frequent, so that it makes no
        outlier without a second kind of evidence).

    Examples
    --------
    >>> signal_catalogue().loc["B05", ["name", "stage"]].tolist()
    ['discount_depth', 'T1']
    """
    return _read_catalogue().copy()


def signal_families() -> pd.DataFrame:
    """Return the families of signals.

    Returns
    -------
    DataFrame
        Indexed by ``family``, the name of its folder; columns ``letter`` (with which
        its ids begin), ``block`` (of columns that cohorts are found by; "" for none),
        ``label`` (one word, on cards of cohorts), ``words`` (what an analyst calls the
        block), ``gap`` (what is unknown where none of it has a value; "" for what
        nobody would miss) and ``evidence`` (``yes``: a kind of hard evidence, J04).

    Examples
    --------
    >>> signal_families().loc["catalogue_fit", ["letter", "block"]].tolist()
    ['D', 'catalogue']
    """
    return _read_families().copy()


def select_signals(
    level: str, max_stage: str | None = None, families: Iterable[str] | None = None
) -> dict[str, str]:
    """Return id and column name of a level's signals, in the order of the catalogue."""
    catalogue = _read_catalogue()
    last = STAGES.index(max_stage) if max_stage else len(STAGES)
    asked = None if families is None else frozenset(families)
    return {
        str(key): f"{key}_{row['name']}"
        for key, row in catalogue.iterrows()
        if level in row["level"].split(";")
        and STAGES.index(row["stage"]) <= last
        and (asked is None or row["family"] in asked)
    }


def choose_segmenting_columns(
    columns: Iterable[str], level: str = "listing"
) -> list[str]:
    """Choose the columns that cohorts are found and named by: where that was measured.

    Parameters
    ----------
    columns : iterable of str
        Those of `compute_signals`, signals of your own among them.
    level : {"listing", "seller", "creator"}, default "listing"
        The signals of creators themselves were not measured: all count but those that
        are made of past decisions.

    Returns
    -------
    list of str
        In the order given: signals whose ``segments`` is ``yes`` in the catalogue, and
        their means and shares over listings.

    Examples
    --------
    >>> choose_segmenting_columns(["B05_discount_depth_mean", "J01_match", "X01_mine"])
    ['B05_discount_depth_mean']
    """
    catalogue = _read_catalogue()
    chosen = catalogue["segments"] == "yes"
    if level == "creator":
        own = (catalogue["level"] == "creator") & catalogue["direction"].isin(
            ["+", "-"]
        )
        chosen |= own & (catalogue["leak_risk"] == "")
    ids = catalogue.index[chosen]
    bases = {f"{key}_{catalogue.at[key, 'name']}" for key in ids}
    return [
        str(column)
        for column in columns
        if str(column).removesuffix("_mean").removesuffix("_share") in bases
    ]


def find_functions(keys: Iterable[str], level: str) -> dict[str, Callable[..., Column]]:
    """Return the functions of signals at a level, by id; a query is none.

    The modules of a family are imported when the first of its functions is asked for.
    """
    return _find_marked(_FUNCTIONS, keys, level)


def find_composites(
    keys: Iterable[str], level: str
) -> dict[str, Callable[..., Column]]:
    """Return the functions that make signals of the others at a level, by id."""
    return _find_marked(_COMPOSITES, keys, level)


def find_queries(keys: Iterable[str], level: str) -> dict[str, SqlSignal]:
    """Return the queries of signals at a level, by id."""
    queries = find_sql_signals()
    return {key: queries[key, level] for key in keys if (key, level) in queries}


def _find_marked(
    marked: dict[tuple[str, str], Callable[..., Column]],
    keys: Iterable[str],
    level: str,
) -> dict[str, Callable[..., Column]]:
    keys = [key for key in keys if (key, level) not in find_sql_signals()]
    for family in dict.fromkeys(_read_catalogue().loc[keys, "family"]):
        _import_family(family)
    return {key: marked[key, level] for key in keys if (key, level) in marked}


@cache
def _import_family(family: str) -> None:
    for file in sorted((_FOLDER / family).glob("*.py")):
        if file.stem != "__init__":
            import_module(f"{__package__}.{family}.{file.stem}")


@cache
def find_sql_signals() -> dict[tuple[str, str], SqlSignal]:
    """Read the queries of all families, by signal id and level."""
    files = sorted(
        file
        for family in _read_families().index
        for file in (_FOLDER / family).glob("*.sql")
    )
    found = [read_sql_signal(file) for file in files]
    return {(one.key, one.level): one for one in found}


@cache
def _read_families() -> pd.DataFrame:
    table = pd.read_csv(_FOLDER / "families.csv", dtype=str, keep_default_na=False)
    return table.set_index("family")


@cache
def _read_catalogue() -> pd.DataFrame:
    with (_FOLDER / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        return parse_catalogue(file, "iprseg/signals/catalogue.csv")


def parse_catalogue(lines: Iterable[str], place: str) -> pd.DataFrame:
    """Read a catalogue of signals.

    Parameters
    ----------
    lines : iterable of str
        CSV with the columns that `signal_catalogue` describes.
    place : str
        What it is called in messages.

    Raises
    ------
    IprsegError
        When a row has too many or too few cells, an id stands twice, or a cell says
        what its column does not know: by file, row and column.
    """
    rows = csv.reader(lines)
    columns = next(rows, [])
    if columns != list(_ALLOWED):
        raise IprsegError(
            f"The first line of {place} must name the columns {', '.join(_ALLOWED)}, in "
            f"this order; it names {', '.join(columns) or 'none'}."
        )
    table: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=2):
        key = row[0] if row else ""
        where = f"Row {key or number} of {place}"
        if len(row) != len(columns):
            raise IprsegError(
                f"{where} has {len(row)} cells and must have {len(columns)}: quote a "
                "cell that holds a comma."
            )
        if key in table:
            raise IprsegError(f"{where} has the id of an earlier row: take a free one.")
        table[key] = dict(zip(columns, row, strict=True))
        for column, cell in table[key].items():
            _check_catalogue_cell(cell, column, where)
    frame = pd.DataFrame(list(table.values())).set_index("id")
    for column, kind in _NUMBERS.items():
        frame[column] = pd.to_numeric(frame[column].replace("", None)).astype(kind)
    return frame


def _check_catalogue_cell(cell: str, column: str, where: str) -> None:
    allowed = _ALLOWED[column]
    if allowed is not None and cell not in allowed:
        told = ", ".join(repr(one) for one in allowed if one)
        empty = " or nothing" if "" in allowed else ""
        raise IprsegError(
            f"{where} has {cell!r} in the column {column!r}: write {told}{empty}."
        )
    if column in _NUMBERS and cell:
        try:
            float(cell)
        except ValueError as error:
            raise IprsegError(
                f"{where} has {cell!r} in the column {column!r}: write a number or "
                "nothing."
            ) from error
