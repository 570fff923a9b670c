"""`iprseg segment`: tables in, named cohorts and a report out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iprseg.cli._console import (
    BrandsFile,
    KeyFile,
    MappingFile,
    SourcePath,
    print_sentences,
    show_steps,
)
from iprseg.report.results import prepare_folder, save_results
from iprseg.tables.access import LEVELS
from iprseg.validation import check_interval, check_option

if TYPE_CHECKING:
    from iprseg.pipeline import CohortResult
    from iprseg.tables import Marketplace

_BOTH = "both"
N_STEPS = 8  # reading, the six steps of find_cohorts, the report
RUNS, SEEDS = 10, 2  # of a verdict on stability
_QUICK_ROWS = 20_000  # rows up to which it is had in about a minute


def segment_command(
    path: SourcePath,
    level: Annotated[
        str,
        typer.Option(
            help="What to segment: listing, seller, creator, or both (the first two)."
        ),
    ] = "listing",
    out: Annotated[
        Path, typer.Option(help="Folder for the report and the Parquet files.")
    ] = Path("out/segment"),
    mapping: MappingFile = None,
    brands: BrandsFile = None,
    key_file: KeyFile = None,
    method: Annotated[
        str,
        typer.Option(help="coreset (fast, default) or reference (UMAP + HDBSCAN)."),
    ] = "coreset",
    seed: Annotated[
        int,
        typer.Option(
            help="Seed; the same seed, the same cohorts. Up to 8,192 rows that differ "
            "cohorts do not depend on it (of method reference they do)."
        ),
    ] = 0,
    edits: Annotated[
        Path | None,
        typer.Option(
            help="Merges and splits that `CohortEdits.save` wrote: done again where "
            "their members are now."
        ),
    ] = None,
    stability: Annotated[
        int | None,
        typer.Option(
            help="How often cohorts are found anew in half of the sellers, for a "
            f"verdict on each; 0 leaves it out.  [default: {RUNS} up to "
            f"{_QUICK_ROWS:,} rows, 0 above (and for the reference method), where it takes "
            "minutes]",
            show_default=False,
        ),
    ] = None,
    min_cohort_size: Annotated[
        int | None,
        typer.Option(
            help="Least listings (sellers, creators) of a cohort: fewer find smaller "
            "kinds, and more that are chance.  [default: the larger of 10 and half "
            "the square root of their number]",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="A label store: cohorts get rates and a new order from its labels, "
            "and the report shows before and after. They stay the same cohorts only "
            "for the same tables, options and seed as before."
        ),
    ] = None,
) -> None:
    """Segment your tables into named risk cohorts and write a report.

    Writes report.html and report.xlsx, cohorts.csv, members.csv (each with its cohort
    and what speaks against it), outliers.csv (who stands out by themselves, mostly in
    no cohort), cohorts.parquet, assignments.parquet, signals.parquet and
    result_LEVEL.zip (which `CohortResult.load` reads) to the folder given by --out,
    in place of what an earlier run left there. The tables never leave this machine.

    A cohort's rank says where to look, not how much is wrong there. To know that, draw
    a sample, label it, estimate rates, and segment again with the labels: `iprseg
    draw PATH --cohorts DIR --store FILE`, `iprseg label FILE --annotator NAME`,
    `iprseg estimate FILE --cohorts DIR`, and this command, otherwise as before, with
    --labels FILE added.
    """
    check_option("level", level, (*LEVELS, _BOTH), "iprseg segment")
    levels = ["listing", "seller"] if level == _BOTH else [level]
    check_option("method", method, ("coreset", "reference"), "iprseg segment")
    lows = {"seed": (seed, 0), "stability": (stability or 0, 0)}
    lows["min-cohort-size"] = (2 if min_cohort_size is None else min_cohort_size, 2)
    for name, (value, low) in lows.items():
        check_interval(name, value, "iprseg segment", low=low)
    held = None
    if labels is not None:
        from labeling.labels import check_same_listings, read_labels_with_titles

        held = read_labels_with_titles(labels)
    from iprseg.brands.learn import learn_brands
    from iprseg.pipeline import find_cohorts
    from iprseg.segment import CohortEdits, Segmenter
    from iprseg.tables import read_marketplace

    kept = None if edits is None else CohortEdits.load(edits)
    runs = RUNS if stability is None else stability
    n_steps = 2 + len(levels) * (N_STEPS - 2 + runs + SEEDS * (runs > 0))
    with prepare_folder(out), show_steps(n_steps) as step:
        step("reading tables")
        marketplace = read_marketplace(path, mapping=mapping, key=key_file)
        if held is not None:
            check_same_listings(held, marketplace.listings, path)
        own = learn_brands(marketplace, extra=brands) if brands is not None else None
        results = [
            find_cohorts(
                marketplace,
                one,
                brands=own,
                segmenter=Segmenter(method=method, random_state=seed, edits=kept),
                min_cohort_size=min_cohort_size,
                random_state=seed,
                step=step,
                labels=None if held is None else held.labels,
                stability=_choose_stability_runs(marketplace, one, method, stability),
            )
            for one in levels
        ]
        step("writing the report")
        save_results(
            results,
            out,
            marketplace=marketplace,
            title=f"Cohorts of {'s and '.join(levels)}s in {Path(path).name or path}",
            seed=seed,
            options={
                "levels": levels,
                "method": method,
                "stability": stability,
                "min_cohort_size": min_cohort_size,
                "brands": None if brands is None else str(brands),
                "edits": None if edits is None else str(edits),
                "labels": None if labels is None else str(labels),
            },
        )
    for result in results:
        _show_stability_and_outliers(result, out)
    typer.echo(f"Report: {(out / 'report.html').resolve()}")


def _show_stability_and_outliers(result: CohortResult, out: Path) -> None:
    """Say whether the cohorts of a level hold, and how many stand out alone."""
    if result.stability is not None:
        print_sentences(result.stability.summary())
    if result.outliers is not None and len(result.outliers):
        found = f"{len(result.outliers):,} {result.level}s stand out by themselves"
        print_sentences(
            f"{found}, by two kinds of evidence or a rare strong sign each: "
            f"{out / 'outliers.csv'}"
        )


def _choose_stability_runs(
    marketplace: Marketplace, level: str, method: str, asked: int | None
) -> int:
    """Return the runs asked for; unasked, measure stability where that is quick."""
    if asked is not None:
        return asked
    if level == "creator":
        return RUNS if method == "coreset" else 0  # thousands at most
    rows = (
        marketplace.listings["seller_id"].nunique()
        if level == "seller"
        else len(marketplace.listings)
    )
    return RUNS if rows <= _QUICK_ROWS and method == "coreset" else 0
