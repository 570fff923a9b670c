"""A small seeded part of benchmarks/coverage, and the path through the frames."""

import numpy as np
import pytest

from benchmarks.coverage import _listings, _sellers
from benchmarks.coverage._runs import LOWEST, tally
from iprseg.survey import SampleDesign, draw_sample, estimate_prevalence

RUNS = 500
# three Monte Carlo standard errors below the promise
TOLERANCE = 3 * np.sqrt(LOWEST * (1 - LOWEST) / RUNS)

CELLS = {
    "rare": lambda rng: _listings.one_wave(0.005, 200, RUNS, rng),
    "many": lambda rng: _listings.one_wave(0.1, 1000, RUNS, rng),
    "a hot tenth hides the rest": lambda rng: _listings.one_wave(
        0.1, 200, RUNS, rng, frame=_listings.MASKED, share=_listings.HOT_SHARE
    ),
    "stopped half way": lambda rng: _listings.one_wave(
        0.05, 1000, RUNS, rng, stop="random"
    ),
    "two waves": lambda rng: _listings.two_waves(0.05, 200, RUNS, rng),
    "sellers": lambda rng: _sellers.survey(0.1, 200, RUNS, rng),
    "ten listings of each": lambda rng: _sellers.survey(
        0.05, 200, RUNS, rng, per_seller=10
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_intervals_cover(name):
    result = tally(CELLS[name](np.random.default_rng(2024)))
    assert result.offered.all()
    assert result.covered.mean() >= LOWEST - TOLERANCE


@pytest.mark.parametrize("name", ["many", "sellers"])
def test_the_check_can_fail(name):
    """Limits of half the length miss more often than the tolerance allows."""
    surveys = CELLS[name](np.random.default_rng(2024))
    result = tally(surveys)
    assert (np.abs(result.error) <= result.width / 4).mean() < LOWEST - TOLERANCE


def test_intervals_cover_from_draw_to_estimate(frame, answer):
    """80 seeded surveys through draw_sample and estimate_prevalence themselves."""
    truth, runs = frame["bad"].mean(), 80
    covered = 0
    for seed in range(runs):
        sample = draw_sample(frame, 80, "cohort", random_state=seed)
        labels = answer(sample, stop=60)
        line = estimate_prevalence(labels, SampleDesign.of(sample)).loc["all"]
        covered += line["low"] <= truth <= line["high"]
    assert covered / runs >= LOWEST - 3 * np.sqrt(LOWEST * (1 - LOWEST) / runs)
