"""What each cohort is: size, name, terms, signals, a rule, an order for review."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from iprseg.cohorts.inputs import (
    ProfileInputs,
    add_offer_facts,
    read_profile_inputs,
)
from iprseg.cohorts.lift import (
    Lift,
    add_block_parts,
    add_gaps,
    build_lift_record,
    compute_group_lifts,
    parse_signal_id,
)
from iprseg.cohorts.naming import (
    choose_card_lifts,
    choose_naming_lifts,
    describe_lift_side,
    find_suspicion_lifts,
    has_phrase,
    is_clear_lift,
    list_frequent_kinds,
    name_cohorts,
    split_category,
)
from iprseg.cohorts.rules import fit_cohort_rule
from iprseg.cohorts.suspicion import (
    MIN_RANKED_SUSPICION,
    Evidence,
    add_protective_scores,
    number_ranked,
    weigh_evidence,
)
from iprseg.cohorts.terms import distinctive_terms
from iprseg.errors import IprsegError, TableError
from iprseg.signals.registry import signal_catalogue
from iprseg.tables.access import LEVELS, MarketplaceLike
from iprseg.validation import NOISE, check_option

_MAX_SIGNALS = 6


def profile_cohorts(
    marketplace: MarketplaceLike,
    level: str,
    signals: pd.DataFrame,
    assignments: pd.Series,
    *,
    reasons: pd.DataFrame | None = None,
    strength: pd.Series | None = None,
    distance: pd.Series | None = None,
    directions: Mapping[str, str] | None = None,
    labels: pd.DataFrame | None = None,
    stability: Any = None,
    contributions: pd.DataFrame | None = None,
    evidence: Evidence | None = None,
    n_terms: int = 8,
    random_state: int = 0,
) -> pd.DataFrame:
    r"""Describe every cohort so that an analyst knows what it is.

    Parameters
    ----------
    marketplace : Marketplace or dict of pandas.DataFrame
        Tables; ``listings`` is needed, ``orders_daily`` gives sales.
    level : {"listing", "seller", "creator"}
        What the ids are.
    signals : pandas.DataFrame
        Signals by the same ids; NaN is missing. Rows may be in any order.
    assignments : pandas.Series of int, length n
        Cohort of each entity, by listing, seller or creator id; -1 is in no cohort.
    reasons : pandas.DataFrame, optional
        Why each missing signal is missing, as `missing_reasons` returns it.
    strength : pandas.Series, optional
        How firmly each entity belongs, to choose typical and borderline examples.
    distance : pandas.Series, optional
        How far each entity lies from the centre of its cohort: of equally firm ones the
        nearest are typical. Several sellers are shown rather than one.
    directions : mapping of str to str, optional
        Signal id to ``"+"`` or ``"-"``; the signal catalogue's when not given.
    labels : pandas.DataFrame, optional
        What ``labeling.read_labels`` gave: adds rates, lift and a new order, as
        `rate_cohorts` does.
    stability : CohortStability, optional
        What `cohort_stability` measured: adds `stability`, the verdict, and
        `stability_jaccard`.
    contributions : pandas.DataFrame, optional
        What `Segmenter.contributions` gave: adds `block_parts`, the share of each block
        in what sets a cohort apart (JSON of block to share).
    evidence : Evidence, optional
        What `weigh_evidence` made of the same signals and assignments, so that it is
        not weighed twice; `directions` are then its own. Its protective scores add
        `protective`, their mean in the cohort, and `protective_rest`, that of all
        others, to be read beside the suspicion; they take no part in the order, for
        they know past notices. Of its `every_signal`, strong lifts of signals that
        cohorts were not found by stand on the card, marked, and do nothing else.
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
        `price_median` (NaN without one currency) and `price_currency` (its code; empty
        where not known), `terms` (list), `signals` (list of
        dict, see `Lift`, with `words`), `rule`, `rule_sql`, `rule_precision`,
        `rule_recall`, `rule_measured_on`, `suspicion` (an order for review, not a
        finding), `suspicion_parts` (JSON of family to part), `risk_rank` (1 is to be
        looked at first; NaN where nothing leans to the risky side), `gaps` (what is
        unknown of most of it and known of others, in words), `strength_median`,
        `examples` and `borderline` (lists of id).
        ``attrs`` holds `level`, `notes` and `absent_signals` (column to reason).

    Raises
    ------
    TableError
        When assignments, signals and listings do not speak of the same ids.

    Examples
    --------
    >>> titles = ["Oud perfume"] * 20 + ["Phone case"] * 20
    >>> listings = pd.DataFrame({"title": titles}, index=[f"L{i}" for i in range(40)])
    >>> assignments = pd.Series([0] * 20 + [1] * 20, index=listings.index)
    >>> signals = pd.DataFrame({"A07_replica": 1.0 - assignments})
    >>> tables, ways = {"listings": listings}, {"A07": "+"}
    >>> frame = profile_cohorts(
    ...     tables, "listing", signals, assignments, directions=ways
    ... )
    >>> print(*frame["name"], sep="\n")
    Oud perfume with replica wording
    Phone case where no signal stands out
    """
    check_option("level", level, LEVELS, "profile_cohorts")
    _check_assignments(assignments, signals)
    signals = signals.loc[assignments.index]
    inputs = read_profile_inputs(marketplace, assignments.index, level)
    terms = distinctive_terms(
        inputs.texts,
        assignments,
        sellers=inputs.sellers if level == "listing" else None,
        n_terms=n_terms,
        random_state=random_state,
    )
    if evidence is None:
        evidence = weigh_evidence(
            marketplace, level, signals, assignments, directions=directions
        )
    counted = add_offer_facts(evidence.signals.assign(**signals), inputs, level)
    rows: dict[int, dict[str, Any]] = {}
    telling: dict[int, list[Lift]] = {}
    codes, cohorts = pd.factorize(assignments.to_numpy(), sort=True)
    lifts_of = compute_group_lifts(counted, codes, len(cohorts))
    unused = find_unused_lifts(evidence.every_signal, signals, codes, len(cohorts))
    for cohort, found in zip(cohorts.tolist(), lifts_of, strict=True):
        inside = (assignments == cohort).to_numpy()
        lifts = choose_card_lifts(found)
        leaning = find_suspicion_lifts(
            signals,
            inside,
            evidence.parts.loc[cohort].to_dict(),
            evidence.directions,
            lifts,
        )
        telling[cohort] = choose_naming_lifts(lifts, leaning, share=inside.mean())
        lifts = list(dict.fromkeys([*telling[cohort], *lifts]))
        row = _describe_cohort(inputs, inside, terms[cohort], strength, distance)
        row["signals"] = [
            build_lift_record(x, describe_lift_side(x.signal, x.side))
            for x in lifts[:_MAX_SIGNALS]
        ] + unused[len(rows)]
        row |= _fit_and_describe_rule(
            cohort, inputs, signals, inside, terms, level, random_state
        )
        rows[cohort] = row
    name_cohorts(
        rows, terms, telling, inputs.texts.groupby(assignments.to_numpy()), level
    )
    frame = _build_cohort_table(rows, evidence.scores)
    frame = add_protective_scores(
        add_gaps(frame, signals, assignments), evidence.protective, assignments
    )
    frame.attrs |= {"level": level, "absent_signals": absent_signals(signals, reasons)}
    frame.attrs["notes"] = _collect_notes(inputs, frame)
    frame.attrs["notes"] += note_unused_signals(evidence.every_signal, signals)
    frame = add_stability(add_block_parts(frame, contributions), stability)
    if labels is None:
        return frame
    from iprseg.cohorts.rates import rate_cohorts

    return rate_cohorts(marketplace, level, assignments, frame, labels)


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


def _check_assignments(assignments: pd.Series, signals: pd.DataFrame) -> None:
    if len(assignments) == 0:
        raise TableError("profile_cohorts got no labels: there is nothing to describe.")
    if assignments.index.has_duplicates:
        raise TableError(
            "assignments hold an id more than once, such as "
            f"{str(assignments.index[assignments.index.duplicated()][0])!r}: give one row per id."
        )
    missing = assignments.index.difference(signals.index)
    if len(missing):
        raise TableError(
            f"signals lack {len(missing):,} of the ids in assignments, such as "
            f"{str(missing[0])!r}: compute them for the entities that were clustered."
        )
    if (assignments < NOISE).any():
        raise IprsegError(
            "assignments hold numbers below -1, which are no cohort: give the labels_ of a "
            "fitted Segmenter."
        )


def _fit_and_describe_rule(
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
    rule = fit_cohort_rule(inputs, signals, inside, terms[cohort], level, random_state)
    return {
        "rule": rule.words,
        "rule_sql": rule.sql,
        "rule_precision": rule.precision,
        "rule_recall": rule.recall,
        "rule_measured_on": rule.measured_on,
    }


def _build_cohort_table(rows: dict, scores: pd.DataFrame) -> pd.DataFrame:
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
    frame["risk_rank"] = number_ranked(
        ~frame["is_noise"] & (frame["suspicion"] >= MIN_RANKED_SUSPICION)
    )
    frame.index.name = "cohort"
    first = ["name", "size", "share", "sellers", "gmv_usd", "suspicion", "risk_rank"]
    rest = [c for c in frame.columns if c not in [*first, "is_noise"]]
    return frame[first + rest]


def _collect_notes(inputs: ProfileInputs, frame: pd.DataFrame) -> list[str]:
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


_MIN_CATEGORY_SHARE = 0.6


def _describe_cohort(
    inputs: ProfileInputs,
    inside: np.ndarray,
    terms: Sequence[str],
    strength: pd.Series | None,
    distance: pd.Series | None,
) -> dict[str, Any]:
    """Return size, sellers, sales, category, price, terms and examples of a cohort."""
    texts = inputs.texts[inside]
    firmness = None if strength is None else strength.reindex(texts.index)
    sellers = None if inputs.sellers is None else inputs.sellers[inside]
    typical, borderline = choose_examples(texts, terms, firmness, distance, sellers)
    main = find_main_category(inputs.category, inside)
    return {
        "size": int(inside.sum()),
        "share": float(inside.mean()),
        "sellers": _count_sellers(inputs.sellers, inside),
        **_sum_sales(inputs.gmv, inside),
        "category": main,
        "kinds": list_frequent_kinds(inputs.category, inside, main),
        "price_median": float("nan")
        if inputs.price is None
        else float(inputs.price[inside].median()),
        "price_currency": "" if inputs.price is None else inputs.currency,
        "terms": list(terms),
        "strength_median": np.nan if firmness is None else float(firmness.median()),
        "examples": typical,
        "borderline": borderline,
    }


def _count_sellers(sellers: pd.Series | None, inside: np.ndarray) -> float:
    if sellers is None or sellers[inside].isna().all():
        return float("nan")
    return float(sellers[inside].nunique())


def _sum_sales(gmv: pd.Series | None, inside: np.ndarray) -> dict[str, float]:
    if gmv is None:
        return {"gmv_usd": float("nan"), "gmv_coverage": float("nan")}
    own = gmv[inside]
    return {
        "gmv_usd": float(own.sum(min_count=1)),
        "gmv_coverage": float(own.notna().mean()),
    }


def find_main_category(category: pd.Series | None, inside: np.ndarray) -> str | None:
    """Return the narrowest category that clearly holds the cohort, or none."""
    if category is None:
        return None
    counts = category[inside].value_counts()
    holds: dict[str, int] = {}
    for path, n in counts.items():
        steps = split_category(str(path))
        wider = (" > ".join(steps[:depth]) for depth in range(1, len(steps)))
        for name in (str(path), *wider):
            holds[name] = holds.get(name, 0) + int(n)
    enough = _MIN_CATEGORY_SHARE * inside.sum()
    clear = [path for path, n in holds.items() if n >= enough]
    return max(clear, key=lambda p: (len(split_category(p)), holds[p]), default=None)


_MAX_EXAMPLES = 5
# in as many texts terms are looked for
_MAX_TEXTS = 5000


def measure_centre_distance(places: np.ndarray, assignments: pd.Series) -> pd.Series:
    """Return how far each row lies from the mean of its cohort.

    Examples
    --------
    >>> assignments = pd.Series([0, 0, 1])
    >>> measure_centre_distance(np.array([[0.0], [2.0], [9.0]]), assignments).tolist()
    [1.0, 1.0, 0.0]
    """
    far = np.zeros(len(assignments))
    codes = assignments.to_numpy()
    for cohort in np.unique(codes):
        inside = codes == cohort
        far[inside] = np.linalg.norm(
            places[inside] - places[inside].mean(axis=0), axis=1
        )
    return pd.Series(far, index=assignments.index)


def choose_examples(
    texts: pd.Series,
    terms: Sequence[str],
    strength: pd.Series | None = None,
    distance: pd.Series | None = None,
    sellers: pd.Series | None = None,
) -> tuple[list[Any], list[Any]]:
    """Return ids of typical and of borderline members of one cohort.

    Typical are the firmest; of the equally firm those nearest to the centre, and then
    those with most of the terms. Borderline are the least firm, farthest first. Each
    seller gives one before any gives a second, and a title is shown once.

    Parameters
    ----------
    texts : pandas.Series of str
        The texts of the cohort by id.
    terms : sequence of str
        Its distinctive terms.
    strength, distance : pandas.Series, optional
        How firmly a row belongs, and how far from the centre it lies. Without
        `strength` no row is borderline.
    sellers : pandas.Series, optional
        Seller of each row.

    Examples
    --------
    >>> texts = pd.Series({"a": "oud 1", "b": "oud 2", "c": "oud 3"})
    >>> firm = pd.Series({"a": 1.0, "b": 1.0, "c": 0.4})
    >>> shops = pd.Series({"a": "x", "b": "x", "c": "y"})
    >>> far = pd.Series({"a": 2.0, "b": 1.0, "c": 3.0})
    >>> choose_examples(texts, [], firm, far, shops)
    (['b', 'c', 'a'], [])
    """
    hits = np.full(len(texts), np.nan)
    read = texts.head(_MAX_TEXTS).str.lower().tolist()
    hits[: len(read)] = [sum(map(text.__contains__, terms)) for text in read]
    order = pd.DataFrame(
        {
            "firm": 0.0 if strength is None else strength.reindex(texts.index),
            "near": 0.0 if distance is None else -distance.reindex(texts.index),
            "hits": hits,
            "text": texts,
            "shop": _number_rows_by_seller(texts, sellers),
        },
        index=texts.index,
    )
    best = ["firm", "near", "hits"]
    typical = _take_ids_of_alternating_sellers(
        order.sort_values(best, ascending=False, kind="stable")
    )
    if strength is None:
        return typical, []
    rest = order[~order["text"].isin(texts.loc[typical]).to_numpy()]
    return typical, _take_ids_of_alternating_sellers(
        rest.sort_values(best[:2], kind="stable")
    )


def _number_rows_by_seller(texts: pd.Series, sellers: pd.Series | None) -> np.ndarray:
    """Return a number for each seller; a row of unknown seller has one of its own."""
    alone = -1 - np.arange(len(texts))
    if sellers is None:
        return alone
    codes = pd.factorize(sellers.reindex(texts.index))[0]
    return np.where(codes < 0, alone, codes)


def _take_ids_of_alternating_sellers(ordered: pd.DataFrame) -> list[Any]:
    """Return the first ids, one of each seller before a second of any."""
    # the same title twice shows nothing new
    once = ordered[~ordered["text"].duplicated().to_numpy()]
    turn = once.groupby("shop").cumcount().to_numpy()
    return once.index[np.argsort(turn, kind="stable")[:_MAX_EXAMPLES]].tolist()


_STABILITY_COLUMNS = {"verdict": "stability", "jaccard": "stability_jaccard"}


def add_stability(cohorts: pd.DataFrame, stability: Any) -> pd.DataFrame:
    """Add what `cohort_stability` found of each cohort.

    Parameters
    ----------
    cohorts : pandas.DataFrame
        By cohort.
    stability : CohortStability or None
        None leaves the frame as it is.

    Returns
    -------
    pandas.DataFrame
        With `stability`, the verdict ("not known" for a cohort it did not judge, ""
        for rows in no cohort), and `stability_jaccard`; ``attrs["stability"]`` is the
        summary.
    """
    if stability is None:
        return cohorts
    found = stability.cohorts[list(_STABILITY_COLUMNS)].rename(
        columns=_STABILITY_COLUMNS
    )
    added = found.reindex(cohorts.index)
    added["stability"] = added["stability"].fillna("not known")
    noise = added.index == NOISE
    added.loc[noise, "stability"] = ""
    joined = cohorts.drop(columns=added.columns, errors="ignore").join(added)
    joined.attrs = {**cohorts.attrs, "stability": stability.summary()}
    return joined


UNUSED_MARK = "(not used for grouping)"
_MAX_UNUSED = 3


def find_unused_lifts(
    every_signal: pd.DataFrame | None,
    used: pd.DataFrame,
    codes: np.ndarray,
    n_cohorts: int,
) -> list[list[dict[str, Any]]]:
    """Return up to three strong lifts of each cohort in signals it is not found by.

    Parameters
    ----------
    every_signal : pandas.DataFrame or None
        All signals by entity; None gives none.
    used : pandas.DataFrame, shape (n, k)
        Those that cohorts are found by.
    codes : ndarray of int, shape (n,)
        Cohort of each row of `used`: 0, 1, … below ``n_cohorts``.
    n_cohorts : int

    Returns
    -------
    list of list of dict
        Records of the card, by cohort; their words end in `UNUSED_MARK`.

    Examples
    --------
    >>> used = pd.DataFrame({"A07_x": [0.0] * 40})
    >>> every = used.assign(A17_y=[1.0] * 10 + [0.0] * 30)
    >>> found = find_unused_lifts(every, used, np.repeat([0, 1], [10, 30]), 2)
    >>> [[one["words"] for one in own] for own in found]
    [['with contact details in the text (not used for grouping)'], []]
    """
    if every_signal is None:
        return [[] for _ in range(n_cohorts)]
    composites = signal_catalogue().query("family == 'composite'").index
    columns = [
        column
        for column in _list_columns_not_used_for_grouping(every_signal, used)
        if parse_signal_id(column) not in composites  # made of what is counted already
    ]
    others = every_signal.loc[used.index, columns]
    made = []
    for lifts in compute_group_lifts(others, codes, n_cohorts):
        # a side without words of its own says nothing that a reader would miss
        clear = [
            one
            for one in choose_card_lifts(lifts)
            if is_clear_lift(one) and has_phrase(one)
        ]
        made.append(
            [
                build_lift_record(
                    one, f"{describe_lift_side(one.signal, one.side)} {UNUSED_MARK}"
                )
                for one in clear[:_MAX_UNUSED]
            ]
        )
    return made


def note_unused_signals(
    every_signal: pd.DataFrame | None, used: pd.DataFrame
) -> list[str]:
    """Say by how many of the signals cohorts are found, where not by all."""
    if every_signal is None:
        return []
    all_ids = {parse_signal_id(str(column)) for column in every_signal}
    used_ids = all_ids - {
        parse_signal_id(str(column))
        for column in _list_columns_not_used_for_grouping(every_signal, used)
    }
    if len(used_ids) == len(all_ids):
        return []
    return [
        f"Cohorts are found and named, and suspicion is counted, by {len(used_ids)} of "
        f"{len(all_ids)} signals. The others stand on cards where they are much more "
        f"frequent than elsewhere, marked {UNUSED_MARK}."
    ]


def _list_columns_not_used_for_grouping(
    every_signal: pd.DataFrame, used: pd.DataFrame
) -> list[str]:
    """Return the columns of signals of which no column is used."""
    ids = {parse_signal_id(str(column)) for column in used}
    return [c for c in map(str, every_signal) if parse_signal_id(c) not in ids]
