"""Estimate how much more often a slice violates than all listings together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from iprseg.survey.design import SampleDesign
from iprseg.survey.estimate import SliceEvidence, gather_slice_evidence
from iprseg.survey.intervals import Rate
from iprseg.survey.responses import Survey, assign_slices, list_slices, read_survey

Array = NDArray[np.float64]
RISKY, BELOW, NOT_TOLD_APART, NO_RATE = (
    "risky",
    "below the rest",
    "not told apart",
    "no rate",
)


def estimate_lift(
    labels: pd.DataFrame,
    design: SampleDesign | Sequence[SampleDesign],
    by: str | pd.Series,
    *,
    target: str = "frame",
    role: str | None = "measure",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Estimate the rate of each slice over the rate of all listings.

    A slice is called risky only where chance does not explain its rate: the lower limit
    for listings like its own is above 1 after allowing for the number of slices looked
    at. Among many cohorts chance alone makes one stand out.

    Parameters
    ----------
    labels : DataFrame
        As `estimate_prevalence` takes them.
    design : SampleDesign or sequence of them
        The design(s) that drew the labels, all waves.
    by : str or Series
        Slices: a column of `labels`, or a Series by listing id of the whole frame.
    target : {"frame", "beyond"}
        As in `estimate_prevalence`.
    role : str or None
        Use labels of this role only; None uses every label.
    confidence : float
        Of the limits; 1 minus it bounds the false discovery rate of verdicts.

    Returns
    -------
    DataFrame
        Index: the slices. `lift`, <NA> where none is offered; `low`, `high` (0 and inf
        then): limits of each slice by itself, in this very frame; `rest`: rate of the
        listings outside the slice; `verdict`: "risky", "below the rest", "not told
        apart" or "no rate".

    Raises
    ------
    IprsegError, TableError
        As `estimate_prevalence`.

    Notes
    -----
    Lift is M32, the rate of the slice over that of all [1]_. Its limits come from those
    of the slice and of the rest (MOVER [2]_), taken as independent, which for sellers
    with listings on both sides is on the safe side. Verdicts hold the false discovery
    rate at 1 - `confidence` over all slices (step-up [3]_). How often slices of labels
    without signal are called: ``benchmarks/lift``.

    .. [1] Prevalence of the cohort over prevalence of all, as in lift of a rule.
    .. [2] Donner, A. and Zou, G. Y. (2012). Closed-form confidence intervals for
       functions of the normal mean and standard deviation. Statistical Methods in
       Medical Research 21, 347-359.
    .. [3] Benjamini, Y. and Hochberg, Y. (1995). J. R. Stat. Soc. B 57, 289-300.

    Examples
    --------
    >>> from iprseg.survey import SampleDesign, draw_sample
    >>> frame = pd.DataFrame({"cohort": ["a", "b"] * 300}, index=range(600))
    >>> sample = draw_sample(frame, 200, "cohort")
    >>> labels = sample.assign(status="labeled", violative=0.0, severity="S0")
    >>> bad = labels.index[labels["stratum"] == "a"][:40]
    >>> labels.loc[bad, ["violative", "severity"]] = [1.0, "S3"]
    >>> found = estimate_lift(labels, SampleDesign.of(sample), frame["cohort"])
    >>> found["verdict"].to_dict()
    {'a': 'risky', 'b': 'below the rest'}
    >>> found.loc["a", ["lift", "low", "high"]].astype(float).round(1).tolist()
    [2.0, 1.8, 2.0]
    """
    owner = "estimate_lift"
    survey = read_survey(labels, design, target, role, confidence, owner)
    slices = assign_slices(labels, survey.rows, by)
    names = list_slices(by, slices)
    sides = {name: _gather_sides(survey, slices == name) for name in names}
    offered = {name: pair for name, pair in sides.items() if pair is not None}
    verdicts = _decide_verdicts(offered, 1 - confidence)
    records = {
        name: _build_lift_record(sides[name], verdicts.get(name, NO_RATE), confidence)
        for name in names
    }
    table = pd.DataFrame.from_dict(
        records, orient="index", columns=["lift", "low", "high", "rest", "verdict"]
    )
    for column in ("lift", "rest"):
        table[column] = pd.array(table[column].tolist(), dtype="Float64")
    return table.rename_axis(by.name if isinstance(by, pd.Series) else by)


