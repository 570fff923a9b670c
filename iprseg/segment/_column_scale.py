"""Statistics of columns that tell how to scale them, missing values left out."""

import numpy as np
from numpy.typing import NDArray

# Beyond this many robust standard deviations a value is only "very far": one wild
# price must not outweigh every other signal of its row.
CLIP = 4.0
CHUNK = 50_000
# Rows from which is learned which directions count.
SAMPLE = 20_000
_MIDDLE = 2_000  # rows that tell the middle of a column well enough
_ALL_BUT_FEW, _BELIEVED = 0.999, 10.0
_FAR = 0.99
_EXTREME = 40  # binary orders of magnitude
_NORMAL_IQR = 1.349  # interquartile range of the standard normal distribution


def take(data: NDArray, columns: NDArray[np.int64]) -> NDArray:
    """Return some columns: a view, not a copy, where they stand side by side."""
    if len(columns) and (np.diff(columns) == 1).all():
        return data[:, columns[0] : columns[-1] + 1]
    return data[:, columns]


def missing_share(data: NDArray, columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of the columns that is missing in each row."""
    starts = range(0, len(data), CHUNK)
    parts = [np.isnan(take(data[at : at + CHUNK], columns)) for at in starts]
    return np.concatenate([part.mean(axis=1) for part in parts])


def unit_of(data: NDArray, columns: NDArray[np.int64]) -> float:
    """Return a power of two near the middle of values whose squares are no numbers."""
    values = np.abs(take(data[:: -(-len(data) // SAMPLE)], columns))
    known = values[(values > 0) & ~np.isnan(values)]
    exponent = int(np.frexp(np.median(known))[1]) if len(known) else 0
    return 1.0 if abs(exponent) <= _EXTREME else 2.0 ** (exponent - 1)


def ordinary_reach(
    data: NDArray, columns: NDArray[np.int64]
) -> tuple[NDArray[np.float64], float]:
    """Return the middle of each column, and how far from it a value can be believed.

    Ten times as far as all but one row in a thousand lie. Beyond it a value would be
    most of the block's variance, and beside it all other rows would look alike.

    Examples
    --------
    >>> rows = np.array([[0.0], [1.0], [2.0], [1e9]])
    >>> middle, limit = ordinary_reach(rows, np.array([0]))
    >>> middle.tolist(), limit
    ([1.5], 15.0)
    """
    some = take(data[:: -(-len(data) // SAMPLE)], columns).astype(np.float64)
    few = some[:: -(-len(some) // _MIDDLE)]
    known = [column[~np.isnan(column)] for column in few.T]
    middle = np.array([np.median(one) if len(one) else 0.0 for one in known])
    away = np.abs(some - middle)
    away[np.isnan(away)] = 0
    far = np.quantile(away.max(axis=1, initial=0), _ALL_BUT_FEW, method="lower")
    return middle, _BELIEVED * float(far)


def column_means(
    data: NDArray,
    columns: NDArray[np.int64],
    unit: float,
    middle: NDArray[np.float64],
    limit: float,
) -> NDArray[np.float64]:
    """Return the mean of each column, values held within ``limit`` of ``middle``.

    ``unit`` keeps sums within bounds.
    """
    total, known = np.zeros(len(columns)), np.zeros(len(columns))
    for start in range(0, len(data), CHUNK):
        values = take(data[start : start + CHUNK], columns)
        values = np.clip(values, middle - limit, middle + limit)
        missing = np.isnan(values)
        if missing.any():
            values = np.where(missing, 0, values)
        total += (values / unit).sum(axis=0, dtype=np.float64)
        known += len(values) - missing.sum(axis=0)
    return total / np.maximum(known, 1) * unit


def robust_columns(
    values: NDArray, missing: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return median and robust spread of each column; ``inf`` where it is constant."""
    center, spread = np.zeros(values.shape[1]), np.full(values.shape[1], np.inf)
    for place in range(values.shape[1]):
        known = values[~missing[:, place], place].astype(np.float64)
        if len(known) == 0:
            continue
        low, center[place], high = np.quantile(known, [0.25, 0.5, 0.75])
        away = np.abs(known - center[place])
        away = away[away > 0]
        if 2 * len(away) > len(known):
            wide = float(high - low) / _NORMAL_IQR
        else:
            wide = float(np.quantile(away, _FAR)) / CLIP if len(away) else 0.0
        if wide > 1e-12 * max(1.0, float(np.abs(known).max())):
            spread[place] = wide
    return center, spread
