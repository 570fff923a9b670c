"""Signals of a million simulated listings: rate, growth, peak memory of all processes.

``python -m benchmarks.signals_million [LISTINGS]`` measures a tenth of the listings and
then all, each in a fresh process that reads them from Parquet.
"""

import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks._table import Row, seconds, show
from benchmarks._watch import Watch

LISTINGS = 1_000_000
_PER_SELLER = 6.25
_GIB = 2**30


def measure(listings: int = LISTINGS) -> list[Row]:
    small, large = _fresh(listings // 10), _fresh(listings)
    growth = math.log10(large["texts"] / small["texts"])
    rate, tenth = (listings / k / one["texts"] for k, one in ((1, large), (10, small)))
    return [
        Row(
            f"text and price signals of {listings:,} listings, brands known",
            f"{rate:,.0f} listings/s",
            f"{large['processor'] / listings * 1e6:.0f} µs of processor time a listing",
        ),
        Row(
            f"the same of {listings // 10:,}",
            f"{tenth:,.0f} listings/s",
            f"growth exponent {growth:.2f}",
        ),
        Row("peak memory, all processes", f"{large['peak']:.1f} GiB"),
        Row("brands learned beforehand", f"{large['learn']:.0f} s"),
        Row(
            "behaviour, feedback and history signals of the same sellers",
            f"{large['others']:.0f} s",
        ),
    ]


def _fresh(listings: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        sellers = int(listings / _PER_SELLER)
        _python(
            "from iprseg.simulate import write_marketplace as write; "
            f"write({folder!r}, {listings}, {sellers})"
        )
        said = _python(f"from benchmarks.signals_million import run; run({folder!r})")
    # DuckDB may show its progress before
    result: dict[str, float] = json.loads(said.splitlines()[-1])
    return result


def _python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def run(folder: str) -> None:
    """Measure one marketplace in this process and print a line of JSON."""
    import pandas as pd

    import iprseg
    from iprseg.signals.compute import SignalSelection, compute_columns
    from iprseg.signals.inputs import Inputs

    files = sorted(Path(folder).glob("*.parquet"))
    with Watch() as watch:
        marketplace = iprseg.Marketplace.from_frames(
            {f.stem: pd.read_parquet(f) for f in files}
        )
        brands: list[Any] = []
        learn = seconds(lambda: brands.append(iprseg.learn_brands(marketplace)))
        # what both parts need, brands found above all, is worked out by the first
        inputs = Inputs(marketplace, brands[0])
        before = watch.processor
        chosen = SignalSelection(families=frozenset(("text", "price")))
        texts = seconds(lambda: compute_columns(inputs, "listing", chosen))
        processor = watch.processor - before
        chosen = SignalSelection(
            families=frozenset(("behaviour", "feedback", "history"))
        )
        others = seconds(lambda: compute_columns(inputs, "seller", chosen))
        others += seconds(lambda: compute_columns(inputs, "rights_owner", chosen))
    said = {"learn": learn, "texts": texts, "processor": processor, "others": others}
    print("\n" + json.dumps({**said, "peak": watch.peak / _GIB}))


if __name__ == "__main__":
    show(measure(*map(int, sys.argv[1:2])))
