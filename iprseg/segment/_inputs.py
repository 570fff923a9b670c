"""Check what a `Segmenter` is given, before anything is computed."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg._check import check_columns
from iprseg.errors import IprsegError, TableError

# Blocks count alike but for four. Meaning has dozens of dimensions and would turn
# cohorts of risk into topics. Price comparisons and feedback exist for a minority of
# rows, so that their variance tells mostly where there was something to compare. How
# large, broad and old a shop is varies as much within every kind of trade as between
# them: 78 % of its variance is within planted cohorts, 35-63 % of text's and price's.
DEFAULT_WEIGHTS = {"meaning": 0.2, "price": 0.5, "feedback": 0.25, "behaviour": 0.25}
# Beyond this all other blocks are rounding errors beside the one.
_MOST_WEIGHT = 1_000_000


def check_numeric(X: Any) -> None:
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
    listed = isinstance(blocks, Mapping) and all(map(_is_list, blocks.values()))
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


def block_positions(
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


def _is_list(columns: Any) -> bool:
    """Whether columns are listed, each by a name or a position.

    A set has no order and would give each process another result; a string would be
    read letter by letter.
    """
    listed = isinstance(columns, Sequence | np.ndarray | pd.Index | pd.Series)
    if not listed or isinstance(columns, str | bytes):
        return False
    return all(isinstance(column, Hashable) for column in columns)


def block_weights(
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
            f"and none above {_MOST_WEIGHT:,}; got {complete}."
        )
    return complete


def _is_weight(weight: Any) -> bool:
    number = isinstance(weight, int | float | np.integer | np.floating)
    return number and bool(0 <= weight <= _MOST_WEIGHT)


def ids_of(X: Any) -> pd.Index | None:
    """Return the index of a frame where it names its rows; a mere count does not.

    Examples
    --------
    >>> ids_of(pd.DataFrame({"a": [1.0]})) is None
    True
    >>> ids_of(pd.DataFrame({"a": [1.0]}, index=["L1"])).tolist()
    ['L1']
    """
    if not isinstance(X, pd.DataFrame) or isinstance(X.index, pd.RangeIndex):
        return None
    named = X.index.inferred_type in ("string", "integer") and X.index.is_unique
    return X.index if named else None


def check_order(name: str, given: Any, X: Any, owner: str) -> None:
    """Refuse a Series whose ids are not those of a frame, in its order."""
    ids = ids_of(X)
    if ids is None or not isinstance(given, pd.Series):
        return
    if ids_of(given.to_frame()) is not None and not given.index.equals(ids):
        raise IprsegError(
            f"The rows of {name!r} are not in the order of 'X' of {owner}: give "
            f"{name}.reindex(X.index)."
        )
