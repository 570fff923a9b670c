"""What a verdict on stability costs, and whether stable cohorts are the planted ones.

``python -m benchmarks.stability --seeds 21-23 --level listing``
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._planted_worlds import load_world
from benchmarks._table import Row, show
from benchmarks.planted import blocks_of, groups_of, planted_of
from iprseg.segment import Segmenter, cohort_stability
from iprseg.segment.stability import VERDICTS, compute_best_jaccards


def measure(seeds: list[int], level: str, listings: int, cache: Path) -> list[Row]:
    """Fit, judge and compare with what was planted, seed by seed."""
    rows, found = [], []
    for seed in seeds:
        world = load_world(listings, 0, seed, cache)
        X, blocks = blocks_of(world, level)
        start = time.perf_counter()
        fitted = Segmenter(blocks=blocks).fit(X)
        once = time.perf_counter() - start
        sellers = groups_of(world, level, X.index)
        start = time.perf_counter()
        stability = cohort_stability(fitted, X, sellers=sellers)
        took = time.perf_counter() - start
        told = f"{took:.1f} s; {stability.summary()}"
        what = f"{len(X):,} {level}s, seed {seed}: 10 halves"
        rows.append(Row(what, told, f"one fit {once:.1f} s: {took / once:.1f}×"))
        truth = pd.factorize(planted_of(world, level, X.index))[0].astype(np.int64)
        planted = compute_best_jaccards(fitted.labels_, truth)
        found.append(stability.cohorts.assign(planted=pd.Series(planted)))
    every = pd.concat(found)
    for verdict in VERDICTS:
        own = every[every["verdict"] == verdict]
        if len(own):
            figure = f"{own['planted'].mean():.2f}, mean over {len(own)} cohorts"
            rows.append(Row(f"Jaccard with the likest planted: {verdict}", figure))
    return rows


def _seeds(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=_seeds, default=[21])
    parser.add_argument("--level", choices=("listing", "seller"), default="listing")
    parser.add_argument("--listings", type=int, default=5000)
    parser.add_argument("--cache", type=Path, default=None)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = asked.cache or Path(folder)
        show(measure(asked.seeds, asked.level, asked.listings, kept))
