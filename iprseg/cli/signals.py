"""`iprseg signals`: what each signal is, and what it is worth on your tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import pandas as pd
import typer

from iprseg.cli._console import (
    BrandsFile,
    KeyFile,
    MappingFile,
    SourcePath,
    print_sentences,
    show_table,
)
from iprseg.errors import IprsegError
from iprseg.formats import format_limits, format_percent
from iprseg.report.results import make_folder
from iprseg.survey.design import name_frame
from iprseg.validation import check_option

if TYPE_CHECKING:
    from iprseg.tables import Marketplace
    from labeling.labels import SurveyLabels
from collections.abc import Sequence

from iprseg.report.sheets import BookSheet, escape_cell, write_csv, write_workbook

LEVELS = ("listing", "seller", "creator", "rights_owner")
signals_app = typer.Typer(
    no_args_is_help=True,
    help="List the risk signals, or show what one or all are worth on your tables.",
)
LabelsStore = Annotated[
    Path | None,
    typer.Option(help="A label store, to show how well a signal tells violations."),
]
BeforeDate = Annotated[
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
        print_sentences(f"No signal of the family {family} is of level {level}.")
        return
    shown = table.reset_index()[["id", "name", "level", "stage", "direction", "status"]]
    shown["grouping"] = (
        table["segments"].eq("yes").map({True: "yes", False: "no"}).array
    )
    shown["status"] = shown["status"].str.replace("_", " ")
    heads = [(name, "left") for name in shown.columns]
    show_table(heads, shown.astype(str).to_numpy().tolist())
    first = shown["id"].iloc[0]
    print_sentences(
        f"{len(shown)} signals. {shown['grouping'].eq('yes').sum()} of them (grouping: "
        "yes) shape cohorts, their names and their suspicion; the others stand on cards, "
        "and a rare one that is strong alone makes a single outlier. The card of "
        f"one: iprseg signals card {first}"
    )


@signals_app.command("card")
def card_command(
    signal: Annotated[str, typer.Argument(help="Its id, such as A07.")],
    path: Annotated[
        str | None,
        typer.Argument(help="Your tables, to show how much of them it covers."),
    ] = None,
    labels: LabelsStore = None,
    level: Annotated[
        str | None, typer.Option(help="Which level, where it is of several.")
    ] = None,
    before: BeforeDate = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the card as a page, such as a07.html.")
    ] = None,
    mapping: MappingFile = None,
    brands: BrandsFile = None,
    key_file: KeyFile = None,
) -> None:
    """Show what a signal is; with tables its coverage, with labels what it is worth."""
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
    for option, given in (("--labels", labels), ("--before", before), ("--out", out)):
        if given is not None and path is None:
            raise IprsegError(f"{option} needs tables to look at: give PATH too.")
    _make_page_folder(out)
    moment = _parse_before_date(before)
    _show_catalogue_entry(key, row)
    if path is not None:
        asked = CardRequest(path, level or levels[0], key, labels, moment, out)
        cards = _compute_and_measure_signals(
            asked, mapping, brands, key_file, lambda name: None
        )
        print_sentences(*_explain_signal_cards(cards, asked.level, labels is not None))
        _print_page_path(out)


@signals_app.command("cards")
def cards_command(
    path: SourcePath,
    out: Annotated[
        Path, typer.Option(help="The page to write, one file that loads nothing.")
    ] = Path("out/cards.html"),
    level: Annotated[
        str, typer.Option(help="Signals of: " + ", ".join(LEVELS) + ".")
    ] = "listing",
    labels: LabelsStore = None,
    before: BeforeDate = None,
    mapping: MappingFile = None,
    brands: BrandsFile = None,
    key_file: KeyFile = None,
) -> None:
    """Write the cards of all signals as one page: coverage, worth, drift, by group."""
    from iprseg.cli._console import show_steps

    check_option("level", level, LEVELS, "iprseg signals cards")
    _make_page_folder(out)
    asked = CardRequest(path, level, "", labels, _parse_before_date(before), out)
    with show_steps(N_STEPS) as step:
        cards = _compute_and_measure_signals(asked, mapping, brands, key_file, step)
    there = cards["coverage"] > 0
    print_sentences(
        f"{int(there.sum())} signals of {level.replace('_', ' ')}s have values; the "
        "page says why others have none."
    )
    if labels is not None:
        sure = int((cards["auc_low"] > 0.5).sum())
        print_sentences(f"{sure} tell suspected violations apart, each by itself.")
    _print_page_path(out)


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
    from iprseg.brands.learn import learn_brands
    from iprseg.cli._console import show_steps
    from iprseg.signals.compute import compute_signals_with_reasons
    from iprseg.tables import read_marketplace

    check_option("level", level, LEVELS, "iprseg signals values")
    queries = _name_own_queries(own or [])
    _refuse_unwritable_table_path(out)
    with show_steps(3) as step:
        step("reading the tables")
        marketplace = read_marketplace(path, mapping=mapping, key=key_file)
        step("computing signals")
        learned = (
            learn_brands(marketplace, extra=brands) if brands is not None else None
        )
        values, why = compute_signals_with_reasons(
            marketplace, level, brands=learned, own=queries
        )
        step("writing the table")
        write_values(values, out)
        if reasons:
            write_values(why, _name_reasons_file(out))
    many = level.replace("_", " ") + "s"
    print_sentences(
        f"{values.shape[1]} signals of {len(values):,} {many}: {out.resolve()}"
    )
    if reasons:
        print_sentences(f"Why values are missing: {_name_reasons_file(out).resolve()}")


def _show_catalogue_entry(key: str, row: pd.Series) -> None:
    facts = [
        (str(name).replace("_", " "), re.sub(r";\s*", "; ", str(row[name])))
        for name in row.index
        if str(row[name]) not in ("", "nan", "<NA>")
    ]
    show_table((("", "left"), (key, "left")), facts)


def _print_page_path(out: Path | None) -> None:
    if out is not None:
        print_sentences(f"The page: {out.resolve()} (open it in a browser).")


def _explain_signal_cards(cards: pd.DataFrame, level: str, labeled: bool) -> list[str]:
    """Say what a card says, in sentences."""
    many = level.replace("_", " ") + "s"
    if not len(cards):
        return [f"No value on these tables: its columns are not there ({level})."]
    lines = []
    for name, card in cards.iterrows():
        why = [
            f"{reason} ({format_percent(share)})"
            for reason, share in list(card["missing"].items())[:3]
        ]
        told = f" Missing: {'; '.join(why)}." if why else ""
        lines.append(
            f"{name}: known for {format_percent(card['coverage'])} of {card['rows']:,} "
            f"{many}.{told}"
        )
        if pd.notna(card["psi"]):
            lines.append(_describe_drift(card))
        if labeled and level in ("listing", "seller"):
            lines.append(_describe_auc(str(name), card))
    if labeled and level not in ("listing", "seller"):
        lines.append(f"Labels are of listings and this signal is of {many}.")
    return lines


def _describe_drift(card: pd.Series) -> str:
    chance = card["psi_limit"]
    told = f"; chance alone stays below {chance:.3f}" if pd.notna(chance) else ""
    return f"Population stability index {card['psi']:.3f}{told}."


def _describe_auc(name: str, card: pd.Series) -> str:
    if pd.isna(card["auc"]):
        return f"{name}: the {card['n']:,} labels with a value are of one class."
    low = " (low n)" if card["n"] < 30 else ""
    return (
        f"{name}: of {card['n']:,} labels{low}, a suspected violation ranks above "
        f"another listing in {format_percent(card['auc'])} of pairs "
        f"{format_limits(card['auc_low'], card['auc_high'])} over sellers (50 % is "
        "worth nothing)."
    )


N_STEPS = 5


class CardRequest(NamedTuple):
    """What a command was asked to measure.

    Attributes
    ----------
    path : str
        The tables.
    level : str
    key : str
        Id of one signal; all where "".
    labels : pathlib.Path or None
        A label store.
    before : Timestamp or None
        The earlier period ends there.
    out : pathlib.Path or None
        The page.
    """

    path: str
    level: str
    key: str = ""
    labels: Path | None = None
    before: pd.Timestamp | None = None
    out: Path | None = None


def _parse_before_date(text: str | None) -> pd.Timestamp | None:
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


def _make_page_folder(out: Path | None) -> None:
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


def _compute_and_measure_signals(
    asked: CardRequest,
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
    from iprseg.brands.learn import learn_brands
    from iprseg.signals import signal_cards, signal_groups
    from iprseg.tables import read_marketplace

    step("reading the tables")
    held = None
    if asked.labels is not None:
        from labeling.labels import check_same_listings, read_labels_with_titles

        held = read_labels_with_titles(asked.labels)
    marketplace = read_marketplace(asked.path, mapping=mapping, key=key_file)
    if held is not None:
        check_same_listings(held, marketplace.listings, asked.path)
    step("computing signals")
    learned = learn_brands(marketplace, extra=brands) if brands is not None else None
    signals, reasons = _compute_asked_signals(marketplace, asked, learned, None)
    step("computing them as of before")
    earlier = None
    if asked.before is not None:
        earlier = _compute_asked_signals(marketplace, asked, learned, asked.before)[0]
    step("measuring")
    truth, sellers, weights = select_labels(held, marketplace.listings, asked.level)
    if not len(signals.columns):
        return pd.DataFrame()
    cards = signal_cards(
        signals, truth, sellers, weights=weights, before=earlier, reasons=reasons
    )
    step("writing the page")
    if asked.out is not None:
        groups = None
        if asked.level in ("listing", "seller"):
            places = signal_groups(marketplace, asked.level)
            groups = signal_cards(signals, truth, sellers, weights=weights, by=places)
        _write_signal_card_page(asked, cards, groups, held)
    return cards


def _compute_asked_signals(
    marketplace: Marketplace,
    asked: CardRequest,
    brands: Any,
    as_of: pd.Timestamp | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compute the signals of a level, those of one id alone where one is asked for."""
    from iprseg.signals import signal_catalogue
    from iprseg.signals.compute import compute_signals_with_reasons

    families = None
    if asked.key:
        families = [signal_catalogue().at[asked.key, "family"]]
    found = compute_signals_with_reasons(
        marketplace, asked.level, as_of, None, brands, families=families
    )
    signals, reasons = found
    kept = [c for c in signals if not asked.key or str(c).startswith(f"{asked.key}_")]
    return signals[kept], reasons[kept]


