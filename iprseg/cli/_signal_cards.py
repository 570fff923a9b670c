"""From tables, and labels where there are any, to the page of signal cards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from iprseg.cli._outputs import make_folder
from iprseg.cli._waves import name_frame
from iprseg.errors import IprsegError

if TYPE_CHECKING:
    from iprseg.cli._match import Labels

N_STEPS = 5


class Asked(NamedTuple):
    """What a command was asked to measure.

    Attributes
    ----------
    path : str
        The tables.
    level : str
    key : str
        Id of one signal; all where "".
    gold : pathlib.Path or None
        A label store.
    before : Timestamp or None
        The earlier period ends there.
    out : pathlib.Path or None
        The page.
    """

    path: str
    level: str
    key: str = ""
    gold: Path | None = None
    before: pd.Timestamp | None = None
    out: Path | None = None


def checked_time(text: str | None) -> pd.Timestamp | None:
    """Read the date of --before.

    Raises
    ------
    IprsegError
        When it is none.
    """
    if text is None:
        return None
    try:
        moment = pd.Timestamp(text)
    except (ValueError, TypeError):
        moment = pd.NaT
    if pd.isna(moment):
        raise IprsegError(f"--before must be a date such as 2025-03-31; got {text!r}.")
    return moment


def checked_page(out: Path | None) -> None:
    """Make the folder of a page before any work is done.

    Raises
    ------
    IprsegError
        When it cannot be made, or the page is to be a folder.
    """
    if out is None:
        return
    if out.is_dir():
        raise IprsegError(
            f"--out {str(out)!r} is a folder: give the path of a page, such as "
            f"{str(out / 'cards.html')!r}."
        )
    make_folder(out.parent)


def measure(
    asked: Asked,
    mapping: Path | None,
    brands: Path | None,
    key_file: Path | None,
    step: Callable[[str], None],
) -> pd.DataFrame:
    """Compute signals, measure them, and write the page where one is asked for.

    Returns
    -------
    DataFrame
        From `signal_cards`.

    Raises
    ------
    IprsegError
        As `read_marketplace`, `compute_signals` and `read_labels`.
    """
    from iprseg.signals import card_groups, learn_brands, signal_cards
    from iprseg.tables import read_marketplace

    step("reading the tables")
    labels = None
    if asked.gold is not None:
        from iprseg.cli._match import check_tables, read_labels

        labels = read_labels(asked.gold)
    mp = read_marketplace(asked.path, mapping=mapping, key=key_file)
    if labels is not None:
        check_tables(labels, mp.listings, asked.path)
    step("computing signals")
    learned = learn_brands(mp, extra=brands) if brands is not None else None
    signals, reasons = _signals(mp, asked, learned, None)
    step("computing them as of before")
    earlier = None
    if asked.before is not None:
        earlier = _signals(mp, asked, learned, asked.before)[0]
    step("measuring")
    truth, sellers, weights = _known(labels, mp.listings, asked.level)
    if not len(signals.columns):
        return pd.DataFrame()
    cards = signal_cards(
        signals, truth, sellers, weights=weights, before=earlier, reasons=reasons
    )
    step("writing the page")
    if asked.out is not None:
        groups = None
        if asked.level in ("listing", "seller"):
            places = card_groups(mp, asked.level)
            groups = signal_cards(signals, truth, sellers, weights=weights, by=places)
        _write(asked, cards, groups, labels)
    return cards


def _signals(
    mp: Any, asked: Asked, brands: Any, as_of: pd.Timestamp | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compute the signals of a level, those of one id alone where one is asked for."""
    from iprseg.signals import compute_signals, signal_catalogue

    families = None
    if asked.key:
        families = [signal_catalogue().at[asked.key, "family"]]
    found = compute_signals(
        mp, asked.level, as_of, None, brands, return_reasons=True, families=families
    )
    signals, reasons = found
    kept = [c for c in signals if not asked.key or str(c).startswith(f"{asked.key}_")]
    return signals[kept], reasons[kept]


def _known(
    labels: Labels | None, listings: pd.DataFrame, level: str
) -> tuple[pd.Series | None, pd.Series | None, pd.Series | None]:
    """Give labels, sellers and weights for `signal_cards`."""
    sellers = listings.get("seller_id")
    if labels is None or level not in ("listing", "seller"):
        return None, sellers, None
    gold = labels.gold[labels.gold["violative"].notna()]
    gold = gold[gold.index.isin(listings.index)]
    sizes = {
        name: stratum.frame_listings
        for design in reversed(labels.designs)
        for name, stratum in design.strata.items()
    }
    # rows of a stratum are drawn alike: each label speaks for as many of its listings
    held = gold.groupby("stratum")["violative"].transform("size")
    weights = gold["stratum"].map(sizes).astype(float) / held
    return gold["violative"], sellers, weights


def _write(
    asked: Asked,
    cards: pd.DataFrame,
    groups: pd.DataFrame | None,
    labels: Labels | None,
) -> None:
    from iprseg.report import write_signal_cards

    facts = {"Tables": name_frame(asked.path)}
    if labels is not None:
        facts["Labels"] = f"{labels.path.name}, violations of any severity"
    write_signal_cards(
        asked.out or Path(),
        cards,
        groups=groups,
        level=asked.level,
        reference="" if asked.before is None else f"{asked.before:%Y-%m-%d}",
        title=f"Signal card {asked.key}" if asked.key else "Signal cards",
        facts=facts,
    )
