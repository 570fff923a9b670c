"""What each signal is worth, against labels or a planted truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from iprseg._check import check_interval
from iprseg.errors import TableError
from iprseg.signals._auc import clustered_auc
from iprseg.signals._card_numbers import alike_groups, monotone, stability, top_lift
from iprseg.signals._catalogue import signal_catalogue

__all__ = ["signal_cards"]

_TOPS = (0.01, 0.05, 0.10)


def signal_cards(
    signals: pd.DataFrame,
    violative: pd.Series,
    sellers: pd.Series | None = None,
    *,
    by: pd.Series | None = None,
    before: pd.DataFrame | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Measure every signal by itself against what is known of the rows.

    Parameters
    ----------
    signals : DataFrame, shape (n, k)
        From `compute_signals`; NaN is missing.
    violative : Series of bool or 0/1
        By the ids of `signals`; ids without a value are left out. Rows drawn with
        unequal probabilities describe the sample, not the marketplace.
    sellers : Series, optional
        Seller of each id, for the interval; each row by itself when not given.
    by : Series, optional
        Market, language or script of each id: one row per signal and group.
    before : DataFrame, optional
        The same signals of an earlier period, for the stability index.
    confidence : float, default 0.95

    Returns
    -------
    DataFrame
        Index: signal (and group). `coverage`: share of rows with a value; `n`,
        `violative`: rows with value and label; `auc` in the risky direction of the
        catalogue (0.5: worth nothing; <NA> without both classes), `auc_low`,
        `auc_high` over sellers; `lift_top_1`, `_5`, `_10`: rate among the riskiest rows
        over the rate of all; `monotone`: rank correlation of rate and value over ten
        equal bins; `psi`: population stability index against `before` (above 0.25: it
        has moved); `group`: signals of one number say nearly the same; `stage`,
        `direction`, `leak_risk` from the catalogue.

    Raises
    ------
    TableError
        When no id has both signals and a label.

    Notes
    -----
    A signal of direction "±" is measured as if high were risky: below 0.5 low is.

    Examples
    --------
    >>> signals = pd.DataFrame({"A07_replica_lexicon_hit": [0, 0, 1, 2.0, 0, 0]})
    >>> card = signal_cards(signals, pd.Series([0, 0, 1, 1, 0, 1])).iloc[0]
    >>> round(float(card["auc"]), 3), float(card["coverage"])
    (0.833, 1.0)
    """
    check_interval(
        "confidence",
        confidence,
        "signal_cards",
        low=0,
        high=1,
        low_open=True,
        high_open=True,
    )
    ids, truth, owner = _known(signals, violative, sellers)
    table = signals.loc[ids]
    groups = alike_groups(table)
    place = (
        pd.Series("", index=ids) if by is None else by.reindex(ids).fillna("unknown")
    )
    records = {}
    for column in table.columns:
        for name in sorted(place.unique(), key=str):
            inside = (place == name).to_numpy(dtype=bool)
            values = table[column].to_numpy(dtype=float)[inside]
            card = _card(values, truth[inside], owner[inside], column, confidence)
            earlier = None if before is None else before.get(column)
            more = {"psi": stability(values, earlier), "group": groups[column]}
            records[column, name] = card | more | _about(column)
    frame = pd.DataFrame.from_dict(records, orient="index")
    frame["auc"] = pd.array(frame["auc"].tolist(), dtype="Float64")
    frame.index = pd.MultiIndex.from_tuples(
        records, names=["signal", "by" if by is None else by.name or "by"]
    )
    return frame.droplevel(1) if by is None else frame


def _known(
    signals: pd.DataFrame, violative: pd.Series, sellers: pd.Series | None
) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Ids with a label, the label, and the seller (or the id where there is none)."""
    known = violative.dropna()
    ids = signals.index.intersection(known.index)
    if not len(ids):
        raise TableError(
            "No id has both signals and a label: give labels by the ids that the "
            "signals are of."
        )
    truth = known.loc[ids].astype(float).to_numpy() > 0
    alone = pd.Series([f"alone {one}" for one in ids], index=ids, dtype=object)
    if sellers is None:
        return ids, truth, alone.to_numpy()
    owner = sellers.reindex(ids).astype(object)
    return ids, truth, owner.where(owner.notna(), alone).map(str).to_numpy()


def _about(column: Any) -> dict[str, str]:
    catalogue = signal_catalogue()
    key = str(column).split("_")[0]
    names = ("stage", "direction", "leak_risk")
    if key not in catalogue.index:
        return dict.fromkeys(names, "")
    return {name: str(catalogue.at[key, name]) for name in names}


def _card(
    values: np.ndarray,
    truth: np.ndarray,
    owner: np.ndarray,
    column: Any,
    confidence: float,
) -> dict[str, Any]:
    there = np.isfinite(values)
    risky = values[there] * (-1.0 if _about(column)["direction"] == "-" else 1.0)
    positive = truth[there]
    auc, low, high = clustered_auc(risky, positive, owner[there], confidence)
    card: dict[str, Any] = {
        "coverage": float(there.mean()) if len(there) else 0.0,
        "n": int(there.sum()),
        "violative": int(positive.sum()),
        "auc": pd.NA if np.isnan(auc) else auc,
        "auc_low": low,
        "auc_high": high,
    }
    for top in _TOPS:
        card[f"lift_top_{top * 100:.0f}"] = top_lift(risky, positive, top)
    card["monotone"] = monotone(risky, positive)
    return card
