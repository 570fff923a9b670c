"""Find again what an analyst merged or split, and do it again."""

import copy
import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg._labels import NOISE
from iprseg.segment._branches import divide, dividing_branches
from iprseg.segment._choices import Choice, Exemplars
from iprseg.segment._edits import (
    CohortEdits,
    check_edits,
    check_same_rows,
    checked,
    fitted_labels,
)
from iprseg.segment._inputs import ids_of
from iprseg.segment._model import SegmentModel, decide
from iprseg.segment._near import nearest_points
from iprseg.segment._relabel import labels_by, relabel
from iprseg.segment._scale import apply_scales

IntArray = NDArray[np.int64]

_FEWEST = 3  # exemplars of a side that must be found again
_PART = 0.25  # a cohort with this share of a side's exemplars holds a part of it
# A branch that tells so many of the exemplars apart is the same division. At 0.8 an
# accidental one was followed now and then, and every fifth member changed sides.
_MATCH = 0.95


def apply_edits(segmenter: Any, edits: CohortEdits, X: Any) -> Any:
    """Return a fitted segmenter with an analyst's merges and splits.

    Parameters
    ----------
    segmenter : Segmenter
        Fitted; it is left as it is, and edits that it has are replaced.
    edits : CohortEdits
    X : DataFrame or array
        The rows it was fitted on.

    Returns
    -------
    Segmenter
        Rows of cohorts that no edit touches keep their labels, and so do rows in none.
        A merged cohort has the smallest number of those merged; what leaves a cohort
        gets a number of its own, after all others. ``predict`` gives the same labels;
        ``tree_`` stays as it was found. ``set_params``, a copy or a save carry the
        edits along, and ``fit`` applies them to what it finds.

    Raises
    ------
    IprsegError
        When `X` is not what the segmenter was fitted on.

    Warns
    -----
    UserWarning
        Once, naming the edits whose members are not found again.

    Examples
    --------
    See `CohortEdits`.
    """
    check_edits(edits, "apply_edits")
    was = fitted_labels(segmenter, X, "apply_edits")
    model, data = segmenter.model_, checked(segmenter, X)
    found, _ = decide(model, data)
    now = relabel(model, segmenter.point_cohort_, found, data)
    check_same_rows(now, was, "apply_edits")
    edited = copy.copy(segmenter)
    edited.edits = edits
    edited.point_cohort_ = edited_points(edited, X)
    edited.labels_ = relabel(model, edited.point_cohort_, found, data)
    return edited


def edited_points(segmenter: Any, X: Any) -> IntArray:
    """Return the cohort of each coreset point after the segmenter's edits."""
    points = segmenter.model_.labels
    lost = []
    for choice in segmenter.edits.choices if segmenter.edits is not None else ():
        places = [
            (labels, rows)
            for labels, rows, total in _places(segmenter, X, choice, points)
            if len(labels) >= min(_FEWEST, total)
        ]
        few = len(places) < 2
        changed = None if few else _CHANGES[choice.kind](segmenter, points, places)
        if changed is None:
            lost.append(choice)
        points = points if changed is None else changed
    if lost:
        _warn(lost, len(segmenter.edits.choices))
    return points


def _places(
    segmenter: Any, X: Any, choice: Choice, points: IntArray
) -> list[tuple[IntArray, NDArray[np.float64], int]]:
    """Find the exemplars of each side again.

    Returns
    -------
    list of
        labels : array of int, shape (e,)
        rows : array, shape (e, d)
            Scaled.
        total : int
            How many there were when the choice was made.
    """
    model, found = segmenter.model_, []
    for group in choice.groups:
        rows = _rows_again(segmenter, X, group, choice.columns)
        labels = np.zeros(0, np.int64)
        scaled = np.zeros((0, model.points.shape[1]))
        if len(rows):
            labels = labels_by(model, points, rows)
            scaled = apply_scales(rows, model.scales)
        found.append((labels, scaled, len(group.rows)))
    return found


