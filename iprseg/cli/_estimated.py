"""Tell the rates so that somebody who never saw an interval can use them."""

from __future__ import annotations

import re

import pandas as pd

from iprseg.cli._rates import ALL
from iprseg.cli._show import say, show_figures
from iprseg.wording import (
    format_confidence,
    format_count,
    format_limits,
    format_share,
    strip_control_characters,
)

FEW = r"(?<=too few sellers: )[\d.]+ effective, (\d+) needed"
LOW_N = "fewer than 30 labels"
NONRESPONSE = ("skipped", "expired", "insufficient")
VERDICTS = {
    "risky": "more violations than elsewhere, and chance does not explain it, though "
    "so many cohorts were looked at.",
    "below the rest": "fewer than elsewhere, told in the same way.",
    "not told apart": "the labels so far do not tell it from the rest.",
}


def show_rates(
    table: pd.DataFrame, gold: pd.DataFrame, role: str | None, confidence: float
) -> None:
    """Print a table and what it means.

    Parameters
    ----------
    table : DataFrame
        From `estimate_rates`.
    gold : DataFrame
        The labels it was made from.
    role : str or None
        The role whose labels count; None for all.
    confidence : float
    """
    clauses = dict.fromkeys(one for state in table["state"] for one in _clauses(state))
    notes = {clause: _letter(place) for place, clause in enumerate(clauses)}
    silent = bool(table["nonresponse"].sum())
    columns = [(f"Rate [{format_confidence(confidence)}]", "right"), ("Found", "right")]
    columns += [("Unanswered", "right")] if silent else []
    columns += [("Verdict", "left")] if "lift" in table else []
    columns += [("Note", "left")] if notes else []
    rows = []
    for slice_, row in table.iterrows():
        figures = [_rate(row), f"{row['violative']:,} of {row['labels']:,}"]
        figures += [_bounds(row)] if silent else []
        figures += [_verdict(row)] if "lift" in table else []
        figures += [_letters(row["state"], notes)] if notes else []
        number = str(slice_) if isinstance(slice_, int) else ""
        rows.append((number, row["name"], figures))
    say(_what(table.loc[ALL], confidence, _letters(table.loc[ALL, "state"], notes)), "")
    show_figures(columns, rows)
    say(
        *(
            f"{letter}  {strip_control_characters(clause)}."
            for clause, letter in notes.items()
        )
    )
    say(*([""] if notes else []), *_sentences(table, gold, role))


def _clauses(state: str) -> list[str]:
    """Split a state into what can be said once for all rows that have it.

    Examples
    --------
    >>> _clauses("too few sellers: 2.6 effective, 5 needed; low n")
    ['too few sellers: fewer than 5 effective ones', 'fewer than 30 labels']
    """
    state = re.sub(FEW, r"fewer than \1 effective ones", state)
    return [LOW_N if one == "low n" else one for one in state.split("; ") if one]


def _letters(state: str, notes: dict[str, str]) -> str:
    return " ".join(sorted(notes[clause] for clause in _clauses(state)))


def _letter(number: int) -> str:
    return chr(ord("a") + number) if number < 26 else f"z{number}"


def _rate(row: pd.Series) -> str:
    if row["method"] == "none":
        return "no rate"
    if pd.isna(row["rate"]):  # limits hold, and no point is told
        return format_limits(row["low"], row["high"])
    return f"{format_share(row['rate'])} {format_limits(row['low'], row['high'])}"


def _bounds(row: pd.Series) -> str:
    if not row["nonresponse"] or row["method"] == "none":
        return "-"
    return format_limits(row["worst_low"], row["worst_high"])


def _verdict(row: pd.Series) -> str:
    verdict = row.get("verdict")
    if not isinstance(verdict, str):
        return ""
    clear = verdict in ("risky", "below the rest") and pd.notna(row["lift"])
    return f"{verdict}, ×{row['lift']:.2g}" if clear else verdict


def _sentences(table: pd.DataFrame, gold: pd.DataFrame, role: str | None) -> list[str]:
    told = []
    if table["labels"].any():
        told.append(
            "Rate and Found may differ: each label is weighted by how its listing was "
            "drawn, so that what was drawn more densely does not count for more."
        )
    if table["nonresponse"].any():
        told.append(
            "Unanswered: the limits if all drawn listings without a clear answer were "
            "lawful (lower) or violations (upper)."
        )
    given = set(table.get("verdict", ()))
    told += [
        f"{word}: {meaning}" for word, meaning in VERDICTS.items() if word in given
    ]
    told.append(_labels(gold, role))
    if role == "measure" and not table.loc[ALL, "labels"]:
        told.append(
            "No label so far measures: all are of sellers whose labels may shape "
            "cohorts. Label on."
        )
    told.append("A label is a suspicion from what was shown, not a proof.")
    return told


def _what(whole: pd.Series, confidence: float, why: str) -> str:
    of = strip_control_characters(whole["target"])
    if pd.isna(whole["rate"]):
        return (
            f"There is no rate of {of} yet (see {why}). Label on, or draw "
            "more with `iprseg draw … --next-wave`."
        )
    return (
        "Suspected violations of severity S2 or above are "
        f"{format_share(whole['rate'])} of {of}; with "
        f"{format_confidence(confidence)} confidence between "
        f"{format_share(whole['low'])} and {format_share(whole['high'])}."
    )


def _labels(gold: pd.DataFrame, role: str | None) -> str:
    labeled = gold["status"] == "labeled"
    measure = int((labeled & (gold["role"] == "measure")).sum())
    shape = int(labeled.sum()) - measure
    silent = int(gold["status"].isin(NONRESPONSE).sum())
    open_ = int((gold["status"] == "unserved").sum())
    kept = (
        "both used here"
        if role is None
        else "not used here, so that what made a cohort does not measure it"
    )
    return (
        f"Of {format_count(len(gold), 'listing')} drawn: {measure:,} with a label that "
        f"measures, {shape:,} with one that may shape cohorts ({kept}), {silent:,} "
        f"skipped, undecided or gone, {open_:,} not reached yet."
    )
