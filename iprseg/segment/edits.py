"""An analyst's merges and splits of cohorts, kept by members and applied again."""

import copy
import json
import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.errors import IprsegError
from iprseg.segment.coreset import find_nearest_points
from iprseg.segment.hierarchy import (
    divide_cohort,
    find_dividing_branches,
    find_split_branches,
    make_no_branch_error,
)
from iprseg.segment.inputs import get_row_ids
from iprseg.segment.model import (
    SegmentModel,
    assign_edited_rows,
    assign_rows,
    relabel_rows,
)
from iprseg.segment.persistence import EDITS_FORMAT, Choice, Exemplars, parse_choices
from iprseg.segment.scaling import apply_scales
from iprseg.validation import NOISE

# Of each side of a choice. With 40, half of the sellers of five planted cohorts of
# 400 rows put those rows on the sides of the split at an adjusted Rand index of 0.62.
_MAX_EXEMPLARS = 200


@dataclass(frozen=True)
class CohortEdits:
    """Cohorts that an analyst merged or split, by members and not by number.

    A number means nothing after the next fit, so each choice keeps up to 200 members
    of each side. Fitted again on other data, ``Segmenter(edits=…)`` looks where these
    are now and merges or splits there. Sides with a gap between them are the same
    sides again; where nothing but the choice sets them apart, members near the border
    may change sides: with another seed hardly any, in half of the rows up to one in
    ten. Where choices contradict each other the last one holds.

    Parameters
    ----------
    choices : tuple of Choice
        Made by `merge` and `split`, applied in order.

    Examples
    --------
    >>> from iprseg.segment import Segmenter, apply_edits
    >>> rng = np.random.default_rng(0)
    >>> X = np.vstack([rng.normal(x, 0.3, size=(40, 2)) for x in (0, 5, 30)])
    >>> fitted = Segmenter(min_cohort_size=10).fit(X)
    >>> edits = CohortEdits().merge(fitted, X, [0, 1])
    >>> np.unique(apply_edits(fitted, edits, X).labels_).tolist()
    [0, 2]
    >>> again = CohortEdits.from_json(edits.to_json())
    >>> refit = Segmenter(min_cohort_size=10, edits=again).fit(X[::-1])
    >>> len(np.unique(refit.labels_))
    2
    """

    choices: tuple[Choice, ...] = ()

    def merge(self, segmenter: Any, X: Any, cohorts: Sequence[int]) -> Self:
        """Return these edits and one more: the cohorts are one.

        Parameters
        ----------
        segmenter : Segmenter
            Fitted; its numbers are meant.
        X : DataFrame or array
            The rows it was fitted on; a frame's index, where it is not a mere count,
            holds the ids by which members are found again.
        cohorts : sequence of int
            Two or more; the result keeps the smallest number.

        Raises
        ------
        IprsegError
            When there are fewer than two, one is no cohort of the fit, or `X` is not
            what it was fitted on.
        """
        labels = _get_fitted_labels(segmenter, X, "CohortEdits")
        listed = isinstance(cohorts, Iterable) and not isinstance(cohorts, str)
        wanted = list(dict.fromkeys(cohorts)) if listed else []
        if len(wanted) < 2:
            raise IprsegError(
                f"merge needs two cohorts or more; got {cohorts!r}: say which ones "
                "are to be one."
            )
        numbers = sorted(_refuse_unknown_cohort(one, labels) for one in wanted)
        sides = [np.flatnonzero(labels == one) for one in numbers]
        told = f"the merge of cohorts {', '.join(map(str, numbers))}"
        return self._add_choice("merge", told, segmenter, X, sides)

    def split(
        self, segmenter: Any, X: Any, cohort: int, branch: int | None = None
    ) -> Self:
        """Return these edits and one more: a branch leaves its cohort.

        Parameters
        ----------
        segmenter : Segmenter
            Fitted; its numbers are meant.
        X : DataFrame or array
            As in `merge`.
        cohort : int
            The cohort to split; what stays keeps the number, the branch gets a new one.
            One without finer branches has some in a fit of less `min_cohort_size`.
        branch : int, optional
            A row of ``tree_`` that lies inside the cohort; by default the smaller side
            of the first division below the cohort.

        Raises
        ------
        IprsegError
            When the cohort does not exist, has no finer branch, the branch does not
            lie inside it, or `X` is not what the segmenter was fitted on.
        """
        labels = _get_fitted_labels(segmenter, X, "CohortEdits")
        cohort = _refuse_unknown_cohort(cohort, labels)
        model, points = segmenter.model_, segmenter.point_cohort_
        least = segmenter.min_cohort_size_
        candidates = find_split_branches(model, points == cohort, cohort, branch, least)
        for chosen in candidates:
            sides = self._find_split_sides(
                segmenter, X, labels == cohort, cohort, chosen
            )
            if min(map(len, sides)) > 0:
                break
        else:
            if branch is None:
                raise make_no_branch_error(cohort, least)
            raise IprsegError(
                f"Branch {branch} holds no row, or every row, of cohort {cohort}: "
                "choose another branch of tree_."
            )
        told = f"the split of cohort {cohort} at branch {chosen}"
        return self._add_choice("split", told, segmenter, X, sides)

    @staticmethod
    def _find_split_sides(
        segmenter: Any, X: Any, inside: NDArray[np.bool_], cohort: int, branch: int
    ) -> list[NDArray[np.int64]]:
        """Return the rows of a cohort that stay and those that leave with a branch."""
        points = segmenter.point_cohort_
        new = int(points.max()) + 1
        leaves = divide_cohort(segmenter.model_, points == cohort, branch)
        then = np.where(leaves, new, points)
        now = assign_edited_rows(segmenter.model_, then, validate_rows(segmenter, X))
        return [np.flatnonzero(inside & (now == one)) for one in (cohort, new)]

    def to_json(self) -> str:
        """Return the edits as text."""
        return json.dumps({"format": EDITS_FORMAT, **asdict(self)})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read edits from text.

        Raises
        ------
        IprsegError
            When it is not what `to_json` gives, or of another format.
        """
        return cls(parse_choices(text, "The edits of cohorts"))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the edits to a JSON file."""
        try:
            Path(path).write_text(self.to_json(), encoding="utf-8")
        except OSError as error:
            raise IprsegError(
                f"The edits cannot be saved to {path} ({error})."
            ) from error

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read edits that `save` wrote.

        Raises
        ------
        IprsegError
            When the file is missing or not what `save` wrote.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise IprsegError(
                f"The edits at {path} cannot be read ({error})."
            ) from error
        return cls(parse_choices(text, f"The edits at {path}"))

    def _add_choice(
        self, kind: str, told: str, segmenter: Any, X: Any, sides: list[np.ndarray]
    ) -> Self:
        groups = tuple(_select_exemplars(segmenter, X, side) for side in sides)
        names = getattr(segmenter, "feature_names_in_", None)
        columns = None if names is None else tuple(map(str, names))
        choice = Choice(kind, told, groups, columns)
        return replace(self, choices=(*self.choices, choice))


