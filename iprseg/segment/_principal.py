"""Principal components of vectors, some of which may be missing."""

import numpy as np
from numpy.typing import NDArray


def principal_columns(
    vectors: NDArray[np.float64], n_components: int
) -> NDArray[np.float64]:
    """Project vectors on their main directions.

    Parameters
    ----------
    vectors : array, shape (n, d)
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
    known = np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    width = min(n_components, vectors.shape[1])
    columns = np.full((len(vectors), width), np.nan)
    if not known.any():
        return columns
    centered = vectors[known] - vectors[known].mean(axis=0)
    _, directions = np.linalg.eigh(centered.T @ centered)
    columns[known] = centered @ fixed_signs(directions[:, ::-1][:, :width])
    return columns


def fixed_signs(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make the largest entry of each column positive.

    An eigenvector has either sign; this choice gives the same columns everywhere.
    """
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[largest, np.arange(directions.shape[1])])
    return directions * np.where(signs == 0, 1, signs)
