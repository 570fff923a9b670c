"""Fit and apply a segmentation: the steps of both methods in order."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg._labels import NOISE
from iprseg.segment._assign import assign, rank_by_size, reach_limits, voters
from iprseg.segment._cluster import Clustering, cluster_coreset, tree_frame
from iprseg.segment._coreset import build_coreset, distinct_rows, row_keys
from iprseg.segment._known import known_rows, of_known
from iprseg.segment._links import link_points
from iprseg.segment._near import MAX_VOTERS, FloatArray, IntArray, Near, nearest_points
from iprseg.segment._reference import umap_hdbscan
from iprseg.segment._scale import BlockScale, apply_scales


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
        See `tree_frame`.
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
        What `decide` gives for the same rows.
    """
    first, place, counts = distinct_rows(data)
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
    limits = reach_limits(coreset.points, found.labels, near, len(found.chosen))
    n_voters = voters(settings.min_size)
    enough = n_voters * len(rows) / len(coreset.points)
    how = n_voters, enough, rounding(coreset.points)
    labels, decided, strength, cohort = _settled(
        near, coreset.weights, found, limits, how, counts, settings.min_size
    )
    model = SegmentModel(
        scales,
        coreset.points,
        np.append(cohort, NOISE)[labels],
        found.trust,
        coreset.weights,
        _by_cohort(limits, cohort),
        n_voters,
        enough,
        found.tree.point_branch,
        np.zeros(0, np.uint64),
        np.zeros(0, np.int64),
        np.zeros(0),
        tree_frame(found.tree, found.chosen, cohort),
    )
    return model, np.append(cohort, NOISE)[decided][place], strength[place]


def _settled(
    near: Near,
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
        decided, strength = assign(near, labels, found.trust, weights, limits, *how)
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
    first, place, counts = distinct_rows(data)
    if len(first) < max(2 * settings.min_size, 4):
        return fit_coreset(data, scales, settings)
    rows = apply_scales(data[first], scales)
    found = umap_hdbscan(
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
        near = nearest_points(rows, exemplars, 1)
        limits = reach_limits(exemplars, exemplar_labels, near, n_labels)
    keys = row_keys(data[first])
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
        tree_frame(found.tree, found.chosen, cohort[found.label_of_chosen]),
    )
    return model, labels[place], strength[place]


def decide(model: SegmentModel, data: NDArray) -> tuple[IntArray, FloatArray]:
    """Decide the cohort of each row; one of which nothing is known is in none.

    Returns
    -------
    labels, strength : arrays, shape (n,)
    """
    return of_known(partial(_decide, model), data, known_rows(data, model.scales))


def _decide(model: SegmentModel, data: NDArray) -> tuple[IntArray, FloatArray]:
    first, place, _ = distinct_rows(data)
    labels = np.full(len(first), NOISE, np.int64)
    strength = np.zeros(len(first))
    if len(model.points):
        rows = apply_scales(data[first], model.scales)
        near = nearest_points(rows, model.points, MAX_VOTERS + 1)  # as at the fit
        labels, strength = assign(
            near,
            model.labels,
            model.trust,
            model.weights,
            model.limits,
            model.n_voters,
            model.enough,
            rounding(model.points),
        )
    if len(model.known_keys):
        keys = row_keys(data[first])
        at = np.searchsorted(model.known_keys, keys).clip(max=len(model.known_keys) - 1)
        known = model.known_keys[at] == keys
        labels[known] = model.known_labels[at[known]]
        strength[known] = model.known_strength[at[known]]
    return labels[place], strength[place]


def rounding(points: FloatArray) -> float:
    """Return the distance that rounding alone can put between equal rows."""
    return 1e-9 * (1 + float(np.abs(points).max(initial=0)))


def _by_cohort(limits: FloatArray, cohort: IntArray) -> FloatArray:
    kept = cohort != NOISE
    ordered = np.zeros(int(kept.sum()))
    ordered[cohort[kept]] = limits[kept]
    return ordered
