"""Move points towards their neighbours, so that chance between neighbours cancels."""

import numpy as np
from numpy.typing import NDArray

from iprseg.segment._layout import nearest

FloatArray = NDArray[np.float64]


def mean_shift(points: FloatArray, weights: FloatArray, n_neighbors: int) -> FloatArray:
    """Return the mean of each point and its nearest neighbours.

    One step of blurring mean shift (Fukunaga and Hostetler 1975,
    doi:10.1109/TIT.1975.1055330; Cheng 1995, doi:10.1109/34.400568) with a flat kernel
    that holds so many neighbours. What many weak columns add to every distance by
    chance falls with their number; the gap between two kinds stays.

    Parameters
    ----------
    points : array, shape (n, d)
    weights : array, shape (n,)
        Rows that each point stands for.
    n_neighbors : int

    Returns
    -------
    array, shape (n, d)

    Examples
    --------
    >>> line = np.array([[0.0], [1.0], [8.0], [10.0]])
    >>> mean_shift(line, np.array([1.0, 3.0, 1.0, 1.0]), 1).ravel().tolist()
    [0.75, 0.75, 9.0, 9.0]
    """
    total = points * weights[:, None]
    weight = weights.copy()
    for found in nearest(points, n_neighbors)[1].T:
        total += points[found] * weights[found, None]
        weight += weights[found]
    return np.asarray(total / weight[:, None], dtype=np.float64)
