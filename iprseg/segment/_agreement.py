"""How well the cohorts of one run are found again in another."""

import numpy as np
from numpy.typing import NDArray

from iprseg._labels import NOISE

IntArray = NDArray[np.int64]

# Hennig: a valid, stable cluster has a mean Jaccard similarity of 0.75 or more; at one
# half or less a cluster is dissolved, for it may then share less with its best match
# than either has of its own.
STABLE = 0.75
DISSOLVED = 0.5
VERDICTS = ("stable", "moves with the sample", "dissolves", "not known")


def best_jaccards(cohorts: IntArray, found: IntArray) -> dict[int, float]:
    """Return how much of each cohort the most similar cohort of another run is.

    Parameters
    ----------
    cohorts, found : arrays of int, shape (n,)
        Labels of the same rows in two runs; rows in no cohort match nothing.

    Returns
    -------
    dict of int to float
        Cohort to the largest Jaccard similarity, 0 to 1; only cohorts that have rows.

    Examples
    --------
    >>> best_jaccards(np.array([0, 0, 0, 1, 1]), np.array([7, 7, -1, -1, 7]))
    {0: 0.5, 1: 0.25}
    """
    names, codes = np.unique(cohorts, return_inverse=True)
    others, other_codes = np.unique(found, return_inverse=True)
    both = np.zeros((len(names), len(others)))
    np.add.at(both, (codes, other_codes), 1)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0) - both
    shares = np.where(others == NOISE, 0.0, both / either)
    best = shares.max(axis=1, initial=0.0)
    return {
        int(name): float(share)
        for name, share in zip(names, best, strict=True)
        if name != NOISE
    }


def stability_verdict(jaccard: float) -> str:
    """Say what a mean Jaccard similarity means.

    Examples
    --------
    >>> [stability_verdict(one) for one in (0.75, 0.74, 0.5, float("nan"))]
    ['stable', 'moves with the sample', 'dissolves', 'not known']
    """
    if np.isnan(jaccard):
        return VERDICTS[3]
    if jaccard >= STABLE:
        return VERDICTS[0]
    return VERDICTS[2] if jaccard <= DISSOLVED else VERDICTS[1]


def half_of(groups: IntArray, rng: np.random.Generator) -> IntArray:
    """Return the rows of half of the groups, drawn without replacement.

    Parameters
    ----------
    groups : array of int, shape (n,)
        Group of each row, 0 to k - 1.
    rng : numpy Generator

    Returns
    -------
    array of int
        Rows in ascending order.
    """
    n_groups = int(groups.max(initial=-1)) + 1
    drawn = np.zeros(n_groups, dtype=bool)
    drawn[rng.permutation(n_groups)[: (n_groups + 1) // 2]] = True
    return np.flatnonzero(drawn[groups]).astype(np.int64)