def check_edits(edits: Any, owner: str) -> None:
    """Refuse what are no edits."""
    if edits is not None and not isinstance(edits, CohortEdits):
        raise IprsegError(
            f"The 'edits' parameter of {owner} must be CohortEdits; got "
            f"{type(edits).__name__}: read them with CohortEdits.load."
        )


def validate_rows(segmenter: Any, X: Any) -> np.ndarray:
    """Return rows as numbers, as ``predict`` would: of the columns of the fit."""
    return np.asarray(segmenter._validate_rows(X, reset=False), dtype=np.float64)


def _get_fitted_labels(segmenter: Any, X: Any, owner: str) -> np.ndarray:
    """Return the labels of a fit, if there are as many as rows."""
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(segmenter, "labels_")
    labels = np.asarray(segmenter.labels_)
    if len(X) != len(labels):
        raise IprsegError(
            f"{owner} got {len(X):,} rows and a segmenter that was fitted on "
            f"{len(labels):,}: give the rows it was fitted on."
        )
    return labels


def _check_same_rows(found: np.ndarray, labels: np.ndarray, owner: str) -> None:
    """Refuse rows whose cohorts are other ones than at the fit."""
    other = int((found != labels).sum())
    if other:
        raise IprsegError(
            f"{owner} got rows that the segmenter was not fitted on, or in another "
            f"order ({other:,} of {len(labels):,} are in another cohort than then): "
            "give the rows it was fitted on."
        )


