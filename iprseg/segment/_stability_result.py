"""How sure cohorts are: what resampling them gave."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from iprseg.segment._agreement import VERDICTS

_UNSEEDED = " The cohorts do not depend on a seed: nothing is drawn to find them."


@dataclass(frozen=True)
class CohortStability:
    """What `cohort_stability` measured.

    Attributes
    ----------
    cohorts : pandas.DataFrame
        One row per cohort: `verdict`; `jaccard` (mean over the samples), `lowest`,
        `dissolved` (share of samples in which it fell to one half or below),
        `samples` (those that hold members of it) and `jaccard_seeds` (mean over the
        other seeds, NaN where none was tried).
    runs : pandas.DataFrame
        One row per run: `kind` (``"sample"`` or ``"seed"``), `rows`, `cohorts`,
        `noise_share` and `ari`, the adjusted Rand index with the cohorts that are
        judged, over the rows of the run, those in no cohort as one.
    ari_between : float
        Mean adjusted Rand index of two samples on the rows they share.
    unit : str
        What was drawn: ``"sellers"`` or ``"rows"``; `find_cohorts` says ``"sellers"``
        or ``"creators"`` where they are the rows.
    seeded : bool
        Whether cohorts depend on a seed; where they do not, no other one is tried.
    """

    cohorts: pd.DataFrame
    runs: pd.DataFrame
    ari_between: float
    unit: str
    seeded: bool = True

    @property
    def ari(self) -> float:
        """Mean agreement of the samples with the cohorts that are judged."""
        return self._mean("sample")

    @property
    def ari_seeds(self) -> float:
        """Mean agreement of the other seeds; NaN where none was tried."""
        return self._mean("seed")

    def _mean(self, kind: str) -> float:
        values = self.runs.loc[self.runs["kind"] == kind, "ari"]
        return float(values.mean()) if len(values) else float("nan")

    def summary(self) -> str:
        """Say in a few sentences how many cohorts hold and what was done.

        Examples
        --------
        >>> cohorts = pd.DataFrame({"verdict": ["stable", "dissolves", "stable"]})
        >>> runs = pd.DataFrame({"kind": ["sample"] * 2, "ari": [0.8, 0.9]})
        >>> print(CohortStability(cohorts, runs, 0.8, "sellers").summary())
        Of 3 cohorts 2 are stable and 1 dissolves when half of the sellers are drawn, \
2 times, and cohorts are found anew. Agreement of the whole (adjusted Rand index): \
0.85 with a half, 0.80 between halves.
        """
        counts = self.cohorts["verdict"].value_counts()
        told = [
            f"{counts[verdict]} {_verb(verdict, counts[verdict])}"
            for verdict in VERDICTS
            if verdict in counts
        ]
        n = len(self.cohorts)
        if n == 0:
            return "There is no cohort whose stability could be judged."
        held = " and ".join([", ".join(told[:-1]), told[-1]] if told[1:] else told)
        samples = int((self.runs["kind"] == "sample").sum())
        figures = [f"{self.ari:.2f} with a half"]
        if not np.isnan(self.ari_between):
            figures.append(f"{self.ari_between:.2f} between halves")
        often = "once" if samples == 1 else f"{samples} times"
        if not np.isnan(self.ari_seeds):
            figures.append(f"{self.ari_seeds:.2f} with other seeds")
        return (
            f"Of {n} cohort{'' if n == 1 else 's'} {held} when "
            f"half of the {self.unit} are drawn, {often}, and cohorts are "
            "found anew. Agreement of the whole (adjusted Rand index): "
            f"{', '.join(figures)}."
            f"{'' if self.seeded else _UNSEEDED}"
        )


def _verb(verdict: str, count: int) -> str:
    one = {"stable": "is stable", "not known": "cannot be judged"}.get(verdict, verdict)
    many = {
        "stable": "are stable",
        "moves with the sample": "move with the sample",
        "dissolves": "dissolve",
        "not known": "cannot be judged",
    }
    return one if count == 1 else many[verdict]
