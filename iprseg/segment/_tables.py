"""Read a table whether it comes from a marketplace or from plain frames."""

from collections.abc import Mapping
from typing import Any

import pandas as pd


def table_of(mp: Any, name: str) -> pd.DataFrame | None:
    """Return a table, or None where there is none.

    Examples
    --------
    >>> table_of({}, "listings") is None
    True
    """
    if name not in mp:
        return None
    return mp[name] if isinstance(mp, Mapping) else getattr(mp, name)
