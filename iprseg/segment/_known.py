"""Rows of which nothing is known: they are in no cohort."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iprseg._labels import NOISE
from iprseg.segment._column_scale import missing_share
from iprseg.segment._scale import BlockScale


def known_rows(data: NDArray, scales: Sequence[BlockScale]) -> NDArray[np.bool_]:
    """Return which rows hold a value in some column that is used.

    Parameters
    ----------
    data : array, shape (n, p)
    scales : sequence of BlockScale

    Returns
    -------
    array of bool, shape (n,)
    """
    blank = np.ones(len(data), dtype=bool)
    for scale in scales:
        blank &= missing_share(data, scale.columns) == 1
    return ~blank


def of_known(
    decide: Callable[[NDArray], tuple[Any, ...]], data: NDArray, known: NDArray
) -> tuple[Any, ...]:
    """Decide the rows of which something is known; the others are noise.

    Parameters
    ----------
    decide : callable
        From rows to a tuple that ends in labels and strengths.
    data : array, shape (n, p)
    known : array of bool, shape (n,)

    Returns
    -------
    tuple
        As that of ``decide``, with labels and strengths of all rows.
    """
    if known.all() or not known.any():
        *more, labels, strength = decide(data)
    else:
        *more, own, firm = decide(data[known])
        labels, strength = np.full(len(data), NOISE, np.int64), np.zeros(len(data))
        labels[known], strength[known] = own, firm
    return *more, np.where(known, labels, NOISE), np.where(known, strength, 0.0)


def warn_unknown(known: NDArray[np.bool_], owner: str) -> NDArray[np.bool_]:
    """Return which rows are known; warn where some hold nothing to find a cohort by."""
    blank = len(known) - int(known.sum())
    if blank:
        warnings.warn(
            f"{owner}: {blank:,} of the {len(known):,} rows hold no value at all and "
            "are in no cohort.",
            stacklevel=3,
        )
    return known
