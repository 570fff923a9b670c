import numpy as np
import pandas as pd
import pytest

from iprseg.survey import SampleDesign, draw_sample


@pytest.fixture(scope="session")
def frame():
    """300 sellers of uneven size in three cohorts, one of them NOISE; column `bad`."""
    rng = np.random.default_rng(11)
    size = np.minimum(rng.pareto(1.2, 300) + 1, 120).astype(int)
    seller = np.repeat(np.arange(300), size)
    cohort = np.repeat(rng.choice([-1, 0, 1], 300, p=[0.2, 0.7, 0.1]), size)
    chance = rng.beta(0.2, 0.8, 300)[seller] * np.where(cohort == 1, 2.0, 0.6)
    bad = rng.random(len(seller)) < chance.clip(0, 1)
    index = pd.Index([f"L{i}" for i in range(len(seller))], name="listing_id")
    sellers = np.array([f"S{s}" for s in seller], dtype=object)
    data = {"seller_id": sellers, "cohort": cohort, "bad": bad.astype(float)}
    return pd.DataFrame(data, index=index)


@pytest.fixture(scope="session")
def answer(frame):
    """Label a sample as the truth says; listings from `stop` on are not served."""

    def label(sample, stop=None):
        bad = frame.loc[sample.index, "bad"]
        labels = sample.assign(
            status="labeled",
            violative=bad,
            severity=np.where(bad == 1, "S3", "S0"),
            cohort=frame.loc[sample.index, "cohort"],
        )
        if stop is not None:
            late = labels["serve_order"] >= stop
            labels.loc[late, "status"] = "unserved"
            labels.loc[late, "violative"] = np.nan
            labels.loc[late, "severity"] = None
        return labels

    return label


@pytest.fixture(scope="session")
def sample(frame):
    return draw_sample(frame, 150, "cohort", as_of="2025-03-01", random_state=4)


@pytest.fixture
def labels(sample, answer):
    return answer(sample)


@pytest.fixture
def design(sample):
    return SampleDesign.of(sample)
