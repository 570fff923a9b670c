"""Markets, languages and scripts of which a card may speak."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["pooled_groups"]

_NAMED = 5


def pooled_groups(groups: pd.Series, owner: np.ndarray, min_sellers: int) -> pd.Series:
    """Join the groups of few sellers, so that none of them can be told from the rest.

    They become one group that names them; where they have too few sellers together, the
    next larger group joins them, because a single one left out follows by subtraction.

    Parameters
    ----------
    groups : Series
        Group of each row; NaN is "unknown".
    owner : ndarray, shape (n,)
        Seller of each row.
    min_sellers : int

    Examples
    --------
    >>> groups = pd.Series(["BR"] * 4 + ["AE", None])
    >>> pooled_groups(groups, np.array(list("abcdef")), 2).tolist()
    ['BR', 'BR', 'BR', 'BR', 'others (AE, unknown)', 'others (AE, unknown)']
    """
    names = groups.astype(object).where(groups.notna(), "unknown").map(str)
    held = pd.Series(owner).groupby(names.to_numpy()).nunique().sort_values()
    few = list(held.index[held < min_sellers])
    if not few:
        return names
    for name in held.index[len(few) :]:
        if len(np.unique(owner[names.isin(few)])) >= min_sellers:
            break
        few.append(name)
    told = sorted(few)[:_NAMED] + ["…"] * (len(few) > _NAMED)
    return names.mask(names.isin(few), f"others ({', '.join(told)})")
