"""`iprseg segment`: tables in, named cohorts and a report out."""

from pathlib import Path
from typing import Annotated

import typer

from iprseg._check import check_interval, check_option
from iprseg.cli._options import MappingFile, SourcePath
from iprseg.cli._outputs import make_folder, write_outputs
from iprseg.cli._steps import show_steps

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
    brands: Annotated[
        Path | None,
        typer.Option(
            help="A CSV of brands of your own (columns: name, aliases, lines; several "
            "in one cell are separated by ;), added to the ones learned.",
        ),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the vault's key, needed only where the tables hold "
            "identities; the variable IPRSEG_VAULT_KEY does as well.",
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(help="coreset (fast, default) or reference (UMAP + HDBSCAN)."),
    ] = "coreset",
    seed: Annotated[
        int, typer.Option(help="Seed; the same seed, the same cohorts.")
    ] = 0,
) -> None:
    """Segment your tables into named risk cohorts and write a report.

    Writes report.html, cohorts.parquet, assignments.parquet and signals.parquet to
    the folder given by --out, in place of what an earlier run left there. The tables
    never leave this machine.
    """
    check_option("level", level, ("listing", "seller"), "iprseg segment")
    check_interval("seed", seed, "iprseg segment", low=0)
    check_option("method", method, ("coreset", "reference"), "iprseg segment")
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
