"""What labels say of cohorts: rates with limits, lift, and a new order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from iprseg.cohorts.inputs import check_labels
from iprseg.cohorts.suspicion import number_ranked
from iprseg.errors import TableError
from iprseg.survey.design import UNKNOWN_SELLER
from iprseg.tables.access import MarketplaceLike, find_table
from iprseg.validation import NOISE, check_columns, check_option

if TYPE_CHECKING:
    from iprseg.survey import SampleDesign


# the order for review: what labels call risky, what they leave open, what they clear
_VERDICT_ORDER = {"risky": 0, "not told apart": 1, "no rate": 1, "below the rest": 2}
_RATE_COLUMNS = {
    "point": "rate",
    "low": "rate_low",
    "high": "rate_high",
    "worst_low": "rate_worst_low",
    "worst_high": "rate_worst_high",
    "n": "rate_n",
    "violative": "rate_violative",
    "nonresponse": "rate_nonresponse",
    "disagreement": "rate_disagreement",
    "state": "rate_state",
}
_COUNTS = ("n", "violative", "nonresponse", "disagreement")


def rate_cohorts(
    marketplace: MarketplaceLike,
    level: str,
    assignments: pd.Series,
    cohorts: pd.DataFrame,
    labels: pd.DataFrame,
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Rate and re-rank cohorts by the labels that measure.

    Labels of role *shape* are not used: what helped to make or choose a cohort cannot
    tell how good the cohort is.

    Parameters
    ----------
    marketplace : Marketplace or dict of pandas.DataFrame
        Tables; at seller level ``listings.seller_id`` says whose each listing is.
    level : {"listing", "seller"}
        What the ids of `assignments` are. The rate of a cohort of sellers is that of their
        listings.
    assignments : pandas.Series of int
        Cohort of each entity, indexed by listing or seller id.
    cohorts : pandas.DataFrame
        From `profile_cohorts`.
    labels : pandas.DataFrame
        What ``labeling.read_labels`` gave, with its designs.
    confidence : float, default 0.95
        Of the intervals; 1 minus it bounds the false discovery rate of verdicts.

    Returns
    -------
    pandas.DataFrame
        `cohorts` with, of suspected violations at S2 or above: `rate` (<NA> where none
        is offered), `rate_low`, `rate_high`; `rate_worst_low`, `rate_worst_high`
        (limits if all nonresponse and all on which readers disagree were lawful, or
        violative); `rate_n` labels, `rate_violative` among them, `rate_nonresponse`,
        `rate_disagreement`, `rate_unserved`; `rate_state` ("" or what limits the
        row); `lift` over the rate of all, `lift_low`, `lift_high` (0 and inf without
        one); `verdict`: "risky", "not told apart",
        "no rate" or "below the rest"; `rank_before`. Rows are in a new order: risky
        first, those below the rest last, all others by suspicion as before.
        ``attrs["rate"]`` holds the rate of all listings.

    Raises
    ------
    TableError
        When labels and assignments do not speak of the same listings.
    IprsegError
        When labels carry no design, or a wrong probability.

    Examples
    --------
    >>> from iprseg.survey import draw_sample
    >>> ids = pd.RangeIndex(600)
    >>> assignments = pd.Series([0, 1] * 300, index=ids)
    >>> cohorts = pd.DataFrame({"risk_rank": [1.0, 2.0]}, index=[0, 1])
    >>> sample = draw_sample(pd.DataFrame({"cohort": assignments}), 200, "cohort")
    >>> labels = sample.assign(status="labeled", violative=0.0, severity="S0")
    >>> bad = labels.index[labels["stratum"] == "1"][:40]
    >>> labels.loc[bad, ["violative", "severity"]] = [1.0, "S3"]
    >>> labels.attrs["designs"] = [sample.attrs["design"]]
    >>> labels = labels.assign(role="measure")
    >>> rated = rate_cohorts({}, "listing", assignments, cohorts, labels)
    >>> rated[["risk_rank", "rank_before", "verdict"]].to_dict("index")[1]
    {'risk_rank': 1.0, 'rank_before': 2.0, 'verdict': 'risky'}
    """
    from iprseg.survey import SampleDesign, estimate_lift, estimate_prevalence

    check_option("level", level, ("listing", "seller"), "rate_cohorts")
    check_labels(labels, "rate_cohorts")
    check_columns(labels, ["role", "status"], "The labels of rate_cohorts")
    if not pd.api.types.is_integer_dtype(assignments):
        raise TableError(
            f"The assignments of rate_cohorts must be whole numbers, the cohorts; got "
            f"{assignments.dtype}: give those that find_cohorts found."
        )
    designs = SampleDesign.all_of(labels)
    cohort_of = _map_listings_to_cohorts(assignments, marketplace, labels, level)
    rates = estimate_prevalence(labels, designs, cohort_of, confidence=confidence)
    lifts = estimate_lift(labels, designs, cohort_of, confidence=confidence)
    waiting = (labels["role"] == "measure") & (labels["status"] == "unserved")
    unserved = waiting.groupby(cohort_of.reindex(labels.index)).sum()
    columns = rates.rename(columns=_RATE_COLUMNS)[list(_RATE_COLUMNS.values())]
    columns.insert(9, "rate_unserved", unserved.reindex(rates.index).fillna(0))
    lifts.columns = ["lift", "lift_low", "lift_high", "rest", "verdict"]
    columns = columns.join(lifts.drop(columns="rest")).reindex(cohorts.index)
    rated = _rank_by_rate(
        cohorts.drop(columns=columns, errors="ignore").join(
            _fill_columns_of_unsampled_cohorts(columns)
        )
    )
    rate = _summarise_overall_rate(rates.loc["all"], labels, designs)
    rate["confidence"] = float(confidence)
    rated.attrs = {**cohorts.attrs, "rate": rate}
    return rated


