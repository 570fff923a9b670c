"""From the cohorts that were found to those that an analyst's edits make of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from iprseg._labels import NOISE
from iprseg.segment._model import SegmentModel, decide
from iprseg.segment._near import IntArray, nearest_points
from iprseg.segment._scale import apply_scales


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
        A row of a cohort that was split goes with the nearest of its points; rows in
        no cohort stay in none.
    """
    labels = found.copy()
    for cohort in np.unique(found[found != NOISE]):
        own = np.flatnonzero(model.labels == cohort)
        now = np.unique(points[own])
        rows = np.flatnonzero(found == cohort)
        if len(now) > 1:
            scaled = apply_scales(data[rows], model.scales)
            near = nearest_points(scaled, model.points[own], 1).found[:, 0]
            labels[rows] = points[own[near]]
        else:
            labels[rows] = now[0] if len(now) else cohort
    return labels


def labels_by(model: SegmentModel, points: IntArray, X: Any) -> IntArray:
    """Decide rows anew, with edited cohorts of the points; see `relabel`."""
    data = np.asarray(X, dtype=np.float64)
    return relabel(model, points, decide(model, data)[0], data)
