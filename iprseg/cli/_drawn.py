"""Tell what was drawn, what rate to expect of it, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import typer

from iprseg.cli._cohorts import in_order
from iprseg.cli._plan import expected_half_widths
from iprseg.cli._show import command, say, show_table
from iprseg.cli._strata import OTHERS, Units, choose_strata
from iprseg.cli._waves import UNKNOWN_SELLER
from iprseg.wording import format_count, format_half_width

if TYPE_CHECKING:
    from iprseg.survey import SampleDesign
    from labeling import LabelStore


def show_drawn(
    store: LabelStore, path: Path, sample: pd.DataFrame, *, known: bool
) -> None:
    """Print what the sample is good for and the next command.

    Parameters
    ----------
    store : LabelStore
        It holds the sample.
    path : pathlib.Path
        The store, as the user wrote it.
    sample : DataFrame
        What was drawn.
    known : bool
        Whether the store held this very draw before.
    """
    from iprseg.survey import SampleDesign
    from labeling import gold_labels

    design = SampleDesign.of(sample)
    gold = gold_labels(store)
    mine = gold[gold["design_id"] == design.design_id]
    head = f"Wave {design.wave}, design {design.design_id}"
    if known:
        head += ", which the store held already: nothing was changed"
    say(f"{head}.", *_sentences(design, gold, mine))
    typer.echo("\nNext: " + command("iprseg", "label", path, "--annotator", "NAME"))


def show_cohorts(
    store: LabelStore,
    sample: pd.DataFrame,
    cohorts: pd.Series,
    strata: pd.Series,
    names: dict[int, str],
    why: str,
) -> None:
    """Print a table of the cohorts: listings, drawn, and of these to measure.

    Parameters
    ----------
    store : LabelStore
        It holds the sample.
    sample : DataFrame
        What was drawn.
    cohorts, strata : Series of str by listing id
        Of the whole frame.
    names : dict of int to str
        Of the cohorts.
    why : str
        Why some share a stratum, if some do.
    """
    from labeling import gold_labels

    columns = [
        ("", "right"),
        ("Cohort", "left"),
        ("Listings", "right"),
        ("Drawn", "right"),
        ("To measure", "right"),
    ]
    gold = gold_labels(store, sample["design_id"].iloc[0])
    measuring = gold.index[gold["role"] == "measure"]
    parts = (cohorts, cohorts.loc[sample.index], cohorts.loc[measuring])
    counts = pd.concat([part.value_counts() for part in parts], axis=1)
    counts = counts.fillna(0).astype(int)
    titles = {str(number): names[number] for number in in_order(list(names))}
    keys = [key for key in titles if key in counts.index]
    rows = [
        [
            key if key in titles else "",
            titles.get(key, "of unknown seller"),
            *(f"{number:,}" for number in counts.loc[key]),
        ]
        for key in [*keys, *counts.index.difference(keys)]
    ]
    total = ["", "all", *(f"{number:,}" for number in counts.sum())]
    show_table(columns, [*rows, total], last=1)
    shared = cohorts[strata == OTHERS].unique()
    if len(shared) > 1:
        listed = ", ".join(key for key in [*titles, UNKNOWN_SELLER] if key in shared)
        say(f"Drawn as one, so that labels reach every part: {listed}. {why}")


def _sentences(
    design: SampleDesign, gold: pd.DataFrame, mine: pd.DataFrame
) -> list[str]:
    sizes = pd.Series(
        {name: stratum.frame_listings for name, stratum in design.strata.items()}
    )
    measuring = int((mine["role"] == "measure").sum())
    sellers = sum(len(stratum.drawn) for stratum in design.strata.values())
    of = f" of {format_count(sellers, 'seller')}" if design.unit == "seller" else ""
    told = [
        f"{len(mine):,} of {format_count(int(sizes.sum()), 'listing')} drawn{of}: "
        f"{measuring:,} to measure rates, {len(mine) - measuring:,} whose labels may "
        "shape cohorts. Which is fixed by seller, so that no label does both."
    ]
    told.append(_precision(design, gold, sizes))
    waiting = int(
        (gold["status"] == "unserved").sum() - (mine["status"] == "unserved").sum()
    )
    if waiting:
        told.append(
            f"{format_count(waiting, 'listing')} of earlier waves still wait for a "
            "label."
        )
    return told


def _precision(design: SampleDesign, gold: pd.DataFrame, sizes: pd.Series) -> str:
    widths = expected_half_widths(gold, sizes)
    if widths is None:
        return (
            "Of some stratum no listing measures, so that there is no rate of all "
            "listings: draw more with --next-wave."
        )
    alone, alike = widths
    if alone == 0:
        return (
            "Every listing is drawn: once all are labeled, the rate of all listings "
            "is theirs, without a margin."
        )
    if alone >= 0.5:
        return (
            "So few labels say next to nothing of the rate of all listings: draw more "
            "with --next-wave."
        )
    told = (
        "Once all are labeled, expect the rate of all listings to within about "
        f"{format_half_width(alone)}"
    )
    split = (gold["role"] != "measure").any()
    if (split or design.unit == "seller") and alike > 1.05 * alone:
        told += f", or {format_half_width(alike)} if a seller's listings are all alike"
    return told + " (where half are violations; fewer are known more exactly)."


def explain_shared_strata(
    cohorts: pd.Series,
    units: Units,
    order: Sequence[str],
    strata: pd.Series,
    explore: float,
) -> str:
    """Say why cohorts share a stratum, and whether drawing more would change it.

    Parameters
    ----------
    cohorts, units, order
        As `choose_strata` took them.
    strata : Series of str by listing id
        What it gave.
    explore : float
        Share drawn evenly.

    Examples
    --------
    >>> cohorts = pd.Series(["0"] * 30 + ["1"] * 20 + ["-1"] * 3)
    >>> units = Units(pd.Series(range(53)), 8, "sellers")
    >>> order = ["1", "0", "-1"]
    >>> strata = choose_strata(cohorts, units, order, 2)
    >>> explain_shared_strata(cohorts, units, order, strata, 0.2).partition(". ")[0]
    'Too small for a part of their own, whatever --n: -1 (fewer than 8 sellers)'
    """
    if explore == 1:
        return "With --explore 1 no cohort gets a part of its own."
    sizes = units.of.groupby(cohorts).nunique()
    shared = cohorts[strata == OTHERS].unique()
    small = [one for one in order if one in shared and sizes[one] < units.least]
    few = f"{', '.join(small)} (fewer than {units.least} {units.noun})"
    best = choose_strata(cohorts, units, order, len(sizes))
    if best.nunique() > strata.nunique():
        told = "A larger --n gives more cohorts a part of their own"
        return told + (f"; but not {few}." if small else ".")
    told = f"Too small for a part of their own, whatever --n: {few}."
    if len(small) < len(shared):
        told += " What else is named is drawn with them, or they would be too few."
    return told
