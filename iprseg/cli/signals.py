"""`iprseg signals`: what each signal is, and what it is worth on your tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from iprseg._check import check_option
from iprseg.cli._options import BrandsFile, KeyFile, MappingFile, SourcePath
from iprseg.cli._show import say, show_table
from iprseg.errors import IprsegError
from iprseg.wording import format_limits, format_share

LEVELS = ("listing", "seller", "creator", "rights_owner")
signals_app = typer.Typer(
    no_args_is_help=True,
    help="List the risk signals, or show what one or all are worth on your tables.",
)
GoldStore = Annotated[
    Path | None,
    typer.Option(help="A label store, to show how well a signal tells violations."),
]
Before = Annotated[
    str | None,
    typer.Option(help="A date: has the signal moved since it was known then?"),
]
OwnFiles = Annotated[
    list[Path] | None,
    typer.Option(
        help="A file with one query, a signal of your own, such as "
        "X01_late_orders.sql (see docs/own_signals.md); may be given again."
    ),
]
LevelOption = Annotated[
    str | None, typer.Option(help="Only those of: " + ", ".join(LEVELS) + ".")
]


@signals_app.command("list")
def list_command(
    level: LevelOption = None,
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
    if table.empty:
        say(f"No signal of the family {family} is of level {level}.")
        return
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
    gold: GoldStore = None,
    level: Annotated[
        str | None, typer.Option(help="Which level, where it is of several.")
    ] = None,
    before: Before = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the card as a page, such as a07.html.")
    ] = None,
    mapping: MappingFile = None,
    brands: BrandsFile = None,
    key_file: KeyFile = None,
) -> None:
    """Show what a signal is; with tables its coverage, with labels what it is worth."""
    from iprseg.cli._signal_cards import Asked, checked_page, checked_time, measure
    from iprseg.signals import signal_catalogue

    table = signal_catalogue()
    key = signal.strip().upper().split("_")[0]
    if key not in table.index:
        raise IprsegError(
            f"There is no signal {signal!r}: `iprseg signals list` shows all."
        )
    row = table.loc[key]
    levels = tuple(row["level"].split(";"))
    check_option("level", level or levels[0], levels, f"iprseg signals card {key}")
    for option, given in (("--gold", gold), ("--before", before), ("--out", out)):
        if given is not None and path is None:
            raise IprsegError(f"{option} needs tables to look at: give PATH too.")
    checked_page(out)
    moment = checked_time(before)
    _show_facts(key, row)
    if path is not None:
        asked = Asked(path, level or levels[0], key, gold, moment, out)
        cards = measure(asked, mapping, brands, key_file, lambda name: None)
        say(*_worth(cards, asked.level, gold is not None))
        _say_written(out)


@signals_app.command("cards")
def cards_command(
    path: SourcePath,
    out: Annotated[
        Path, typer.Option(help="The page to write, one file that loads nothing.")
    ] = Path("out/cards.html"),
    level: Annotated[
        str, typer.Option(help="Signals of: " + ", ".join(LEVELS) + ".")
    ] = "listing",
    gold: GoldStore = None,
    before: Before = None,
    mapping: MappingFile = None,
    brands: BrandsFile = None,
    key_file: KeyFile = None,
) -> None:
    """Write the cards of all signals as one page: coverage, worth, drift, by group."""
    from iprseg.cli._signal_cards import (
        N_STEPS,
        Asked,
        checked_page,
        checked_time,
        measure,
    )
    from iprseg.cli._steps import show_steps

    check_option("level", level, LEVELS, "iprseg signals cards")
    checked_page(out)
    asked = Asked(path, level, "", gold, checked_time(before), out)
    with show_steps(N_STEPS) as step:
        cards = measure(asked, mapping, brands, key_file, step)
    there = cards["coverage"] > 0
    say(
        f"{int(there.sum())} signals of {level.replace('_', ' ')}s have values; the "
        "page says why others have none."
    )
    if gold is not None:
        sure = int((cards["auc_low"] > 0.5).sum())
        say(f"{sure} tell suspected violations apart, each by itself.")
    _say_written(out)


@signals_app.command("values")
def values_command(
    path: SourcePath,
    level: Annotated[
        str, typer.Option(help="Signals of: " + ", ".join(LEVELS) + ".")
    ] = "listing",
    out: Annotated[
        Path, typer.Option(help="The table to write: .csv, .xlsx (Excel) or .parquet.")
    ] = Path("out/signals.csv"),
    reasons: Annotated[
        bool,
        typer.Option(
            "--reasons",
            help="Also say of each missing value why, in a table beside it "
            "(signals.reasons.csv).",
        ),
    ] = False,
    own: OwnFiles = None,
    mapping: MappingFile = None,
    brands: BrandsFile = None,
    key_file: KeyFile = None,
) -> None:
    """Write the value of every signal of each listing or seller, to open in Excel.

    A row per entity, its id first, and a column per signal; an empty cell is a missing
    value. In .csv and .xlsx, text that a spreadsheet would run as a formula begins
    with an apostrophe; .parquet holds it as it is.
    """
    from iprseg.cli._signal_values import (
        checked_table,
        own_files,
        reasons_file,
        write_values,
    )
    from iprseg.cli._steps import show_steps
    from iprseg.signals import compute_signals, learn_brands
    from iprseg.tables import read_marketplace

    check_option("level", level, LEVELS, "iprseg signals values")
    queries = own_files(own or [])
    checked_table(out)
    with show_steps(3) as step:
        step("reading the tables")
        mp = read_marketplace(path, mapping=mapping, key=key_file)
        step("computing signals")
        learned = learn_brands(mp, extra=brands) if brands is not None else None
        values, why = compute_signals(
            mp, level, brands=learned, return_reasons=True, own=queries
        )
        step("writing the table")
        write_values(values, out)
        if reasons:
            write_values(why, reasons_file(out))
    many = level.replace("_", " ") + "s"
    say(f"{values.shape[1]} signals of {len(values):,} {many}: {out.resolve()}")
    if reasons:
        say(f"Why values are missing: {reasons_file(out).resolve()}")


def _show_facts(key: str, row: pd.Series) -> None:
    facts = [
        (str(name).replace("_", " "), re.sub(r";\s*", "; ", str(row[name])))
        for name in row.index
        if str(row[name]) not in ("", "nan", "<NA>")
    ]
    show_table((("", "left"), (key, "left")), facts)


def _say_written(out: Path | None) -> None:
    if out is not None:
        say(f"The page: {out.resolve()} (open it in a browser).")


def _worth(cards: pd.DataFrame, level: str, labeled: bool) -> list[str]:
    """Say what a card says, in sentences."""
    many = level.replace("_", " ") + "s"
    if not len(cards):
        return [f"No value on these tables: its columns are not there ({level})."]
    lines = []
    for name, card in cards.iterrows():
        why = [
            f"{reason} ({format_share(share)})"
            for reason, share in list(card["missing"].items())[:3]
        ]
        told = f" Missing: {'; '.join(why)}." if why else ""
        lines.append(
            f"{name}: known for {format_share(card['coverage'])} of {card['rows']:,} "
            f"{many}.{told}"
        )
        if pd.notna(card["psi"]):
            lines.append(_moved(card))
        if labeled and level in ("listing", "seller"):
            lines.append(_said(str(name), card))
    if labeled and level not in ("listing", "seller"):
        lines.append(f"Labels are of listings and this signal is of {many}.")
    return lines


def _moved(card: pd.Series) -> str:
    chance = card["psi_limit"]
    told = f"; chance alone stays below {chance:.3f}" if pd.notna(chance) else ""
    return f"Population stability index {card['psi']:.3f}{told}."


def _said(name: str, card: pd.Series) -> str:
    if pd.isna(card["auc"]):
        return f"{name}: the {card['n']:,} labels with a value are of one class."
    low = " (low n)" if card["n"] < 30 else ""
    return (
        f"{name}: of {card['n']:,} labels{low}, a suspected violation ranks above "
        f"another listing in {format_share(card['auc'])} of pairs "
        f"{format_limits(card['auc_low'], card['auc_high'])} over sellers (50 % is "
        "worth nothing)."
    )
