"""Runs of surveys that draw listings, all runs of a cell at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.coverage._runs import Surveys
from iprseg.survey.draw import allocate_draws
from iprseg.survey.intervals import Cell

EXPLORE = 0.2


class Frame(NamedTuple):
    """Listings by stratum, and how hot strata are relative to each other."""

    sizes: np.ndarray
    heat: np.ndarray


# six strata from the dull bulk to the hot few, as cohorts by score are
COHORTS = Frame(
    np.array([24_000, 9_000, 4_000, 2_000, 800, 200]),
    np.array([0.2, 0.5, 1.0, 4.0, 12.0, 40.0]),
)
# a few hot listings get nearly all labels and hide how little is known of the rest
MASKED = Frame(np.array([36_000, 4_000]), np.array([0.5, 5.5]))
HOT_SHARE = np.array([0.1, 0.9])


def violative(frame: Frame, prevalence: float) -> np.ndarray:
    """Violative listings by stratum: hotter strata have more, capped at 90 %."""
    target = prevalence * frame.sizes.sum()
    low, high = 0.0, 1e3
    for _ in range(60):
        scale = (low + high) / 2
        rates = np.minimum(scale * frame.heat * prevalence, 0.9)
        low, high = (
            (scale, high) if (rates * frame.sizes).sum() < target else (low, scale)
        )
    return np.round(rates * frame.sizes).astype(int)


def draw(n: int, share: np.ndarray, left: np.ndarray, before, runs: int, rng):
    """Units drawn by stratum and run: exploration uniform, the target arm by share."""
    n_explore = round(EXPLORE * n)
    explore = rng.multivariate_hypergeometric(left, n_explore, size=runs)
    return np.array(
        [
            e
            + allocate_draws(n - n_explore, left - e, np.maximum(2 - before - e, 0), s)
            for e, s in zip(explore, np.broadcast_to(share, explore.shape), strict=True)
        ]
    )


def one_wave(
    prevalence: float,
    n: int,
    runs: int,
    rng: np.random.Generator,
    frame: Frame = COHORTS,
    share: np.ndarray | float = 1.0,
    stop: str = "",
) -> Surveys:
    """Draw once; `stop` leaves the queue half way, "random" or "hottest first"."""
    positives = violative(frame, prevalence)
    nothing = np.zeros_like(frame.sizes)
    shares = np.broadcast_to(share, frame.sizes.shape)
    labeled = drawn = draw(n, shares, frame.sizes, nothing, runs, rng)
    if stop == "random":
        labeled = np.array(
            [rng.multivariate_hypergeometric(d, n // 2, method="count") for d in drawn]
        )
    elif stop == "hottest first":
        before = np.cumsum(drawn[:, ::-1], axis=1)[:, ::-1] - drawn
        labeled = np.clip(n // 2 - before, 0, drawn)
    hits = rng.hypergeometric(positives, frame.sizes - positives, labeled)
    return _surveys(frame, hits, labeled, positives)


def two_waves(
    prevalence: float, n: int, runs: int, rng: np.random.Generator
) -> Surveys:
    """Half equally; the other half where the first half says that doubt is largest."""
    frame = COHORTS
    positives = violative(frame, prevalence)
    ones, nothing = np.ones_like(frame.sizes), np.zeros_like(frame.sizes)
    first = draw(n // 2, ones, frame.sizes, nothing, runs, rng)
    hits = rng.hypergeometric(positives, frame.sizes - positives, first)
    guess = (hits + 0.5) / (first + 1)
    doubt = frame.sizes * np.sqrt(guess * (1 - guess))
    left = frame.sizes - first
    second = np.array(
        [
            draw(n - n // 2, d, rest, f, 1, rng)[0]
            for d, rest, f in zip(doubt, left, first, strict=True)
        ]
    )
    rest = positives - hits
    hits = hits + rng.hypergeometric(rest, left - rest, second)
    return _surveys(frame, hits, first + second, positives)


def one_slice(
    prevalence: float, n: int, runs: int, rng: np.random.Generator
) -> Surveys:
    """Ask for the rate of a fifth of the listings that no stratum follows."""
    frame = COHORTS
    positives = violative(frame, prevalence)
    ones, nothing = np.ones_like(frame.sizes), np.zeros_like(frame.sizes)
    drawn = draw(n, ones, frame.sizes, nothing, runs, rng)
    inside = np.round(frame.sizes / 5).astype(int)
    bad = np.round(positives / 5).astype(int)
    members = rng.hypergeometric(inside, frame.sizes - inside, drawn)
    hits = rng.hypergeometric(bad, inside - bad, members)
    kinds = np.stack([hits, members - hits, drawn - members], axis=-1)
    cells = [
        Cell(
            size=np.ones(3),
            part=np.array([1.0, 1, 0]),
            hits=np.array([1.0, 0, 0]),
            labeled=np.ones(3),
            copies=kinds[:, h].astype(float),
            units=float(size),
            listings=float(size),
        )
        for h, size in enumerate(frame.sizes)
    ]
    truth = bad.sum() / inside.sum()
    return Surveys(cells, np.zeros(runs), truth, by_sellers=False)


def _surveys(
    frame: Frame, hits: np.ndarray, labeled: np.ndarray, positives: np.ndarray
) -> Surveys:
    """Cells of the product from counts of shape (runs, strata)."""
    ones = np.ones(2)
    cells = [
        Cell(
            size=ones,
            part=ones,
            hits=np.array([1.0, 0.0]),
            labeled=ones,
            copies=np.stack([hits[:, h], labeled[:, h] - hits[:, h]], axis=-1),
            units=float(size),
            listings=float(size),
        )
        for h, size in enumerate(frame.sizes)
    ]
    total = frame.sizes.sum()
    unseen = ((labeled == 0) * frame.sizes).sum(axis=1) / total
    return Surveys(cells, unseen, positives.sum() / total, by_sellers=False)
