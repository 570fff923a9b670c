"""Runs of surveys that draw listings, all runs of a cell at once."""

from __future__ import annotations

import numpy as np

from benchmarks.coverage._runs import Surveys
from iprseg.survey._allocate import allocate
from iprseg.survey._moments import Cell

# six strata from the dull bulk to the hot few, as cohorts by score are
SIZES = np.array([24_000, 9_000, 4_000, 2_000, 800, 200])
HEAT = np.array([0.2, 0.5, 1.0, 4.0, 12.0, 40.0])
EXPLORE = 0.2


def violative(prevalence: float) -> np.ndarray:
    """Violative listings by stratum: hotter strata have more, capped at 90 %."""
    target = prevalence * SIZES.sum()
    low, high = 0.0, 1e3
    for _ in range(60):
        scale = (low + high) / 2
        rates = np.minimum(scale * HEAT * prevalence, 0.9)
        low, high = (scale, high) if (rates * SIZES).sum() < target else (low, scale)
    return np.round(rates * SIZES).astype(int)


def shares(kind: str) -> np.ndarray:
    return SIZES / SIZES.sum() if kind == "proportional" else np.ones(len(SIZES))


def draw(n: int, share: np.ndarray, left: np.ndarray, before, runs: int, rng):
    """Units drawn by stratum and run: exploration uniform, the target arm by share."""
    n_explore = round(EXPLORE * n)
    explore = rng.multivariate_hypergeometric(left, n_explore, size=runs)
    return np.array(
        [
            e + allocate(n - n_explore, left - e, np.maximum(2 - before - e, 0), s)
            for e, s in zip(explore, np.broadcast_to(share, explore.shape), strict=True)
        ]
    )


def cells(hits: np.ndarray, labeled: np.ndarray) -> list[Cell]:
    """Cells of the product from counts of shape (runs, strata)."""
    ones = np.ones(2)
    return [
        Cell(
            size=ones,
            part=ones,
            hits=np.array([1.0, 0.0]),
            labeled=ones,
            copies=np.stack([hits[:, h], labeled[:, h] - hits[:, h]], axis=-1),
            units=float(SIZES[h]),
            listings=float(SIZES[h]),
        )
        for h in range(len(SIZES))
    ]


def one_wave(
    prevalence: float,
    n: int,
    runs: int,
    rng: np.random.Generator,
    kind: str = "equal",
    stop: str = "",
) -> Surveys:
    """Draw once; `stop` leaves the queue half way, "random" or "hottest first"."""
    positives = violative(prevalence)
    nothing = np.zeros(len(SIZES), int)
    labeled = drawn = draw(n, shares(kind), SIZES, nothing, runs, rng)
    if stop == "random":
        labeled = np.array(
            [rng.multivariate_hypergeometric(d, n // 2, method="count") for d in drawn]
        )
    elif stop == "hottest first":
        before = np.cumsum(drawn[:, ::-1], axis=1)[:, ::-1] - drawn
        labeled = np.clip(n // 2 - before, 0, drawn)
    hits = rng.hypergeometric(positives, SIZES - positives, labeled)
    return _surveys(hits, labeled, positives)


def two_waves(
    prevalence: float, n: int, runs: int, rng: np.random.Generator
) -> Surveys:
    """Half equally; the other half where the first half says that doubt is largest."""
    positives = violative(prevalence)
    nothing = np.zeros(len(SIZES), int)
    first = draw(n // 2, shares("equal"), SIZES, nothing, runs, rng)
    hits = rng.hypergeometric(positives, SIZES - positives, first)
    guess = (hits + 0.5) / (first + 1)
    doubt = SIZES * np.sqrt(guess * (1 - guess))
    left = SIZES - first
    second = np.array(
        [
            draw(n - n // 2, d, rest, f, 1, rng)[0]
            for d, rest, f in zip(doubt, left, first, strict=True)
        ]
    )
    rest = positives - hits
    hits = hits + rng.hypergeometric(rest, left - rest, second)
    return _surveys(hits, first + second, positives)


def _surveys(hits: np.ndarray, labeled: np.ndarray, positives: np.ndarray) -> Surveys:
    unseen = ((labeled == 0) * SIZES).sum(axis=1) / SIZES.sum()
    truth = positives.sum() / SIZES.sum()
    return Surveys(cells(hits, labeled), unseen, truth, by_sellers=False)
