"""Estimate the violation rate that a drawn and labeled sample supports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from iprseg.errors import IprsegError
from iprseg.survey._answers import check_waves
from iprseg.survey._slice import slice_row
from iprseg.survey._survey import read_survey, slice_names, slices_of
from iprseg.survey.sample_design import SampleDesign

__all__ = ["estimate_prevalence"]

OWNER = "estimate_prevalence"


def estimate_prevalence(
    labels: pd.DataFrame,
    design: SampleDesign | Sequence[SampleDesign],
    by: str | pd.Series | None = None,
    *,
    target: str = "frame",
    role: str | None = "measure",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Estimate the share of violative listings, overall and by slice.

    The headline counts violative labels of severity S2 and above; S1 stands beside it.
    Labels not reached yet shrink the completed share of their stratum; skips, expired
    leases, undecided labels (a violation of unknown severity too) and listings deleted
    since the draw are nonresponse.

    Parameters
    ----------
    labels : DataFrame
        What ``labeling.gold_labels`` gives: index listing_id; columns design_id,
        stratum, inclusion_prob, serve_order, status, violative, severity; seller_id
        where sellers count, role where labels have one. Rows not yet served belong in.
    design : SampleDesign or sequence of them
        The design(s) that drew the labels, all waves.
    by : str or Series, optional
        Slices: a column of `labels`, or a Series by listing id (of the whole frame: a
        slice without a label is then named too).
    target : {"frame", "beyond"}
        "frame" asks for the rate of the very frame drawn from; "beyond" for that of
        sellers like its sellers (next month's rate), whose unit is the seller.
    role : str or None
        Use labels of this role only, so that labels that shaped a cohort do not measure
        it; the variance is then by sellers, because roles were dealt by seller. None
        uses every label.
    confidence : float

    Returns
    -------
    DataFrame
        Index: "all", then the slices. `point`, `low`, `high`; `n` labels, `violative`
        among them; `method`; `target` in words; `state` ("" or what limits the row);
        `worst_low`, `worst_high`: limits if all nonresponse were lawful, or violative;
        `nonresponse`, `unserved` listings; `clusters`: effective units; `point_s1`,
        `low_s1`, `high_s1`. Where no rate is offered `point` is <NA>, `method` "none"
        and the limits are 0 and 1.

    Raises
    ------
    IprsegError, TableError
        Labels without a design, of another design, with a probability that is 0, above
        1 or not the design's, twice for a listing, or violative with severity S0.

    Notes
    -----
    Stratified (listings) or clustered (sellers) ratio estimate with finite-population
    correction [1]_, limits by the effective sample size [2]_ with the heaviest unit's
    step [3]_. Where that keeps its promise: ``benchmarks/coverage``. A queue may stop
    at any moment that does not depend on the labels; stopping at the tenth hit, or when
    the interval looks good, biases the rate.

    .. [1] Cochran, W. G. (1977). Sampling Techniques, 3rd ed., ch. 5, 6 and 11.
    .. [2] Korn, E. L. and Graubard, B. I. (1998). Survey Methodology 24, 193-201.
    .. [3] Fay, M. P. and Feuer, E. J. (1997). Statistics in Medicine 16, 791-801.

    Examples
    --------
    >>> from iprseg.survey import SampleDesign, draw_sample
    >>> frame = pd.DataFrame(index=[f"L{i}" for i in range(500)])
    >>> sample = draw_sample(frame, 40)
    >>> labels = sample.assign(status="labeled", violative=0.0, severity="S0")
    >>> labels.loc[sample.index[:10], ["violative", "severity"]] = [1.0, "S3"]
    >>> rate = estimate_prevalence(labels, SampleDesign.of(sample))
    >>> rate.loc["all", ["point", "low", "high"]].astype(float).round(2).tolist()
    [0.25, 0.13, 0.4]
    """
    survey = read_survey(labels, design, target, role, confidence, OWNER)
    rows = survey.rows
    words = _target(check_waves(design)[0], target)
    records = {"all": slice_row(survey, pd.Series(True, index=rows.index), None)}
    name: Any = "slice"
    if by is not None:
        slices = slices_of(labels, rows, by)
        for value in slice_names(by, slices):
            if value == "all":
                _check_whole(slices == value)
            records[value] = slice_row(survey, slices == value, slices.isna())
        name = by.name if isinstance(by, pd.Series) else by
    table = pd.DataFrame.from_dict(records, orient="index")
    table.insert(6, "target", words)
    table.index.name = name
    for column in ("point", "point_s1"):
        table[column] = pd.array(table[column].tolist(), dtype="Float64")
    return table


def _check_whole(inside: pd.Series) -> None:
    """Refuse a slice that would stand in the place of the row of all listings."""
    if not inside.all():
        raise IprsegError(
            "A slice of estimate_prevalence is named 'all', which is the name of the "
            "row of all listings; call it otherwise."
        )


def _target(design: SampleDesign, target: str) -> str:
    day = (design.as_of or "").removesuffix("T00:00:00")
    when = f" as of {day}" if day else ""
    total = sum(stratum.frame_listings for stratum in design.strata.values())
    if target == "beyond":
        return f"listings of sellers like those of {design.frame_id!r}{when}"
    return f"the {total:,} listings of {design.frame_id!r}{when}"
