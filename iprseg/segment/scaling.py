"""Put blocks of columns on one scale, so that distances mean the same in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

MAX_DIMS = 96
# A vector is clipped where it is wildly off (`_compute_ordinary_reach`); beyond
# this its squares
# would be no use any more.
_MAX_CLIP = 2.0**40
_MAX_SPREADS_FROM_ORIGIN = 1e3  # spreads from the origin
# What is missing may add this share to the variance of what is known: most gaps say
# where there was something to measure, not what kind of trade it is.
_MAX_MISSING_VARIANCE = 0.1
# A block of one or two columns would carry as much as one of twenty and split
# everything by a single signal; it gets rank / (rank + SHRINK) of its weight.
RANK_SHRINKAGE = 3.0
# A direction of which other blocks foretell no more than this share is left out.
_MIN_CORROBORATED_SHARE = 0.05
# A rare flag varies less than this; it may count as if it did not, no more.
_MIN_SPREAD = 0.3


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
        _fit_block_scale(data, np.asarray(columns, np.int64), vector)
        for columns, vector in zip(blocks.values(), vectors, strict=True)
    ]
    scales = _add_corroborated_directions(scales, vectors, data)
    return [
        _set_block_factor(_add_rotation(scale, data), data, weights[name])
        for name, scale in zip(blocks, scales, strict=True)
    ]


def build_identity_scale(data: NDArray) -> list[BlockScale]:
    """Return the scale that leaves one block of all columns as it is.

    More than 96 columns are still rotated to their 96 principal directions, and a value
    that is wildly off is held (`_compute_ordinary_reach`).
    """
    columns = np.arange(data.shape[1])
    scale = _add_rotation(_fit_block_scale(data, columns, vector=True), data)
    plain = not len(scale.rotation) and np.isnan(scale.missing_mean)
    if plain and not _is_far_from_origin(data, scale) and not _is_clipped(data, scale):
        scale = replace(scale, center=np.zeros(len(columns)), clip=_MAX_CLIP)
    return [scale]


def _is_far_from_origin(data: NDArray, scale: BlockScale) -> bool:
    """Whether rows lie so far out that their squares lose what tells them apart."""
    size = np.abs(scale.center / scale.spread).max()
    return bool(
        size > _MAX_SPREADS_FROM_ORIGIN * np.sqrt(_compute_variances(scale, data).max())
    )


def _is_clipped(data: NDArray, scale: BlockScale) -> bool:
    """Whether some row lies farther out than is believed."""
    starts = range(0, len(data), _CHUNK_ROWS)
    parts = (data[at : at + _CHUNK_ROWS] - scale.center for at in starts)
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
        np.hstack(
            [_apply_scale(data[start : start + _CHUNK_ROWS], scale) for scale in scales]
        )
        for start in range(0, len(data), _CHUNK_ROWS)
    ]
    return np.vstack(parts)


def _fit_block_scale(
    data: NDArray, columns: NDArray[np.int64], vector: bool
) -> BlockScale:
    share = compute_missing_share(data, columns)
    varies = bool(share.max() > share.min())
    missing_mean = float(share.mean()) if varies else np.nan
    if vector:
        unit = _find_power_of_two_unit(data, columns)
        middle, limit = _compute_ordinary_reach(data, columns)
        clip = min(limit / unit, _MAX_CLIP) if limit > 0 else _MAX_CLIP
        center = _compute_column_means(data, columns, unit, middle, limit or np.inf)
        spread = np.full(len(columns), unit)
    else:
        values = data[:, columns]
        center, spread = _compute_robust_scale(values, np.isnan(values))
        clip = _CLIP
    scale = BlockScale(
        columns, center, spread, clip, missing_mean, 1.0, np.zeros((0, 0)), 1.0
    )
    return _add_missing_factor(scale, data)


def _add_corroborated_directions(
    scales: list[BlockScale], vectors: list[bool], data: NDArray
) -> list[BlockScale]:
    """Let the directions of a block count as far as other blocks bear them out.

    A vector is judged as a whole already: its columns stay as they are. So does a block
    in which nothing is borne out, and one without other blocks.
    """
    step = -(-len(data) // _SAMPLE_ROWS)
    parts = [_apply_scale(data[::step], scale) for scale in scales]
    found = find_corroborated_directions(parts, _MIN_SPREAD)
    turned = []
    how = zip(scales, vectors, parts, found, strict=True)
    for scale, vector, part, (directions, share) in how:
        borne = share > _MIN_CORROBORATED_SHARE
        if not vector and borne.any():
            rotation = directions[:, borne] * np.sqrt(share[borne])
            rotation = _limit_missing_variance(rotation[:, :MAX_DIMS], part, scale)
            scale = replace(scale, rotation=rotation)
        turned.append(scale)
    return turned


def _limit_missing_variance(
    rotation: NDArray[np.float64], part: NDArray[np.float64], scale: BlockScale
) -> NDArray[np.float64]:
    """Keep what is missing, the last column, within its share of a block's variance.

    Where what is known hardly varies, its gaps would else be all that the block says.
    """
    if np.isnan(scale.missing_mean):
        return rotation
    known = (part[:, :-1] @ rotation[:-1]).var(axis=0).sum()
    gap = (part[:, -1:] @ rotation[-1:]).var(axis=0).sum()
    if gap > _MAX_MISSING_VARIANCE * known:
        rotation = rotation.copy()
        rotation[-1] *= np.sqrt(_MAX_MISSING_VARIANCE * known / gap)
    return rotation


def _add_rotation(scale: BlockScale, data: NDArray) -> BlockScale:
    if len(scale.columns) <= MAX_DIMS or len(scale.rotation):
        return scale
    some = _apply_scale(data[:: -(-len(data) // _SAMPLE_ROWS)], scale)
    some -= some.mean(axis=0)
    _, directions = np.linalg.eigh(some.T @ some)
    rotation = _fix_signs(directions[:, ::-1][:, :MAX_DIMS])
    return replace(scale, rotation=rotation)


def _add_missing_factor(scale: BlockScale, data: NDArray) -> BlockScale:
    if np.isnan(scale.missing_mean):
        return scale
    variances = _compute_variances(scale, data)
    allowed = _MAX_MISSING_VARIANCE * variances[:-1].sum()
    if variances[-1] > allowed:
        return replace(scale, missing_factor=float(np.sqrt(allowed / variances[-1])))
    return scale


def _compute_variances(scale: BlockScale, data: NDArray) -> NDArray[np.float64]:
    width = _apply_scale(data[:1], scale).shape[1]
    total, squares = np.zeros(width), np.zeros(width)
    for start in range(0, len(data), _CHUNK_ROWS):
        part = _apply_scale(data[start : start + _CHUNK_ROWS], scale)
        total += part.sum(axis=0)
        squares += (part**2).sum(axis=0)
    return squares / len(data) - (total / len(data)) ** 2


def _set_block_factor(scale: BlockScale, data: NDArray, weight: float) -> BlockScale:
    variances = _compute_variances(scale, data)
    variance = float(variances.sum())
    if variance < 1e-12:
        return replace(scale, factor=0.0)
    # the number of equal columns that would spread the variance as these do
    rank = variance**2 / float((variances**2).sum())
    factor = np.sqrt(weight * rank / (rank + RANK_SHRINKAGE) / variance)
    return replace(scale, factor=float(factor))


def _apply_scale(data: NDArray, scale: BlockScale) -> NDArray[np.float64]:
    values = _select_columns(data, scale.columns).astype(np.float64)
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


# Beyond this many robust standard deviations a value is only "very far": one wild
# price must not outweigh every other signal of its row.
_CLIP = 4.0
_CHUNK_ROWS = 50_000
# Rows from which is learned which directions count.
_SAMPLE_ROWS = 20_000
_MEDIAN_ROWS = 2_000  # rows that tell the middle of a column well enough
_REACH_QUANTILE, _REACH_FACTOR = 0.999, 10.0
_FAR_QUANTILE = 0.99
_MAX_EXPONENT = 40  # binary orders of magnitude
_NORMAL_IQR = 1.349  # interquartile range of the standard normal distribution


def _select_columns(data: NDArray, columns: NDArray[np.int64]) -> NDArray:
    """Return some columns: a view, not a copy, where they stand side by side."""
    if len(columns) and (np.diff(columns) == 1).all():
        return data[:, columns[0] : columns[-1] + 1]
    return data[:, columns]


def compute_missing_share(
    data: NDArray, columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the share of the columns that is missing in each row."""
    starts = range(0, len(data), _CHUNK_ROWS)
    parts = [
        np.isnan(_select_columns(data[at : at + _CHUNK_ROWS], columns)) for at in starts
    ]
    return np.concatenate([part.mean(axis=1) for part in parts])


