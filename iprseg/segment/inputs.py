"""What a `Segmenter` is given: rows, blocks, weights, and labels that shape a fit."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.errors import IprsegError, TableError
from iprseg.segment.model import apply_to_known_rows
from iprseg.segment.scaling import BlockScale, apply_scales, regress_leave_one_out
from iprseg.validation import UNLABELED, check_columns

# Blocks count alike but for four. Meaning has dozens of dimensions and would turn
# cohorts of risk into topics. Price comparisons and feedback exist for a minority of
# rows, so that their variance tells mostly where there was something to compare. How
# large, broad and old a shop is varies as much within every kind of trade as between
# them: 78 % of its variance is within planted cohorts, 35-63 % of text's and price's.
DEFAULT_WEIGHTS = {"meaning": 0.2, "price": 0.5, "feedback": 0.25, "behaviour": 0.25}
# Beyond this all other blocks are rounding errors beside the one.
_MAX_WEIGHT = 1_000_000


def check_numeric_columns(X: Any) -> None:
    """Refuse a frame without columns, with two of a name, or with one of no numbers."""
    if not isinstance(X, pd.DataFrame):
        return
    if X.shape[1] == 0:
        raise TableError(
            "Segmenter got a frame with 0 feature(s), that is no column: give one with "
            "at least one column of numbers."
        )
    if X.columns.has_duplicates:
        twice = sorted({repr(name) for name in X.columns[X.columns.duplicated()]})
        raise TableError(
            f"Segmenter tells columns by their names; more than one is called "
            f"{', '.join(twice)}: rename or drop one."
        )
    other = [str(name) for name, column in X.items() if not _holds_numbers(column)]
    if other:
        raise TableError(
            "Segmenter works on numbers; these columns hold none: "
            f"{', '.join(map(repr, other))}. Leave them out or turn them into signals."
        )


def _holds_numbers(column: pd.Series) -> bool:
    if column.dtype != np.dtype(object):
        real = not pd.api.types.is_complex_dtype(column.dtype)
        return real and bool(pd.api.types.is_numeric_dtype(column.dtype))
    try:
        numbers = pd.to_numeric(column, errors="coerce")
    except OverflowError:  # a whole number that no float can hold
        return False
    return numbers.notna().equals(column.notna())


def check_finite(data: NDArray, names: Sequence[Any]) -> None:
    """Refuse infinite values, naming the columns; NaN is missing and allowed."""
    wild = np.flatnonzero(np.isinf(data).any(axis=0))
    if len(wild):
        columns = ", ".join(repr(names[place]) for place in wild[:10])
        signs = {"inf": np.isposinf, "-inf": np.isneginf}
        found = " and ".join(sign for sign, is_ in signs.items() if is_(data).any())
        raise TableError(
            f"Segmenter found an infinite value ({found}) in column {columns}: replace "
            "it by NaN, which means missing."
        )


def check_blocks(blocks: Any) -> None:
    """Refuse blocks that are no mapping of names to lists of columns."""
    listed = isinstance(blocks, Mapping) and all(map(_is_column_list, blocks.values()))
    if not listed:
        raise IprsegError(
            "The 'blocks' parameter of Segmenter must map each block's name to a list "
            f"of columns, such as {{'price': ['B02', 'B05']}}; got {blocks!r}."
        )
    empty = [repr(name) for name, columns in blocks.items() if len(columns) == 0]
    if not blocks or empty:
        raise IprsegError(
            "The 'blocks' parameter of Segmenter must name at least one column per "
            f"block; got {', '.join(empty) or 'no block'}."
        )


def check_weights(weights: Any) -> None:
    """Refuse weights that are no mapping of names of blocks."""
    if weights is not None and not isinstance(weights, Mapping):
        raise IprsegError(
            "The 'weights' parameter of Segmenter must map names of blocks to numbers; "
            f"got {weights!r}."
        )


def locate_block_columns(
    blocks: Mapping[str, Sequence[Any]], names: Sequence[Any]
) -> dict[str, list[int]]:
    """Turn the columns of blocks into positions.

    Parameters
    ----------
    blocks : mapping of block name to columns
        Columns by name, or by position where the data have no names.
    names : sequence
        The columns of the data.

    Raises
    ------
    IprsegError
        When blocks are no mapping to lists, there is none, one is empty, or two share
        a column.
    TableError
        When a column is not in the data.
    """
    check_blocks(blocks)
    wanted = [column for columns in blocks.values() for column in columns]
    check_columns(pd.DataFrame(columns=list(names)), wanted, "The data of Segmenter")
    twice = sorted({repr(column) for column in wanted if wanted.count(column) > 1})
    if twice:
        raise IprsegError(
            "Each column of Segmenter may be in one block only; in more than one: "
            f"{', '.join(twice)}."
        )
    place = {name: position for position, name in enumerate(names)}
    return {block: [place[c] for c in columns] for block, columns in blocks.items()}


def _is_column_list(columns: Any) -> bool:
    """Whether columns are listed, each by a name or a position.

    A set has no order and would give each process another result; a string would be
    read letter by letter.
    """
    listed = isinstance(columns, Sequence | np.ndarray | pd.Index | pd.Series)
    if not listed or isinstance(columns, str | bytes):
        return False
    return all(isinstance(column, Hashable) for column in columns)


def complete_block_weights(
    blocks: Mapping[str, Any], weights: Mapping[str, float] | None
) -> dict[str, float]:
    """Complete the weights of blocks by `DEFAULT_WEIGHTS`, else 1."""
    check_weights(weights)
    given = dict(weights or {})
    unknown = [repr(name) for name in given if name not in blocks]
    if unknown:
        raise IprsegError(
            f"The 'weights' parameter of Segmenter names no block: {', '.join(unknown)}"
            f"; blocks: {', '.join(map(repr, blocks)) or 'none given'}."
        )
    complete = {
        name: given.get(name, DEFAULT_WEIGHTS.get(name, 1.0)) for name in blocks
    }
    sound = all(map(_is_weight, complete.values()))
    if not sound or not any(complete.values()):
        raise IprsegError(
            "The 'weights' parameter of Segmenter must hold numbers >= 0, not all 0 "
            f"and none above {_MAX_WEIGHT:,}; got {complete}."
        )
    return complete


def _is_weight(weight: Any) -> bool:
    number = isinstance(weight, int | float | np.integer | np.floating)
    return number and bool(0 <= weight <= _MAX_WEIGHT)


def get_row_ids(X: Any) -> pd.Index | None:
    """Return the index of a frame where it names its rows; a mere count does not.

    Examples
    --------
    >>> get_row_ids(pd.DataFrame({"a": [1.0]})) is None
    True
    >>> get_row_ids(pd.DataFrame({"a": [1.0]}, index=["L1"])).tolist()
    ['L1']
    """
    if not isinstance(X, pd.DataFrame) or isinstance(X.index, pd.RangeIndex):
        return None
    named = X.index.inferred_type in ("string", "integer") and X.index.is_unique
    return X.index if named else None


def check_row_order(name: str, given: Any, X: Any, owner: str) -> None:
    """Refuse a Series whose ids are not those of a frame, in its order."""
    ids = get_row_ids(X)
    if ids is None or not isinstance(given, pd.Series):
        return
    if get_row_ids(given.to_frame()) is not None and not given.index.equals(ids):
        raise IprsegError(
            f"The rows of {name!r} are not in the order of 'X' of {owner}: give "
            f"{name}.reindex(X.index)."
        )


# Where a block foretells the labels fully, so many times all variance is added along
# the directions that do. Which of these agrees best with the labels is taken.
_GAINS = (0.5, 3.0)
# A better agreement than without labels must not be chance.
_MIN_IMPROVEMENT = 0.01
# A class of fewer rows says more about these rows than about itself.
_MIN_CLASS_ROWS = 5
# R² that chance reaches now and then with so few labels, over one label.
_CHANCE_R2 = 4.0


def fit_with_labels(
    fit: Callable[..., Any],
    data: NDArray,
    scales: list[BlockScale],
    settings: Any,
    known: NDArray[np.bool_],
    y: NDArray[np.int64] | None,
) -> tuple[Any, NDArray[np.int64], NDArray[np.float64]]:
    """Fit the rows of which something is known, with the labels that there are."""
    if y is not None:
        fit = supervise_fit(fit, y[known] if known.any() else y)
    model, labels, strength = apply_to_known_rows(
        lambda rows: fit(rows, scales, settings), data, known
    )
    return model, labels, strength


def supervise_fit(fit: Callable[..., Any], y: NDArray[np.int64]) -> Callable[..., Any]:
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
        them at two strengths, see `stretch_scales`, and takes the cohorts of largest
        adjusted Rand index with the labels; those without, unless it is clearly larger.
    """

    def fit_and_compare(data: NDArray, scales: list[BlockScale], settings: Any) -> Any:
        """Fit without and with the labels, and keep what agrees with them best."""
        from sklearn.metrics import adjusted_rand_score

        known = y != UNLABELED
        tried = [fit(data, scales, settings)]
        for gain in _GAINS:
            stretched = stretch_scales(data, scales, y, gain)
            if any(new is not old for new, old in zip(stretched, scales, strict=True)):
                tried.append(fit(data, stretched, settings))
        agreed = [adjusted_rand_score(y[known], found[1][known]) for found in tried]
        best = int(np.argmax(agreed))
        return tried[best if agreed[best] > agreed[0] + _MIN_IMPROVEMENT else 0]

    return fit_and_compare


