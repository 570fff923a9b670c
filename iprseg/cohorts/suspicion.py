"""How far cohorts and single entities lean to the risky side of their signals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from iprseg.cohorts.inputs import VERIFIED_AUTHORISATION, discount_authorised
from iprseg.cohorts.lift import (
    is_origin_or_language,
    is_share_of_low,
    parse_signal_id,
)
from iprseg.tables.access import MarketplaceLike
from iprseg.validation import NOISE

# Evidence for honesty. It lowers the score below zero; other signals only add.
PROTECTIVE_SIGNALS = frozenset({"A06", "J05", VERIFIED_AUTHORISATION})
# One family (text, price, …) can raise a cohort this much and no more: several kinds of
# evidence that agree count for more than one kind repeated (domain-spec J04).
FAMILY_CAP = 3.0
# Less is shown as 0.0, and a place in the order for review would be made of nothing.
MIN_RANKED_SUSPICION = 0.05
# A suspicion of one standard deviation is worth a word.
MIN_LEANING = 1.0
# Standard errors that a mean may be off by chance; only what lies beyond counts.
_CHANCE_ERRORS = 2.0
MAX_DEVIATIONS = 3.0  # standard deviations


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against cohorts and entities, weighed once a run.

    Attributes
    ----------
    signals : pandas.DataFrame, shape (n, k)
        Those cohorts are found and named by, by entity, less what a verified
        authorisation explains (`discount_authorised`).
    directions : mapping of str to str
        Signal id to ``"+"`` or ``"-"``.
    parts : pandas.DataFrame, shape (n_cohorts, n_signal_ids)
        Part of each signal id in a cohort's suspicion; positive is riskier.
    scores : pandas.DataFrame, by cohort
        As `suspicion_scores` returns them.
    protective : pandas.Series or None
        Protective score by entity (signal J05).
    every_signal : pandas.DataFrame or None
        All signals by entity, those that cohorts are not found by, too.
    """

    signals: pd.DataFrame
    directions: Mapping[str, str]
    parts: pd.DataFrame
    scores: pd.DataFrame
    protective: pd.Series | None = None
    every_signal: pd.DataFrame | None = None


def weigh_evidence(
    marketplace: MarketplaceLike,
    level: str,
    signals: pd.DataFrame,
    assignments: pd.Series,
    *,
    directions: Mapping[str, str] | None = None,
    every_signal: pd.DataFrame | None = None,
) -> Evidence:
    """Weigh what the signals of a level say of each cohort.

    Parameters
    ----------
    marketplace : Marketplace or dict of pandas.DataFrame
        Tables; ``authorisations`` tell whom leave of the brand explains.
    level : {"listing", "seller", "creator"}
        What the ids are.
    signals : pandas.DataFrame, shape (n, k)
        Those cohorts are found by; NaN is missing.
    assignments : pandas.Series of int, length n
        Cohort of each row, in the same order.
    directions : mapping of str to str, optional
        Risky direction by signal id; the catalogue's when not given.
    every_signal : pandas.DataFrame, optional
        All signals by the same ids; J05 among them gives the protective score.

    Returns
    -------
    Evidence
        Signals less what an authorisation explains, directions, parts and scores.

    Examples
    --------
    >>> frame = pd.DataFrame({"A07_replica": [1, 1, 1, 0, 0, 0]})
    >>> tables = {"listings": pd.DataFrame(index=frame.index)}
    >>> cohorts = pd.Series([0, 0, 0, 1, 1, 1])
    >>> found = weigh_evidence(tables, "listing", frame, cohorts)
    >>> found.scores["suspicion"].gt(0).tolist()
    [True, False]
    """
    ways = read_signal_directions() if directions is None else directions
    weighed = discount_authorised(signals, marketplace, level)
    parts = compute_signal_parts(weighed, assignments, ways)
    return Evidence(
        signals=weighed,
        directions=ways,
        parts=parts,
        scores=sum_parts_by_family(parts),
        protective=None
        if every_signal is None
        else find_protective_score(every_signal),
        every_signal=every_signal,
    )