class SliceAndRest(NamedTuple):
    """A slice and all that is outside it."""

    inside: SliceEvidence
    rest: SliceEvidence

    def chance_limits(self, confidence: ArrayLike) -> tuple[Array, Array]:
        """Limits of the lift of listings like these, at an array of confidences.

        A cohort that is labeled to the last listing has an exact rate, and chance still
        put its violations there: no finite-population correction.
        """
        inside, rest = (side.endless().rate(confidence) for side in self)
        _, low, high = compute_lift_limits(inside, rest, self.inside.share)
        return low, high


def _gather_sides(survey: Survey, inside: pd.Series) -> SliceAndRest | None:
    """Gather both sides; None where either of them gives no rate."""
    found = []
    for mask in (inside, ~inside):
        rows = survey.rows.assign(inside=mask.to_numpy())
        evidence = gather_slice_evidence(survey, rows, "severe")
        # a stratum without a label leaves the point itself unknown
        if evidence is None or evidence.unseen > 0:
            return None
        if not evidence.rate(survey.confidence).offered:
            return None
        found.append(evidence)
    return SliceAndRest(*found)


def compute_lift_limits(
    inside: Rate, rest: Rate, share: float
) -> tuple[Array, Array, Array]:
    """Lift of a slice over all, with limits from those of the slice and of the rest.

    Parameters
    ----------
    inside, rest : Rate
        Of the slice and of what is outside it; shapes broadcast.
    share : float
        Share of all listings that are in the slice.

    Returns
    -------
    (point, low, high) : arrays
        `point` is nan where both rates are 0.

    Examples
    --------
    >>> from iprseg.survey.intervals import NO_LABELS
    >>> cohort = NO_LABELS._replace(point=0.3, low=0.2, high=0.4)
    >>> others = NO_LABELS._replace(point=0.1, low=0.05, high=0.15)
    >>> [round(float(x), 2) for x in compute_lift_limits(cohort, others, 0.2)]
    [2.14, 1.49, 3.06]
    """
    p, p_low, p_high = (np.asarray(x, dtype=float) for x in inside[:3])
    q, q_low, q_high = (np.asarray(x, dtype=float) for x in rest[:3])
    with np.errstate(divide="ignore", invalid="ignore"):
        low = _compute_mover_limit(
            p * q, _compute_mover_term(p_low, p), _compute_mover_term(q_high, q)
        )
        high = 1 / _compute_mover_limit(
            p * q, _compute_mover_term(q_low, q), _compute_mover_term(p_high, p)
        )
        point = _convert_to_lift(p / q, share)
        return point, _convert_to_lift(low, share), _convert_to_lift(high, share)


def _compute_mover_term(limit: Array, point: Array) -> Array:
    return np.asarray(limit * (2 * point - limit))


def _compute_mover_limit(product: Array, near: Array, far: Array) -> Array:
    """Lower limit of a ratio, in the form that does not divide by 0 (0/0 is 0)."""
    below = product + np.sqrt(np.maximum(product**2 - near * far, 0))
    return np.asarray(np.where(below > 0, near / below, 0.0))


def _convert_to_lift(ratio: Array, share: float) -> Array:
    """Turn slice over rest into slice over all."""
    return np.asarray(1 / (share + (1 - share) / ratio))


def _decide_verdicts(sides: dict[Any, SliceAndRest], level: float) -> dict[Any, str]:
    """Call slices, most evident first, with false discoveries held at `level`."""
    count = len(sides)
    if not count:
        return {}
    steps = 1 - level * np.arange(1, count + 1) / count
    limits = {name: pair.chance_limits(steps) for name, pair in sides.items()}
    above = np.array([low > 1 for low, _ in limits.values()])
    under = np.array([high < 1 for _, high in limits.values()])
    enough = (above | under).sum(axis=0) >= np.arange(1, count + 1)
    if not enough.any():
        return dict.fromkeys(sides, NOT_TOLD_APART)
    step = int(np.flatnonzero(enough)[-1])
    words = np.where(
        above[:, step], RISKY, np.where(under[:, step], BELOW, NOT_TOLD_APART)
    )
    return dict(zip(sides, words.tolist(), strict=True))


def _build_lift_record(
    sides: SliceAndRest | None, verdict: str, confidence: float
) -> list[Any]:
    if sides is None:
        return [pd.NA, 0.0, np.inf, pd.NA, verdict]
    inside, rest = sides.inside.rate(confidence), sides.rest.rate(confidence)
    point, low, high = compute_lift_limits(inside, rest, sides.inside.share)
    lift = float(point) if np.isfinite(point) else pd.NA
    return [lift, float(low), float(high), float(rest.point), verdict]
