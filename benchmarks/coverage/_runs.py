"""SimulatedMarketplace surveys and what their intervals did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from iprseg.survey.intervals import Cell, estimate_rate

NOMINAL, LOWEST, HIGHEST = 0.95, 0.93, 0.97
HITS, CLUSTERS = 20, 30  # from here on an interval may not be wider than it must


class Surveys(NamedTuple):
    """Many runs of one survey: cells of shape (runs, units) and the true rate."""

    cells: Sequence[Cell]
    unseen: np.ndarray
    truth: float
    by_sellers: bool
    inflation: np.ndarray | float = 1.0


class Tally(NamedTuple):
    """Arrays over runs."""

    offered: np.ndarray
    covered: np.ndarray
    above: np.ndarray
    below: np.ndarray
    width: np.ndarray
    error: np.ndarray
    labels: np.ndarray
    hits: np.ndarray
    weighted: np.ndarray
    squared: np.ndarray
    clusters: np.ndarray


def tally(surveys: Surveys) -> Tally:
    """Estimate every run; a survey with unseen strata is not offered an interval."""
    rate = estimate_rate(
        surveys.cells,
        surveys.unseen,
        surveys.by_sellers,
        inflation=surveys.inflation,
    )
    truth = surveys.truth
    hits, weighted, squared = _hits(surveys.cells)
    moments = rate.moments
    return Tally(
        offered=rate.offered & (surveys.unseen == 0),
        covered=(rate.low <= truth) & (truth <= rate.high),
        above=truth > rate.high,
        below=truth < rate.low,
        width=rate.high - rate.low,
        error=rate.point - truth,
        labels=_labels(surveys.cells),
        hits=hits,
        weighted=weighted,
        squared=squared,
        clusters=np.minimum(rate.clusters, moments.df + 1),
    )


def _labels(cells: Sequence[Cell]) -> np.ndarray:
    """Labels inside the slice."""
    return np.asarray(
        sum(
            (cell.copies * cell.labeled * cell.part / cell.size).sum(axis=-1)
            for cell in cells
        )
    )


def _hits(cells: Sequence[Cell]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Violative labels; the sum of their weights; the sum of the squared weights.

    Squares are summed over labels (a label counts by its weight) or over units with any
    (a hundred violative listings of one seller are one event), whichever is more.
    """
    count = first = by_label = by_unit = np.zeros(())
    for cell in cells:
        total = (cell.copies * cell.size).sum(axis=-1)
        gain = np.where(total > 0, cell.listings / np.maximum(total, 1e-12), 0.0)
        found = cell.hits * cell.labeled / cell.size
        unit = gain[..., None] * cell.hits
        label = gain[..., None] * cell.size / cell.labeled
        count = count + (cell.copies * found).sum(axis=-1)
        first = first + (cell.copies * unit).sum(axis=-1)
        by_unit = by_unit + (cell.copies * unit**2).sum(axis=-1)
        by_label = by_label + (cell.copies * found * label**2).sum(axis=-1)
    return count, first, np.maximum(by_unit, by_label)


def summary(
    tallies: Sequence[Tally], truth: float, capped: bool = True
) -> dict[str, float | str]:
    """One line of the table; `capped`: too high a coverage breaks the promise."""
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
        "labels": all_.labels[judged].mean(),
        "hits": all_.hits[judged].mean(),
        "expected_hits": min(
            _kish(all_.weighted[judged], all_.squared[judged]),
            all_.labels[judged].mean() * truth,
        ),
        "effective_clusters": float(1 / np.mean(1 / all_.clusters[judged])),
    }
    line["verdict"] = _verdict(line, capped)
    return line


def _kish(weighted: np.ndarray, squared: np.ndarray) -> float:
    """Kish's effective number, of expected sums."""
    return float(weighted.mean() ** 2 / squared.mean()) if squared.any() else 0.0


def _verdict(line: dict, capped: bool) -> str:
    if line["offered"] == 0:
        return "not offered"
    if line["coverage"] < LOWEST:
        return "LOW"
    ample = line["expected_hits"] >= HITS and line["effective_clusters"] >= CLUSTERS
    if line["coverage"] > HIGHEST:
        return "HIGH" if ample and capped else "wide"
    return "ok"
