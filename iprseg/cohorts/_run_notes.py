"""What a run says beside its table."""

from typing import Any

import pandas as pd

from iprseg._labels import NOISE

# A suspicion of one standard deviation is worth a word.
_LEANS = 1.0
_EDITED = "Some cohorts are as an analyst merged or split them, not as they were found."


def notes_of_run(suspicion: pd.Series, level: str, edits: Any) -> list[str]:
    """Return the notes on those in no cohort and on edits."""
    return on_noise(suspicion, level) + ([] if edits is None else [_EDITED])


def on_noise(suspicion: pd.Series, level: str) -> list[str]:
    """Say where those in no cohort lean to the risky side: no rank tells it.

    Examples
    --------
    >>> on_noise(pd.Series({-1: 4.0, 0: 0.1, 1: 2.0}), "seller")[0][:42]
    'The sellers in no cohort lean further to t'
    >>> on_noise(pd.Series({-1: 0.2, 0: 0.1}), "seller")
    []
    """
    lean, rest = suspicion.get(NOISE, 0.0), suspicion.drop(NOISE, errors="ignore")
    below = int((rest < lean).sum())
    if lean < _LEANS or 2 * below <= len(rest):
        return []
    return [
        f"The {level}s in no cohort lean further to the risky side (suspicion "
        f"{lean:.1f}) than {below} of the {len(rest)} cohorts. They are unlike each "
        "other and have no rank as a group: look at them one by one."
    ]
