"""The directions in which the rows of a large sparse matrix vary most."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from iprseg.embed._product import product

_ROUNDS = 3
_SPARE = 10
# Directions that single precision cannot tell from none: squares of 1e-5.
_NOTHING = 1e-10


def main_directions(
    rows: sparse.csr_matrix, rank: int, random_state: int
) -> NDArray[np.float32]:
    """Return the first right singular vectors.

    The randomised subspace iteration of Halko, Martinsson and Tropp (2011,
    doi:10.1137/090771806) from the same start and with as many rounds as
    scikit-learn's `randomized_svd`, so of the same result to rounding. Bases are made
    orthogonal through the eigenvectors of their small Gram matrix and products run on
    all cores, at a third of the time.

    Parameters
    ----------
    rows : csr_matrix of float32, shape (n, m)
    rank : int
    random_state : int

    Returns
    -------
    array of float32, shape (m, r)
        Orthonormal columns; r is below ``rank`` where the matrix has no more. The
        largest entry of each is positive.

    Examples
    --------
    >>> rows = sparse.csr_matrix(np.array([[3, 0], [0, 1]], dtype=np.float32))
    >>> main_directions(rows, 1, 0)[0].round(3).tolist()
    [1.0]
    """
    from sklearn.utils import check_random_state
    from threadpoolctl import threadpool_limits

    columns = rows.T.tocsr()
    start = check_random_state(random_state)
    width = min(rank + _SPARE, rows.shape[0])
    found = start.normal(size=(rows.shape[0], width)).astype(np.float32)
    # small dense products: threads that wait for each other cost more than they bring,
    # and one of them rounds alike on every machine
    with threadpool_limits(1, "blas"):
        for _ in range(_ROUNDS):
            found = _orthonormal(product(rows, product(columns, found)))
        basis = _orthonormal(product(columns, found))
        seen = product(rows, basis)
        turn = np.linalg.eigh(_gram(seen))[1][:, ::-1]
        directions = basis @ turn[:, :rank].astype(np.float32)
    largest = np.abs(directions).argmax(axis=0)
    return directions * np.sign(directions[largest, np.arange(directions.shape[1])])


def _orthonormal(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an orthonormal basis of what the columns span."""
    squares, turn = np.linalg.eigh(_gram(columns))
    kept = squares > _NOTHING * squares[-1]
    return columns @ (turn[:, kept] / np.sqrt(squares[kept])).astype(np.float32)


def _gram(columns: NDArray[np.float32]) -> NDArray[np.float64]:
    exact = columns.astype(np.float64)
    return exact.T @ exact