def read_signal_directions() -> dict[str, str]:
    """Return the risky direction of each signal id, as the catalogue has it."""
    from iprseg.signals import signal_catalogue

    directions = signal_catalogue()["direction"]
    return {str(key): str(value) for key, value in directions.items()}


def suspicion_scores(
    signals: pd.DataFrame, assignments: pd.Series, directions: Mapping[str, str]
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
    assignments : pandas.Series of int, length n
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
    >>> assignments = pd.Series([0, 0, 0, 1, 1, 1])
    >>> scores = suspicion_scores(frame, assignments, {"A07": "+", "B05": "+"})
    >>> scores["suspicion"].gt(0).tolist()
    [True, False]
    """
    return sum_parts_by_family(compute_signal_parts(signals, assignments, directions))


def sum_parts_by_family(parts: pd.DataFrame) -> pd.DataFrame:
    """Add the parts of signals up, family by family; see `suspicion_scores`."""
    families = np.array([key[0] for key in parts.columns], dtype=object)
    protective = np.array(
        [key in PROTECTIVE_SIGNALS for key in parts.columns], dtype=bool
    )
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


def compute_signal_parts(
    signals: pd.DataFrame, assignments: pd.Series, directions: Mapping[str, str]
) -> pd.DataFrame:
    """Return the part of each signal id, by cohort; positive is riskier."""
    groups = pd.Index(sorted(assignments.unique()), name=assignments.name)
    codes = assignments.to_numpy()
    return apply_directions(
        signals,
        directions,
        groups,
        lambda x: _measure_difference_beyond_chance(x, codes, groups),
    )


def apply_directions(
    signals: pd.DataFrame,
    directions: Mapping[str, str],
    index: pd.Index,
    measured: Callable[[np.ndarray], np.ndarray],
) -> pd.DataFrame:
    """Measure each signal that has a direction, and keep the stronger of each id."""
    made: dict[str, np.ndarray] = {}
    for column in map(str, signals.columns):
        key = parse_signal_id(column)
        way = "-" if column == VERIFIED_AUTHORISATION else directions.get(key, "")
        sign = {"+": 1.0, "-": -1.0, "−": -1.0}.get(way)
        if sign is None or is_origin_or_language(column):
            continue
        if is_share_of_low(column):
            sign = 1.0
        values = signals[column].to_numpy(dtype=float, na_value=np.nan)
        part = sign * measured(np.where(np.isinf(values), np.nan, values))
        if key in PROTECTIVE_SIGNALS:
            part = np.minimum(part, 0)  # to lack it speaks against nobody
        # a seller's mean and share of one signal are one piece of evidence
        stronger = np.abs(part) > np.abs(made.get(key, 0))
        made[key] = np.where(stronger, part, made.get(key, 0))
    return pd.DataFrame(made, index=index)


def _measure_difference_beyond_chance(
    values: np.ndarray, assignments: np.ndarray, groups: pd.Index
) -> np.ndarray:
    """Mean inside minus that of all, in overall deviations, less what chance may do.

    A cohort that is most of the whole is hardly unlike it, so what it lacks or has by
    chance does not put it before small ones that are.
    """
    series = pd.Series(values)
    spread = series.std(ddof=0)
    if not spread > 0:
        return np.zeros(len(groups))
    by = series.groupby(assignments)
    n, total = by.count().reindex(groups), by.sum().reindex(groups)
    every, whole = n.sum(), total.sum()
    difference = (total / n - whole / every) / spread
    chance = _CHANCE_ERRORS * np.sqrt(1 / n - 1 / every)
    sure = np.sign(difference) * (difference.abs() - chance).clip(lower=0)
    coverage = n / by.size().reindex(groups)
    shrunk = sure.clip(-MAX_DEVIATIONS, MAX_DEVIATIONS) * coverage * n / (n + 10)
    return np.asarray(shrunk.fillna(0.0), dtype=np.float64)


_PROTECTIVE_SCORE = "J05"


def find_protective_score(signals: pd.DataFrame) -> pd.Series | None:
    """Return the protective score of each entity, None where it was not computed."""
    own = [
        column
        for column in signals.columns
        if parse_signal_id(str(column)) == _PROTECTIVE_SCORE
    ]
    known = bool(own) and bool(signals[own[0]].notna().any())
    return signals[own[0]].astype(float) if known else None


def number_ranked(ranked: pd.Series) -> pd.Series:
    """Count rows from 1 in the order they have; those without a rank get NaN.

    Examples
    --------
    >>> number_ranked(pd.Series([True, False, True])).tolist()
    [1.0, nan, 2.0]
    """
    return ranked.cumsum().astype(float).where(ranked)


def add_protective_scores(
    cohorts: pd.DataFrame, score: pd.Series | None, assignments: pd.Series
) -> pd.DataFrame:
    """Add the mean score of each cohort, and of all others, where it is known.

    Examples
    --------
    >>> score, assignments = pd.Series([1.0, 0.5, 0.0]), pd.Series([0, 0, 1])
    >>> add_protective_scores(pd.DataFrame(index=[0]), score, assignments).to_dict("records")
    [{'protective': 0.75, 'protective_rest': 0.0}]
    """
    if score is None:
        return cohorts
    own = score.reindex(assignments.index)
    inside = {cohort: (assignments == cohort).to_numpy() for cohort in cohorts.index}
    return cohorts.assign(
        protective=[own[inside[one]].mean() for one in cohorts.index],
        protective_rest=[own[~inside[one]].mean() for one in cohorts.index],
    )


_MIN_COUNTED = 10  # are not counted out: a report goes to many
_EDITED_NOTE = (
    "Some cohorts are as an analyst merged or split them, not as they were found."
)


def write_run_notes(
    suspicion: pd.Series, level: str, n_outliers: int, edits: Any
) -> list[str]:
    """Return the notes on the order, on those in no cohort, and on edits."""
    notes = [
        *_note_no_risky_cohort(suspicion, level),
        *note_leaning_noise(suspicion, level),
    ]
    notes += _note_outliers(n_outliers, level)
    return notes if edits is None else [*notes, _EDITED_NOTE]


def _note_no_risky_cohort(suspicion: pd.Series, level: str) -> list[str]:
    """Say where no cohort is above the rest: then the first is no more than first.

    Examples
    --------
    >>> _note_no_risky_cohort(pd.Series({0: 0.2, 1: -2.0, -1: 4.0}), "seller")[0][:45]
    'No cohort of sellers leans clearly to the ris'
    >>> _note_no_risky_cohort(pd.Series({0: 0.2, 1: 2.0}), "seller")
    []
    """
    cohorts = suspicion.drop(NOISE, errors="ignore")
    if cohorts.empty or cohorts.max() >= MIN_LEANING:
        return []
    return [
        f"No cohort of {level}s leans clearly to the risky side (the largest suspicion "
        f"is {cohorts.max() + 0.0:.1f}, of one standard deviation it would be 1.0): "
        "that one comes first says little."
    ]


def _note_outliers(n: int, level: str) -> list[str]:
    if n == 0:
        return []
    who = f"{n:,} {level}s" if n >= _MIN_COUNTED else f"A few {level}s"
    return [
        f"{who} stand out by themselves, in no cohort or unlike their own: two kinds "
        "of evidence or more agree, or one signal is strong alone. They are listed "
        "with their reasons as single outliers (outliers.csv)."
    ]


def note_leaning_noise(suspicion: pd.Series, level: str) -> list[str]:
    """Say where those in no cohort lean to the risky side: no rank tells it.

    Examples
    --------
    >>> note_leaning_noise(pd.Series({-1: 4.0, 0: 0.1, 1: 2.0}), "seller")[0][:42]
    'The sellers in no cohort lean further to t'
    >>> note_leaning_noise(pd.Series({-1: 0.2, 0: 0.1}), "seller")
    []
    """
    lean, rest = suspicion.get(NOISE, 0.0), suspicion.drop(NOISE, errors="ignore")
    below = int((rest < lean).sum())
    if lean < MIN_LEANING or 2 * below <= len(rest):
        return []
    return [
        f"The {level}s in no cohort lean further to the risky side (suspicion "
        f"{lean:.1f}) than {below} of the {len(rest)} cohorts. They are unlike each "
        "other and have no rank as a group: look at them one by one."
    ]
