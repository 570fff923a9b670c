"""Numbers and text as people read them; a missing number says so."""

import unicodedata
from typing import Any

import pandas as pd

UNKNOWN = "not known"


def format_number(value: Any) -> str:
    """Return a whole number with thousands separators.

    Examples
    --------
    >>> format_number(12345), format_number(float("nan"))
    ('12,345', 'not known')
    """
    return UNKNOWN if _is_missing(value) else f"{round(float(value)):,}"


def format_usd(value: Any) -> str:
    """Return US dollars, short.

    Examples
    --------
    >>> format_usd(1234567), format_usd(890.4), format_usd(None)
    ('$1.23 M', '$890', 'not known')
    """
    if _is_missing(value):
        return UNKNOWN
    amount = float(value)
    if abs(amount) >= 1e6:
        return f"${amount / 1e6:,.2f} M"
    if abs(amount) >= 1e4:
        return f"${amount / 1e3:,.1f} k"
    return f"${amount:,.0f}"


def format_percent(value: Any) -> str:
    """Return a share in percent; small ones are not rounded to nothing.

    Examples
    --------
    >>> format_percent(0.1234), format_percent(0.0004), format_percent(0)
    ('12 %', '0.04 %', '0 %')
    """
    if _is_missing(value):
        return UNKNOWN
    share = 100 * float(value)
    digits = 0 if share >= 10 or share == 0 else 1 if share >= 1 else 2
    return f"{share:.{digits}f} %"


def parse_rate_text(value: Any) -> float:
    """Return the number that the text of `format_rate` tells, and no digit more.

    Examples
    --------
    >>> shares = 0.034782608, 0.4186, 0.00001, 0.998
    >>> tuple(parse_rate_text(share) for share in shares)
    (0.035, 0.42, 0.0001, 0.99)
    """
    text = format_rate(value).removesuffix(" %").split()[-1]
    return round(float(text) / 100, 6)


def format_rounded(value: Any) -> str:
    """Return a count to the nearest ten.

    Examples
    --------
    >>> format_rounded(612), format_rounded(4)
    ('about 610', 'fewer than 10')
    """
    return (
        f"about {format_number(round(float(value), -1))}"
        if value >= 10
        else "fewer than 10"
    )


def parse_ratio_text(value: Any) -> float:
    """Return the number that the text of `format_ratio` tells, and no digit more.

    Examples
    --------
    >>> tuple(parse_ratio_text(ratio) for ratio in (11.0914, 0.4372, 0.001, 0))
    (11.0, 0.44, 0.01, 0.0)
    """
    return float(format_ratio(value).split("×")[-1].replace(",", ""))


def format_lift(value: Any) -> str:
    """Return a lift.

    Examples
    --------
    >>> format_lift(3.14159), format_lift(250)
    ('×3.1', '×250')
    """
    if _is_missing(value):
        return UNKNOWN
    return f"×{value:.1f}" if value < 10 else f"×{value:,.0f}"


def format_rate(value: Any) -> str:
    """Return an estimated share, never rounded to none or to all.

    Examples
    --------
    >>> format_rate(0.1234), format_rate(0.00001), format_rate(0.998), format_rate(None)
    ('12 %', 'under 0.01 %', 'over 99 %', 'not known')
    """
    if not _is_missing(value) and 0 < value < 0.0001:
        return "under 0.01 %"
    if not _is_missing(value) and 0.995 <= value < 1:
        return "over 99 %"
    return format_percent(value)


def format_rate_range(low: Any, high: Any) -> str:
    """Return the limits of a rate.

    Examples
    --------
    >>> format_rate_range(0.0841, 0.1712), format_rate_range(0.0, 1.0)
    ('8.4 to 17 %', '0 to 100 %')
    """
    if _is_missing(low) or _is_missing(high):
        return UNKNOWN
    return f"{format_rate(low).removesuffix(' %')} to {format_rate(high)}"


def format_ratio(value: Any) -> str:
    """Return a rate over another one; those below 1 are told apart too.

    Examples
    --------
    >>> format_ratio(0.437), format_ratio(3.14159), format_ratio(0), format_ratio(float("inf"))
    ('×0.44', '×3.1', '×0', 'no upper limit')
    """
    if _is_missing(value):
        return UNKNOWN
    if value == float("inf"):
        return "no upper limit"
    if value >= 0.995 or value == 0:
        return format_lift(value) if value else "×0"
    return f"×{value:.2f}" if value >= 0.005 else "under ×0.01"


def format_ratio_range(low: Any, high: Any) -> str:
    """Return the limits of a ratio; an infinite one is said in words.

    Examples
    --------
    >>> format_ratio_range(1.4, 3.0), format_ratio_range(1.4, float("inf"))
    ('×1.4 to ×3.0', 'from ×1.4, no upper limit')
    """
    if _is_missing(low) or _is_missing(high):
        return UNKNOWN
    if high == float("inf"):
        return (
            f"from {format_ratio(low)}, no upper limit" if low else "limits not known"
        )
    return f"{format_ratio(low)} to {format_ratio(high)}"


def shorten_line(text: Any, limit: int) -> str:
    r"""Return one clean line of text, cut with an ellipsis where it is too long.

    Examples
    --------
    >>> shorten_line("red\nshoes", 6)
    'red sh…'
    """
    shown = clean_line(str(text), limit + 1)
    return shown if len(shown) <= limit else shown[:limit] + "…"


def _is_missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


# A title longer than this is cut before its terms are taken: a hostile one of
# ten million characters must cost no more than an ordinary one.
_MAX_CHARACTERS = 400


def clean_line(text: object, limit: int = _MAX_CHARACTERS) -> str:
    r"""Return one line of text without control, format and direction characters.

    Examples
    --------
    >>> clean_line("Per\u200bfume \u202eelas\n now")
    'Perfume elas now'
    >>> clean_line(float("nan"))
    ''
    """
    if not isinstance(text, str):
        return ""
    kept = text[: 4 * limit]
    if not kept.isprintable():  # most are, and then there is nothing to leave out
        kept = "".join(
            " " if character.isspace() else character
            for character in kept
            if character.isspace()
            or not unicodedata.category(character).startswith("C")
        )
    return " ".join(kept.split())[:limit]
