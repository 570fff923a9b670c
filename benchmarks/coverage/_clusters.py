"""Runs of surveys that draw listings and count sellers: roles split, or next month."""

from __future__ import annotations

import numpy as np

from benchmarks.coverage._runs import Surveys
from benchmarks.coverage._sellers import population, seller_rates
from iprseg.survey._moments import Cell
from iprseg.survey._rate import held_out

SELLERS = 4_000


def split_roles(
    prevalence: float, n: int, runs: int, rng: np.random.Generator
) -> Surveys:
    """Draw listings at random; keep half of the sellers' labels for shaping."""
    sellers = population(prevalence, SELLERS, rng)
    drawn = rng.multivariate_hypergeometric(
        sellers.size, n, size=runs, method="marginals"
    )
    hits = rng.hypergeometric(sellers.bad, sellers.size - sellers.bad, drawn)
    keep = rng.random(drawn.shape) < 0.5
    surveys = _surveys(drawn * keep, hits * keep, sellers.rate)
    return surveys._replace(inflation=held_out(drawn, drawn * keep))


def beyond(prevalence: float, n: int, runs: int, rng: np.random.Generator) -> Surveys:
    """Every run has a frame of its own; asked for is the rate of such sellers."""
    drawn = np.zeros((runs, SELLERS), dtype=np.int64)
    hits = np.zeros_like(drawn)
    for run in range(runs):
        size, rate = seller_rates(prevalence, SELLERS, rng)
        drawn[run] = rng.multivariate_hypergeometric(size, n, method="marginals")
        hits[run] = rng.binomial(drawn[run], rate)
    return _surveys(drawn, hits, prevalence)


def _surveys(drawn: np.ndarray, hits: np.ndarray, truth: float) -> Surveys:
    """Sellers as the product makes one cell of them, those without a label last."""
    most = int((drawn > 0).sum(axis=1).max())
    order = np.argsort(drawn == 0, axis=1, kind="stable")[:, :most]
    size = np.take_along_axis(drawn, order, axis=1).astype(float)
    bad = np.take_along_axis(hits, order, axis=1).astype(float)
    labeled = np.maximum(size, 1)
    copies = (size > 0).astype(float)
    cell = Cell(labeled, labeled, bad, labeled, copies, np.inf, listings=1.0)
    return Surveys([cell], np.zeros(len(drawn)), truth, by_sellers=True)