def _rows_again(
    segmenter: Any, X: Any, group: Exemplars, columns: tuple[str, ...] | None
) -> NDArray[np.float64]:
    """Return exemplars as they are now, or as they were where they are gone."""
    ids = ids_of(X)
    rows = np.zeros((0, segmenter.n_features_in_))
    if group.ids is not None and ids is not None:
        there = ids.get_indexer(pd.Index(list(group.ids)))
        if (there >= 0).any():
            rows = checked(segmenter, X.iloc[there[there >= 0]])
    comparable = group.ids is None or not _own_space(segmenter)
    if len(rows) >= _FEWEST or not comparable:
        return rows
    told = _in_order(group, columns, segmenter)
    return rows if told is None else told


def _in_order(
    group: Exemplars, columns: tuple[str, ...] | None, segmenter: Any
) -> NDArray[np.float64] | None:
    """Return the values that were kept in the columns of the fit, if they are those."""
    kept = np.array(group.rows, dtype=np.float64)
    names = getattr(segmenter, "feature_names_in_", None)
    if columns is not None and names is not None:
        if set(columns) != set(names):
            return None
        return kept[:, [columns.index(name) for name in names]]
    return kept if kept.shape[1] == segmenter.n_features_in_ else None


def _own_space(segmenter: Any) -> bool:
    """Whether a block is a vector, whose axes each data set may turn another way."""
    return any(name in segmenter.vector_blocks for name in segmenter.blocks or ())


def _merged(segmenter: Any, points: IntArray, places: list[Any]) -> IntArray | None:
    """Merge the cohorts that hold the sides; a side that is in none needs no merge."""
    held = [found for labels, _ in places if (found := _holders(labels))]
    if len(held) < 2:
        return None
    wanted = set().union(*held)
    return np.where(np.isin(points, list(wanted)), min(wanted), points)


def _holders(labels: IntArray) -> set[int]:
    """Return the cohorts that hold a part of a side, if together they hold half."""
    names, counts = np.unique(labels[labels != NOISE], return_counts=True)
    parts = counts >= _PART * len(labels)
    whole = counts[parts].sum() >= len(labels) / 2
    return {int(one) for one in names[parts]} if whole else set()


def _split(segmenter: Any, points: IntArray, places: list[Any]) -> IntArray | None:
    main = [_main(labels) for labels, _ in places]
    if NOISE in main:
        return None
    if main[0] != main[1]:
        return points  # they are apart already
    members = points == main[0]
    model = segmenter.model_
    own = np.flatnonzero(members)
    known = np.vstack([rows for _, rows in places])
    side = np.repeat([False, True], [len(rows) for _, rows in places])
    nearest = own[nearest_points(known, model.points[own], 1).found[:, 0]]
    leaves = _matching(model, members, nearest, side)
    if leaves is None:  # no branch divides them: each point follows its nearest member
        near = nearest_points(model.points[own], known, 1).found[:, 0]
        leaves = np.zeros(len(points), dtype=bool)
        leaves[own] = side[near]
    return np.where(leaves, int(points.max()) + 1, points)


def _main(labels: IntArray) -> int:
    names, counts = np.unique(labels, return_counts=True)
    return int(names[counts.argmax()])


def _matching(
    model: SegmentModel,
    members: NDArray[np.bool_],
    nearest: IntArray,
    side: NDArray[np.bool_],
) -> NDArray[np.bool_] | None:
    """Return the points of the branch that divides the exemplars as the analyst did."""
    best, chosen = 0.0, -1
    for branch, held in dividing_branches(model, members):
        right = held[nearest] == side
        score = float(right[side].mean() + right[~side].mean()) / 2
        if score > best:
            best, chosen = score, branch
    return divide(model, members, chosen) if best >= _MATCH else None


_CHANGES = {"merge": _merged, "split": _split}


def _warn(lost: list[Choice], total: int) -> None:
    warnings.warn(
        f"{len(lost)} of {total} edits of cohorts could not be applied, because their "
        "members are not in these data or in no cohort of them: "
        f"{'; '.join(choice.told for choice in lost)}.",
        stacklevel=3,
    )
