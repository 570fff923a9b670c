"""Principal components of vectors, some of which may be missing."""

import numpy as np
from numpy.typing import NDArray

# A million vectors in double precision, once more centred, would take six gigabytes.
_CHUNK = 50_000


def principal_columns(
    vectors: NDArray[np.floating], n_components: int
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
    d = vectors.shape[1]
    columns = np.full((len(vectors), min(n_components, d)), np.nan)
    starts = range(0, len(vectors), _CHUNK)
    parts = [vectors[start : start + _CHUNK] for start in starts]
    known = [np.isfinite(part).all(axis=1) & part.any(axis=1) for part in parts]
    n_known = sum(int(rows.sum()) for rows in known)
    if n_known == 0:
        return columns
    both = list(zip(parts, known, strict=True))
    mean = sum(part[rows].sum(axis=0, dtype=np.float64) for part, rows in both)
    mean /= n_known
    gram = np.zeros((d, d))
    for part, rows in both:
        centered = part[rows] - mean
        gram += centered.T @ centered
    _, directions = np.linalg.eigh(gram)
    turn = fixed_signs(directions[:, ::-1][:, : columns.shape[1]])
    for start, (part, rows) in zip(starts, both, strict=True):
        columns[start : start + _CHUNK][rows] = (part[rows] - mean) @ turn
    return columns


def fixed_signs(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make the largest entry of each column positive.

    An eigenvector has either sign; this choice gives the same columns everywhere.
    """
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[largest, np.arange(directions.shape[1])])
    return directions * np.where(signs == 0, 1, signs)