def _map_listings_to_cohorts(
    assignments: pd.Series,
    marketplace: MarketplaceLike,
    labels: pd.DataFrame,
    level: str,
) -> pd.Series:
    """Cohort by listing id; listings in none of the entities are left out."""
    if level == "listing":
        found = assignments
    else:
        listings = find_table(marketplace, "listings")
        listings = pd.DataFrame() if listings is None else listings
        check_columns(listings, ["seller_id"], "A rate of cohorts of sellers")
        found = listings["seller_id"].map(assignments).dropna().astype(int)
    if not (len(labels) and len(found)):
        raise TableError("Labels or cohorts are empty: there is nothing to rate.")
    lost = labels.index[~labels.index.isin(found.index)]
    if len(lost) > len(labels) / 2:
        raise TableError(
            f"{len(lost):,} of the {len(labels):,} listings in the labels have no "
            f"cohort (first: {str(lost[0])!r}; tables: {str(found.index[0])!r}): use "
            "the store that was drawn from these tables."
        )
    return found.rename("cohort")


def _fill_columns_of_unsampled_cohorts(columns: pd.DataFrame) -> pd.DataFrame:
    """Say "no labels" where the draw did not reach a cohort at all."""
    blank = columns["rate_n"].isna()
    filled = columns.assign(
        rate_state=columns["rate_state"].mask(blank, "no labels"),
        verdict=columns["verdict"].mask(blank, "no rate"),
    )
    for name in ("rate_low", "rate_worst_low", "lift_low"):
        filled[name] = filled[name].astype(float).fillna(0.0)
    for name in ("rate_high", "rate_worst_high"):
        filled[name] = filled[name].astype(float).fillna(1.0)
    filled["lift_high"] = filled["lift_high"].astype(float).fillna(np.inf)
    counts = [f"rate_{one}" for one in (*_COUNTS, "unserved")]
    filled[counts] = filled[counts].fillna(0).astype(int)
    # a rate with nothing to compare it to is a rate all the same
    alone = (filled["verdict"] == "no rate") & filled["rate"].notna()
    filled["verdict"] = filled["verdict"].mask(alone, "not told apart")
    return filled


def _rank_by_rate(rated: pd.DataFrame) -> pd.DataFrame:
    before = rated["risk_rank"]
    noise = rated.index == NOISE
    order = pd.DataFrame(
        {
            "noise": noise,
            "group": rated["verdict"].map(_VERDICT_ORDER),
            "evidence": -rated["lift_low"].where(rated["verdict"] == "risky", 0.0),
            "before": before,
            # those without a rank keep the order that they came in
            "place": np.arange(len(rated)),
        }
    ).sort_values(["noise", "group", "evidence", "before", "place"])
    rated = rated.assign(rank_before=before).loc[order.index]
    # what labels call risky has a place, whatever its signals say
    risky = rated["verdict"] == "risky"
    ranked = risky | rated["rank_before"].notna()
    rated["risk_rank"] = number_ranked(ranked & (rated.index != NOISE))
    return rated


