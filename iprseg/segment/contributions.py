"""Which blocks set each cohort apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from iprseg._labels import NOISE
from iprseg.errors import IprsegError
from iprseg.segment._inputs import block_positions
from iprseg.segment._scale import BlockScale


def block_contributions(
    parts: Sequence[NDArray[np.float64]],
    names: Sequence[str],
    labels: ArrayLike,
) -> pd.DataFrame:
    """Share of each cohort's distance from the others that each block makes up.

    Parameters
    ----------
    parts : sequence of arrays, each of shape (n, d_block)
        The rows as distances see them, block by block.
    names : sequence of str
        Names of the blocks.
    labels : array of int, shape (n,)
        Cohort of each row, or `NOISE`.

    Returns
    -------
    DataFrame, index ``cohort``, one column per block
        Squared distance between the mean of the cohort and that of all other rows
        within the block, over that of all blocks; rows sum to 1, and are NaN where a
        cohort is all there is or lies where the others do. Noise is no cohort, but one
        of the others.

    Raises
    ------
    IprsegError
        When there are not as many labels as rows.

    Examples
    --------
    >>> price, text = np.array([[0.0], [0.0], [3.0]]), np.array([[0.0], [0.0], [4.0]])
    >>> found = block_contributions([price, text], ["price", "text"], [0, 0, 1])
    >>> found.loc[0].to_dict()
    {'price': 0.36, 'text': 0.64}
    """
    labels = np.asarray(labels)
    if labels.shape != (len(parts[0]),):
        raise IprsegError(
            f"Contributions need one label per row: {len(parts[0])} rows, but labels "
            f"of shape {labels.shape}."
        )
    rows = np.flatnonzero(labels != NOISE)
    cohorts, place, sizes = np.unique(
        labels[rows], return_inverse=True, return_counts=True
    )
    ones = np.ones(len(rows))
    members = sparse.csr_array((ones, (place, rows)), shape=(len(cohorts), len(labels)))
    others = (len(labels) - sizes)[:, None]
    squared = np.full((len(cohorts), len(parts)), np.nan)
    for column, part in enumerate(parts):
        # of the mean of all a cohort is as far as the others, but for their numbers
        off = members @ (part - part.mean(axis=0)) / sizes[:, None]
        gap = np.divide(off * len(labels), others, where=others > 0, out=off * np.nan)
        squared[:, column] = (gap**2).sum(axis=1)
    total = squared.sum(axis=1, keepdims=True)
    blank = np.full(squared.shape, np.nan)
    share = np.divide(squared, total, out=blank, where=total > 0)
    index = pd.Index(cohorts, name="cohort")
    return pd.DataFrame(share, index=index, columns=list(names))


def block_names(
    scales: Sequence[BlockScale],
    blocks: Mapping[str, Sequence[Any]] | None,
    names: Sequence[Any],
) -> list[str]:
    """Return the names of the blocks of a fit, ``["all"]`` where there are none.

    Raises
    ------
    IprsegError
        When the blocks are not those of the fit any more.
    """
    columns = {"all": list(range(len(names)))}
    if blocks is not None:
        columns = block_positions(blocks, names)
    if list(columns.values()) != [scale.columns.tolist() for scale in scales]:
        raise IprsegError(
            "The 'blocks' parameter of this Segmenter was changed after its fit: fit "
            "it again, or set the blocks back, before asking for contributions."
        )
    return list(columns)
