"""`iprseg draw`: a recorded sample of your listings, into a label store."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from iprseg.cli._console import (
    BrandsFile,
    CohortsFolder,
    CohortsLevel,
    KeyFile,
    MappingFile,
    SourcePath,
    print_sentences,
    show_steps,
)
from iprseg.cli.cards import cards_of, check_link_template
from iprseg.errors import IprsegError, TableError
from iprseg.formats import format_half_width, format_percent
from iprseg.report.assignments import SavedAssignments, read_assignments
from iprseg.survey.design import (
    FIRST_WAVE,
    UNKNOWN_SELLER,
    DrawSettings,
    check_same_frame,
    count_stratum_listings,
    name_frame,
)
from iprseg.survey.plan import plan_draw_size
from iprseg.survey.strata import (
    StratumMinimum,
    choose_strata,
    compute_max_strata,
    merge_other_cohorts,
)
from iprseg.validation import check_interval, check_option

if TYPE_CHECKING:
    from iprseg.survey import SampleDesign
    from iprseg.tables import Marketplace
from collections.abc import Sequence

from iprseg.cli._console import quote_command, show_table
from iprseg.formats import format_count
from iprseg.report.assignments import sort_cohorts
from iprseg.survey.plan import compute_expected_half_widths
from iprseg.survey.strata import SHARED_STRATUM

if TYPE_CHECKING:
    from iprseg.survey import SampleDesign
    from labeling import LabelStore


DEFAULT_N = 200
N_STEPS = 5


def draw_command(
    path: SourcePath,
    store: Annotated[
        Path,
        typer.Option(help="The label store, one file; made if it is not there."),
    ],
    cohorts: CohortsFolder = None,
    level: CohortsLevel = None,
    n: Annotated[
        int | None,
        typer.Option(
            help="How many to draw: listings, or sellers with --unit seller.  "
            f"[default: {DEFAULT_N}]"
        ),
    ] = None,
    half_width: Annotated[
        float | None,
        typer.Option(
            help="Instead of --n: draw as many listings as a rate of all listings "
            "within this needs, such as 0.05 for plus or minus 5 points."
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(
            help="What chance chooses: listing, or seller (then all its listings, or "
            f"--listings-per-seller of them).  [default: {FIRST_WAVE.unit}]"
        ),
    ] = None,
    listings_per_seller: Annotated[
        int | None,
        typer.Option(help="With --unit seller: at most so many of a seller's."),
    ] = None,
    explore: Annotated[
        float | None,
        typer.Option(
            help="Share drawn evenly over all listings; the rest is drawn in equal "
            f"parts from each cohort.  [default: {FIRST_WAVE.explore}]"
        ),
    ] = None,
    shape_share: Annotated[
        float | None,
        typer.Option(
            help="Share of sellers whose labels are kept to fit models of your own "
            "and so measure no rate; the first draw into a store fixes it.  "
            f"[default: {FIRST_WAVE.shape_share:g}]"
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="The date that the tables show, such as 2026-03-31; listings that "
            "came later are left out."
        ),
    ] = None,
    next_wave: Annotated[
        bool,
        typer.Option(
            "--next-wave",
            help="Draw more, of what the earlier draws in the store left.",
        ),
    ] = False,
    link_template: Annotated[
        str | None,
        typer.Option(
            help="Address of a listing's page, for a link on its card, such as "
            "'https://shop.example/item/{listing_id}'."
        ),
    ] = None,
    mapping: MappingFile = None,
    brands: BrandsFile = None,
    key_file: KeyFile = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Seed; the same seed, the same sample.  [default: 0]"),
    ] = None,
) -> None:
    """Draw a sample of your listings for labeling, and record how it was drawn.

    Every listing has a known chance to be drawn, so that the labels give a rate with
    an interval. With --cohorts each cohort gets its part. The sample goes into a label
    store together with what a labeler is to see: id, seller, titles, prices, signals
    and the brand words found. Then run `iprseg label FILE --annotator NAME`.
    """
    from iprseg.survey import SampleDesign
    from labeling.labels import holds_design, settle_draw
    from labeling.store.label_store import open_store

    asked = DrawSettings(
        unit, listings_per_seller, explore, shape_share, _parse_day(as_of), seed
    )
    _check_draw_options(asked, n, half_width, level if cohorts is None else None)
    check_link_template(link_template)
    assigned = None if cohorts is None else read_assignments(cohorts, level)
    with open_store(store, create=not next_wave) as opened:
        draw, held = settle_draw(opened, asked, next_wave)
        with show_steps(N_STEPS) as step:
            step("reading tables")
            marketplace = _read_sampling_frame(path, mapping, key_file, draw.as_of)
            listings, mine = marketplace.listings, None
            if assigned is not None:
                mine = _look_up_cohorts(listings, assigned, draw.unit, path)
            step("drawing")
            size, why = _choose_sample_size(n, half_width, mine, len(listings), draw)
            strata, shared = _assign_strata(listings, mine, assigned, held, size, draw)
            earlier = held if next_wave else []
            if earlier:
                check_same_frame(earlier[0], strata)
            sample = _draw_listings(
                listings, size, strata, draw, earlier, name_frame(path)
            )
            known = not earlier and holds_design(opened, sample["design_id"].iloc[0])
            if not known:
                content = cards_of(marketplace, sample, brands, link_template, step)
                step("saving")
                opened.add_design(
                    SampleDesign.of(sample),
                    sample,
                    content,
                    shape_share=draw.shape_share,
                )
        print_sentences(*why)
        if assigned is not None:
            _show_drawn_by_cohort(opened, sample, mine, strata, assigned.names, shared)
        _show_sample_and_next_command(opened, store, sample, known=known)


def _check_draw_options(
    asked: DrawSettings, n: int | None, half_width: float | None, level: str | None
) -> None:
    if level is not None:
        raise IprsegError(
            "--level says which cohorts of --cohorts to use: give --cohorts DIR too."
        )
    if n is not None and half_width is not None:
        raise IprsegError(
            "--n and --half-width both say how many to draw: give one of them."
        )
    owner = "iprseg draw"
    if asked.unit is not None:
        check_option("unit", asked.unit, ("listing", "seller"), owner)
    if half_width is not None and asked.unit == "seller":
        raise IprsegError(
            "--half-width counts listings and --unit seller draws sellers: say how "
            "many sellers with --n."
        )
    lows = {"n": (n, 1), "seed": (asked.seed, 0)}
    lows["listings-per-seller"] = (asked.listings_per_seller, 1)
    for name, (value, low) in lows.items():
        if value is not None:
            check_interval(name, value, owner, low=low)
    for name in ("explore", "shape_share"):
        if (share := getattr(asked, name)) is not None:
            check_interval(name.replace("_", "-"), share, owner, low=0, high=1)
    if asked.shape_share == 1:
        raise IprsegError(
            "With --shape-share 1 no label measures, so there would never be a rate: "
            "give a smaller share."
        )


def _parse_day(as_of: str | None) -> str | None:
    """Read a date, so that the same day written in two ways is one."""
    from iprseg.tables.parsing import parse_timestamp

    return None if as_of is None else parse_timestamp(as_of, "as-of").isoformat()


def _choose_sample_size(
    n: int | None,
    half_width: float | None,
    cohorts: pd.Series | None,
    listings: int,
    draw: DrawSettings,
) -> tuple[int, list[str]]:
    if half_width is None:
        return (DEFAULT_N if n is None else n), []
    sizes = pd.Series({"all": listings}) if cohorts is None else cohorts.value_counts()
    return _explain_draw_size(sizes, half_width, draw.explore, draw.shape_share)


def _explain_draw_size(
    sizes: pd.Series, half_width: float, explore: float, shape_share: float
) -> tuple[int, list[str]]:
    """Choose how many listings to draw, and say why so many."""
    if shape_share == 1:
        raise IprsegError(
            "With --shape-share 1 no label measures, so no number of them reaches a "
            "--half-width: give a smaller share."
        )
    n, needed = plan_draw_size(sizes, half_width, explore, shape_share)
    told = (
        f"For {format_half_width(half_width)}: {needed:,} labels that measure (at a "
        f"rate of half, the most demanding), so {n:,} of {int(sizes.sum()):,} listings "
        f"are drawn, because {format_percent(shape_share)} of the labels shape cohorts "
        "instead."
    )
    if shape_share == 0:
        told = told.partition(", because")[0] + "."
    return n, [told]


def _read_sampling_frame(
    path: str, mapping: Path | None, key_file: Path | None, as_of: str | None
) -> Marketplace:
    """Read the tables, as of a date where one is given and listings are dated.

    Raises
    ------
    TableError
        No listing to draw from.
    """
    from iprseg.tables import read_marketplace

    marketplace = read_marketplace(path, mapping=mapping, key=key_file)
    if as_of is not None:
        if "created_at" in marketplace.listings:
            marketplace = marketplace.as_of(as_of)
        else:
            warnings.warn(
                f"Nothing in {path!r} says when listings appeared, so --as-of {as_of} "
                "is only recorded.",
                stacklevel=2,
            )
    if not len(marketplace.listings):
        when = "" if as_of is None else f" from before {as_of}"
        raise TableError(f"{path!r} holds no listing{when} to draw from.")
    return marketplace


def _look_up_cohorts(
    listings: pd.DataFrame, assigned: SavedAssignments, unit: str, path: str
) -> pd.Series:
    """Give the number of each listing's cohort, as text.

    Raises
    ------
    IprsegError, TableError
        Cohorts of other tables, or of listings where sellers are drawn.
    """
    if unit == "seller" and assigned.level == "listing":
        raise IprsegError(
            "With --unit seller all listings of a seller need one cohort, and those in "
            f"{str(assigned.folder)!r} are of listings: use cohorts of sellers "
            "(--level seller), or leave --cohorts out."
        )
    cohorts, lost = assigned.of_listings(listings, repr(path))
    if lost.any():
        raise TableError(
            f"{int(lost.sum()):,} of {len(listings):,} listings of {path!r} have no "
            f"cohort in {str(assigned.folder)!r} (first: {lost.index[lost][0]!r}): "
            "find the cohorts of these very tables with `iprseg segment`."
        )
    # the number, not the name: a stratum must be the same in the next wave
    return cohorts.map(lambda one: UNKNOWN_SELLER if pd.isna(one) else str(int(one)))


def _assign_strata(
    listings: pd.DataFrame,
    cohorts: pd.Series | None,
    assigned: SavedAssignments | None,
    held: list[SampleDesign],
    size: int,
    draw: DrawSettings,
) -> tuple[pd.Series, str]:
    """Give the stratum of each listing, and why cohorts share one if some do.

    Parameters
    ----------
    listings : DataFrame
    cohorts : Series or None
        From `_look_up_cohorts`; None puts all listings into one stratum.
    assigned : Assigned or None
        For the order of the cohorts.
    held : list of SampleDesign
        Waves that the store holds: their strata are taken again, because those of one
        survey never change.
    size : int
        Listings or sellers to draw.
    draw : Draw
        Everything in it is settled.
    """
    if cohorts is None or assigned is None:
        return pd.Series("all", index=listings.index, dtype=object), ""
    if held:
        strata = merge_other_cohorts(cohorts, count_stratum_listings(held[0]).index)
        return strata, "So it was in the first wave."
    units = StratumMinimum.of_draw(listings, draw.unit, draw.shape_share)
    order = [*(str(one) for one in assigned.order), UNKNOWN_SELLER]
    most = compute_max_strata(size, draw.explore, draw.shape_share)
    strata = choose_strata(cohorts, units, order, most)
    return strata, explain_shared_strata(cohorts, units, order, strata, draw.explore)


def _draw_listings(
    listings: pd.DataFrame,
    n: int,
    strata: pd.Series,
    draw: DrawSettings,
    earlier: list[SampleDesign],
    name: str,
) -> pd.DataFrame:
    """Draw; everything in `draw` is settled."""
    from iprseg.survey import draw_sample

    return draw_sample(
        listings[listings.columns.intersection(["seller_id"])],
        n,
        strata,
        unit=draw.unit,
        listings_per_seller=draw.listings_per_seller,
        explore=draw.explore,
        earlier=earlier,
        frame_id=name,
        as_of=draw.as_of,
        random_state=draw.seed,
    )


def _show_sample_and_next_command(
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
    from labeling import read_labels

    design = SampleDesign.of(sample)
    labels = read_labels(store)
    mine = labels[labels["design_id"] == design.design_id]
    head = f"Wave {design.wave}, design {design.design_id}"
    if known:
        head += ", which the store held already: nothing was changed"
    print_sentences(f"{head}.", *_describe_draw(design, labels, mine))
    typer.echo(
        "\nNext: " + quote_command("iprseg", "label", path, "--annotator", "NAME")
    )


def _show_drawn_by_cohort(
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
    from labeling import read_labels

    columns = [
        ("", "right"),
        ("Cohort", "left"),
        ("Listings", "right"),
        ("Drawn", "right"),
        ("To measure", "right"),
    ]
    labels = read_labels(store, sample["design_id"].iloc[0])
    measuring = labels.index[labels["role"] == "measure"]
    parts = (cohorts, cohorts.loc[sample.index], cohorts.loc[measuring])
    counts = pd.concat([part.value_counts() for part in parts], axis=1)
    counts = counts.fillna(0).astype(int)
    titles = {str(number): names[number] for number in sort_cohorts(list(names))}
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
    shared = cohorts[strata == SHARED_STRATUM].unique()
    if len(shared) > 1:
        listed = ", ".join(key for key in [*titles, UNKNOWN_SELLER] if key in shared)
        print_sentences(
            f"Drawn as one, so that labels reach every part: {listed}. {why}"
        )


def _describe_draw(
    design: SampleDesign, labels: pd.DataFrame, mine: pd.DataFrame
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
    told.append(_describe_precision(design, labels, sizes))
    waiting = int(
        (labels["status"] == "unserved").sum() - (mine["status"] == "unserved").sum()
    )
    if waiting:
        told.append(
            f"{format_count(waiting, 'listing')} of earlier waves still wait for a "
            "label."
        )
    return told


def _describe_precision(
    design: SampleDesign, labels: pd.DataFrame, sizes: pd.Series
) -> str:
    widths = compute_expected_half_widths(labels, sizes)
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
    split = (labels["role"] != "measure").any()
    if (split or design.unit == "seller") and alike > 1.05 * alone:
        told += f", or {format_half_width(alike)} if a seller's listings are all alike"
    return told + " (where half are violations; fewer are known more exactly)."


def explain_shared_strata(
    cohorts: pd.Series,
    units: StratumMinimum,
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
    >>> units = StratumMinimum(pd.Series(range(53)), 8, "sellers")
    >>> order = ["1", "0", "-1"]
    >>> strata = choose_strata(cohorts, units, order, 2)
    >>> explain_shared_strata(cohorts, units, order, strata, 0.2).partition(". ")[0]
    'Too small for a part of their own, whatever --n: -1 (fewer than 8 sellers)'
    """
    if explore == 1:
        return "With --explore 1 no cohort gets a part of its own."
    sizes = units.of.groupby(cohorts).nunique()
    shared = cohorts[strata == SHARED_STRATUM].unique()
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
