"""What 300 labels do for the cohorts of sellers that nobody labeled.

``python -m benchmarks.gold [--seeds 20-24] [--labels 300] [--levels listing]
[--evasion 0] [--cache DIR]``

Half of the sellers are open to labeling; of their rows 300 are labeled with the
planted cohort, bad ones as likely as honest ones, as a review queue has it. Cohorts
are found in all rows, with and without the labels, and compared on the rows of the
*other* sellers: adjusted Rand index and normalised mutual information, noise as one
cohort. With *random* labels (the same, shuffled) nothing should change but by chance.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._planted_worlds import World, load_world
from benchmarks._table import markdown
from benchmarks.planted import _seeds, blocks_of, groups_of, planted_of, score
from iprseg.validation import UNLABELED


def labeled_rows(
    planted: pd.Series, groups: np.ndarray, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows to label among half of the sellers; also tell whose rows are unseen."""
    sellers = pd.unique(groups)
    open_ = rng.permutation(sellers)[: len(sellers) // 2]
    mine = np.isin(groups, open_)
    honest = planted.isin(
        ["Ordinary seller", "Accessory/compatible seller", "Second-hand/vintage"]
    ).to_numpy()
    weight = mine * np.where(honest, 1 / honest.sum(), 1 / (~honest).sum())
    n = min(n, int(mine.sum()))
    rows = rng.choice(len(planted), n, replace=False, p=weight / weight.sum())
    return rows, ~mine


def one_run(world: World, level: str, n: int, seed: int) -> dict[str, float]:
    """Compare no labels, right labels and shuffled ones on unseen sellers."""
    from iprseg.segment import Segmenter

    features, blocks = blocks_of(world, level)
    planted = planted_of(world, level, features.index)
    groups = groups_of(world, level, features.index)
    rng = np.random.default_rng(seed)
    rows, unseen = labeled_rows(planted, groups, n, rng)
    codes = pd.factorize(planted)[0]
    right = np.full(len(features), UNLABELED)
    right[rows] = codes[rows]
    shuffled = right.copy()
    shuffled[rows] = rng.permutation(right[rows])
    result = {}
    for name, y in (("none", None), ("gold", right), ("random", shuffled)):
        found = Segmenter(blocks=blocks).fit(features, y).labels_
        scores = score(planted[unseen], found[unseen])
        result |= {f"{name} {k}": scores[k] for k in ("ARI", "NMI", "cohorts")}
    return result


def main() -> None:
    """Read options, measure, print Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gold")
    parser.add_argument("--seeds", type=_seeds, default=_seeds("20-24"))
    parser.add_argument("--levels", nargs="+", default=["listing", "seller"])
    parser.add_argument("--evasion", type=int, default=0)
    parser.add_argument("--listings", type=int, default=5000)
    parser.add_argument("--labels", type=int, default=300)
    parser.add_argument("--cache", type=Path, help="keeps marketplaces between runs")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in options.seeds:
            cache = options.cache or Path(folder)
            world = load_world(options.listings, options.evasion, seed, cache)
            for level in options.levels:
                found = one_run(world, level, options.labels, seed)
                rows.append({"level": level, "seed": seed} | found)
                shown = ", ".join(f"{k} {v:.3g}" for k, v in found.items())
                print(f"{level} seed {seed}: {shown}", flush=True)
    print(markdown(pd.DataFrame(rows).round(3)))


if __name__ == "__main__":
    main()
