"""`iprseg draw`: a recorded sample of your listings, into a label store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from iprseg._check import check_interval, check_option
from iprseg.cli._cohorts import read_assignments
from iprseg.cli._drawn import show_cohorts, show_drawn
from iprseg.cli._options import (
    BrandsFile,
    CohortsFolder,
    CohortsLevel,
    KeyFile,
    MappingFile,
    SourcePath,
)
from iprseg.cli._plan import plan_draw_size
from iprseg.cli._sampling import (
    cards_of,
    cohorts_of,
    read_frame,
    sample_of,
    strata_of,
)
from iprseg.cli._show import say
from iprseg.cli._steps import show_steps
from iprseg.cli._waves import FIRST, Draw, name_frame, refuse_another_frame
from iprseg.errors import IprsegError
from iprseg.wording import format_half_width, format_share

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
            f"--listings-per-seller of them).  [default: {FIRST.unit}]"
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
            f"parts from each cohort.  [default: {FIRST.explore}]"
        ),
    ] = None,
    shape_share: Annotated[
        float | None,
        typer.Option(
            help="Share of sellers whose labels are kept to fit models of your own "
            "and so measure no rate; the first draw into a store fixes it.  "
            f"[default: {FIRST.shape_share:g}]"
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
    store together with what a labeler is to see: titles, prices, signals and the brand
    words found. Then run `iprseg label FILE --annotator NAME`.
    """
    from iprseg.cli._gold import holds_design, settle_draw
    from iprseg.cli._store import open_store
    from iprseg.survey import SampleDesign

    asked = Draw(unit, listings_per_seller, explore, shape_share, _day(as_of), seed)
    _check(asked, n, half_width, level if cohorts is None else None)
    assigned = None if cohorts is None else read_assignments(cohorts, level)
    with open_store(store, create=not next_wave) as labels:
        draw, held = settle_draw(labels, asked, next_wave)
        with show_steps(N_STEPS) as step:
            step("reading tables")
            mp = read_frame(path, mapping, key_file, draw.as_of)
            listings, mine = mp.listings, None
            if assigned is not None:
                mine = cohorts_of(listings, assigned, draw.unit, path)
            step("drawing")
            size, why = _size(n, half_width, mine, len(listings), draw)
            strata, shared = strata_of(listings, mine, assigned, held, size, draw)
            earlier = held if next_wave else []
            if earlier:
                refuse_another_frame(earlier[0], strata)
            sample = sample_of(listings, size, strata, draw, earlier, name_frame(path))
            known = not earlier and holds_design(labels, sample["design_id"].iloc[0])
            if not known:
                content = cards_of(mp, sample, brands, step)
                step("saving")
                labels.add_design(
                    SampleDesign.of(sample),
                    sample,
                    content,
                    shape_share=draw.shape_share,
                )
        say(*why)
        if assigned is not None:
            show_cohorts(labels, sample, mine, strata, assigned.names, shared)
        show_drawn(labels, store, sample, known=known)


def _check(
    asked: Draw, n: int | None, half_width: float | None, level: str | None
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


def _day(as_of: str | None) -> str | None:
    """Read a date, so that the same day written in two ways is one."""
    from iprseg.tables._times import parse_time

    return None if as_of is None else parse_time(as_of, "as-of").isoformat()


def _size(
    n: int | None,
    half_width: float | None,
    cohorts: pd.Series | None,
    listings: int,
    draw: Draw,
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
    n, labels = plan_draw_size(sizes, half_width, explore, shape_share)
    told = (
        f"For {format_half_width(half_width)}: {labels:,} labels that measure (at a "
        f"rate of half, the most demanding), so {n:,} of {int(sizes.sum()):,} listings "
        f"are drawn, because {format_share(shape_share)} of the labels shape cohorts "
        "instead."
    )
    if shape_share == 0:
        told = told.partition(", because")[0] + "."
    return n, [told]
