"""Tables for a spreadsheet: plain words, one row each, safe to open."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from iprseg.cohorts.lift import describe_main_blocks
from iprseg.errors import IprsegError
from iprseg.formats import strip_control_characters

if TYPE_CHECKING:
    from iprseg.pipeline import CohortResult

# what begins a formula; some spreadsheets fold the wide ones to these
_FORMULA_SIGNS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
# as they are in the profile, in this order; those it lacks are left out
_FIRST_COLUMNS = (
    "risk_rank",
    "name",
    "size",
    "share",
    "sellers",
    "gmv_usd",
    "suspicion",
    "protective",
    "protective_rest",
)
_LAST_COLUMNS = (
    "category",
    "price_median",
    "price_currency",
    "rule",
    "rule_precision",
    "rule_recall",
    "rule_measured_on",
    "rule_sql",
    "rate",
    "rate_low",
    "rate_high",
    "rate_n",
    "rate_state",
    "lift",
    "verdict",
    "rank_before",
)


def write_cohort_sheet(results: Sequence[CohortResult], path: Path) -> None:
    """Write one row per cohort of all levels; text is safe to open in a spreadsheet."""
    write_csv(
        pd.concat([_build_sheet(one) for one in results], ignore_index=True), path
    )


def write_outlier_sheet(
    results: Sequence[CohortResult], path: Path, titles: Any
) -> None:
    """Write who stands out, one row each, first to look at first.

    Parameters
    ----------
    results : sequence of CohortResult
    path : pathlib.Path
    titles : Series of str by listing id
    """
    parts = []
    for result in results:
        found = result.outliers
        if found is None:
            continue
        ids = found.index.astype(str)
        told = {"level": result.level, "order": range(1, len(found) + 1), "id": ids}
        table = pd.DataFrame(told).join(found.reset_index(drop=True))
        table["signals"] = table["signals"].map("; ".join)
        if result.level == "listing":
            table["title"] = titles.reindex(found.index).to_numpy()
        parts.append(table)
    write_csv(pd.concat(parts, ignore_index=True), path)


def write_csv(table: pd.DataFrame, path: Path, *, digits: int = 6) -> None:
    """Write a table so that any spreadsheet opens it as text and numbers.

    Every cell is quoted: where the separator is ``;``, a title that holds one would
    else begin a new cell behind it, and with it a formula.

    Parameters
    ----------
    table : DataFrame
        Without its index; infinite numbers become empty cells.
    path : pathlib.Path
        UTF-8 with its mark, by which a spreadsheet knows it.
    digits : int, default 6
        Significant ones of a number.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    safe = table.copy()
    for column in safe.columns:
        if pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].replace([np.inf, -np.inf], np.nan)
        else:
            safe[column] = safe[column].astype(object).map(escape_cell)
    safe.to_csv(
        path,
        index=False,
        float_format=f"%.{digits}g",
        encoding="utf-8-sig",
        quoting=csv.QUOTE_ALL,
    )


def _build_sheet(result: CohortResult) -> pd.DataFrame:
    cohorts = result.cohorts
    made = pd.DataFrame({"level": result.level, "cohort": cohorts.index})
    given = cohorts.reset_index(drop=True)
    before = [name for name in _FIRST_COLUMNS if name in given]
    after = [name for name in _LAST_COLUMNS if name in given]
    judged = given.get("stability")
    told: dict[str, Any] = {
        "stability": "not measured" if judged is None else judged,
        "stability_jaccard": given.get("stability_jaccard"),
        "set_apart_by": given["block_parts"].map(describe_main_blocks)
        if "block_parts" in given
        else "",
        "signals": given["signals"].map(_join_signals),
        "not_known": given.get("gaps", ""),
        "terms": given["terms"].map("; ".join),
        "typical": given["examples"].map(_join_ids),
        "borderline": given["borderline"].map(_join_ids),
    }
    # a query on one line is a query still, and a cell of one line can be read
    lines = {"rule_sql": given["rule_sql"].str.split().str.join(" ")}
    return made.join(given[before]).assign(**told).join(given.assign(**lines)[after])


def _join_signals(signals: Sequence[dict[str, Any]]) -> str:
    return "; ".join(
        f"{one['words']}: {one['share']:.0%} here, {one['rest_share']:.0%} elsewhere"
        for one in signals
    )


def _join_ids(ids: Sequence[Any]) -> str:
    return "; ".join(map(str, ids))


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
    path = out / "rates.csv"
    try:
        write_csv(flat, path)
    except OSError as error:
        raise _build_write_error(path, error) from error
    return path


def write_labels(labels: pd.DataFrame, out: Path) -> Path:
    """Write labels.parquet: every listing drawn, with its label or why it has none.

    Raises
    ------
    IprsegError
        The file cannot be written.
    """
    path = out / "labels.parquet"
    try:
        labels.to_parquet(path)
    except OSError as error:
        raise _build_write_error(path, error) from error
    return path


def escape_cell(value: Any) -> Any:
    """Keep a spreadsheet from taking text for a formula; finite numbers stay.

    Examples
    --------
    >>> escape_cell("=cmd|'/C calc'!A0"), escape_cell("-1"), escape_cell(-1), escape_cell("cup")
    ("'=cmd|'/C calc'!A0", '-1', -1, 'cup')
    """
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if not isinstance(value, str):
        return value
    text = strip_control_characters(value)
    if text[:1] not in _FORMULA_SIGNS or _is_number(text):
        return text
    return "'" + text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _build_write_error(path: Path, error: OSError) -> IprsegError:
    return IprsegError(
        f"{str(path)!r} cannot be written ({error.strerror}): choose another folder "
        "with --out."
    )
