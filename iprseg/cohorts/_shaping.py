"""Classes of the labels that may shape cohorts."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg._check import check_columns
from iprseg._labels import UNLABELED


def shaping_classes(
    gold: pd.DataFrame | None, mp: Any, level: str, ids: pd.Index
) -> NDArray[np.int64] | None:
    """Turn labels of role *shape* into classes of rows, for `Segmenter.fit`.

    Labels that measure are left out: a rate of cohorts that were made with the very
    labels would say how well they were fitted, not how risky the cohorts are.

    Parameters
    ----------
    gold : DataFrame, index listing id, or None
        With ``role`` and ``status``, and ``primary`` (a code) or ``violative``.
    mp : Marketplace or dict of DataFrame
    level : {"listing", "seller"}
    ids : Index
        The rows.

    Returns
    -------
    array of int, shape (n_rows,), or None
        `UNLABELED` where no label shapes; None where none does at all. A seller's
        class is the most frequent of its listings' violations, where it has any, else
        the most frequent of its other codes.

    Examples
    --------
    >>> gold = pd.DataFrame(
    ...     {"role": ["shape", "measure"], "status": "labeled", "violative": 1.0},
    ...     index=["a", "b"],
    ... )
    >>> shaping_classes(gold, {}, "listing", pd.Index(["a", "b"])).tolist()
    [0, -2]
    """
    if gold is None:
        return None
    check_columns(gold, ["role", "status"], "The gold labels of find_cohorts")
    used = gold[(gold["role"] == "shape") & (gold["status"] == "labeled")]
    code = used["violative"] if "primary" not in used else used["primary"]
    code = code.dropna().astype(str)
    if level == "seller":
        bad = used["violative"].reindex(code.index) == 1
        code = _by_seller(code, bad, mp)
    code = code[~code.index.duplicated()].reindex(ids)
    numbers = pd.factorize(code, sort=True)[0].astype(np.int64)
    classes = np.where(numbers < 0, UNLABELED, numbers)
    return classes if (classes != UNLABELED).any() else None


def _by_seller(code: pd.Series, bad: pd.Series, mp: Any) -> pd.Series:
    listings = mp["listings"] if isinstance(mp, dict) else mp.listings
    if "listing_id" in listings:
        listings = listings.set_index("listing_id")
    known = pd.DataFrame(
        {"code": code, "bad": bad, "seller": listings["seller_id"].reindex(code.index)}
    ).dropna(subset="seller")
    telling = known[known["bad"] | ~known.groupby("seller")["bad"].transform("any")]
    return telling.groupby("seller")["code"].agg(lambda codes: codes.mode().iloc[0])
