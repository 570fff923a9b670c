"""Places on a bar that is 100 wide."""

from typing import Any

import pandas as pd

EDGE = 1.0  # a mark on the edge would show half its width


def place(value: float, scale: float) -> float:
    """Return where a share stands on a bar that ends at `scale`.

    Examples
    --------
    >>> place(0.1, 0.4), place(0.9, 0.4)
    (25.0, 100.0)
    """
    return round(min(100 * float(value) / scale, 100.0), 1)


def mark(value: Any, scale: float) -> float | str:
    """Return where the mark of a share stands; "" where it has no place.

    Examples
    --------
    >>> mark(0.1, 0.4), mark(0.0, 0.4), mark(0.4, 0.4), mark(None, 0.4)
    (25.0, 1.0, 99.0, '')
    """
    if value is None or pd.isna(value):
        return ""
    return min(max(place(value, scale), EDGE), 100 - EDGE)
