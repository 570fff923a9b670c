"""How shares, limits and counts are worded, and text that may be hostile."""

from __future__ import annotations

from typing import Any


def strip_control_characters(text: Any) -> str:
    r"""Take out what a terminal would obey: escapes, line ends, direction overrides.

    Examples
    --------
    >>> strip_control_characters("red\x1b[31m \u202ecup\n")
    'red[31m cup'
    >>> strip_control_characters("чашка 50 ml")
    'чашка 50 ml'
    """
    return "".join(sign for sign in str(text) if sign.isprintable())


def format_share(share: Any) -> str:
    """Write a share; small ones are not rounded to nothing.

    Examples
    --------
    >>> [format_share(share) for share in (0.123, 0.0123, 0.0004, 0, 1)]
    ['12 %', '1.2 %', '0.04 %', '0 %', '100 %']
    """
    return f"{_format_digits(100 * float(share))} %"


def format_confidence(confidence: float) -> str:
    """Write a confidence as it was asked for, not rounded.

    Examples
    --------
    >>> format_confidence(0.95), format_confidence(0.975), format_confidence(0.999)
    ('95 %', '97.5 %', '99.9 %')
    """
    return f"{100 * confidence:.10g} %"


def format_half_width(share: float) -> str:
    """Write a half width, which is no share of anything.

    Examples
    --------
    >>> format_half_width(0.05), format_half_width(0.126)
    ('± 5.0 points', '± 13 points')
    """
    return f"± {_format_digits(100 * share)} points"


def format_limits(low: float, high: float) -> str:
    """Write two limits in percent.

    Examples
    --------
    >>> format_limits(0.004, 0.061), format_limits(0, 1), format_limits(1e-7, 0.81)
    ('[0.4, 6.1]', '[0, 100]', '[under 0.01, 81]')
    """
    return f"[{_format_digits(100 * low)}, {_format_digits(100 * high)}]"


def _format_digits(value: float) -> str:
    if value == 0 or value >= 10:
        return f"{value:.0f}"
    told = f"{value:.1f}" if value >= 0.1 else f"{value:.2f}"
    return "under 0.01" if told == "0.00" else told


def format_count(number: int, noun: str) -> str:
    """Write a number with what is counted.

    Examples
    --------
    >>> format_count(1, "label"), format_count(1500, "listing")
    ('1 label', '1,500 listings')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
