"""Signals of the user's own: one query in a file, or one function."""

import re
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError
from iprseg.signals._catalogue import signal_catalogue
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column
from iprseg.signals._sql import read_sql_signal, run_sql_signal

__all__ = ["Own", "own_columns"]

Own = str | PathLike[str] | Callable[[Any], pd.Series]
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def own_columns(
    own: Mapping[str, Own], inputs: Inputs, level: str, entities: pd.Index
) -> dict[str, Column]:
    """Compute the user's signals over entities, by column name.

    Raises
    ------
    IprsegError
        If a name is none or the catalogue's, a file is not there or of another level,
        or a function fails or gives no Series with each id once.
    """
    columns: dict[str, Column] = {}
    for name, source in own.items():
        _check_name(name)
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


def _check_name(name: Any) -> None:
    """Refuse what is no name, and names of the catalogue, computed now or not."""
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise IprsegError(
            f"A signal of your own is called {name!r}: use letters, figures and '_' "
            "only, such as 'X01_my_signal'."
        )
    catalogue = signal_catalogue()
    built = catalogue.index + "_" + catalogue["name"]
    # of sellers a name goes on: ..._mean
    if any(name == one or name.startswith(f"{one}_") for one in built):
        raise IprsegError(
            f"The signal {name!r} of your own has the name of one of the catalogue: "
            "call it otherwise."
        )


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
    try:
        found = function(inputs.marketplace)
    except Exception as error:  # it is the user's code: anything may happen in it
        told = " ".join(f"{type(error).__name__}: {error}".split())
        raise IprsegError(
            f"The function of the signal {name!r} ended with {told.rstrip('.: ')}: "
            "mend it, or leave the signal out."
        ) from error
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
