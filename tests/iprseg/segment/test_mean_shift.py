"""Signals: neighbours brought together, goods kept together at any size."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from iprseg import Segmenter
from iprseg.segment.clustering import apply_mean_shift


def test_each_point_moves_to_the_weighted_mean_of_its_neighbours():
    rng = np.random.default_rng(3)
    points, weights = rng.normal(size=(60, 4)), rng.integers(1, 6, 60) * 1.0
    moved = apply_mean_shift(points, weights, 7)
    for row, point in enumerate(points):
        near = np.argsort(np.linalg.norm(points - point, axis=1))[:8]  # with itself
        expected = np.average(points[near], axis=0, weights=weights[near])
        np.testing.assert_allclose(moved[row], expected, atol=1e-6)


def test_chance_falls_and_gaps_stay():
    rng = np.random.default_rng(0)
    kind = np.repeat([0, 1], 200)
    points = rng.normal(size=(400, 30))
    points[:, 0] += 12 * kind
    moved = apply_mean_shift(points, np.ones(400), 15)
    assert moved[:, 1:].std() < 0.5 * points[:, 1:].std()
    gap = moved[kind == 1, 0].mean() - moved[kind == 0, 0].mean()
    assert gap == pytest.approx(12, abs=0.3)


def market(n, spread=0.8, seed=0):
    """Make ordinary offers of twelve kinds of goods and three kinds of risk.

    A kind of risk shows in two signals, a kind of goods in the vector alone. Beside
    them stand the kinds of risk and of goods.
    """
    rng = np.random.default_rng(seed)
    kind = rng.choice(4, n, p=[0.67, 0.13, 0.1, 0.1])
    goods = rng.integers(12, size=n)
    claims = rng.normal(0, 0.2, (n, 3)) + 3 * np.eye(4)[kind][:, 1:]
    prices = rng.normal(0, 0.2, (n, 2)) + np.array([0, 3, -3, 2])[kind][:, None]
    vectors = rng.normal(size=(12, 12))[goods] + rng.normal(0, spread, (n, 12))
    blocks = {"claims": range(3), "price": range(3, 5), "meaning": range(5, 17)}
    blocks = {name: list(columns) for name, columns in blocks.items()}
    return np.hstack([claims, prices, vectors]), blocks, kind, goods


@pytest.mark.parametrize("n", [2_000, 12_000])  # below and above max_coreset
def test_ordinary_offers_do_not_break_up_into_goods(n):
    X, blocks, kind, _ = market(n)
    found = Segmenter(blocks=blocks).fit(X)
    assert adjusted_rand_score(kind, found.labels_) > 0.9


def test_vectors_alone_are_told_apart_by_goods():
    X, blocks, _, goods = market(2_000, spread=0.3)
    alone = {"meaning": blocks["meaning"]}
    found = Segmenter(blocks=alone).fit(X)
    assert adjusted_rand_score(goods, found.labels_) > 0.9
    weights = {"claims": 0.0, "price": 0.0}  # no signals
    again = Segmenter(blocks=blocks, weights=weights).fit(X)
    assert adjusted_rand_score(again.labels_, found.labels_) > 0.98  # but for rounding


@pytest.mark.parametrize("known", [0.0, 0.03])
def test_what_is_missing_makes_no_cohort_alone(known):
    """A flag that is always, or nearly always, 0 where it is known at all."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1_500, 8))
    X[:, 6] = np.where(rng.random(1_500) < 0.45, np.nan, rng.random(1_500) < known)
    X[:, 7] = np.nan
    X[:, 0] += np.isnan(X[:, 6])  # so that another block foretells the gaps
    blocks = {"text": [0, 1, 2], "price": [3, 4, 5], "image": [6, 7]}
    found = Segmenter(blocks=blocks).fit(X)
    told = adjusted_rand_score(np.isnan(X[:, 6]), found.labels_)
    assert told < 0.3
    image = found.scaled(X)[:, -2:]
    gaps = np.isnan(X[:, 6])
    assert abs(image[gaps].mean() - image[~gaps].mean()) < 0.5
