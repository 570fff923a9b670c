"""`iprseg demo`: the whole path on a synthetic marketplace with known truth."""

import hashlib
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from iprseg._check import check_interval
from iprseg.cli._outputs import make_folder, write_outputs
from iprseg.cli._steps import show_steps

LISTINGS_PER_SELLER = 6.25  # 5,000 listings of 800 sellers
N_STEPS = 15  # making it, the six steps of find_cohorts twice, scoring, the report


def demo_command(
    out: Annotated[Path, typer.Option(help="Folder for everything the demo writes.")],
    listings: Annotated[int, typer.Option(help="How many listings to make.")] = 5000,
    seed: Annotated[int, typer.Option(help="Seed; the same seed, the same demo.")] = 0,
) -> None:
    """Make a synthetic marketplace, segment it, and report how well that went.

    Nothing is downloaded and no real brand or seller appears. Writes report.html,
    cohorts.parquet, assignments.parquet and signals.parquet to the folder given by
    --out, and the tables themselves to its folder tables/, so that `iprseg check`
    and `iprseg segment` can be tried on them.
    """
    check_interval("listings", listings, "iprseg demo", low=1)
    check_interval("seed", seed, "iprseg demo", low=0)
    make_folder(out / "tables")
    from iprseg.cohorts import find_cohorts
    from iprseg.embed import embed_listings
    from iprseg.signals import learn_brands
    from iprseg.simulate import make_marketplace, planted_agreement
    from iprseg.tables import Marketplace, Vault
    from iprseg.tables.vault import hide_identities

    with show_steps(N_STEPS) as step:
        step("making a marketplace")
        simulated = make_marketplace(
            listings, max(1, round(listings / LISTINGS_PER_SELLER)), random_state=seed
        )
        # invented identities need no secret, and the same seed gives the same tables
        vault = Vault(hashlib.sha256(f"demo {seed}".encode()).digest())
        tables = hide_identities(simulated.tables, vault)
        _write_tables(tables, out / "tables")
        mp = Marketplace.from_frames(tables)
        shared = {"brands": learn_brands(mp), "embeddings": embed_listings(mp)}
        results = [
            find_cohorts(mp, level, random_state=seed, step=step, **shared)
            for level in ("listing", "seller")
        ]
        step("comparing with the planted truth")
        metrics = planted_agreement(results, simulated.truth, random_state=seed)
        step("writing the report")
        write_outputs(
            results,
            mp,
            out,
            title="Cohorts of a synthetic marketplace",
            seed=seed,
            metrics=metrics,
        )
    typer.echo(metrics.to_string(index=False))
    typer.echo(f"Tables: {(out / 'tables').resolve()}")
    typer.echo(f"Report: {(out / 'report.html').resolve()}")


def _write_tables(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
