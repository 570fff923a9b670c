"""Run every benchmark and print one Markdown table."""

from benchmarks import bare_import, first_segmentation, signals, simulate, vectors
from benchmarks._table import show

if __name__ == "__main__":
    rows = []
    for module in (bare_import, simulate, signals, vectors, first_segmentation):
        rows += module.measure()
    show(rows)