def _find_power_of_two_unit(data: NDArray, columns: NDArray[np.int64]) -> float:
    """Return a power of two near the middle of values whose squares are no numbers."""
    values = np.abs(_select_columns(data[:: -(-len(data) // _SAMPLE_ROWS)], columns))
    known = values[(values > 0) & ~np.isnan(values)]
    exponent = int(np.frexp(np.median(known))[1]) if len(known) else 0
    return 1.0 if abs(exponent) <= _MAX_EXPONENT else 2.0 ** (exponent - 1)


def _compute_ordinary_reach(
    data: NDArray, columns: NDArray[np.int64]
) -> tuple[NDArray[np.float64], float]:
    """Return the middle of each column, and how far from it a value can be believed.

    Ten times as far as all but one row in a thousand lie. Beyond it a value would be
    most of the block's variance, and beside it all other rows would look alike.

    Examples
    --------
    >>> rows = np.array([[0.0], [1.0], [2.0], [1e9]])
    >>> middle, limit = _compute_ordinary_reach(rows, np.array([0]))
    >>> middle.tolist(), limit
    ([1.5], 15.0)
    """
    some = _select_columns(data[:: -(-len(data) // _SAMPLE_ROWS)], columns).astype(
        np.float64
    )
    few = some[:: -(-len(some) // _MEDIAN_ROWS)]
    known = [column[~np.isnan(column)] for column in few.T]
    middle = np.array([np.median(one) if len(one) else 0.0 for one in known])
    away = np.abs(some - middle)
    away[np.isnan(away)] = 0
    far = np.quantile(away.max(axis=1, initial=0), _REACH_QUANTILE, method="lower")
    return middle, _REACH_FACTOR * float(far)


def _compute_column_means(
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
    for start in range(0, len(data), _CHUNK_ROWS):
        values = _select_columns(data[start : start + _CHUNK_ROWS], columns)
        values = np.clip(values, middle - limit, middle + limit)
        missing = np.isnan(values)
        if missing.any():
            values = np.where(missing, 0, values)
        total += (values / unit).sum(axis=0, dtype=np.float64)
        known += len(values) - missing.sum(axis=0)
    return total / np.maximum(known, 1) * unit


def _compute_robust_scale(
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
            wide = float(np.quantile(away, _FAR_QUANTILE)) / _CLIP if len(away) else 0.0
        if wide > 1e-12 * max(1.0, float(np.abs(known).max())):
            spread[place] = wide
    return center, spread


# Of the correlation matrix; keeps columns that say the same from cancelling out.
RIDGE_PENALTY = 0.05
_MAX_STANDARD_VALUE = 5.0
_MIN_LEVERAGE_LEFT = 0.05


def find_corroborated_directions(
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
    >>> directions, share = find_corroborated_directions([price, kind[:, None]], 0.3)[0]
    >>> share.round(1).tolist(), np.abs(directions).argmax(axis=0).tolist()
    ([1.0, 0.0], [1, 0])
    """
    standard = [_standardise_columns(part) for part in parts]
    found = []
    for place, part in enumerate(parts):
        spread = np.maximum(part.std(axis=0), least_spread)
        target = (part - part.mean(axis=0)) / spread
        others = [other for at, other in enumerate(standard) if at != place]
        columns = np.hstack(others) if others else np.zeros((len(part), 1))
        fitted = columns @ regress_leave_one_out(columns, target)[0]
        _, turn = np.linalg.eigh(fitted.T @ fitted)
        turn = _fix_signs(turn[:, ::-1])
        share = regress_leave_one_out(columns, target @ turn)[1]
        found.append((turn / spread[:, None], share))
    return found


def _standardise_columns(part: NDArray[np.float64]) -> NDArray[np.float64]:
    centered = part - part.mean(axis=0)
    spread = centered.std(axis=0)
    varies = spread > 1e-9 * max(1.0, float(spread.max(initial=0)))
    scaled = np.where(varies, centered / np.where(varies, spread, 1), 0)
    # one row far out must not foretell itself
    return np.clip(scaled, -_MAX_STANDARD_VALUE, _MAX_STANDARD_VALUE)


def regress_leave_one_out(
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
    scatter = columns.T @ columns / n + RIDGE_PENALTY * np.eye(columns.shape[1])
    solved = np.linalg.solve(scatter, columns.T @ target / n)
    coefficients = np.asarray(solved, dtype=np.float64)
    missed = target - columns @ coefficients
    # leaving a row out changes its error by 1 / (1 - its leverage)
    leverage = np.einsum("ij,ji->i", columns, np.linalg.solve(scatter, columns.T)) / n
    missed /= np.maximum(1 - leverage, _MIN_LEVERAGE_LEFT)[:, None]
    total = (target**2).mean(axis=0)
    error = np.divide(
        (missed**2).mean(axis=0), total, out=np.ones(len(total)), where=total > 0
    )
    return coefficients, np.clip(1 - error, 0, 1)


# A million vectors in double precision, once more centred, would take six gigabytes.
_CHUNK_VECTORS = 50_000


def fit_pca_axes(
    vectors: NDArray[np.floating], n_components: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the main directions of vectors.

    Parameters
    ----------
    vectors : array, shape (n, d)
        A row that holds NaN, or only zeros (a text without a word), is missing.
    n_components : int

    Returns
    -------
    (centre, axes) : arrays, shapes (d,) and (d, min(n_components, d))
        Axes are NaN where every vector is missing.

    Examples
    --------
    >>> centre, axes = fit_pca_axes(np.array([[1.0, 0.0], [3.0, 0.0], [0.0, 0.0]]), 1)
    >>> centre.tolist(), axes.ravel().tolist()
    ([2.0, 0.0], [1.0, 0.0])
    """
    d = vectors.shape[1]
    both = [(part, _mask_known_vectors(part)) for part in _split_vectors(vectors)]
    n_known = sum(int(rows.sum()) for _, rows in both)
    if n_known == 0:
        return np.zeros(d), np.full((d, min(n_components, d)), np.nan)
    mean = sum(part[rows].sum(axis=0, dtype=np.float64) for part, rows in both)
    mean /= n_known
    gram = np.zeros((d, d))
    for part, rows in both:
        centered = part[rows] - mean
        gram += centered.T @ centered
    _, directions = np.linalg.eigh(gram)
    return mean, _fix_signs(directions[:, ::-1][:, :n_components])


def project_on_axes(
    vectors: NDArray[np.floating],
    centre: NDArray[np.float64],
    axes: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the place of vectors on axes, NaN where the vector is missing.

    Examples
    --------
    >>> axes = np.array([[1.0], [0.0]])
    >>> project_on_axes(np.array([[3.0, 5.0], [0.0, 0.0]]), np.ones(2), axes).tolist()
    [[2.0], [nan]]
    """
    places = np.full((len(vectors), axes.shape[1]), np.nan)
    start = 0
    for part in _split_vectors(vectors):
        rows = _mask_known_vectors(part)
        places[start : start + len(part)][rows] = (part[rows] - centre) @ axes
        start += len(part)
    return places


def _split_vectors(
    vectors: NDArray[np.floating],
) -> list[NDArray[np.floating]]:
    starts = range(0, len(vectors), _CHUNK_VECTORS)
    return [vectors[start : start + _CHUNK_VECTORS] for start in starts]


def _mask_known_vectors(part: NDArray[np.floating]) -> NDArray[np.bool_]:
    return np.isfinite(part).all(axis=1) & part.any(axis=1)


def _fix_signs(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make the largest entry of each column positive.

    An eigenvector has either sign; this choice gives the same columns everywhere.
    """
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[largest, np.arange(directions.shape[1])])
    return directions * np.where(signs == 0, 1, signs)
