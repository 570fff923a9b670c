"""Runs of surveys that draw sellers with heavy-tailed sizes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.coverage._runs import Surveys
from iprseg.survey.draw import allocate_draws
from iprseg.survey.intervals import Cell
from iprseg.survey.strata import compute_size_cuts, cut_strata_by_size

SELLERS = 12_000
LARGEST = 3_000
TAIL = 1.1  # Pareto index: the mean barely exists, the largest sellers hold much
WITHIN = 0.4  # intra-seller correlation of the violation
EXPLORE = 0.2


class Population(NamedTuple):
    """Sellers: cohort (1 is the hot tenth), listings, violative listings."""

    cohort: np.ndarray
    size: np.ndarray
    bad: np.ndarray

    @property
    def rate(self) -> float:
        return self.bad.sum() / self.size.sum()


def seller_rates(
    prevalence: float, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Make sizes of fresh sellers and the rate of each, `prevalence` on average."""
    size = np.minimum(rng.pareto(TAIL, count) + 1, LARGEST).astype(int)
    a = prevalence * (1 / WITHIN - 1)
    return size, rng.beta(a, (1 - prevalence) * (1 / WITHIN - 1), count)


def population(prevalence: float, count: int, rng: np.random.Generator) -> Population:
    """Sellers whose overall rate is near `prevalence` (within a fifth)."""
    size = np.minimum(rng.pareto(TAIL, count) + 1, LARGEST).astype(int)
    cohort = (rng.random(count) < 0.1).astype(int)
    heat = np.where(cohort == 1, 4.0, 1.0)
    mean = np.clip(prevalence * heat / (heat * size).sum() * size.sum(), 1e-6, 0.9)
    a = mean * (1 / WITHIN - 1)
    b = (1 - mean) * (1 / WITHIN - 1)
    while True:
        bad = rng.binomial(size, rng.beta(a, b))
        if abs(bad.sum() / size.sum() / prevalence - 1) < 0.2:
            return Population(cohort, size, bad)


def strata_of(sellers: Population, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Stratum code by seller and relative share of the draws by stratum."""
    units = pd.DataFrame({"stratum": sellers.cohort.astype(str), "size": sellers.size})
    cuts = compute_size_cuts(units, n / 2)
    codes, names = pd.factorize(cut_strata_by_size(units, cuts), sort=True)
    bands = {"0": len(cuts["0"]) + 1, "1": len(cuts["1"]) + 1}
    return codes, np.array([1 / bands[str(name)[0]] for name in names])


def survey(
    prevalence: float,
    n: int,
    runs: int,
    rng: np.random.Generator,
    per_seller: int | None = None,
    stop: float = 1.0,
    inside: float = 1.0,
) -> Surveys:
    """Draw `n` sellers and label all or `per_seller` listings, `runs` times over.

    `inside`: asked for is a cohort of this share of the listings, in which some sellers
    have most of theirs and the others a few.
    """
    sellers = population(prevalence, SELLERS, rng)
    cohort = _cohort(sellers, inside, rng)
    codes, share = strata_of(sellers, n)
    units = np.bincount(codes)
    explore = rng.multivariate_hypergeometric(units, round(EXPLORE * n), size=runs)
    drawn = np.array(
        [
            e + allocate_draws(n - e.sum(), units - e, np.maximum(2 - e, 0), share)
            for e in explore
        ]
    )
    if stop < 1:
        done = round(stop * n)
        drawn = np.array(
            [rng.multivariate_hypergeometric(d, done, method="count") for d in drawn]
        )
    listings = np.bincount(codes, weights=sellers.size)
    unseen = ((drawn == 0) * listings).sum(axis=1) / listings.sum()
    cells = [
        _cell(sellers, cohort, np.flatnonzero(codes == h), drawn[:, h], per_seller, rng)
        for h in range(len(units))
    ]
    return Surveys(cells, unseen, cohort.rate, by_sellers=True)


def _cohort(sellers: Population, share: float, rng: np.random.Generator) -> Population:
    """Count the listings of each seller that are in the cohort, and their violative."""
    if share == 1:
        return sellers
    mostly = rng.random(len(sellers.size)) < share
    chance = np.where(mostly, 0.8, 0.2 * share)
    bad = rng.binomial(sellers.bad, chance)
    lawful = rng.binomial(sellers.size - sellers.bad, chance)
    return Population(sellers.cohort, bad + lawful, bad)


def _cell(sellers, cohort, members, drawn, per_seller, rng) -> Cell:
    most = int(drawn.max())
    order = rng.random((len(drawn), len(members))).argsort(axis=1)[:, :most]
    chosen = members[order]
    size, part, bad = sellers.size[chosen], cohort.size[chosen], cohort.bad[chosen]
    labeled = size if per_seller is None else np.minimum(size, per_seller)
    seen = rng.hypergeometric(part, size - part, labeled)
    hits = rng.hypergeometric(bad, part - bad, seen)
    return Cell(
        size=size.astype(float),
        part=seen * size / labeled,
        hits=hits * size / labeled,
        labeled=labeled.astype(float),
        copies=(np.arange(most) < drawn[:, None]).astype(float),
        units=float(len(members)),
        listings=float(sellers.size[members].sum()),
    )
