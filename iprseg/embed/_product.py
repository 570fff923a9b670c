"""Sparse times dense on all cores."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from iprseg._in_parts import in_parts

_ROWS = 5_000


def product(left: sparse.csr_matrix, right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply in blocks of rows, one core each; scipy alone uses a single core.

    A row's result is the same whatever the number of cores.

    Parameters
    ----------
    left : csr_matrix of float32, shape (n, m)
    right : array of float32, shape (m, k)

    Returns
    -------
    array of float32, shape (n, k)

    Examples
    --------
    >>> left = sparse.csr_matrix(np.eye(2, dtype=np.float32))
    >>> product(left, np.array([[1, 2], [3, 4]], dtype=np.float32)).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    found = np.empty((left.shape[0], right.shape[1]), dtype=np.float32)

    def multiply(part: slice) -> None:
        """Multiply some rows; scipy lets go of the interpreter's lock meanwhile."""
        found[part] = left[part] @ right

    in_parts(multiply, left.shape[0], _ROWS)
    return found
