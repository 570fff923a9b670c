"""The rate of all listings, in figures and in sentences."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from iprseg.report._bar import mark, place
from iprseg.report._format import about, cut, number, rate, rate_range
from iprseg.report._hidden import Hidden

_WORDS_CHARACTERS = 300
WEIGHTED = (
    "Rates weight each label by how it was drawn, so that suspected violations over "
    "labels is not the rate."
)
_ALONE = (
    "The rate of all is hidden, and with it how many times as high each other rate is: "
    "from them, the rate of a cohort of few sellers could be computed."
)
_ALL = "all of them lawful, or all violations"


def overall_context(
    found: Mapping[str, Any] | None,
    scale: float,
    hidden: Hidden,
) -> dict[str, Any]:
    """Return figures, bar and sentences of the rate of all listings.

    Parameters
    ----------
    found : mapping, optional
        ``attrs["rate"]`` of a table with rates; None where it was lost on the way.
    scale : float
        Where the bars end.
    hidden : Hidden
        From `hidden_rates`. Where a rate is hidden on the page, counts are rounded or
        left out, since those of the cohorts shown could be subtracted from them.
    """
    guarded = hidden.guarded
    if not found:
        return {
            "figures": [],
            "bar": None,
            "said": ["This table holds the rates of cohorts and not the rate of all."],
        }
    if hidden.overall:
        return {
            "figures": [("hidden", "suspected rate")],
            "bar": None,
            "said": [_ALONE],
        }
    known = not pd.isna(found["point"])
    confidence = found.get("confidence")
    # 0.999 is not all
    limits = f"{round(100 * confidence, 4):g} % limits" if confidence else "limits"
    figures = [("no rate" if not known else rate(found["point"]), "suspected rate")]
    if known:
        figures.append((rate_range(found["low"], found["high"]), limits))
    n = about(found["n"]) if guarded else number(found["n"])
    figures.append((n, "label" if found["n"] == 1 and not guarded else "labels"))
    return {
        "figures": figures,
        "bar": _bar(found, scale, guarded) if known else None,
        "said": _guarded(found, known) if guarded else _said(found, known),
    }


def _bar(found: Mapping[str, Any], scale: float, guarded: bool) -> dict[str, Any]:
    keys = ("low", "high", "worst_low", "worst_high")
    low, high, worst_low, worst_high = (place(found[key], scale) for key in keys)
    worst = bool(found["nonresponse"]) and not guarded
    return {
        "at": mark(found["point"], scale),
        "low": low,
        "width": round(high - low, 1),
        "worst": worst_low if worst else low,
        "worst_width": round(worst_high - worst_low, 1) if worst else 0,
        "worst_shown": worst,
    }


def _said(found: Mapping[str, Any], known: bool) -> list[str]:
    said = _of_what(found, known)
    n, hits, other = found["n"], found["violative"], found.get("n_shape", 0)
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
        said.append(_method(found, _units(found)))
    return said + _limited(found)


def _guarded(found: Mapping[str, Any], known: bool) -> list[str]:
    """Say as much as leaves a hidden rate hidden."""
    said = [
        *_of_what(found, known),
        f"{about(found['n'])} labels are used.".capitalize(),
    ]
    said.append(
        "A rate is hidden on this page; so counts of labels are rounded, and those of "
        "suspected violations and of listings without an answer are left out: from "
        "them it could be computed."
    )
    return [*said, *([_method(found, "")] if known else []), *_limited(found)]


def _of_what(found: Mapping[str, Any], known: bool) -> list[str]:
    target = cut(found["target"], _WORDS_CHARACTERS)
    if not known:
        return [f"No rate is offered for {target}."]
    return [
        "The share of violations of severity S2 or above that readers suspect in "
        f"{target}.",
        WEIGHTED,
    ]


def _method(found: Mapping[str, Any], units: str) -> str:
    return f"Method: {cut(found['method'], _WORDS_CHARACTERS)}{units}."


def _units(found: Mapping[str, Any]) -> str:
    """Return the effective units in words; a census has no end of them."""
    units = found["clusters"]
    if units is None or pd.isna(units):
        return ""
    if math.isinf(units):
        return "; every listing labeled"
    return f"; {number(units)} effective units"


def _limited(found: Mapping[str, Any]) -> list[str]:
    state = cut(found["state"], _WORDS_CHARACTERS)
    return [f"What limits it: {state}."] if state else []


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
