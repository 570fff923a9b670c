"""From the cohorts that were found to those that an analyst's edits make of them."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iprseg._labels import NOISE
from iprseg.segment._model import SegmentModel, decide
from iprseg.segment._near import IntArray


def relabel(
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
            sides = _between(model, own, np.searchsorted(now, points[own]), len(now))
            labels[rows] = now[decide(sides, data[rows])[0]]
        else:
            labels[rows] = now[0] if len(now) else cohort
    return labels


def _between(
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


def labels_by(model: SegmentModel, points: IntArray, X: Any) -> IntArray:
    """Decide rows anew, with edited cohorts of the points; see `relabel`."""
    data = np.asarray(X, dtype=np.float64)
    return relabel(model, points, decide(model, data)[0], data)
