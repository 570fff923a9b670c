"""The catalogue of signals: metadata as data."""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

STAGES = ("T0", "T1", "T2", "T3", "T4")


def signal_catalogue() -> pd.DataFrame:
    """Return the catalogue of signals.

    Returns
    -------
    DataFrame
        Indexed by ``id``; columns ``name``, ``level`` (``;`` between), ``family``,
        ``stage`` (T0 to T4: when the signal can be known), ``direction`` (``+``, ``-``,
        ``±``), ``formula``, ``columns`` (``?`` after those it can do without),
        ``min_n``, ``tau`` (the bound of the seller's share), ``rationale``, ``source``,
        ``leak_risk``, ``status`` (``built``, or ``needs_column`` where the tables have
        no column for it), ``segments`` (``yes``: cohorts are found and named by it).

    Examples
    --------
    >>> signal_catalogue().loc["B05", ["name", "stage"]].tolist()
    ['discount_depth', 'T1']
    """
    return _read().copy()


@cache
def _read() -> pd.DataFrame:
    path = Path(__file__).with_name("catalogue.csv")
    types: dict[Any, Any] = {
        **dict.fromkeys(_TEXT, str),
        "min_n": "Int64",
        "tau": float,
    }
    table = pd.read_csv(path, dtype=types)
    return table.set_index("id").fillna(dict.fromkeys(_TEXT[1:], ""))


_TEXT = [
    "id",
    "name",
    "level",
    "family",
    "stage",
    "direction",
    "formula",
    "columns",
    "rationale",
    "source",
    "leak_risk",
    "status",
    "segments",
]
