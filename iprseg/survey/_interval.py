"""Limits for a rate at any count, from its variance and its step."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from iprseg.survey._moments import Moments, Step

__all__ = ["beta_limits", "rate_limits"]

Array = NDArray[np.float64]
FEW, MANY = 5.0, 15.0  # effective hits: the whole step is kept up to FEW ...
LEAST = 0.3  # ... and this part of it from MANY on,
SHOWN = 0.6  # once the variance shows this much of an event of the largest step


def beta_limits(
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
    >>> low, high = beta_limits(p, p * (1 - p) / n, up, down)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0009, 0.1776)
    """
    p, v = np.asarray(point, dtype=float), np.asarray(variance, dtype=float)
    level = (1 + np.asarray(confidence, dtype=float)) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        hits = np.where(v > 0, np.minimum(p, 1 - p) * p * (1 - p) / v, 0.0)
    ample = np.clip((hits - FEW) / (MANY - FEW), 0, 1)
    high = _upper(p, v, up, ample, level)
    low = 1 - _upper(1 - p, v, down, ample, level)
    return np.minimum(low, p), np.maximum(high, p)


def _upper(p: Array, v: Array, step: Step, ample: Array, level: Array) -> Array:
    """Upper limit; no doubt left (variance and step 0) gives the point itself."""
    shift, spread = np.asarray(step.shift), np.asarray(step.spread)
    sure = (shift <= 0) & (v <= 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # a variance that shows no event of the largest step may have missed one
        shown = np.nan_to_num(v / spread, nan=0.0, posinf=np.inf)
        known = np.clip(shown / SHOWN, 0, 1) * ample
        keep = 1 - known * (1 - LEAST * (1 - p))
        size = (p * (1 - p) + keep * shift) / (v + keep * spread)
        mean = p + keep * shift * (1 - p) / (1 - p + shift)
        limit = special.betaincinv((size + 1) * mean, (size + 1) * (1 - mean), level)
    return np.where(sure, p, np.where(p >= 1, 1.0, np.nan_to_num(limit, nan=1.0)))


def rate_limits(moments: Moments, confidence: ArrayLike = 0.95) -> tuple[Array, Array]:
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
    return beta_limits(p, v, moments.up, moments.down, confidence)
