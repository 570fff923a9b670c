"""Principal components of vectors, some of which may be missing."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

# Rows that are held in double precision at once.
_BLOCK = 200_000


def principal_columns(vectors: NDArray, n_components: int) -> NDArray[np.float64]:
    """Project vectors on their main directions.

    Parameters
    ----------
    vectors : array of float, shape (n, d)
        A row that holds NaN, or only zeros (a text without a word), is missing.
    n_components : int

    Returns
    -------
    array, shape (n, min(n_components, d))
        NaN where the vector is missing.

    Examples
    --------
    >>> principal_columns(np.array([[1.0, 0.0], [3.0, 0.0], [0.0, 0.0]]), 1).tolist()
    [[-1.0], [1.0], [nan]]
    """
    width = min(n_components, vectors.shape[1])
    columns = np.full((len(vectors), width), np.nan)
    mean, n = np.zeros(vectors.shape[1]), 0
    for _, known in _known_blocks(vectors):
        mean, n = mean + known.sum(axis=0), n + len(known)
    if not n:
        return columns
    mean /= n
    spread = np.zeros((len(mean), len(mean)))
    for _, known in _known_blocks(vectors):
        centered = known - mean
        spread += centered.T @ centered
    _, directions = np.linalg.eigh(spread)
    main = fixed_signs(directions[:, ::-1][:, :width])
    for rows, known in _known_blocks(vectors):
        columns[rows] = (known - mean) @ main
    return columns


def _known_blocks(
    vectors: NDArray,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Yield rows that are not missing with their vectors, some at a time."""
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        known = np.flatnonzero(np.isfinite(block).all(axis=1) & block.any(axis=1))
        yield start + known, block[known].astype(np.float64)


def fixed_signs(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make the largest entry of each column positive.

    An eigenvector has either sign; this choice gives the same columns everywhere.
    """
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[largest, np.arange(directions.shape[1])])
    return directions * np.where(signs == 0, 1, signs)