def select_labels(
    held: SurveyLabels | None, listings: pd.DataFrame, level: str
) -> tuple[pd.Series | None, pd.Series | None, pd.Series | None]:
    """Give labels, sellers and weights for `signal_cards`."""
    sellers = listings.get("seller_id")
    if held is None or level not in ("listing", "seller"):
        return None, sellers, None
    labels = held.labels[held.labels["violative"].notna()]
    labels = labels[labels.index.isin(listings.index)]
    sizes = {
        name: stratum.frame_listings
        for design in reversed(held.designs)
        for name, stratum in design.strata.items()
    }
    # rows of a stratum are drawn alike: each label speaks for as many of its listings
    held = labels.groupby("stratum")["violative"].transform("size")
    weights = labels["stratum"].map(sizes).astype(float) / held
    return labels["violative"], sellers, weights


def _write_signal_card_page(
    asked: CardRequest,
    cards: pd.DataFrame,
    groups: pd.DataFrame | None,
    held: SurveyLabels | None,
) -> None:
    from iprseg.report import write_signal_cards

    facts = {"Tables": name_frame(asked.path)}
    if held is not None:
        facts["Labels"] = f"{held.path.name}, violations of any severity"
    write_signal_cards(
        asked.out or Path(),
        cards,
        groups=groups,
        level=asked.level,
        reference="" if asked.before is None else f"{asked.before:%Y-%m-%d}",
        title=f"Signal card {asked.key}" if asked.key else "Signal cards",
        facts=facts,
    )


