"""A million simulated listings from files to named cohorts: time and memory by step.

``python -m benchmarks.million [--listings 1000000] [--level listing]``

The marketplace is written to Parquet first, which does not count. Each step is the
public one; the process that measures does nothing else, so that its peak is theirs.
CPU seconds stand beside the clock's: on a shared machine they say what a quiet one of
two cores would need at most.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time

import pandas as pd

from benchmarks._table import markdown

LISTINGS_PER_SELLER = 6.25


def write(folder: str, listings: int) -> None:
    """Write the marketplace in a process of its own."""
    from iprseg.simulate import write_marketplace

    write_marketplace(folder, listings, round(listings / LISTINGS_PER_SELLER))


def measure(folder: str, level: str) -> list[dict[str, float | str]]:
    """Run the path from files to profile; one row per step."""
    import iprseg

    steps: list[tuple[str, float, float]] = []

    def note(name: str) -> None:
        steps.append((name, time.perf_counter(), time.process_time()))

    note("reading tables")
    mp = iprseg.read_marketplace(folder)
    iprseg.find_cohorts(mp, level, step=note)
    note("end")
    rows: list[dict[str, float | str]] = [
        {"step": name, "seconds": after[1] - wall, "CPU seconds": after[2] - cpu}
        for (name, wall, cpu), after in itertools.pairwise(steps)
    ]
    rows.append(
        {
            "step": "all",
            "seconds": steps[-1][1] - steps[0][1],
            "CPU seconds": steps[-1][2] - steps[0][2],
        }
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return [*rows, {"step": "peak memory, GiB", "seconds": peak}]


def main() -> None:
    """Read options, measure in a fresh process, print Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.million")
    parser.add_argument("--listings", type=int, default=1_000_000)
    parser.add_argument("--level", default="listing")
    parser.add_argument("--folder", help="measure these tables; for internal use")
    options = parser.parse_args()
    if options.folder:
        print(json.dumps(measure(options.folder, options.level)))
        return
    with tempfile.TemporaryDirectory() as folder:
        writer = multiprocessing.get_context("spawn").Process(
            target=write, args=(folder, options.listings)
        )
        writer.start()
        writer.join()
        command = [sys.executable, "-m", "benchmarks.million", "--folder", folder]
        command += ["--level", options.level]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=os.environ | {"IPRSEG_VAULT_KEY": secrets.token_hex(32)},
        )
    table = pd.DataFrame(json.loads(done.stdout.splitlines()[-1])).round(1)
    print(markdown(table.astype(object).fillna("")))


if __name__ == "__main__":
    main()
