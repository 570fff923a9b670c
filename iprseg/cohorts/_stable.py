"""Put the stability of cohorts beside what else is told of them."""

from typing import Any

import pandas as pd

from iprseg._labels import NOISE

_COLUMNS = {"verdict": "stability", "jaccard": "stability_jaccard"}


def with_stability(cohorts: pd.DataFrame, stability: Any) -> pd.DataFrame:
    """Add what `cohort_stability` found of each cohort.

    Parameters
    ----------
    cohorts : pandas.DataFrame
        By cohort.
    stability : CohortStability or None
        None leaves the frame as it is.

    Returns
    -------
    pandas.DataFrame
        With `stability`, the verdict ("not known" for a cohort it did not judge, ""
        for rows in no cohort), and `stability_jaccard`; ``attrs["stability"]`` is the
        summary.
    """
    if stability is None:
        return cohorts
    found = stability.cohorts[list(_COLUMNS)].rename(columns=_COLUMNS)
    added = found.reindex(cohorts.index)
    added["stability"] = added["stability"].fillna("not known")
    noise = added.index == NOISE
    added.loc[noise, "stability"] = ""
    joined = cohorts.drop(columns=added.columns, errors="ignore").join(added)
    joined.attrs = {**cohorts.attrs, "stability": stability.summary()}
    return joined