_TABLE_KINDS = (".csv", ".xlsx", ".parquet")
_EXCEL_ROWS = 1_048_576 - 1  # one is the heading


def _refuse_unwritable_table_path(out: Path) -> None:
    """Refuse a file that could not be written, before any work is done.

    Raises
    ------
    IprsegError
        When its ending is none of ours, it is a folder, or its folder cannot be made.
    """
    if out.suffix not in _TABLE_KINDS:
        raise IprsegError(
            f"--out must be a file that ends in {', '.join(_TABLE_KINDS[:-1])} or "
            f"{_TABLE_KINDS[-1]}; got {str(out)!r}."
        )
    if out.is_dir():
        raise IprsegError(f"--out {str(out)!r} is a folder: give the path of a file.")
    make_folder(out.parent)


def _name_own_queries(paths: Sequence[Path]) -> dict[str, Path]:
    """Name each query of one's own after its file.

    Raises
    ------
    IprsegError
        When two files have one name.
    """
    named: dict[str, Path] = {}
    for path in paths:
        if (name := path.stem.partition(".")[0]) in named:
            raise IprsegError(
                f"--own gives {str(named[name])!r} and {str(path)!r}, which would both "
                f"be the column {name!r}: rename one."
            )
        named[name] = path
    return named


def _name_reasons_file(out: Path) -> Path:
    """Say where the reasons go: ``signals.reasons.csv`` beside ``signals.csv``.

    Examples
    --------
    >>> _name_reasons_file(Path("signals.csv")).name
    'signals.reasons.csv'
    """
    return out.with_name(f"{out.stem}.reasons{out.suffix}")


def write_values(table: pd.DataFrame, out: Path) -> None:
    """Write one row per entity, its id first; text is safe to open in a spreadsheet.

    Parameters
    ----------
    table : DataFrame
        Values or reasons, index: ids.
    out : pathlib.Path
        CSV, Excel or Parquet, by its ending. An empty cell is a missing value.

    Raises
    ------
    IprsegError
        When it cannot be written, or has more rows than Excel holds.
    """
    flat = table.reset_index()
    kind = out.suffix
    if kind == ".xlsx" and len(flat) > _EXCEL_ROWS:
        raise IprsegError(
            f"{len(flat):,} rows are more than an Excel sheet holds "
            f"({_EXCEL_ROWS:,}): write .csv or .parquet with --out."
        )
    try:
        if kind == ".parquet":
            flat.to_parquet(out, index=False)
            return
        if kind == ".csv":
            write_csv(flat, out, digits=10)
        else:
            for column in flat.columns[~flat.dtypes.map(pd.api.types.is_numeric_dtype)]:
                flat[column] = flat[column].astype(object).map(escape_cell)
            write_workbook(out, [BookSheet("signals", flat, wrap=False)])
    except OSError as error:
        raise IprsegError(
            f"{str(out)!r} cannot be written ({error.strerror}): choose another file "
            "with --out."
        ) from error
