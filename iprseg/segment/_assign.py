"""Decide row by row: which cohort, how strongly, or none."""

import numpy as np
from numpy.typing import NDArray

from iprseg._labels import NOISE
from iprseg.segment._layout import nearest

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_VOTERS = 15
_MAJORITY = 0.5
# Tukey's fence for "far out": so far above the upper quartile a row is an outlier of
# any plausible distribution of distances.
_FENCE = 3.0


def recruit(
    points: FloatArray, weights: FloatArray, labels: IntArray, strength: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Let noise points join the cohort that most of their neighbours belong to.

    Density clustering calls the thin rim of a cohort noise. A rim point whose
    neighbours, in the undistorted space, belong by majority to one cohort joins it,
    with half that share as its strength; a point between cohorts or among noise
    stays noise.

    Returns
    -------
    labels, strength : arrays, shape (m,)
    """
    outside = np.flatnonzero(labels == NOISE)
    n_labels = int(labels.max(initial=NOISE)) + 1
    if n_labels == 0 or len(outside) == 0:
        return labels, strength
    _, neighbors = nearest(points, min(_VOTERS, len(points) - 1))
    voters = neighbors[outside]
    votes = np.zeros((len(outside), n_labels + 1))
    every = np.arange(len(outside))
    for rank in range(voters.shape[1]):
        voter = voters[:, rank]
        # the column after the last cohort (-1) gathers the votes for noise
        np.add.at(votes, (every, labels[voter]), weights[voter])
    share = votes / votes.sum(axis=1, keepdims=True)
    best = share[:, :n_labels].argmax(axis=1)
    agreed = share[every, best]
    joins = agreed > _MAJORITY
    labels, strength = labels.copy(), strength.copy()
    labels[outside[joins]] = best[joins]
    strength[outside[joins]] = agreed[joins] / 2
    return labels, strength


def reach_limits(
    points: FloatArray, labels: IntArray, owner: IntArray, distance: FloatArray
) -> FloatArray:
    """Return how far from its nearest point a row of each cohort may lie.

    Parameters
    ----------
    points : array, shape (m, d)
        The coreset.
    labels : array, shape (m,)
    owner : array, shape (n,)
        The nearest coreset point of each distinct row.
    distance : array, shape (n,)
        The distance to it.

    Returns
    -------
    array, shape (n_labels,)
        Of two limits the larger: the far-out fence of the distances of the cohort's
        own rows, and that of the gaps between its own coreset points.
    """
    n_labels = int(labels.max(initial=NOISE)) + 1
    limits = np.zeros(n_labels)
    for label in range(n_labels):
        own_rows = distance[labels[owner] == label]
        own_points = points[labels == label]
        gaps = nearest(own_points, 1)[0].ravel() if len(own_points) > 1 else own_rows
        limits[label] = max(_fence(own_rows), _fence(gaps))
    return limits


def _fence(values: FloatArray) -> float:
    if len(values) == 0:
        return 0.0
    low, high = np.quantile(values, [0.25, 0.75])
    return float(high + _FENCE * (high - low))


def assign(
    owner: IntArray,
    distance: FloatArray,
    labels: IntArray,
    strength: FloatArray,
    limits: FloatArray,
    tolerance: float,
) -> tuple[IntArray, FloatArray]:
    """Give each row the cohort of its nearest point, unless it lies too far out.

    Parameters
    ----------
    owner, distance : arrays, shape (n,)
        The nearest point of each row and the distance to it.
    labels, strength : arrays, shape (m,)
        Of the points.
    limits : array, shape (n_labels,)
        From `reach_limits`.
    tolerance : float
        Rounding to forgive: a row that is its own point has a distance of nearly 0.

    Returns
    -------
    labels : array of int64, shape (n,)
    strength : array of float64, shape (n,)
        The point's strength, falling to half of it at the limit; 0 for noise.
    """
    row_labels = labels[owner].copy()
    limit = np.append(limits, 0.0)[row_labels]  # noise (-1) reads the last entry
    row_labels[distance > limit + tolerance] = NOISE
    gone = np.minimum(distance / np.where(limit > 0, limit, 1), 1)
    kept = row_labels != NOISE
    return row_labels, np.where(kept, strength[owner] * (1 - gone / 2), 0.0)


def rank_by_size(
    labels: IntArray, weights: FloatArray, n_labels: int, min_size: float
) -> IntArray:
    """Return the new id of each label: 0 for the largest, NOISE below ``min_size``.

    Examples
    --------
    >>> rank_by_size(np.array([0, 1, 1, 2, -1]), np.array([1, 2, 2, 3, 9]), 3, 2)
    array([-1,  0,  1])
    """
    inside = labels != NOISE
    size = np.bincount(labels[inside], weights[inside], minlength=n_labels)
    order = np.argsort(-size, kind="stable")
    rank = np.empty(n_labels, np.int64)
    rank[order] = np.arange(n_labels)
    return np.where(size >= min_size, rank, NOISE)
