"""Rates by cohort: estimated, in order, and as files that are safe to open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from iprseg._labels import NOISE
from iprseg.cli._cohorts import Assigned
from iprseg.cli._waves import UNKNOWN_SELLER
from iprseg.errors import IprsegError, TableError
from iprseg.wording import strip_control_characters

if TYPE_CHECKING:
    from iprseg.survey import SampleDesign

ALL, LOST = "all", "missing"
RENAMED = {"point": "rate", "n": "labels", "unserved": "not_reached"}


def slices_of(gold: pd.DataFrame, assigned: Assigned, store: Path) -> pd.Series:
    """Give the cohort of each listing drawn; cohorts without one are named too.

    Raises
    ------
    TableError
        Fewer than half of the listings drawn are known there: other tables.
    """
    cohorts, lost = assigned.of_listings(gold, f"the label store {str(store)!r}")
    if lost.sum() > len(gold) / 2:
        raise TableError(
            f"{int(lost.sum()):,} of the {len(gold):,} listings in {str(store)!r} have "
            f"no cohort in {str(assigned.folder)!r} (first: {lost.index[lost][0]!r}): "
            "give the --cohorts of the tables that the sample was drawn from."
        )
    by = cohorts.where(cohorts.notna(), UNKNOWN_SELLER).mask(lost, LOST)
    others = sorted(set(assigned.names) - set(cohorts.dropna()))
    # rows of no listing: they only name the slice
    named = pd.Series(others, index=[f"\0{one}" for one in others], dtype=object)
    return pd.concat([by, named]).rename("cohort")


def estimate_rates(
    gold: pd.DataFrame,
    designs: list[SampleDesign],
    by: pd.Series | None,
    assigned: Assigned | None,
    settings: dict[str, Any],
) -> pd.DataFrame:
    """Estimate rate and lift of every slice.

    Parameters
    ----------
    gold, designs
        From `gold_of`.
    by : Series by listing id, or None
        The slices; None for all listings together only.
    assigned : Assigned or None
        Names and order of slices that are cohorts.
    settings : dict
        target, role and confidence, as `estimate_prevalence` takes them.

    Returns
    -------
    DataFrame
        First row "all", then the slices, risky ones first; index: the slice. Columns of
        `estimate_prevalence` (`point` called `rate`), `name`, and of `estimate_lift`
        (limits called `lift_low` and `lift_high`).
    """
    from iprseg.survey import estimate_lift, estimate_prevalence

    rates = estimate_prevalence(gold, designs, by, **settings)
    names = {} if assigned is None else assigned.names
    order = [] if assigned is None else assigned.order
    table = rates.rename(columns=RENAMED)
    table.insert(0, "name", [_name(one, names) for one in table.index])
    table["not_reached"] = _not_reached(gold, by, settings["role"], table.index)
    if by is None:
        return table
    lifts = estimate_lift(gold, designs, by, **settings)
    lifts = lifts.rename(columns={"low": "lift_low", "high": "lift_high"})
    table = table.join(lifts)
    return table.loc[sorted(table.index, key=lambda one: _place(one, table, order))]


def _not_reached(
    gold: pd.DataFrame, by: pd.Series | None, role: str | None, index: pd.Index
) -> list[int]:
    """Count what waits for a label by slice, without what is kept for another role."""
    waiting = gold["status"] == "unserved"
    if role is not None:
        waiting &= gold["role"] == role
    counts = {ALL: int(waiting.sum())}
    if by is not None:
        counts |= waiting.groupby(by.reindex(gold.index)).sum().to_dict()
    return [int(counts.get(one, 0)) for one in index]


def _name(slice_: Any, names: dict[int, str]) -> str:
    words = {
        ALL: "all listings",
        LOST: "not in the cohorts any more",
        UNKNOWN_SELLER: "of unknown seller",
    }
    return names.get(slice_, words.get(slice_, f"stratum {slice_}"))


def _place(slice_: Any, table: pd.DataFrame, order: Sequence[Any]) -> tuple[Any, ...]:
    """Risky first, by how certain that is; then by the order before any label."""
    if slice_ == ALL:
        return (0,)
    row = table.loc[slice_]
    clear = {"risky": 0, "below the rest": 2}.get(row["verdict"], 1)
    before = order.index(slice_) if slice_ in order else len(order)
    certain = -row["lift_low"] if clear == 0 else 0.0
    last = slice_ in (NOISE, LOST, UNKNOWN_SELLER)
    return (1, last, clear, certain, before, str(slice_))


def write_rates(table: pd.DataFrame, out: Path, facts: dict[str, Any]) -> Path:
    """Write rates.csv: shares from 0 to 1, and an empty cell where there is none.

    Raises
    ------
    IprsegError
        The file cannot be written.
    """
    flat = table.rename_axis("cohort").reset_index().assign(**facts)
    if "lift" in flat:
        flat["lift_high"] = flat["lift_high"].where(flat["lift"].notna())
    for column in flat.columns:
        if pd.api.types.is_numeric_dtype(flat[column]):
            flat[column] = flat[column].replace([np.inf, -np.inf], np.nan)
        else:
            flat[column] = flat[column].astype(object).map(safe_cell)
    path = out / "rates.csv"
    try:
        flat.to_csv(path, index=False, float_format="%.6g")
    except OSError as error:
        raise _unwritten(path, error) from error
    return path


def write_gold(gold: pd.DataFrame, out: Path) -> Path:
    """Write gold.parquet: every listing drawn, with its label or why it has none.

    Raises
    ------
    IprsegError
        The file cannot be written.
    """
    path = out / "gold.parquet"
    try:
        gold.to_parquet(path)
    except OSError as error:
        raise _unwritten(path, error) from error
    return path


def safe_cell(value: Any) -> Any:
    """Keep a spreadsheet from taking text for a formula; finite numbers stay.

    Examples
    --------
    >>> safe_cell("=cmd|'/C calc'!A0"), safe_cell("-1"), safe_cell(-1), safe_cell("cup")
    ("'=cmd|'/C calc'!A0", '-1', -1, 'cup')
    """
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if not isinstance(value, str):
        return value
    text = strip_control_characters(value)
    if text[:1] not in tuple("=+-@") or _number(text):
        return text
    return "'" + text


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _unwritten(path: Path, error: OSError) -> IprsegError:
    return IprsegError(
        f"{str(path)!r} cannot be written ({error.strerror}): choose another folder "
        "with --out."
    )
