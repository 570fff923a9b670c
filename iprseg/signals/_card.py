"""One signal's card: its coverage, worth and shape as plain values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from iprseg.signals._auc import clustered_auc
from iprseg.signals._bins import bin_codes, outer_bins, tie_bins
from iprseg.signals._card_labels import Labels
from iprseg.signals._card_numbers import rates_by_bin, top_lift, trend
from iprseg.signals._catalogue import signal_catalogue
from iprseg.signals._stability import stability

__all__ = ["about", "coverage", "shape", "withheld", "worth"]

_TOPS = (0.01, 0.05, 0.10)
_EACH = 5  # labels of either class; of fewer no limit can be told
_ABOUT = ("level", "stage", "direction", "leak_risk")


def withheld(
    card: dict[str, Any], values: np.ndarray, labels: Labels, least: tuple[int, int]
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
    elif min(card["violative"], card["n"] - card["violative"]) < _EACH:
        reason = f"fewer than {_EACH} labels of one class"
    if not reason:
        return {"withheld": ""}
    gone: dict[str, Any] = {name: np.nan for name in card if name.startswith("lift")}
    gone |= {"auc": pd.NA, "auc_low": 0.0, "auc_high": 1.0, "monotone": np.nan}
    if "sellers" in reason:
        gone |= {"n": pd.NA, "violative": pd.NA}
    return {**gone, "withheld": reason}


def coverage(values: np.ndarray, reasons: pd.Series | None) -> dict[str, Any]:
    """Count rows with a value, and those without by reason."""
    there = np.isfinite(values)
    missing: dict[str, float] = {}
    if reasons is not None and len(values):
        told = reasons.to_numpy(dtype=object)[~there]
        counted = pd.Series(told, dtype=object).map(str).value_counts()
        missing = {str(why): n / len(values) for why, n in counted.items()}
    share = float(there.mean()) if len(there) else 0.0
    return {"rows": len(values), "coverage": share, "missing": missing}


def worth(
    values: np.ndarray, labels: Labels, name: Any, confidence: float
) -> dict[str, Any]:
    """AUC, lift and the number of labels they rest on."""
    labeled = values[labels.row]
    known = np.isfinite(labeled)
    risky = labeled[known] * _sign(name)
    positive, weight = labels.positive[known], labels.weight[known]
    auc, low, high = clustered_auc(
        risky, positive, labels.seller[known], confidence, weight
    )
    card: dict[str, Any] = {
        "n": int(known.sum()),
        "violative": int(positive.sum()),
        "auc": pd.NA if np.isnan(auc) else auc,
        "auc_low": low,
        "auc_high": high,
    }
    for top in _TOPS:
        # of less than a row, or of one class, there is nothing to compare
        some = top * len(risky) >= 1 and not positive.all()
        lift = top_lift(risky, positive, top, weight) if some else np.nan
        card[f"lift_top_{top * 100:.0f}"] = lift
    return card


def shape(
    values: np.ndarray,
    labels: Labels,
    name: Any,
    owner: np.ndarray,
    old: tuple[np.ndarray, np.ndarray] | None,
    confidence: float,
) -> dict[str, Any]:
    """Trend, stability and bins: those of the earlier period where there is one."""
    uppers = tie_bins(values if old is None else old[0])
    if old is not None:
        uppers = outer_bins(uppers, old[0], values)
    codes = bin_codes(values, uppers)
    size = len(uppers) + 1
    known = codes[labels.row] < len(uppers)
    bins = codes[labels.row][known]
    positive, weight = labels.positive[known], labels.weight[known]
    n, rate = rates_by_bin(bins, positive, weight, size)
    share = np.bincount(codes, minlength=size) / max(len(codes), 1)
    psi, limit, then = float("nan"), float("nan"), np.full(size, np.nan)
    if old is not None and len(old[0]):
        earlier = bin_codes(old[0], uppers)
        then = np.bincount(earlier, minlength=size) / len(earlier)
        psi, limit = stability(codes, earlier, size, owner, old[1], confidence)
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
        "monotone": trend(bins, positive, weight) * _sign(name),
        "psi": psi,
        "psi_limit": limit,
        "bins": bins_told,
    }


def _sign(name: Any) -> float:
    # a seller's share counts the listings on the risky side, be it the low one
    if str(name).endswith("_share"):
        return 1.0
    return -1.0 if about(name)["direction"] == "-" else 1.0


def about(name: Any) -> dict[str, str]:
    """Say what the catalogue says of a signal; of the user's own nothing."""
    catalogue = signal_catalogue()
    key = str(name).split("_")[0]
    if key not in catalogue.index:
        return dict.fromkeys(_ABOUT, "")
    return {word: str(catalogue.at[key, word]) for word in _ABOUT}
