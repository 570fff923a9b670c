"""Signals that cohorts are not found by: what stands of them on cards and in notes."""

import numpy as np
import pandas as pd

from iprseg.cohorts.lift import (
    build_lift_record,
    compute_group_lifts,
    parse_signal_id,
)
from iprseg.cohorts.naming import (
    choose_card_lifts,
    describe_lift_side,
    has_phrase,
    is_clear_lift,
)
from iprseg.signals.registry import signal_catalogue

UNUSED_MARK = "(not used for grouping)"
_MAX_UNUSED = 3


def find_unused_lifts(
    every_signal: pd.DataFrame | None,
    used: pd.DataFrame,
    codes: np.ndarray,
    n_cohorts: int,
) -> list[list[dict]]:
    """Return up to three strong lifts of each cohort in signals it is not found by.

    Parameters
    ----------
    every_signal : pandas.DataFrame or None
        All signals by entity; None gives none.
    used : pandas.DataFrame, shape (n, k)
        Those that cohorts are found by.
    codes : ndarray of int, shape (n,)
        Cohort of each row of `used`: 0, 1, … below ``n_cohorts``.
    n_cohorts : int

    Returns
    -------
    list of list of dict
        Records of the card, by cohort; their words end in `UNUSED_MARK`.

    Examples
    --------
    >>> used = pd.DataFrame({"A07_x": [0.0] * 40})
    >>> every = used.assign(A17_y=[1.0] * 10 + [0.0] * 30)
    >>> found = find_unused_lifts(every, used, np.repeat([0, 1], [10, 30]), 2)
    >>> [[one["words"] for one in own] for own in found]
    [['with contact details in the text (not used for grouping)'], []]
    """
    if every_signal is None:
        return [[] for _ in range(n_cohorts)]
    composites = signal_catalogue().query("family == 'composite'").index
    columns = [
        column
        for column in _list_unused(every_signal, used)
        if parse_signal_id(column) not in composites  # made of what is counted already
    ]
    others = every_signal.loc[used.index, columns]
    made = []
    for lifts in compute_group_lifts(others, codes, n_cohorts):
        # a side without words of its own says nothing that a reader would miss
        clear = [
            one
            for one in choose_card_lifts(lifts)
            if is_clear_lift(one) and has_phrase(one)
        ]
        made.append(
            [
                build_lift_record(
                    one, f"{describe_lift_side(one.signal, one.side)} {UNUSED_MARK}"
                )
                for one in clear[:_MAX_UNUSED]
            ]
        )
    return made


def note_unused_signals(
    every_signal: pd.DataFrame | None, used: pd.DataFrame
) -> list[str]:
    """Say by how many of the signals cohorts are found, where not by all."""
    if every_signal is None:
        return []
    all_ids = {parse_signal_id(str(column)) for column in every_signal}
    used_ids = all_ids - {
        parse_signal_id(str(column)) for column in _list_unused(every_signal, used)
    }
    if len(used_ids) == len(all_ids):
        return []
    return [
        f"Cohorts are found and named, and suspicion is counted, by {len(used_ids)} of "
        f"{len(all_ids)} signals. The others stand on cards where they are much more "
        f"frequent than elsewhere, marked {UNUSED_MARK}."
    ]


def _list_unused(every_signal: pd.DataFrame, used: pd.DataFrame) -> list[str]:
    """Return the columns of signals of which no column is used."""
    ids = {parse_signal_id(str(column)) for column in used}
    return [c for c in map(str, every_signal) if parse_signal_id(c) not in ids]
