"""Write signal cards as one self-contained page: no network, phone, dark and light."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from iprseg.cohorts.lift import find_phrase, parse_signal_id
from iprseg.errors import IprsegError
from iprseg.formats import (
    UNKNOWN,
    format_number,
    format_percent,
    format_rate,
    format_ratio,
    shorten_line,
)
from iprseg.report.page import render_page
from iprseg.signals import signal_catalogue
from iprseg.validation import check_columns, check_option

_LEVELS = ("listing", "seller", "creator", "rights_owner")
_CARD_COLUMNS = (
    "coverage",
    "missing",
    "auc",
    "auc_low",
    "auc_high",
    "bins",
    "psi",
    "alike",
)
_GROUP_COLUMNS = (
    "coverage",
    "auc",
    "auc_low",
    "auc_high",
    "lift_top_10",
    "n",
    "withheld",
)


def write_signal_cards(
    path: str | Path,
    cards: pd.DataFrame,
    *,
    groups: pd.DataFrame | None = None,
    level: str = "listing",
    reference: str = "the earlier period",
    title: str = "Signal cards",
    facts: Mapping[str, Any] | None = None,
    date: datetime.date | None = None,
) -> Path:
    """Write a page of signal cards that opens anywhere and loads nothing.

    A table of all signals stands first, to be sorted and searched; then a card each:
    what the signal is, for how many rows it is known and why not for the others, how
    well it ranks suspected violations, whether it has moved, its values with the rate
    of each, and the same by group. Signals without a value come last, with the reason.

    Parameters
    ----------
    path : str or Path
        The HTML file; its folder must exist.
    cards : DataFrame
        From `signal_cards`.
    groups : DataFrame, optional
        From `signal_cards` with `by`.
    level : {"listing", "seller", "creator", "rights_owner"}, default "listing"
        What the signals are of.
    reference : str, default "the earlier period"
        What the stability index compares with.
    title : str
        Heading of the page.
    facts : mapping of str to object, optional
        Where the numbers come from: input, labels, versions.
    date : datetime.date, optional
        Day of the page; today when not given.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    TableError
        When a table lacks a column that `signal_cards` makes.
    IprsegError
        When the folder does not exist or the level is none of those.

    Examples
    --------
    >>> import tempfile
    >>> from iprseg.signals import signal_cards
    >>> signals = pd.DataFrame({"A07_replica_lexicon_hit": [0, 0, 1, 2.0]})
    >>> cards = signal_cards(signals, pd.Series([0, 0, 1, 1]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = write_signal_cards(f"{folder}/cards.html", cards)
    ...     "Replica wording" in file.read_text(encoding="utf-8")
    True
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise IprsegError(
            f"The cards cannot be written to {str(path)!r} because the folder "
            f"{str(path.parent)!r} does not exist: create it first."
        )
    check_option("level", level, _LEVELS, "write_signal_cards")
    check_columns(cards, _CARD_COLUMNS, "The table of cards")
    if groups is not None:
        check_columns(groups, _GROUP_COLUMNS, "The table of cards by group")
    shown = _build_cards(cards, groups)
    page = render_page(
        "cards.html.j2",
        ("report.css", "cards.css"),
        "cards.js",
        title=shorten_line(title, 200),
        date=(date or datetime.date.today()).isoformat(),
        level=level,
        many=level.replace("_", " ") + "s",
        facts={
            shorten_line(key, 60): shorten_line(value, 300)
            for key, value in (facts or {}).items()
        },
        rows=format_number(cards["rows"].max()) if len(cards) else "0",
        labels=_format_most_labels(cards),
        chance=_note_signals_expected_by_chance(cards),
        has_psi=bool(cards["psi"].notna().any()),
        reference=shorten_line(reference, 80),
        cards=shown,
        absent=_list_absent_signals(cards, level),
        **_read_least_labels_and_sellers(cards, groups),
    )
    path.write_text(page, encoding="utf-8")
    return path


def _build_cards(
    cards: pd.DataFrame, groups: pd.DataFrame | None
) -> list[dict[str, Any]]:
    """Give the cards of signals with values, the surest first."""
    there = cards[cards["coverage"] > 0]
    low = there["auc_low"].where(there["auc"].notna())
    there = there.loc[low.sort_values(ascending=False, kind="stable").index]
    found = []
    for at, (name, card) in enumerate(there.iterrows()):
        same = there.index[(there["alike"] == card["alike"]) & (there["alike"] > 0)]
        one = _build_card(str(name), card, [str(c) for c in same if c != name], at)
        of_groups = groups is not None and name in groups.index.get_level_values(0)
        one["groups"] = _build_group_rows(groups.loc[name]) if of_groups else []  # type: ignore[union-attr]
        found.append(one)
    return found


def _format_most_labels(cards: pd.DataFrame) -> str:
    most = cards["n"].max() if len(cards) else 0
    return format_number(most) if pd.notna(most) and most else ""


def _note_signals_expected_by_chance(cards: pd.DataFrame) -> str:
    """Say how many signals would look worth something if none were."""
    measured = int(cards["auc"].notna().sum())
    confidence = cards.attrs.get("confidence", 0.95)
    about = round(measured * (1 - confidence))
    if not about:
        return ""
    return (
        f"Of {measured} signals measured, about {about} would leave 0.5 outside their "
        "limits by chance alone, if none were worth anything."
    )


def _read_least_labels_and_sellers(
    cards: pd.DataFrame, groups: pd.DataFrame | None
) -> dict[str, int]:
    attrs = cards.attrs if groups is None else groups.attrs
    return {
        "min_labels": attrs.get("min_labels", 30),
        "min_sellers": attrs.get("min_sellers", 10),
    }


_TOP_PERCENTS = (1, 5, 10)
_FEW_LABELS = 30  # labels
_SAFE_ANCHOR = re.compile(r"[A-Za-z]\w{0,79}\Z", re.ASCII)
_GROUP_WORDS = {"lang": "language"}
_CATALOGUE_FACTS = ("formula", "columns", "rationale", "source")


def _build_card(
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
    about = _read_catalogue_entry(name)
    coverage = float(card["coverage"])
    return {
        **about,
        "name": shorten_line(name, 80),
        "anchor": f"signal-{name if _SAFE_ANCHOR.match(name) else at}",
        "words": shorten_line(describe_column(name, about["name"]), 160),
        "way": _describe_direction(about["direction"]),
        "coverage": format_percent(coverage),
        "coverage_value": round(coverage, 4),
        "coverage_bar": round(100 * coverage, 1),
        "coverage_before": _format_earlier_coverage(card["bins"]),
        "missing": [_describe_reason(*one) for one in card["missing"].items()][:8],
        "rows": format_number(card["rows"]),
        **_build_auc(card),
        "lifts": [
            (f"top {top} %", format_ratio(card[f"lift_top_{top}"]))
            for top in _TOP_PERCENTS
            if pd.notna(card[f"lift_top_{top}"])
        ],
        "lift": format_ratio(card["lift_top_5"]),
        "lift_value": _round_for_sorting(card["lift_top_5"]),
        "trend": _format_signed(card["monotone"]),
        "trend_value": _round_for_sorting(card["monotone"]),
        "psi": "" if pd.isna(card["psi"]) else f"{card['psi']:.2f}",
        "psi_limit": "" if pd.isna(card["psi_limit"]) else f"{card['psi_limit']:.3f}",
        "psi_value": _round_for_sorting(card["psi"]),
        "moved": _judge_shift(card["psi"], card["psi_limit"]),
        "bins": _build_bins(card["bins"]),
        "alike": [shorten_line(one, 80) for one in alike],
    }


def _read_catalogue_entry(name: str) -> dict[str, Any]:
    """Give what the catalogue says; a signal of the user's own has no entry."""
    catalogue = signal_catalogue()
    key = name.split("_")[0]
    own = key not in catalogue.index
    row = {} if own else catalogue.loc[key]
    told = {
        one: re.sub(r";\s*", "; ", str(row.get(one, ""))) for one in _CATALOGUE_FACTS
    }
    return {
        **told,
        "id": key if not own else "",
        "name": str(row.get("name", "")),
        "family": str(row.get("family", "your own")).replace("_", " "),
        "stage": str(row.get("stage", "")),
        "direction": str(row.get("direction", "")),
        "leak": str(row.get("leak_risk", "")) == "label_source",
    }


def _build_auc(card: pd.Series) -> dict[str, Any]:
    """Return an AUC as text, and where it stands on a bar from 0 to 1."""
    if pd.isna(card["auc"]):
        empty = dict.fromkeys(("auc", "range", "auc_value", "verdict", "tone"), "")
        return {**empty, "labels": format_number(card["n"]), "bar": None}
    at, low, high = (float(card[one]) for one in ("auc", "auc_low", "auc_high"))
    verdict, tone = _judge_auc(low, high)
    bar = {"at": at, "low": low, "width": high - low}
    return {
        "auc": f"{at:.2f}",
        "range": f"{low:.2f} to {high:.2f}",
        "auc_value": round(low, 4),
        "verdict": verdict,
        "tone": tone,
        "labels": format_number(card["n"])
        + (" (low n)" if card["n"] < _FEW_LABELS else ""),
        "bar": {key: round(100 * value, 1) for key, value in bar.items()},
    }


def _build_bins(bins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a distribution, bars as long as the largest allows."""
    shares = [one[key] for one in bins for key in ("share", "before")]
    widest = max([one for one in shares if one == one], default=0) or 1.0
    highest = max([b["rate"] for b in bins if b["rate"] == b["rate"]], default=0) or 1.0
    rows = []
    for one in bins:
        known, then = one["rate"] == one["rate"], one["before"] == one["before"]
        rows.append(
            {
                "span": _format_bin(one["low"], one["high"]),
                "share": format_percent(one["share"]),
                "share_bar": round(100 * one["share"] / widest, 1),
                "before": format_percent(one["before"]) if then else "",
                "before_bar": round(100 * one["before"] / widest, 1) if then else 0,
                "rate": format_rate(one["rate"]) if known else "",
                "rate_bar": round(100 * one["rate"] / highest, 1) if known else 0,
                "labels": "fewer than 10" if one["labels"] < 10 else one["labels"],
            }
        )
    return rows


def _format_earlier_coverage(bins: list[dict[str, Any]]) -> str:
    """Give the share of rows that had a value in the earlier period."""
    then = [one["before"] for one in bins if one["before"] == one["before"]]
    return format_percent(min(sum(then), 1.0)) if then else ""


def _build_group_rows(groups: pd.DataFrame) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the rows of one signal's groups, by kind: market, language, script."""
    found: dict[str, list[dict[str, Any]]] = {}
    for (kind, group), card in groups.iterrows():
        row = {
            "group": shorten_line(group, 80),
            "coverage": format_percent(card["coverage"]),
            "withheld": shorten_line(card["withheld"], 80),
            "lift": format_ratio(card["lift_top_10"]),
            **_build_auc(card),
        }
        found.setdefault(str(kind), []).append(row)
    return [
        (shorten_line(_GROUP_WORDS.get(kind, kind), 40), rows)
        for kind, rows in found.items()
    ]


def _list_absent_signals(cards: pd.DataFrame, level: str) -> list[tuple[str, str, str]]:
    """Return id, name and reason of signals without a value or without a column."""
    rows = []
    for name, card in cards[cards["coverage"] == 0].iterrows():
        why = "; ".join(_describe_reason(one) for one in card["missing"]) or UNKNOWN
        about = _read_catalogue_entry(str(name))
        words = describe_column(str(name), about["name"])
        rows.append(
            (shorten_line(name, 80), shorten_line(words, 160), shorten_line(why, 300))
        )
    catalogue = signal_catalogue()
    there = {str(name).split("_")[0] for name in cards.index}
    for key, row in catalogue[catalogue["status"] == "needs_column"].iterrows():
        if level in row["level"].split(";") and key not in there:
            name = f"{key}_{row['name']}"
            why = "not built: the tables have no columns for it (" + row["columns"]
            rows.append(
                (name, describe_column(name, row["name"]), why.replace(";", "; ") + ")")
            )
    return rows


def _round_for_sorting(value: Any) -> Any:
    return "" if pd.isna(value) else round(float(value), 4)


def _format_signed(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:+.2f}".replace("-", "−")


_AGGREGATE_WORDS = (
    ("gmv_mean", "mean over listings, weighted by sales"),
    ("mean", "mean over listings"),
    ("share", "share of listings beyond the bound"),
    ("p90", "90th percentile over listings"),
    ("p10", "10th percentile over listings"),
)
_DIRECTION_WORDS = {
    "+": "higher is riskier",
    "-": "lower is riskier",
    "±": "either way, as context",
}


def describe_column(column: str, name: str = "") -> str:
    """Say what a column measures; `name` is the signal's in the catalogue.

    Examples
    --------
    >>> describe_column("F03_refund_rate_30", "refund_rate")
    'Refund rate (30 days)'
    >>> describe_column("G04_violative_share_180", "violative_share")
    'Share of listings removed (180 days)'
    >>> describe_column("A07_replica_lexicon_hit_gmv_mean", "replica_lexicon_hit")
    'Replica wording (mean over listings, weighted by sales)'
    """
    key, rest = parse_signal_id(column), ""
    if name:
        rest = column.removeprefix(f"{key}_{name}").strip("_")
    if not rest or not name:
        return _capitalise_first(find_phrase(key if name else column).quantity)
    if rest == "share":
        return _capitalise_first(find_phrase(f"{key}_x_share").quantity)
    told = []
    for end, words in _AGGREGATE_WORDS:
        if rest == end or rest.endswith(f"_{end}"):
            rest = rest.removesuffix(end).strip("_")
            told.append(words)
            break
    if rest:
        words = rest.replace("_", " ")
        told.insert(0, re.sub(r"^(\d+)$", r"\1 days", words))
    return _capitalise_first(f"{find_phrase(key).quantity} ({'; '.join(told)})")


def _capitalise_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _describe_direction(direction: str) -> str:
    """Say which side of a signal is the risky one."""
    return _DIRECTION_WORDS.get(direction, "not said")


def _format_significant(value: Any) -> str:
    """Write a value of any size in three digits.

    Examples
    --------
    >>> values = 0.123456, 1234567.0, -2, 0.0
    >>> tuple(_format_significant(value) for value in values)
    ('0.123', '1,230,000', '−2', '0')
    """
    value = float(value)
    if not math.isfinite(value):
        return ""
    told = float(f"{value:.3g}")
    text = f"{told:,.0f}" if abs(told) >= 100 or told == int(told) else f"{told:.3g}"
    return text.replace("-", "−")


def _format_bin(low: float, high: float) -> str:
    """Write the values of a bin.

    Examples
    --------
    >>> _format_bin(0, 0), _format_bin(0.31, 0.5), _format_bin(-2, 1), _format_bin(float("nan"), 1)
    ('0', '0.31 to 0.5', '−2 to 1', 'none now')
    """
    if not math.isfinite(low):
        return "none now"
    left, right = _format_significant(low), _format_significant(high)
    return left if left == right else f"{left} to {right}"


def _judge_auc(low: float, high: float) -> tuple[str, str]:
    """Say in words what limits of an AUC tell, and the tone of it.

    Examples
    --------
    >>> _judge_auc(0.6, 0.7)[0], _judge_auc(0.4, 0.6)[0], _judge_auc(0.2, 0.4)[0]
    ('tells them apart', 'not told apart', 'the other way')
    """
    if low > 0.5:
        return "tells them apart", "risky"
    if high < 0.5:
        return "the other way", "below"
    return "not told apart", "same"


def _judge_shift(psi: Any, limit: Any) -> str:
    """Say what the stability index means beside what chance alone does.

    Examples
    --------
    >>> _judge_shift(0.3, 0.02), _judge_shift(0.01, 0.02), _judge_shift(0.0, float("nan"))
    ('moved', 'no more than chance', '')
    """
    if pd.isna(psi) or pd.isna(limit):
        return ""
    return "moved" if psi > limit else "no more than chance"


def _describe_reason(reason: str, share: float | None = None) -> str:
    """Write a reason for missing values as words.

    Examples
    --------
    >>> _describe_reason("column_absent: list_price", 0.2)
    'column absent: list_price (20 %)'
    """
    code, colon, rest = str(reason).partition(":")
    text = shorten_line(code.replace("_", " ") + colon + rest, 200) or "no reason told"
    return text if share is None else f"{text} ({format_percent(share)})"
