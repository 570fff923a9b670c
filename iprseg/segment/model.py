"""The fitted model of a segmentation: how it is fitted and how it assigns rows."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.segment.clustering import (
    Clustering,
    build_tree_frame,
    cluster_coreset,
    find_nearest_others,
    fit_umap_hdbscan,
)
from iprseg.segment.coreset import (
    MAX_VOTERS,
    FloatArray,
    IntArray,
    NearestPoints,
    build_coreset,
    compute_closeness,
    find_distinct_rows,
    find_nearest_points,
    hash_rows,
    link_points,
)
from iprseg.segment.scaling import BlockScale, apply_scales, compute_missing_share
from iprseg.validation import NOISE


@dataclass(frozen=True)
class Settings:
    """What both methods need to know; `Segmenter` explains each."""

    min_size: int
    min_samples: int | None
    selection: str
    n_neighbors: int
    max_coreset: int
    random_state: int
    vectors: bool


@dataclass(frozen=True)
class SegmentModel:
    """All that is needed to decide about a row.

    Attributes
    ----------
    scales : list of BlockScale
    points : array of float64, shape (m, d)
        Coreset points, or exemplars, scaled.
    labels : array of int64, shape (m,)
    trust : array of float64, shape (m,)
        How far what is near to a point bears its label out, in (0, 1].
    weights : array of float64, shape (m,)
        Rows that each point stands for.
    limits : array of float64, shape (n_cohorts,)
        How far from its nearest point a row of the cohort may lie.
    n_voters : int
        How many of its nearest points vote on a row.
    enough : float
        Rows that they stand for together at most.
    point_branch : array of int64, shape (m,)
        The finest branch of the tree that holds the point.
    known_keys, known_labels, known_strength : arrays, shape (k,)
        Rows whose decision is remembered, sorted by key: the training rows of the
        reference method, which are decided in a layout that has no place for new rows.
    tree : DataFrame
        See `build_tree_frame`.
    """

    scales: list[BlockScale]
    points: FloatArray
    labels: IntArray
    trust: FloatArray
    weights: FloatArray
    limits: FloatArray
    n_voters: int
    enough: float
    point_branch: IntArray
    known_keys: NDArray[np.uint64]
    known_labels: IntArray
    known_strength: FloatArray
    tree: pd.DataFrame


def fit_coreset(
    data: NDArray, scales: list[BlockScale], settings: Settings
) -> tuple[SegmentModel, IntArray, FloatArray]:
    """Fit the coreset method.

    Parameters
    ----------
    data : array, shape (n, p)
    scales : list of BlockScale
    settings : Settings

    Returns
    -------
    model : SegmentModel
    labels, strength : arrays, shape (n,)
        What `assign_rows` gives for the same rows.
    """
    first, place, counts = find_distinct_rows(data)
    rows = apply_scales(data[first], scales)
    coreset, near = build_coreset(
        rows, counts, settings.max_coreset, settings.random_state
    )
    found = cluster_coreset(
        coreset,
        link_points(near, counts, len(coreset.points)),
        settings.min_size,
        settings.min_samples,
        settings.selection,
        settings.n_neighbors,
        settings.random_state,
        settings.vectors,
    )
    limits = compute_reach_limits(coreset.points, found.labels, near, len(found.chosen))
    n_voters = count_voters(settings.min_size)
    enough = n_voters * len(rows) / len(coreset.points)
    how = n_voters, enough, _estimate_rounding(coreset.points)
    labels, decided, strength, cohort = _assign_until_settled(
        near, coreset.weights, found, limits, how, counts, settings.min_size
    )
    model = SegmentModel(
        scales,
        coreset.points,
        np.append(cohort, NOISE)[labels],
        found.trust,
        coreset.weights,
        _order_limits_by_cohort(limits, cohort),
        n_voters,
        enough,
        found.tree.point_branch,
        np.zeros(0, np.uint64),
        np.zeros(0, np.int64),
        np.zeros(0),
        build_tree_frame(found.tree, found.chosen, cohort),
    )
    return model, np.append(cohort, NOISE)[decided][place], strength[place]


def _assign_until_settled(
    near: NearestPoints,
    weights: FloatArray,
    found: Clustering,
    limits: FloatArray,
    how: tuple[int, float, float],
    counts: FloatArray,
    min_size: int,
) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
    """Decide rows until each cohort that has points has rows enough.

    The rows of one that is too small may suit another, and without it a further one
    may be too small.
    """
    labels = found.labels
    while True:
        decided, strength = assign_by_vote(
            near, labels, found.trust, weights, limits, *how
        )
        cohort = rank_by_size(decided, counts, len(limits), min_size)
        small = (labels != NOISE) & (np.append(cohort, NOISE)[labels] == NOISE)
        if not small.any():
            return labels, decided, strength, cohort
        labels = np.where(small, NOISE, labels)


def fit_reference(
    data: NDArray, scales: list[BlockScale], settings: Settings
) -> tuple[SegmentModel, IntArray, FloatArray]:
    """Fit UMAP and HDBSCAN to the distinct rows; see `fit_coreset`.

    Where fewer rows differ than two cohorts need, equal rows are all there is to find:
    the coreset method finds them, a layout would not.
    """
    first, place, counts = find_distinct_rows(data)
    if len(first) < max(2 * settings.min_size, 4):
        return fit_coreset(data, scales, settings)
    rows = apply_scales(data[first], scales)
    found = fit_umap_hdbscan(
        rows,
        settings.min_size,
        settings.min_samples or settings.min_size,  # as hdbscan does
        settings.selection,
        settings.n_neighbors,
        settings.random_state,
    )
    n_labels = int(found.labels.max(initial=NOISE)) + 1
    cohort = rank_by_size(found.labels, counts, n_labels, settings.min_size)
    labels = np.append(cohort, NOISE)[found.labels]
    strength = np.where(labels == NOISE, 0.0, found.strength)
    exemplars, exemplar_labels = rows[found.exemplars], labels[found.exemplars]
    limits = np.zeros(n_labels)
    if len(exemplars):
        near = find_nearest_points(rows, exemplars, 1)
        limits = compute_reach_limits(exemplars, exemplar_labels, near, n_labels)
    keys = hash_rows(data[first])
    order = np.argsort(keys)
    model = SegmentModel(
        scales,
        exemplars,
        exemplar_labels,
        np.ones(len(exemplars)),
        np.ones(len(exemplars)),
        limits,
        MAX_VOTERS,
        MAX_VOTERS,
        found.tree.point_branch[found.exemplars],
        keys[order],
        labels[order],
        strength[order],
        build_tree_frame(found.tree, found.chosen, cohort[found.label_of_chosen]),
    )
    return model, labels[place], strength[place]


def assign_rows(model: SegmentModel, data: NDArray) -> tuple[IntArray, FloatArray]:
    """Decide the cohort of each row; one of which nothing is known is in none.

    Returns
    -------
    labels, strength : arrays, shape (n,)
    """
    return apply_to_known_rows(
        partial(_assign_known_rows, model), data, mask_known_rows(data, model.scales)
    )


def _assign_known_rows(
    model: SegmentModel, data: NDArray
) -> tuple[IntArray, FloatArray]:
    first, place, _ = find_distinct_rows(data)
    labels = np.full(len(first), NOISE, np.int64)
    strength = np.zeros(len(first))
    if len(model.points):
        rows = apply_scales(data[first], model.scales)
        near = find_nearest_points(rows, model.points, MAX_VOTERS + 1)  # as at the fit
        labels, strength = assign_by_vote(
            near,
            model.labels,
            model.trust,
            model.weights,
            model.limits,
            model.n_voters,
            model.enough,
            _estimate_rounding(model.points),
        )
    if len(model.known_keys):
        keys = hash_rows(data[first])
        at = np.searchsorted(model.known_keys, keys).clip(max=len(model.known_keys) - 1)
        known = model.known_keys[at] == keys
        labels[known] = model.known_labels[at[known]]
        strength[known] = model.known_strength[at[known]]
    return labels[place], strength[place]


def _estimate_rounding(points: FloatArray) -> float:
    """Return the distance that rounding alone can put between equal rows."""
    return 1e-9 * (1 + float(np.abs(points).max(initial=0)))


def _order_limits_by_cohort(limits: FloatArray, cohort: IntArray) -> FloatArray:
    kept = cohort != NOISE
    ordered = np.zeros(int(kept.sum()))
    ordered[cohort[kept]] = limits[kept]
    return ordered


def mask_known_rows(data: NDArray, scales: Sequence[BlockScale]) -> NDArray[np.bool_]:
    """Return which rows hold a value in some column that is used.

    Parameters
    ----------
    data : array, shape (n, p)
    scales : sequence of BlockScale

    Returns
    -------
    array of bool, shape (n,)
    """
    blank = np.ones(len(data), dtype=bool)
    for scale in scales:
        blank &= compute_missing_share(data, scale.columns) == 1
    return ~blank


def apply_to_known_rows(
    decide: Callable[[NDArray], tuple[Any, ...]], data: NDArray, known: NDArray
) -> tuple[Any, ...]:
    """Decide the rows of which something is known; the others are noise.

    Parameters
    ----------
    decide : callable
        From rows to a tuple that ends in labels and strengths.
    data : array, shape (n, p)
    known : array of bool, shape (n,)

    Returns
    -------
    tuple
        As that of ``decide``, with labels and strengths of all rows.
    """
    if known.all() or not known.any():
        *more, labels, strength = decide(data)
    else:
        *more, own, firm = decide(data[known])
        labels, strength = np.full(len(data), NOISE, np.int64), np.zeros(len(data))
        labels[known], strength[known] = own, firm
    return *more, np.where(known, labels, NOISE), np.where(known, strength, 0.0)


def warn_unknown_rows(known: NDArray[np.bool_], owner: str) -> NDArray[np.bool_]:
    """Return which rows are known; warn where some hold nothing to find a cohort by."""
    blank = len(known) - int(known.sum())
    if blank:
        warnings.warn(
            f"{owner}: {blank:,} of the {len(known):,} rows hold no value at all and "
            "are in no cohort.",
            stacklevel=3,
        )
    return known


_MAJORITY = 0.5
_CHUNK_ROWS = 20_000
# Tukey's fence for "far out": so far above the upper quartile a row is an outlier of
# any plausible distribution of distances.
_FENCE_FACTOR = 3.0


def compute_reach_limits(
    points: FloatArray, labels: IntArray, near: NearestPoints, n_labels: int
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
        gaps = (
            find_nearest_others(own_points, 1)[0].ravel()
            if len(own_points) > 1
            else own_rows
        )
        limits[label] = max(_compute_upper_fence(own_rows), _compute_upper_fence(gaps))
    return limits


def _compute_upper_fence(values: FloatArray) -> float:
    if len(values) == 0:
        return 0.0
    low, high = np.quantile(values, [0.25, 0.75])
    return float(high + _FENCE_FACTOR * (high - low))


def count_voters(min_size: float) -> int:
    """Return how many points vote on a row.

    As many as the smallest cohort has rows, so that it is not outvoted by what
    surrounds it, but at least 4 and at most 16.

    Examples
    --------
    >>> count_voters(10), count_voters(100)
    (10, 16)
    """
    return int(np.clip(min_size, 4, MAX_VOTERS))


def assign_by_vote(
    near: NearestPoints,
    labels: IntArray,
    trust: FloatArray,
    weights: FloatArray,
    limits: FloatArray,
    n_voters: int,
    enough: float,
    tolerance: float,
) -> tuple[IntArray, FloatArray]:
    """Let the nearest points vote on the cohort of each row.

    A vote weighs as much as the point is close, see `compute_closeness`, times the
    trust in
    its label. Once nearer points stand for ``enough`` rows, farther ones have no say:
    many equal rows decide alone.

    Parameters
    ----------
    near : Near
        The nearest points of each row.
    labels, trust, weights : arrays, shape (m,)
        Of the points; trust in (0, 1].
    limits : array, shape (n_labels,)
        From `compute_reach_limits`.
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
    for start in range(0, len(row_labels), _CHUNK_ROWS):
        here = slice(start, start + _CHUNK_ROWS)
        voting = near.found[here, :n_voters]
        rows = weights[voting]
        votes = compute_closeness(near.distance[here], n_voters)
        votes[np.cumsum(rows, axis=1) - rows >= enough] = 0
        row_labels[here], strength[here] = _count_votes(
            labels[voting], trust[voting], votes
        )
    limit = np.append(limits, np.inf)[row_labels]  # noise (-1) reads the last entry
    gone = (near.distance[:, 0] > limit + tolerance) | (row_labels == NOISE)
    return np.where(gone, NOISE, row_labels), np.where(gone, 0.0, strength)


