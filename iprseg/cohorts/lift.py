"""How a signal differs between a cohort and the rest, in numbers that rank safely."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

MIN_SUPPORT = 5
# An effect smaller than this is not worth a reader's time, however certain.
_MIN_LIFT = 1.25


@dataclass(frozen=True)
class Lift:
    """One signal, one side, one cohort.

    Attributes
    ----------
    signal : str
        Column.
    side : {"high", "low"}
        Whether the event is a value above or below the threshold.
    threshold : float
        The event is ``value > threshold`` (high) or ``value <= threshold`` (low).
    share, rest_share : float
        Share of rows with a value for which the event holds, in the cohort and outside.
    lift : float
        `share` over `rest_share`, both shrunk towards the overall share.
    low : float
        Lower end of the 95 % interval of the lift; the order of signals.
    mean, rest_mean : float
        Means of the signal where it is present.
    coverage : float
        Share of the cohort's rows that have a value.
    n : int
        Rows of the cohort that have a value.
    """

    signal: str
    side: str
    threshold: float
    share: float
    rest_share: float
    lift: float
    low: float
    mean: float
    rest_mean: float
    coverage: float
    n: int


def signal_lifts(signals: pd.DataFrame, inside: np.ndarray) -> list[Lift]:
    """Return the signals in which a cohort exceeds the rest, surest first.

    A row without a value is left out of that signal's shares; the cohort's coverage is
    given. The interval treats rows as independent and serves to order, not to test:
    listings of one seller are alike.

    Parameters
    ----------
    signals : pandas.DataFrame, shape (n, k)
        Numbers; NaN is missing.
    inside : ndarray of bool, shape (n,)
        Which rows are in the cohort.

    Returns
    -------
    list of Lift
        At most one per column.

    Examples
    --------
    >>> frame = pd.DataFrame({"A07": [1.0] * 8 + [0.0] * 24})
    >>> inside = np.arange(32) < 10
    >>> [(x.signal, x.side, x.share, x.rest_share) for x in signal_lifts(frame, inside)]
    [('A07', 'high', 0.8, 0.0)]
    """
    return group_lifts(signals, inside.astype(np.int64), 2)[1]


def group_lifts(
    signals: pd.DataFrame, groups: np.ndarray, n_groups: int
) -> list[list[Lift]]:
    """Return the lifts of every group over the rest, as `signal_lifts` does for one.

    All are counted in one pass over each column, so that a hundred cohorts of a
    million rows cost little more than one.

    Parameters
    ----------
    signals : pandas.DataFrame, shape (n, k)
        Numbers; NaN is missing.
    groups : ndarray of int, shape (n,)
        0, 1, … below ``n_groups``.
    n_groups : int

    Examples
    --------
    >>> frame = pd.DataFrame({"A07": [1.0] * 8 + [0.0] * 24})
    >>> lifts = group_lifts(frame, np.arange(32) // 10, 4)
    >>> [[one.side for one in own] for own in lifts]
    [['high'], [], [], []]
    """
    found: list[list[Lift]] = [[] for _ in range(n_groups)]
    sizes = np.bincount(groups, minlength=n_groups)
    for column in signals.columns:
        values = signals[column].to_numpy(dtype=float, na_value=np.nan)
        known = np.isfinite(values)
        counted = _Counted(str(column), values[known], groups[known], sizes)
        cuts = events(counted.values)
        hits = [counted.hits(*cut) for cut in cuts]
        for group, own in enumerate(found):
            sides = [
                counted.lift(group, cut, hit)
                for cut, hit in zip(cuts, hits, strict=True)
            ]
            kept = [one for one in sides if one is not None]
            if kept:
                own.append(max(kept, key=lambda one: one.share * np.log(one.low)))
    return [sorted(own, key=lambda one: (-one.low, one.signal)) for own in found]


def events(values: np.ndarray) -> list[tuple[str, float]]:
    """Return the events worth counting in a column: presence, or its tails.

    Two cuts per tail: a tenth of all rows, and a quarter for a cohort that is itself
    more than a tenth.

    Examples
    --------
    >>> events(np.array([0.0, 0, 0, 1]))
    [('high', 0.0)]
    """
    present = values[np.isfinite(values)]
    if len(present) == 0 or present.min() == present.max():
        return []
    if present.min() >= 0 and (present == 0).mean() >= 0.3:
        return [("high", 0.0)]
    below, above = np.quantile(present, [0.1, 0.25]), np.quantile(present, [0.75, 0.9])
    # "above" must leave somebody above
    above = np.minimum(above, np.nextafter(present.max(), -np.inf))
    return [
        *(("low", float(cut)) for cut in below),
        *(("high", float(cut)) for cut in above),
    ]


class _Counted:
    """A column's known values, counted by group."""

    def __init__(
        self, column: str, values: np.ndarray, groups: np.ndarray, sizes: np.ndarray
    ) -> None:
        self.column, self.values = column, values
        self.groups, self.sizes = groups, sizes
        self.n = np.bincount(groups, minlength=len(sizes))
        self.total = np.bincount(groups, values, minlength=len(sizes))

    def hits(self, side: str, threshold: float) -> np.ndarray:
        """Count the values beyond a cut in each group."""
        hit = self.values > threshold if side == "high" else self.values <= threshold
        return np.bincount(self.groups[hit], minlength=len(self.sizes))

    def lift(self, group: int, cut: tuple[str, float], hits: np.ndarray) -> Lift | None:
        """Compare one group with all others."""
        n, k = int(self.n[group]), int(hits[group])
        m, r = len(self.values) - n, int(hits.sum()) - k
        if k < MIN_SUPPORT or m == 0:
            return None
        overall = (k + r) / (n + m)
        share, rest = (k + overall) / (n + 1), (r + overall) / (m + 1)
        lift = share / rest
        # Katz's interval of a ratio of two shares, on the shrunk counts
        error = np.sqrt(
            max(1 / (k + overall) - 1 / (n + 1), 0)
            + max(1 / (r + overall) - 1 / (m + 1), 0)
        )
        low = float(lift * np.exp(-1.96 * error))
        if low <= 1 or lift < _MIN_LIFT:
            return None
        own = self.total[group]
        return Lift(
            self.column,
            *cut,
            k / n,
            r / m,
            float(lift),
            low,
            float(own / n),
            float((self.total.sum() - own) / m),
            n / int(self.sizes[group]),
            n,
        )


def lift_record(lift: Lift, words: str) -> dict:
    """Return a lift as a plain dictionary with its words, for a frame or a file."""
    return {**asdict(lift), "words": words}
