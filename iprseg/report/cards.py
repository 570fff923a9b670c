"""Write signal cards as one self-contained page: no network, phone, dark and light."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from iprseg._check import check_columns, check_option
from iprseg.errors import IprsegError
from iprseg.report._cards import absent_rows, card_context, group_rows
from iprseg.report._format import cut, number
from iprseg.report._page import rendered

__all__ = ["write_signal_cards"]

_LEVELS = ("listing", "seller", "creator", "rights_owner")
_NEEDED = ("coverage", "missing", "auc", "auc_low", "auc_high", "bins", "psi", "alike")
_OF_GROUPS = ("coverage", "auc", "auc_low", "auc_high", "lift_top_10", "n", "withheld")


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
    check_columns(cards, _NEEDED, "The table of cards")
    if groups is not None:
        check_columns(groups, _OF_GROUPS, "The table of cards by group")
    shown = _cards(cards, groups)
    page = rendered(
        "cards.html.j2",
        ("report.css", "cards.css"),
        ("sort.js", "cards.js"),
        title=cut(title, 200),
        date=(date or datetime.date.today()).isoformat(),
        level=level,
        many=level.replace("_", " ") + "s",
        facts={cut(key, 60): cut(value, 300) for key, value in (facts or {}).items()},
        rows=number(cards["rows"].max()) if len(cards) else "0",
        labels=_labels(cards),
        chance=_chance(cards),
        has_psi=bool(cards["psi"].notna().any()),
        reference=cut(reference, 80),
        cards=shown,
        absent=absent_rows(cards, level),
        **_limits(cards, groups),
    )
    path.write_text(page, encoding="utf-8")
    return path


def _cards(cards: pd.DataFrame, groups: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Give the cards of signals with values, the surest first."""
    there = cards[cards["coverage"] > 0]
    low = there["auc_low"].where(there["auc"].notna())
    there = there.loc[low.sort_values(ascending=False, kind="stable").index]
    found = []
    for at, (name, card) in enumerate(there.iterrows()):
        same = there.index[(there["alike"] == card["alike"]) & (there["alike"] > 0)]
        one = card_context(str(name), card, [str(c) for c in same if c != name], at)
        of_groups = groups is not None and name in groups.index.get_level_values(0)
        one["groups"] = group_rows(groups.loc[name]) if of_groups else []  # type: ignore[union-attr]
        found.append(one)
    return found


def _labels(cards: pd.DataFrame) -> str:
    most = cards["n"].max() if len(cards) else 0
    return number(most) if pd.notna(most) and most else ""


def _chance(cards: pd.DataFrame) -> str:
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


def _limits(cards: pd.DataFrame, groups: pd.DataFrame | None) -> dict[str, int]:
    attrs = cards.attrs if groups is None else groups.attrs
    return {
        "min_labels": attrs.get("min_labels", 30),
        "min_sellers": attrs.get("min_sellers", 10),
    }
