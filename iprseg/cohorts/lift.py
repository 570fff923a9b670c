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
    found = []
    for column in signals.columns:
        values = signals[column].to_numpy(dtype=float, na_value=np.nan)
        sides = [_lift(str(column), values, inside, *event) for event in events(values)]
        kept = [one for one in sides if one is not None]
        if kept:
            found.append(max(kept, key=lambda one: one.share * np.log(one.low)))
    return sorted(found, key=lambda one: (-one.low, one.signal))


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


def _lift(
    column: str, values: np.ndarray, inside: np.ndarray, side: str, threshold: float
) -> Lift | None:
    known = np.isfinite(values)
    hit = known & ((values > threshold) if side == "high" else (values <= threshold))
    n, m = int((known & inside).sum()), int((known & ~inside).sum())
    k, r = int((hit & inside).sum()), int((hit & ~inside).sum())
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
    return Lift(
        column,
        side,
        threshold,
        k / n,
        r / m,
        float(lift),
        low,
        float(values[known & inside].mean()),
        float(values[known & ~inside].mean()),
        n / int(inside.sum()),
        n,
    )


def lift_record(lift: Lift, words: str) -> dict:
    """Return a lift as a plain dictionary with its words, for a frame or a file."""
    return {**asdict(lift), "words": words}
