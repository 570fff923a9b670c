"""Turn signal cards into plain values that the template shows as they are."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from iprseg.report._card_words import (
    auc_verdict,
    called,
    moved,
    reason_words,
    span,
    way,
)
from iprseg.report._format import UNKNOWN, cut, number, percent, rate, ratio
from iprseg.signals import signal_catalogue

__all__ = ["absent_rows", "card_context", "group_rows"]

_TOPS = (1, 5, 10)
_LOW = 30  # labels
_SAFE = re.compile(r"[A-Za-z]\w{0,79}\Z", re.ASCII)
_KINDS = {"lang": "language"}
_FACTS = ("formula", "columns", "rationale", "source")


def card_context(
    name: str, card: pd.Series, alike: list[str], at: int
) -> dict[str, Any]:
    """Return everything the page shows of one signal.

    Parameters
    ----------
    name : str
        The column, such as ``"A07_replica_lexicon_hit"``.
    card : Series
        Its row of `signal_cards`.
    alike : list of str
        Columns that say nearly the same.
    at : int
        Place of the card, by which one of an odd name is found.
    """
    about = _about(name)
    coverage = float(card["coverage"])
    return {
        **about,
        "name": cut(name, 80),
        "anchor": f"signal-{name if _SAFE.match(name) else at}",
        "words": cut(called(name, about["name"]), 160),
        "way": way(about["direction"]),
        "coverage": percent(coverage),
        "coverage_value": round(coverage, 4),
        "coverage_bar": round(100 * coverage, 1),
        "coverage_before": _before(card["bins"]),
        "missing": [reason_words(*one) for one in card["missing"].items()][:8],
        "rows": number(card["rows"]),
        **auc_context(card),
        "lifts": [
            (f"top {top} %", ratio(card[f"lift_top_{top}"]))
            for top in _TOPS
            if pd.notna(card[f"lift_top_{top}"])
        ],
        "lift": ratio(card["lift_top_5"]),
        "lift_value": _plain(card["lift_top_5"]),
        "trend": _signed(card["monotone"]),
        "trend_value": _plain(card["monotone"]),
        "psi": "" if pd.isna(card["psi"]) else f"{card['psi']:.2f}",
        "psi_limit": "" if pd.isna(card["psi_limit"]) else f"{card['psi_limit']:.3f}",
        "psi_value": _plain(card["psi"]),
        "moved": moved(card["psi"], card["psi_limit"]),
        "bins": _bins(card["bins"]),
        "alike": [cut(one, 80) for one in alike],
    }


def _about(name: str) -> dict[str, Any]:
    """Give what the catalogue says; a signal of the user's own has no entry."""
    catalogue = signal_catalogue()
    key = name.split("_")[0]
    own = key not in catalogue.index
    row = {} if own else catalogue.loc[key]
    told = {one: re.sub(r";\s*", "; ", str(row.get(one, ""))) for one in _FACTS}
    return {
        **told,
        "id": key if not own else "",
        "name": str(row.get("name", "")),
        "family": str(row.get("family", "your own")).replace("_", " "),
        "stage": str(row.get("stage", "")),
        "direction": str(row.get("direction", "")),
        "leak": str(row.get("leak_risk", "")) == "label_source",
    }


def auc_context(card: pd.Series) -> dict[str, Any]:
    """Return an AUC as text, and where it stands on a bar from 0 to 1."""
    if pd.isna(card["auc"]):
        empty = dict.fromkeys(("auc", "range", "auc_value", "verdict", "tone"), "")
        return {**empty, "labels": number(card["n"]), "bar": None}
    at, low, high = (float(card[one]) for one in ("auc", "auc_low", "auc_high"))
    verdict, tone = auc_verdict(low, high)
    bar = {"at": at, "low": low, "width": high - low}
    return {
        "auc": f"{at:.2f}",
        "range": f"{low:.2f} to {high:.2f}",
        "auc_value": round(low, 4),
        "verdict": verdict,
        "tone": tone,
        "labels": number(card["n"]) + (" (low n)" if card["n"] < _LOW else ""),
        "bar": {key: round(100 * value, 1) for key, value in bar.items()},
    }


def _bins(bins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a distribution, bars as long as the largest allows."""
    shares = [one[key] for one in bins for key in ("share", "before")]
    widest = max([one for one in shares if one == one], default=0) or 1.0
    highest = max([b["rate"] for b in bins if b["rate"] == b["rate"]], default=0) or 1.0
    rows = []
    for one in bins:
        known, then = one["rate"] == one["rate"], one["before"] == one["before"]
        rows.append(
            {
                "span": span(one["low"], one["high"]),
                "share": percent(one["share"]),
                "share_bar": round(100 * one["share"] / widest, 1),
                "before": percent(one["before"]) if then else "",
                "before_bar": round(100 * one["before"] / widest, 1) if then else 0,
                "rate": rate(one["rate"]) if known else "",
                "rate_bar": round(100 * one["rate"] / highest, 1) if known else 0,
                "labels": "fewer than 10" if one["labels"] < 10 else one["labels"],
            }
        )
    return rows


def _before(bins: list[dict[str, Any]]) -> str:
    """Give the share of rows that had a value in the earlier period."""
    then = [one["before"] for one in bins if one["before"] == one["before"]]
    return percent(min(sum(then), 1.0)) if then else ""


def group_rows(groups: pd.DataFrame) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the rows of one signal's groups, by kind: market, language, script."""
    found: dict[str, list[dict[str, Any]]] = {}
    for (kind, group), card in groups.iterrows():
        row = {
            "group": cut(group, 80),
            "coverage": percent(card["coverage"]),
            "withheld": cut(card["withheld"], 80),
            "lift": ratio(card["lift_top_10"]),
            **auc_context(card),
        }
        found.setdefault(str(kind), []).append(row)
    return [(cut(_KINDS.get(kind, kind), 40), rows) for kind, rows in found.items()]


def absent_rows(cards: pd.DataFrame, level: str) -> list[tuple[str, str, str]]:
    """Return id, name and reason of signals without a value or without a column."""
    rows = []
    for name, card in cards[cards["coverage"] == 0].iterrows():
        why = "; ".join(reason_words(one) for one in card["missing"]) or UNKNOWN
        about = _about(str(name))
        words = called(str(name), about["name"])
        rows.append((cut(name, 80), cut(words, 160), cut(why, 300)))
    catalogue = signal_catalogue()
    there = {str(name).split("_")[0] for name in cards.index}
    for key, row in catalogue[catalogue["status"] == "needs_column"].iterrows():
        if level in row["level"].split(";") and key not in there:
            name = f"{key}_{row['name']}"
            why = "not built: the tables have no columns for it (" + row["columns"]
            rows.append((name, called(name, row["name"]), why.replace(";", "; ") + ")"))
    return rows


def _plain(value: Any) -> Any:
    return "" if pd.isna(value) else round(float(value), 4)


def _signed(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:+.2f}".replace("-", "−")
