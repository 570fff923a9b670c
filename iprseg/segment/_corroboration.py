"""How far columns are borne out by the columns of other blocks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from iprseg.segment._principal import fixed_signs

# Of the correlation matrix; keeps columns that say the same from cancelling out.
_RIDGE = 0.05
_FAR = 5.0
_LEAST_LEFT = 0.05


def corroborated_directions(
    parts: Sequence[NDArray[np.float64]], least_spread: float
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return the directions of each block, and how far other blocks foretell them.

    What makes a kind of trade shows in several families of signals at once: copies are
    cheap *and* named so *and* share pictures. What nothing else bears out is chance as
    far as the data tell, however loud it is, and many such columns hide the few that
    tell cohorts apart.

    Parameters
    ----------
    parts : sequence of arrays, each of shape (n, d_block)
        The columns of each block, without missing values.
    least_spread : float
        A column counts as if its standard deviation were 1, but one of less than this
        is divided by this: the rarest flag is not the loudest.

    Returns
    -------
    list of (directions, share), shapes (d_block, d_block) and (d_block,)
        Best foretold first, orthogonal in the columns so divided; ``share`` in [0, 1]:
        R² of ridge regression on all columns of the other blocks, each row predicted
        by the others (leave-one-out, in closed form). 0 for a constant.

    Notes
    -----
    The squared multiple correlation is factor analysis' first guess at what a variable
    shares with others (Guttman 1956, doi:10.1007/BF02289101); principal components of
    what is foretold are redundancy analysis (van den Wollenberg 1977,
    doi:10.1007/BF02294050).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> kind = rng.integers(2, size=400) * 1.0
    >>> price = np.stack([rng.normal(size=400), kind], axis=1)
    >>> directions, share = corroborated_directions([price, kind[:, None]], 0.3)[0]
    >>> share.round(1).tolist(), np.abs(directions).argmax(axis=0).tolist()
    ([1.0, 0.0], [1, 0])
    """
    standard = [_standard(part) for part in parts]
    found = []
    for place, part in enumerate(parts):
        spread = np.maximum(part.std(axis=0), least_spread)
        target = (part - part.mean(axis=0)) / spread
        others = [other for at, other in enumerate(standard) if at != place]
        columns = np.hstack(others) if others else np.zeros((len(part), 1))
        fitted = columns @ foretold(columns, target)[0]
        _, turn = np.linalg.eigh(fitted.T @ fitted)
        turn = fixed_signs(turn[:, ::-1])
        share = foretold(columns, target @ turn)[1]
        found.append((turn / spread[:, None], share))
    return found


def _standard(part: NDArray[np.float64]) -> NDArray[np.float64]:
    centered = part - part.mean(axis=0)
    spread = centered.std(axis=0)
    varies = spread > 1e-9 * max(1.0, float(spread.max(initial=0)))
    scaled = np.where(varies, centered / np.where(varies, spread, 1), 0)
    # one row far out must not foretell itself
    return np.clip(scaled, -_FAR, _FAR)


def foretold(
    columns: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Regress targets on columns by ridge, each row judged by the others.

    Parameters
    ----------
    columns : array, shape (n, d)
        Centred, of variance 1.
    target : array, shape (n, t)
        Centred.

    Returns
    -------
    coefficients : array, shape (d, t)
    share : array, shape (t,)
        Leave-one-out R², at least 0; 0 for a constant target.
    """
    n = len(columns)
    scatter = columns.T @ columns / n + _RIDGE * np.eye(columns.shape[1])
    solved = np.linalg.solve(scatter, columns.T @ target / n)
    coefficients = np.asarray(solved, dtype=np.float64)
    missed = target - columns @ coefficients
    # leaving a row out changes its error by 1 / (1 - its leverage)
    leverage = np.einsum("ij,ji->i", columns, np.linalg.solve(scatter, columns.T)) / n
    missed /= np.maximum(1 - leverage, _LEAST_LEFT)[:, None]
    total = (target**2).mean(axis=0)
    error = np.divide(
        (missed**2).mean(axis=0), total, out=np.ones(len(total)), where=total > 0
    )
    return coefficients, np.clip(1 - error, 0, 1)
