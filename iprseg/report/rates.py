"""What labels say, as the page shows it: of each cohort and of all listings."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from iprseg.charts.plots import build_slopes, place_mark, place_on_bar
from iprseg.formats import (
    format_number,
    format_rate,
    format_rate_range,
    format_ratio,
    format_ratio_range,
    format_rounded,
    parse_rate_text,
    parse_ratio_text,
    shorten_line,
)
from iprseg.report.disclosure import HiddenRates, reorder_hidden_rows

# verdict: its tone, and the order in which the column sorts
_VERDICT_TONES = {
    "risky": ("risky", 3),
    "not told apart": ("same", 2),
    "below the rest": ("below", 1),
}
_STATE_CHARACTERS = 300
_HIDDEN_TEXT = "hidden"
_COMPANION_NOTE = (
    "The rate is hidden: with it, that of a group of few sellers could be computed."
)


def build_level_rates(
    frame: pd.DataFrame, rows: list[dict[str, Any]], level: str, hidden: HiddenRates
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
    scale = _choose_rate_bar_scale(frame[~closed], overall, hidden)
    for row, hide, (_, values) in zip(rows, closed, frame.iterrows(), strict=True):
        row["rate"] = (
            _build_hidden_rate(row)
            if hide
            else _build_rate_of_row(values, scale, hidden)
        )
        row["first"], row["now"] = values["rank_before"], values["risk_rank"]
    if closed.any():
        reorder_hidden_rows(rows)
    for row in rows:
        row["rate"] |= _build_rank_move(row)
    silent = bool(len(closed)) and bool(closed.all())
    told = None if hidden.overall else (overall or {}).get("point")
    return {
        "overall": _build_overall_rate(overall, scale, hidden),
        "silent": silent,
        "scale": format_rate(scale),
        "middle": f"{round(25 * scale, 4):g} %",
        "tick": "" if silent else place_mark(told, scale),
        "slopes": build_slopes(rows),
        "verdicts": _count_verdicts(rows),
        "guarded": hidden.guarded,
        "closed": bool(closed.any()),
    }


def _choose_rate_bar_scale(
    shown: pd.DataFrame, overall: Mapping[str, Any] | None, hidden: HiddenRates
) -> float:
    """Return where the bars end: the largest upper limit, up to the next tenth."""
    known = shown.loc[shown["rate"].notna(), "rate_high"].tolist()
    if overall and not hidden.overall and not pd.isna(overall.get("point")):
        worst = 0 if hidden.guarded else overall.get("worst_high", 0)
        known.append(max(overall["high"], worst))
    # 0.30000000000000004 is three tenths
    return min(max(math.ceil(round(10 * max(known, default=1.0), 6)), 1) / 10, 1.0)


def _build_hidden_rate(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "known": False,
        "closed": True,
        "value": "",
        "text": _HIDDEN_TEXT,
        "lift": _HIDDEN_TEXT,
        "lift_range": "",
        "lift_value": "",
        "verdict": _HIDDEN_TEXT,
        "verdict_value": "",
        "tone": "silent",
        # why a cohort of few sellers hides its rate stands on its card already
        "said": [] if row["hidden"] else [_COMPANION_NOTE],
    }


def _build_rate_of_row(
    values: pd.Series, scale: float, hidden: HiddenRates
) -> dict[str, Any]:
    known = not pd.isna(values["rate"])
    lifted = known and not pd.isna(values["lift"]) and not hidden.overall
    verdict = str(values["verdict"])
    tone, order = _VERDICT_TONES.get(verdict, ("silent", ""))
    found: dict[str, Any] = {
        "known": known,
        "closed": False,
        "value": parse_rate_text(values["rate"]) if known else "",
        "text": format_rate(values["rate"]) if known else _name_missing_rate(values),
        "lift": format_ratio(values["lift"])
        if lifted
        else (_HIDDEN_TEXT if hidden.overall else "no lift"),
        "lift_range": format_ratio_range(values["lift_low"], values["lift_high"])
        if lifted
        else "",
        "lift_value": parse_ratio_text(values["lift"]) if lifted else "",
        "verdict": _format_verdict(verdict, known),
        "verdict_value": order,
        "tone": tone,
    }
    if known:
        low, high = (
            place_on_bar(values[key], scale) for key in ("rate_low", "rate_high")
        )
        found |= {
            "range": format_rate_range(values["rate_low"], values["rate_high"]),
            "at": place_mark(values["rate"], scale),
            "low": low,
            "width": round(high - low, 1),
        }
    return found | {"said": _write_rate_sentences(found, values, hidden.guarded)}


def _name_missing_rate(values: pd.Series) -> str:
    return "no rate" if values["rate_n"] > 0 else "no labels"


def _format_verdict(verdict: str, known: bool) -> str:
    if verdict in _VERDICT_TONES:
        return verdict
    return "not compared" if known else "no rate"


def _write_rate_sentences(
    found: dict[str, Any], values: pd.Series, guarded: bool
) -> list[str]:
    """Return the sentences of a card."""
    n, hits = values["rate_n"], values["rate_violative"]
    said = []
    if found["known"]:
        said.append(f"{found['text']} suspected, limits {found['range']}.")
    elif n > 0:
        said.append("No rate can be offered.")
    if n > 0 and guarded:
        said.append(f"{format_rounded(n)} labels.".capitalize())
    elif n > 0:
        one = "1 label, " if n == 1 else f"{format_number(n)} labels, "
        said.append(one + _describe_hits(hits) + ".")
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
        said += _describe_unanswered(
            values["rate_nonresponse"],
            values["rate_disagreement"],
            values["rate_worst_low"],
            values["rate_worst_high"],
            values["rate_unserved"],
        )
    state = shorten_line(values["rate_state"], _STATE_CHARACTERS)
    if state and state != "no labels":
        said.append(f"What limits it: {state}.")
    return said


def _build_rank_move(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the place without labels and how far it moved."""
    before, now = row["first"], row["now"]
    if row["noise"] or pd.isna(before) or pd.isna(now):
        return {"before": "", "before_value": "", "move": "", "moved": "", "way": ""}
    steps = int(before) - int(now)
    way = "up" if steps > 0 else "down" if steps < 0 else "same"
    places = "place" if abs(steps) == 1 else "places"
    return {
        "before": format_number(before),
        "before_value": int(before),
        "now_value": int(now),
        "move": {"up": "↑", "down": "↓", "same": "="}[way] + (str(abs(steps) or "")),
        "moved": f"{way} {abs(steps)} {places}" if steps else "unmoved",
        "way": way,
    }


