"""Simulated surveys and what their intervals did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from iprseg.survey._moments import Cell
from iprseg.survey._rate import estimate_rate

NOMINAL, LOWEST, HIGHEST = 0.95, 0.93, 0.97
HITS, CLUSTERS = 20, 30  # from here on an interval may not be wider than it must


class Surveys(NamedTuple):
    """Many runs of one survey: cells of shape (runs, units) and the true rate."""

    cells: Sequence[Cell]
    unseen: np.ndarray
    truth: float
    by_sellers: bool
    added: np.ndarray | float = 0.0


class Tally(NamedTuple):
    """Arrays over runs."""

    offered: np.ndarray
    covered: np.ndarray
    above: np.ndarray
    below: np.ndarray
    width: np.ndarray
    error: np.ndarray
    hits: np.ndarray
    effective_hits: np.ndarray
    clusters: np.ndarray


def tally(surveys: Surveys) -> Tally:
    """Estimate every run; a survey with unseen strata is not offered an interval."""
    rate = estimate_rate(
        surveys.cells, surveys.unseen, surveys.by_sellers, added=surveys.added
    )
    truth = surveys.truth
    hits, effective = _hits(surveys.cells)
    moments = rate.moments
    return Tally(
        offered=rate.offered & (surveys.unseen == 0),
        covered=(rate.low <= truth) & (truth <= rate.high),
        above=truth > rate.high,
        below=truth < rate.low,
        width=rate.high - rate.low,
        error=rate.point - truth,
        hits=hits,
        effective_hits=effective,
        clusters=np.minimum(rate.clusters, moments.df + 1),
    )


def _hits(cells: Sequence[Cell]) -> tuple[np.ndarray, np.ndarray]:
    """Violative labels; and violative units by Kish's effective number of them.

    A unit is what variance counts: a listing, or a seller with all its listings, for
    a hundred violative listings of one seller are one event.
    """
    count, first, second = np.zeros(()), np.zeros(()), np.zeros(())
    for cell in cells:
        total = (cell.copies * cell.size).sum(axis=-1)
        gain = np.where(total > 0, cell.listings / np.maximum(total, 1e-12), 0.0)
        weight = gain[..., None] * cell.hits
        count = count + (cell.copies * cell.hits * cell.labeled / cell.size).sum(-1)
        first = first + (cell.copies * weight).sum(axis=-1)
        second = second + (cell.copies * weight**2).sum(axis=-1)
    safe = np.where(second > 0, second, 1.0)
    return count, np.where(second > 0, first**2 / safe, 0.0)


def summary(tallies: Sequence[Tally], truth: float) -> dict[str, float | str]:
    """One line of the table, with the Monte Carlo error of the coverage."""
    parts = zip(*tallies, strict=True)
    all_ = Tally(*(np.concatenate([np.atleast_1d(p) for p in part]) for part in parts))
    offered = all_.offered
    runs, kept = len(offered), int(offered.sum())
    judged = offered if kept else np.ones(runs, bool)
    coverage = all_.covered[judged].mean()
    line: dict[str, float | str] = {
        "runs": runs,
        "offered": kept / runs,
        "coverage": coverage,
        "mc_error": float(np.sqrt(coverage * (1 - coverage) / judged.sum())),
        "truth_above": all_.above[judged].mean(),
        "truth_below": all_.below[judged].mean(),
        "width": all_.width[judged].mean(),
        "relative_bias": np.nanmean(all_.error[judged]) / truth,
        "hits": all_.hits[judged].mean(),
        "effective_hits": all_.effective_hits[judged].mean(),
        "effective_clusters": float(np.median(all_.clusters[judged])),
    }
    line["verdict"] = _verdict(line)
    return line


def _verdict(line: dict) -> str:
    if line["offered"] == 0:
        return "not offered"
    if line["coverage"] < LOWEST:
        return "LOW"
    ample = line["effective_hits"] >= HITS and line["effective_clusters"] >= CLUSTERS
    if line["coverage"] > HIGHEST:
        return "HIGH" if ample else "wide"
    return "ok"