def _summarise_overall_rate(
    rate: pd.Series, labels: pd.DataFrame, designs: list
) -> dict[str, Any]:
    """Return the rate of all listings as plain values."""
    point = None if pd.isna(rate["point"]) else float(rate["point"])
    waiting = (labels["role"] == "measure") & (labels["status"] == "unserved")
    shaping = (labels["role"] == "shape") & (labels["status"] == "labeled")
    return {
        "point": point,
        **{key: float(rate[key]) for key in ("low", "high", "worst_low", "worst_high")},
        **{key: int(rate[key]) for key in _COUNTS},
        "unserved": int(waiting.sum()),
        "clusters": float(rate["clusters"]),
        **{key: str(rate[key]) for key in ("method", "target", "state")},
        "n_shape": int(shaping.sum()),
        "design_ids": [design.design_id for design in designs],
    }


ALL_LISTINGS, LOST_LISTINGS = "all", "missing"
_RENAMED_COLUMNS = {"point": "rate", "n": "labels", "unserved": "not_reached"}


def estimate_rates(
    labels: pd.DataFrame,
    designs: list[SampleDesign],
    by: pd.Series | None,
    names: Mapping[int, str],
    order: Sequence[int],
    settings: dict[str, Any],
) -> pd.DataFrame:
    """Estimate rate and lift of every slice.

    Parameters
    ----------
    labels, designs
        From `read_survey_labels`.
    by : Series by listing id, or None
        The slices; None for all listings together only.
    names : mapping of cohort to str
        Names of the slices that are cohorts; empty where none are.
    order : sequence of int
        Those cohorts, the most suspected first.
    settings : dict
        target, role and confidence, as `estimate_prevalence` takes them.

    Returns
    -------
    DataFrame
        First row "all", then the slices, risky ones first; index: the slice. Columns of
        `estimate_prevalence` (`point` called `rate`), `name`, and of `estimate_lift`
        (limits called `lift_low` and `lift_high`).
    """
    from iprseg.survey import estimate_lift, estimate_prevalence

    rates = estimate_prevalence(labels, designs, by, **settings)
    table = rates.rename(columns=_RENAMED_COLUMNS)
    table.insert(0, "name", [_find_slice_name(one, names) for one in table.index])
    table["not_reached"] = _count_unserved_listings_by_slice(
        labels, by, settings["role"], table.index
    )
    if by is None:
        return table
    lifts = estimate_lift(labels, designs, by, **settings)
    lifts = lifts.rename(columns={"low": "lift_low", "high": "lift_high"})
    table = table.join(lifts)
    return table.loc[
        sorted(table.index, key=lambda one: _make_review_sort_key(one, table, order))
    ]


def _count_unserved_listings_by_slice(
    labels: pd.DataFrame, by: pd.Series | None, role: str | None, index: pd.Index
) -> list[int]:
    """Count what waits for a label by slice, without what is kept for another role."""
    waiting = labels["status"] == "unserved"
    if role is not None:
        waiting &= labels["role"] == role
    counts = {ALL_LISTINGS: int(waiting.sum())}
    if by is not None:
        counts |= waiting.groupby(by.reindex(labels.index)).sum().to_dict()
    return [int(counts.get(one, 0)) for one in index]


def _find_slice_name(slice_: Any, names: Mapping[int, str]) -> str:
    words = {
        ALL_LISTINGS: "all listings",
        LOST_LISTINGS: "not in the cohorts any more",
        UNKNOWN_SELLER: "of unknown seller",
    }
    return names.get(slice_, words.get(slice_, f"stratum {slice_}"))


def _make_review_sort_key(
    slice_: Any, table: pd.DataFrame, order: Sequence[Any]
) -> tuple[Any, ...]:
    """Risky first, by how certain that is; then by the order before any label."""
    if slice_ == ALL_LISTINGS:
        return (0,)
    row = table.loc[slice_]
    clear = {"risky": 0, "below the rest": 2}.get(row["verdict"], 1)
    before = order.index(slice_) if slice_ in order else len(order)
    certain = -row["lift_low"] if clear == 0 else 0.0
    last = slice_ in (NOISE, LOST_LISTINGS, UNKNOWN_SELLER)
    return (1, last, clear, certain, before, str(slice_))
