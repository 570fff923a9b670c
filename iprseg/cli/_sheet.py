"""Write the cohorts as a table for a spreadsheet: plain words, one row each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from iprseg.cli._rates import safe_cell
from iprseg.cohorts import CohortResult
from iprseg.cohorts.apart import apart_words

# as they are in the profile, in this order; those it lacks are left out
_BEFORE = (
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
_AFTER = (
    "category",
    "price_median",
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


def write_sheet(results: Sequence[CohortResult], path: Path) -> None:
    """Write one row per cohort of all levels; text is safe to open in a spreadsheet."""
    _write(pd.concat([_sheet(one) for one in results], ignore_index=True), path)


def write_suspects(results: Sequence[CohortResult], path: Path, titles: Any) -> None:
    """Write who stands out, one row each, first to look at first.

    Parameters
    ----------
    results : sequence of CohortResult
    path : pathlib.Path
    titles : Series of str by listing id
    """
    parts = []
    for result in results:
        found = result.suspects
        if found is None:
            continue
        ids = found.index.astype(str)
        told = {"level": result.level, "order": range(1, len(found) + 1), "id": ids}
        table = pd.DataFrame(told).join(found.reset_index(drop=True))
        table["signals"] = table["signals"].map("; ".join)
        if result.level == "listing":
            table["title"] = titles.reindex(found.index).to_numpy()
        parts.append(table)
    _write(pd.concat(parts, ignore_index=True), path)


def _write(table: pd.DataFrame, path: Path) -> None:
    for column in table.columns[~table.dtypes.map(pd.api.types.is_numeric_dtype)]:
        table[column] = table[column].astype(object).map(safe_cell)
    # with its mark a spreadsheet reads UTF-8 as what it is
    table.to_csv(path, index=False, float_format="%.6g", encoding="utf-8-sig")


def _sheet(result: CohortResult) -> pd.DataFrame:
    cohorts = result.cohorts
    made = pd.DataFrame({"level": result.level, "cohort": cohorts.index})
    given = cohorts.reset_index(drop=True)
    before = [name for name in _BEFORE if name in given]
    after = [name for name in _AFTER if name in given]
    judged = given.get("stability")
    told: dict[str, Any] = {
        "stability": "not measured" if judged is None else judged,
        "stability_jaccard": given.get("stability_jaccard"),
        "set_apart_by": given["block_parts"].map(apart_words)
        if "block_parts" in given
        else "",
        "signals": given["signals"].map(_signals),
        "not_known": given.get("gaps", ""),
        "terms": given["terms"].map("; ".join),
        "typical": given["examples"].map(_ids),
        "borderline": given["borderline"].map(_ids),
    }
    # a query on one line is a query still, and a cell of one line can be read
    lines = {"rule_sql": given["rule_sql"].str.split().str.join(" ")}
    return made.join(given[before]).assign(**told).join(given.assign(**lines)[after])


def _signals(signals: Sequence[dict[str, Any]]) -> str:
    return "; ".join(
        f"{one['words']}: {one['share']:.0%} here, {one['rest_share']:.0%} elsewhere"
        for one in signals
    )


def _ids(ids: Sequence[Any]) -> str:
    return "; ".join(map(str, ids))
