"""How many listings a wanted precision needs, as `iprseg draw` draws them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

Z = 1.96  # half widths are told for 95 %


def plan_draw_size(
    sizes: pd.Series, half_width: float, explore: float, shape_share: float
) -> tuple[int, int]:
    """Choose how many listings to draw for a rate of all known to within a half width.

    Parameters
    ----------
    sizes : Series of int
        Listings in the frame by stratum.
    half_width : float
    explore, shape_share : float
        As the draw will have them: equal parts of each stratum cost labels compared
        with a draw that is even over all listings, and labels that shape measure
        nothing. `shape_share` is below 1.

    Returns
    -------
    n : int
        Listings to draw, at most all of them.
    labels : int
        Labels that measure among them.

    Examples
    --------
    >>> plan_draw_size(pd.Series({"all": 100_000}), 0.05, 0.2, 0.5)
    (766, 383)
    """
    from iprseg.survey import plan_sample

    part = sizes / sizes.sum()
    drawn = explore * part + (1 - explore) / len(sizes)
    cost = float((part**2 / drawn).sum())
    plan = plan_sample(sizes, half_width, deff=cost)
    labels = int(plan["n_overall"].iloc[-1])  # the row of all, the last
    return min(math.ceil(labels / (1 - shape_share)), int(sizes.sum())), labels


def expected_half_widths(
    gold: pd.DataFrame, sizes: pd.Series
) -> tuple[float, float] | None:
    """Say how far off the rate of all may be once every drawn listing is labeled.

    At a rate of half, the most demanding.

    Parameters
    ----------
    gold : DataFrame
        What `gold_labels` gives for every wave: stratum, role, seller_id.
    sizes : Series of int
        Listings in the frame by stratum.

    Returns
    -------
    (float, float) or None
        Where the listings of a seller are no more alike than others, and where they are
        all alike; None where a stratum has no listing that measures.

    Examples
    --------
    >>> gold = pd.DataFrame({"stratum": "all", "role": "measure"}, index=range(100))
    >>> gold["seller_id"] = [f"s{i // 4}" for i in range(100)]
    >>> widths = expected_half_widths(gold, pd.Series({"all": 1000}))
    >>> [round(width, 3) for width in widths]
    [0.093, 0.186]
    """
    rows = gold[gold["role"] == "measure"]
    count = rows["stratum"].value_counts().reindex(sizes.index)
    if count.isna().any():
        return None
    left = (1 - count / sizes).clip(lower=0)  # what is all known is not left to chance
    part = rows["stratum"].map(sizes / sizes.sum() / count * np.sqrt(left))
    seller = rows["seller_id"].astype(object).fillna(rows.index.to_series())
    alone, alike = ((one**2).sum() for one in (part, part.groupby(seller).sum()))
    return Z * float(np.sqrt(alone)) / 2, Z * float(np.sqrt(alike)) / 2
