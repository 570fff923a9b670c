"""Places on a bar that is 100 wide, on a square-root scale.

One cohort of 80 % would crush the others, of 1 to 5 %, on an even scale; zero stays the
left end, which a logarithm could not show.
"""

import math
from typing import Any

import pandas as pd

from iprseg.report._format import told

EDGE = 1.0  # a mark on the edge would show half its width


def place(value: float, scale: float) -> float:
    """Return where a share stands on a bar that ends at `scale`.

    A share is placed as its text tells it: a bar is no way to read more digits.

    Examples
    --------
    >>> place(0.1, 0.4), place(0.10123, 0.4), place(0.9, 0.4)
    (50.0, 50.0, 100.0)
    """
    return round(100 * math.sqrt(min(told(value) / scale, 1.0)), 1)


def mark(value: Any, scale: float) -> float | str:
    """Return where the mark of a share stands; "" where it has no place.

    Examples
    --------
    >>> mark(0.1, 0.4), mark(0.0, 0.4), mark(0.4, 0.4), mark(None, 0.4)
    (50.0, 1.0, 99.0, '')
    """
    if value is None or pd.isna(value):
        return ""
    return min(max(place(value, scale), EDGE), 100 - EDGE)
