"""Signals that are one query each, in a file that an analyst can run herself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty

__all__ = ["SqlSignal", "read_sql_signal", "run_sql_signal", "sql_signals"]

_NAME = re.compile(r"^([A-Z]\d\d)_([a-z0-9_]+)$")
_HEADER = re.compile(r"^-- ([a-z]+): (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class SqlSignal:
    """One query.

    Attributes
    ----------
    key, name : str
        Such as ``"E01"`` and ``"listing_burst"``, from the name of the file.
    level : str
        ``listing``, ``seller``, ``creator`` or ``rights_owner``: whose ids the query
        gives.
    columns : tuple of str
        Columns that must be there, as ``table.column``; without one of them the signal
        is missing, with that reason.
    missing : str
        Reason for entities of which the query gives no row, or NULL.
    text : str
        The query: columns ``id``, ``value`` (or several ``value_…``, each a signal
        column of its own) and, if it likes, ``reason``. ``$now`` is the time as of
        which it is asked.
    """

    key: str
    name: str
    level: str
    columns: tuple[str, ...]
    missing: str
    text: str


@cache
def sql_signals() -> dict[tuple[str, str], SqlSignal]:
    """Read all queries of this folder, by signal id and level."""
    files = sorted(Path(__file__).parent.glob("*/*.sql"))
    found = [read_sql_signal(file) for file in files]
    return {(one.key, one.level): one for one in found}


def read_sql_signal(path: Path) -> SqlSignal:
    """Read one file: ``E01_listing_burst.sql`` with a header of ``-- word: value``.

    Raises
    ------
    IprsegError
        If the name or the header is not of that form.
    """
    text = path.read_text(encoding="utf-8")
    stem = path.stem.partition(".")[0]
    match = _NAME.match(stem)
    header = dict(_HEADER.findall(text))
    lacking = [word for word in ("level", "columns", "missing") if word not in header]
    if match is None or lacking:
        what = f"has no line '-- {lacking[0]}: …'" if lacking else "has another name"
        raise IprsegError(
            f"The signal file {path.name!r} {what}: call it like E01_my_signal.sql and "
            "begin it with the lines '-- level: seller', '-- columns: table.column; …' "
            "and '-- missing: why a seller may have no value'."
        )
    columns = tuple(c.strip() for c in header["columns"].split(";") if c.strip())
    return SqlSignal(
        match.group(1),
        match.group(2),
        header["level"],
        columns,
        header["missing"],
        text,
    )


def run_sql_signal(
    signal: SqlSignal, inputs: Inputs, entities: pd.Index
) -> dict[str, Column]:
    """Compute one query's signal columns over entities, by column name."""
    base = f"{signal.key}_{signal.name}"
    absent = next(filter(None, map(inputs.lacks, signal.columns)), None)
    if absent is not None:
        return {base: empty(len(entities), absent)}
    rows = inputs.sql(
        signal.text, {"now": inputs.now} if "$now" in signal.text else None
    )
    values = [c for c in rows.columns if c == "value" or c.startswith("value_")]
    if "id" not in rows or not values or rows["id"].duplicated().any():
        raise IprsegError(
            f"The query of the signal {base!r} must give each id once, in a column "
            "'id', with a column 'value'."
        )
    rows = rows.set_index("id").reindex(entities)
    names = [f"{base}{c.removeprefix('value')}" for c in values]
    return {
        name: _column(rows[value], rows.get("reason"), signal.missing)
        for name, value in zip(names, values, strict=True)
    }


def _column(values: pd.Series, reason: Any, missing: str) -> Column:
    numbers = pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    gap = np.isnan(numbers)
    given = np.full(len(numbers), missing, dtype=object)
    if reason is not None:
        told = reason.fillna("").to_numpy(dtype=object)
        given = np.where(told != "", told, given)
    return Column(numbers, np.where(gap, given, "").astype(object))
