"""`iprseg estimate`: labels in, rates with intervals out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from iprseg.cli._console import (
    CohortsFolder,
    CohortsLevel,
    StorePath,
    print_sentences,
    quote_command,
    show_named_rows,
    show_steps,
)
from iprseg.cohorts.rates import ALL_LISTINGS, estimate_rates
from iprseg.errors import IprsegError
from iprseg.formats import (
    format_count,
    format_exact_percent,
    format_limits,
    format_percent,
    format_ratio,
    strip_control_characters,
)
from iprseg.report.assignments import assign_slices, read_assignments
from iprseg.report.results import prepare_folder
from iprseg.report.sheets import write_labels, write_rates
from iprseg.validation import check_interval, check_option

if TYPE_CHECKING:
    from iprseg.report.assignments import SavedAssignments

_OWNER = "iprseg estimate"


def estimate_command(
    store: StorePath,
    cohorts: CohortsFolder = None,
    level: CohortsLevel = None,
    design: Annotated[
        str | None,
        typer.Option(help="Only the waves up to this one.  [default: all waves]"),
    ] = None,
    annotator: Annotated[
        str | None,
        typer.Option(help="Only this person's labels.  [default: everybody's]"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for rates.csv and labels.parquet, in place of earlier ones.  "
            "[default: the folder of the store]"
        ),
    ] = None,
    confidence: Annotated[
        float, typer.Option(help="Confidence of the intervals.")
    ] = 0.95,
    target: Annotated[
        str,
        typer.Option(
            help="What the rate is of: frame (the very listings drawn from) or beyond "
            "(sellers like theirs, as of next month; wider)."
        ),
    ] = "frame",
    role: Annotated[
        str,
        typer.Option(
            help="Which labels count: measure, or all; all only where no label shaped "
            "the cohorts."
        ),
    ] = "measure",
) -> None:
    """Estimate from the labels what share of your listings is suspected to violate.

    Prints the rate of all listings, and of each cohort with --cohorts (else of each
    stratum drawn), with an interval and with what it would be if the listings left
    unanswered were all lawful, or all violations. A cohort is called risky only where
    chance does not explain it. Writes rates.csv and labels.parquet (one row for each
    listing drawn). Then run `iprseg segment` again with --labels STORE.
    """
    from labeling.labels import read_survey_labels, warn_other_frame_size
    from labeling.store.label_store import open_store

    _check_estimate_options(
        target, role, confidence, level if cohorts is None else None
    )
    assigned = None if cohorts is None else read_assignments(cohorts, level)
    out = store.parent if out is None else out
    with open_store(store) as held:
        labels, designs = read_survey_labels(held, design, annotator)
    if target == "beyond" and labels["seller_id"].isna().all():
        raise IprsegError(
            "--target beyond speaks of sellers, and the listings drawn have no "
            "seller_id: map the column that says who sells each listing and draw anew."
        )
    used = None if role == "all" else role
    settings = {"target": target, "role": used, "confidence": confidence}
    with prepare_folder(out), show_steps(2) as step:
        step("estimating rates")
        by = (
            _slice_by_stratum(labels)
            if assigned is None
            else assign_slices(labels, assigned, store)
        )
        if assigned is not None and assigned.listings is not None:
            warn_other_frame_size(designs, assigned.listings, store, "the cohorts")
        rates = estimate_rates(
            labels, designs, by, *_get_cohort_names_and_order(assigned), settings
        )
        step("writing")
        facts = {"confidence": confidence, "role": role}
        files = [write_rates(rates, out, facts), write_labels(labels, out)]
    _show_rates(rates, labels, used, confidence)
    typer.echo("Written: " + ", ".join(str(file) for file in files))
    if assigned is not None:
        again = ("--level", assigned.level, "--out", assigned.folder, "--labels", store)
        typer.echo("\nNext: " + quote_command("iprseg", "segment", "PATH", *again))


def _get_cohort_names_and_order(
    assigned: SavedAssignments | None,
) -> tuple[dict[int, str], list[int]]:
    return ({}, []) if assigned is None else (assigned.names, assigned.order)


def _check_estimate_options(
    target: str, role: str, confidence: float, level: str | None
) -> None:
    if level is not None:
        raise IprsegError(
            "--level says which cohorts of --cohorts to use: give --cohorts DIR too."
        )
    check_option("target", target, ("frame", "beyond"), _OWNER)
    check_option("role", role, ("measure", "all"), _OWNER)
    check_interval(
        "confidence", confidence, _OWNER, low=0, high=1, low_open=True, high_open=True
    )


def _slice_by_stratum(labels: pd.DataFrame) -> pd.Series | None:
    return labels["stratum"] if labels["stratum"].nunique() > 1 else None


_TOO_FEW_SELLERS = r"(?<=too few sellers: )[\d.]+ effective, (\d+) needed"
_LOW_N = "fewer than 30 labels"
_NONRESPONSE = ("skipped", "expired", "insufficient")
_VERDICT_MEANINGS = {
    "risky": "more violations than elsewhere, and chance does not explain it, though "
    "so many cohorts were looked at.",
    "below the rest": "fewer than elsewhere, told in the same way.",
    "not told apart": "the labels so far do not tell it from the rest.",
}


def _show_rates(
    table: pd.DataFrame, labels: pd.DataFrame, role: str | None, confidence: float
) -> None:
    """Print a table and what it means.

    Parameters
    ----------
    table : DataFrame
        From `estimate_rates`.
    labels : DataFrame
        The labels it was made from.
    role : str or None
        The role whose labels count; None for all.
    confidence : float
    """
    clauses = dict.fromkeys(
        one for state in table["state"] for one in _split_rate_state_into_notes(state)
    )
    notes = {clause: _convert_to_letter(place) for place, clause in enumerate(clauses)}
    silent = bool(table["nonresponse"].sum() + table["disagreement"].sum())
    disputed = bool(table["disagreement"].sum())
    columns = [
        (f"Rate [{format_exact_percent(confidence)}]", "right"),
        ("Found", "right"),
    ]
    columns += [("Disagree", "right")] if disputed else []
    columns += [("Worst case" if disputed else "Unanswered", "right")] if silent else []
    columns += [("Verdict", "left")] if "lift" in table else []
    columns += [("Note", "left")] if notes else []
    rows = []
    for slice_, row in table.iterrows():
        figures = [_format_rate(row), f"{row['violative']:,} of {row['labels']:,}"]
        figures += [f"{row['disagreement']:,}"] if disputed else []
        figures += [_format_worst_case(row)] if silent else []
        figures += [_format_verdict(row)] if "lift" in table else []
        figures += [_format_note_letters(row["state"], notes)] if notes else []
        number = str(slice_) if isinstance(slice_, int) else ""
        rows.append((number, row["name"], figures))
    print_sentences(
        _describe_overall_rate(
            table.loc[ALL_LISTINGS],
            confidence,
            _format_note_letters(table.loc[ALL_LISTINGS, "state"], notes),
        ),
        "",
    )
    show_named_rows(columns, rows)
    print_sentences(
        *(
            f"{letter}  {strip_control_characters(clause)}."
            for clause, letter in notes.items()
        )
    )
    print_sentences(*([""] if notes else []), *_explain_rate_table(table, labels, role))


def _split_rate_state_into_notes(state: str) -> list[str]:
    """Split a state into what can be said once for all rows that have it.

    Examples
    --------
    >>> _split_rate_state_into_notes("too few sellers: 2.6 effective, 5 needed; low n")
    ['too few sellers: fewer than 5 effective ones', 'fewer than 30 labels']
    """
    state = re.sub(_TOO_FEW_SELLERS, r"fewer than \1 effective ones", state)
    return [_LOW_N if one == "low n" else one for one in state.split("; ") if one]


def _format_note_letters(state: str, notes: dict[str, str]) -> str:
    return " ".join(
        sorted(notes[clause] for clause in _split_rate_state_into_notes(state))
    )


def _convert_to_letter(number: int) -> str:
    return chr(ord("a") + number) if number < 26 else f"z{number}"


def _format_rate(row: pd.Series) -> str:
    if row["method"] == "none":
        return "no rate"
    if pd.isna(row["rate"]):  # limits hold, and no point is told
        return format_limits(row["low"], row["high"])
    return f"{format_percent(row['rate'])} {format_limits(row['low'], row['high'])}"


def _format_worst_case(row: pd.Series) -> str:
    if not row["nonresponse"] + row["disagreement"] or row["method"] == "none":
        return "-"
    return format_limits(row["worst_low"], row["worst_high"])


def _format_verdict(row: pd.Series) -> str:
    verdict = row.get("verdict")
    if not isinstance(verdict, str):
        return ""
    clear = verdict in ("risky", "below the rest") and pd.notna(row["lift"])
    return f"{verdict}, {format_ratio(row['lift'])}" if clear else verdict


def _explain_rate_table(
    table: pd.DataFrame, labels: pd.DataFrame, role: str | None
) -> list[str]:
    told = []
    if table["labels"].any():
        told.append(
            "Rate and Found may differ: each label is weighted by how its listing was "
            "drawn, so that what was drawn more densely does not count for more."
        )
    if table["disagreement"].any():
        told.append(
            "Disagree: listings on which readers disagree. Rate leaves them out, and "
            "what is hard to judge is not what is common: until a lead decides them "
            "(`iprseg label STORE --annotator LEAD --lead`) the worst case is what the "
            "labels say."
        )
    if table["disagreement"].any() or table["nonresponse"].any():
        word = "Worst case" if table["disagreement"].any() else "Unanswered"
        told.append(
            f"{word}: the limits if all drawn listings without a clear answer were "
            "lawful (lower) or violations (upper)."
        )
    given = set(table.get("verdict", ()))
    told += [
        f"{word}: {meaning}"
        for word, meaning in _VERDICT_MEANINGS.items()
        if word in given
    ]
    told.append(_describe_labels(labels, role))
    if role == "measure" and not table.loc[ALL_LISTINGS, "labels"]:
        told.append(
            "No label so far measures: all are of sellers whose labels may shape "
            "cohorts. Label on."
        )
    told.append("A label is a suspicion from what was shown, not a proof.")
    return told


def _describe_overall_rate(whole: pd.Series, confidence: float, why: str) -> str:
    of = strip_control_characters(whole["target"])
    if pd.isna(whole["rate"]):
        return (
            f"There is no rate of {of} yet (see {why}). Label on, or draw "
            "more with `iprseg draw … --next-wave`."
        )
    return (
        "Suspected violations of severity S2 or above are "
        f"{format_percent(whole['rate'])} of {of}; with "
        f"{format_exact_percent(confidence)} confidence between "
        f"{format_percent(whole['low'])} and {format_percent(whole['high'])}."
        + _describe_disagreement(whole)
    )


def _describe_disagreement(whole: pd.Series) -> str:
    """Say what the disagreement of readers leaves open, where there is any."""
    if not whole["disagreement"]:
        return ""
    return (
        f" Readers disagree on {format_count(whole['disagreement'], 'listing')}, which "
        "this leaves out: with them it may be between "
        f"{format_percent(whole['worst_low'])} and "
        f"{format_percent(whole['worst_high'])}."
    )


def _describe_labels(labels: pd.DataFrame, role: str | None) -> str:
    labeled = labels["status"] == "labeled"
    measure = int((labeled & (labels["role"] == "measure")).sum())
    shape = int(labeled.sum()) - measure
    silent = int(labels["status"].isin(_NONRESPONSE).sum())
    open_ = int((labels["status"] == "unserved").sum())
    disputed = int((labels["status"] == "disagreement").sum())
    apart = f"{disputed:,} on which readers disagree, " if disputed else ""
    kept = (
        "both used here"
        if role is None
        else "not used here, so that what made a cohort does not measure it"
    )
    return (
        f"Of {format_count(len(labels), 'listing')} drawn: {measure:,} with a label that "
        f"measures, {shape:,} with one that may shape cohorts ({kept}), {apart}"
        f"{silent:,} skipped, undecided or gone, {open_:,} not reached yet."
    )
