"""The segmentation beside what users would otherwise pick.

``python -m benchmarks.peers [--data variants background titles overlapping] [--rows N]
[--methods umap+hdbscan evoc …]``

Set up once, in a folder that git ignores::

    python3.11 -m venv out/peers-venv
    out/peers-venv/bin/pip install torch==2.13.0
    out/peers-venv/bin/pip install -r benchmarks/peers/requirements.txt

Data: *variants*, the static vectors (256) of 200,000 titles made of real ones (see
`variants`) against their sub-category; *background*, those of 88,276 real titles;
*titles*, 50,000 of these as text, each tool turning them into vectors itself;
*overlapping*, 200,000 × 256 synthetic vectors of 603 classes (see `overlapping`). Every
method runs in a process of its own, one after the other, on the same file; seconds
hold imports and compilation; CPU seconds beside them suffer less from other work on
the machine. Each peer's row ends with both at an equal share of noise.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._table import markdown
from benchmarks.peers._data import overlapping, titles, variants
from benchmarks.peers._score import scores

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / "out" / "peers-venv" / "bin" / "python"
ON_VECTORS = [
    "iprseg",
    "evoc",
    "k-means",
    "umap+hdbscan",
    "fast_hdbscan",
    "fast_hdbscan-vectors",
]
METHODS = {
    "variants": ON_VECTORS,
    "background": ON_VECTORS,
    "titles": ["iprseg", "bertopic"],
    "overlapping": ON_VECTORS,
}
ROWS = {
    "variants": 200_000,
    "background": None,
    "titles": 50_000,
    "overlapping": 200_000,
}


def write_data(kind: str, n: int | None, folder: Path) -> tuple[Path, np.ndarray]:
    """Write what the methods read; return where, and the true classes."""
    n = n or ROWS[kind]
    if kind == "overlapping":
        vectors, truth = overlapping(n)
    else:
        text, truth = variants(n) if kind == "variants" else titles(n)
    source = folder / ("titles.json" if kind == "titles" else "vectors.npy")
    if kind in ("variants", "background"):
        from iprseg import TextEmbedder

        vectors = TextEmbedder("static").fit_transform(text)
    if kind == "titles":
        source.write_text(json.dumps(text), encoding="utf-8")
    else:
        np.save(source, np.ascontiguousarray(vectors, dtype=np.float32))
    source.with_suffix(".classes").write_text(str(len(np.unique(truth))))
    return source, truth


def run(method: str, source: Path) -> dict[str, Any]:
    """Run one method in a fresh process."""
    target = source.with_name(f"{method}.npz")
    python = sys.executable if method == "iprseg" else str(PYTHON)
    child = subprocess.run(
        [python, str(HERE / "_child.py"), method, str(source), str(target)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"},
    )
    if child.returncode != 0:
        raise SystemExit(f"{method} failed: see the lines above.")
    return json.loads(child.stdout.splitlines()[-1]) | dict(np.load(target))


def measure(kind: str, n: int | None, methods: list[str]) -> pd.DataFrame:
    """Run the methods on one data set and score them."""
    with tempfile.TemporaryDirectory() as folder:
        source, truth = write_data(kind, n, Path(folder))
        results: dict[str, dict[str, Any]] = {}
        for method in methods:
            results[method] = run(method, source)
            table = _table(truth, results)
            print(f"{kind} {table.iloc[-1].to_dict()}", flush=True)
    return table


def _table(truth: np.ndarray, results: dict[str, dict[str, Any]]) -> pd.DataFrame:
    found = {name: (one["labels"], one["strength"]) for name, one in results.items()}
    table = pd.DataFrame(scores(truth, found, "iprseg")).T
    for place, what in enumerate(("seconds", "CPU", "GiB")):
        table.insert(place, what, [one[what] for one in results.values()])
    table.insert(3, "times ours", table["seconds"] / table.at["iprseg", "seconds"])
    return table.astype(float).round(3).rename_axis("method").reset_index()


def main() -> None:
    """Read options, measure, print Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers")
    parser.add_argument("--data", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--rows", type=int, help="fewer rows, for a trial")
    parser.add_argument("--methods", nargs="+")
    options = parser.parse_args()
    if not PYTHON.exists():
        raise SystemExit(f"{PYTHON} is missing: see {HERE / '__main__.py'}.")
    for kind in options.data:
        wanted = [
            name
            for name in METHODS[kind]
            if name == "iprseg" or name in (options.methods or METHODS[kind])
        ]
        print(
            f"\n{kind}\n{markdown(measure(kind, options.rows, wanted))}\n", flush=True
        )


if __name__ == "__main__":
    main()
