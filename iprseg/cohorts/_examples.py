"""Choose the members of a cohort that show what it is, and where it ends."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

_MOST = 5
# in as many texts terms are looked for
_READ = 5000


def distance_from_centre(places: np.ndarray, labels: pd.Series) -> pd.Series:
    """Return how far each row lies from the mean of its cohort.

    Examples
    --------
    >>> labels = pd.Series([0, 0, 1])
    >>> distance_from_centre(np.array([[0.0], [2.0], [9.0]]), labels).tolist()
    [1.0, 1.0, 0.0]
    """
    far = np.zeros(len(labels))
    codes = labels.to_numpy()
    for cohort in np.unique(codes):
        inside = codes == cohort
        far[inside] = np.linalg.norm(
            places[inside] - places[inside].mean(axis=0), axis=1
        )
    return pd.Series(far, index=labels.index)


def choose_examples(
    texts: pd.Series,
    terms: Sequence[str],
    strength: pd.Series | None = None,
    distance: pd.Series | None = None,
    sellers: pd.Series | None = None,
) -> tuple[list[Any], list[Any]]:
    """Return ids of typical and of borderline members of one cohort.

    Typical are the firmest; of the equally firm those nearest to the centre, and then
    those with most of the terms. Borderline are the least firm, farthest first. Each
    seller gives one before any gives a second, and a title is shown once.

    Parameters
    ----------
    texts : pandas.Series of str
        The texts of the cohort by id.
    terms : sequence of str
        Its distinctive terms.
    strength, distance : pandas.Series, optional
        How firmly a row belongs, and how far from the centre it lies. Without
        `strength` no row is borderline.
    sellers : pandas.Series, optional
        Seller of each row.

    Examples
    --------
    >>> texts = pd.Series({"a": "oud 1", "b": "oud 2", "c": "oud 3"})
    >>> firm = pd.Series({"a": 1.0, "b": 1.0, "c": 0.4})
    >>> shops = pd.Series({"a": "x", "b": "x", "c": "y"})
    >>> far = pd.Series({"a": 2.0, "b": 1.0, "c": 3.0})
    >>> choose_examples(texts, [], firm, far, shops)
    (['b', 'c', 'a'], [])
    """
    hits = np.full(len(texts), np.nan)
    read = texts.head(_READ).str.lower().tolist()
    hits[: len(read)] = [sum(map(text.__contains__, terms)) for text in read]
    order = pd.DataFrame(
        {
            "firm": 0.0 if strength is None else strength.reindex(texts.index),
            "near": 0.0 if distance is None else -distance.reindex(texts.index),
            "hits": hits,
            "text": texts,
            "shop": _shops(texts, sellers),
        },
        index=texts.index,
    )
    best = ["firm", "near", "hits"]
    typical = _by_turns(order.sort_values(best, ascending=False, kind="stable"))
    if strength is None:
        return typical, []
    rest = order[~order["text"].isin(texts.loc[typical]).to_numpy()]
    return typical, _by_turns(rest.sort_values(best[:2], kind="stable"))


def _shops(texts: pd.Series, sellers: pd.Series | None) -> np.ndarray:
    """Return a number for each seller; a row of unknown seller has one of its own."""
    alone = -1 - np.arange(len(texts))
    if sellers is None:
        return alone
    codes = pd.factorize(sellers.reindex(texts.index))[0]
    return np.where(codes < 0, alone, codes)


def _by_turns(ordered: pd.DataFrame) -> list[Any]:
    """Return the first ids, one of each seller before a second of any."""
    # the same title twice shows nothing new
    once = ordered[~ordered["text"].duplicated().to_numpy()]
    turn = once.groupby("shop").cumcount().to_numpy()
    return once.index[np.argsort(turn, kind="stable")[:_MOST]].tolist()
