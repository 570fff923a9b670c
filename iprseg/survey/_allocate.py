"""Share a number of draws over strata."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["allocate"]


def allocate(
    total: int, cap: ArrayLike, floor: ArrayLike, share: ArrayLike
) -> NDArray[np.int64]:
    """Split `total` by `share`, at least `floor` and at most `cap` in each stratum.

    Strata that are full pass their part on; what rounding leaves goes to the largest
    fractions. When every stratum with a share is full the rest fills the others, so
    that the sum is always ``min(total, sum(cap))``; floors must fit in `total`.

    Examples
    --------
    >>> allocate(10, cap=[100, 3, 100], floor=[1, 1, 1], share=[1, 1, 0]).tolist()
    [6, 3, 1]
    """
    cap = np.asarray(cap, dtype=np.int64)
    parts = np.asarray(share, dtype=float)
    parts = parts / max(parts.max(), 1e-300)
    parts = np.where(parts < 1e-9, 0.0, parts)
    given = np.minimum(np.asarray(floor, dtype=np.int64), cap)
    total = int(min(total, cap.sum()))
    while (rest := total - int(given.sum())) > 0:
        open_ = given < cap
        weight = np.where(open_, parts, 0.0)
        if weight.sum() <= 0:
            weight = np.where(open_, cap - given, 0).astype(float)
        # aim at the final share, not at equal additions on top of the floors
        aim = _level(given, cap, weight, rest)
        add = np.minimum(np.floor(aim), cap - given).astype(np.int64)
        if add.sum() == 0:
            order = np.argsort(-np.where(open_, aim, -1.0), kind="stable")
            add[order[: min(rest, int((weight > 0).sum()))]] = 1
        given = given + add
    return given


def _level(
    given: NDArray[np.int64],
    cap: NDArray[np.int64],
    weight: NDArray[np.float64],
    rest: int,
) -> NDArray[np.float64]:
    """Additions that bring strata to a common level relative to their weight."""
    used = weight > 0
    for _ in range(len(weight)):
        level = (rest + given[used].sum()) / weight[used].sum()
        over = used & (given > level * weight)
        if not over.any():
            break
        used &= ~over
    aim = np.where(used, level * weight - given, 0.0)
    return np.minimum(aim, cap - given)
