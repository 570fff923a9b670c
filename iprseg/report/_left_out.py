"""What the cohorts do not speak of, each with its reason."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from iprseg._labels import NOISE
from iprseg.cohorts.phrases import phrase_of
from iprseg.report._context import table_context
from iprseg.report._format import cut, number, percent

# a cohort has ten rows or more, and one alone is told apart from nothing
_FEW = 20
# room for every signal that a source may lack
_TEXT = 3000
_PROBLEMS = ["severity", "table", "column", "what", "n", "what_was_done"]


def left_out_rows(
    frames: Mapping[str, pd.DataFrame], extra: Any, min_sellers: int = 0
) -> list[dict]:
    """Return rows in no cohort, cohorts without a rule, absent signals, and `extra`.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Cohort tables by level.
    extra : list of dict, pandas.DataFrame, or None
        ``what``, ``why`` and, where known, ``n``.
    min_sellers : int, default 0
        Fewer sellers than this are not counted out, here as in the table.

    Returns
    -------
    list of dict
        Each with ``what``, ``n`` (text) and ``why``.

    Examples
    --------
    >>> left_out_rows({}, [{"what": "rows without a title", "why": "no text", "n": 2}])
    [{'what': 'rows without a title', 'n': '2', 'why': 'no text'}]
    """
    rows = []
    for level, frame in frames.items():
        rows += _noise(level, frame, min_sellers)
        rows += _absent(level, frame.attrs.get("absent_signals", {}))
    if isinstance(extra, pd.DataFrame):
        extra = extra.to_dict("records")
    for one in extra or []:
        count = one.get("n")
        shown = "" if count is None or pd.isna(count) else number(count)
        rows.append({"what": one["what"], "n": shown, "why": one["why"]})
    return [
        {**row, "what": cut(row["what"], _TEXT), "why": cut(row["why"], _TEXT)}
        for row in rows
    ]


def _noise(level: str, frame: pd.DataFrame, min_sellers: int) -> list[dict]:
    if NOISE not in frame.index:
        return []
    row = frame.loc[NOISE]
    hidden = level != "listing" and row["size"] < min_sellers
    shown = f"{number(row['size'])} ({percent(row['share'])})"
    if level != "listing" and (frame["size"] < min_sellers).any():
        shown = f"about {number(round(row['size'], -1))}"
    return [
        {
            "what": f"{level}s in no cohort",
            "n": f"fewer than {min_sellers}" if hidden else shown,
            "why": _why_none(level, frame)
            + " They stay in every table and are drawn in grey.",
        }
    ]


def _why_none(level: str, frame: pd.DataFrame) -> str:
    if (frame.index != NOISE).any():
        return "They are unlike any group that is large enough to be a cohort."
    if frame["size"].sum() < _FEW:
        return f"Fewer than {_FEW} {level}s cannot form two cohorts of ten."
    return "No group that is large enough stands out from the rest."


def _absent(level: str, absent: Mapping[str, str]) -> list[dict]:
    by_reason: dict[str, list[str]] = {}
    for column, reason in absent.items():
        by_reason.setdefault(reason, []).append(column)
    return [
        {
            "what": f"{level} signals without a value: "
            + "; ".join(dict.fromkeys(phrase_of(c).quantity for c in columns)),
            "n": number(len(columns)),
            "why": reason.replace("_", " "),
        }
        for reason, columns in by_reason.items()
    ]


def check_context(check: Any) -> dict[str, Any]:
    """Return what was found while the tables were read.

    Parameters
    ----------
    check : CheckReport
        Its `source`, `tables` and `problems` are shown.
    """
    problems = check.problems[[c for c in _PROBLEMS if c in check.problems]]
    return {
        "source": cut(check.source, 200),
        "tables": table_context(check.tables),
        "problems": table_context(problems) if len(problems) else None,
    }