def _refuse_unknown_cohort(cohort: Any, labels: np.ndarray) -> int:
    known = [int(one) for one in np.unique(labels) if one >= 0]
    if cohort not in known:
        raise IprsegError(
            f"There is no cohort {cohort!r} in this fit; cohorts: "
            f"{', '.join(map(str, known)) or 'none'}."
        )
    return int(cohort)


def _select_exemplars(segmenter: Any, X: Any, members: np.ndarray) -> Exemplars:
    """Take members evenly over the rows."""
    place = np.linspace(0, len(members) - 1, min(_MAX_EXEMPLARS, len(members)))
    rows = members[np.unique(place.round().astype(int))]
    ids = get_row_ids(X)
    part = X.iloc[rows] if isinstance(X, pd.DataFrame) else np.asarray(X)[rows]
    _check_same_rows(segmenter.predict(part), segmenter.labels_[rows], "CohortEdits")
    return Exemplars(
        None if ids is None else tuple(ids[rows].tolist()),
        tuple(
            tuple(None if np.isnan(one) else float(one) for one in row)
            for row in validate_rows(segmenter, part)
        ),
    )


IntArray = NDArray[np.int64]

_MIN_FOUND_EXEMPLARS = 3  # exemplars of a side that must be found again
_MIN_PART_SHARE = (
    0.25  # a cohort with this share of a side's exemplars holds a part of it
)
# A branch that tells so many of the exemplars apart is the same division. At 0.8 an
# accidental one was followed now and then, and every fifth member changed sides.
_MIN_MATCH = 0.95


def apply_edits(segmenter: Any, edits: CohortEdits, X: Any) -> Any:
    """Return a fitted segmenter with an analyst's merges and splits.

    Parameters
    ----------
    segmenter : Segmenter
        Fitted; it is left as it is, and edits that it has are replaced.
    edits : CohortEdits
        The merges and splits; they take the place of earlier ones.
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
    was = _get_fitted_labels(segmenter, X, "apply_edits")
    model, data = segmenter.model_, validate_rows(segmenter, X)
    found, _ = assign_rows(model, data)
    now = relabel_rows(model, segmenter.point_cohort_, found, data)
    _check_same_rows(now, was, "apply_edits")
    edited = copy.copy(segmenter)
    edited.edits = edits
    edited.point_cohort_ = edit_point_cohorts(edited, X)
    edited.labels_ = relabel_rows(model, edited.point_cohort_, found, data)
    return edited


def edit_point_cohorts(segmenter: Any, X: Any) -> IntArray:
    """Return the cohort of each coreset point after the segmenter's edits."""
    points = segmenter.model_.labels
    lost = []
    for choice in segmenter.edits.choices if segmenter.edits is not None else ():
        places = [
            (labels, rows)
            for labels, rows, total in _find_exemplars_of_sides(
                segmenter, X, choice, points
            )
            if len(labels) >= min(_MIN_FOUND_EXEMPLARS, total)
        ]
        few = len(places) < 2
        changed = (
            None if few else _CHANGE_BY_KIND[choice.kind](segmenter, points, places)
        )
        if changed is None:
            lost.append(choice)
        points = points if changed is None else changed
    if lost:
        _warn_lost_choices(lost, len(segmenter.edits.choices))
    return points


