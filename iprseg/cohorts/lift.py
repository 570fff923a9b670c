"""How a cohort differs from the rest, and the words for it.

Lift of signals, the phrase of each signal (``phrases.csv``), the blocks that set a
cohort apart, and what is unknown of it.
"""

import csv
import json
import math
import re
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iprseg.formats import format_whole_percent
from iprseg.signals.registry import signal_families
from iprseg.validation import NOISE

_MIN_SUPPORT = 5
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
        `share` over `rest_share`, see `compute_lift`.
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


# Added to each of the four counts, so that a share of nothing has a ratio, too.
_PSEUDO_COUNT = 0.5
_NORMAL_95 = 1.96  # two-sided 95 % quantile of the standard normal


def compute_lift(
    hits: float, n: float, rest_hits: float, n_rest: float
) -> tuple[float, float]:
    """Return the ratio of two shares, and the lower end of its 95 % interval.

    Half a hit and half a miss are added on either side [1]_. Shrunk towards the overall
    share instead, as they once were, a signal that all of a cohort show and nobody else
    had the widest interval of all and came last.

    Parameters
    ----------
    hits, n : float
        Rows of the cohort for which the event holds, and that have a value.
    rest_hits, n_rest : float
        The same outside.

    Returns
    -------
    lift : float
    low : float
        Katz's lower limit [2]_ on the counts with the halves added.

    References
    ----------
    .. [1] Walter, S. D. (1975). The distribution of Levin's measure of attributable
       risk. Biometrika 62, 371-375.
    .. [2] Katz, D., Baptista, J., Azen, S. P. and Pike, M. C. (1978). Obtaining
       confidence intervals for the risk ratio in cohort studies. Biometrics 34, 469-474.

    Examples
    --------
    >>> lift, low = compute_lift(24, 24, 0, 976)
    >>> round(lift), round(low)
    (1915, 120)
    """
    hits, rest_hits = hits + _PSEUDO_COUNT, rest_hits + _PSEUDO_COUNT
    n, n_rest = n + 2 * _PSEUDO_COUNT, n_rest + 2 * _PSEUDO_COUNT
    lift = (hits / n) / (rest_hits / n_rest)
    error = math.sqrt(1 / hits - 1 / n + 1 / rest_hits - 1 / n_rest)
    return float(lift), float(lift * math.exp(-_NORMAL_95 * error))


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
    return compute_group_lifts(signals, inside.astype(np.int64), 2)[1]


