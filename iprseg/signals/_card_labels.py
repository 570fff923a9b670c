"""Labels, sellers and weights brought to the rows of the signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import TableError

__all__ = ["Labels", "labels_of", "once", "owners_of", "table_of", "typed"]


@dataclass(frozen=True)
class Labels:
    """What is known of the labeled rows, one entry per label.

    Attributes
    ----------
    row : ndarray of int
        Row of the signals; those of a seller serve each labeled listing of his.
    positive : ndarray of bool
    seller : ndarray of int
    weight : ndarray of float
    """

    row: np.ndarray
    positive: np.ndarray
    seller: np.ndarray
    weight: np.ndarray

    def of(self, inside: np.ndarray) -> Labels:
        """Give the labels of some rows of the signals."""
        here = inside[self.row]
        parts = (self.row, self.positive, self.seller, self.weight)
        return Labels(*(part[here] for part in parts))


def table_of(signals: pd.DataFrame) -> pd.DataFrame:
    """Give the signals as numbers; what is infinite is missing.

    Raises
    ------
    TableError
        When there is no signal, an id or a signal is there twice, or a column holds
        what is no number.
    """
    typed(signals, "signals", pd.DataFrame)
    if not len(signals.columns):
        raise TableError(
            "There is no signal to measure: the frame of signals has no column."
        )
    once(signals.index, "signals")
    once(signals.columns, "the columns of signals")
    made: dict[Any, np.ndarray] = {}
    for name in signals.columns:
        try:
            if pd.api.types.is_datetime64_any_dtype(signals[name]):
                raise TypeError("a time is no number")
            values = signals[name].to_numpy(dtype=float, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise TableError(
                f"The signal {str(name)!r} holds what is no number: leave its column "
                "out of the signals."
            ) from error
        made[name] = np.where(np.isfinite(values), values, np.nan)
    return pd.DataFrame(made, index=signals.index, columns=signals.columns)


def owners_of(index: pd.Index, sellers: pd.Series | None) -> np.ndarray:
    """Give each row the number of its seller; one of none known is by itself."""
    alone = np.arange(len(index))
    if sellers is None:
        return alone
    typed(sellers, "sellers", pd.Series)
    once(sellers.index, "the sellers")
    codes = pd.factorize(sellers.reindex(index).astype(object))[0]
    return np.where(codes < 0, len(index) + alone, codes)


def labels_of(
    index: pd.Index,
    violative: pd.Series | None,
    sellers: pd.Series | None,
    weights: pd.Series | None,
) -> Labels:
    """Find the row that each label speaks of.

    Raises
    ------
    TableError
        When none is known, no label meets a row, a label is neither 0 nor 1, an id has
        two, or a weight is missing or not above 0.
    """
    if violative is None:
        none = np.zeros(0, dtype=int)
        return Labels(none, none.astype(bool), none, none.astype(float))
    typed(violative, "labels", pd.Series)
    once(violative.index, "the labels")
    known = violative.dropna()
    if known.empty:
        raise TableError(
            "Every label is missing: give labels that say yes or no, or none at all."
        )
    truth = pd.to_numeric(known, errors="coerce").astype(float)
    if not truth.isin([0.0, 1.0]).all():
        wrong = known[~truth.isin([0.0, 1.0])].iloc[0]
        raise TableError(
            f"A label must be true or false (1 or 0); got {wrong!r}: turn what was "
            "answered into violative or not first."
        )
    key: Any = known.index
    if sellers is not None and _of_sellers(index, known.index):
        once(sellers.index, "the sellers")
        key = pd.Index(sellers.reindex(known.index).astype(object))
    row = index.astype(object).get_indexer(key)
    here = row >= 0
    if not here.any():
        raise TableError(
            "No id has both signals and a label: give labels by the ids that the "
            "signals are of, or with the seller of each (`sellers`)."
        )
    ids = known.index[here]
    return Labels(
        row[here],
        truth.to_numpy()[here] > 0,
        owners_of(ids, sellers),
        _weights(weights, ids),
    )


def _of_sellers(index: pd.Index, labeled: pd.Index) -> bool:
    """Whether signals are of sellers while labels are of what they sell."""
    return index.name == "seller_id" and labeled.name != "seller_id"


def _weights(weights: pd.Series | None, ids: pd.Index) -> np.ndarray:
    if weights is None:
        return np.ones(len(ids))
    once(weights.index, "the weights")
    found = weights.reindex(ids).to_numpy(dtype=float, na_value=np.nan)
    if not (np.isfinite(found) & (found > 0)).all():
        wrong = ids[~(np.isfinite(found) & (found > 0))][0]
        raise TableError(
            f"The label of {str(wrong)!r} has no weight above 0: give one over its "
            "chance of being drawn, or no weights."
        )
    return found


def typed(given: Any, what: str, kind: type) -> None:
    """Refuse what has no ids, such as a list."""
    if not isinstance(given, kind):
        raise TableError(
            f"What is given as {what} must be a {kind.__name__} by id; "
            f"got {type(given).__name__}."
        )


def once(index: pd.Index, what: str) -> None:
    """Refuse an index that holds an id twice."""
    if not index.is_unique:
        twice = index[index.duplicated()][0]
        raise TableError(
            f"In {what} {str(twice)!r} is there more than once: keep one of each."
        )
