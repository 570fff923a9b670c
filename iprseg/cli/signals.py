"""`iprseg signals`: what each signal is, and what it is worth on your tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import pandas as pd
import typer

from iprseg._check import check_option
from iprseg.cli._options import BrandsFile, KeyFile, MappingFile
from iprseg.cli._show import percent, say, show_table
from iprseg.errors import IprsegError

LEVELS = ("listing", "seller", "creator", "rights_owner")
signals_app = typer.Typer(
    no_args_is_help=True, help="List the risk signals, or show the card of one."
)


@signals_app.command("list")
def list_command(
    level: Annotated[
        str | None, typer.Option(help="Only those of: " + ", ".join(LEVELS) + ".")
    ] = None,
    family: Annotated[
        str | None, typer.Option(help="Only this family, such as text or price.")
    ] = None,
) -> None:
    """List the signals: what they are called, of whom, and when they can be known."""
    from iprseg.signals import signal_catalogue

    table = signal_catalogue()
    families = tuple(dict.fromkeys(table["family"]))
    if level is not None:
        check_option("level", level, LEVELS, "iprseg signals list")
        table = table[[level in one.split(";") for one in table["level"]]]
    if family is not None:
        check_option("family", family, families, "iprseg signals list")
        table = table[table["family"] == family]
    shown = table.reset_index()[["id", "name", "level", "stage", "direction", "status"]]
    shown["status"] = shown["status"].str.replace("_", " ")
    heads = [(name, "left") for name in shown.columns]
    show_table(heads, shown.astype(str).to_numpy().tolist())
    first = shown["id"].iloc[0]
    say(f"{len(shown)} signals. The card of one: iprseg signals card {first}")


@signals_app.command("card")
def card_command(
    signal: Annotated[str, typer.Argument(help="Its id, such as A07.")],
    path: Annotated[
        str | None,
        typer.Argument(help="Your tables, to show how much of them it covers."),
    ] = None,
    gold: Annotated[
        Path | None,
        typer.Option(help="A label store, to show how well it tells violations."),
    ] = None,
    mapping: MappingFile = None,
    brands: BrandsFile = None,
    key_file: KeyFile = None,
) -> None:
    """Show what a signal is; with tables its coverage, with labels what it is worth."""
    from iprseg.signals import signal_catalogue

    table = signal_catalogue()
    key = signal.upper().split("_")[0]
    if key not in table.index:
        raise IprsegError(
            f"There is no signal {signal!r}: `iprseg signals list` shows all."
        )
    if gold is not None and path is None:
        raise IprsegError("--gold needs the tables that were labeled: give PATH too.")
    row = table.loc[key]
    facts = [
        (name.replace("_", " "), str(row[name]).replace(";", "; "))
        for name in table.columns
        if str(row[name]) not in ("", "nan", "<NA>")
    ]
    show_table((("", "left"), (key, "left")), facts)
    if path is not None:
        level = row["level"].split(";")[0]
        values = _values(key, level, path, mapping, brands, key_file)
        say(*_worth(values, gold))


def _values(
    key: str,
    level: str,
    path: str,
    mapping: Path | None,
    brands: Path | None,
    key_file: Path | None,
) -> pd.DataFrame:
    """Compute one signal at its first level, with the seller of each row."""
    from iprseg.signals import compute_signals, learn_brands
    from iprseg.tables import read_marketplace

    mp = read_marketplace(path, mapping=mapping, key=key_file)
    learned = learn_brands(mp, extra=brands) if brands is not None else None
    signals = cast(pd.DataFrame, compute_signals(mp, level, brands=learned))
    own = signals[[c for c in signals.columns if str(c).startswith(f"{key}_")]]
    own.attrs = {"level": level, "sellers": mp.listings.get("seller_id")}
    return own


def _worth(values: pd.DataFrame, gold: Path | None) -> list[str]:
    level, sellers = values.attrs["level"], values.attrs["sellers"]
    if not len(values.columns):
        return [f"No value on these tables: its columns are not there ({level})."]
    lines = [
        f"{name}: known for {percent(values[name].notna().mean())} of "
        f"{len(values):,} {level}s."
        for name in values.columns
    ]
    if gold is None:
        return lines
    from iprseg.cli._gold import gold_of
    from iprseg.cli._store import open_store
    from iprseg.signals import signal_cards

    if level != "listing":
        return [*lines, f"Labels are of listings and this signal is of {level}s."]
    with open_store(gold, create=False) as store:
        labels = gold_of(store)[0]["violative"]
    cards = signal_cards(values, labels, sellers)
    return [*lines, *(_said(str(name), card) for name, card in cards.iterrows())]


def _said(name: str, card: pd.Series) -> str:
    if pd.isna(card["auc"]):
        return f"{name}: the {card['n']:,} labels with a value are of one class."
    low, high = percent(card["auc_low"]), percent(card["auc_high"])
    return (
        f"{name}: of {card['n']:,} labels, a suspected violation ranks above another "
        f"listing in {percent(card['auc'])} of pairs, limits {low} to {high} over "
        "sellers (50 % is worth nothing); labels drawn with unequal chances describe "
        "the sample."
    )
