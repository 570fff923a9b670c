"""J03: how unusual an entity is among those of its market and category."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._catalogue import signal_catalogue
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, full

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Ten bins between the first and the last hundredth of all values, one on either side.
_BINS = 12
_MIN_OTHERS = 50
_MIN_SIGNALS = 3
# Where goods ship from and the language may order a queue, never decide anything.
_CONTEXT = {"D06", "D07", "A18"}


def anomaly_score(columns: dict[str, Column], place: Ints, seller: Ints) -> Column:
    """J03: mean surprise (nats) of an entity's signals, by histograms of its place.

    Of each signal, ``-ln((k + 1) / (n + 12))``: k of the n entities of other sellers in
    the same place fall into its bin (HBOS, Goldstein and Dengel, 2012). Signals from
    past enforcement, of direction ``±`` and of origin or language are left out, and
    those that fewer than 50 others have.

    Parameters
    ----------
    columns : dict of str to Column
        Signals of the entities, shape (n,) each.
    place : ndarray of int, shape (n,)
        Market and category of each entity, as a code.
    seller : ndarray of int, shape (n,)
        Seller of each entity, as a code; -1 where unknown.
    """
    n = len(place)
    # an entity whose seller is not known is compared with all but itself
    owner = np.where(seller < 0, seller.max(initial=-1) + 1 + np.arange(n), seller)
    own = pd.factorize(pd.MultiIndex.from_arrays([place, owner]))[0]
    total, count = np.zeros(n), np.zeros(n)
    for values in _usable(columns):
        surprise = _surprise(values, place, own)
        known = ~np.isnan(surprise)
        total[known] += surprise[known]
        count += known
    thin = count < _MIN_SIGNALS
    return full(total / np.maximum(count, 1)).missing(thin, "thin_group")


def _usable(columns: dict[str, Column]) -> list[Floats]:
    catalogue = signal_catalogue()
    usable = []
    for name, column in columns.items():
        key = name.partition("_")[0]
        row = catalogue.loc[key]
        context = key in _CONTEXT or row["direction"] == "±" or row["leak_risk"] != ""
        if not context and not np.isnan(column.values).all():
            usable.append(column.values)
    return usable


def _surprise(values: Floats, place: Ints, own: Ints) -> Floats:
    known = np.isfinite(values)
    bins = _bins(values[known])
    beside = _counts(place[known], bins) - _counts(own[known], bins)
    k, n = beside[:, 0], beside[:, 1]
    surprise = np.full(len(values), np.nan)
    surprise[known] = np.where(n >= _MIN_OTHERS, -np.log((k + 1) / (n + _BINS)), np.nan)
    return surprise


def _bins(values: Floats) -> Ints:
    scaled = np.sign(values) * np.log1p(np.abs(values))
    low, high = np.quantile(scaled, [0.01, 0.99])
    # a signal that is the same nearly everywhere has three bins: below, there, above
    inner = np.floor((scaled - low) / max(high - low, 1e-12) * (_BINS - 2))
    inner = np.clip(inner, 0, _BINS - 3).astype(np.int64) + 1
    return np.where(scaled < low, 0, np.where(scaled > high, _BINS - 1, inner))


def _counts(group: Ints, bins: Ints) -> Ints:
    """Return how many of its group share an entity's bin, and how many there are."""
    cells = np.bincount(group * _BINS + bins)
    members = np.bincount(group)
    return np.column_stack([cells[group * _BINS + bins], members[group]])


def places(inputs: Inputs) -> Ints:
    """Return market and category of each listing, as a code, shape (n,)."""
    keys = [k for k in ("market", "category_path") if inputs.has(k)]
    if not keys:
        return np.zeros(inputs.n, dtype=np.int64)
    frame = inputs.listings[keys].astype(object)
    return frame.groupby(keys, dropna=False).ngroup().to_numpy(dtype=np.int64)


def home_places(place: Ints, seller: Ints, n: int) -> Ints:
    """Return where most listings of each seller are, shape (n,); -1 for no listing."""
    pairs = pd.DataFrame({"seller": seller, "place": place})[seller >= 0]
    size = pairs.value_counts(sort=False).rename("size").reset_index()
    size = size.sort_values(["size", "place"], ascending=[False, True], kind="stable")
    most = size.drop_duplicates("seller").set_index("seller")["place"]
    return most.reindex(range(n), fill_value=-1).to_numpy(dtype=np.int64)
