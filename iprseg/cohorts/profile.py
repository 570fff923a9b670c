"""What each cohort is: size, name, terms, signals, a rule, an order for review."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from iprseg._check import check_option
from iprseg._labels import NOISE
from iprseg._members import LEVELS
from iprseg.cohorts._card import card_lifts, leaning_lifts, with_facts
from iprseg.cohorts._describe import describe_cohort
from iprseg.cohorts._gaps import with_gaps
from iprseg.cohorts._inputs import ProfileInputs, profile_inputs
from iprseg.cohorts._leave import with_leave
from iprseg.cohorts._naming import lift_words, name_all
from iprseg.cohorts._protective import with_protective
from iprseg.cohorts._rule_inputs import cohort_rule
from iprseg.cohorts._stable import with_stability
from iprseg.cohorts.apart import with_block_parts
from iprseg.cohorts.lift import Lift, group_lifts, lift_record
from iprseg.cohorts.names import telling_signals
from iprseg.cohorts.rate import rate_cohorts
from iprseg.cohorts.suspicion import contributions as suspicion_parts
from iprseg.cohorts.suspicion import suspicion_scores
from iprseg.cohorts.terms import distinctive_terms
from iprseg.errors import IprsegError, TableError

_N_SIGNALS = 6


def profile_cohorts(
    labels: pd.Series,
    mp: Any,
    signals: pd.DataFrame,
    level: str = "listing",
    *,
    reasons: pd.DataFrame | None = None,
    strength: pd.Series | None = None,
    distance: pd.Series | None = None,
    directions: Mapping[str, str] | None = None,
    gold: pd.DataFrame | None = None,
    stability: Any = None,
    contributions: pd.DataFrame | None = None,
    protective: pd.Series | None = None,
    n_terms: int = 8,
    random_state: int = 0,
) -> pd.DataFrame:
    r"""Describe every cohort so that an analyst knows what it is.

    Parameters
    ----------
    labels : pandas.Series of int, length n
        Cohort of each entity, by listing, seller or creator id; -1 is in no cohort.
    mp : Marketplace or dict of pandas.DataFrame
        Tables; ``listings`` is needed, ``orders_daily`` gives sales.
    signals : pandas.DataFrame
        Signals by the same ids; NaN is missing. Rows may be in any order.
    level : {"listing", "seller", "creator"}
        What the ids are.
    reasons : pandas.DataFrame, optional
        Why each missing signal is missing, as `compute_signals` returns it.
    strength : pandas.Series, optional
        How firmly each entity belongs, to choose typical and borderline examples.
    distance : pandas.Series, optional
        How far each entity lies from the centre of its cohort: of equally firm ones the
        nearest are typical. Several sellers are shown rather than one.
    directions : mapping of str to str, optional
        Signal id to ``"+"`` or ``"-"``; the signal catalogue's when not given.
    gold : pandas.DataFrame, optional
        What ``labeling.gold_labels`` gave: adds rates, lift and a new order, as
        `rate_cohorts` does.
    stability : CohortStability, optional
        What `cohort_stability` measured: adds `stability`, the verdict, and
        `stability_jaccard`.
    contributions : pandas.DataFrame, optional
        What `Segmenter.contributions` gave: adds `block_parts`, the share of each block
        in what sets a cohort apart (JSON of block to share).
    protective : pandas.Series, optional
        Protective score of each entity, 0 to 1 (signal J05): adds `protective`, its
        mean in the cohort, and `protective_rest`, that of all others, to be read
        beside the suspicion; it takes no part in the order, for it knows past notices.
    n_terms : int, default 8
        Terms per cohort at most.
    random_state : int, default 0
        Seed of samples and of the held-out split of rules.

    Returns
    -------
    pandas.DataFrame
        One row per cohort, most suspicious first, indexed by cohort id; entities in no
        cohort come last. Columns: `name`, `size`, `share`, `sellers` (NaN when
        unknown), `gmv_usd` and `gmv_coverage` (NaN without orders), `category`,
        `price_median` (NaN without one currency), `terms` (list), `signals` (list of
        dict, see `Lift`, with `words`), `rule`, `rule_sql`, `rule_precision`,
        `rule_recall`, `rule_measured_on`, `suspicion` (an order for review, not a
        finding), `suspicion_parts` (JSON of family to part), `risk_rank` (1 is to be
        looked at first), `gaps` (what is unknown of most of it and known of others, in
        words), `strength_median`, `examples` and `borderline` (lists of id).
        ``attrs`` holds `level`, `notes` and `absent_signals` (column to reason).

    Raises
    ------
    TableError
        When labels, signals and listings do not speak of the same ids.

    Examples
    --------
    >>> titles = ["Oud perfume"] * 20 + ["Phone case"] * 20
    >>> listings = pd.DataFrame({"title": titles}, index=[f"L{i}" for i in range(40)])
    >>> labels = pd.Series([0] * 20 + [1] * 20, index=listings.index)
    >>> signals = pd.DataFrame({"A07_replica": 1.0 - labels})
    >>> frame = profile_cohorts(
    ...     labels, {"listings": listings}, signals, directions={"A07": "+"}
    ... )
    >>> print(*frame["name"], sep="\n")
    Oud perfume with replica wording
    Phone case where no signal stands out
    """
    check_option("level", level, LEVELS, "profile_cohorts")
    _check_labels(labels, signals)
    signals = signals.loc[labels.index]
    inputs = profile_inputs(mp, labels.index, level)
    terms = distinctive_terms(
        inputs.texts,
        labels,
        sellers=inputs.sellers if level == "listing" else None,
        n_terms=n_terms,
        random_state=random_state,
    )
    directions = catalogue_directions() if directions is None else directions
    weighed = with_leave(signals, mp, level)
    counted = with_facts(weighed.assign(**signals), inputs, level)
    parts = suspicion_parts(weighed, labels, directions)
    rows: dict[int, dict[str, Any]] = {}
    telling: dict[int, list[Lift]] = {}
    codes, cohorts = pd.factorize(labels.to_numpy(), sort=True)
    lifts_of = group_lifts(counted, codes, len(cohorts))
    for cohort, found in zip(cohorts.tolist(), lifts_of, strict=True):
        inside = (labels == cohort).to_numpy()
        lifts = card_lifts(found)
        leaning = leaning_lifts(
            signals, inside, parts.loc[cohort].to_dict(), directions, lifts
        )
        telling[cohort] = telling_signals(lifts, leaning, share=inside.mean())
        lifts = list(dict.fromkeys([*telling[cohort], *lifts]))
        row = describe_cohort(inputs, inside, terms[cohort], strength, distance)
        row["signals"] = [
            lift_record(x, lift_words(x.signal, x.side)) for x in lifts[:_N_SIGNALS]
        ]
        row |= _rule_of(cohort, inputs, signals, inside, terms, level, random_state)
        rows[cohort] = row
    name_all(rows, terms, telling, inputs.texts.groupby(labels.to_numpy()), level)
    frame = _assemble(rows, suspicion_scores(weighed, labels, directions))
    frame = with_protective(with_gaps(frame, signals, labels), protective, labels)
    frame.attrs |= {"level": level, "absent_signals": absent_signals(signals, reasons)}
    frame.attrs["notes"] = _notes(inputs, frame)
    frame = with_stability(with_block_parts(frame, contributions), stability)
    return frame if gold is None else rate_cohorts(frame, labels, mp, gold, level)


def absent_signals(
    signals: pd.DataFrame, reasons: pd.DataFrame | None
) -> dict[str, str]:
    """Return the signals that no entity has, with the most frequent reason.

    Examples
    --------
    >>> absent_signals(pd.DataFrame({"B01_x": [np.nan], "A07_y": [1.0]}), None)
    {'B01_x': 'no value for any row'}
    """
    absent = {}
    for column in signals.columns[signals.isna().all()]:
        reason = ""
        if reasons is not None and column in reasons and len(reasons):
            given = reasons[column][reasons[column].fillna("") != ""]
            reason = str(given.value_counts().index[0]) if len(given) else ""
        absent[str(column)] = reason or "no value for any row"
    return absent


def _check_labels(labels: pd.Series, signals: pd.DataFrame) -> None:
    if len(labels) == 0:
        raise TableError("profile_cohorts got no labels: there is nothing to describe.")
    if labels.index.has_duplicates:
        raise TableError(
            "labels hold an id more than once, such as "
            f"{str(labels.index[labels.index.duplicated()][0])!r}: give one row per id."
        )
    missing = labels.index.difference(signals.index)
    if len(missing):
        raise TableError(
            f"signals lack {len(missing):,} of the ids in labels, such as "
            f"{str(missing[0])!r}: compute them for the entities that were clustered."
        )
    if (labels < NOISE).any():
        raise IprsegError(
            "labels hold numbers below -1, which are no cohort: give the labels_ of a "
            "fitted Segmenter."
        )


def catalogue_directions() -> dict[str, str]:
    """Return the risky direction of each signal id, as the catalogue has it."""
    from iprseg.signals import signal_catalogue

    directions = signal_catalogue()["direction"]
    return {str(key): str(value) for key, value in directions.items()}


def _rule_of(
    cohort: int,
    inputs: ProfileInputs,
    signals: pd.DataFrame,
    inside: np.ndarray,
    terms: dict,
    level: str,
    random_state: int,
) -> dict[str, Any]:
    if cohort == NOISE:
        return {
            "rule": "",
            "rule_sql": "",
            "rule_precision": np.nan,
            "rule_recall": np.nan,
            "rule_measured_on": "",
        }
    rule = cohort_rule(inputs, signals, inside, terms[cohort], level, random_state)
    return {
        "rule": rule.words,
        "rule_sql": rule.sql,
        "rule_precision": rule.precision,
        "rule_recall": rule.recall,
        "rule_measured_on": rule.measured_on,
    }


def _assemble(rows: dict, scores: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame["suspicion"] = scores["suspicion"].reindex(frame.index)
    parts = scores.drop(columns="suspicion").round(3).reindex(frame.index)
    frame["suspicion_parts"] = [row.to_json() for _, row in parts.iterrows()]
    frame["is_noise"] = frame.index == NOISE
    # by size where suspicion is equal, so that the order never depends on chance; the
    # small one first, for the largest is what is ordinary
    frame = frame.sort_values(
        ["is_noise", "suspicion", "size"], ascending=[True, False, True], kind="stable"
    )
    frame["risk_rank"] = np.where(
        frame["is_noise"], np.nan, np.arange(1, len(frame) + 1)
    )
    frame.index.name = "cohort"
    first = ["name", "size", "share", "sellers", "gmv_usd", "suspicion", "risk_rank"]
    rest = [c for c in frame.columns if c not in [*first, "is_noise"]]
    return frame[first + rest]


def _notes(inputs: ProfileInputs, frame: pd.DataFrame) -> list[str]:
    notes = []
    if inputs.sellers is None:
        notes.append("The seller of each listing is not known: no seller is counted.")
    if inputs.gmv is None:
        notes.append("No sales are shown: the tables hold no orders_daily.gmv_usd.")
    if (frame["rule_measured_on"] == "unseen rows").any():
        notes.append(
            "Some rules are measured on unseen rows, not unseen sellers, because the "
            "sellers are not known or one seller holds the cohort: read their "
            "precision as an upper bound."
        )
    return notes
