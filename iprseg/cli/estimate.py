"""`iprseg estimate`: labels in, rates with intervals out."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from iprseg._check import check_interval, check_option
from iprseg.cli._cohorts import read_assignments
from iprseg.cli._estimated import show_rates
from iprseg.cli._options import CohortsFolder, CohortsLevel, StorePath
from iprseg.cli._outputs import folder_for
from iprseg.cli._rates import estimate_rates, slices_of, write_gold, write_rates
from iprseg.cli._show import command
from iprseg.cli._steps import show_steps
from iprseg.errors import IprsegError

OWNER = "iprseg estimate"


def estimate_command(
    store: StorePath,
    cohorts: CohortsFolder = None,
    level: CohortsLevel = None,
    design: Annotated[
        str | None,
        typer.Option(help="Only the waves up to this one.  [default: all waves]"),
    ] = None,
    annotator: Annotated[
        str | None,
        typer.Option(help="Only this person's labels.  [default: everybody's]"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for rates.csv and gold.parquet, in place of earlier ones.  "
            "[default: the folder of the store]"
        ),
    ] = None,
    confidence: Annotated[
        float, typer.Option(help="Confidence of the intervals.")
    ] = 0.95,
    target: Annotated[
        str,
        typer.Option(
            help="What the rate is of: frame (the very listings drawn from) or beyond "
            "(sellers like theirs, as of next month; wider)."
        ),
    ] = "frame",
    role: Annotated[
        str,
        typer.Option(
            help="Which labels count: measure, or all; all only where no label shaped "
            "the cohorts."
        ),
    ] = "measure",
) -> None:
    """Estimate from the labels what share of your listings is suspected to violate.

    Prints the rate of all listings, and of each cohort with --cohorts (else of each
    stratum drawn), with an interval and with what it would be if the listings left
    unanswered were all lawful, or all violations. A cohort is called risky only where
    chance does not explain it. Writes rates.csv and gold.parquet (one row for each
    listing drawn). Then run `iprseg segment` again with --gold STORE.
    """
    from iprseg.cli._gold import gold_of
    from iprseg.cli._match import note_size
    from iprseg.cli._store import open_store

    _check(target, role, confidence, level if cohorts is None else None)
    assigned = None if cohorts is None else read_assignments(cohorts, level)
    out = store.parent if out is None else out
    with open_store(store) as labels:
        gold, designs = gold_of(labels, design, annotator)
    if target == "beyond" and gold["seller_id"].isna().all():
        raise IprsegError(
            "--target beyond speaks of sellers, and the listings drawn have no "
            "seller_id: map the column that says who sells each listing and draw anew."
        )
    used = None if role == "all" else role
    settings = {"target": target, "role": used, "confidence": confidence}
    with folder_for(out), show_steps(2) as step:
        step("estimating rates")
        by = _strata(gold) if assigned is None else slices_of(gold, assigned, store)
        if assigned is not None and assigned.listings is not None:
            note_size(designs, assigned.listings, store, "the cohorts")
        rates = estimate_rates(gold, designs, by, assigned, settings)
        step("writing")
        facts = {"confidence": confidence, "role": role}
        files = [write_rates(rates, out, facts), write_gold(gold, out)]
    show_rates(rates, gold, used, confidence)
    typer.echo("Written: " + ", ".join(str(file) for file in files))
    if assigned is not None:
        again = ("--level", assigned.level, "--out", assigned.folder, "--gold", store)
        typer.echo("\nNext: " + command("iprseg", "segment", "PATH", *again))


def _check(target: str, role: str, confidence: float, level: str | None) -> None:
    if level is not None:
        raise IprsegError(
            "--level says which cohorts of --cohorts to use: give --cohorts DIR too."
        )
    check_option("target", target, ("frame", "beyond"), OWNER)
    check_option("role", role, ("measure", "all"), OWNER)
    check_interval(
        "confidence", confidence, OWNER, low=0, high=1, low_open=True, high_open=True
    )


def _strata(gold: pd.DataFrame) -> pd.Series | None:
    return gold["stratum"] if gold["stratum"].nunique() > 1 else None
