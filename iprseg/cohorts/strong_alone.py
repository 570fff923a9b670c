"""Signals that cohorts are not found by, of which one alone is reason to look."""

from collections.abc import Hashable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.cohorts.lift import find_phrase, is_origin_or_language, parse_signal_id
from iprseg.signals.registry import signal_catalogue, signal_families

# What more than three in a hundred show is a habit of the market.
_MAX_STRONG_SHARE = 0.03
# A holder has what a quarter of its listings have, as in signal J04.
_MIN_HOLDER_SHARE = 0.25
# Each has an honest reason that is more frequent: dealers share the maker's text, and
# goods come back for their size. With a second kind of evidence they count.
_WEAK_ALONE = frozenset({"A16", "F03", "F04"})


def find_strong_signals(
    signals: pd.DataFrame, used: pd.Index
) -> dict[Hashable, list[str]]:
    """Return who has a rare signal of hard evidence that cohorts are not found by.

    Cohorts are found by what many share, so that such a signal is in no card and no
    suspicion. It is strong alone where its family is a kind of hard evidence
    (``families.csv``), past decisions have no part in it, no honest reason for it is
    more frequent, it lies beyond its bound (the
    catalogue's ``tau``; yes, where it is a yes or no) and three in a hundred or fewer
    of those of whom it is known show it.

    Parameters
    ----------
    signals : pandas.DataFrame, shape (n, k)
        All signals by entity; NaN is missing. Of sellers and creators, the means of
        yes-or-no signals and the shares of others speak for their listings, from a
        quarter of these on.
    used : pandas.Index
        Columns that cohorts are found by; they are left out.

    Returns
    -------
    dict of id to list of str
        In words, by entity; those without one are left out.

    Examples
    --------
    >>> frame = pd.DataFrame({"A17_off_platform_contact": [0.0] * 99 + [1.0]})
    >>> find_strong_signals(frame, pd.Index([]))
    {99: ['with contact details in the text']}
    """
    catalogue = signal_catalogue()
    families = signal_families()["evidence"]
    hard = (
        catalogue["family"].map(families).eq("yes")
        & catalogue["direction"].isin(["+", "-"])
        & catalogue["leak_risk"].eq("")
        & ~catalogue.index.isin(list(_WEAK_ALONE))
    )
    used_ids = {parse_signal_id(str(column)) for column in used}
    found: dict[Hashable, list[str]] = {}
    for column in map(str, signals.columns):
        key = parse_signal_id(column)
        if key in used_ids or not hard.get(key, False) or is_origin_or_language(column):
            continue
        hit = _flag_beyond_bound(column, signals[column], catalogue.loc[key])
        known = int(signals[column].notna().sum())
        if 0 < hit.sum() <= _MAX_STRONG_SHARE * known:
            high = catalogue.at[key, "direction"] == "+"
            phrase = find_phrase(key)
            words = (phrase.high if high else phrase.low) or phrase.quantity
            for entity in signals.index[hit]:
                own = found.setdefault(entity, [])
                own += [] if words in own else [words]
    return found


def _flag_beyond_bound(
    column: str, values: pd.Series, row: pd.Series
) -> NDArray[np.bool_]:
    """Return the rows beyond a signal's bound; none where it has no bound."""
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    name = f"{row.name}_{row['name']}"
    yes_or_no = bool(np.isnan(row["tau"])) and row["formula"].startswith("1 if")
    if column == name:
        bound = 0.5 if yes_or_no else float(row["tau"])
        low = row["direction"] == "-"
        return np.asarray(numbers < bound if low else numbers > bound)
    ending = "_mean" if yes_or_no else "_share" if row["tau"] == row["tau"] else None
    if ending is None or column != name + ending:
        return np.zeros(len(numbers), dtype=bool)
    return np.asarray(numbers >= _MIN_HOLDER_SHARE)
