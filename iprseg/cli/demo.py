"""`iprseg demo`: the whole path on a synthetic marketplace with known truth."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer

from iprseg.cli._console import print_sentences, quote_command, show_steps, show_table
from iprseg.cohorts import rate_cohorts
from iprseg.cohorts.lift import phrase_signals
from iprseg.formats import format_whole_percent
from iprseg.pipeline import CohortResult
from iprseg.report.results import make_folder, save_results
from iprseg.validation import check_interval

if TYPE_CHECKING:
    from iprseg.tables import Marketplace


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
    simulated annotator of known error. Writes the files of `iprseg segment`
    to the folder given by --out, the tables to its folder tables/ and the labels to a
    store beside them, so that the other commands can be tried on them.
    """
    check_interval("listings", listings, "iprseg demo", low=1)
    check_interval("seed", seed, "iprseg demo", low=0)
    make_folder(out / "tables")
    from iprseg.brands.learn import learn_brands
    from iprseg.embed import embed_listings
    from iprseg.pipeline import find_cohorts
    from iprseg.simulate import make_marketplace, planted_agreement

    with show_steps(N_STEPS) as step:
        step("making a marketplace")
        simulated = make_marketplace(
            listings, max(1, round(listings / LISTINGS_PER_SELLER)), random_state=seed
        )
        marketplace = _write_tables(simulated.tables, out / "tables", seed)
        shared: dict[str, Any] = {"stability": RUNS, "random_state": seed, "step": step}
        shared |= {
            "brands": learn_brands(marketplace),
            "embeddings": embed_listings(marketplace),
        }
        results = [
            find_cohorts(marketplace, one, **shared) for one in ("listing", "seller")
        ]
        step("comparing with the planted truth")
        metrics = planted_agreement(results, simulated.truth, random_state=seed)
        step("labeling a sample")
        store = out / f"labels_{listings}_{seed}.db"
        labels = _label_sample(marketplace, results[0], simulated.truth, store, seed)
        results = [_rate_result(result, marketplace, labels) for result in results]
        step("writing the report")
        save_results(
            results,
            out,
            marketplace=marketplace,
            title="Cohorts of a synthetic marketplace",
            seed=seed,
            metrics=metrics,
            more={"Labels": _describe_labels(labels)},
        )
    typer.echo(metrics.to_string(index=False))
    print_sentences(
        "Agreement with what was planted: 1 is all, 0 what chance gives.\n",
        "Cohorts to review first, by suspicion:",
    )
    for result in results:
        _show_first_cohorts(result)
    typer.echo(f"Tables: {(out / 'tables').resolve()}")
    typer.echo(f"Labels: {store.resolve()}")
    typer.echo(f"Report: {(out / 'report.html').resolve()}")
    again = ("iprseg", "segment", out / "tables", "--level", "both", "--out")
    typer.echo("Next: " + quote_command(*again, out / "again"))


_N_FIRST = 4  # cohorts of a level that are printed; all are in the report


def _show_first_cohorts(result: CohortResult) -> None:
    first = result.cohorts.dropna(subset="risk_rank").sort_values("risk_rank")
    show_table(
        [
            ("#", "right"),
            (f"{result.level}s", "right"),
            ("Suspicion", "right"),
            ("Cohort", "left"),
        ],
        [
            (
                str(int(row["risk_rank"])),
                f"{row['size']:,}",
                f"{row['suspicion']:.1f}",
                row["name"],
            )
            for row in first.head(_N_FIRST).to_dict("records")
        ],
    )


def _write_tables(raw: dict[str, pd.DataFrame], folder: Path, seed: int) -> Any:
    """Hide identities, write the tables to a folder, and give the marketplace."""
    from iprseg.tables import Marketplace, Vault
    from iprseg.tables.vault import hide_identities

    # invented identities need no secret, and the same seed gives the same tables
    vault = Vault(hashlib.sha256(f"demo {seed}".encode()).digest())
    tables = hide_identities(raw, vault)
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    return Marketplace.from_frames(tables)


SENSITIVITY, SPECIFICITY = 0.9, 0.98
_DRAW_ONE_IN = 8  # one listing of so many is drawn


def _label_sample(
    marketplace: Marketplace,
    listings: CohortResult,
    truth: dict[str, pd.DataFrame],
    file: Path,
    seed: int,
) -> pd.DataFrame:
    """Draw by cohort and let a simulated annotator label; give the labels.

    Parameters
    ----------
    marketplace : Marketplace
    listings : CohortResult
        Of level listing: its cohorts are the strata.
    truth : dict of str to pandas.DataFrame
        What `make_marketplace` planted.
    file : pathlib.Path
        The label store; one that an earlier run of the same demo left is used again.
    seed : int
    """
    from iprseg.simulate import SimulatedLabeler
    from iprseg.survey import SampleDesign, draw_sample
    from labeling import Codebook, LabelQueue, LabelStore, make_content, read_labels

    frame = marketplace.listings.assign(cohort=listings.assignments)
    n = max(1, len(frame) // _DRAW_ONE_IN)
    sample = draw_sample(frame, n, "cohort", frame_id="tables", random_state=seed)
    content = make_content(
        frame.loc[sample.index],
        signals=listings.signals,
        reasons=listings.reasons,
        phrases=phrase_signals(listings.signals),
        origins=frame.reindex(columns=["seller_id"]).set_axis(["seller"], axis=1),
    )
    labeler = SimulatedLabeler(truth, SENSITIVITY, SPECIFICITY, random_state=seed)
    store = LabelStore(file)
    try:
        design = store.add_design(
            SampleDesign.of(sample), sample, content, shape_share=0.0
        )
        queue = LabelQueue(store, Codebook.load(), "simulated", design)
        while (item := queue.next()) is not None:
            answer = labeler.answer(item.listing_id)
            queue.submit(item, answer) if answer else queue.skip(item)
        return read_labels(store, design)
    finally:
        store.close()


def _rate_result(
    result: CohortResult, marketplace: Marketplace, labels: pd.DataFrame
) -> CohortResult:
    """Give the result with its cohorts rated and re-ranked."""
    cohorts = rate_cohorts(
        marketplace, result.level, result.assignments, result.cohorts, labels
    )
    return replace(result, cohorts=cohorts)


def _describe_labels(labels: pd.DataFrame) -> str:
    """Say in the report who labeled."""
    labeled = int((labels["status"] == "labeled").sum())
    return (
        f"{labeled:,} of {len(labels):,} drawn listings, by a simulated annotator who "
        f"calls {format_whole_percent(SENSITIVITY)} of planted violations so and "
        f"{format_whole_percent(SPECIFICITY)} of the other listings lawful"
    )
