"""Turn cohort tables into plain values that the template shows as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from iprseg.charts.coordinates import MAP_CAPTION
from iprseg.cohorts.lift import list_main_blocks
from iprseg.formats import (
    UNKNOWN,
    clean_line,
    format_number,
    format_percent,
    format_ratio,
    format_usd,
    shorten_line,
)
from iprseg.signals.registry import signal_families
from iprseg.validation import NOISE

if TYPE_CHECKING:
    from iprseg.report.disclosure import HiddenRates

_NAME_CHARACTERS = 160
_TITLE_CHARACTERS = 140
_CELL_CHARACTERS = 300
_RULE_CHARACTERS = 500
# the place of a cohort in which nothing leans to the risky side
_NO_RANK = "–"
# how the mark beside a verdict on stability is drawn
_STABILITY_TONES = {
    "stable": "holds",
    "moves with the sample": "moves",
    "dissolves": "dissolves",
}


def build_level_context(
    frame: pd.DataFrame,
    level: str,
    titles: pd.Series | None,
    min_sellers: int,
    hidden: HiddenRates | None,
) -> dict[str, Any]:
    """Return everything the page shows about one level.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `profile_cohorts`.
    level : str
        Such as ``"listing"``.
    titles : pandas.Series, optional
        Title by entity id.
    min_sellers : int
        Cohorts of fewer known sellers have their figures hidden.
    hidden : Hidden
        From `hidden_rates`.
    """
    one, many = level, f"{level}s"
    top = max(float(frame["suspicion"].max()), 1e-9) if len(frame) else 1.0
    rows = [
        _build_cohort_row(cohort, row, level, top, titles, min_sellers)
        for cohort, row in frame.iterrows()
    ]
    if level != "listing":
        _round_single_size(rows)
    figures = _build_headline_figures(frame, rows, many)
    rates = _build_rates_of_level(frame, rows, level, hidden)
    found = [row for row in rows if not row["noise"]]
    return {
        "id": level,
        "one": one,
        "many": many,
        "rows": rows,
        "cards": found,
        # a column in which nothing is known is left out; the notes say why
        "has_sellers": level == "listing"
        and any(r["sellers"] != UNKNOWN for r in rows),
        "has_sales": any(r["gmv"] not in (UNKNOWN, "hidden") for r in rows),
        "rates": rates,
        "caption": MAP_CAPTION.format(unit=one),
        "stability": shorten_line(frame.attrs.get("stability", ""), _RULE_CHARACTERS),
        "judged": "stability" in frame,
        "guarded": any(row["protective"] for row in rows),
        "unranked": any(row["unranked"] and row["rank"] for row in found),
        "parted": any(row["apart"] for row in rows),
        "figures": figures,
        "notes": [
            shorten_line(note, _RULE_CHARACTERS)
            for note in frame.attrs.get("notes", [])
        ],
    }


def _round_single_size(rows: list[dict[str, Any]]) -> None:
    """Round one more size where a single one is hidden: else subtraction gives it."""
    shown = [row for row in rows if row["size_value"] != ""]
    if len(rows) - len(shown) != 1 or not shown:
        return
    smallest = min(shown, key=lambda row: row["size_value"])
    rough = round(smallest["size_value"], -1)
    smallest.update(size=f"about {format_number(rough)}", size_value=rough, share="")


def _build_headline_figures(
    frame: pd.DataFrame, rows: list[dict[str, Any]], many: str
) -> list[tuple[str, str]]:
    """Totals that do not give away, by subtraction, what a row hides."""
    total = int(frame["size"].sum())
    n_cohorts = sum(not row["noise"] for row in rows)
    hidden = np.array([row["hidden"] for row in rows], dtype=bool)
    sizes_hidden = any(row["size_value"] == "" for row in rows)
    inside = frame.index != NOISE
    share = frame.loc[inside, "size"].sum() / total if total else np.nan
    figures = [
        (
            f"about {format_number(round(total, -1))}"
            if sizes_hidden
            else format_number(total),
            many,
        ),
        (format_number(n_cohorts), "cohort" if n_cohorts == 1 else "cohorts"),
        (format_percent(float(share)), f"of {many} in a cohort"),
    ]
    if "gmv_usd" in frame and frame["gmv_usd"].notna().any():
        shown = frame.loc[~hidden, "gmv_usd"].sum(min_count=1)
        figures.append(
            (format_usd(shown), "sales shown" if hidden.any() else "sales in all")
        )
    return figures


def _build_rates_of_level(
    frame: pd.DataFrame,
    rows: list[dict[str, Any]],
    level: str,
    hidden: HiddenRates | None,
) -> dict[str, Any] | None:
    """Return what labels say of a level; most pages have none, and load no more."""
    if hidden is None or "rate" not in frame:
        return None
    from iprseg.report.rates import build_level_rates

    return build_level_rates(frame, rows, level, hidden)


def _build_cohort_row(
    cohort: Any,
    row: pd.Series,
    level: str,
    top: float,
    titles: pd.Series | None,
    min_sellers: int,
) -> dict[str, Any]:
    sellers = row.get("sellers", np.nan)
    hidden = bool(pd.notna(sellers) and sellers < min_sellers)
    few = f"fewer than {min_sellers}"
    size_hidden = hidden and level != "listing"
    rank = row.get("risk_rank")
    unranked = cohort != NOISE and bool(pd.isna(rank))
    score = round(float(row["suspicion"]), 1) + 0.0  # no "-0.0"
    return {
        "anchor": f"{level}-cohort-{cohort}",
        "noise": cohort == NOISE,
        "rank": ""
        if cohort == NOISE
        else _NO_RANK
        if unranked
        else format_number(rank),
        "unranked": unranked,
        "name": clean_line(row["name"], _NAME_CHARACTERS),
        "size": few if size_hidden else format_number(row["size"]),
        "size_value": "" if size_hidden else int(row["size"]),
        "share": "" if size_hidden else format_percent(row["share"]),
        "sellers": few if hidden else format_number(sellers),
        "sellers_value": "" if hidden or pd.isna(sellers) else int(sellers),
        "gmv": "hidden" if hidden else format_usd(row.get("gmv_usd")),
        "gmv_value": "" if hidden else _convert_for_sorting(row.get("gmv_usd")),
        "hidden": hidden,
        "suspicion": f"{score:.1f}".replace("-", "−"),
        "suspicion_value": score,
        "suspicion_bar": round(100 * max(score, 0) / top, 1),
        "families": _format_suspicion_by_family(row.get("suspicion_parts")),
        "protective": "" if hidden else _format_protective(row),
        "gaps": shorten_line(row.get("gaps") or "", _RULE_CHARACTERS),
        **_build_stability(row),
        "apart": _build_block_bar(row.get("block_parts")),
        "terms": [clean_line(term, 40) for term in row["terms"]],
        "signals": [_build_signal_row(one) for one in row["signals"]],
        **_build_rule(row),
        "examples": [] if hidden else _list_examples(row.get("examples"), titles),
        "borderline": [] if hidden else _list_examples(row.get("borderline"), titles),
    }


def _convert_for_sorting(value: Any) -> Any:
    return "" if value is None or pd.isna(value) else float(value)


def _format_protective(row: pd.Series) -> str:
    here, rest = row.get("protective"), row.get("protective_rest")
    if here is None or pd.isna(here):
        return ""
    beside = "" if pd.isna(rest) else f" ({format_percent(rest)} elsewhere)"
    return f"{format_percent(here)}{beside}"


def _build_stability(row: pd.Series) -> dict[str, str]:
    verdict = shorten_line(row.get("stability") or "", 40)
    jaccard = row.get("stability_jaccard")
    known = jaccard is not None and pd.notna(jaccard)
    return {
        "verdict": "stability not known" if verdict == "not known" else verdict,
        "tone": _STABILITY_TONES.get(verdict, "unknown"),
        # never rounded up to a bound that the verdict says is not reached
        "jaccard": f"{np.floor(100 * float(jaccard) + 1e-9) / 100:.2f}"
        if known
        else "",
    }


def _build_block_bar(record: Any) -> list[dict[str, Any]]:
    """Blocks that set a cohort apart, as pieces of one bar."""
    pieces, start = [], 0.0
    for place, (words, share) in enumerate(list_main_blocks(record)):
        wide = round(100 * share, 1)
        text = f"{shorten_line(words, 60)} {format_percent(share)}"
        pieces.append({"text": text, "x": round(start, 1), "wide": wide, "n": place})
        start += wide
    return pieces


def _format_suspicion_by_family(parts: Any) -> list[tuple[str, str]]:
    values = json.loads(parts) if isinstance(parts, str) else {}
    labels = signal_families().set_index("letter")["label"]
    ordered = sorted(values.items(), key=lambda item: -abs(item[1] or 0))
    return [
        (labels.get(key, key), f"{value:+.1f}".replace("-", "−"))
        for key, value in ordered
        if value and abs(value) >= 0.05
    ]


def _build_signal_row(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "words": clean_line(one["words"], 120),
        "signal": clean_line(one["signal"], 60),
        "share": format_percent(one["share"]),
        "rest": format_percent(one["rest_share"]),
        "share_bar": round(100 * float(one["share"]), 1),
        "rest_bar": round(100 * float(one["rest_share"]), 1),
        # a ratio to nothing would only measure how many rows were looked at
        "lift": format_ratio(one["lift"]) if one["rest_share"] > 0 else "only here",
        "coverage": format_percent(one["coverage"]) if one["coverage"] < 0.995 else "",
    }


def _build_rule(row: pd.Series) -> dict[str, Any]:
    has = bool(row["rule_sql"])
    return {
        "rule": shorten_line(row["rule"], _RULE_CHARACTERS),
        "sql": _clean_sql_lines(row["rule_sql"]) if has else "",
        "precision": format_percent(row.get("rule_precision")) if has else UNKNOWN,
        "recall": format_percent(row.get("rule_recall")) if has else UNKNOWN,
        "measured_on": str(row.get("rule_measured_on") or "unseen rows"),
    }


def _clean_sql_lines(sql: str) -> str:
    """Return SQL line by line, without characters that would show it reordered."""
    return "\n".join(
        shorten_line(line, _RULE_CHARACTERS) for line in sql.split("\n")[:40]
    )


def _list_examples(ids: Any, titles: pd.Series | None) -> list[str]:
    if titles is None or not isinstance(ids, list | tuple | np.ndarray):
        return []
    found = titles.reindex(pd.Index(list(ids))).dropna()
    return [shorten_line(text, _TITLE_CHARACTERS) for text in found]


def build_table_context(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a frame as headings and cells of text, each with "it is a number".

    Examples
    --------
    >>> build_table_context(pd.DataFrame({"noise_share": [0.123456]}))
    {'heads': [('noise share', True)], 'rows': [[('0.123', True)]]}
    """
    rows = [
        [_format_cell(value) for value in row] for row in frame.to_numpy(dtype=object)
    ]
    heads = [
        (str(name).replace("_", " "), bool(rows) and all(row[at][1] for row in rows))
        for at, name in enumerate(frame.columns)
    ]
    return {"heads": heads, "rows": rows}


def _format_cell(value: Any) -> tuple[str, bool]:
    if isinstance(value, bool | np.bool_):
        return ("yes" if value else "no"), False
    if isinstance(value, int | np.integer):
        return f"{value:,}", True
    if isinstance(value, float | np.floating):
        return (UNKNOWN if np.isnan(value) else f"{value:.3g}"), True
    return ("" if value is None else shorten_line(value, _CELL_CHARACTERS)), False