def _count_verdicts(rows: list[dict[str, Any]]) -> str:
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
    where = " whose rate is shown" if len(shown) < _count_cohorts(rows) else ""
    return f"By the labels, of {len(shown)} {kind}{where}: {words}."


def _count_cohorts(rows: list[dict[str, Any]]) -> int:
    return sum(not row["noise"] for row in rows)


_WORDS_CHARACTERS = 300
_WEIGHTING_NOTE = (
    "Rates weight each label by how it was drawn, so that suspected violations over "
    "labels is not the rate."
)
_HIDDEN_RATE_NOTE = (
    "The rate of all is hidden, and with it how many times as high each other rate is: "
    "from them, the rate of a cohort of few sellers could be computed."
)
_ALL_ONE_WAY = "all of them lawful, or all violations"


def _build_overall_rate(
    found: Mapping[str, Any] | None,
    scale: float,
    hidden: HiddenRates,
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
            "said": [_HIDDEN_RATE_NOTE],
        }
    known = not pd.isna(found["point"])
    confidence = found.get("confidence")
    # 0.999 is not all
    limits = f"{round(100 * confidence, 4):g} % limits" if confidence else "limits"
    figures = [
        ("no rate" if not known else format_rate(found["point"]), "suspected rate")
    ]
    if known:
        figures.append((format_rate_range(found["low"], found["high"]), limits))
    n = format_rounded(found["n"]) if guarded else format_number(found["n"])
    figures.append((n, "label" if found["n"] == 1 and not guarded else "labels"))
    return {
        "figures": figures,
        "bar": _build_rate_bar(found, scale, guarded) if known else None,
        "said": _write_guarded_sentences(found, known)
        if guarded
        else _write_overall_sentences(found, known),
    }


def _build_rate_bar(
    found: Mapping[str, Any], scale: float, guarded: bool
) -> dict[str, Any]:
    keys = ("low", "high", "worst_low", "worst_high")
    low, high, worst_low, worst_high = (place_on_bar(found[key], scale) for key in keys)
    worst = bool(found["nonresponse"] + found["disagreement"]) and not guarded
    return {
        "at": place_mark(found["point"], scale),
        "low": low,
        "width": round(high - low, 1),
        "worst": worst_low if worst else low,
        "worst_width": round(worst_high - worst_low, 1) if worst else 0,
        "worst_shown": worst,
    }


