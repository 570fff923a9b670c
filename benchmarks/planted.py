"""Agreement of found cohorts with those that the simulator planted.

``python -m benchmarks.planted [--seeds 20-29] [--levels listing seller] [--evasion 0 3]
[--listings 5000] [--detail] [--cache DIR]``

For each marketplace: adjusted Rand index and normalised mutual information over all
rows, noise counting as one cohort, beside two peers on the same blocks: k-means, told
how many cohorts were planted, and the *supervised ceiling*, a random forest that was
told the truth of four fifths of the sellers and predicts the rest. No segmentation that
is told nothing can be expected to beat the ceiling. Seeds 0-9 are for tuning; report
others. ``--detail`` tells where the members of each planted cohort went.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks._planted_worlds import World, load_world
from benchmarks._table import markdown
from iprseg.validation import NOISE

SHOWN = ["ARI", "NMI", "cohorts", "noise"]


def blocks_of(world: World, level: str) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Give the very columns that `find_cohorts` clusters."""
    from iprseg.segment import make_blocks

    return make_blocks(world.tables, level, world.signals[level], world.embeddings)


def planted_of(world: World, level: str, index: pd.Index) -> pd.Series:
    """Give the planted cohort of each row."""
    truth = world.truth[f"{level}s"].set_index(f"{level}_id")
    return truth["cohort"].reindex(index)


def groups_of(world: World, level: str, index: pd.Index) -> NDArray[Any]:
    """Give the seller of each row."""
    if level == "seller":
        return index.to_numpy()
    owner = world.tables["listings"]
    owner = owner.set_index("listing_id") if "listing_id" in owner else owner
    return owner["seller_id"].reindex(index).to_numpy()


def score(planted: pd.Series, found: NDArray[Any]) -> dict[str, float]:
    """Agreement over all rows; noise is one cohort."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    inside = found != NOISE
    return {
        "ARI": adjusted_rand_score(planted, found),
        "NMI": normalized_mutual_info_score(planted, found),
        "cohorts": len(np.unique(found[inside])),
        "noise": 1 - inside.mean(),
    }


def ceiling(
    features: pd.DataFrame, planted: pd.Series, groups: NDArray[Any], seed: int = 0
) -> NDArray[Any]:
    """Predict each row by a forest that saw the truth of other sellers only."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    forest = RandomForestClassifier(300, n_jobs=2, random_state=seed)
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    codes = pd.factorize(planted)[0]
    return cross_val_predict(forest, features, codes, groups=groups, cv=folds)


def where_they_went(planted: pd.Series, found: NDArray[Any]) -> pd.DataFrame:
    """Tell for each planted cohort in which found one most of its members are.

    ``recall`` is the share of the planted cohort there, ``purity`` the share of the
    found cohort that it makes up, ``noise`` the share of its members in no cohort.
    """
    table = pd.crosstab(planted, pd.Series(found, index=planted.index))
    size = table.sum(axis=1)
    noise = table.pop(NOISE) / size if NOISE in table else size * 0.0
    best = table.idxmax(axis=1) if table.shape[1] else size * 0
    there = table.max(axis=1) if table.shape[1] else size * 0
    total = best.map(table.sum())
    main = table.idxmax().reindex(best).to_numpy()
    return pd.DataFrame(
        {
            "members": size,
            "found": best,
            "recall": (there / size).round(2),
            "purity": (there / total).round(2),
            "noise": noise.round(2),
            "mostly": main,
        }
    ).sort_values("members", ascending=False)


def measure(
    world: World, level: str, with_peers: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score iprseg and its peers on one marketplace.

    Returns
    -------
    scores : DataFrame, index method, columns `SHOWN`
    detail : DataFrame
        From `where_they_went`.
    """
    from sklearn.cluster import KMeans

    from iprseg.segment import Segmenter

    features, blocks = blocks_of(world, level)
    planted = planted_of(world, level, features.index)
    segmenter = Segmenter(blocks=blocks).fit(features)
    rows = {"iprseg": score(planted, segmenter.labels_)}
    if with_peers:
        told = planted.nunique()
        peer = KMeans(told, n_init=10, random_state=0)
        rows["k-means"] = score(planted, peer.fit_predict(segmenter.scaled(features)))
        groups = groups_of(world, level, features.index)
        rows["ceiling"] = score(planted, ceiling(features, planted, groups))
    detail = where_they_went(planted, segmenter.labels_)
    return pd.DataFrame(rows).T[SHOWN], detail


def run(options: argparse.Namespace, cache: Path) -> pd.DataFrame:
    """Measure every marketplace asked for; prints as it goes."""
    rows = []
    for listings in options.listings:
        for evasion in options.evasion:
            for seed in options.seeds:
                world = load_world(listings, evasion, seed, cache)
                for level in options.levels:
                    scores, detail = measure(world, level, not options.alone)
                    place = {
                        "level": level,
                        "listings": listings,
                        "evasion": evasion,
                        "seed": seed,
                    }
                    row = place | {
                        f"{method} {name}": scores.at[method, name]
                        for method in scores.index
                        for name in SHOWN
                        if name != "noise" or method == "iprseg"
                    }
                    rows.append(row)
                    print(_line(row), flush=True)
                    if options.detail:
                        print(detail.to_string(), flush=True)
    return pd.DataFrame(rows)


def _line(row: dict[str, Any]) -> str:
    head = (
        f"{row['level']} {row['listings']} evasion {row['evasion']} seed {row['seed']}"
    )
    rest = [f"{k} {v:.3g}" for k, v in row.items() if isinstance(v, float)]
    return f"{head}: {', '.join(rest)}"


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the median over seeds and, of iprseg's ARI, its least and largest."""
    keys = ["level", "listings", "evasion"]
    groups = rows.groupby(keys)
    middle = groups.median(numeric_only=True).drop(columns="seed").round(3)
    ari = groups["iprseg ARI"]
    middle.insert(1, "least", ari.min().round(3))
    middle.insert(2, "largest", ari.max().round(3))
    return middle.reset_index()


def _seeds(text: str) -> list[int]:
    low, _, high = text.partition("-")
    return list(range(int(low), int(high or low) + 1))


def main() -> None:
    """Read options, measure, print Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planted")
    parser.add_argument("--seeds", type=_seeds, default=_seeds("20-29"))
    parser.add_argument("--levels", nargs="+", default=["listing", "seller"])
    parser.add_argument("--evasion", nargs="+", type=int, default=[0, 3])
    parser.add_argument("--listings", nargs="+", type=int, default=[5000])
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--detail", action="store_true")
    parser.add_argument("--cache", type=Path, help="keeps marketplaces between runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = run(options, options.cache or Path(folder))
    print(markdown(summary(rows)))


if __name__ == "__main__":
    main()
