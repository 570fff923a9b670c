"""One slice of a labeled sample: its rate, its worst case and its state."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from iprseg.survey._answers import LABELED, NONRESPONSE, OPEN
from iprseg.survey._moments import Cell
from iprseg.survey._rate import MIN_SELLERS, NO_LABELS, Rate, estimate_rate, held_out
from iprseg.survey._survey import Survey

__all__ = ["Evidence", "slice_evidence", "slice_row"]

LOW_N = 30


def slice_row(
    survey: Survey, inside: pd.Series, unknown: pd.Series | None
) -> dict[str, Any]:
    """One line of the answer for the rows `inside` a slice."""
    rows = survey.rows.assign(inside=inside.to_numpy())
    kind = rows["kind"]
    mine = rows["inside"] & (kind == LABELED)
    severe = _rate(survey, rows, "severe")
    light = _rate(survey, rows, "light")
    silent = kind == NONRESPONSE
    if unknown is not None:  # a deleted listing may have been of any slice
        silent &= rows["inside"] | unknown.to_numpy()
    else:
        silent &= rows["inside"]
    low, high = float(severe.low), float(severe.high)
    if silent.any():
        low, high = _worst(survey, rows, silent)
    state = _state(survey, rows, mine, severe)
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
        "method": _method(survey) if severe.offered else "none",
        "state": state,
        "worst_low": min(low, float(severe.low)),
        "worst_high": max(high, float(severe.high)),
        "nonresponse": int(silent.sum()),
        "unserved": int((rows["inside"] & (kind == OPEN)).sum()),
        "clusters": round(_finite(severe), 1),
        "point_s1": point_s1,
        "low_s1": float(light.low),
        "high_s1": float(light.high),
    }


def _worst(
    survey: Survey, rows: pd.DataFrame, silent: pd.Series
) -> tuple[float, float]:
    """Lower limit with all nonresponse lawful, upper with all of it violative."""
    lawful = _rate(survey, _filled(rows, silent, 0.0), "severe")
    violative = _rate(survey, _filled(rows, silent, 1.0), "severe")
    return float(lawful.low), float(violative.high)


def _filled(rows: pd.DataFrame, silent: pd.Series, value: float) -> pd.DataFrame:
    return rows.assign(
        kind=rows["kind"].mask(silent, LABELED),
        inside=rows["inside"] | silent,
        severe=rows["severe"].mask(silent, value),
    )


def _rate(survey: Survey, rows: pd.DataFrame, what: str) -> Rate:
    """Rate of one slice (column `inside`) for one count (column `what`)."""
    evidence = slice_evidence(survey, rows, what)
    return NO_LABELS if evidence is None else evidence.rate(survey.confidence)


class Evidence(NamedTuple):
    """All that a rate is estimated from, so that any confidence can be asked for.

    `share`: estimated share of the listings that are in the slice.
    """

    cells: list[Cell]
    unseen: float
    by_sellers: bool
    inflation: float
    share: float

    def endless(self) -> Evidence:
        """Give the same labels as of a frame without end: no unit is ever certain."""
        return self._replace(cells=[cell._replace(units=np.inf) for cell in self.cells])

    def rate(self, confidence: ArrayLike) -> Rate:
        """Estimate the rate at one confidence, or at an array of them."""
        return estimate_rate(
            self.cells, self.unseen, self.by_sellers, confidence, self.inflation
        )


def slice_evidence(survey: Survey, rows: pd.DataFrame, what: str) -> Evidence | None:
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
        cells = [_sellers(survey, own, units)]
        inflation = _held_out(survey, rows)
    else:
        cells = _strata(survey, units)
    unseen = _unseen(survey, rows, set(units.index.get_level_values("stratum")))
    share = _share(survey, units)
    return Evidence(cells, unseen, survey.by_sellers, inflation, share)


def _share(survey: Survey, units: pd.DataFrame) -> float:
    """Share of the listings that are in the slice, over strata with labels."""
    sums = units[["size", "part"]].groupby(level="stratum").sum()
    listings = survey.totals["listings"].reindex(sums.index)
    return float((sums["part"] / sums["size"] * listings).sum() / listings.sum())


def _strata(survey: Survey, units: pd.DataFrame) -> list[Cell]:
    """One cell for each stratum in which the slice has a labeled unit."""
    names = units.index.get_level_values("stratum").to_numpy()
    starts = np.flatnonzero(np.r_[True, names[1:] != names[:-1]])
    cells = []
    for start, end in zip(starts, np.r_[starts[1:], len(units)], strict=True):
        group = units.iloc[start:end]
        if group["part"].any():
            cells.append(_cell(group, *survey.totals.loc[names[start]]))
    return cells


def _cell(units: pd.DataFrame, total_units: float, total_listings: float) -> Cell:
    return Cell(
        size=units["size"].to_numpy(float),
        part=units["part"].to_numpy(float),
        hits=units["hits"].to_numpy(float),
        labeled=units["labeled"].to_numpy(float),
        copies=np.ones(len(units)),
        units=float(total_units),
        listings=float(total_listings),
    )


def _sellers(survey: Survey, labeled: pd.DataFrame, units: pd.DataFrame) -> Cell:
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
    return _cell(sums.assign(labeled=sums["size"]), np.inf, sums["size"].sum())


def _held_out(survey: Survey, rows: pd.DataFrame) -> float:
    """Inflate for sellers whose listings were drawn and have no say."""
    weight = rows["stratum"].map(
        survey.totals["listings"] / rows.groupby("stratum").size()
    )
    drawn = weight.where(rows["inside"], 0.0).groupby(rows["seller"]).sum()
    labeled = rows["inside"] & (rows["kind"] == LABELED)
    kept = weight.where(labeled, 0.0).groupby(rows["seller"]).sum()
    return float(held_out(drawn.to_numpy(), kept.to_numpy()))


def _unseen(survey: Survey, rows: pd.DataFrame, seen: set) -> float:
    """Share of the slice in strata of which no unit is labeled, by the rows drawn."""
    weight = survey.totals["listings"] / rows.groupby("stratum").size()
    held = rows.loc[rows["inside"], "stratum"].map(weight)
    mine = held.groupby(rows.loc[rows["inside"], "stratum"]).sum()
    return float(mine[~mine.index.isin(seen)].sum() / mine.sum())


def _state(survey: Survey, rows: pd.DataFrame, mine: pd.Series, rate: Rate) -> str:
    n = int(mine.sum())
    if n == 0:
        return "no labels"
    found = []
    if not rate.offered:
        found.append(
            f"too few sellers: {_shown(rate.clusters)} effective, {MIN_SELLERS} needed"
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
    if n < LOW_N:
        found.append("low n")
    return "; ".join(found)


def _finite(rate: Rate) -> float:
    """Effective units; all of them where none was left to chance."""
    clusters = float(rate.clusters)
    if np.isfinite(clusters) or rate.moments is None:
        return clusters
    return float(rate.moments.n_units)


def _shown(clusters: Any) -> str:
    """Cut, not rounded: 4.96 is fewer than 5."""
    return f"{np.floor(10 * clusters) / 10:.1f}"


def _method(survey: Survey) -> str:
    if survey.clustered:
        return "seller clusters, Korn-Graubard"
    kind = "seller clusters" if survey.by_sellers else "stratified listings"
    return f"{kind} with fpc, Korn-Graubard"
