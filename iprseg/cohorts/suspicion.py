"""How far cohorts and single entities lean to the risky side of their signals."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.cohorts.inputs import VERIFIED_AUTHORISATION, discount_authorised
from iprseg.cohorts.lift import (
    find_phrase,
    is_origin_or_language,
    is_share_of_low,
    parse_signal_id,
)
from iprseg.sentinels import NOISE
from iprseg.signals.registry import signal_catalogue, signal_families

# Evidence for honesty. It lowers the score below zero; other signals only add.
_PROTECTIVE_SIGNALS = frozenset({"A06", "J05", VERIFIED_AUTHORISATION})
# One family (text, price, …) can raise a cohort this much and no more: several kinds of
# evidence that agree count for more than one kind repeated (domain-spec J04).
_FAMILY_CAP = 3.0
# Less is shown as 0.0, and a place in the order for review would be made of nothing.
MIN_RANKED_SUSPICION = 0.05
# A suspicion of one standard deviation is worth a word.
_MIN_LEANING = 1.0
# Standard errors that a mean may be off by chance; only what lies beyond counts.
_CHANCE_ERRORS = 2.0
_MAX_DEVIATIONS = 3.0  # standard deviations


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
    marketplace: Any,
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
        scores=_sum_by_family(parts),
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
    return _sum_by_family(compute_signal_parts(signals, assignments, directions))


def _sum_by_family(parts: pd.DataFrame) -> pd.DataFrame:
    """Add the parts of signals up, family by family; see `suspicion_scores`."""
    families = np.array([key[0] for key in parts.columns], dtype=object)
    protective = np.array(
        [key in _PROTECTIVE_SIGNALS for key in parts.columns], dtype=bool
    )
    scores = pd.DataFrame(index=parts.index)
    for family in sorted(set(families[~protective])):
        own = parts.loc[:, (families == family) & ~protective].clip(lower=0)
        largest = np.sort(own.to_numpy(), axis=1)[:, ::-1][:, :2]
        # signals of one family overlap, so a second one counts half
        total = largest @ np.array([1.0, 0.5])[: largest.shape[1]]
        scores[family] = np.minimum(total, _FAMILY_CAP)
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
    return _apply_directions(
        signals,
        directions,
        groups,
        lambda x: _measure_sure_difference(x, codes, groups),
    )


def _compute_row_parts(
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

    def _standardise_rows(values: np.ndarray) -> np.ndarray:
        known = values[np.isfinite(values)]
        spread = known.std() if len(known) else 0.0
        if not spread > 0:
            return np.zeros(len(rows))
        far = np.clip(
            (values[rows] - known.mean()) / spread, -_MAX_DEVIATIONS, _MAX_DEVIATIONS
        )
        return np.nan_to_num(far)

    return _apply_directions(
        signals, directions, signals.index[rows], _standardise_rows
    )


def _apply_directions(
    signals: pd.DataFrame,
    directions: Mapping[str, str],
    index: pd.Index,
    measured: Callable[[np.ndarray], np.ndarray],
) -> pd.DataFrame:
    """Measure each signal that has a direction, and keep the stronger of each id."""
    from iprseg.cohorts.lift import is_origin_or_language

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
        if key in _PROTECTIVE_SIGNALS:
            part = np.minimum(part, 0)  # to lack it speaks against nobody
        # a seller's mean and share of one signal are one piece of evidence
        stronger = np.abs(part) > np.abs(made.get(key, 0))
        made[key] = np.where(stronger, part, made.get(key, 0))
    return pd.DataFrame(made, index=index)


def _measure_sure_difference(
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
    shrunk = sure.clip(-_MAX_DEVIATIONS, _MAX_DEVIATIONS) * coverage * n / (n + 10)
    return np.asarray(shrunk.fillna(0.0), dtype=np.float64)


_MAX_REASONS = 4
_MIN_PART, _MIN_FAMILIES = 1.0, 2  # standard deviations, and families that have as many
_CHUNK_ROWS = 200_000  # rows at a time
_SUSPECT_COLUMNS = ["cohort", "suspicion", "signals", "protective", "protective_score"]


def rank_outliers(evidence: Evidence, assignments: pd.Series) -> pd.DataFrame:
    """Rank those in whom kinds of evidence agree and of whom no cohort tells.

    Kinds that have few members are in no cohort, and so are those who are unlike all
    others; where no small cohort is found they are among the ordinary. They are to be
    looked at one by one. Members of a cohort that itself leans to the risky side are
    left out: its rank tells of them.

    Parameters
    ----------
    evidence : Evidence
        From `weigh_evidence`. Of its `every_signal`, one that cohorts are not found by
        and that is strong alone makes an outlier (`find_strong_signals`).
    assignments : pandas.Series of int, length n
        Cohort of each row that was weighed, in the same order.

    Returns
    -------
    pandas.DataFrame, index entity id
        Most suspicious first. `cohort`: -1 where in none. `suspicion` is computed as
        that of cohorts, from the distances of the entity's own signals from the mean,
        in standard deviations. Who is listed has 1 or more from each of two families,
        and more than one family may add (3) in all; in a cohort, where many are alike,
        more than two may (6); or has a signal that is strong alone, and then the
        suspicion may be small. `signals`: up to four in words, what is strong alone
        first, then the strongest of each family; `protective`: what evidence for
        honesty took off (0 or less);
        `protective_score`: as given, NaN where it is not known.

    Notes
    -----
    On simulated marketplaces of 800 sellers (``python -m benchmarks.outliers``, seeds
    20-23) 68 to 85 of a hundred sellers listed were bad actors, as 12 of a hundred are
    in all, and of the first twenty 17 or more; 28 to 55 of a hundred bad actors were
    listed. Suspected, not proven.

    Examples
    --------
    >>> one = [0.0] * 9 + [1]
    >>> frame = pd.DataFrame({"A07_replica": one, "C01_copied": one})
    >>> assignments = pd.Series([0] * 8 + [-1, -1])
    >>> tables = {"listings": pd.DataFrame(index=frame.index)}
    >>> evidence = weigh_evidence(tables, "listing", frame, assignments)
    >>> found = rank_outliers(evidence, assignments)
    >>> found.index.tolist(), found["signals"][9][0]
    ([9], 'with replica wording')
    """
    signals, directions = evidence.signals, evidence.directions
    every_signal, protective = evidence.every_signal, evidence.protective
    lean = evidence.scores["suspicion"]
    ranked = [cohort for cohort in lean.index[lean >= _MIN_LEANING] if cohort != NOISE]
    others = np.flatnonzero(~assignments.isin(ranked))
    starts = range(0, max(len(others), 1), _CHUNK_ROWS)
    pieces = [others[at : at + _CHUNK_ROWS] for at in starts]
    strong = {} if every_signal is None else _find_strong(every_signal, signals)
    found = [
        _find_outliers(signals, assignments, rows, directions, strong)
        for rows in pieces
    ]
    kept = pd.concat(found).sort_values("suspicion", ascending=False, kind="stable")
    kept["protective_score"] = np.nan
    if protective is not None:
        kept["protective_score"] = protective.reindex(kept.index).astype(float)
    return kept[_SUSPECT_COLUMNS]


def _find_outliers(
    signals: pd.DataFrame,
    assignments: pd.Series,
    rows: np.ndarray,
    directions: Mapping[str, str],
    strong: Mapping[Hashable, list[str]],
) -> pd.DataFrame:
    parts = _compute_row_parts(signals, rows, directions)
    scores = _sum_by_family(parts)
    own = scores.drop(columns=["suspicion", "protective"])
    cohort = assignments.iloc[rows].to_numpy()
    least = _FAMILY_CAP * np.where(cohort == NOISE, 1, 2)
    hit = (scores["suspicion"] > least) & (
        (own >= _MIN_PART).sum(axis=1) >= _MIN_FAMILIES
    )
    hit |= parts.index.isin(list(strong))
    told = [
        [*strong.get(entity, []), *_list_reasons(one, directions)][:_MAX_REASONS]
        for entity, one in parts[hit].iterrows()
    ]
    kept = scores.loc[hit, ["suspicion", "protective"]]
    words = pd.Series(told, index=kept.index, dtype=object)
    return kept.assign(cohort=cohort[hit.to_numpy()], signals=words)


def _find_strong(
    every_signal: pd.DataFrame, signals: pd.DataFrame
) -> dict[Hashable, list[str]]:
    """Return what is strong alone of the entities of `signals`."""
    return find_strong_signals(every_signal.loc[signals.index], signals.columns)


def _list_reasons(parts: pd.Series, directions: Mapping[str, str]) -> list[str]:
    own = parts[(parts >= _MIN_PART) & ~parts.index.isin(list(_PROTECTIVE_SIGNALS))]
    strongest = own.sort_values(ascending=False, kind="stable").index.astype(str)
    again = strongest.str[0].duplicated()  # a family that is told already
    told = [*strongest[~again], *strongest[again]][:_MAX_REASONS]
    return [_phrase_risky_side(key, directions[key]) for key in told]


def _phrase_risky_side(key: str, way: str) -> str:
    phrase = find_phrase(key)
    side = "high" if way == "+" else "low"
    return getattr(phrase, side) or f"{side} {phrase.quantity}"


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
    notes = [*_note_flat_order(suspicion, level), *note_leaning_noise(suspicion, level)]
    notes += _note_outliers(n_outliers, level)
    return notes if edits is None else [*notes, _EDITED_NOTE]


def _note_flat_order(suspicion: pd.Series, level: str) -> list[str]:
    """Say where no cohort is above the rest: then the first is no more than first.

    Examples
    --------
    >>> _note_flat_order(pd.Series({0: 0.2, 1: -2.0, -1: 4.0}), "seller")[0][:45]
    'No cohort of sellers leans clearly to the ris'
    >>> _note_flat_order(pd.Series({0: 0.2, 1: 2.0}), "seller")
    []
    """
    cohorts = suspicion.drop(NOISE, errors="ignore")
    if cohorts.empty or cohorts.max() >= _MIN_LEANING:
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
    if lean < _MIN_LEANING or 2 * below <= len(rest):
        return []
    return [
        f"The {level}s in no cohort lean further to the risky side (suspicion "
        f"{lean:.1f}) than {below} of the {len(rest)} cohorts. They are unlike each "
        "other and have no rank as a group: look at them one by one."
    ]


# What more than three in a hundred show is a habit of the market.
_MAX_STRONG_SHARE = 0.03
# A holder has what a quarter of its listings have, as in signal J04.
_MIN_HOLDER_SHARE = 0.25
# Each has an honest reason that is more frequent: dealers share the maker's text, and
# goods come back for their size. With a second kind of evidence they count.
_WEAK_ALONE = frozenset({"A16", "F03", "F04"})


def find_strong_signals(
    signals: pd.DataFrame, used: pd.Index
) -> dict[Hashable, list[str]]:
    """Return who has a rare signal of hard evidence that cohorts are not found by.

    Cohorts are found by what many share, so that such a signal is in no card and no
    suspicion. It is strong alone where its family is a kind of hard evidence
    (``families.csv``), past decisions have no part in it, no honest reason for it is
    more frequent, it lies beyond its bound (the
    catalogue's ``tau``; yes, where it is a yes or no) and three in a hundred or fewer
    of those of whom it is known show it.

    Parameters
    ----------
    signals : pandas.DataFrame, shape (n, k)
        All signals by entity; NaN is missing. Of sellers and creators, the means of
        yes-or-no signals and the shares of others speak for their listings, from a
        quarter of these on.
    used : pandas.Index
        Columns that cohorts are found by; they are left out.

    Returns
    -------
    dict of id to list of str
        In words, by entity; those without one are left out.

    Examples
    --------
    >>> frame = pd.DataFrame({"A17_off_platform_contact": [0.0] * 99 + [1.0]})
    >>> find_strong_signals(frame, pd.Index([]))
    {99: ['with contact details in the text']}
    """
    catalogue = signal_catalogue()
    families = signal_families()["evidence"]
    hard = (
        catalogue["family"].map(families).eq("yes")
        & catalogue["direction"].isin(["+", "-"])
        & catalogue["leak_risk"].eq("")
        & ~catalogue.index.isin(list(_WEAK_ALONE))
    )
    used_ids = {parse_signal_id(str(column)) for column in used}
    found: dict[Hashable, list[str]] = {}
    for column in map(str, signals.columns):
        key = parse_signal_id(column)
        if key in used_ids or not hard.get(key, False) or is_origin_or_language(column):
            continue
        hit = _flag_beyond_bound(column, signals[column], catalogue.loc[key])
        known = int(signals[column].notna().sum())
        if 0 < hit.sum() <= _MAX_STRONG_SHARE * known:
            high = catalogue.at[key, "direction"] == "+"
            phrase = find_phrase(key)
            words = (phrase.high if high else phrase.low) or phrase.quantity
            for entity in signals.index[hit]:
                own = found.setdefault(entity, [])
                own += [] if words in own else [words]
    return found


def _flag_beyond_bound(
    column: str, values: pd.Series, row: pd.Series
) -> NDArray[np.bool_]:
    """Return the rows beyond a signal's bound; none where it has no bound."""
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    name = f"{row.name}_{row['name']}"
    yes_or_no = bool(np.isnan(row["tau"])) and row["formula"].startswith("1 if")
    if column == name:
        bound = 0.5 if yes_or_no else float(row["tau"])
        low = row["direction"] == "-"
        return np.asarray(numbers < bound if low else numbers > bound)
    ending = "_mean" if yes_or_no else "_share" if row["tau"] == row["tau"] else None
    if ending is None or column != name + ending:
        return np.zeros(len(numbers), dtype=bool)
    return np.asarray(numbers >= _MIN_HOLDER_SHARE)
