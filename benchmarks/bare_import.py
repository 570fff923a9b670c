"""How long ``import iprseg`` takes beside ``import pandas``, in fresh processes."""

import statistics
import subprocess
import sys

from benchmarks._table import Row, seconds, show

REPEATS = 7


def _import_time(module: str) -> float:
    def once(code: str) -> float:
        return seconds(lambda: subprocess.run([sys.executable, "-c", code], check=True))

    empty = statistics.median(once("pass") for _ in range(REPEATS))
    full = statistics.median(once(f"import {module}") for _ in range(REPEATS))
    return max(full - empty, 0.0)


def measure() -> list[Row]:
    ours, pandas = _import_time("iprseg"), _import_time("pandas")
    return [
        Row("import iprseg", f"{ours * 1000:.0f} ms", f"pandas {pandas * 1000:.0f} ms")
    ]


if __name__ == "__main__":
    show(measure())
