"""Point, variance and step of a violation rate from strata of drawn units.

One formula serves listings and sellers, the whole frame and a slice of it. Every array
may have leading axes (simulation runs); the last axis runs over units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cell", "Moments", "ratio_moments"]

Array = NDArray[np.float64]


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


def ratio_moments(cells: Sequence[Cell]) -> Moments:
    """Estimate a rate: stratified, by clusters where units have several listings.

    Within a stratum units are exchangeable, so the weight of a unit is known listings
    of the stratum over listings of its labeled units. The variance is the delete-one
    jackknife of that estimator with finite-population correction; for units of one
    listing it is the textbook stratified variance (Cochran 1977, eq. 5.14).
    Listings drawn within units add Cochran's second stage (eq. 10.15 and 11.24).
    """
    gains = [_gain(cell) for cell in cells]
    part = sum(g * _total(c, c.part) for g, c in zip(gains, cells, strict=True))
    hits = sum(g * _total(c, c.hits) for g, c in zip(gains, cells, strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        point = np.asarray(hits / part)
        scales = [gain / part for gain in gains]
    between = [_between(c, point, s) for c, s in zip(cells, scales, strict=True)]
    within = [_within(c, point, s) for c, s in zip(cells, scales, strict=True)]
    strata = [b + w for b, w in zip(between, within, strict=True)]
    variance = np.asarray(sum(strata))
    spread = sum(
        v**2 / np.maximum(_n(c) - 1, 1) for v, c in zip(strata, cells, strict=True)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.where(spread > 0, variance**2 / spread, np.inf)
    up, down = _steps(cells, scales)
    return Moments(
        point,
        variance,
        up,
        down,
        df,
        np.asarray(sum(_n(cell) for cell in cells)),
        _clusters(cells, gains),
    )


def _gain(cell: Cell) -> Array:
    """Count listings of the stratum per listing of its labeled units."""
    total = _total(cell, cell.size)
    return np.asarray(np.where(total > 0, cell.listings / np.maximum(total, 1), 0.0))


def _n(cell: Cell) -> Array:
    return np.asarray(cell.copies.sum(axis=-1), dtype=float)


def _total(cell: Cell, values: Array) -> Array:
    return np.asarray((cell.copies * values).sum(axis=-1))


def _residual(cell: Cell, point: Array) -> Array:
    return np.asarray(cell.hits - point[..., None] * cell.part)


def _between(cell: Cell, point: Array, scale: Array) -> Array:
    """Variance between units; a lone unit counts with its distance from the rate."""
    n = _n(cell)
    residual = _residual(cell, point)
    total = _total(cell, cell.size)[..., None]
    lone = n == 1
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = residual - cell.size * _total(cell, residual)[..., None] / total
        deleted = centred / (1 - cell.size / total)
        factor = np.where(lone, 1.0, np.maximum(n - 1, 0) / np.maximum(n, 1))
    used = np.where(cell.copies > 0, np.where(lone[..., None], residual, deleted), 0.0)
    rest = 1 - n / cell.units
    return np.asarray(scale**2 * rest * factor * _total(cell, used**2))


def _within(cell: Cell, point: Array, scale: Array) -> Array:
    """Variance from labeling only some listings of a unit."""
    share, rate = cell.part / cell.size, cell.hits / cell.size
    p, m = point[..., None], np.maximum(cell.labeled, 1)
    spread = rate * (1 - p) ** 2 + (share - rate) * p**2 - (rate - p * share) ** 2
    # one label shows no spread inside its unit: the spread of the whole stands in
    seen = np.where(m > 1, spread * m / np.maximum(m - 1, 1), p * (1 - p) * share)
    terms = cell.size**2 * (1 - cell.labeled / cell.size) * seen / m
    return np.asarray(scale**2 * _n(cell) / cell.units * _total(cell, terms))


def _steps(cells: Sequence[Cell], scales: Sequence[Array]) -> tuple[Step, Step]:
    """Largest steps over the places where a hit may have been missed or caught.

    Where a place's own rate is r, one more event adds a share 1 - r of its weight and
    one fewer takes a share r: a place that shows only hits bounds the rate below as one
    that shows none bounds it above.
    """
    ups: list[Step] = []
    downs: list[Step] = []
    for cell, scale in zip(cells, scales, strict=True):
        weight, rate = _places(cell, scale)
        for steps, share in ((ups, 1 - rate), (downs, rate)):
            shift = (weight * share).max(axis=-1)
            steps.append(Step(shift, (weight**2 * share).max(axis=-1)))
    return _largest(ups), _largest(downs)


def _places(cell: Cell, scale: Array) -> tuple[Array, Array]:
    """Weight and own rate of a stratum and of its units that are labeled in part."""
    part = _total(cell, cell.part)
    # what counts of a unit is its part in the slice, however large it is elsewhere
    typical = _total(cell, cell.part**2) / np.maximum(part, 1e-12)
    whole = np.where(part > 0, scale * typical * _left(_n(cell) / cell.units), 0.0)
    inside = cell.size / cell.labeled * _left(cell.labeled / cell.size)
    with np.errstate(invalid="ignore"):  # a run without a label in the slice
        piece = scale[..., None] * np.where(cell.copies * cell.part > 0, inside, 0.0)
    rate = _total(cell, cell.hits) / np.maximum(part, 1e-12)
    own = np.broadcast_to(cell.hits / np.maximum(cell.part, 1e-12), piece.shape)
    weights = np.concatenate([whole[..., None], piece], axis=-1)
    return weights, np.concatenate([rate[..., None], own], axis=-1)


def _largest(steps: Sequence[Step]) -> Step:
    shifts, spreads = zip(*steps, strict=True)
    largest = [
        np.max(np.broadcast_arrays(*values), axis=0) for values in (shifts, spreads)
    ]
    return Step(*largest)


def _left(fraction: Array) -> Array:
    """Shrink the bound at zero hits to what a sample of this fraction leaves open.

    With K violative of N the chance of none in the sample is about (1 - f) ** K.
    """
    f = np.clip(fraction, 1e-12, 1 - 1e-12)
    return np.where(fraction >= 1, 0.0, f / -np.log1p(-f))


def _clusters(cells: Sequence[Cell], gains: Sequence[Array]) -> Array:
    """Kish's effective number of the units that chance chose."""
    first, second = np.asarray(0.0), np.asarray(0.0)
    for cell, gain in zip(cells, gains, strict=True):
        mass = gain[..., None] * cell.part
        chance = _n(cell) < cell.units
        first = first + np.where(chance, _total(cell, mass), 0.0)
        second = second + np.where(chance, _total(cell, mass**2), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(second > 0, first**2 / second, np.inf))
