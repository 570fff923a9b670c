"""How many labels a wanted precision needs, and what precision a sample will give."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from iprseg.errors import IprsegError
from iprseg.validation import check_interval, format_value

_OWNER = "plan_sample"


def plan_sample(
    sizes: pd.Series | Mapping[str, int] | int,
    half_width: float,
    *,
    rates: pd.Series | Mapping[str, float] | float = 0.5,
    deff: float = 1.0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Count the labels needed, per stratum, for a rate known to within ± `half_width`.

    Parameters
    ----------
    sizes : Series, mapping or int
        Listings in the frame by stratum (N_h), or of the whole frame.
    half_width : float
        Half the length of the interval, as a share (0.02 for ± 2 points).
    rates : Series, mapping or float
        Rate expected, by stratum or everywhere; 0.5 is the most demanding.
    deff : float
        Design effect: how much sellers alike inside inflate the variance (1.5 to 3 is
        usual); 1 when listings are drawn and the rate is of this very frame.
    confidence : float
        Of the interval, in (0, 1).

    Returns
    -------
    DataFrame
        Index: stratum, then "all". `size`; `rate`; `n_stratum`: labels for
        ± `half_width` on this stratum by itself; `n_overall`: its share of the labels
        when only the rate of the whole frame needs that (Neyman allocation). In the
        row "all" they are summed.

    Raises
    ------
    IprsegError
        A size, rate or number out of range, or strata without a rate.

    Notes
    -----
    Normal approximation with finite-population correction (Cochran 1977, eq. 4.2 and
    5.25), and never fewer than a sample without a hit needs to bound the rate by twice
    the half width. Labels, not draws: add what skips will cost.

    Examples
    --------
    >>> sizes, rates = {"hot": 400, "cold": 100_000}, {"hot": 0.4, "cold": 0.02}
    >>> plan_sample(sizes, 0.02, rates=rates)["n_stratum"].to_dict()
    {'hot': 341, 'cold': 188, 'all': 529}
    >>> plan_sample(sizes, 0.02, rates=rates)["n_overall"].to_dict()
    {'hot': 3, 'cold': 189, 'all': 192}
    """
    check_interval("half_width", half_width, _OWNER, low=0, high=0.5, low_open=True)
    check_interval("deff", deff, _OWNER, low=0, low_open=True)
    check_interval(
        "confidence", confidence, _OWNER, low=0, high=1, low_open=True, high_open=True
    )
    table = _tabulate_strata(sizes, rates)
    size, rate = table["size"].to_numpy(float), table["rate"].to_numpy(float)
    z = stats.norm.ppf((1 + confidence) / 2)
    spread = rate * (1 - rate) * deff
    no_hit = np.log((1 - confidence) / 2) / np.log1p(-min(2 * half_width, 1 - 1e-9))
    own = spread * (z / half_width) ** 2
    own = np.maximum(own / (1 + own / size), no_hit / (1 + no_hit / size))
    share = size / size.sum()
    root = share * np.sqrt(spread)
    wanted = (half_width / z) ** 2
    total = root.sum() ** 2 / (wanted + (share * spread).sum() / size.sum())
    total = max(total, no_hit / (1 + no_hit / size.sum()))
    parts = root if root.sum() else share
    overall = np.maximum(total * parts / parts.sum(), np.minimum(2, size))
    table["n_stratum"] = _round_up(own, size)
    table["n_overall"] = _round_up(overall, size)
    whole = {
        "size": table["size"].sum(),
        "rate": float((share * rate).sum()),
        "n_stratum": table["n_stratum"].sum(),
        "n_overall": table["n_overall"].sum(),
    }
    table = pd.concat([table, pd.DataFrame(whole, index=["all"])])
    return table.rename_axis("stratum")


def _round_up(numbers: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Whole labels, never more than there are listings."""
    whole: np.ndarray = np.minimum(np.ceil(numbers - 1e-9), most).astype(int)
    return whole


def _tabulate_strata(
    sizes: pd.Series | Mapping[str, int] | int,
    rates: pd.Series | Mapping[str, float] | float,
) -> pd.DataFrame:
    if not isinstance(sizes, Mapping | pd.Series):
        sizes = {"frame": sizes}
    size = pd.Series(dict(sizes), dtype=float)
    if "all" in size.index:
        if len(size) > 1:
            raise IprsegError(
                "The 'sizes' parameter of plan_sample has a stratum named 'all', which "
                "is the name of the row of sums; call the stratum otherwise."
            )
        size.index = pd.Index(
            ["frame"]
        )  # what draw_sample calls a frame without strata
        if isinstance(rates, Mapping | pd.Series):
            rates = pd.Series({"frame": rates.get("all", np.nan)})
    if not len(size) or not ((size >= 1) & (size % 1 == 0)).all():
        raise IprsegError(
            "The 'sizes' parameter of plan_sample needs whole numbers of at least 1, "
            "the listings by stratum."
        )
    if isinstance(rates, Mapping | pd.Series):
        rate = pd.Series(dict(rates), dtype=float).reindex(size.index)
    else:
        rate = pd.Series(rates, index=size.index, dtype=float)
    wrong = rate.index[~rate.between(0, 1)]
    if len(wrong):
        raise IprsegError(
            f"The 'rates' parameter of plan_sample needs a rate from 0 to 1 for every "
            f"stratum; {format_value(wrong[0])} has {rate[wrong[0]]}."
        )
    return pd.DataFrame({"size": size.astype(int), "rate": rate})


_Z_95 = 1.96  # half widths are told for 95 %


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
    from iprseg.survey.plan import plan_sample

    part = sizes / sizes.sum()
    drawn = explore * part + (1 - explore) / len(sizes)
    cost = float((part**2 / drawn).sum())
    plan = plan_sample(sizes, half_width, deff=cost)
    labels = int(plan["n_overall"].iloc[-1])  # the row of all, the last
    return min(math.ceil(labels / (1 - shape_share)), int(sizes.sum())), labels


def compute_expected_half_widths(
    labels: pd.DataFrame, sizes: pd.Series
) -> tuple[float, float] | None:
    """Say how far off the rate of all may be once every drawn listing is labeled.

    At a rate of half, the most demanding.

    Parameters
    ----------
    labels : DataFrame
        What `read_labels` gives for every wave: stratum, role, seller_id.
    sizes : Series of int
        Listings in the frame by stratum.

    Returns
    -------
    (float, float) or None
        Where the listings of a seller are no more alike than others, and where they are
        all alike; None where a stratum has no listing that measures.

    Examples
    --------
    >>> labels = pd.DataFrame({"stratum": "all", "role": "measure"}, index=range(100))
    >>> labels["seller_id"] = [f"s{i // 4}" for i in range(100)]
    >>> widths = compute_expected_half_widths(labels, pd.Series({"all": 1000}))
    >>> [round(width, 3) for width in widths]
    [0.093, 0.186]
    """
    rows = labels[labels["role"] == "measure"]
    count = rows["stratum"].value_counts().reindex(sizes.index)
    if count.isna().any():
        return None
    left = (1 - count / sizes).clip(lower=0)  # what is all known is not left to chance
    part = rows["stratum"].map(sizes / sizes.sum() / count * np.sqrt(left))
    seller = rows["seller_id"].astype(object).fillna(rows.index.to_series())
    alone, alike = ((one**2).sum() for one in (part, part.groupby(seller).sum()))
    return _Z_95 * float(np.sqrt(alone)) / 2, _Z_95 * float(np.sqrt(alike)) / 2
