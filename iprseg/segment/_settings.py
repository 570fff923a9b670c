"""What a `Segmenter` was asked for, checked and completed."""

from collections.abc import Collection
from typing import Any

import numpy as np

from iprseg._check import check_option, check_whole, shown
from iprseg.errors import IprsegError
from iprseg.segment._edits import check_edits
from iprseg.segment._inputs import check_blocks, check_weights
from iprseg.segment._model import Settings

LAST_SEED = 2**31 - 1  # the largest that faiss takes
# Micro-clusters of 200,000 titles need 12,500 means to tell categories apart as well as
# the titles do (NMI .48 with 8,192, .51); those of signals are told apart by 8,192.
_MOST_VECTORS, _MOST_SIGNALS = 16_384, 8192
_BOUNDS: dict[str, tuple[int, int | None]] = {
    "min_cohort_size": (2, None),
    "min_samples": (1, None),
    "n_neighbors": (0, None),
    "max_coreset": (2, None),
    "random_state": (0, LAST_SEED),
}


def _check_vector_blocks(names: Any) -> None:
    """Refuse a lone string, in which any part of it would count as a block's name."""
    if isinstance(names, str) or not isinstance(names, Collection):
        raise IprsegError(
            "The 'vector_blocks' parameter of Segmenter must be a list of names of "
            f"blocks; got {shown(names)}."
        )


def settings_of(segmenter: Any, n_rows: int, methods: Collection[str]) -> Settings:
    """Check the parameters of a segmenter and complete those that depend on the data.

    Raises
    ------
    IprsegError
        When one is not what it must be.
    """
    check_option("method", segmenter.method, tuple(methods), "Segmenter")
    check_option("selection", segmenter.selection, ("eom", "leaf"), "Segmenter")
    _check_vector_blocks(segmenter.vector_blocks)
    if segmenter.blocks is not None:
        check_blocks(segmenter.blocks)
    check_weights(segmenter.weights)
    check_edits(segmenter.edits, "Segmenter")
    size = segmenter.min_cohort_size
    size = max(10, round(np.sqrt(n_rows) / 2)) if size is None else size
    vectors = vectors_alone(segmenter)
    samples, most = segmenter.min_samples, segmenter.max_coreset
    if most is None:
        most = _MOST_VECTORS if vectors else _MOST_SIGNALS
    whole = {"min_cohort_size": size, "max_coreset": most}
    whole |= {} if samples is None else {"min_samples": samples}
    whole |= {
        name: getattr(segmenter, name) for name in ("n_neighbors", "random_state")
    }
    for name, value in whole.items():
        low, high = _BOUNDS[name]
        check_whole(name, value, "Segmenter", low=low, high=high)
    return Settings(
        int(size),
        None if samples is None else int(samples),
        segmenter.selection,
        int(segmenter.n_neighbors),
        int(most),
        int(segmenter.random_state),
        vectors,
    )


def vectors_alone(segmenter: Any) -> bool:
    """Return whether no block of signals counts, so that rows are laid out."""
    if segmenter.blocks is None:
        return True
    weights = segmenter.weights or {}
    signals = set(segmenter.blocks) - set(segmenter.vector_blocks)
    return all(weights.get(name, 1) == 0 for name in signals)
