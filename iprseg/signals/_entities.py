"""Whose signals are asked for: creators and rights owners."""

import pandas as pd

from iprseg.errors import TableError
from iprseg.signals._inputs import Inputs

_SOURCES = {
    "creator": [("creators", "creator_id"), ("promotions", "creator_id")],
    "rights_owner": [("notices", "ro_id")],
}


def others_index(inputs: Inputs, level: str) -> pd.Index:
    """Return all creators, or all rights owners, sorted.

    Raises
    ------
    TableError
        If no table names one.
    """
    found: set = set()
    for table, column in _SOURCES[level]:
        frame = inputs.table(table)
        if frame is not None and column in frame.columns:
            found |= set(frame[column].dropna())
    if not found:
        tables = " or ".join(f"{t}.{c}" for t, c in _SOURCES[level])
        raise TableError(
            f"Signals of level {level!r} need {tables}, which no table holds; use "
            "level='listing'."
        )
    return pd.Index(sorted(found, key=str))
