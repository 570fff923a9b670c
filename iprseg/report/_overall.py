"""The rate of all listings, in figures and in sentences."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from iprseg.report._bar import mark, place
from iprseg.report._format import cut, number, percent, rate, rate_range

_WORDS_CHARACTERS = 300
_ALL = "all of them lawful, or all violations"


def overall_context(found: Mapping[str, Any] | None, scale: float) -> dict[str, Any]:
    """Return figures, bar and sentences of the rate of all listings.

    Parameters
    ----------
    found : mapping, optional
        ``attrs["rate"]`` of a table with rates; None where it was lost on the way.
    scale : float
        Where the bars end.
    """
    if not found:
        return {
            "figures": [],
            "bar": None,
            "said": ["This table holds the rates of cohorts and not the rate of all."],
        }
    known = not pd.isna(found["point"])
    confidence = found.get("confidence")
    limits = f"{percent(confidence)} limits" if confidence else "limits"
    figures = [("no rate" if not known else rate(found["point"]), "suspected rate")]
    if known:
        figures.append((rate_range(found["low"], found["high"]), limits))
    figures.append((number(found["n"]), "label" if found["n"] == 1 else "labels"))
    return {
        "figures": figures,
        "bar": _bar(found, scale) if known else None,
        "said": _said(found, known),
    }


def _bar(found: Mapping[str, Any], scale: float) -> dict[str, Any]:
    keys = ("low", "high", "worst_low", "worst_high")
    low, high, worst_low, worst_high = (place(found[key], scale) for key in keys)
    return {
        "at": mark(found["point"], scale),
        "low": low,
        "width": round(high - low, 1),
        "worst": worst_low,
        "worst_width": round(worst_high - worst_low, 1),
        "worst_shown": bool(found["nonresponse"]),
    }


def _said(found: Mapping[str, Any], known: bool) -> list[str]:
    target = cut(found["target"], _WORDS_CHARACTERS)
    n, hits, other = found["n"], found["violative"], found.get("n_shape", 0)
    said = [
        f"The share of violations of severity S2 or above that readers suspect in "
        f"{target}."
    ]
    if not known:
        said = [f"No rate is offered for {target}."]
    used = f"{number(n)} labels are used" if n != 1 else "1 label is used"
    said.append(f"{used}, {suspected(hits)}." if n else "There are no labels to use.")
    if other:
        kept = "other is" if other == 1 else "others are"
        were = "was" if other == 1 else "were"
        said.append(
            f"{number(other)} {kept} kept for shaping and {were} not used: what helps "
            "to form a cohort cannot measure it."
        )
    said += unanswered(
        found["nonresponse"], found["worst_low"], found["worst_high"], found["unserved"]
    )
    if known:
        units = number(found["clusters"])
        method = cut(found["method"], _WORDS_CHARACTERS)
        said.append(f"Method: {method}; {units} effective units.")
    state = cut(found["state"], _WORDS_CHARACTERS)
    return [*said, f"What limits it: {state}."] if state else said


def suspected(hits: Any) -> str:
    """Return how many of some labels suspect a violation.

    Examples
    --------
    >>> suspected(0), suspected(2)
    ('none of them a suspected violation', '2 of them suspected violations')
    """
    shown = number(hits) if hits else "none"
    return f"{shown} of them " + (
        "suspected violations" if hits > 1 else "a suspected violation"
    )


def unanswered(silent: Any, low: Any, high: Any, unserved: Any) -> list[str]:
    """Return sentences about listings drawn that have no answer.

    Examples
    --------
    >>> unanswered(3, 0.05, 0.2, 0)
    ['3 drawn listings have no answer; were all of them lawful, or all violations, \
the limits would stay within 5.0 to 20 %.']
    >>> unanswered(0, 0.05, 0.2, 1)
    ['1 drawn listing was not reached yet.']
    """
    said = []
    if silent:
        have = "listing has" if silent == 1 else "listings have"
        them = "it lawful or a violation" if silent == 1 else _ALL
        said.append(
            f"{number(silent)} drawn {have} no answer; were {them}, the limits would "
            f"stay within {rate_range(low, high)}."
        )
    if unserved:
        was = "listing was" if unserved == 1 else "listings were"
        said.append(f"{number(unserved)} drawn {was} not reached yet.")
    return said
