"""Single entities: what speaks against each, and who stands out beside the cohorts."""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.cohorts.lift import (
    find_phrase,
    is_origin_or_language,
    parse_signal_id,
)
from iprseg.cohorts.suspicion import (
    FAMILY_CAP,
    MAX_DEVIATIONS,
    MIN_LEANING,
    PROTECTIVE_SIGNALS,
    Evidence,
    apply_directions,
    sum_parts_by_family,
)
from iprseg.signals.registry import signal_catalogue, signal_families
from iprseg.validation import NOISE

_MAX_REASONS = 4
_MIN_PART, _MIN_FAMILIES = 1.0, 2  # standard deviations, and families that have as many
_CHUNK_ROWS = 200_000  # rows at a time
_OUTLIER_COLUMNS = ["cohort", "suspicion", "signals", "protective", "protective_score"]


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
    >>> import pandas as pd
    >>> from iprseg import rank_outliers, weigh_evidence
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
    ranked = [cohort for cohort in lean.index[lean >= MIN_LEANING] if cohort != NOISE]
    others = np.flatnonzero(~assignments.isin(ranked))
    starts = range(0, max(len(others), 1), _CHUNK_ROWS)
    pieces = [others[at : at + _CHUNK_ROWS] for at in starts]
    strong = (
        {}
        if every_signal is None
        else _find_strong_signals_by_entity(every_signal, signals)
    )
    found = [
        _find_outliers_among_rows(signals, assignments, rows, directions, strong)
        for rows in pieces
    ]
    kept = pd.concat(found).sort_values("suspicion", ascending=False, kind="stable")
    kept["protective_score"] = np.nan
    if protective is not None:
        kept["protective_score"] = protective.reindex(kept.index).astype(float)
    return kept[_OUTLIER_COLUMNS]


def _find_outliers_among_rows(
    signals: pd.DataFrame,
    assignments: pd.Series,
    rows: np.ndarray,
    directions: Mapping[str, str],
    strong: Mapping[Hashable, list[str]],
) -> pd.DataFrame:
    parts = _compute_suspicion_parts_of_rows(signals, rows, directions)
    scores = sum_parts_by_family(parts)
    own = scores.drop(columns=["suspicion", "protective"])
    cohort = assignments.iloc[rows].to_numpy()
    least = FAMILY_CAP * np.where(cohort == NOISE, 1, 2)
    hit = (scores["suspicion"] > least) & (
        (own >= _MIN_PART).sum(axis=1) >= _MIN_FAMILIES
    )
    hit |= parts.index.isin(list(strong))
    told = _list_reasons_against_rows(parts[hit], directions, strong)
    kept = scores.loc[hit, ["suspicion", "protective"]]
    words = pd.Series(told, index=kept.index, dtype=object)
    return kept.assign(cohort=cohort[hit.to_numpy()], signals=words)


def _find_strong_signals_by_entity(
    every_signal: pd.DataFrame, signals: pd.DataFrame
) -> dict[Hashable, list[str]]:
    """Return what is strong alone of the entities of `signals`."""
    return find_strong_signals(every_signal.loc[signals.index], signals.columns)


def list_member_reasons(evidence: Evidence) -> pd.Series:
    """Say of each entity what speaks against it by itself, strongest first.

    Parameters
    ----------
    evidence : Evidence
        From `weigh_evidence`.

    Returns
    -------
    pandas.Series of str, by entity id
        Up to four signals in words, joined by ``"; "``, as `rank_outliers` names them:
        what is strong alone, then each whose value lies one standard deviation or more
        on the risky side. Empty where nothing does.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg import list_member_reasons, weigh_evidence
    >>> frame = pd.DataFrame({"A07_replica": [0.0] * 9 + [1.0]})
    >>> tables = {"listings": pd.DataFrame(index=frame.index)}
    >>> evidence = weigh_evidence(tables, "listing", frame, pd.Series([0] * 10))
    >>> list_member_reasons(evidence).tolist()[-2:]
    ['', 'with replica wording']
    """
    signals, directions = evidence.signals, evidence.directions
    every_signal = evidence.every_signal
    strong = (
        {}
        if every_signal is None
        else _find_strong_signals_by_entity(every_signal, signals)
    )
    told: list[str] = []
    for at in range(0, len(signals), _CHUNK_ROWS):
        rows = np.arange(at, min(at + _CHUNK_ROWS, len(signals)))
        parts = _compute_suspicion_parts_of_rows(signals, rows, directions)
        told += map("; ".join, _list_reasons_against_rows(parts, directions, strong))
    return pd.Series(told, index=signals.index, dtype=object, name="reasons")


def _list_reasons_against_rows(
    parts: pd.DataFrame,
    directions: Mapping[str, str],
    strong: Mapping[Hashable, list[str]],
) -> list[list[str]]:
    """Name what speaks against each row: strong alone, then one signal a family."""
    keys = [str(key) for key in parts.columns]
    words = {
        key: _phrase_risky_side(key, directions[key])
        for key in keys
        if key not in PROTECTIVE_SIGNALS
    }
    values = parts.to_numpy()
    against = (values >= _MIN_PART) & ~parts.columns.isin(list(PROTECTIVE_SIGNALS))
    told = []
    for row, entity in enumerate(parts.index):
        found = np.flatnonzero(against[row])
        # the strongest first, equal ones as they stand
        order = found[np.argsort(-values[row, found], kind="stable")]
        first: dict[str, str] = {}
        again = []
        for key in (keys[at] for at in order):
            if key[0] in first:  # a family that is told already
                again.append(key)
            else:
                first[key[0]] = key
        chosen = [*first.values(), *again][:_MAX_REASONS]
        reasons = [*strong.get(entity, []), *(words[key] for key in chosen)]
        told.append(reasons[:_MAX_REASONS])
    return told


def _phrase_risky_side(key: str, way: str) -> str:
    phrase = find_phrase(key)
    side = "high" if way == "+" else "low"
    return getattr(phrase, side) or f"{side} {phrase.quantity}"


def _compute_suspicion_parts_of_rows(
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

    def _standardise_values_of_rows(values: np.ndarray) -> np.ndarray:
        known = values[np.isfinite(values)]
        spread = known.std() if len(known) else 0.0
        if not spread > 0:
            return np.zeros(len(rows))
        far = np.clip(
            (values[rows] - known.mean()) / spread, -MAX_DEVIATIONS, MAX_DEVIATIONS
        )
        return np.nan_to_num(far)

    return apply_directions(
        signals, directions, signals.index[rows], _standardise_values_of_rows
    )


# What more than three in a hundred show is a habit of the market.
_MAX_STRONG_SHARE = 0.03
# A holder has what a quarter of its listings have, as in signal J04.
_MIN_HOLDER_SHARE = 0.25


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
        & catalogue["alone"].ne("no")
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
    yes_or_no = bool(np.isnan(row["tau"])) and row["value_kind"] == "yes_no"
    if column == name:
        bound = 0.5 if yes_or_no else float(row["tau"])
        low = row["direction"] == "-"
        return np.asarray(numbers < bound if low else numbers > bound)
    ending = "_mean" if yes_or_no else "_share" if row["tau"] == row["tau"] else None
    if ending is None or column != name + ending:
        return np.zeros(len(numbers), dtype=bool)
    return np.asarray(numbers >= _MIN_HOLDER_SHARE)
