"""What one run found, and how it is kept as files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class CohortResult:
    """What `find_cohorts` found, at one level.

    Attributes
    ----------
    level : str
        ``"listing"``, ``"seller"`` or ``"creator"``.
    cohorts : pandas.DataFrame
        One row per cohort, as `profile_cohorts` returns it.
    labels : pandas.Series of int
        Cohort of each entity, by entity id; `NOISE` where none fits.
    strength : pandas.Series of float
        How firmly each entity belongs to its cohort, 0 to 1.
    signals, reasons : pandas.DataFrame
        Signals by entity id, and why each missing one is missing.
    blocks : dict of str to list of str
        The columns of `features` that each block holds.
    features : pandas.DataFrame
        The numbers that were clustered.
    coordinates : pandas.DataFrame
        Two map coordinates per entity.
    segmenter : Segmenter
        The fitted estimator.
    brands : BrandList
        The brands that signals were computed with.
    stability : CohortStability or None
        Whether cohorts are found again in half of the sellers; None where that was
        not measured.
    contributions : pandas.DataFrame or None
        Share of each block in what sets each cohort apart, see `block_contributions`.
    suspects : pandas.DataFrame or None
        Those who stand out by themselves, see `single_suspects`.
    markets : pandas.Series or None
        Market of each entity, by entity id; None where the tables do not tell.
    """

    level: str
    cohorts: pd.DataFrame
    labels: pd.Series
    strength: pd.Series
    signals: pd.DataFrame
    reasons: pd.DataFrame
    blocks: dict[str, list[str]]
    features: pd.DataFrame
    coordinates: pd.DataFrame
    segmenter: Any
    brands: Any
    stability: Any = None
    contributions: pd.DataFrame | None = None
    suspects: pd.DataFrame | None = None
    markets: pd.Series | None = None

    def assignments(self) -> pd.DataFrame:
        """Return one row per entity: level, id, cohort, its name, strength.

        Where it was measured, `stability` is the verdict on the cohort; where it is
        known, `market` is that of the entity.
        """
        told = {"cohort_name": "name", "stability": "stability"}
        of_cohort = {
            column: self.labels.map(self.cohorts[source]).to_numpy()
            for column, source in told.items()
            if source in self.cohorts
        }
        return pd.DataFrame(
            {
                "level": self.level,
                "entity_id": self.labels.index.astype(str),
                "cohort": self.labels.to_numpy(),
                **of_cohort,
                "strength": self.strength.to_numpy(),
                **({} if self.markets is None else {"market": self.markets.to_numpy()}),
            }
        )


def write_results(results: list[CohortResult], out: Path) -> None:
    """Write cohorts, assignments and signals of all levels as Parquet files.

    Parameters
    ----------
    results : list of CohortResult
        One per level; each file has a ``level`` column.
    out : pathlib.Path
        An existing folder.

    Notes
    -----
    The rules of `CohortResult.cohorts` are SQL on a view ``signals``; make it with
    ``CREATE VIEW signals AS SELECT * FROM 'signals.parquet' WHERE level = 'listing'``.
    """
    cohorts = [
        result.cohorts.rename_axis("cohort").reset_index().assign(level=result.level)
        for result in results
    ]
    signals = [
        result.signals.rename_axis(f"{result.level}_id")
        .reset_index()
        .assign(level=result.level)
        for result in results
    ]
    assignments = [result.assignments() for result in results]
    tables = {"cohorts": cohorts, "signals": signals, "assignments": assignments}
    for name, parts in tables.items():
        whole = pd.concat(parts, ignore_index=True)
        whole.to_parquet(out / f"{name}.parquet")
