"""Runs of surveys that draw listings and count sellers: roles split, or next month."""

from __future__ import annotations

import numpy as np

from benchmarks.coverage._runs import Surveys
from benchmarks.coverage._sellers import population, seller_rates
from iprseg.survey.intervals import Cell, compute_held_out_inflation

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
    return surveys._replace(inflation=compute_held_out_inflation(drawn, drawn * keep))


def one_cohort(
    prevalence: float, n: int, runs: int, rng: np.random.Generator
) -> Surveys:
    """Ask for one cohort of many: a tenth of the listings, half of the labels.

    Sellers have listings inside and outside it; half of the sellers shape.
    """
    size, rate = seller_rates(prevalence, SELLERS, rng)
    mostly = rng.random(SELLERS) < 0.1
    inside = rng.binomial(size, np.where(mostly, 0.8, 0.02))
    bad = rng.binomial(inside, rate)
    keep = rng.random((runs, SELLERS)) < 0.5
    most = min(n // 2, int(inside.sum()))
    drawn = [
        rng.multivariate_hypergeometric(one, count, size=runs, method="marginals")
        for one, count in ((inside, most), (size - inside, n - most))
    ]
    hits = rng.hypergeometric(bad, inside - bad, drawn[0]) * keep
    # a kept label of a stratum stands for so many of its listings
    part, rest = (
        one * keep * total / np.maximum((one * keep).sum(axis=1, keepdims=True), 1)
        for one, total in zip(drawn, (inside.sum(), (size - inside).sum()), strict=True)
    )
    gain = inside.sum() / np.maximum((drawn[0] * keep).sum(axis=1, keepdims=True), 1)
    whole = np.where(part + rest > 0, part + rest, 1.0)
    copies = (part + rest > 0).astype(float)
    cell = Cell(whole, part, hits * gain, whole, copies, np.inf, listings=1.0)
    truth = bad.sum() / inside.sum()
    inflation = compute_held_out_inflation(drawn[0], drawn[0] * keep)
    return Surveys([cell], np.zeros(runs), truth, True, inflation)


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
