"""Tables for a spreadsheet, as CSV and as a workbook: plain words, safe to open."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from iprseg.cohorts.lift import describe_main_blocks
from iprseg.errors import IprsegError
from iprseg.formats import format_percent, strip_control_characters
from iprseg.validation import NOISE

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
_TOLD_COLUMNS = (
    "stability",
    "stability_jaccard",
    "set_apart_by",
    "signals",
    "not_known",
    "terms",
    "typical",
    "borderline",
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


def build_cohort_sheet(results: Sequence[CohortResult]) -> pd.DataFrame:
    """Return one row per cohort of all levels, in the same columns whatever they are."""
    sheet = pd.concat([_build_cohort_rows(one) for one in results], ignore_index=True)
    # a level may lack a column, and then it stands where the other level has it
    order = ["level", "cohort", *_FIRST_COLUMNS, *_TOLD_COLUMNS, *_LAST_COLUMNS]
    return sheet[[name for name in order if name in sheet]]


def build_outlier_sheet(
    results: Sequence[CohortResult], titles: pd.Series | None = None
) -> pd.DataFrame:
    """Return who stands out, one row each, first to look at first.

    Parameters
    ----------
    results : sequence of CohortResult
    titles : Series of str by listing id, optional
    """
    parts = [
        _build_outlier_rows(one.outliers, one.level, titles)
        for one in results
        if one.outliers is not None
    ]
    return pd.concat(parts, ignore_index=True)


def _build_outlier_rows(
    found: pd.DataFrame, level: str, titles: pd.Series | None
) -> pd.DataFrame:
    ids = found.index.astype(str)
    told = {"level": level, "order": range(1, len(found) + 1), "id": ids}
    table = pd.DataFrame(told).join(found.reset_index(drop=True))
    table["signals"] = table["signals"].map("; ".join)
    if level == "listing" and titles is not None:
        table["title"] = titles.reindex(found.index).to_numpy()
    return table


def build_member_sheet(
    results: Sequence[CohortResult], titles: pd.Series | None = None
) -> pd.DataFrame:
    """Return one row per listing, seller or creator: its cohort, and what speaks against it.

    Parameters
    ----------
    results : sequence of CohortResult
    titles : Series of str by listing id, optional

    Returns
    -------
    DataFrame
        `level`, `id`, `title` (of listings), `cohort`, `cohort_name`, `risk_rank`,
        `strength`, `reasons` (signals in words; empty where nothing speaks against it
        by itself). Cohorts in the order for review, the firmest members first; who is
        in none last.
    """
    parts = [_build_member_rows(one, titles) for one in results]
    return pd.concat(parts, ignore_index=True)


def _build_member_rows(result: CohortResult, titles: pd.Series | None) -> pd.DataFrame:
    cohort = result.assignments.to_numpy()
    table = pd.DataFrame({"level": result.level, "id": cohort}, index=None)
    table["id"] = result.assignments.index.astype(str)
    if titles is not None:
        of_listing = result.level == "listing"
        own = titles.reindex(result.assignments.index).to_numpy() if of_listing else ""
        table["title"] = own
    table["cohort"] = cohort
    table["cohort_name"] = result.assignments.map(result.cohorts["name"]).to_numpy()
    ranks = result.cohorts.get("risk_rank")
    table["risk_rank"] = (
        np.nan if ranks is None else result.assignments.map(ranks).to_numpy(dtype=float)
    )
    table["strength"] = result.strength.to_numpy(dtype=float)
    reasons = result.member_reasons
    table["reasons"] = "" if reasons is None else reasons.to_numpy()
    keys = {
        "none": cohort == NOISE,
        "rank": table["risk_rank"].fillna(np.inf),
        "cohort": cohort,
        "weak": -table["strength"],
    }
    order = np.lexsort([np.asarray(key) for key in reversed(keys.values())])
    return table.iloc[order]


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


def _build_cohort_rows(result: CohortResult) -> pd.DataFrame:
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
        f"{one['words']}: {format_percent(one['share'])} here, "
        f"{format_percent(one['rest_share'])} elsewhere"
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
        "with out=…."
    )


@dataclass(frozen=True)
class BookSheet:
    """A sheet of a workbook.

    Attributes
    ----------
    name : str
        On its tab, at most 31 characters.
    table : DataFrame
        Without its index.
    wrap : bool
        Whether long texts are broken into lines; long lists are read better without.
    note : str
        What is said under the rows, where not all are there.
    """

    name: str
    table: pd.DataFrame
    wrap: bool = True
    note: str = ""


_MAX_MEMBER_ROWS = 100_000  # a sheet of more is slow to open, and the CSV has them all
_MAX_CELL = 32_767  # characters of a cell of Excel
_CUT = " … (cut)"
_LINE_HEIGHT, _MAX_LINES = 15, 8  # points; lines of a row that are shown
# heading, width in characters, format of numbers
_HEADINGS: dict[str, tuple[str, float, str]] = {
    "cohort": ("Cohort number", 9, "0"),
    "order": ("Order", 8, "0"),
    "id": ("Id", 24, "text"),
    "title": ("Title", 50, "text"),
    "risk_rank": ("Order for review", 9, "0"),
    "name": ("Cohort", 44, "text"),
    "cohort_name": ("Cohort", 44, "text"),
    "size": ("Members", 10, "#,##0"),
    "share": ("Share of all", 9, "0.0%"),
    "sellers": ("Sellers", 9, "#,##0"),
    "gmv_usd": ("Sales, US dollars", 14, "#,##0"),
    "suspicion": ("Suspicion", 10, "0.0"),
    "protective": ("Evidence for honesty", 12, "0.00"),
    "protective_rest": ("Evidence for honesty elsewhere", 12, "0.00"),
    "protective_score": ("Protective score", 12, "0.00"),
    "stability": ("Stability", 18, "text"),
    "stability_jaccard": ("Found again in samples (Jaccard)", 12, "0.00"),
    "set_apart_by": ("Set apart by", 26, "text"),
    "signals": ("Signals", 60, "text"),
    "not_known": ("Mostly unknown", 30, "text"),
    "terms": ("Distinctive terms", 36, "text"),
    "typical": ("Typical members", 28, "text"),
    "borderline": ("Borderline members", 28, "text"),
    "category": ("Category", 24, "text"),
    "price_median": ("Median price", 12, "#,##0.00"),
    "price_currency": ("Currency", 9, "text"),
    "rule": ("Rule", 60, "text"),
    "rule_precision": ("Precision of the rule", 11, "0.0%"),
    "rule_recall": ("Recall of the rule", 11, "0.0%"),
    "rule_measured_on": ("Rule measured on", 16, "text"),
    "rule_sql": ("Rule as SQL", 60, "text"),
    "rate": ("Rate of violations", 10, "0.0%"),
    "rate_low": ("Rate, lower limit", 10, "0.0%"),
    "rate_high": ("Rate, upper limit", 10, "0.0%"),
    "rate_n": ("Labels", 8, "#,##0"),
    "rate_state": ("State of the rate", 18, "text"),
    "lift": ("Lift", 8, "0.0"),
    "verdict": ("Verdict of the labels", 14, "text"),
    "rank_before": ("Order before the labels", 9, "0"),
    "strength": ("Strength of membership", 11, "0.00"),
    "reasons": ("What speaks against it by itself", 70, "text"),
}


def list_result_sheets(
    cohorts: pd.DataFrame, outliers: pd.DataFrame, members: pd.DataFrame
) -> Iterator[BookSheet]:
    """Give the sheets of a run: cohorts, outliers and members, each level by itself.

    Parameters
    ----------
    cohorts, outliers, members : DataFrame
        As `build_cohort_sheet`, `build_outlier_sheet` and `build_member_sheet` return
        them.
    """
    for level in dict.fromkeys(cohorts["level"]):
        many = f"{level}s"
        for kind, table in (
            (f"Cohorts of {many}", cohorts),
            (f"Outliers among {many}", outliers),
            (f"Members, {many}", members),
        ):
            mine = table[table["level"] == level].drop(columns="level")
            mine = mine.dropna(axis="columns", how="all")
            if level != "listing":
                mine = mine.drop(columns="title", errors="ignore")
            left = len(mine) - _MAX_MEMBER_ROWS
            note = (
                f"{left:,} more rows are in members.csv: a sheet holds the first "
                f"{_MAX_MEMBER_ROWS:,}."
                if left > 0
                else ""
            )
            wrap = table is not members
            yield BookSheet(kind, mine.head(_MAX_MEMBER_ROWS), wrap, note)


def write_workbook(
    path: Path, sheets: Sequence[BookSheet], about: Mapping[str, str] | None = None
) -> None:
    """Write sheets to one workbook of Excel, with no live link and no formula.

    Parameters
    ----------
    path : pathlib.Path
    sheets : sequence of BookSheet
        Known columns get words for headings, widths and formats; others stay as they
        are. What is longer than a cell holds is cut, and says so.
    about : mapping of str to str, optional
        A first sheet of facts about the run.
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        if about:
            _write_about(book, about)
        for one in sheets:
            _write_sheet(book, one)