def _count_votes(
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


def relabel_rows(
    model: SegmentModel, points: IntArray, found: IntArray, data: NDArray
) -> IntArray:
    """Turn the cohorts that were found into those after the edits.

    Parameters
    ----------
    model : SegmentModel
    points : array of int, shape (m,)
        Cohort of each coreset point after the edits.
    found : array of int, shape (n,)
        Cohort of each row before them.
    data : array, shape (n, p)
        The rows.

    Returns
    -------
    array of int, shape (n,)
        A row of a cohort that was split goes where most of the nearest points of that
        cohort are now; rows in no cohort stay in none.

    Notes
    -----
    The nearest point alone, which may be the row itself, would not do: at the rim of a
    branch a point is as near to the other side as to its own when distances are
    measured by density, and the hierarchy puts it on either.
    """
    labels = found.copy()
    for cohort in np.unique(found[found != NOISE]):
        own = np.flatnonzero(model.labels == cohort)
        now = np.unique(points[own])
        rows = np.flatnonzero(found == cohort)
        if len(now) > 1:
            sides = _restrict_to_cohort(
                model, own, np.searchsorted(now, points[own]), len(now)
            )
            labels[rows] = now[assign_rows(sides, data[rows])[0]]
        else:
            labels[rows] = now[0] if len(now) else cohort
    return labels


def _restrict_to_cohort(
    model: SegmentModel, own: IntArray, sides: IntArray, n_sides: int
) -> SegmentModel:
    """Return a model that decides between the sides of one cohort alone."""
    none = np.zeros(0, np.int64)
    return replace(
        model,
        points=model.points[own],
        labels=sides.astype(np.int64),
        trust=model.trust[own],
        weights=model.weights[own],
        limits=np.full(n_sides, np.inf),
        known_keys=none.astype(np.uint64),
        known_labels=none,
        known_strength=none.astype(np.float64),
    )


def assign_edited_rows(model: SegmentModel, points: IntArray, X: Any) -> IntArray:
    """Decide rows anew, with edited cohorts of the points; see `relabel_rows`."""
    data = np.asarray(X, dtype=np.float64)
    return relabel_rows(model, points, assign_rows(model, data)[0], data)
