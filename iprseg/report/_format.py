"""Numbers as people read them; a missing one says so."""

import math
from typing import Any

UNKNOWN = "not known"


def number(value: Any) -> str:
    """Return a whole number with thousands separators.

    Examples
    --------
    >>> number(12345), number(float("nan"))
    ('12,345', 'not known')
    """
    return UNKNOWN if _missing(value) else f"{round(float(value)):,}"


def money(value: Any) -> str:
    """Return US dollars, short.

    Examples
    --------
    >>> money(1234567), money(890.4), money(None)
    ('$1.23 M', '$890', 'not known')
    """
    if _missing(value):
        return UNKNOWN
    amount = float(value)
    if abs(amount) >= 1e6:
        return f"${amount / 1e6:,.2f} M"
    if abs(amount) >= 1e4:
        return f"${amount / 1e3:,.1f} k"
    return f"${amount:,.0f}"


def percent(value: Any) -> str:
    """Return a share in percent; small ones are not rounded to nothing.

    Examples
    --------
    >>> percent(0.1234), percent(0.0004), percent(0)
    ('12 %', '0.04 %', '0 %')
    """
    if _missing(value):
        return UNKNOWN
    share = 100 * float(value)
    digits = 0 if share >= 10 or share == 0 else 1 if share >= 1 else 2
    return f"{share:.{digits}f} %"


def times(value: Any) -> str:
    """Return a lift.

    Examples
    --------
    >>> times(3.14159), times(250)
    ('×3.1', '×250')
    """
    if _missing(value):
        return UNKNOWN
    return f"×{value:.1f}" if value < 10 else f"×{value:,.0f}"


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
