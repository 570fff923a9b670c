"""What each signal is worth, against labels or a planted truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import TableError
from iprseg.signals.card_inputs import (
    RowLabels,
    check_type,
    check_unique,
    encode_sellers,
    match_labels,
    parse_signal_table,
    pool_small_groups,
)
from iprseg.signals.measures import (
    add_outer_bins,
    assign_bins,
    compute_bin_limits,
    compute_bin_rates,
    compute_clustered_auc,
    compute_stability_index,
    compute_top_lift,
    compute_trend,
    group_alike_signals,
)
from iprseg.signals.registry import signal_catalogue
from iprseg.validation import check_interval


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
        Why each missing value of `signals` is missing, from `missing_reasons`.
    confidence : float, default 0.95
        Of the limits.
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
    _check_card_options(confidence, min_labels, min_sellers)
    table = parse_signal_table(signals)
    labels = match_labels(table.index, violative, sellers, weights)
    own = table.index.name == "seller_id"
    owner = encode_sellers(table.index, None if own else sellers)
    if by is not None:
        places = by.to_frame(by.name or "by") if isinstance(by, pd.Series) else by
        check_type(places, "by", pd.DataFrame)
        check_unique(places.index, "the groups")
        if not len(places.columns):
            raise TableError("`by` has no column: give market, language or script.")
        places = places.reindex(table.index).apply(
            pool_small_groups, args=(owner, min_sellers)
        )
        return _measure_groups(
            table, labels, places, confidence, (min_labels, min_sellers)
        )
    earlier = None if before is None else parse_signal_table(before)
    of_old = None
    if earlier is not None:
        of_old = encode_sellers(earlier.index, None if own else sellers)
    told = None if reasons is None else reasons.reindex(table.index).fillna("")
    alike = group_alike_signals(table)
    records = {}
    for name in table.columns:
        values = table[name].to_numpy()
        old = None
        if earlier is not None and of_old is not None and name in earlier:
            old = (earlier[name].to_numpy(), of_old)
        why = None if told is None or name not in told else told[name]
        records[name] = {
            **_measure_coverage(values, why),
            **_measure_auc_and_lift(values, labels, name, confidence),
            **_measure_trend_and_drift(values, labels, name, owner, old, confidence),
            "alike": alike[name],
            **_describe_signal(name),
        }
    frame = _build_card_frame(
        records, pd.Index(records, name="signal", tupleize_cols=False)
    )
    frame.attrs = {"confidence": confidence}
    return frame


def _check_card_options(confidence: float, min_labels: int, min_sellers: int) -> None:
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


def _measure_groups(
    table: pd.DataFrame,
    labels: RowLabels,
    places: pd.DataFrame,
    confidence: float,
    least: tuple[int, int],
) -> pd.DataFrame:
    """One row per signal, kind of group and group."""
    parts: list[tuple[str, str, np.ndarray, RowLabels]] = []
    for kind in places.columns:
        for group in sorted(set(places[kind])):
            inside = places[kind].to_numpy() == group
            parts.append((str(kind), group, inside, labels.of(inside)))
    records = {}
    for name in table.columns:
        values = table[name].to_numpy()
        for kind, group, inside, part in parts:
            card = _measure_coverage(values[inside], None) | _measure_auc_and_lift(
                values, part, name, confidence
            )
            del card["missing"]
            card |= _withhold_measures(card, values, part, least)
            records[name, kind, group] = card
    index = pd.MultiIndex.from_tuples(records, names=["signal", "by", "group"])
    frame = _build_card_frame(records, index)
    names = ("confidence", "min_labels", "min_sellers")
    frame.attrs = dict(zip(names, (confidence, *least), strict=True))
    return frame


def _build_card_frame(
    records: dict[Any, dict[str, Any]], index: pd.Index
) -> pd.DataFrame:
    frame = pd.DataFrame(list(records.values()), index=index)
    for name, kind in (("auc", "Float64"), ("n", "Int64"), ("violative", "Int64")):
        if name in frame:
            frame[name] = pd.array(frame[name].tolist(), dtype=kind)
    return frame


_TOP_SHARES = (0.01, 0.05, 0.10)
_MIN_LABELS_PER_CLASS = 5  # labels of either class; of fewer no limit can be told
_CATALOGUE_COLUMNS = ("level", "stage", "direction", "leak_risk")


def _withhold_measures(
    card: dict[str, Any], values: np.ndarray, labels: RowLabels, least: tuple[int, int]
) -> dict[str, Any]:
    """Take back what rests on few labels, and say why."""
    min_labels, min_sellers = least
    known = np.isfinite(values[labels.row])
    reason = ""
    if not card["n"]:
        reason = "no label with a value"
    elif len(np.unique(labels.seller[known])) < min_sellers:
        reason = f"fewer than {min_sellers} sellers with a label"
    elif card["n"] < min_labels:
        reason = f"fewer than {min_labels} labels"
    elif min(card["violative"], card["n"] - card["violative"]) < _MIN_LABELS_PER_CLASS:
        reason = f"fewer than {_MIN_LABELS_PER_CLASS} labels of one class"
    if not reason:
        return {"withheld": ""}
    gone: dict[str, Any] = {name: np.nan for name in card if name.startswith("lift")}
    gone |= {"auc": pd.NA, "auc_low": 0.0, "auc_high": 1.0, "monotone": np.nan}
    if "sellers" in reason:
        gone |= {"n": pd.NA, "violative": pd.NA}
    return {**gone, "withheld": reason}


def _measure_coverage(values: np.ndarray, reasons: pd.Series | None) -> dict[str, Any]:
    """Count rows with a value, and those without by reason."""
    there = np.isfinite(values)
    missing: dict[str, float] = {}
    if reasons is not None and len(values):
        told = reasons.to_numpy(dtype=object)[~there]
        counted = pd.Series(told, dtype=object).map(str).value_counts()
        missing = {str(why): n / len(values) for why, n in counted.items()}
    share = float(there.mean()) if len(there) else 0.0
    return {"rows": len(values), "coverage": share, "missing": missing}


def _measure_auc_and_lift(
    values: np.ndarray, labels: RowLabels, name: Any, confidence: float
) -> dict[str, Any]:
    """AUC, lift and the number of labels they rest on."""
    labeled = values[labels.row]
    known = np.isfinite(labeled)
    risky = labeled[known] * _find_risk_sign(name)
    positive, weight = labels.positive[known], labels.weight[known]
    auc, low, high = compute_clustered_auc(
        risky, positive, labels.seller[known], confidence, weight
    )
    card: dict[str, Any] = {
        "n": int(known.sum()),
        "violative": int(positive.sum()),
        "auc": pd.NA if np.isnan(auc) else auc,
        "auc_low": low,
        "auc_high": high,
    }
    for top in _TOP_SHARES:
        # of less than a row, or of one class, there is nothing to compare
        some = top * len(risky) >= 1 and not positive.all()
        lift = compute_top_lift(risky, positive, top, weight) if some else np.nan
        card[f"lift_top_{top * 100:.0f}"] = lift
    return card


def _measure_trend_and_drift(
    values: np.ndarray,
    labels: RowLabels,
    name: Any,
    owner: np.ndarray,
    old: tuple[np.ndarray, np.ndarray] | None,
    confidence: float,
) -> dict[str, Any]:
    """Trend, stability and bins: those of the earlier period where there is one."""
    uppers = compute_bin_limits(values if old is None else old[0])
    if old is not None:
        uppers = add_outer_bins(uppers, old[0], values)
    codes = assign_bins(values, uppers)
    size = len(uppers) + 1
    known = codes[labels.row] < len(uppers)
    bins = codes[labels.row][known]
    positive, weight = labels.positive[known], labels.weight[known]
    n, rate = compute_bin_rates(bins, positive, weight, size)
    share = np.bincount(codes, minlength=size) / max(len(codes), 1)
    psi, limit, then = float("nan"), float("nan"), np.full(size, np.nan)
    if old is not None and len(old[0]):
        earlier = assign_bins(old[0], uppers)
        then = np.bincount(earlier, minlength=size) / len(earlier)
        psi, limit = compute_stability_index(
            codes, earlier, size, owner, old[1], confidence
        )
    rows = pd.Series(values).groupby(codes).agg(["min", "max"]).reindex(range(size))
    bins_told = [
        {
            "low": float(rows["min"][at]),
            "high": float(rows["max"][at]),
            "share": float(share[at]),
            "before": float(then[at]),
            "labels": int(n[at]),
            "rate": float(rate[at]),
        }
        for at in range(len(uppers))
    ]
    return {
        "monotone": compute_trend(bins, positive, weight) * _find_risk_sign(name),
        "psi": psi,
        "psi_limit": limit,
        "bins": bins_told,
    }


def _find_risk_sign(name: Any) -> float:
    # a seller's share counts the listings on the risky side, be it the low one
    if str(name).endswith("_share"):
        return 1.0
    return -1.0 if _describe_signal(name)["direction"] == "-" else 1.0


def _describe_signal(name: Any) -> dict[str, str]:
    """Say what the catalogue says of a signal; of the user's own nothing."""
    catalogue = signal_catalogue()
    key = str(name).split("_")[0]
    if key not in catalogue.index:
        return dict.fromkeys(_CATALOGUE_COLUMNS, "")
    return {word: str(catalogue.at[key, word]) for word in _CATALOGUE_COLUMNS}
