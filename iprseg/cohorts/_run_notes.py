"""What a run says beside its table."""

from typing import Any

import pandas as pd

from iprseg._labels import NOISE
from iprseg.cohorts.suspicion import LEANS

_FEW = 10  # are not counted out: a report goes to many
_EDITED = "Some cohorts are as an analyst merged or split them, not as they were found."


def run_notes(
    suspicion: pd.Series, level: str, n_suspects: int, edits: Any
) -> list[str]:
    """Return the notes on the order, on those in no cohort, and on edits."""
    notes = [*_on_order(suspicion, level), *on_noise(suspicion, level)]
    notes += _on_suspects(n_suspects, level)
    return notes if edits is None else [*notes, _EDITED]


def _on_order(suspicion: pd.Series, level: str) -> list[str]:
    """Say where no cohort is above the rest: then the first is no more than first.

    Examples
    --------
    >>> _on_order(pd.Series({0: 0.2, 1: -2.0, -1: 4.0}), "seller")[0][:45]
    'No cohort of sellers leans clearly to the ris'
    >>> _on_order(pd.Series({0: 0.2, 1: 2.0}), "seller")
    []
    """
    cohorts = suspicion.drop(NOISE, errors="ignore")
    if cohorts.empty or cohorts.max() >= LEANS:
        return []
    return [
        f"No cohort of {level}s leans clearly to the risky side (the largest suspicion "
        f"is {cohorts.max() + 0.0:.1f}, of one standard deviation it would be 1.0): "
        "that one comes first says little."
    ]


def _on_suspects(n: int, level: str) -> list[str]:
    if n == 0:
        return []
    who = f"{n:,} {level}s" if n >= _FEW else f"A few {level}s"
    return [
        f"{who} stand out by themselves, in no cohort or unlike their own: two kinds "
        "of evidence or more agree. They are listed with their reasons as single "
        "suspects (suspects.csv)."
    ]


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
    if lean < LEANS or 2 * below <= len(rest):
        return []
    return [
        f"The {level}s in no cohort lean further to the risky side (suspicion "
        f"{lean:.1f}) than {below} of the {len(rest)} cohorts. They are unlike each "
        "other and have no rank as a group: look at them one by one."
    ]