def compute_group_lifts(
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
    >>> lifts = compute_group_lifts(frame, np.arange(32) // 10, 4)
    >>> [[one.side for one in own] for own in lifts]
    [['high'], [], [], []]
    """
    found: list[list[Lift]] = [[] for _ in range(n_groups)]
    sizes = np.bincount(groups, minlength=n_groups)
    for column in signals.columns:
        values = signals[column].to_numpy(dtype=float, na_value=np.nan)
        known = np.isfinite(values)
        counted = _GroupCounts(str(column), values[known], groups[known], sizes)
        cuts = list_events(counted.values)
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


def list_events(values: np.ndarray) -> list[tuple[str, float]]:
    """Return the events worth counting in a column: presence, or its tails.

    Two cuts per tail: a tenth of all rows, and a quarter for a cohort that is itself
    more than a tenth.

    Examples
    --------
    >>> list_events(np.array([0.0, 0, 0, 1]))
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


class _GroupCounts:
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
        if k < _MIN_SUPPORT or m == 0:
            return None
        lift, low = compute_lift(k, n, r, m)
        if low <= 1 or lift < _MIN_LIFT:
            return None
        own = self.total[group]
        return Lift(
            self.column,
            *cut,
            k / n,
            r / m,
            lift,
            low,
            float(own / n),
            float((self.total.sum() - own) / m),
            n / int(self.sizes[group]),
            n,
        )


def build_lift_record(lift: Lift, words: str) -> dict[str, Any]:
    """Return a lift as a plain dictionary with its words, for a frame or a file."""
    return {**asdict(lift), "words": words}


_SIGNAL_ID = re.compile(r"^([A-Z]\d{2})(?:_|$)")
_MEAN_SUFFIX, _SHARE_SUFFIX = "_mean", "_share"
# Signals whose risky side is low: a seller's share counts the listings below the bound
# (direction "-" and a bound other than 0 in the catalogue), so that more is riskier.
LOW_TAIL_SIGNALS = frozenset({"B01", "B02", "B04"})


@dataclass(frozen=True)
class Phrase:
    """What a signal is called.

    Attributes
    ----------
    signal : str
        Signal id such as ``"A07"``, or the column's own name when it has none.
    high, low : str
        How a cohort that is high (low) on it is described; empty where that side says
        nothing.
    quantity : str
        What the number measures.
    """

    signal: str
    high: str
    low: str
    quantity: str


def parse_signal_id(column: str) -> str:
    """Return the catalogue id at the head of a column's name, or the whole name.

    Examples
    --------
    >>> parse_signal_id("A07_replica_lexicon_hit_mean"), parse_signal_id("price")
    ('A07', 'price')
    """
    match = _SIGNAL_ID.match(column)
    return match.group(1) if match else column


def find_phrase(column: str) -> Phrase:
    """Return the words for a signal column; an unknown one is called by its name.

    Examples
    --------
    >>> find_phrase("A07_replica_lexicon_hit").high
    'with replica wording'
    >>> find_phrase("Z99_odd_thing").quantity
    'odd thing'
    """
    key = parse_signal_id(column)
    known = read_phrases().get(key)
    if known is None:
        name = re.sub(_SIGNAL_ID, "", column).replace("_", " ").strip() or column
        known = Phrase(key, f"high in {name}", f"low in {name}", name)
    if column.endswith(_MEAN_SUFFIX):
        return replace(known, quantity=f"{known.quantity} (mean over listings)")
    if column.endswith(_SHARE_SUFFIX):
        counted = known.low if is_share_of_low(column) else known.high
        return Phrase(key, counted, "", f"share of listings {counted}")
    return known


def phrase_signals(signals: pd.DataFrame) -> pd.DataFrame:
    """Give the words for each signal: what it measures, and what a yes says.

    Parameters
    ----------
    signals : DataFrame
        Of all listings: one that is nowhere but 0 and 1 says yes or no.

    Returns
    -------
    DataFrame
        Index: the columns of `signals`; columns quantity, yes (empty for a number).

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg import phrase_signals
    >>> signals = pd.DataFrame({"A07_replica_lexicon_hit": [0.0, 1.0]})
    >>> phrase_signals(signals).loc["A07_replica_lexicon_hit"].tolist()
    ['replica wording', 'with replica wording']
    """
    found = {name: find_phrase(str(name)) for name in signals.columns}
    yes_or_no = {name: signals[name].dropna().isin([0, 1]).all() for name in found}
    return pd.DataFrame(
        {
            "quantity": {name: one.quantity for name, one in found.items()},
            "yes": {n: one.high if yes_or_no[n] else "" for n, one in found.items()},
        },
        dtype=object,
    )


def is_share_of_low(column: str) -> bool:
    """Whether a column is a seller's share of listings on the low side of a signal.

    Examples
    --------
    >>> is_share_of_low("B02_price_ratio_brand_cat_share")
    True
    """
    return (
        column.endswith(_SHARE_SUFFIX) and parse_signal_id(column) in LOW_TAIL_SIGNALS
    )


@lru_cache(maxsize=1)
def read_phrases() -> dict[str, Phrase]:
    """Return the phrase of each signal of ``phrases.csv``, by signal id."""
    path = Path(__file__).parent / "phrases.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [Phrase(**row) for row in csv.DictReader(file)]
    return {row.signal: row for row in rows}


# blocks that are no family of signals -> what an analyst calls them
_OTHER_BLOCK_WORDS = {
    "offer": "terms of the offer",
    "meaning": "kind of goods",
    "all": "",  # there are no blocks to tell apart
}
# less than this is not worth a reader's time
_MIN_BLOCK_SHARE = 0.05
_MAX_BLOCKS = 3


def list_main_blocks(record: object) -> list[tuple[str, float]]:
    """Return the blocks that matter, in plain words, with their shares, largest first.

    Parameters
    ----------
    record : str
        ``block_parts`` of `profile_cohorts`: JSON of block to share. Anything else
        gives none.

    Examples
    --------
    >>> list_main_blocks('{"price": 0.62, "meaning": 0.36, "image": 0.02}')
    [('price', 0.62), ('kind of goods', 0.36)]
    >>> list_main_blocks(None)
    []
    """
    values = json.loads(record) if isinstance(record, str) and record else {}
    words = {**signal_families().set_index("block")["words"], **_OTHER_BLOCK_WORDS}
    known = {
        words.get(block, block.replace("_", " ")): float(share)
        for block, share in values.items()
        if share is not None and share >= _MIN_BLOCK_SHARE
    }
    known.pop("", None)
    return sorted(known.items(), key=lambda one: -one[1])[:_MAX_BLOCKS]


def describe_main_blocks(record: object) -> str:
    """Return them as one phrase; empty where nothing is known.

    Examples
    --------
    >>> describe_main_blocks('{"price": 0.62, "meaning": 0.36, "image": 0.02}')
    'price 62 %, kind of goods 36 %'
    """
    return ", ".join(
        f"{words} {100 * s:.0f} %" for words, s in list_main_blocks(record)
    )


def add_block_parts(
    cohorts: pd.DataFrame, contributions: pd.DataFrame | None
) -> pd.DataFrame:
    """Add `block_parts`, the share of each block in what sets a cohort apart, as JSON.

    Parameters
    ----------
    cohorts : pandas.DataFrame
        By cohort.
    contributions : pandas.DataFrame or None
        From `block_contributions`; None leaves the frame as it is.
    """
    if contributions is None:
        return cohorts
    known = contributions.round(4).reindex(cohorts.index)
    parts = ["" if row.isna().all() else row.to_json() for _, row in known.iterrows()]
    return cohorts.assign(block_parts=parts)


_MAX_GAPS = 3
# In half of the cohort, and twice as often as elsewhere, is worth a word.
_MIN_GAP_SHARE, _MIN_GAP_RATIO = 0.5, 2.0


def describe_gaps(signals: pd.DataFrame, inside: np.ndarray) -> str:
    """Return what is mostly unknown of a cohort, and how often here and elsewhere.

    Parameters
    ----------
    signals : pandas.DataFrame, shape (n, k)
        Signals by entity; a family of which no column has a value is unknown.
    inside : ndarray of bool, shape (n,)
        Which rows are in the cohort.

    Examples
    --------
    >>> frame = pd.DataFrame({"B02_ratio": [np.nan] * 9 + [1.0] * 11, "A07_x": 0.0})
    >>> describe_gaps(frame, np.arange(20) < 10)
    'how its prices compare (unknown for 90 % here, 0 % elsewhere)'
    >>> describe_gaps(frame, np.arange(20) >= 10)
    ''
    """
    if inside.all() or not inside.any():
        return ""
    found = []
    for letter, words in signal_families().set_index("letter")["gap"].items():
        own = [c for c in signals.columns if str(c)[:1] == letter]
        if not own or not words:  # nobody would miss it
            continue
        blank = signals[own].isna().all(axis=1).to_numpy()
        here, rest = float(blank[inside].mean()), float(blank[~inside].mean())
        if here >= _MIN_GAP_SHARE and here >= _MIN_GAP_RATIO * rest:
            shares = [format_whole_percent(one) for one in (here, rest)]
            told = f"{words} (unknown for {shares[0]} here, {shares[1]} elsewhere)"
            found.append((here - rest, told))
    found.sort(key=lambda one: -one[0])
    return "; ".join(told for _, told in found[:_MAX_GAPS])


def add_gaps(
    cohorts: pd.DataFrame, signals: pd.DataFrame, assignments: pd.Series
) -> pd.DataFrame:
    """Add `gaps`, in words; those in no cohort have none in common."""
    told = [
        ""
        if cohort == NOISE
        else describe_gaps(signals, (assignments == cohort).to_numpy())
        for cohort in cohorts.index
    ]
    return cohorts.assign(gaps=told)


# domain-spec 6.4: origin and language stand for nationality, so no rule may rest on
# them. They are kept out of rules altogether, which is stricter and simple to check.
_ORIGIN_SIGNALS = {"A18", "D06", "D07"}


_ORIGIN_WORDS = {
    "country",
    "lang",
    "language",
    "locale",
    "market",
    "nationality",
    "origin",
    "region",
    "ship",
}


def is_origin_or_language(column: str) -> bool:
    """Whether a column speaks of origin or language, by its id or its name.

    Examples
    --------
    >>> [is_origin_or_language(c) for c in ("D06_origin", "lang_th", "A07_replica_hit")]
    [True, True, False]
    """
    words = set(column.lower().replace("-", "_").split("_"))
    return parse_signal_id(column) in _ORIGIN_SIGNALS or bool(words & _ORIGIN_WORDS)
