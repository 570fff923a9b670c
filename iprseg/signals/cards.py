"""What each signal is worth, against labels or a planted truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from iprseg._check import check_interval
from iprseg.errors import TableError
from iprseg.signals._card import about, coverage, shape, withheld, worth
from iprseg.signals._card_groups import pooled_groups
from iprseg.signals._card_labels import (
    Labels,
    labels_of,
    once,
    owners_of,
    table_of,
    typed,
)
from iprseg.signals._card_numbers import alike_groups

__all__ = ["signal_cards"]


def signal_cards(
    signals: pd.DataFrame,
    violative: pd.Series | None = None,
    sellers: pd.Series | None = None,
    *,
    weights: pd.Series | None = None,
    by: pd.Series | pd.DataFrame | None = None,
    before: pd.DataFrame | None = None,
    reasons: pd.DataFrame | None = None,
    confidence: float = 0.95,
    min_labels: int = 30,
    min_sellers: int = 10,
) -> pd.DataFrame:
    """Measure every signal by itself against what is known of the rows.

    Parameters
    ----------
    signals : DataFrame, shape (n, k)
        From `compute_signals`; NaN is missing.
    violative : Series of bool or 0/1, optional
        By the ids of `signals`; NaN is unknown. For signals of sellers (index
        ``seller_id``) also by listing, with `sellers`: each label then counts with the
        value of its seller. Without labels there is no AUC, lift or trend.
    sellers : Series, optional
        Seller of each id, for intervals and small groups; each row by itself when not
        given.
    weights : Series of float, optional
        How many rows each label stands for: one over its chance of being drawn. Without
        them, labels drawn with unequal chances describe the sample.
    by : Series or DataFrame, optional
        Market, language or script of the ids of `signals`, a column each. The frame
        then has a row per signal and group, not per signal.
    before : DataFrame, optional
        The same signals of an earlier period, for the stability index.
    reasons : DataFrame, optional
        Companion of `signals` from ``compute_signals(..., return_reasons=True)``.
    confidence : float, default 0.95
    min_labels : int, default 30
        A group of fewer labels with a value has no AUC and no lift.
    min_sellers : int, default 10
        Groups of fewer sellers are joined as "others (…)".

    Returns
    -------
    DataFrame
        Index: ``signal``, with `by` also ``by`` and ``group``. Of all rows:

        - ``rows``, ``coverage`` (share with a value), ``missing`` (share by reason);
        - ``psi``: population stability index against `before` (missing is a bin), and
          ``psi_limit``: what chance stays below with this confidence;
        - ``bins``: per bin the ``low`` and ``high`` value, ``share`` of rows, share
          ``before``, ``labels``, and ``rate`` among them (NaN under ten);
        - ``alike``: signals of one number say nearly the same (rank correlation of 0.8
          on average).

        Of the labels with a value: ``n``, ``violative``; ``auc`` in the risky direction
        of the catalogue (0.5: worth nothing; <NA> without both classes), ``auc_low``,
        ``auc_high`` over sellers; ``lift_top_1``, ``_5``, ``_10``: rate among the
        riskiest rows over the rate of all (NaN of less than a row); ``monotone``: rank
        correlation of rate and bin in that direction. ``level``, ``stage``,
        ``direction``, ``leak_risk`` are those of the catalogue. With `by` there are no
        bins, and ``withheld`` says why a group has no AUC.

    Raises
    ------
    TableError
        When no id has both signals and a label, an id is there twice, a label is
        neither 0 nor 1, or a column holds what is no number.

    Notes
    -----
    A signal of direction "±" is measured as if high were risky: below 0.5 low is. One
    of ``leak_risk`` "label_source" may be made of the very decisions that made the
    labels: its AUC is then no forecast.

    Examples
    --------
    >>> signals = pd.DataFrame({"A07_replica_lexicon_hit": [0, 0, 1, 2.0, 0, 0]})
    >>> card = signal_cards(signals, pd.Series([0, 0, 1, 1, 0, 1])).iloc[0]
    >>> round(float(card["auc"]), 3), float(card["coverage"])
    (0.833, 1.0)
    """
    _check(confidence, min_labels, min_sellers)
    table = table_of(signals)
    labels = labels_of(table.index, violative, sellers, weights)
    own = table.index.name == "seller_id"
    owner = owners_of(table.index, None if own else sellers)
    if by is not None:
        places = by.to_frame(by.name or "by") if isinstance(by, pd.Series) else by
        typed(places, "by", pd.DataFrame)
        once(places.index, "the groups")
        if not len(places.columns):
            raise TableError("`by` has no column: give market, language or script.")
        places = places.reindex(table.index).apply(
            pooled_groups, args=(owner, min_sellers)
        )
        return _of_groups(table, labels, places, confidence, (min_labels, min_sellers))
    earlier = None if before is None else table_of(before)
    of_old = None
    if earlier is not None:
        of_old = owners_of(earlier.index, None if own else sellers)
    told = None if reasons is None else reasons.reindex(table.index).fillna("")
    alike = alike_groups(table)
    records = {}
    for name in table.columns:
        values = table[name].to_numpy()
        old = None
        if earlier is not None and of_old is not None and name in earlier:
            old = (earlier[name].to_numpy(), of_old)
        why = None if told is None or name not in told else told[name]
        records[name] = {
            **coverage(values, why),
            **worth(values, labels, name, confidence),
            **shape(values, labels, name, owner, old, confidence),
            "alike": alike[name],
            **about(name),
        }
    frame = _framed(records, pd.Index(records, name="signal", tupleize_cols=False))
    frame.attrs = {"confidence": confidence}
    return frame


def _check(confidence: float, min_labels: int, min_sellers: int) -> None:
    check_interval(
        "confidence",
        confidence,
        "signal_cards",
        low=0,
        high=1,
        low_open=True,
        high_open=True,
    )
    check_interval("min_labels", min_labels, "signal_cards", low=0)
    check_interval("min_sellers", min_sellers, "signal_cards", low=0)


def _of_groups(
    table: pd.DataFrame,
    labels: Labels,
    places: pd.DataFrame,
    confidence: float,
    least: tuple[int, int],
) -> pd.DataFrame:
    """One row per signal, kind of group and group."""
    parts: list[tuple[str, str, np.ndarray, Labels]] = []
    for kind in places.columns:
        for group in sorted(set(places[kind])):
            inside = places[kind].to_numpy() == group
            parts.append((str(kind), group, inside, labels.of(inside)))
    records = {}
    for name in table.columns:
        values = table[name].to_numpy()
        for kind, group, inside, part in parts:
            card = coverage(values[inside], None) | worth(
                values, part, name, confidence
            )
            del card["missing"]
            card |= withheld(card, values, part, least)
            records[name, kind, group] = card
    index = pd.MultiIndex.from_tuples(records, names=["signal", "by", "group"])
    frame = _framed(records, index)
    names = ("confidence", "min_labels", "min_sellers")
    frame.attrs = dict(zip(names, (confidence, *least), strict=True))
    return frame


def _framed(records: dict[Any, dict[str, Any]], index: pd.Index) -> pd.DataFrame:
    frame = pd.DataFrame(list(records.values()), index=index)
    for name, kind in (("auc", "Float64"), ("n", "Int64"), ("violative", "Int64")):
        if name in frame:
            frame[name] = pd.array(frame[name].tolist(), dtype=kind)
    return frame
