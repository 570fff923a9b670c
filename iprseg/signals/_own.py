"""Signals of the user's own: one query in a file, or one function."""

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column
from iprseg.signals._sql import read_sql_signal, run_sql_signal

__all__ = ["Own", "own_columns"]

Own = str | PathLike[str] | Callable[[Any], pd.Series]


def own_columns(
    own: Mapping[str, Own], inputs: Inputs, level: str, entities: pd.Index
) -> dict[str, Column]:
    """Compute the user's signals over entities, by column name.

    Raises
    ------
    IprsegError
        If a file is not there or of another level, or a function gives no Series with
        each id once.
    """
    columns: dict[str, Column] = {}
    for name, source in own.items():
        if not callable(source) and not isinstance(source, str | PathLike):
            raise IprsegError(
                f"The signal {name!r} must be the path of a file with one query, or a "
                f"function; got {type(source).__name__}."
            )
        if callable(source):
            columns[name] = _called(name, source, inputs, entities)
        else:
            columns |= _queried(name, Path(source), inputs, level, entities)
    return columns


def _queried(
    name: str, path: Path, inputs: Inputs, level: str, entities: pd.Index
) -> dict[str, Column]:
    if not path.is_file():
        raise IprsegError(
            f"The signal {name!r} is to come from {str(path)!r}, and there is no such "
            "file: give the path of one query."
        )
    signal = read_sql_signal(path)
    if signal.level != level:
        raise IprsegError(
            f"The signal file {path.name!r} is of level {signal.level!r} and "
            f"level={level!r} was asked for: leave it out, or ask for its level."
        )
    made = run_sql_signal(signal, inputs, entities)
    base = f"{signal.key}_{signal.name}"
    return {name + column.removeprefix(base): one for column, one in made.items()}


def _called(
    name: str, function: Callable[[Any], Any], inputs: Inputs, entities: pd.Index
) -> Column:
    found = function(inputs.marketplace)
    must = f"The function of the signal {name!r} must return a Series of numbers with"
    if not isinstance(found, pd.Series):
        raise IprsegError(
            f"{must} each id once in its index; it gave {type(found).__name__}."
        )
    if not found.index.is_unique:
        twice = found.index[found.index.duplicated()][0]
        raise IprsegError(f"{must} each id once in its index; it gave {twice!r} twice.")
    try:
        if pd.api.types.is_datetime64_any_dtype(found):
            raise TypeError("a time is no number")
        values = pd.to_numeric(found.reindex(entities)).to_numpy(float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise IprsegError(
            f"{must} each id once in its index; it gave what is no number."
        ) from error
    gap = ~np.isfinite(values)
    reasons = np.where(gap, "not_given", "").astype(object)
    return Column(np.where(gap, np.nan, values), reasons)
