"""The protective score beside the risk."""

import pandas as pd

from iprseg.cohorts.phrases import signal_id

_SCORE = "J05"


def protective_score(signals: pd.DataFrame) -> pd.Series | None:
    """Return the protective score of each entity, None where it was not computed."""
    own = [column for column in signals.columns if signal_id(str(column)) == _SCORE]
    known = bool(own) and bool(signals[own[0]].notna().any())
    return signals[own[0]].astype(float) if known else None


def with_protective(
    cohorts: pd.DataFrame, score: pd.Series | None, labels: pd.Series
) -> pd.DataFrame:
    """Add the mean score of each cohort, and of all others, where it is known.

    Examples
    --------
    >>> score, labels = pd.Series([1.0, 0.5, 0.0]), pd.Series([0, 0, 1])
    >>> with_protective(pd.DataFrame(index=[0]), score, labels).to_dict("records")
    [{'protective': 0.75, 'protective_rest': 0.0}]
    """
    if score is None:
        return cohorts
    own = score.reindex(labels.index)
    inside = {cohort: (labels == cohort).to_numpy() for cohort in cohorts.index}
    return cohorts.assign(
        protective=[own[inside[one]].mean() for one in cohorts.index],
        protective_rest=[own[~inside[one]].mean() for one in cohorts.index],
    )