def _write_about(book: Any, about: Mapping[str, str]) -> None:
    page = book.add_worksheet("About")
    page.set_column(0, 0, 26)
    page.set_column(1, 1, 80)
    name = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    for row, (key, value) in enumerate(about.items()):
        page.set_row(row, _fit_height([(key, 26), (value, 80)]))
        page.write_string(row, 0, _fit_cell(key), name)
        page.write_string(row, 1, _fit_cell(value), text)


def _write_sheet(book: Any, sheet: BookSheet) -> None:
    page = book.add_worksheet(sheet.name[:31])
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1,
         "bg_color": "#E8EDF3"}
    )  # fmt: skip
    table = sheet.table
    formats: dict[str, Any] = {}
    for at, column in enumerate(map(str, table.columns)):
        words, width, form = _HEADINGS.get(column, (column, 14, "text"))
        if form not in formats:
            look: dict[str, Any] = {"valign": "top"}
            look |= (
                {"text_wrap": sheet.wrap, "indent": 1}
                if form == "text"
                else {"num_format": form}
            )
            formats[form] = book.add_format(look)
        page.set_column(at, at, width, formats[form])
        page.write_string(0, at, _fit_cell(words), head)
    page.set_row(0, 3 * _LINE_HEIGHT)
    page.set_landscape()
    page.repeat_rows(0)
    page.freeze_panes(1, min(2, table.shape[1]))
    if len(table):
        page.autofilter(0, 0, len(table), table.shape[1] - 1)
    looks = [formats[_HEADINGS.get(str(c), ("", 0, "text"))[2]] for c in table.columns]
    columns = [table[column].tolist() for column in table.columns]
    widths = [_HEADINGS.get(str(c), ("", 14, ""))[1] for c in table.columns]
    for row, values in enumerate(zip(*columns, strict=True), start=1):
        if sheet.wrap:
            page.set_row(row, _fit_height(zip(values, widths, strict=True)))
        for at, value in enumerate(values):
            _write_cell(page, row, at, value, looks[at])
    if sheet.note:
        page.write_string(len(table) + 1, 0, sheet.note)


def _fit_height(cells: Iterable[tuple[Any, float]]) -> float:
    """Return the height of a row, in points: not every program finds it by itself."""
    texts = [(len(one), width) for one, width in cells if isinstance(one, str)]
    lines = max((math.ceil(1.1 * n / width) for n, width in texts), default=1)
    return _LINE_HEIGHT * min(max(lines, 1), _MAX_LINES)


def _write_cell(page: Any, row: int, at: int, value: Any, look: Any) -> None:
    if isinstance(value, str):
        page.write_string(row, at, _fit_cell(value), look)
    elif isinstance(value, bool):
        page.write_boolean(row, at, value, look)
    elif isinstance(value, (int, float, np.number)):
        if np.isfinite(value):
            page.write_number(row, at, value, look)
    elif value is not None and value is not pd.NA and value is not pd.NaT:
        page.write_string(row, at, _fit_cell(str(value)), look)


def _fit_cell(text: str) -> str:
    plain = strip_control_characters(text)
    return plain if len(plain) <= _MAX_CELL else plain[: _MAX_CELL - len(_CUT)] + _CUT
