"""What labels say of each cohort: rate, lift, verdict and how its place moved."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from iprseg.report._bar import mark, place
from iprseg.report._format import (
    about,
    cut,
    number,
    rate,
    rate_range,
    ratio,
    ratio_range,
    told,
    told_ratio,
)
from iprseg.report._hidden import Hidden, leave_order
from iprseg.report._overall import overall_context, suspected, unanswered
from iprseg.report._slopes import slopes_context

# verdict: its tone, and the order in which the column sorts
_TONES = {
    "risky": ("risky", 3),
    "not told apart": ("same", 2),
    "below the rest": ("below", 1),
}
_STATE_CHARACTERS = 300
HIDDEN = "hidden"
_COMPLEMENT = (
    "The rate is hidden: with it, that of a group of few sellers could be computed."
)


def level_rates(
    frame: pd.DataFrame, rows: list[dict], level: str, hidden: Hidden
) -> dict[str, Any] | None:
    """Return what labels say of one level and set ``rate`` in each of its rows.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `rate_cohorts`; one without a column ``rate`` gives None.
    rows : list of dict
        From `level_context`, in the order of `frame`; put into the order of the page.
    level : str
        Such as ``"listing"``.
    hidden : Hidden
        From `hidden_rates`: what no row and no figure may tell.
    """
    if "rate" not in frame:
        return None
    closed = hidden.rows[level]
    overall = frame.attrs.get("rate")
    scale = _scale(frame[~closed], overall, hidden)
    for row, hide, (_, values) in zip(rows, closed, frame.iterrows(), strict=True):
        row["rate"] = _hidden(row) if hide else _row_rate(values, scale, hidden)
        row["first"], row["now"] = values["rank_before"], values["risk_rank"]
    if closed.any():
        leave_order(rows)
    for row in rows:
        row["rate"] |= _place(row)
    silent = bool(len(closed)) and bool(closed.all())
    told = None if hidden.overall else (overall or {}).get("point")
    return {
        "overall": overall_context(overall, scale, hidden),
        "silent": silent,
        "scale": rate(scale),
        "middle": f"{round(25 * scale, 4):g} %",
        "tick": "" if silent else mark(told, scale),
        "slopes": slopes_context(rows),
        "verdicts": _verdicts(rows),
        "guarded": hidden.guarded,
        "closed": bool(closed.any()),
    }


def _scale(
    shown: pd.DataFrame, overall: Mapping[str, Any] | None, hidden: Hidden
) -> float:
    """Return where the bars end: the largest upper limit, up to the next tenth."""
    known = shown.loc[shown["rate"].notna(), "rate_high"].tolist()
    if overall and not hidden.overall and not pd.isna(overall.get("point")):
        worst = 0 if hidden.guarded else overall.get("worst_high", 0)
        known.append(max(overall["high"], worst))
    # 0.30000000000000004 is three tenths
    return min(max(math.ceil(round(10 * max(known, default=1.0), 6)), 1) / 10, 1.0)


def _hidden(row: dict) -> dict[str, Any]:
    return {
        "known": False,
        "closed": True,
        "value": "",
        "text": HIDDEN,
        "lift": HIDDEN,
        "lift_range": "",
        "lift_value": "",
        "verdict": HIDDEN,
        "verdict_value": "",
        "tone": "silent",
        # why a cohort of few sellers hides its rate stands on its card already
        "said": [] if row["hidden"] else [_COMPLEMENT],
    }


def _row_rate(values: pd.Series, scale: float, hidden: Hidden) -> dict[str, Any]:
    known = not pd.isna(values["rate"])
    lifted = known and not pd.isna(values["lift"]) and not hidden.overall
    verdict = str(values["verdict"])
    tone, order = _TONES.get(verdict, ("silent", ""))
    found: dict[str, Any] = {
        "known": known,
        "closed": False,
        "value": told(values["rate"]) if known else "",
        "text": rate(values["rate"]) if known else _no_rate(values),
        "lift": ratio(values["lift"])
        if lifted
        else (HIDDEN if hidden.overall else "no lift"),
        "lift_range": ratio_range(values["lift_low"], values["lift_high"])
        if lifted
        else "",
        "lift_value": told_ratio(values["lift"]) if lifted else "",
        "verdict": _verdict(verdict, known),
        "verdict_value": order,
        "tone": tone,
    }
    if known:
        low, high = (place(values[key], scale) for key in ("rate_low", "rate_high"))
        found |= {
            "range": rate_range(values["rate_low"], values["rate_high"]),
            "at": mark(values["rate"], scale),
            "low": low,
            "width": round(high - low, 1),
        }
    return found | {"said": _said(found, values, hidden.guarded)}


def _no_rate(values: pd.Series) -> str:
    return "no rate" if values["rate_n"] > 0 else "no labels"


def _verdict(verdict: str, known: bool) -> str:
    if verdict in _TONES:
        return verdict
    return "not compared" if known else "no rate"


def _said(found: dict[str, Any], values: pd.Series, guarded: bool) -> list[str]:
    """Return the sentences of a card."""
    n, hits = values["rate_n"], values["rate_violative"]
    said = []
    if found["known"]:
        said.append(f"{found['text']} suspected, limits {found['range']}.")
    elif n > 0:
        said.append("No rate can be offered.")
    if n > 0 and guarded:
        said.append(f"{about(n)} labels.".capitalize())
    elif n > 0:
        one = "1 label, " if n == 1 else f"{number(n)} labels, "
        said.append(one + suspected(hits) + ".")
    else:
        said.append("No labels.")
    if found["lift_range"]:
        said.append(
            f"{found['lift']} of the rate of all listings "
            f"({found['lift_range']}): {found['verdict']}."
        )
    elif found["known"] and found["tone"] != "silent":
        said.append(f"By the labels: {found['verdict']}.")
    if not guarded:
        said += unanswered(
            values["rate_nonresponse"],
            values["rate_worst_low"],
            values["rate_worst_high"],
            values["rate_unserved"],
        )
    state = cut(values["rate_state"], _STATE_CHARACTERS)
    if state and state != "no labels":
        said.append(f"What limits it: {state}.")
    return said


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the place without labels and how far it moved."""
    before, now = row["first"], row["now"]
    if row["noise"] or pd.isna(before) or pd.isna(now):
        return {"before": "", "before_value": "", "move": "", "moved": "", "way": ""}
    steps = int(before) - int(now)
    way = "up" if steps > 0 else "down" if steps < 0 else "same"
    places = "place" if abs(steps) == 1 else "places"
    return {
        "before": number(before),
        "before_value": int(before),
        "now_value": int(now),
        "move": {"up": "↑", "down": "↓", "same": "="}[way] + (str(abs(steps) or "")),
        "moved": f"{way} {abs(steps)} {places}" if steps else "unmoved",
        "way": way,
    }


def _verdicts(rows: list[dict]) -> str:
    """Count verdicts in words, of the cohorts that show theirs."""
    shown = [
        row["rate"]["verdict"]
        for row in rows
        if not (row["noise"] or row["rate"]["closed"])
    ]
    if not shown:
        return ""
    counts = [
        (shown.count("risky"), "risky"),
        (shown.count("below the rest"), "below the rest"),
        (shown.count("not told apart"), "not told apart from the rest"),
        (shown.count("not compared"), "not compared"),
        (shown.count("no rate"), "without a rate"),
    ]
    words = ", ".join(f"{count} {what}" for count, what in counts if count)
    kind = "cohort" if len(shown) == 1 else "cohorts"
    where = " whose rate is shown" if len(shown) < _cohorts(rows) else ""
    return f"By the labels, of {len(shown)} {kind}{where}: {words}."


def _cohorts(rows: list[dict]) -> int:
    return sum(not row["noise"] for row in rows)
