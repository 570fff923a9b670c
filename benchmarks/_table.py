"""Rows of a benchmark and how they are printed."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measurement: what, how much, and against which peer in the same run."""

    what: str
    figure: str
    beside: str = "–"


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def show(rows: list[Row]) -> None:
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} at the end\n")
    print("| what | measured | beside |\n|---|---|---|")
    for row in rows:
        print(f"| {row.what} | {row.figure} | {row.beside} |")
