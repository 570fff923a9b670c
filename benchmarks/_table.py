"""Rows of a benchmark and how they are printed."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd


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


def markdown(table: pd.DataFrame) -> str:
    """Return a frame as a Markdown table."""
    rows = [table.columns, ["---"] * table.shape[1], *table.to_numpy(dtype=object)]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)
