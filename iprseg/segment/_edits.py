"""What an analyst decided about cohorts, kept so that it survives a refit."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.errors import IprsegError
from iprseg.segment._branches import branches_of_split, divide, no_finer_branch
from iprseg.segment._choices import FORMAT, Choice, Exemplars, read_choices
from iprseg.segment._inputs import ids_of
from iprseg.segment._relabel import labels_by

# Of each side of a choice. With 40, half of the sellers of five planted cohorts of
# 400 rows put those rows on the sides of the split at an adjusted Rand index of 0.62.
_EXEMPLARS = 200


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
        labels = fitted_labels(segmenter, X, "CohortEdits")
        listed = isinstance(cohorts, Iterable) and not isinstance(cohorts, str)
        wanted = list(dict.fromkeys(cohorts)) if listed else []
        if len(wanted) < 2:
            raise IprsegError(
                f"merge needs two cohorts or more; got {cohorts!r}: say which ones "
                "are to be one."
            )
        numbers = sorted(_check_cohort(one, labels) for one in wanted)
        sides = [np.flatnonzero(labels == one) for one in numbers]
        told = f"the merge of cohorts {', '.join(map(str, numbers))}"
        return self._with("merge", told, segmenter, X, sides)

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
        labels = fitted_labels(segmenter, X, "CohortEdits")
        cohort = _check_cohort(cohort, labels)
        model, points = segmenter.model_, segmenter.point_cohort_
        least = segmenter.min_cohort_size_
        candidates = branches_of_split(model, points == cohort, cohort, branch, least)
        for chosen in candidates:
            sides = self._sides(segmenter, X, labels == cohort, cohort, chosen)
            if min(map(len, sides)) > 0:
                break
        else:
            if branch is None:
                raise no_finer_branch(cohort, least)
            raise IprsegError(
                f"Branch {branch} holds no row, or every row, of cohort {cohort}: "
                "choose another branch of tree_."
            )
        told = f"the split of cohort {cohort} at branch {chosen}"
        return self._with("split", told, segmenter, X, sides)

    @staticmethod
    def _sides(
        segmenter: Any, X: Any, inside: NDArray[np.bool_], cohort: int, branch: int
    ) -> list[NDArray[np.int64]]:
        """Return the rows of a cohort that stay and those that leave with a branch."""
        points = segmenter.point_cohort_
        new = int(points.max()) + 1
        leaves = divide(segmenter.model_, points == cohort, branch)
        then = np.where(leaves, new, points)
        now = labels_by(segmenter.model_, then, checked(segmenter, X))
        return [np.flatnonzero(inside & (now == one)) for one in (cohort, new)]

    def to_json(self) -> str:
        """Return the edits as text."""
        return json.dumps({"format": FORMAT, **asdict(self)})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read edits from text.

        Raises
        ------
        IprsegError
            When it is not what `to_json` gives, or of another format.
        """
        return cls(read_choices(text, "The edits of cohorts"))

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
        return cls(read_choices(text, f"The edits at {path}"))

    def _with(
        self, kind: str, told: str, segmenter: Any, X: Any, sides: list[np.ndarray]
    ) -> Self:
        groups = tuple(_exemplars(segmenter, X, side) for side in sides)
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


def checked(segmenter: Any, X: Any) -> np.ndarray:
    """Return rows as numbers, as ``predict`` would: of the columns of the fit."""
    return np.asarray(segmenter._checked(X, reset=False), dtype=np.float64)


def fitted_labels(segmenter: Any, X: Any, owner: str) -> np.ndarray:
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


def check_same_rows(found: np.ndarray, labels: np.ndarray, owner: str) -> None:
    """Refuse rows whose cohorts are other ones than at the fit."""
    other = int((found != labels).sum())
    if other:
        raise IprsegError(
            f"{owner} got rows that the segmenter was not fitted on, or in another "
            f"order ({other:,} of {len(labels):,} are in another cohort than then): "
            "give the rows it was fitted on."
        )


def _check_cohort(cohort: Any, labels: np.ndarray) -> int:
    known = [int(one) for one in np.unique(labels) if one >= 0]
    if cohort not in known:
        raise IprsegError(
            f"There is no cohort {cohort!r} in this fit; cohorts: "
            f"{', '.join(map(str, known)) or 'none'}."
        )
    return int(cohort)


def _exemplars(segmenter: Any, X: Any, members: np.ndarray) -> Exemplars:
    """Take members evenly over the rows."""
    place = np.linspace(0, len(members) - 1, min(_EXEMPLARS, len(members)))
    rows = members[np.unique(place.round().astype(int))]
    ids = ids_of(X)
    part = X.iloc[rows] if isinstance(X, pd.DataFrame) else np.asarray(X)[rows]
    check_same_rows(segmenter.predict(part), segmenter.labels_[rows], "CohortEdits")
    return Exemplars(
        None if ids is None else tuple(ids[rows].tolist()),
        tuple(
            tuple(None if np.isnan(one) else float(one) for one in row)
            for row in checked(segmenter, part)
        ),
    )
