"""Whom the table of single outliers lists, against the planted truth.

``python -m benchmarks.outliers [--seeds 20-23] [--levels seller listing]
[--listings 3000 5000] [--cache DIR]``

It lists who stand out by themselves where no cohort's rank tells of them. *precision*:
the share of them that is bad (sellers) or violative (listings); *by one alone*: listed
for one strong signal that cohorts are not found by, with their precision; *first 20*:
of the first twenty; *recall*: how many of all the bad are listed; *in risky cohorts*:
how many are in a cohort that is mostly bad. Nothing was tuned on seeds from 20 on.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd

from benchmarks._planted_worlds import load_world
from benchmarks._table import markdown
from benchmarks.planted import _seeds, blocks_of
from iprseg.cohorts import rank_outliers
from iprseg.cohorts.suspicion import weigh_evidence
from iprseg.segment import Segmenter
from iprseg.signals.registry import choose_segmenting_columns
from iprseg.validation import NOISE

BAD = {"seller": "bad", "listing": "violative"}


def measure(listings: int, seed: int, level: str, cache: Path) -> dict[str, object]:
    """Fit one marketplace, list outliers and compare them with the truth."""
    world = load_world(listings, 0, seed, cache)
    X, blocks = blocks_of(world, level)
    cohort = pd.Series(Segmenter(blocks=blocks).fit(X).labels_, index=X.index)
    every = world.signals[level]
    signals = every[choose_segmenting_columns(every.columns)]
    # worlds keep no tables: nobody has leave of a brand
    tables = {"listings": pd.DataFrame(index=signals.index)}
    evidence = weigh_evidence(tables, level, signals, cohort, every_signal=every)
    before = rank_outliers(replace(evidence, every_signal=None), cohort)
    found = rank_outliers(evidence, cohort)
    alone = found.index.difference(before.index)
    truth = world.truth[f"{level}s"].set_index(f"{level}_id")[BAD[level]]
    bad = truth.reindex(X.index).astype(bool)
    share = bad.groupby(cohort).transform("mean")
    risky = (share > 0.5) & (cohort != NOISE)
    return {
        "level": level,
        "listings": listings,
        "seed": seed,
        "bad, of all": round(bad.mean(), 2),
        "in no cohort": int((cohort == NOISE).sum()),
        "listed": len(found),
        "in a cohort": int((found["cohort"] != NOISE).sum()),
        "precision": round(bad[found.index].mean(), 2),
        "by one alone": len(alone),
        "their precision": round(bad[alone].mean(), 2),
        "first 20": round(bad[found.index[:20]].mean(), 2),
        "recall": round(bad[found.index].sum() / bad.sum(), 2),
        "in risky cohorts": round(bad[risky].sum() / bad.sum(), 2),
    }


def main() -> None:
    """Read options, measure, print Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outliers")
    parser.add_argument("--seeds", type=_seeds, default=_seeds("20-23"))
    parser.add_argument("--levels", nargs="+", default=["seller", "listing"])
    parser.add_argument("--listings", nargs="+", type=int, default=[5000])
    parser.add_argument("--cache", type=Path, help="keeps marketplaces between runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = options.cache or Path(folder)
        rows = [
            measure(listings, seed, level, cache)
            for listings in options.listings
            for level in options.levels
            for seed in options.seeds
        ]
    print(markdown(pd.DataFrame(rows)))


if __name__ == "__main__":
    main()