def stretch_scales(
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
    kinds = kinds[count >= _MIN_CLASS_ROWS]
    if len(kinds) < 2:
        return list(scales)
    classes = (y[known][:, None] == kinds).astype(np.float64)
    rows = [apply_scales(data[known], [scale]) for scale in scales]
    total = sum(
        float(apply_scales(data, [scale]).var(axis=0).sum()) for scale in scales
    )
    found = [_fit_class_directions(part, classes) for part in rows]
    told = np.array([share for _, share in found])
    if not told.any():
        return list(scales)
    # each class adds as much as its best block foretells of it, shared by the blocks
    added = gain * total * told.max(axis=0) / len(kinds) * told
    added /= np.maximum(told.sum(axis=0), 1e-12)
    return [
        _stretch_scale_along_classes(scale, data, direction, variance)
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


def _fit_class_directions(
    part: NDArray[np.float64], classes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the direction of each class, shape (d, c), and what it foretells, (c,)."""
    spread = part.std(axis=0)
    varies = spread > 1e-9 * max(float(spread.max(initial=0)), 1e-12)
    scaled = np.where(
        varies, (part - part.mean(axis=0)) / np.where(varies, spread, 1), 0
    )
    directions, share = regress_leave_one_out(scaled, classes - classes.mean(axis=0))
    directions = np.where(
        varies[:, None], directions / np.where(varies, spread, 1)[:, None], 0
    )
    return directions, np.clip(share - _CHANCE_R2 / len(part), 0, 1)


def _stretch_scale_along_classes(
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
