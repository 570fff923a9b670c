"""Turn cohort tables into plain values that the template shows as they are."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from iprseg._labels import NOISE
from iprseg.cohorts._words import plain
from iprseg.cohorts.apart import apart_parts
from iprseg.cohorts.coordinates import MAP_CAPTION
from iprseg.report._format import UNKNOWN, cut, money, number, percent, times
from iprseg.report._hidden import Hidden
from iprseg.report._rates import level_rates

_NAME_CHARACTERS = 160
_TITLE_CHARACTERS = 140
_CELL_CHARACTERS = 300
_RULE_CHARACTERS = 500
# how the mark beside a verdict on stability is drawn
_TONES = {
    "stable": "holds",
    "moves with the sample": "moves",
    "dissolves": "dissolves",
}
_FAMILIES = {
    "A": "text",
    "B": "price",
    "C": "image",
    "D": "catalogue",
    "E": "behaviour",
    "F": "feedback",
    "G": "history",
    "H": "network",
    "I": "creator",
    "J": "composite",
    "protective": "protective",
}


def level_context(
    frame: pd.DataFrame,
    level: str,
    titles: pd.Series | None,
    min_sellers: int,
    hidden: Hidden,
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
        _cohort(cohort, row, level, top, titles, min_sellers)
        for cohort, row in frame.iterrows()
    ]
    if level != "listing":
        _guard_single(rows)
    figures = _figures(frame, rows, many)
    rates = level_rates(frame, rows, level, hidden)
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
        "stability": cut(frame.attrs.get("stability", ""), _RULE_CHARACTERS),
        "judged": "stability" in frame,
        "guarded": any(row["protective"] for row in rows),
        "parted": any(row["apart"] for row in rows),
        "figures": figures,
        "notes": [cut(note, _RULE_CHARACTERS) for note in frame.attrs.get("notes", [])],
    }


def _guard_single(rows: list[dict]) -> None:
    """Round one more size where a single one is hidden: else subtraction gives it."""
    shown = [row for row in rows if row["size_value"] != ""]
    if len(rows) - len(shown) != 1 or not shown:
        return
    smallest = min(shown, key=lambda row: row["size_value"])
    rough = round(smallest["size_value"], -1)
    smallest.update(size=f"about {number(rough)}", size_value=rough, share="")


def _figures(frame: pd.DataFrame, rows: list[dict], many: str) -> list[tuple[str, str]]:
    """Totals that do not give away, by subtraction, what a row hides."""
    total = int(frame["size"].sum())
    n_cohorts = sum(not row["noise"] for row in rows)
    hidden = np.array([row["hidden"] for row in rows], dtype=bool)
    sizes_hidden = any(row["size_value"] == "" for row in rows)
    inside = frame.index != NOISE
    share = frame.loc[inside, "size"].sum() / total if total else np.nan
    figures = [
        (f"about {number(round(total, -1))}" if sizes_hidden else number(total), many),
        (number(n_cohorts), "cohort" if n_cohorts == 1 else "cohorts"),
        (percent(float(share)), f"of {many} in a cohort"),
    ]
    if "gmv_usd" in frame and frame["gmv_usd"].notna().any():
        shown = frame.loc[~hidden, "gmv_usd"].sum(min_count=1)
        figures.append(
            (money(shown), "sales shown" if hidden.any() else "sales in all")
        )
    return figures


def _cohort(
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
    score = round(float(row["suspicion"]), 1) + 0.0  # no "-0.0"
    return {
        "anchor": f"{level}-cohort-{cohort}",
        "noise": cohort == NOISE,
        "rank": number(row.get("risk_rank")) if cohort != NOISE else "",
        "name": plain(row["name"], _NAME_CHARACTERS),
        "size": few if size_hidden else number(row["size"]),
        "size_value": "" if size_hidden else int(row["size"]),
        "share": "" if size_hidden else percent(row["share"]),
        "sellers": few if hidden else number(sellers),
        "sellers_value": "" if hidden or pd.isna(sellers) else int(sellers),
        "gmv": "hidden" if hidden else money(row.get("gmv_usd")),
        "gmv_value": "" if hidden else _sortable(row.get("gmv_usd")),
        "hidden": hidden,
        "suspicion": f"{score:.1f}".replace("-", "−"),
        "suspicion_value": score,
        "suspicion_bar": round(100 * max(score, 0) / top, 1),
        "families": _families(row.get("suspicion_parts")),
        "protective": "" if hidden else _protective(row),
        "gaps": cut(row.get("gaps") or "", _RULE_CHARACTERS),
        **_stability(row),
        "apart": _apart(row.get("block_parts")),
        "terms": [plain(term, 40) for term in row["terms"]],
        "signals": [_signal(one) for one in row["signals"]],
        **_rule(row),
        "examples": [] if hidden else _examples(row.get("examples"), titles),
        "borderline": [] if hidden else _examples(row.get("borderline"), titles),
    }


def _sortable(value: Any) -> Any:
    return "" if value is None or pd.isna(value) else float(value)


def _protective(row: pd.Series) -> str:
    here, rest = row.get("protective"), row.get("protective_rest")
    if here is None or pd.isna(here):
        return ""
    beside = "" if pd.isna(rest) else f" ({percent(rest)} elsewhere)"
    return f"{percent(here)}{beside}"


def _stability(row: pd.Series) -> dict[str, str]:
    verdict = cut(row.get("stability") or "", 40)
    jaccard = row.get("stability_jaccard")
    known = jaccard is not None and pd.notna(jaccard)
    return {
        "verdict": "stability not known" if verdict == "not known" else verdict,
        "tone": _TONES.get(verdict, "unknown"),
        # never rounded up to a bound that the verdict says is not reached
        "jaccard": f"{np.floor(100 * float(jaccard) + 1e-9) / 100:.2f}"
        if known
        else "",
    }


def _apart(record: Any) -> list[dict[str, Any]]:
    """Blocks that set a cohort apart, as pieces of one bar."""
    pieces, start = [], 0.0
    for place, (words, share) in enumerate(apart_parts(record)):
        wide = round(100 * share, 1)
        text = f"{cut(words, 60)} {percent(share)}"
        pieces.append({"text": text, "x": round(start, 1), "wide": wide, "n": place})
        start += wide
    return pieces


def _families(parts: Any) -> list[tuple[str, str]]:
    values = json.loads(parts) if isinstance(parts, str) else {}
    ordered = sorted(values.items(), key=lambda item: -abs(item[1] or 0))
    return [
        (_FAMILIES.get(key, key), f"{value:+.1f}".replace("-", "−"))
        for key, value in ordered
        if value and abs(value) >= 0.05
    ]


def _signal(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "words": plain(one["words"], 120),
        "signal": plain(one["signal"], 60),
        "share": percent(one["share"]),
        "rest": percent(one["rest_share"]),
        "share_bar": round(100 * float(one["share"]), 1),
        "rest_bar": round(100 * float(one["rest_share"]), 1),
        # a ratio to nothing would only measure how many rows were looked at
        "lift": times(one["lift"]) if one["rest_share"] > 0 else "only here",
        "coverage": percent(one["coverage"]) if one["coverage"] < 0.995 else "",
    }


def _rule(row: pd.Series) -> dict[str, Any]:
    has = bool(row["rule_sql"])
    return {
        "rule": cut(row["rule"], _RULE_CHARACTERS),
        "sql": _lines(row["rule_sql"]) if has else "",
        "precision": percent(row.get("rule_precision")) if has else UNKNOWN,
        "recall": percent(row.get("rule_recall")) if has else UNKNOWN,
        "measured_on": str(row.get("rule_measured_on") or "unseen rows"),
    }


def _lines(sql: str) -> str:
    """Return SQL line by line, without characters that would show it reordered."""
    return "\n".join(cut(line, _RULE_CHARACTERS) for line in sql.split("\n")[:40])


def _examples(ids: Any, titles: pd.Series | None) -> list[str]:
    if titles is None or not isinstance(ids, list | tuple | np.ndarray):
        return []
    found = titles.reindex(pd.Index(list(ids))).dropna()
    return [cut(text, _TITLE_CHARACTERS) for text in found]


def table_context(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a frame as headings and cells of text, each with "it is a number".

    Examples
    --------
    >>> table_context(pd.DataFrame({"noise_share": [0.123456]}))
    {'heads': [('noise share', True)], 'rows': [[('0.123', True)]]}
    """
    rows = [[_cell(value) for value in row] for row in frame.to_numpy(dtype=object)]
    heads = [
        (str(name).replace("_", " "), bool(rows) and all(row[at][1] for row in rows))
        for at, name in enumerate(frame.columns)
    ]
    return {"heads": heads, "rows": rows}


def _cell(value: Any) -> tuple[str, bool]:
    if isinstance(value, bool | np.bool_):
        return ("yes" if value else "no"), False
    if isinstance(value, int | np.integer):
        return f"{value:,}", True
    if isinstance(value, float | np.floating):
        return (UNKNOWN if np.isnan(value) else f"{value:.3g}"), True
    return ("" if value is None else cut(value, _CELL_CHARACTERS)), False
