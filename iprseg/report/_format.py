"""Numbers and text as people read them; a missing number says so."""

from typing import Any

import pandas as pd

from iprseg.cohorts._words import plain

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


def told(value: Any) -> float:
    """Return the number that the text of `rate` tells, and no digit more.

    Examples
    --------
    >>> told(0.034782608), told(0.4186), told(0.00001), told(0.998)
    (0.035, 0.42, 0.0001, 0.99)
    """
    text = rate(value).removesuffix(" %").split()[-1]
    return round(float(text) / 100, 6)


def about(value: Any) -> str:
    """Return a count to the nearest ten.

    Examples
    --------
    >>> about(612), about(4)
    ('about 610', 'fewer than 10')
    """
    return (
        f"about {number(round(float(value), -1))}" if value >= 10 else "fewer than 10"
    )


def told_ratio(value: Any) -> float:
    """Return the number that the text of `ratio` tells, and no digit more.

    Examples
    --------
    >>> told_ratio(11.0914), told_ratio(0.4372), told_ratio(0.001), told_ratio(0)
    (11.0, 0.44, 0.01, 0.0)
    """
    return float(ratio(value).split("×")[-1].replace(",", ""))


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


def rate(value: Any) -> str:
    """Return an estimated share, never rounded to none or to all.

    Examples
    --------
    >>> rate(0.1234), rate(0.00001), rate(0.998), rate(None)
    ('12 %', 'under 0.01 %', 'over 99 %', 'not known')
    """
    if not _missing(value) and 0 < value < 0.0001:
        return "under 0.01 %"
    if not _missing(value) and 0.995 <= value < 1:
        return "over 99 %"
    return percent(value)


def rate_range(low: Any, high: Any) -> str:
    """Return the limits of a rate.

    Examples
    --------
    >>> rate_range(0.0841, 0.1712), rate_range(0.0, 1.0)
    ('8.4 to 17 %', '0 to 100 %')
    """
    if _missing(low) or _missing(high):
        return UNKNOWN
    return f"{rate(low).removesuffix(' %')} to {rate(high)}"


def ratio(value: Any) -> str:
    """Return a rate over another one; those below 1 are told apart too.

    Examples
    --------
    >>> ratio(0.437), ratio(3.14159), ratio(0), ratio(float("inf"))
    ('×0.44', '×3.1', '×0', 'no upper limit')
    """
    if _missing(value):
        return UNKNOWN
    if value == float("inf"):
        return "no upper limit"
    if value >= 0.995 or value == 0:
        return times(value) if value else "×0"
    return f"×{value:.2f}" if value >= 0.005 else "under ×0.01"


def ratio_range(low: Any, high: Any) -> str:
    """Return the limits of a ratio; an infinite one is said in words.

    Examples
    --------
    >>> ratio_range(1.4, 3.0), ratio_range(1.4, float("inf"))
    ('×1.4 to ×3.0', 'from ×1.4, no upper limit')
    """
    if _missing(low) or _missing(high):
        return UNKNOWN
    if high == float("inf"):
        return f"from {ratio(low)}, no upper limit" if low else "limits not known"
    return f"{ratio(low)} to {ratio(high)}"


def cut(text: Any, limit: int) -> str:
    r"""Return one clean line of text, cut with an ellipsis where it is too long.

    Examples
    --------
    >>> cut("red\nshoes", 6)
    'red sh…'
    """
    shown = plain(str(text), limit + 1)
    return shown if len(shown) <= limit else shown[:limit] + "…"


def _missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))
