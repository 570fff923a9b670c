"""A signal's values, and why some of them are missing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Column:
    """One signal over all entities; what is without end is missing: ``not_finite``.

    Attributes
    ----------
    values : ndarray of float, shape (n,)
        NaN where missing.
    reasons : ndarray of str, shape (n,)
        Why a value is missing; "" where it is there.
    """

    values: NDArray[np.float64]
    reasons: NDArray[np.object_]

    def __post_init__(self) -> None:
        # here, so that no mean, cohort or histogram ever meets an infinite number
        endless = np.isinf(self.values)
        if endless.any():
            kept = self.missing(endless, "not_finite")
            object.__setattr__(self, "values", kept.values)
            object.__setattr__(self, "reasons", kept.reasons)

    def missing(self, where: ArrayLike, reason: str) -> "Column":
        """Return the column with more values missing; an earlier reason stays."""
        places = np.broadcast_to(np.asarray(where, dtype=bool), self.values.shape)
        rows = np.flatnonzero(places)
        if not len(rows):
            return self
        values, reasons = self.values.astype(float), self.reasons.copy()
        values[rows] = np.nan
        reasons[rows[reasons[rows] == ""]] = reason
        return Column(values, reasons)


def full(values: ArrayLike) -> Column:
    """Make a column without gaps."""
    values = np.asarray(values, dtype=float)
    return Column(values, np.full(len(values), "", dtype=object))


def empty(n: int, reason: str) -> Column:
    """Make a column that is missing throughout, for one reason."""
    return Column(np.full(n, np.nan), np.full(n, reason, dtype=object))


def numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as floats; what is no number is NaN."""
    return pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float)
