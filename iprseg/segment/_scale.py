"""Put blocks of columns on one scale, so that distances mean the same in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from iprseg.segment._column_scale import (
    CHUNK,
    CLIP,
    SAMPLE,
    column_means,
    missing_share,
    ordinary_reach,
    robust_columns,
    take,
    unit_of,
)
from iprseg.segment._corroboration import corroborated_directions
from iprseg.segment._principal import fixed_signs

MAX_DIMS = 96
# A vector is clipped where it is wildly off (`ordinary_reach`); beyond this its squares
# would be no use any more.
_FARTHEST = 2.0**40
_FAR_OFF = 1e3  # spreads from the origin
# What is missing may add this share to the variance of what is known: most gaps say
# where there was something to measure, not what kind of trade it is.
_MISSING_SHARE = 0.1
# A block of one or two columns would carry as much as one of twenty and split
# everything by a single signal; it gets rank / (rank + SHRINK) of its weight.
SHRINK = 3.0
# A direction of which other blocks foretell no more than this share is left out.
_BORNE = 0.05
# A rare flag varies less than this; it may count as if it did not, no more.
_LEAST_SPREAD = 0.3


@dataclass(frozen=True)
class BlockScale:
    """How one block is scaled.

    Attributes
    ----------
    columns : array of int, shape (c,)
        Its columns in the data.
    center, spread : arrays of float, shape (c,)
        Subtracted from and divided into the columns; a column without variation has
        spread ``inf`` and so contributes 0.
    clip : float
        Limit of the scaled values on both sides.
    missing_mean : float
        Mean share of missing columns in a row; NaN where that share never varies.
    missing_factor : float
        Multiplier of that share's column.
    rotation : array of float, shape (c or c + 1, k)
        What the clipped columns, and the missing share's where there is one, are
        multiplied by: directions that count, each with its weight; shape (0, 0) to
        keep the columns as they are.
    factor : float
        Last multiplier: gives the block its weight.
    """

    columns: NDArray[np.int64]
    center: NDArray[np.float64]
    spread: NDArray[np.float64]
    clip: float
    missing_mean: float
    missing_factor: float
    rotation: NDArray[np.float64]
    factor: float


def fit_scales(
    data: NDArray,
    blocks: Mapping[str, Sequence[int]],
    weights: Mapping[str, float],
    vector_blocks: Sequence[str],
) -> list[BlockScale]:
    """Learn the scale of each block.

    Parameters
    ----------
    data : array, shape (n, p)
        NaN is missing.
    blocks : mapping of block name to column positions
    weights : mapping of block name to number >= 0
        Share of the block in the squared distance of two average rows.
    vector_blocks : names of blocks
        Blocks whose columns are one vector in one unit: not scaled column by column.

    Notes
    -----
    Other columns are centred on the median and divided by the interquartile range
    (as a standard deviation). Where half of the values or more are equal, as for flags
    and their shares, that range is 0 or a matter of chance; there the farthest
    deviation (99 % quantile) counts as four standard deviations. Dividing by the
    standard deviation would make the rarest flag the loudest and split every cohort by
    single chance hits.

    A missing value goes to the centre, where it argues for no cohort, and the block
    gains one column, the share of the row's columns that are missing: a row about
    which nothing is known is so told from one that is average in all.
    """
    vectors = [name in vector_blocks for name in blocks]
    scales = [
        _fit_block(data, np.asarray(columns, np.int64), vector)
        for columns, vector in zip(blocks.values(), vectors, strict=True)
    ]
    scales = _with_directions(scales, vectors, data)
    return [
        _with_factor(_with_rotation(scale, data), data, weights[name])
        for name, scale in zip(blocks, scales, strict=True)
    ]


def identity_scale(data: NDArray) -> list[BlockScale]:
    """Return the scale that leaves one block of all columns as it is.

    More than 96 columns are still rotated to their 96 principal directions, and a value
    that is wildly off is held (`ordinary_reach`).
    """
    columns = np.arange(data.shape[1])
    scale = _with_rotation(_fit_block(data, columns, vector=True), data)
    plain = not len(scale.rotation) and np.isnan(scale.missing_mean)
    if plain and not _is_far(data, scale) and not _is_clipped(data, scale):
        scale = replace(scale, center=np.zeros(len(columns)), clip=_FARTHEST)
    return [scale]


def _is_far(data: NDArray, scale: BlockScale) -> bool:
    """Whether rows lie so far out that their squares lose what tells them apart."""
    size = np.abs(scale.center / scale.spread).max()
    return bool(size > _FAR_OFF * np.sqrt(_variances(scale, data).max()))


def _is_clipped(data: NDArray, scale: BlockScale) -> bool:
    """Whether some row lies farther out than is believed."""
    starts = range(0, len(data), CHUNK)
    parts = (data[at : at + CHUNK] - scale.center for at in starts)
    return any(bool((np.abs(p) > scale.clip * scale.spread).any()) for p in parts)


def apply_scales(data: NDArray, scales: Sequence[BlockScale]) -> NDArray[np.float64]:
    """Scale rows.

    Returns
    -------
    array of float64, shape (n, d)
        Without missing values; d is at most the sum over blocks of
        ``min(columns + 1, 96)``.
    """
    parts = [
        np.hstack([_apply(data[start : start + CHUNK], scale) for scale in scales])
        for start in range(0, len(data), CHUNK)
    ]
    return np.vstack(parts)


def _fit_block(data: NDArray, columns: NDArray[np.int64], vector: bool) -> BlockScale:
    share = missing_share(data, columns)
    varies = bool(share.max() > share.min())
    missing_mean = float(share.mean()) if varies else np.nan
    if vector:
        unit = unit_of(data, columns)
        middle, limit = ordinary_reach(data, columns)
        clip = min(limit / unit, _FARTHEST) if limit > 0 else _FARTHEST
        center = column_means(data, columns, unit, middle, limit or np.inf)
        spread = np.full(len(columns), unit)
    else:
        values = data[:, columns]
        center, spread = robust_columns(values, np.isnan(values))
        clip = CLIP
    scale = BlockScale(
        columns, center, spread, clip, missing_mean, 1.0, np.zeros((0, 0)), 1.0
    )
    return _with_missing_factor(scale, data)


def _with_directions(
    scales: list[BlockScale], vectors: list[bool], data: NDArray
) -> list[BlockScale]:
    """Let the directions of a block count as far as other blocks bear them out.

    A vector is judged as a whole already: its columns stay as they are. So does a block
    in which nothing is borne out, and one without other blocks.
    """
    step = -(-len(data) // SAMPLE)
    parts = [_apply(data[::step], scale) for scale in scales]
    found = corroborated_directions(parts, _LEAST_SPREAD)
    turned = []
    how = zip(scales, vectors, parts, found, strict=True)
    for scale, vector, part, (directions, share) in how:
        borne = share > _BORNE
        if not vector and borne.any():
            rotation = directions[:, borne] * np.sqrt(share[borne])
            rotation = _with_gap_held(rotation[:, :MAX_DIMS], part, scale)
            scale = replace(scale, rotation=rotation)
        turned.append(scale)
    return turned


def _with_gap_held(
    rotation: NDArray[np.float64], part: NDArray[np.float64], scale: BlockScale
) -> NDArray[np.float64]:
    """Keep what is missing, the last column, within its share of a block's variance.

    Where what is known hardly varies, its gaps would else be all that the block says.
    """
    if np.isnan(scale.missing_mean):
        return rotation
    known = (part[:, :-1] @ rotation[:-1]).var(axis=0).sum()
    gap = (part[:, -1:] @ rotation[-1:]).var(axis=0).sum()
    if gap > _MISSING_SHARE * known:
        rotation = rotation.copy()
        rotation[-1] *= np.sqrt(_MISSING_SHARE * known / gap)
    return rotation


def _with_rotation(scale: BlockScale, data: NDArray) -> BlockScale:
    if len(scale.columns) <= MAX_DIMS or len(scale.rotation):
        return scale
    some = _apply(data[:: -(-len(data) // SAMPLE)], scale)
    some -= some.mean(axis=0)
    _, directions = np.linalg.eigh(some.T @ some)
    rotation = fixed_signs(directions[:, ::-1][:, :MAX_DIMS])
    return replace(scale, rotation=rotation)


def _with_missing_factor(scale: BlockScale, data: NDArray) -> BlockScale:
    if np.isnan(scale.missing_mean):
        return scale
    variances = _variances(scale, data)
    allowed = _MISSING_SHARE * variances[:-1].sum()
    if variances[-1] > allowed:
        return replace(scale, missing_factor=float(np.sqrt(allowed / variances[-1])))
    return scale


def _variances(scale: BlockScale, data: NDArray) -> NDArray[np.float64]:
    width = _apply(data[:1], scale).shape[1]
    total, squares = np.zeros(width), np.zeros(width)
    for start in range(0, len(data), CHUNK):
        part = _apply(data[start : start + CHUNK], scale)
        total += part.sum(axis=0)
        squares += (part**2).sum(axis=0)
    return squares / len(data) - (total / len(data)) ** 2


def _with_factor(scale: BlockScale, data: NDArray, weight: float) -> BlockScale:
    variances = _variances(scale, data)
    variance = float(variances.sum())
    if variance < 1e-12:
        return replace(scale, factor=0.0)
    # the number of equal columns that would spread the variance as these do
    rank = variance**2 / float((variances**2).sum())
    factor = np.sqrt(weight * rank / (rank + SHRINK) / variance)
    return replace(scale, factor=float(factor))


def _apply(data: NDArray, scale: BlockScale) -> NDArray[np.float64]:
    values = take(data, scale.columns).astype(np.float64)
    values -= scale.center
    values /= scale.spread
    missing = np.isnan(values)
    values[missing] = 0
    if np.isfinite(scale.clip):
        np.clip(values, -scale.clip, scale.clip, out=values)
    if not np.isnan(scale.missing_mean):
        gap = missing.mean(axis=1, keepdims=True) - scale.missing_mean
        values = np.hstack([values, gap * scale.missing_factor])
    if len(scale.rotation):
        values = values @ scale.rotation
    return values * scale.factor
