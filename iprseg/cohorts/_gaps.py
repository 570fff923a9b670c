"""Say in words what is not known of a cohort and is known of others."""

import numpy as np
import pandas as pd

from iprseg._labels import NOISE

# family of signals -> what is unknown where none of it has a value
_FAMILIES = {
    "B": "how its prices compare",
    "C": "its images",
    "D": "how it fits brand catalogues",
    "E": "how the seller acts",
    "F": "what buyers say",
    "G": "its history of notices",
    "H": "its links to other sellers",
    "I": "who promotes it",
}
_MOST = 3
# In half of the cohort, and twice as often as elsewhere, is worth a word.
_OFTEN, _TWICE = 0.5, 2.0


def gap_words(signals: pd.DataFrame, inside: np.ndarray) -> str:
    """Return what is mostly unknown of a cohort, and how often here and elsewhere.

    Parameters
    ----------
    signals : pandas.DataFrame, shape (n, k)
        Signals by entity; a family of which no column has a value is unknown.
    inside : ndarray of bool, shape (n,)
        Which rows are in the cohort.

    Examples
    --------
    >>> frame = pd.DataFrame({"B02_ratio": [np.nan] * 9 + [1.0] * 11, "A07_x": 0.0})
    >>> gap_words(frame, np.arange(20) < 10)
    'how its prices compare (unknown for 90 % here, 0 % elsewhere)'
    >>> gap_words(frame, np.arange(20) >= 10)
    ''
    """
    if inside.all() or not inside.any():
        return ""
    found = []
    for family, words in _FAMILIES.items():
        own = [c for c in signals.columns if str(c)[:1] == family]
        if not own:
            continue
        blank = signals[own].isna().all(axis=1).to_numpy()
        here, rest = float(blank[inside].mean()), float(blank[~inside].mean())
        if here >= _OFTEN and here >= _TWICE * rest:
            told = f"{words} (unknown for {_percent(here)} here, {_percent(rest)} "
            found.append((here - rest, told + "elsewhere)"))
    found.sort(key=lambda one: -one[0])
    return "; ".join(told for _, told in found[:_MOST])


def with_gaps(
    cohorts: pd.DataFrame, signals: pd.DataFrame, labels: pd.Series
) -> pd.DataFrame:
    """Add `gaps`, in words; those in no cohort have none in common."""
    told = [
        "" if cohort == NOISE else gap_words(signals, (labels == cohort).to_numpy())
        for cohort in cohorts.index
    ]
    return cohorts.assign(gaps=told)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
