"""First segmentation of 5,000 rows in a fresh process: coreset beside reference."""

import subprocess
import sys

from benchmarks._table import Row, show

_CODE = """
import time, numpy as np
from sklearn.datasets import make_blobs
X, planted = make_blobs(5000, 32, centers=20, cluster_std=2.0, random_state=0)
start = time.perf_counter()
from iprseg import Segmenter
segmenter = Segmenter(method={method!r}).fit(X)
elapsed = time.perf_counter() - start
from sklearn.metrics import adjusted_rand_score
print(elapsed, adjusted_rand_score(planted, segmenter.labels_))
"""


def _fresh(method: str) -> tuple[float, float]:
    code = _CODE.format(method=method)
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    elapsed, agreement = map(float, run.stdout.split())
    return elapsed, agreement


def measure() -> list[Row]:
    fast, fast_agreement = _fresh("coreset")
    slow, slow_agreement = _fresh("reference")
    return [
        Row(
            "first segmentation of 5,000 × 32 rows in a fresh process, coreset",
            f"{fast:.1f} s, adjusted Rand index {fast_agreement:.3f}",
            f"UMAP + HDBSCAN {slow:.1f} s, {slow_agreement:.3f}: {slow / fast:.1f}×",
        )
    ]


if __name__ == "__main__":
    show(measure())
