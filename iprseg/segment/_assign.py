"""Decide row by row: which cohort, how strongly, or none."""

import numpy as np

from iprseg._labels import NOISE
from iprseg.segment._layout import nearest
from iprseg.segment._links import closeness
from iprseg.segment._near import MAX_VOTERS, FloatArray, IntArray, Near

_MAJORITY = 0.5
_CHUNK = 20_000
# Tukey's fence for "far out": so far above the upper quartile a row is an outlier of
# any plausible distribution of distances.
_FENCE = 3.0


def reach_limits(
    points: FloatArray, labels: IntArray, near: Near, n_labels: int
) -> FloatArray:
    """Return how far from its nearest point a row of each cohort may lie.

    Parameters
    ----------
    points : array, shape (m, d)
        The coreset.
    labels : array, shape (m,)
    near : Near
        The nearest of them for each distinct row.
    n_labels : int

    Returns
    -------
    array, shape (n_labels,)
        Of two limits the larger: the far-out fence of the distances of the cohort's
        own rows, and that of the gaps between its own coreset points.
    """
    owner, distance = near.found[:, 0], near.distance[:, 0]
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


def voters(min_size: float) -> int:
    """Return how many points vote on a row.

    As many as the smallest cohort has rows, so that it is not outvoted by what
    surrounds it, but at least 4 and at most 16.

    Examples
    --------
    >>> voters(10), voters(100)
    (10, 16)
    """
    return int(np.clip(min_size, 4, MAX_VOTERS))


def assign(
    near: Near,
    labels: IntArray,
    trust: FloatArray,
    weights: FloatArray,
    limits: FloatArray,
    n_voters: int,
    enough: float,
    tolerance: float,
) -> tuple[IntArray, FloatArray]:
    """Let the nearest points vote on the cohort of each row.

    A vote weighs as much as the point is close, see `closeness`, times the trust in
    its label. Once nearer points stand for ``enough`` rows, farther ones have no say:
    many equal rows decide alone.

    Parameters
    ----------
    near : Near
        The nearest points of each row.
    labels, trust, weights : arrays, shape (m,)
        Of the points; trust in (0, 1].
    limits : array, shape (n_labels,)
        From `reach_limits`.
    n_voters : int
    enough : float
    tolerance : float
        Rounding to forgive: a row that is its own point has a distance of nearly 0.

    Returns
    -------
    labels : array of int64, shape (n,)
        The cohort with most votes; `NOISE` where noise has the majority of all votes
        or the row lies too far out.
    strength : array of float64, shape (n,)
        What the cohort's votes weigh in all there would be at full trust; 0 for
        noise.
    """
    row_labels = np.empty(len(near.found), np.int64)
    strength = np.empty(len(row_labels))
    for start in range(0, len(row_labels), _CHUNK):
        here = slice(start, start + _CHUNK)
        voting = near.found[here, :n_voters]
        rows = weights[voting]
        votes = closeness(near.distance[here], n_voters)
        votes[np.cumsum(rows, axis=1) - rows >= enough] = 0
        row_labels[here], strength[here] = _vote(labels[voting], trust[voting], votes)
    limit = np.append(limits, np.inf)[row_labels]  # noise (-1) reads the last entry
    gone = (near.distance[:, 0] > limit + tolerance) | (row_labels == NOISE)
    return np.where(gone, NOISE, row_labels), np.where(gone, 0.0, strength)


def _vote(
    labels: IntArray, trust: FloatArray, votes: FloatArray
) -> tuple[IntArray, FloatArray]:
    full = votes.sum(axis=1)
    votes = votes * trust
    share = np.zeros(votes.shape)  # of the cohort of each voter
    for rank in range(labels.shape[1]):
        agree = labels == labels[:, rank : rank + 1]
        share[:, rank] = np.where(agree, votes, 0).sum(axis=1)
    none = labels == NOISE
    noise = np.where(none, share, 0).max(axis=1)
    share[none] = 0
    best = share.argmax(axis=1)
    every = np.arange(len(labels))
    won = noise <= _MAJORITY * votes.sum(axis=1)
    strength = np.where(won, np.minimum(share[every, best] / full, 1), 0)
    return np.where(won, labels[every, best], NOISE), strength


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
