"""Numbers and text as people read them, one format for page, sheet, card and terminal.

A missing number says so; a small share is not rounded to nothing; a minus is a minus
sign, so that a column of numbers reads right in any font.
"""

import math
import unicodedata
from typing import Any

import pandas as pd

UNKNOWN = "not known"
_MINUS = "\u2212"


def format_number(value: Any) -> str:
    """Return a whole number with thousands separators.

    Parameters
    ----------
    value : float or None
        Rounded; missing gives `UNKNOWN`.

    Examples
    --------
    >>> format_number(12345), format_number(float("nan"))
    ('12,345', 'not known')
    """
    return UNKNOWN if _is_missing(value) else f"{round(float(value)):,}"


def format_count(count: int, noun: str) -> str:
    """Return a number with what is counted.

    Examples
    --------
    >>> format_count(1, "label"), format_count(1500, "listing")
    ('1 label', '1,500 listings')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def format_rounded(value: float) -> str:
    """Return a count to the nearest ten, where the exact one would tell too much.

    Examples
    --------
    >>> format_rounded(612), format_rounded(4)
    ('about 610', 'fewer than 10')
    """
    if value < 10:
        return "fewer than 10"
    return f"about {format_number(round(float(value), -1))}"


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


def format_decimal(value: Any, decimals: int, *, signed: bool = False) -> str:
    """Return a number with so many decimals; empty where it is missing.

    Examples
    --------
    >>> format_decimal(0.71, 2), format_decimal(-1.26, 1)
    ('0.71', '−1.3')
    >>> format_decimal(2, 1, signed=True)
    '+2.0'
    >>> format_decimal(-0.04, 1), format_decimal(None, 1)
    ('0.0', '')
    """
    if _is_missing(value):
        return ""
    rounded = round(float(value), decimals) + 0.0  # no "-0.0"
    return f"{rounded:{'+' if signed else ''}.{decimals}f}".replace("-", _MINUS)


def format_floored(value: Any, decimals: int) -> str:
    """Return a number cut, not rounded, beside a bound that it does not reach.

    Examples
    --------
    >>> format_floored(0.7499, 2), format_floored(4.96, 1), format_floored(0.29, 2)
    ('0.74', '4.9', '0.29')
    """
    if _is_missing(value):
        return ""
    whole = math.floor(10**decimals * float(value) + 1e-9)
    return f"{whole / 10**decimals:.{decimals}f}"


def format_significant(value: Any) -> str:
    """Return a value of any size in three digits; empty where it is not finite.

    Examples
    --------
    >>> format_significant(0.123456), format_significant(1234567.0)
    ('0.123', '1,230,000')
    >>> format_significant(-2), format_significant(0.0), format_significant(math.inf)
    ('−2', '0', '')
    """
    if _is_missing(value) or not math.isfinite(value):
        return ""
    told = float(f"{float(value):.3g}")
    text = f"{told:,.0f}" if abs(told) >= 100 or told == int(told) else f"{told:.3g}"
    return text.replace("-", _MINUS)


def format_percent(share: Any) -> str:
    """Return a share in percent; small ones are not rounded to nothing.

    Examples
    --------
    >>> format_percent(0.1234), format_percent(0.0123), format_percent(0.0004)
    ('12 %', '1.2 %', '0.04 %')
    >>> format_percent(0), format_percent(1e-7), format_percent(None)
    ('0 %', 'under 0.01 %', 'not known')
    """
    return UNKNOWN if _is_missing(share) else f"{_format_hundredths(share)} %"


def format_whole_percent(share: Any) -> str:
    """Return a share in whole percent, for running text.

    Examples
    --------
    >>> [format_whole_percent(share) for share in (0.616, 0, 0.002)]
    ['62 %', '0 %', 'under 1 %']
    """
    if _is_missing(share):
        return UNKNOWN
    return "under 1 %" if 0 < share < 0.005 else f"{100 * float(share):.0f} %"


def format_exact_percent(share: float) -> str:
    """Return a share that was asked for, such as a confidence, not rounded.

    Examples
    --------
    >>> [format_exact_percent(share) for share in (0.95, 0.975, 0.075)]
    ['95 %', '97.5 %', '7.5 %']
    """
    return f"{100 * share:.10g} %"


def format_half_width(share: float) -> str:
    """Return a half width in points, which is no share of anything.

    Examples
    --------
    >>> format_half_width(0.05), format_half_width(0.126)
    ('± 5.0 points', '± 13 points')
    """
    return f"± {_format_hundredths(share)} points"


def format_rate(share: Any) -> str:
    """Return an estimated share, never rounded to none or to all.

    Disclosure control (`iprseg.report.disclosure`) inverts this text: it must not fall
    and rise again as the share grows.

    Examples
    --------
    >>> format_rate(0.1234), format_rate(0.00001), format_rate(0.998), format_rate(None)
    ('12 %', 'under 0.01 %', 'over 99 %', 'not known')
    """
    if not _is_missing(share) and 0 < share < 0.0001:
        return "under 0.01 %"
    if not _is_missing(share) and 0.995 <= share < 1:
        return "over 99 %"
    return format_percent(share)


def format_rate_range(low: Any, high: Any) -> str:
    """Return the limits of a rate in words.

    Examples
    --------
    >>> format_rate_range(0.0841, 0.1712), format_rate_range(0.0, 1.0)
    ('8.4 to 17 %', '0 to 100 %')
    """
    if _is_missing(low) or _is_missing(high):
        return UNKNOWN
    return f"{format_rate(low).removesuffix(' %')} to {format_rate(high)}"


def format_limits(low: float, high: float) -> str:
    """Return two limits in percent, in brackets, for a column of figures.

    Examples
    --------
    >>> format_limits(0.004, 0.061), format_limits(0, 1), format_limits(1e-7, 0.81)
    ('[0.40, 6.1]', '[0, 100]', '[under 0.01, 81]')
    """
    return f"[{_format_hundredths(low)}, {_format_hundredths(high)}]"


def format_ratio(value: Any) -> str:
    """Return a rate over another one; those below 1 are told apart too.

    Examples
    --------
    >>> format_ratio(0.437), format_ratio(3.14159), format_ratio(250), format_ratio(0)
    ('×0.44', '×3.1', '×250', '×0')
    >>> format_ratio(float("inf")), format_ratio(0.001), format_ratio(None)
    ('no upper limit', 'under ×0.01', 'not known')
    """
    if _is_missing(value):
        return UNKNOWN
    if value == math.inf:
        return "no upper limit"
    if value == 0:
        return "×0"
    if value < 0.995:
        return f"×{value:.2f}" if value >= 0.005 else "under ×0.01"
    return f"×{value:.1f}" if value < 10 else f"×{value:,.0f}"


def format_ratio_range(low: Any, high: Any) -> str:
    """Return the limits of a ratio; an infinite one is said in words.

    Examples
    --------
    >>> format_ratio_range(1.4, 3.0), format_ratio_range(1.4, float("inf"))
    ('×1.4 to ×3.0', 'from ×1.4, no upper limit')
    """
    if _is_missing(low) or _is_missing(high):
        return UNKNOWN
    if high == math.inf:
        known = f"from {format_ratio(low)}, no upper limit"
        return known if low else "limits not known"
    return f"{format_ratio(low)} to {format_ratio(high)}"


def parse_rate_text(share: Any) -> float:
    """Return the number that the text of `format_rate` tells, and no digit more.

    Examples
    --------
    >>> parse_rate_text(0.034782608), parse_rate_text(0.4186), parse_rate_text(0.00001)
    (0.035, 0.42, 0.0001)
    """
    text = format_rate(share).removesuffix(" %").split()[-1]
    return round(float(text) / 100, 6)


def parse_ratio_text(value: Any) -> float:
    """Return the number that the text of `format_ratio` tells, and no digit more.

    Examples
    --------
    >>> parse_ratio_text(11.0914), parse_ratio_text(0.4372), parse_ratio_text(0)
    (11.0, 0.44, 0.0)
    """
    return float(format_ratio(value).split("×")[-1].replace(",", ""))


def format_cell(value: Any) -> tuple[str, bool]:
    """Return one cell of a table, and whether it is a number.

    Examples
    --------
    >>> format_cell(1234), format_cell(0.12345), format_cell(True), format_cell(None)
    (('1,234', True), ('0.123', True), ('yes', False), ('', False))
    """
    kind = getattr(value, "dtype", None)
    if isinstance(value, bool) or (kind is not None and kind.kind == "b"):
        return ("yes" if value else "no"), False
    if isinstance(value, int) or (kind is not None and kind.kind in "iu"):
        return f"{value:,}", True
    if isinstance(value, float) or (kind is not None and kind.kind == "f"):
        return (UNKNOWN if math.isnan(value) else format_significant(value)), True
    return ("" if value is None else shorten_line(value, 300)), False


def clean_line(text: object, limit: int = 400) -> str:
    r"""Return one line of text without control, format and direction characters.

    Examples
    --------
    >>> clean_line("Per\u200bfume \u202eelas\n now"), clean_line(float("nan"))
    ('Perfume elas now', '')
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


def shorten_line(text: Any, limit: int) -> str:
    r"""Return one clean line of text, cut with an ellipsis where it is too long.

    Examples
    --------
    >>> shorten_line("red\nshoes", 6)
    'red sh…'
    """
    shown = clean_line(str(text), limit + 1)
    return shown if len(shown) <= limit else shown[:limit] + "…"


def strip_control_characters(text: Any) -> str:
    r"""Take out what a terminal would obey: escapes, line ends, direction overrides.

    Examples
    --------
    >>> strip_control_characters("red\x1b[31m \u202ecup\n")
    'red[31m cup'
    """
    if (told := str(text)).isprintable():  # most are, and a file has millions
        return told
    # other blanks than the plain one are not printable, but part words
    plain = (" " if unicodedata.category(sign) == "Zs" else sign for sign in told)
    return "".join(sign for sign in plain if sign.isprintable())


def _format_hundredths(share: float) -> str:
    """Return a share times a hundred, in about two digits."""
    value = 100 * float(share)
    if 0 < value < 0.005:
        return "under 0.01"
    digits = 0 if value >= 10 or value == 0 else 1 if value >= 1 else 2
    return f"{value:.{digits}f}"


def _is_missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))