def _write_overall_sentences(found: Mapping[str, Any], known: bool) -> list[str]:
    said = _name_target(found, known)
    n, hits, other = found["n"], found["violative"], found.get("n_shape", 0)
    used = f"{format_number(n)} labels are used" if n != 1 else "1 label is used"
    said.append(
        f"{used}, {_describe_hits(hits)}." if n else "There are no labels to use."
    )
    if other:
        kept = "other is" if other == 1 else "others are"
        were = "was" if other == 1 else "were"
        said.append(
            f"{format_number(other)} {kept} kept for shaping and {were} not used: what helps "
            "to form a cohort cannot measure it."
        )
    said += _describe_unanswered(
        found["nonresponse"],
        found["disagreement"],
        found["worst_low"],
        found["worst_high"],
        found["unserved"],
    )
    if known:
        said.append(_name_method(found, _describe_units(found)))
    return said + _describe_limits(found)


def _write_guarded_sentences(found: Mapping[str, Any], known: bool) -> list[str]:
    """Say as much as leaves a hidden rate hidden."""
    said = [
        *_name_target(found, known),
        f"{format_rounded(found['n'])} labels are used.".capitalize(),
    ]
    said.append(
        "A rate is hidden on this page; so counts of labels are rounded, and those of "
        "suspected violations and of listings without an answer are left out: from "
        "them it could be computed."
    )
    return [
        *said,
        *([_name_method(found, "")] if known else []),
        *_describe_limits(found),
    ]


def _name_target(found: Mapping[str, Any], known: bool) -> list[str]:
    target = shorten_line(found["target"], _WORDS_CHARACTERS)
    if not known:
        return [f"No rate is offered for {target}."]
    return [
        "The share of violations of severity S2 or above that readers suspect in "
        f"{target}.",
        _WEIGHTING_NOTE,
    ]


def _name_method(found: Mapping[str, Any], units: str) -> str:
    return f"Method: {shorten_line(found['method'], _WORDS_CHARACTERS)}{units}."


def _describe_units(found: Mapping[str, Any]) -> str:
    """Return the effective units in words; a census has no end of them."""
    units = found["clusters"]
    if units is None or pd.isna(units):
        return ""
    if math.isinf(units):
        return "; every listing labeled"
    return f"; {format_number(units)} effective units"


def _describe_limits(found: Mapping[str, Any]) -> list[str]:
    state = shorten_line(found["state"], _WORDS_CHARACTERS)
    return [f"What limits it: {state}."] if state else []


def _describe_hits(hits: Any) -> str:
    """Return how many of some labels suspect a violation.

    Examples
    --------
    >>> _describe_hits(0), _describe_hits(2)
    ('none of them a suspected violation', '2 of them suspected violations')
    """
    shown = format_number(hits) if hits else "none"
    return f"{shown} of them " + (
        "suspected violations" if hits > 1 else "a suspected violation"
    )


def _describe_unanswered(
    silent: Any, disputed: Any, low: Any, high: Any, unserved: Any
) -> list[str]:
    """Return sentences about listings drawn that have no answer, or two.

    Examples
    --------
    >>> _describe_unanswered(3, 0, 0.05, 0.2, 0)
    ['3 drawn listings have no answer; were all of them lawful, or all violations, \
the limits would stay within 5.0 to 20 %.']
    >>> _describe_unanswered(0, 1, 0.05, 0.2, 0)
    ['Readers disagree on 1 drawn listing, left out of the rate until a lead decides; \
were it lawful or a violation, the limits would stay within 5.0 to 20 %.']
    >>> _describe_unanswered(0, 0, 0.05, 0.2, 1)
    ['1 drawn listing was not reached yet.']
    """
    said, open_ = [], []
    if silent:
        have = "listing has" if silent == 1 else "listings have"
        open_.append(f"{format_number(silent)} drawn {have} no answer")
    if disputed:
        of = "listing" if disputed == 1 else "listings"
        open_.append(
            f"readers disagree on {format_number(disputed)} drawn {of}, left out of the "
            "rate until a lead decides"
        )
    if open_:
        them = "it lawful or a violation" if silent + disputed == 1 else _ALL_ONE_WAY
        told = ", and ".join(open_)
        said.append(
            f"{told[0].upper()}{told[1:]}; were {them}, the limits would stay within "
            f"{format_rate_range(low, high)}."
        )
    if unserved:
        was = "listing was" if unserved == 1 else "listings were"
        said.append(f"{format_number(unserved)} drawn {was} not reached yet.")
    return said