def _find_exemplars_of_sides(
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
        rows = _find_exemplar_rows(segmenter, X, group, choice.columns)
        labels = np.zeros(0, np.int64)
        scaled = np.zeros((0, model.points.shape[1]))
        if len(rows):
            labels = assign_edited_rows(model, points, rows)
            scaled = apply_scales(rows, model.scales)
        found.append((labels, scaled, len(group.rows)))
    return found


def _find_exemplar_rows(
    segmenter: Any, X: Any, group: Exemplars, columns: tuple[str, ...] | None
) -> NDArray[np.float64]:
    """Return exemplars as they are now, or as they were where they are gone."""
    ids = get_row_ids(X)
    rows = np.zeros((0, segmenter.n_features_in_))
    if group.ids is not None and ids is not None:
        there = ids.get_indexer(pd.Index(list(group.ids)))
        if (there >= 0).any():
            rows = validate_rows(segmenter, X.iloc[there[there >= 0]])
    comparable = group.ids is None or not _has_vector_block(segmenter)
    if len(rows) >= _MIN_FOUND_EXEMPLARS or not comparable:
        return rows
    told = _order_kept_columns(group, columns, segmenter)
    return rows if told is None else told


def _order_kept_columns(
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


def _has_vector_block(segmenter: Any) -> bool:
    """Whether a block is a vector, whose axes each data set may turn another way."""
    return any(name in segmenter.vector_blocks for name in segmenter.blocks or ())


def _merge_cohorts(
    segmenter: Any, points: IntArray, places: list[Any]
) -> IntArray | None:
    """Merge the cohorts that hold the sides; a side that is in none needs no merge."""
    held = [found for labels, _ in places if (found := _find_holding_cohorts(labels))]
    if len(held) < 2:
        return None
    wanted = set().union(*held)
    return np.where(np.isin(points, list(wanted)), min(wanted), points)


def _find_holding_cohorts(labels: IntArray) -> set[int]:
    """Return the cohorts that hold a part of a side, if together they hold half."""
    names, counts = np.unique(labels[labels != NOISE], return_counts=True)
    parts = counts >= _MIN_PART_SHARE * len(labels)
    whole = counts[parts].sum() >= len(labels) / 2
    return {int(one) for one in names[parts]} if whole else set()


def _split_cohort(
    segmenter: Any, points: IntArray, places: list[Any]
) -> IntArray | None:
    main = [_find_main_cohort(labels) for labels, _ in places]
    if NOISE in main:
        return None
    if main[0] != main[1]:
        return points  # they are apart already
    members = points == main[0]
    model = segmenter.model_
    own = np.flatnonzero(members)
    known = np.vstack([rows for _, rows in places])
    side = np.repeat([False, True], [len(rows) for _, rows in places])
    nearest = own[find_nearest_points(known, model.points[own], 1).found[:, 0]]
    leaves = _match_branch(model, members, nearest, side)
    if leaves is None:  # no branch divides them: each point follows its nearest member
        near = find_nearest_points(model.points[own], known, 1).found[:, 0]
        leaves = np.zeros(len(points), dtype=bool)
        leaves[own] = side[near]
    return np.where(leaves, int(points.max()) + 1, points)


def _find_main_cohort(labels: IntArray) -> int:
    names, counts = np.unique(labels, return_counts=True)
    return int(names[counts.argmax()])


def _match_branch(
    model: SegmentModel,
    members: NDArray[np.bool_],
    nearest: IntArray,
    side: NDArray[np.bool_],
) -> NDArray[np.bool_] | None:
    """Return the points of the branch that divides the exemplars as the analyst did."""
    best, chosen = 0.0, -1
    for branch, held in find_dividing_branches(model, members):
        right = held[nearest] == side
        score = float(right[side].mean() + right[~side].mean()) / 2
        if score > best:
            best, chosen = score, branch
    return divide_cohort(model, members, chosen) if best >= _MIN_MATCH else None


_CHANGE_BY_KIND = {"merge": _merge_cohorts, "split": _split_cohort}


def _warn_lost_choices(lost: list[Choice], total: int) -> None:
    warnings.warn(
        f"{len(lost)} of {total} edits of cohorts could not be applied, because their "
        "members are not in these data or in no cohort of them: "
        f"{'; '.join(choice.told for choice in lost)}.",
        stacklevel=3,
    )
