import numpy as np
import pytest

from iprseg.survey.intervals import Cell, compute_ratio_moments


def listings(hits, n, total):
    ones = np.ones(2)
    counts = np.array([hits, n - hits], dtype=float)
    return Cell(ones, ones, np.array([1.0, 0]), ones, counts, total, total)


def sellers(sizes, hits, labeled, units, total):
    sizes, hits, labeled = (np.array(v, dtype=float) for v in (sizes, hits, labeled))
    up = sizes / labeled
    return Cell(sizes, sizes, hits * up, labeled, np.ones(len(sizes)), units, total)


def test_stratified_reference_value():
    """labeling-reference §4: by hand and samplics TaylorEstimator."""
    moments = compute_ratio_moments([listings(1, 90, 9000), listings(18, 60, 1000)])
    assert moments.point == pytest.approx(0.04)
    assert np.sqrt(moments.variance) == pytest.approx(0.0115090237, rel=1e-8)


def test_one_listing_sellers_are_listings():
    one = compute_ratio_moments([sellers([1] * 8, [1, 1] + [0] * 6, [1] * 8, 50, 50)])
    two = compute_ratio_moments([listings(2, 8, 50)])
    for name in ("point", "variance", "df", "clusters"):
        assert getattr(one, name) == pytest.approx(getattr(two, name)), name
    assert one.up.shift == pytest.approx(two.up.shift)


def test_clusters_are_the_delete_one_jackknife():
    """Brute force: drop each seller in turn, weight its stratum's others up."""
    strata = [
        ([3, 1, 7, 2], [3, 0, 1, 0], 40, 130),
        ([20, 35, 28], [0, 30, 2], 9, 260),
    ]
    cells = [sellers(s, h, s, units, total) for s, h, units, total in strata]
    moments = compute_ratio_moments(cells)

    def rate(without=(None, None)):
        hits = sum(
            total
            * np.delete(h, i if k == without[0] else []).sum()
            / np.delete(s, i if k == without[0] else []).sum()
            for k, (s, h, _, total) in enumerate(strata)
            for i in [without[1] if k == without[0] else 0]
        )
        return hits / sum(total for *_, total in strata)

    variance = sum(
        (1 - len(s) / units)
        * (len(s) - 1)
        / len(s)
        * sum((rate((k, i)) - rate()) ** 2 for i in range(len(s)))
        for k, (s, _, units, _) in enumerate(strata)
    )
    assert moments.point == pytest.approx(rate())
    assert moments.variance == pytest.approx(variance)


def test_listings_drawn_within_all_sellers_are_a_stratified_sample():
    """Every seller drawn: sellers are strata, Cochran (1977) eq. 5.7."""
    sizes, hits, labeled = [100, 300], [2, 5], [10, 20]
    moments = compute_ratio_moments([sellers(sizes, hits, labeled, units=2, total=400)])
    by_strata = compute_ratio_moments([listings(2, 10, 100), listings(5, 20, 300)])
    assert moments.point == pytest.approx(by_strata.point)
    # around the overall rate and not the seller's own, the spread is a little larger
    assert moments.variance == pytest.approx(by_strata.variance, rel=1e-9)


def test_two_stages_are_unbiased_over_draws():
    """The mean of the estimated variance is the variance of the estimate."""
    rng = np.random.default_rng(5)
    size = rng.integers(5, 40, 200)
    bad = rng.binomial(size, rng.beta(0.5, 2, 200))
    points, variances = [], []
    for _ in range(600):
        chosen = rng.permutation(200)[:60]
        s, b = size[chosen], bad[chosen]
        m = np.minimum(s, 4)
        cell = sellers(s, rng.hypergeometric(b, s - b, m), m, 200, size.sum())
        moments = compute_ratio_moments([cell])
        points.append(float(moments.point))
        variances.append(float(moments.variance))
    # the standard error of a variance of 600 runs is about 6 %
    assert np.mean(variances) == pytest.approx(np.var(points), rel=0.18)
    assert np.mean(points) == pytest.approx(bad.sum() / size.sum(), abs=0.006)


def test_a_lone_unit_counts_by_its_distance_from_the_rate():
    lone, rest = listings(1, 1, 10), listings(2, 20, 90)
    alone = (
        compute_ratio_moments([lone, rest]).variance
        - compute_ratio_moments([rest]).variance * 0.81
    )
    point = compute_ratio_moments([lone, rest]).point
    # the weight of the stratum is 0.1; nine tenths of it were not drawn
    assert alone == pytest.approx(0.1**2 * 0.9 * (1 - point) ** 2)


def test_runs_are_estimated_together():
    counts = np.array([[1.0, 89], [4, 86]])
    both = compute_ratio_moments([listings(1, 90, 9000)._replace(copies=counts)])
    single = [compute_ratio_moments([listings(h, 90, 9000)]) for h in (1, 4)]
    assert both.point == pytest.approx([float(one.point) for one in single])
    assert both.variance == pytest.approx([float(one.variance) for one in single])
    assert both.up.spread == pytest.approx([float(one.up.spread) for one in single])


def test_a_slice_is_a_ratio_of_its_own():
    """Half of 40 drawn listings in the slice: about the variance of 20 listings."""
    ones = np.ones(3)
    cell = Cell(
        size=ones,
        part=np.array([1.0, 1, 0]),
        hits=np.array([1.0, 0, 0]),
        labeled=ones,
        copies=np.array([5.0, 15, 20]),
        units=1e9,
        listings=1e9,
    )
    moments = compute_ratio_moments([cell])
    assert moments.point == pytest.approx(0.25)
    assert moments.variance == pytest.approx(0.25 * 0.75 / 20, rel=0.04)
    assert moments.up.shift == pytest.approx(0.75 / 20, rel=1e-6)
