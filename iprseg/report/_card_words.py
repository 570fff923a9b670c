"""What a signal is called, and what its numbers say, in words."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd

from iprseg.cohorts.phrases import phrase_of, signal_id
from iprseg.report._format import cut, percent

__all__ = ["auc_verdict", "called", "moved", "reason_words", "short", "span", "way"]

_ENDS = (
    ("gmv_mean", "mean over listings, weighted by sales"),
    ("mean", "mean over listings"),
    ("share", "share of listings beyond the bound"),
    ("p90", "90th percentile over listings"),
    ("p10", "10th percentile over listings"),
)
_WAYS = {
    "+": "higher is riskier",
    "-": "lower is riskier",
    "±": "either way, as context",
}


def called(column: str, name: str = "") -> str:
    """Say what a column measures; `name` is the signal's in the catalogue.

    Examples
    --------
    >>> called("F03_refund_rate_30", "refund_rate")
    'Refund rate (30 days)'
    >>> called("G04_violative_share_180", "violative_share")
    'Share of listings removed (180 days)'
    >>> called("A07_replica_lexicon_hit_gmv_mean", "replica_lexicon_hit")
    'Replica wording (mean over listings, weighted by sales)'
    """
    key, rest = signal_id(column), ""
    if name:
        rest = column.removeprefix(f"{key}_{name}").strip("_")
    if not rest or not name:
        return _upper(phrase_of(key if name else column).quantity)
    if rest == "share":
        return _upper(phrase_of(f"{key}_x_share").quantity)
    told = []
    for end, words in _ENDS:
        if rest == end or rest.endswith(f"_{end}"):
            rest = rest.removesuffix(end).strip("_")
            told.append(words)
            break
    if rest:
        words = rest.replace("_", " ")
        told.insert(0, re.sub(r"^(\d+)$", r"\1 days", words))
    return _upper(f"{phrase_of(key).quantity} ({'; '.join(told)})")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def way(direction: str) -> str:
    """Say which side of a signal is the risky one."""
    return _WAYS.get(direction, "not said")


def short(value: Any) -> str:
    """Write a value of any size in three digits.

    Examples
    --------
    >>> short(0.123456), short(1234567.0), short(-2), short(0.0)
    ('0.123', '1,230,000', '−2', '0')
    """
    value = float(value)
    if not math.isfinite(value):
        return ""
    told = float(f"{value:.3g}")
    text = f"{told:,.0f}" if abs(told) >= 100 or told == int(told) else f"{told:.3g}"
    return text.replace("-", "−")


def span(low: float, high: float) -> str:
    """Write the values of a bin.

    Examples
    --------
    >>> span(0, 0), span(0.31, 0.5), span(-2, 1), span(float("nan"), 1)
    ('0', '0.31 to 0.5', '−2 to 1', 'none now')
    """
    if not math.isfinite(low):
        return "none now"
    left, right = short(low), short(high)
    return left if left == right else f"{left} to {right}"


def auc_verdict(low: float, high: float) -> tuple[str, str]:
    """Say in words what limits of an AUC tell, and the tone of it.

    Examples
    --------
    >>> auc_verdict(0.6, 0.7)[0], auc_verdict(0.4, 0.6)[0], auc_verdict(0.2, 0.4)[0]
    ('tells them apart', 'not told apart', 'the other way')
    """
    if low > 0.5:
        return "tells them apart", "risky"
    if high < 0.5:
        return "the other way", "below"
    return "not told apart", "same"


def moved(psi: Any, limit: Any) -> str:
    """Say what the stability index means beside what chance alone does.

    Examples
    --------
    >>> moved(0.3, 0.02), moved(0.01, 0.02), moved(0.0, float("nan"))
    ('moved', 'no more than chance', '')
    """
    if pd.isna(psi) or pd.isna(limit):
        return ""
    return "moved" if psi > limit else "no more than chance"


def reason_words(reason: str, share: float | None = None) -> str:
    """Write a reason for missing values as words.

    Examples
    --------
    >>> reason_words("column_absent: list_price", 0.2)
    'column absent: list_price (20 %)'
    """
    code, colon, rest = str(reason).partition(":")
    text = cut(code.replace("_", " ") + colon + rest, 200) or "no reason told"
    return text if share is None else f"{text} ({percent(share)})"
