"""Chance that is the same on every machine, and the few ways it is used."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]

# Each stage has a stream of its own, so that a change in one leaves the rest alone.
_STAGES = [
    "sellers",
    "plan",
    "slots",
    "prices",
    "enforcement",
    "orders",
    "reviews",
    "images",
    "promotions",
    "versions",
    "identity",
    "brands",
    "events",
]


def stream(random_state: int, stage: str, batch: int = 0) -> np.random.Generator:
    """Give the random stream of one stage of one batch."""
    key = (_STAGES.index(stage), batch)
    seed = np.random.SeedSequence(random_state, spawn_key=key)
    return np.random.Generator(np.random.PCG64(seed))


def pick(u: Floats, start: ArrayLike, count: ArrayLike) -> Ints:
    """Turn uniforms into positions of pools; an empty pool gives -1."""
    start, count = np.asarray(start, np.int64), np.asarray(count, np.int64)
    return np.where(count > 0, start + (u * count).astype(np.int64), -1)


def choose(u: Floats, weights: ArrayLike) -> Ints:
    """Turn uniforms into categories with the given weights."""
    edges = np.cumsum(np.asarray(weights, float))
    return np.minimum(
        np.searchsorted(edges / edges[-1], u, side="right"), len(edges) - 1
    )


def apportion(total: int, weights: ArrayLike, least: int = 0) -> Ints:
    """Split a whole number by weight, largest remainder first.

    Parameters
    ----------
    total : int
        What to split; at least ``least * len(weights)``.
    weights : array_like of float, shape (k,)
        Shares, not all zero.
    least : int, default 0
        What everyone gets before the split.

    Returns
    -------
    ndarray of int, shape (k,)
        Sums to ``total``.

    Examples
    --------
    >>> apportion(7, [0.5, 0.3, 0.2]).tolist()
    [4, 2, 1]
    """
    weights = np.asarray(weights, float)
    exact = (total - least * len(weights)) * weights / weights.sum()
    parts = np.floor(exact).astype(np.int64)
    left = total - least * len(weights) - int(parts.sum())
    parts[np.argsort(parts - exact, kind="stable")[:left]] += 1
    return parts + least


def mix64(values: ArrayLike, salt: int) -> Words:
    """Scramble integers to 64 random-looking bits (splitmix64; a pure function)."""
    z = np.asarray(values).astype(np.uint64)
    with np.errstate(over="ignore"):
        z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z += np.uint64(salt * 0x632BE5AB)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def mix_uniform(values: ArrayLike, salt: int) -> Floats:
    """Scramble integers to numbers in [0, 1) (a pure function)."""
    return (mix64(values, salt) >> np.uint64(11)).astype(np.float64) / float(1 << 53)
