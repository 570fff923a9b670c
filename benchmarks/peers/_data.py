"""Vectors and titles with known classes, written once for every method to read."""

from pathlib import Path

import numpy as np
import pandas as pd

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
_BACKGROUND = SHARED / "background" / "amazon_in.csv.gz"


def titles(n: int | None, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Draw real titles and their ``sub_category`` (77 classes)."""
    table = pd.read_csv(_BACKGROUND, usecols=["name", "sub_category"])
    if n is not None:
        table = table.sample(n, random_state=seed)
    text = table["name"].fillna("").astype(str)
    return text.tolist(), pd.factorize(table["sub_category"])[0]


def variants(n: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Draw real titles with replacement, each without three in ten of its words.

    More rows than there are titles, as on a marketplace where several shops list one
    product in words of their own; classes are those of the titles.
    """
    text, truth = titles(None)
    rng = np.random.default_rng(seed)
    pick = rng.integers(len(text), size=n)
    left = [[w for w in text[i].split() if rng.random() > 0.3] for i in pick]
    cut = [" ".join(w) or text[i] for w, i in zip(left, pick, strict=True)]
    return cut, truth[pick]


def overlapping(
    n: int, n_classes: int = 603, n_dims: int = 256, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Make unit vectors of classes that overlap as those of short texts do.

    Classes number as in the data set that the goal was set on. Their sizes fall by
    Zipf's law; they sit in 40 groups of neighbours; each has one to four places, a
    spread of its own over 6 to 20 directions, and long tails (Student, 4 degrees); 30
    directions that tell nothing of the class run through all. A fifth of the rows lean
    towards another class of their group, one in 12 belongs to a class that its vector
    does not tell, one in 7 repeats another row exactly.
    """
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, n_classes + 1) ** 0.8
    truth = rng.choice(n_classes, n, p=share / share.sum())
    groups = rng.normal(size=(40, n_dims)) * 0.4
    group = rng.integers(40, size=n_classes)
    middle = groups[group] + rng.normal(size=(n_classes, n_dims)) * 0.4
    rows = np.empty((n, n_dims), np.float32)
    for label in range(n_classes):
        mine = np.flatnonzero(truth == label)
        rows[mine] = _class_rows(rng, middle[label], len(mine))
    tails = 0.5 + np.abs(rng.standard_t(4, size=(n, 1)))
    idle = (rng.normal(size=(n, 30)) * tails) @ rng.normal(size=(30, n_dims))
    rows += idle * 0.2
    lean = np.flatnonzero(rng.random(n) < 0.2)
    toward = _same_group(rng, group, truth[lean])
    pull = rng.uniform(0.2, 0.6, (len(lean), 1))
    rows[lean] = (1 - pull) * rows[lean] + pull * middle[toward]
    silent = rng.random(n) < 1 / 12
    truth[silent] = rng.permutation(truth[silent])
    copies = np.flatnonzero(rng.random(n) < 1 / 7)
    source = rng.integers(n, size=len(copies))
    rows[copies], truth[copies] = rows[source], truth[source]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), truth


def _class_rows(rng: np.random.Generator, middle: np.ndarray, n: int) -> np.ndarray:
    d = len(middle)
    places = middle + rng.normal(size=(rng.integers(1, 5), d)) * 0.35
    width = rng.integers(6, 21)
    directions = rng.normal(size=(width, d)) * rng.uniform(0.15, 0.45)
    tails = rng.standard_t(4, size=(n, 1))
    inside = rng.normal(size=(n, width)) @ directions * (0.5 + np.abs(tails))
    noise = rng.normal(size=(n, d)) * 0.4
    return places[rng.integers(len(places), size=n)] + inside + noise


def _same_group(
    rng: np.random.Generator, group: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    toward = np.empty_like(labels)
    for place in np.unique(group[labels]):
        mine = group[labels] == place
        toward[mine] = rng.choice(np.flatnonzero(group == place), mine.sum())
    return toward
