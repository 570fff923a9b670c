"""Let labels say which differences matter."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iprseg._labels import UNLABELED
from iprseg.errors import IprsegError
from iprseg.segment._corroboration import foretold
from iprseg.segment._known import of_known
from iprseg.segment._scale import BlockScale, apply_scales

# Where a block foretells the labels fully, so many times all variance is added along
# the directions that do. Which of these agrees best with the labels is taken.
_GAINS = (0.5, 3.0)
# A better agreement than without labels must not be chance.
_SURE = 0.01
# A class of fewer rows says more about these rows than about itself.
_LEAST_ROWS = 5
# R² that chance reaches now and then with so few labels, over one label.
_CHANCE = 4.0


def fit_known(
    fit: Callable[..., Any],
    data: NDArray,
    scales: list[BlockScale],
    settings: Any,
    known: NDArray[np.bool_],
    y: NDArray[np.int64] | None,
) -> tuple[Any, NDArray[np.int64], NDArray[np.float64]]:
    """Fit the rows of which something is known, with the labels that there are."""
    if y is not None:
        fit = supervised(fit, y[known] if known.any() else y)
    model, labels, strength = of_known(
        lambda rows: fit(rows, scales, settings), data, known
    )
    return model, labels, strength


def supervised(fit: Callable[..., Any], y: NDArray[np.int64]) -> Callable[..., Any]:
    """Let a fit be shaped by labels, if that makes its cohorts agree better with them.

    Parameters
    ----------
    fit : callable
        From data, scales and settings to model, labels and strength.
    y : array of int, shape (n,)
        Class of each row, `UNLABELED` where it is not known.

    Returns
    -------
    callable
        With the arguments and results of ``fit``. It fits without the labels and with
        them at two strengths, see `supervised_scales`, and takes the cohorts of largest
        adjusted Rand index with the labels; those without, unless it is clearly larger.
    """

    def shaped(data: NDArray, scales: list[BlockScale], settings: Any) -> Any:
        """Fit without and with the labels, and keep what agrees with them best."""
        from sklearn.metrics import adjusted_rand_score

        known = y != UNLABELED
        tried = [fit(data, scales, settings)]
        for gain in _GAINS:
            stretched = supervised_scales(data, scales, y, gain)
            if any(new is not old for new, old in zip(stretched, scales, strict=True)):
                tried.append(fit(data, stretched, settings))
        agreed = [adjusted_rand_score(y[known], found[1][known]) for found in tried]
        best = int(np.argmax(agreed))
        return tried[best if agreed[best] > agreed[0] + _SURE else 0]

    return shaped


def supervised_scales(
    data: NDArray, scales: Sequence[BlockScale], y: NDArray[np.int64], gain: float
) -> list[BlockScale]:
    """Stretch each block along the directions that foretell labels.

    Parameters
    ----------
    data : array, shape (n, p)
    scales : sequence of BlockScale
        From `fit_scales`.
    y : array of int, shape (n,)
        Class of each row, `UNLABELED` where it is not known.
    gain : float
        Variance added where labels are foretold fully, in all variance there is.

    Returns
    -------
    list of BlockScale
        With more columns, as many per block as there are classes that it foretells.

    Notes
    -----
    In each block the classes are regressed (ridge) on the labeled rows. A direction is
    added with a variance in proportion to the R² that it reaches when each row is
    predicted by the others, less what chance would give: labels that nothing in the
    block tells apart, random ones among them, leave it as it is. The rest of the block
    stays, so that kinds of trade nobody labeled are still found.
    """
    known = np.flatnonzero(y != UNLABELED)
    kinds, count = np.unique(y[known], return_counts=True)
    kinds = kinds[count >= _LEAST_ROWS]
    if len(kinds) < 2:
        return list(scales)
    classes = (y[known][:, None] == kinds).astype(np.float64)
    rows = [apply_scales(data[known], [scale]) for scale in scales]
    total = sum(
        float(apply_scales(data, [scale]).var(axis=0).sum()) for scale in scales
    )
    found = [_directions(part, classes) for part in rows]
    told = np.array([share for _, share in found])
    if not told.any():
        return list(scales)
    # each class adds as much as its best block foretells of it, shared by the blocks
    added = gain * total * told.max(axis=0) / len(kinds) * told
    added /= np.maximum(told.sum(axis=0), 1e-12)
    return [
        _stretched(scale, data, direction, variance)
        for scale, (direction, _), variance in zip(scales, found, added, strict=True)
    ]


def check_classes(y: object, n_rows: int) -> NDArray[np.int64] | None:
    """Return classes as whole numbers, or None where nothing is labeled.

    Raises
    ------
    IprsegError
        When ``y`` is no class per row.
    """
    if y is None:
        return None
    given = np.asarray(y)
    if given.shape != (n_rows,):
        raise IprsegError(
            f"The 'y' of Segmenter.fit must hold one class per row, {n_rows:,} in all; "
            f"got shape {given.shape}: use UNLABELED where the class is not known."
        )
    if given.dtype.kind not in "iub":
        raise IprsegError(
            "Unknown label type in the 'y' of Segmenter.fit: it must hold classes as "
            f"whole numbers, UNLABELED ({UNLABELED}) where not known; got "
            f"{given.dtype}: turn codes into numbers with pandas.factorize."
        )
    classes = given.astype(np.int64)
    return classes if (classes != UNLABELED).any() else None


def _directions(
    part: NDArray[np.float64], classes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the direction of each class, shape (d, c), and what it foretells, (c,)."""
    spread = part.std(axis=0)
    varies = spread > 1e-9 * max(float(spread.max(initial=0)), 1e-12)
    scaled = np.where(
        varies, (part - part.mean(axis=0)) / np.where(varies, spread, 1), 0
    )
    directions, share = foretold(scaled, classes - classes.mean(axis=0))
    directions = np.where(
        varies[:, None], directions / np.where(varies, spread, 1)[:, None], 0
    )
    return directions, np.clip(share - _CHANCE / len(part), 0, 1)


def _stretched(
    scale: BlockScale,
    data: NDArray,
    directions: NDArray[np.float64],
    variance: NDArray[np.float64],
) -> BlockScale:
    used = variance > 0
    if not used.any() or scale.factor == 0:
        return scale
    projected = apply_scales(data, [scale]) @ directions[:, used]
    spread = np.maximum(projected.std(axis=0), 1e-12)
    extra = directions[:, used] * np.sqrt(variance[used]) / spread
    plain = np.eye(len(directions))
    before = scale.rotation if len(scale.rotation) else plain
    return replace(scale, rotation=before @ np.hstack([plain, extra]))
