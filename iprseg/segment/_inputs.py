"""Check what a `Segmenter` is given, before anything is computed."""

from collections.abc import Mapping, Sequence
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


def check_numeric(X: Any) -> None:
    """Refuse columns that hold no numbers, naming them."""
    if not isinstance(X, pd.DataFrame):
        return
    other = [str(name) for name, column in X.items() if not _holds_numbers(column)]
    if other:
        raise TableError(
            "Segmenter works on numbers; these columns hold none: "
            f"{', '.join(map(repr, other))}. Leave them out or turn them into signals."
        )


def _holds_numbers(column: pd.Series) -> bool:
    if column.dtype != np.dtype(object):
        return bool(pd.api.types.is_numeric_dtype(column.dtype))
    return pd.to_numeric(column, errors="coerce").notna().equals(column.notna())


def check_finite(data: NDArray, names: Sequence[Any]) -> None:
    """Refuse infinite values, naming the columns; NaN is missing and allowed."""
    wild = np.flatnonzero(np.isinf(data).any(axis=0))
    if len(wild):
        columns = ", ".join(repr(names[place]) for place in wild[:10])
        raise TableError(
            f"Segmenter found an infinite value (inf) in column {columns}: replace it "
            "by NaN, which means missing."
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
        When there is no block, a block is empty, or two blocks share a column.
    TableError
        When a column is not in the data.
    """
    empty = [repr(name) for name, columns in blocks.items() if len(columns) == 0]
    if not blocks or empty:
        raise IprsegError(
            "The 'blocks' parameter of Segmenter must name at least one column per "
            f"block; got {', '.join(empty) or 'no block'}."
        )
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


def block_weights(
    blocks: Mapping[str, Any], weights: Mapping[str, float] | None
) -> dict[str, float]:
    """Complete the weights of blocks by `DEFAULT_WEIGHTS`, else 1."""
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
    if any(not np.isfinite(w) or w < 0 for w in complete.values()) or not any(
        complete.values()
    ):
        raise IprsegError(
            "The 'weights' parameter of Segmenter must hold numbers >= 0, not all 0; "
            f"got {complete}."
        )
    return complete
