"""`iprseg segment`: tables in, named cohorts and a report out."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from iprseg._check import check_interval, check_option
from iprseg.cli._gold import gold_of
from iprseg.cli._options import BrandsFile, KeyFile, MappingFile, SourcePath
from iprseg.cli._outputs import make_folder, write_outputs
from iprseg.cli._steps import show_steps
from iprseg.cli._store import open_store

N_STEPS = 8  # reading, the six steps of find_cohorts, the report


def segment_command(
    path: SourcePath,
    level: Annotated[
        str, typer.Option(help="What to segment: listing or seller.")
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
        int, typer.Option(help="Seed; the same seed, the same cohorts.")
    ] = 0,
    gold: Annotated[
        Path | None,
        typer.Option(
            help="A label store: the cohorts stay the same, and get rates and a new "
            "order from its labels; the report shows before and after."
        ),
    ] = None,
) -> None:
    """Segment your tables into named risk cohorts and write a report.

    Writes report.html, cohorts.parquet, assignments.parquet and signals.parquet to
    the folder given by --out, in place of what an earlier run left there. The tables
    never leave this machine.

    A cohort's rank says where to look, not how much is wrong there. To know that, draw
    a sample, label it, estimate rates, and segment again with the labels: `iprseg
    draw PATH --cohorts DIR --store FILE`, `iprseg label FILE --annotator NAME`,
    `iprseg estimate FILE --cohorts DIR`, and this command with --gold FILE added.
    """
    check_option("level", level, ("listing", "seller"), "iprseg segment")
    check_interval("seed", seed, "iprseg segment", low=0)
    check_option("method", method, ("coreset", "reference"), "iprseg segment")
    labels = None if gold is None else _labels(gold)
    make_folder(out)
    from iprseg.cohorts import find_cohorts
    from iprseg.segment import Segmenter
    from iprseg.signals import learn_brands
    from iprseg.tables import read_marketplace

    with show_steps(N_STEPS) as step:
        step("reading tables")
        mp = read_marketplace(path, mapping=mapping, key=key_file)
        own = learn_brands(mp, extra=brands) if brands is not None else None
        result = find_cohorts(
            mp,
            level,
            brands=own,
            segmenter=Segmenter(method=method, random_state=seed),
            random_state=seed,
            step=step,
            gold=labels,
        )
        step("writing the report")
        write_outputs(
            [result],
            mp,
            out,
            title=f"Cohorts of {level}s in {Path(path).name or path}",
            seed=seed,
        )
    typer.echo(f"Report: {(out / 'report.html').resolve()}")


def _labels(path: Path) -> pd.DataFrame:
    """Read the labels before any other work: a wrong path is told at once."""
    with open_store(path) as store:
        return gold_of(store)[0]
