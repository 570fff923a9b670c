"""A rate with its limits, from strata of drawn units: point, variance, beta limits.

One formula serves listings and sellers, the whole frame and a slice of it. Every array
may have leading axes (simulation runs); the last axis runs over units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]
MIN_SELLERS = 5  # effective; fewer were not tried in benchmarks/coverage


class Rate(NamedTuple):
    """Shapes (...,); where not `offered` the limits are 0 and 1."""

    point: Array
    low: Array
    high: Array
    clusters: Array
    offered: NDArray[np.bool_]
    moments: Moments | None


NO_LABELS = Rate(
    point=np.asarray(np.nan),
    low=np.asarray(0.0),
    high=np.asarray(1.0),
    clusters=np.asarray(0.0),
    offered=np.asarray(False),
    moments=None,
)


def estimate_rate(
    cells: Sequence[Cell],
    unseen: ArrayLike = 0.0,
    by_sellers: bool = False,
    confidence: ArrayLike = 0.95,
    inflation: ArrayLike = 1.0,
) -> Rate:
    """Estimate over the strata that have labels; widen for the share that has none.

    Parameters
    ----------
    cells : sequence of Cell
    unseen : array_like
        Share of the listings in strata where no unit is labeled: anything from none to
        all of them may be violative, and the limits say so.
    by_sellers : bool
        Whether units are sellers: too few of them give no interval.
    inflation : array_like
        Factor on the variance, from `compute_held_out_inflation`.
    """
    moments = compute_ratio_moments(cells)
    inflated = moments.variance * np.asarray(inflation, dtype=float)
    moments = moments._replace(variance=inflated)
    low, high = compute_rate_limits(moments, confidence)
    unseen = np.asarray(unseen, dtype=float)
    low, high = low * (1 - unseen), high * (1 - unseen) + unseen
    enough = moments.clusters >= (MIN_SELLERS if by_sellers else 0)
    offered = enough & np.isfinite(moments.point)
    return Rate(
        moments.point,
        np.where(offered, low, 0.0),
        np.where(offered, high, 1.0),
        moments.clusters,
        offered,
        moments,
    )


def compute_held_out_inflation(drawn: ArrayLike, kept: ArrayLike) -> Array:
    """Inflate a variance over sellers for the large ones that chance kept out.

    When sellers are dealt to roles and a giant goes to the other one, the sellers kept
    look more alike in size than the frame is. Their Kish number is held to its share of
    that of all sellers drawn.

    Parameters
    ----------
    drawn, kept : array_like, shape (..., sellers)
        Weight of each seller's listings drawn, and of those that have a say.

    Examples
    --------
    >>> float(compute_held_out_inflation([8, 1, 1, 1, 1], [0, 1, 1, 1, 1]))  # 4 look like 5 of 2.1
    2.36...
    """
    drawn, kept = np.asarray(drawn, dtype=float), np.asarray(kept, dtype=float)
    share = (kept > 0).sum(axis=-1) / (drawn > 0).sum(axis=-1)
    return np.maximum(
        _compute_kish_size(kept) / np.maximum(share * _compute_kish_size(drawn), 1e-12),
        1.0,
    )


def _compute_kish_size(weight: Array) -> Array:
    square = (weight**2).sum(axis=-1)
    return np.asarray(weight.sum(axis=-1) ** 2 / np.where(square > 0, square, 1.0))


_FEW_HITS, _MANY_HITS = (
    5.0,
    15.0,
)  # effective hits: the whole step is kept up to FEW ...
_MIN_STEP_SHARE = 0.3  # ... and this part of it from MANY on,
_EVENT_SHOWN = 0.6  # once the variance shows this much of an event of the largest step


def compute_beta_limits(
    point: ArrayLike,
    variance: ArrayLike,
    up: Step,
    down: Step,
    confidence: ArrayLike = 0.95,
) -> tuple[Array, Array]:
    """Beta limits matched to a point, its variance and its steps.

    With n equal units (variance p(1-p)/n, steps (1-p)/n and p/n) these are the
    Clopper-Pearson limits at few hits, and from 15 on the Clopper-Pearson lower and
    about Jeffreys' upper limit. With a design the effective number replaces n (Korn and
    Graubard 1998) and the heaviest unit's step replaces 1/n (Fay and Feuer 1997). The
    whole step is kept while the variance shows no event of that weight: a heavy stratum
    that happened to show no hit then bounds the rate as by itself.

    Parameters
    ----------
    point, variance : array_like, broadcast together
    up, down : Step
    confidence : array_like

    Returns
    -------
    (low, high) : arrays in [0, 1]

    Examples
    --------
    >>> p, n = 1 / 29, 29  # Newcombe (1998), 1 of 29
    >>> up, down = Step((1 - p) / n, (1 - p) / n**2), Step(p / n, p / n**2)
    >>> low, high = compute_beta_limits(p, p * (1 - p) / n, up, down)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0009, 0.1776)
    """
    p, v = np.asarray(point, dtype=float), np.asarray(variance, dtype=float)
    level = (1 + np.asarray(confidence, dtype=float)) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        hits = np.where(v > 0, np.minimum(p, 1 - p) * p * (1 - p) / v, 0.0)
    ample = np.clip((hits - _FEW_HITS) / (_MANY_HITS - _FEW_HITS), 0, 1)
    high = _compute_upper_limit(p, v, up, ample, level)
    low = 1 - _compute_upper_limit(1 - p, v, down, ample, level)
    return np.minimum(low, p), np.maximum(high, p)


def _compute_upper_limit(
    p: Array, v: Array, step: Step, ample: Array, level: Array
) -> Array:
    """Upper limit; no doubt left (variance and step 0) gives the point itself."""
    shift, spread = np.asarray(step.shift), np.asarray(step.spread)
    sure = (shift <= 0) & (v <= 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # a variance that shows no event of the largest step may have missed one
        shown = np.nan_to_num(v / spread, nan=0.0, posinf=np.inf)
        known = np.clip(shown / _EVENT_SHOWN, 0, 1) * ample
        keep = 1 - known * (1 - _MIN_STEP_SHARE * (1 - p))
        size = (p * (1 - p) + keep * shift) / (v + keep * spread)
        mean = p + keep * shift * (1 - p) / (1 - p + shift)
        limit = special.betaincinv((size + 1) * mean, (size + 1) * (1 - mean), level)
    return np.where(sure, p, np.where(p >= 1, 1.0, np.nan_to_num(limit, nan=1.0)))


def compute_rate_limits(
    moments: Moments, confidence: ArrayLike = 0.95
) -> tuple[Array, Array]:
    """Limits of a rate under its design.

    The variance is inflated as Korn and Graubard do for few degrees of freedom.
    `benchmarks/coverage` holds how often the limits cover.
    """
    p, v = moments.point, moments.variance
    level = (1 + np.asarray(confidence, dtype=float)) / 2
    free = np.maximum(moments.n_units - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        few = special.stdtrit(np.clip(moments.df, 1, 1e6), level)
        v = v * np.maximum(few / special.stdtrit(free, level), 1) ** 2
    return compute_beta_limits(p, v, moments.up, moments.down, confidence)


class Cell(NamedTuple):
    """The labeled units of one stratum; units that are alike may share an entry.

    `size`: listings of the unit in the frame; `part`: of these, in the slice;
    `hits`: of these, violative (both scaled up when only `labeled` of `size` listings
    have a label); `copies`: units this entry stands for; `units`, `listings`: the
    stratum in the frame.
    """

    size: Array
    part: Array
    hits: Array
    labeled: Array
    copies: Array
    units: float
    listings: float


class Step(NamedTuple):
    """How far one more hit, or one fewer, would move the rate, where it moves it most.

    `shift` is the move and `spread` the variance that one such event stands for.
    """

    shift: Array
    spread: Array


class Moments(NamedTuple):
    """What an interval needs: all of shape (...,), the runs.

    `clusters` is Kish's effective number of units.
    """

    point: Array
    variance: Array
    up: Step
    down: Step
    df: Array
    n_units: Array
    clusters: Array


def compute_ratio_moments(cells: Sequence[Cell]) -> Moments:
    """Estimate a rate: stratified, by clusters where units have several listings.

    Within a stratum units are exchangeable, so the weight of a unit is known listings
    of the stratum over listings of its labeled units. The variance is the delete-one
    jackknife of that estimator with finite-population correction; for units of one
    listing it is the textbook stratified variance (Cochran 1977, eq. 5.14).
    Listings drawn within units add Cochran's second stage (eq. 10.15 and 11.24).
    """
    gains = [_compute_gain(cell) for cell in cells]
    part = sum(
        g * _sum_over_units(c, c.part) for g, c in zip(gains, cells, strict=True)
    )
    hits = sum(
        g * _sum_over_units(c, c.hits) for g, c in zip(gains, cells, strict=True)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        point = np.asarray(hits / part)
        scales = [gain / part for gain in gains]
    between = [
        _compute_between_variance(c, point, s)
        for c, s in zip(cells, scales, strict=True)
    ]
    within = [
        _compute_within_variance(c, point, s)
        for c, s in zip(cells, scales, strict=True)
    ]
    strata = [b + w for b, w in zip(between, within, strict=True)]
    variance = np.asarray(sum(strata))
    spread = sum(
        v**2 / np.maximum(_count_units(c) - 1, 1)
        for v, c in zip(strata, cells, strict=True)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.where(spread > 0, variance**2 / spread, np.inf)
    up, down = _compute_steps(cells, scales)
    return Moments(
        point,
        variance,
        up,
        down,
        df,
        np.asarray(sum(_count_units(cell) for cell in cells)),
        _count_effective_clusters(cells, gains),
    )


def _compute_gain(cell: Cell) -> Array:
    """Count listings of the stratum per listing of its labeled units."""
    total = _sum_over_units(cell, cell.size)
    return np.asarray(np.where(total > 0, cell.listings / np.maximum(total, 1), 0.0))


def _count_units(cell: Cell) -> Array:
    return np.asarray(cell.copies.sum(axis=-1), dtype=float)


def _sum_over_units(cell: Cell, values: Array) -> Array:
    return np.asarray((cell.copies * values).sum(axis=-1))


def _compute_residual(cell: Cell, point: Array) -> Array:
    return np.asarray(cell.hits - point[..., None] * cell.part)


def _compute_between_variance(cell: Cell, point: Array, scale: Array) -> Array:
    """Variance between units; a lone unit counts with its distance from the rate."""
    n = _count_units(cell)
    residual = _compute_residual(cell, point)
    total = _sum_over_units(cell, cell.size)[..., None]
    lone = n == 1
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = (
            residual - cell.size * _sum_over_units(cell, residual)[..., None] / total
        )
        deleted = centred / (1 - cell.size / total)
        factor = np.where(lone, 1.0, np.maximum(n - 1, 0) / np.maximum(n, 1))
    used = np.where(cell.copies > 0, np.where(lone[..., None], residual, deleted), 0.0)
    rest = 1 - n / cell.units
    return np.asarray(scale**2 * rest * factor * _sum_over_units(cell, used**2))


def _compute_within_variance(cell: Cell, point: Array, scale: Array) -> Array:
    """Variance from labeling only some listings of a unit."""
    share, rate = cell.part / cell.size, cell.hits / cell.size
    p, m = point[..., None], np.maximum(cell.labeled, 1)
    spread = rate * (1 - p) ** 2 + (share - rate) * p**2 - (rate - p * share) ** 2
    # one label shows no spread inside its unit: the spread of the whole stands in
    seen = np.where(m > 1, spread * m / np.maximum(m - 1, 1), p * (1 - p) * share)
    terms = cell.size**2 * (1 - cell.labeled / cell.size) * seen / m
    return np.asarray(
        scale**2 * _count_units(cell) / cell.units * _sum_over_units(cell, terms)
    )


def _compute_steps(cells: Sequence[Cell], scales: Sequence[Array]) -> tuple[Step, Step]:
    """Largest steps over the places where a hit may have been missed or caught.

    Where a place's own rate is r, one more event adds a share 1 - r of its weight and
    one fewer takes a share r: a place that shows only hits bounds the rate below as one
    that shows none bounds it above.
    """
    ups: list[Step] = []
    downs: list[Step] = []
    for cell, scale in zip(cells, scales, strict=True):
        weight, rate = _weigh_places(cell, scale)
        for steps, share in ((ups, 1 - rate), (downs, rate)):
            shift = (weight * share).max(axis=-1)
            steps.append(Step(shift, (weight**2 * share).max(axis=-1)))
    return _take_largest_step(ups), _take_largest_step(downs)


def _weigh_places(cell: Cell, scale: Array) -> tuple[Array, Array]:
    """Weight and own rate of a stratum and of its units that are labeled in part."""
    part = _sum_over_units(cell, cell.part)
    # what counts of a unit is its part in the slice, however large it is elsewhere
    typical = _sum_over_units(cell, cell.part**2) / np.maximum(part, 1e-12)
    whole = np.where(
        part > 0,
        scale * typical * _shrink_zero_hit_bound(_count_units(cell) / cell.units),
        0.0,
    )
    inside = cell.size / cell.labeled * _shrink_zero_hit_bound(cell.labeled / cell.size)
    with np.errstate(invalid="ignore"):  # a run without a label in the slice
        piece = scale[..., None] * np.where(cell.copies * cell.part > 0, inside, 0.0)
    rate = _sum_over_units(cell, cell.hits) / np.maximum(part, 1e-12)
    own = np.broadcast_to(cell.hits / np.maximum(cell.part, 1e-12), piece.shape)
    weights = np.concatenate([whole[..., None], piece], axis=-1)
    return weights, np.concatenate([rate[..., None], own], axis=-1)


def _take_largest_step(steps: Sequence[Step]) -> Step:
    shifts, spreads = zip(*steps, strict=True)
    largest = [
        np.max(np.broadcast_arrays(*values), axis=0) for values in (shifts, spreads)
    ]
    return Step(*largest)


def _shrink_zero_hit_bound(fraction: Array) -> Array:
    """Shrink the bound at zero hits to what a sample of this fraction leaves open.

    With K violative of N the chance of none in the sample is about (1 - f) ** K.
    """
    f = np.clip(fraction, 1e-12, 1 - 1e-12)
    return np.where(fraction >= 1, 0.0, f / -np.log1p(-f))


def _count_effective_clusters(cells: Sequence[Cell], gains: Sequence[Array]) -> Array:
    """Kish's effective number of the units that chance chose."""
    first, second = np.asarray(0.0), np.asarray(0.0)
    for cell, gain in zip(cells, gains, strict=True):
        mass = gain[..., None] * cell.part
        chance = _count_units(cell) < cell.units
        first = first + np.where(chance, _sum_over_units(cell, mass), 0.0)
        second = second + np.where(chance, _sum_over_units(cell, mass**2), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(second > 0, first**2 / second, np.inf))
