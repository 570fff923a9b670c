"""Run the grid: ``python -m benchmarks.coverage [--quick]``."""

from __future__ import annotations

import argparse
import time
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.coverage import _clusters, _listings, _sellers
from benchmarks.coverage._runs import summary, tally
from benchmarks.coverage._table import write

PREVALENCES = (0.001, 0.005, 0.01, 0.05, 0.1, 0.3)
LABELS = (50, 200, 1000, 5000)
CHUNK = 50  # runs at once; sellers are made anew for every chunk
RESULTS = Path(__file__).parent / "results"

# what is drawn -> (simulation, runs of a cell)
DESIGNS = {
    "listings, proportional": (
        partial(_listings.one_wave, share=_listings.COHORTS.sizes),
        4000,
    ),
    "listings, unequal probabilities": (_listings.one_wave, 4000),
    "listings, a hot tenth gets nine labels of ten": (
        partial(_listings.one_wave, frame=_listings.MASKED, share=_listings.HOT_SHARE),
        4000,
    ),
    "listings, a slice across the strata": (_listings.one_slice, 4000),
    "listings, two waves": (_listings.two_waves, 4000),
    "listings, queue stopped half way": (
        partial(_listings.one_wave, stop="random"),
        4000,
    ),
    "listings, hottest stratum first, stopped half way": (
        partial(_listings.one_wave, stop="hottest first"),
        4000,
    ),
    "listings, half the sellers kept for shaping †": (_clusters.split_roles, 1000),
    "listings, one cohort, half the sellers kept for shaping †": (
        _clusters.one_cohort,
        1000,
    ),
    "listings, claim beyond the frame †": (_clusters.beyond, 1000),
    "sellers, all their listings": (_sellers.survey, 2000),
    "sellers, ten listings each": (partial(_sellers.survey, per_seller=10), 2000),
    "sellers, ten each, stopped half way": (
        partial(_sellers.survey, per_seller=10, stop=0.5),
        2000,
    ),
    "sellers, one cohort, all their listings": (
        partial(_sellers.survey, inside=0.1),
        1000,
    ),
    "sellers, one cohort, ten listings each": (
        partial(_sellers.survey, inside=0.1, per_seller=10),
        1000,
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage")
    parser.add_argument("--quick", action="store_true", help="1,000 runs a cell")
    parser.add_argument("--seed", type=int, default=20250601)
    options = parser.parse_args()
    started = time.perf_counter()
    lines = []
    for name, (simulate, runs) in DESIGNS.items():
        for n in LABELS:
            for prevalence in PREVALENCES:
                chunks = (1000 if options.quick else runs) // CHUNK
                seed = [options.seed, zlib.crc32(name.encode()), n, prevalence * 1e4]
                rng = np.random.default_rng([int(part) for part in seed])
                made = [simulate(prevalence, n, CHUNK, rng) for _ in range(chunks)]
                line = summary(
                    [tally(one) for one in made], prevalence, capped="†" not in name
                )
                cell = {"design": name, "n": n, "prevalence": prevalence}
                lines.append(cell | line)
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    table = pd.DataFrame(lines)
    path = write(table, RESULTS, options.seed)
    print(table["verdict"].value_counts().to_string())
    print(f"{path} ({time.perf_counter() - started:.0f} s)")
    if (table["verdict"].isin(["LOW", "HIGH"])).any():
        raise SystemExit("Some cells break the promise; see LOW and HIGH in the table.")


if __name__ == "__main__":
    main()
