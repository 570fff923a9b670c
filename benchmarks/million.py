"""A million simulated listings from files to named cohorts: time and memory by step.

``python -m benchmarks.million [--listings 1000000] [--level listing] [--keep FOLDER]``

The marketplace is written to Parquet first, which does not count; a folder that is kept
is written once. Each step is the public one, in a process that does nothing else. CPU
seconds, of all processes, stand beside the clock's: on a shared machine they say what a
quiet one of two cores would need at most.
"""

import argparse
import multiprocessing
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks._table import markdown
from benchmarks._watch import Watch
from benchmarks.peers._child import peak

LISTINGS_PER_SELLER = 6.25


def write(folder: str, listings: int) -> None:
    """Write the marketplace in a process of its own."""
    from iprseg.simulate import write_marketplace

    write_marketplace(folder, listings, round(listings / LISTINGS_PER_SELLER))


def measure(folder: str, level: str) -> pd.DataFrame:
    """Run the path from files to profile; one row per step, the last of all."""
    import iprseg

    names, marks = [], []

    def note(name: str) -> None:
        names.append(name)
        marks.append((time.perf_counter(), watch.processor))
        wall, busy = (
            now - before for now, before in zip(marks[-1], marks[0], strict=True)
        )
        print(f"{wall:6.0f} s, {busy:6.0f} CPU s: {name}", file=sys.stderr)

    with Watch() as watch:
        note("reading tables")
        marketplace = iprseg.read_marketplace(folder)
        iprseg.find_cohorts(marketplace, level, step=note)
        note("all")
    table = pd.DataFrame(marks, columns=["seconds", "CPU seconds"])
    whole = table.iloc[-1] - table.iloc[0]
    table = (table.shift(-1) - table).fillna(whole)
    table.insert(0, "step", names)
    rate = f"{len(marketplace.listings) / whole['seconds']:,.0f} listings/s"
    alone, together = f"{peak():.1f} GiB", f"{watch.peak / 2**30:.1f} GiB"
    figures = [("rate", rate), ("peak memory", alone), ("… all processes", together)]
    more = pd.DataFrame(figures, columns=["step", "seconds"])
    return pd.concat(
        [table.round(1).astype(object), more.assign(**{"CPU seconds": ""})]
    )


def main() -> None:
    """Read options, measure in a fresh process, print Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.million")
    parser.add_argument("--listings", type=int, default=1_000_000)
    parser.add_argument("--level", default="listing")
    parser.add_argument("--keep", help="write the tables here, or use those that are")
    parser.add_argument("--folder", help="measure these tables; for internal use")
    options = parser.parse_args()
    if options.folder:
        print(markdown(measure(options.folder, options.level)))
        return
    with tempfile.TemporaryDirectory() as passing:
        folder = options.keep or passing
        if not (Path(folder) / "listings.parquet").exists():
            spawn = multiprocessing.get_context("spawn")
            writer = spawn.Process(target=write, args=(folder, options.listings))
            writer.start()
            writer.join()
        command = [sys.executable, "-m", "benchmarks.million", "--folder", folder]
        command += ["--level", options.level]
        key = {"IPRSEG_VAULT_KEY": secrets.token_hex(32)}
        subprocess.run(command, check=True, env=os.environ | key)


if __name__ == "__main__":
    main()
