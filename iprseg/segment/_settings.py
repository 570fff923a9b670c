"""What a `Segmenter` was asked for, checked and completed."""

from collections.abc import Collection
from typing import Any

import numpy as np

from iprseg._check import check_interval, check_option
from iprseg.segment._model import Settings


def settings_of(segmenter: Any, n_rows: int, methods: Collection[str]) -> Settings:
    """Check the parameters of a segmenter and complete those that depend on the data.

    Raises
    ------
    IprsegError
        When one is not what it must be.
    """
    check_option("method", segmenter.method, methods, "Segmenter")
    check_option("selection", segmenter.selection, ("eom", "leaf"), "Segmenter")
    size = segmenter.min_cohort_size
    size = max(10, round(np.sqrt(n_rows) / 2)) if size is None else size
    samples = size if segmenter.min_samples is None else segmenter.min_samples
    check_interval("min_cohort_size", size, "Segmenter", low=2)
    check_interval("min_samples", samples, "Segmenter", low=1)
    check_interval("n_neighbors", segmenter.n_neighbors, "Segmenter", low=0)
    check_interval("max_coreset", segmenter.max_coreset, "Segmenter", low=2)
    check_interval("random_state", segmenter.random_state, "Segmenter", low=0)
    return Settings(
        int(size),
        int(samples),
        segmenter.selection,
        int(segmenter.n_neighbors),
        int(segmenter.max_coreset),
        int(segmenter.random_state),
        _vectors_alone(segmenter),
    )


def _vectors_alone(segmenter: Any) -> bool:
    if segmenter.blocks is None:
        return True
    weights = segmenter.weights or {}
    signals = set(segmenter.blocks) - set(segmenter.vector_blocks)
    return all(weights.get(name, 1) == 0 for name in signals)
