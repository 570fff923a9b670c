"""`iprseg demo`: the whole path on a synthetic marketplace with known truth."""

import hashlib
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from iprseg._check import check_interval
from iprseg.cli._outputs import make_folder, write_outputs
from iprseg.cli._steps import show_steps

LISTINGS_PER_SELLER = 6.25  # 5,000 listings of 800 sellers
RUNS, SEEDS = 5, 2  # of a verdict on stability: about 12 seconds for both levels
# making it, find_cohorts (six steps and the runs) twice, scoring, labels, the report
N_STEPS = 16 + 2 * (RUNS + SEEDS)


def demo_command(
    out: Annotated[Path, typer.Option(help="Folder for everything the demo writes.")],
    listings: Annotated[int, typer.Option(help="How many listings to make.")] = 5000,
    seed: Annotated[int, typer.Option(help="Seed; the same seed, the same demo.")] = 0,
) -> None:
    """Make a synthetic marketplace, segment it, label a sample, and report all of it.

    Nothing is downloaded and no real brand or seller appears. Labels come from a
    simulated annotator of known error. Writes report.html, cohorts.csv, suspects.csv,
    cohorts.parquet, assignments.parquet and signals.parquet to the folder given by
    --out, the tables to its folder tables/ and the labels to a store beside them, so
    that the other commands can be tried on them.
    """
    check_interval("listings", listings, "iprseg demo", low=1)
    check_interval("seed", seed, "iprseg demo", low=0)
    make_folder(out / "tables")
    from iprseg.cli._demo_labels import about_labels, label_by_program, rated
    from iprseg.cohorts import find_cohorts
    from iprseg.embed import embed_listings
    from iprseg.signals import learn_brands
    from iprseg.simulate import make_marketplace, planted_agreement

    with show_steps(N_STEPS) as step:
        step("making a marketplace")
        simulated = make_marketplace(
            listings, max(1, round(listings / LISTINGS_PER_SELLER)), random_state=seed
        )
        mp = _kept(simulated.tables, out / "tables", seed)
        shared: dict[str, Any] = {"stability": RUNS, "random_state": seed, "step": step}
        shared |= {"brands": learn_brands(mp), "embeddings": embed_listings(mp)}
        results = [find_cohorts(mp, one, **shared) for one in ("listing", "seller")]
        step("comparing with the planted truth")
        metrics = planted_agreement(results, simulated.truth, random_state=seed)
        step("labeling a sample")
        store = out / f"labels_{listings}_{seed}.db"
        gold = label_by_program(mp, results[0], simulated.truth, store, seed)
        results = [rated(result, mp, gold) for result in results]
        step("writing the report")
        write_outputs(
            results,
            mp,
            out,
            title="Cohorts of a synthetic marketplace",
            seed=seed,
            metrics=metrics,
            more={"Labels": about_labels(gold)},
        )
    typer.echo(metrics.to_string(index=False))
    typer.echo(f"Tables: {(out / 'tables').resolve()}")
    typer.echo(f"Labels: {store.resolve()}")
    typer.echo(f"Report: {(out / 'report.html').resolve()}")


def _kept(raw: dict[str, pd.DataFrame], folder: Path, seed: int) -> Any:
    """Hide identities, write the tables to a folder, and give the marketplace."""
    from iprseg.tables import Marketplace, Vault
    from iprseg.tables.vault import hide_identities

    # invented identities need no secret, and the same seed gives the same tables
    vault = Vault(hashlib.sha256(f"demo {seed}".encode()).digest())
    tables = hide_identities(raw, vault)
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    return Marketplace.from_frames(tables)
