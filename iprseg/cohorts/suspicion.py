"""An order for review: how far a cohort leans to the risky side of its signals."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from iprseg.cohorts._leave import LEAVE
from iprseg.cohorts.phrases import is_share_of_low, signal_id

# Evidence for honesty. It lowers the score below zero; other signals only add.
PROTECTIVE = frozenset({"A06", "J05", LEAVE})
# One family (text, price, …) can raise a cohort this much and no more: several kinds of
# evidence that agree count for more than one kind repeated (domain-spec J04).
FAMILY_CAP = 3.0
# A suspicion of one standard deviation is worth a word.
LEANS = 1.0
# Standard errors that a mean may be off by chance; only what lies beyond counts.
_SURE = 2.0
_FARTHEST = 3.0  # standard deviations


def suspicion_scores(
    signals: pd.DataFrame, labels: pd.Series, directions: Mapping[str, str]
) -> pd.DataFrame:
    """Return how far each cohort leans to the risky side, and by which families.

    For each signal with a direction, the difference between the cohort's mean and that
    of the whole in standard deviations, as far as it exceeds what chance may do (two
    standard errors), signed by the direction, cut at +-3, shrunk for small cohorts and
    multiplied by coverage. Per family, the largest positive part and half of the
    second, capped, are added; protective signals subtract. Origin and language signals
    take no part. It is an order for review, not a finding, and not a probability.

    Parameters
    ----------
    signals : pandas.DataFrame, shape (n, k)
        Numbers by entity; NaN is missing.
    labels : pandas.Series of int, length n
        Cohort of each row, in the same order.
    directions : mapping of str to str
        Signal id to ``"+"`` (higher is riskier), ``"-"`` (lower is riskier), or
        anything else for no direction.

    Returns
    -------
    pandas.DataFrame
        One row per cohort: `suspicion`, and one column per family and ``protective``
        that add up to it.

    Examples
    --------
    >>> frame = pd.DataFrame({"A07_replica": [1, 1, 1, 0, 0, 0], "B05_depth": 0.0})
    >>> labels = pd.Series([0, 0, 0, 1, 1, 1])
    >>> scores = suspicion_scores(frame, labels, {"A07": "+", "B05": "+"})
    >>> scores["suspicion"].gt(0).tolist()
    [True, False]
    """
    return added_parts(contributions(signals, labels, directions))


def added_parts(parts: pd.DataFrame) -> pd.DataFrame:
    """Add the parts of signals up, family by family; see `suspicion_scores`."""
    families = np.array([key[0] for key in parts.columns], dtype=object)
    protective = np.array([key in PROTECTIVE for key in parts.columns], dtype=bool)
    scores = pd.DataFrame(index=parts.index)
    for family in sorted(set(families[~protective])):
        own = parts.loc[:, (families == family) & ~protective].clip(lower=0)
        largest = np.sort(own.to_numpy(), axis=1)[:, ::-1][:, :2]
        # signals of one family overlap, so a second one counts half
        total = largest @ np.array([1.0, 0.5])[: largest.shape[1]]
        scores[family] = np.minimum(total, FAMILY_CAP)
    guard = parts.loc[:, protective]
    scores["protective"] = guard.min(axis=1) if protective.any() else 0.0
    scores.insert(0, "suspicion", scores.sum(axis=1))
    return scores


def contributions(
    signals: pd.DataFrame, labels: pd.Series, directions: Mapping[str, str]
) -> pd.DataFrame:
    """Return the part of each signal id, by cohort; positive is riskier."""
    groups = pd.Index(sorted(labels.unique()), name=labels.name)
    codes = labels.to_numpy()
    return _directed(
        signals, directions, groups, lambda x: _difference(x, codes, groups)
    )


def row_contributions(
    signals: pd.DataFrame, rows: np.ndarray, directions: Mapping[str, str]
) -> pd.DataFrame:
    """Return the part of each signal id for some rows: distances from the mean.

    Parameters
    ----------
    signals : pandas.DataFrame, shape (n, k)
    rows : ndarray of int
        Their places.
    directions : mapping of str to str
    """

    def _distance(values: np.ndarray) -> np.ndarray:
        known = values[np.isfinite(values)]
        spread = known.std() if len(known) else 0.0
        if not spread > 0:
            return np.zeros(len(rows))
        far = np.clip((values[rows] - known.mean()) / spread, -_FARTHEST, _FARTHEST)
        return np.nan_to_num(far)

    return _directed(signals, directions, signals.index[rows], _distance)


def _directed(
    signals: pd.DataFrame,
    directions: Mapping[str, str],
    index: pd.Index,
    measured: Callable[[np.ndarray], np.ndarray],
) -> pd.DataFrame:
    """Measure each signal that has a direction, and keep the stronger of each id."""
    from iprseg.cohorts.rules import is_origin_or_language

    made: dict[str, np.ndarray] = {}
    for column in map(str, signals.columns):
        key = signal_id(column)
        way = "-" if column == LEAVE else directions.get(key, "")
        sign = {"+": 1.0, "-": -1.0, "−": -1.0}.get(way)
        if sign is None or is_origin_or_language(column):
            continue
        if is_share_of_low(column):
            sign = 1.0
        values = signals[column].to_numpy(dtype=float, na_value=np.nan)
        part = sign * measured(np.where(np.isinf(values), np.nan, values))
        if key in PROTECTIVE:
            part = np.minimum(part, 0)  # to lack it speaks against nobody
        # a seller's mean and share of one signal are one piece of evidence
        stronger = np.abs(part) > np.abs(made.get(key, 0))
        made[key] = np.where(stronger, part, made.get(key, 0))
    return pd.DataFrame(made, index=index)


def _difference(values: np.ndarray, labels: np.ndarray, groups: pd.Index) -> np.ndarray:
    """Mean inside minus that of all, in overall deviations, less what chance may do.

    A cohort that is most of the whole is hardly unlike it, so what it lacks or has by
    chance does not put it before small ones that are.
    """
    series = pd.Series(values)
    spread = series.std(ddof=0)
    if not spread > 0:
        return np.zeros(len(groups))
    by = series.groupby(labels)
    n, total = by.count().reindex(groups), by.sum().reindex(groups)
    every, whole = n.sum(), total.sum()
    difference = (total / n - whole / every) / spread
    chance = _SURE * np.sqrt(1 / n - 1 / every)
    sure = np.sign(difference) * (difference.abs() - chance).clip(lower=0)
    coverage = n / by.size().reindex(groups)
    shrunk = sure.clip(-_FARTHEST, _FARTHEST) * coverage * n / (n + 10)
    return np.asarray(shrunk.fillna(0.0), dtype=np.float64)
