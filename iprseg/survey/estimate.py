"""Estimate the violation rate of all listings and of slices from a labeled sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from iprseg.errors import IprsegError
from iprseg.survey.design import SampleDesign
from iprseg.survey.intervals import (
    MIN_SELLERS,
    NO_LABELS,
    Cell,
    Rate,
    compute_held_out_inflation,
    estimate_rate,
)
from iprseg.survey.responses import (
    DISAGREEMENT,
    LABELED,
    NONRESPONSE,
    OPEN,
    Survey,
    assign_slices,
    check_wave_chain,
    list_slices,
    read_survey,
)

_OWNER = "estimate_prevalence"


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
    since the draw are nonresponse. Listings on which readers disagree are left out and
    counted apart until a lead decides: nobody knows which of the readers is right, and
    to drop what is hard to judge bends the rate.

    Parameters
    ----------
    labels : DataFrame
        What ``labeling.read_labels`` gives: index listing_id; columns design_id,
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
        Of the limits, in (0, 1).

    Returns
    -------
    DataFrame
        Index: "all", then the slices. `point`, `low`, `high`; `n` labels, `violative`
        among them; `method`; `target` in words; `state` ("" or what limits the row);
        `worst_low`, `worst_high`: limits if all nonresponse and all on which readers
        disagree were lawful, or violative; `nonresponse`, `disagreement`, `unserved`
        listings; `clusters`: effective units; `point_s1`, `low_s1`, `high_s1`. Where no
        rate is offered `point` is <NA>, `method` "none" and the limits are 0 and 1.

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
    survey = read_survey(labels, design, target, role, confidence, _OWNER)
    rows = survey.rows
    words = _describe_target(check_wave_chain(design)[0], target)
    records = {"all": _estimate_slice(survey, pd.Series(True, index=rows.index), None)}
    name: Any = "slice"
    if by is not None:
        slices = assign_slices(labels, rows, by)
        for value in list_slices(by, slices):
            if value == "all":
                _refuse_slice_named_all(slices == value)
            records[value] = _estimate_slice(survey, slices == value, slices.isna())
        name = by.name if isinstance(by, pd.Series) else by
    table = pd.DataFrame.from_dict(records, orient="index")
    table.insert(6, "target", words)
    table.index.name = name
    for column in ("point", "point_s1"):
        table[column] = pd.array(table[column].tolist(), dtype="Float64")
    return table


def _refuse_slice_named_all(inside: pd.Series) -> None:
    """Refuse a slice that would stand in the place of the row of all listings."""
    if not inside.all():
        raise IprsegError(
            "A slice of estimate_prevalence is named 'all', which is the name of the "
            "row of all listings; call it otherwise."
        )


def _describe_target(design: SampleDesign, target: str) -> str:
    day = (design.as_of or "").removesuffix("T00:00:00")
    when = f" as of {day}" if day else ""
    total = sum(stratum.frame_listings for stratum in design.strata.values())
    if target == "beyond":
        return f"listings of sellers like those of {design.frame_id!r}{when}"
    return f"the {total:,} listings of {design.frame_id!r}{when}"


_LOW_N = 30


def _estimate_slice(
    survey: Survey, inside: pd.Series, unknown: pd.Series | None
) -> dict[str, Any]:
    """One line of the answer for the rows `inside` a slice."""
    rows = survey.rows.assign(inside=inside.to_numpy())
    kind = rows["kind"]
    mine = rows["inside"] & (kind == LABELED)
    severe = _estimate_slice_rate(survey, rows, "severe")
    light = _estimate_slice_rate(survey, rows, "light")
    disputed = rows["inside"] & (kind == DISAGREEMENT)
    silent = kind == NONRESPONSE
    if unknown is not None:  # a deleted listing may have been of any slice
        silent &= rows["inside"] | unknown.to_numpy()
    else:
        silent &= rows["inside"]
    low, high = float(severe.low), float(severe.high)
    if silent.any() or disputed.any():
        low, high = _compute_worst_case(survey, rows, silent | disputed)
    state = _describe_state(survey, rows, mine, severe)
    offered = severe.offered and "without a label" not in state
    point, point_s1 = (
        (float(one.point) if offered else pd.NA) for one in (severe, light)
    )
    return {
        "point": point,
        "low": float(severe.low),
        "high": float(severe.high),
        "n": int(mine.sum()),
        "violative": int(rows.loc[mine, "severe"].sum()),
        "method": _name_method(survey) if severe.offered else "none",
        "state": state,
        "worst_low": min(low, float(severe.low)),
        "worst_high": max(high, float(severe.high)),
        "nonresponse": int(silent.sum()),
        "disagreement": int(disputed.sum()),
        "unserved": int((rows["inside"] & (kind == OPEN)).sum()),
        "clusters": round(_count_effective_units(severe), 1),
        "point_s1": point_s1,
        "low_s1": float(light.low),
        "high_s1": float(light.high),
    }


def _compute_worst_case(
    survey: Survey, rows: pd.DataFrame, silent: pd.Series
) -> tuple[float, float]:
    """Lower limit with all that is undecided lawful, upper with all violative."""
    lawful = _estimate_slice_rate(
        survey, _fill_nonresponse(rows, silent, 0.0), "severe"
    )
    violative = _estimate_slice_rate(
        survey, _fill_nonresponse(rows, silent, 1.0), "severe"
    )
    return float(lawful.low), float(violative.high)


def _fill_nonresponse(
    rows: pd.DataFrame, silent: pd.Series, value: float
) -> pd.DataFrame:
    return rows.assign(
        kind=rows["kind"].mask(silent, LABELED),
        inside=rows["inside"] | silent,
        severe=rows["severe"].mask(silent, value),
    )


def _estimate_slice_rate(survey: Survey, rows: pd.DataFrame, what: str) -> Rate:
    """Rate of one slice (column `inside`) for one count (column `what`)."""
    evidence = gather_slice_evidence(survey, rows, what)
    return NO_LABELS if evidence is None else evidence.rate(survey.confidence)


class SliceEvidence(NamedTuple):
    """All that a rate is estimated from, so that any confidence can be asked for.

    `share`: estimated share of the listings that are in the slice.
    """

    cells: list[Cell]
    unseen: float
    by_sellers: bool
    inflation: float
    share: float

    def endless(self) -> SliceEvidence:
        """Give the same labels as of a frame without end: no unit is ever certain."""
        return self._replace(cells=[cell._replace(units=np.inf) for cell in self.cells])

    def rate(self, confidence: ArrayLike) -> Rate:
        """Estimate the rate at one confidence, or at an array of them."""
        return estimate_rate(
            self.cells, self.unseen, self.by_sellers, confidence, self.inflation
        )


def gather_slice_evidence(
    survey: Survey, rows: pd.DataFrame, what: str
) -> SliceEvidence | None:
    """Gather the labeled units of one slice (column `inside`); None without any."""
    labeled = rows[rows["kind"] == LABELED]
    part = labeled["inside"].astype(float)
    if not part.any():
        return None
    own = labeled.assign(part=part, hits=part * labeled[what], labeled=1.0)
    units = own.groupby(["stratum", "unit"], sort=True).agg(
        size=("size", "first"),
        part=("part", "sum"),
        hits=("hits", "sum"),
        labeled=("labeled", "sum"),
    )
    scale = units["size"] / units["labeled"]
    units[["part", "hits"]] = units[["part", "hits"]].mul(scale, axis=0)
    inflation = 1.0
    if survey.clustered:
        cells = [_build_seller_cell(survey, own, units)]
        inflation = _compute_role_inflation(survey, rows)
    else:
        cells = _build_stratum_cells(survey, units)
    unseen = _compute_unseen_share(
        survey, rows, set(units.index.get_level_values("stratum"))
    )
    share = _estimate_slice_share(survey, units)
    return SliceEvidence(cells, unseen, survey.by_sellers, inflation, share)


def _estimate_slice_share(survey: Survey, units: pd.DataFrame) -> float:
    """Share of the listings that are in the slice, over strata with labels."""
    sums = units[["size", "part"]].groupby(level="stratum").sum()
    listings = survey.totals["listings"].reindex(sums.index)
    return float((sums["part"] / sums["size"] * listings).sum() / listings.sum())


def _build_stratum_cells(survey: Survey, units: pd.DataFrame) -> list[Cell]:
    """One cell for each stratum in which the slice has a labeled unit."""
    names = units.index.get_level_values("stratum").to_numpy()
    starts = np.flatnonzero(np.r_[True, names[1:] != names[:-1]])
    cells = []
    for start, end in zip(starts, np.r_[starts[1:], len(units)], strict=True):
        group = units.iloc[start:end]
        if group["part"].any():
            cells.append(_build_cell(group, *survey.totals.loc[names[start]]))
    return cells


def _build_cell(units: pd.DataFrame, total_units: float, total_listings: float) -> Cell:
    return Cell(
        size=units["size"].to_numpy(float),
        part=units["part"].to_numpy(float),
        hits=units["hits"].to_numpy(float),
        labeled=units["labeled"].to_numpy(float),
        copies=np.ones(len(units)),
        units=float(total_units),
        listings=float(total_listings),
    )


def _build_seller_cell(
    survey: Survey, labeled: pd.DataFrame, units: pd.DataFrame
) -> Cell:
    """Put all sellers with their weights in one stratum, few of endlessly many."""
    gain = survey.totals["listings"] / units.groupby(level="stratum")["size"].sum()
    scale = (units["size"] / units["labeled"]).rename("scale")
    weight = (
        labeled["stratum"].map(gain)
        * labeled.join(scale, on=["stratum", "unit"])["scale"]
    )
    sums = (
        labeled[["part", "hits"]]
        .mul(weight, axis=0)
        .assign(size=weight)
        .groupby(labeled["seller"])
        .sum()
    )
    return _build_cell(sums.assign(labeled=sums["size"]), np.inf, sums["size"].sum())


def _compute_role_inflation(survey: Survey, rows: pd.DataFrame) -> float:
    """Inflate for sellers whose listings were drawn and have no say."""
    weight = rows["stratum"].map(
        survey.totals["listings"] / rows.groupby("stratum").size()
    )
    drawn = weight.where(rows["inside"], 0.0).groupby(rows["seller"]).sum()
    labeled = rows["inside"] & (rows["kind"] == LABELED)
    kept = weight.where(labeled, 0.0).groupby(rows["seller"]).sum()
    return float(compute_held_out_inflation(drawn.to_numpy(), kept.to_numpy()))


def _compute_unseen_share(survey: Survey, rows: pd.DataFrame, seen: set[str]) -> float:
    """Share of the slice in strata of which no unit is labeled, by the rows drawn."""
    weight = survey.totals["listings"] / rows.groupby("stratum").size()
    held = rows.loc[rows["inside"], "stratum"].map(weight)
    mine = held.groupby(rows.loc[rows["inside"], "stratum"]).sum()
    return float(mine[~mine.index.isin(seen)].sum() / mine.sum())


def _describe_state(
    survey: Survey, rows: pd.DataFrame, mine: pd.Series, rate: Rate
) -> str:
    n = int(mine.sum())
    if n == 0:
        return "no labels"
    found = []
    if not rate.offered:
        found.append(
            f"too few sellers: {_format_truncated(rate.clusters)} effective, {MIN_SELLERS} needed"
        )
    drawn = set(rows.loc[rows["inside"], "stratum"])
    count = rows[rows["kind"] == LABELED].groupby("stratum")["unit"].nunique()
    bare = sorted(drawn - set(count.index))
    if bare:
        many = "1 stratum" if len(bare) == 1 else f"{len(bare)} strata"
        found.append(
            f"{many} without a label (first: {bare[0]!r}): limits are worst case there"
        )
    lone = list(drawn & set(count.index[count == 1]))
    if (survey.totals["units"].reindex(lone) > 1).any():
        found.append("a stratum with one labeled unit: its spread is taken from all")
    total = rows.loc[mine, "severe"].sum()
    if total in (0, n):
        found.append("one class: " + ("all" if total else "no") + " labels violative")
    if (rows["inside"] & (rows["kind"] == DISAGREEMENT)).any():
        found.append("readers disagree on listings that the rate leaves out")
    if n < _LOW_N:
        found.append("low n")
    return "; ".join(found)


def _count_effective_units(rate: Rate) -> float:
    """Effective units; all of them where none was left to chance."""
    clusters = float(rate.clusters)
    if np.isfinite(clusters) or rate.moments is None:
        return clusters
    return float(rate.moments.n_units)


def _format_truncated(clusters: Any) -> str:
    """Cut, not rounded: 4.96 is fewer than 5."""
    return f"{np.floor(10 * clusters) / 10:.1f}"


def _name_method(survey: Survey) -> str:
    if survey.clustered:
        return "seller clusters, Korn-Graubard"
    kind = "seller clusters" if survey.by_sellers else "stratified listings"
    return f"{kind} with fpc, Korn-Graubard"
