"""The whole loop on the command line: segment, draw, label, estimate, segment again."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from iprseg.simulate import make_marketplace
from tests.iprseg.cli.conftest import label

ROOT = Path(__file__).parents[3]


def assert_both_say_the_same(file: Path, after: pd.DataFrame) -> None:
    """The rates that were printed, and those in the cohorts of the report."""
    rates = pd.read_csv(file, dtype={"cohort": str}).set_index("cohort")
    for cohort, row in after.iterrows():
        told = rates.loc[str(cohort)]
        for here, there in (
            ("rate", "rate"),
            ("low", "rate_low"),
            ("high", "rate_high"),
            ("lift", "lift"),
        ):
            value = row[there] if pd.notna(row[there]) else np.nan
            assert told[here] == pytest.approx(value, rel=1e-4, nan_ok=True)
        assert (told["verdict"], told["labels"]) == (row["verdict"], row["rate_n"])
        assert told["not_reached"] == row["rate_unserved"]


@pytest.mark.text
def test_labels_give_rates_and_a_new_order_to_the_same_cohorts(run, tmp_path):
    tables, out, store = tmp_path / "shop", tmp_path / "out", tmp_path / "labels.db"
    tables.mkdir()
    listings = make_marketplace(900, 150, random_state=4).tables["listings"]
    listings.to_csv(tables / "listings.csv", index=False)
    quick = ("--stability", "0")
    segment = ("segment", tables, "--level", "listing", "--out", out, *quick)
    assert run(*segment).code == 0
    before = {
        name: pd.read_parquet(out / f"{name}.parquet")
        for name in ("assignments", "cohorts")
    }
    assert "rate" not in before["cohorts"]
    drawn = run("draw", tables, "--cohorts", out, "--store", store, "--n", "240")
    assert drawn.code == 0, drawn.err
    # the largest cohort that is not ranked first turns out to be the bad one
    others = before["cohorts"].query("cohort >= 0 and not risk_rank == 1")
    worst = others.sort_values("size")["cohort"].iloc[-1]
    assigned = before["assignments"].set_index("entity_id")["cohort"]
    label(store, 240, set(assigned.index[assigned == worst]), skip=15)
    estimated = run("estimate", store, "--cohorts", out)
    assert estimated.code == 0, estimated.err
    next_step = re.search(r"Next: (iprseg segment .*)", estimated.out)[1]
    assert (
        next_step == f"iprseg segment PATH --level listing --out {out} --labels {store}"
    )
    assert run(*segment, "--labels", store).code == 0
    after = pd.read_parquet(out / "cohorts.parquet").set_index("cohort")
    again = pd.read_parquet(out / "assignments.parquet")
    pd.testing.assert_series_equal(again["cohort"], before["assignments"]["cohort"])
    assert after.loc[worst, "risk_rank"] == 1
    assert after.loc[worst, "verdict"] == "risky"
    assert_both_say_the_same(tmp_path / "rates.csv", after)
    # the same draw is still known, though the ranks of the cohorts changed
    same = run("draw", tables, "--cohorts", out, "--store", store, "--n", "240")
    assert "nothing was changed" in same.told


def test_a_store_without_labels_is_refused_before_any_work(run, world, tmp_path):
    options = ("--labels", world.store, "--out", tmp_path / "out")
    outcome = run("segment", world.tables, *options)
    assert "no label yet" in outcome.error
    assert not (tmp_path / "out").exists()


def test_the_help_leads_through_the_loop(run):
    top = run("--help").told
    for command in ("draw", "label", "estimate"):
        assert f"iprseg {command}" in top
        assert run(command, "--help").code == 0
    assert "--labels" in run("segment", "--help").out


def in_a_process(code: str, *arguments: object, **environment: str):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )


def test_the_library_does_not_load_labeling_before_a_command_needs_it():
    code = "import sys, iprseg.cli; print('labeling' in sys.modules)"
    assert in_a_process(code).stdout.strip() == "False"


def test_a_terminal_without_the_signs_shows_the_table_all_the_same(world):
    label(world.store, 150)
    code = "from iprseg.cli import main; main()"
    words = ("estimate", world.store, "--cohorts", world.cohorts)
    done = in_a_process(code, *words, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert "all listings" in done.stdout
