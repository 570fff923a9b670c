"""Whether cohorts are found again in half of the sellers, and with other seeds."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.errors import IprsegError
from iprseg.segment.clustering import is_densified
from iprseg.segment.coreset import find_distinct_rows
from iprseg.segment.edits import validate_rows
from iprseg.segment.inputs import check_row_order
from iprseg.segment.model import mask_known_rows
from iprseg.segment.segmenter import MAX_SEED, uses_only_vectors
from iprseg.validation import NOISE, check_whole_number

_UNSEEDED_SENTENCE = (
    " The cohorts do not depend on a seed: nothing is drawn to find them."
)


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
        return self._compute_mean_ari("sample")

    @property
    def ari_seeds(self) -> float:
        """Mean agreement of the other seeds; NaN where none was tried."""
        return self._compute_mean_ari("seed")

    def _compute_mean_ari(self, kind: str) -> float:
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
            f"{counts[verdict]} {_phrase_verdict(verdict, counts[verdict])}"
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
            f"{'' if self.seeded else _UNSEEDED_SENTENCE}"
        )


def _phrase_verdict(verdict: str, count: int) -> str:
    one = {"stable": "is stable", "not known": "cannot be judged"}.get(verdict, verdict)
    many = {
        "stable": "are stable",
        "moves with the sample": "move with the sample",
        "dissolves": "dissolve",
        "not known": "cannot be judged",
    }
    return one if count == 1 else many[verdict]


IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_COLUMNS = ["verdict", "jaccard", "lowest", "dissolved", "samples", "jaccard_seeds"]
_MIN_NEIGHBORS = 10
_MIN_SIZE = 5  # a cohort of fewer rows in a sample would be chance


class _Run(NamedTuple):
    kind: str
    rows: IntArray
    labels: IntArray


def cohort_stability(
    segmenter: Any,
    X: Any,
    y: Any = None,
    *,
    sellers: Any = None,
    n_runs: int = 10,
    n_seeds: int = 2,
    random_state: int = 0,
    step: Callable[[str], None] | None = None,
) -> CohortStability:
    """Measure whether the cohorts of a fit are there in half of the sellers too.

    Half of the sellers are drawn without replacement; scales, micro-clusters, layout,
    density clustering and the decision per row are run anew on their rows; then again
    with another draw. Each cohort, as far as it was drawn, is compared with the most
    similar one that was found (Jaccard similarity).

    Parameters
    ----------
    segmenter : Segmenter
        Fitted on `X`.
    X : DataFrame or array, shape (n, p)
        The rows it was fitted on.
    y : array-like, shape (n,), optional
        The labels that it was fitted with.
    sellers : array-like, length n, optional
        Who each row belongs to, in the order of `X`; rows without a seller are drawn
        one by one, and so are all where there are no two sellers, or where rows are
        sellers.
    n_runs : int, default 10
        Samples.
    n_seeds : int, default 2
        Further fits on all rows with other seeds; none where cohorts do not depend on a
        seed, as those of up to ``max_coreset`` distinct rows of signals.
    random_state : int, default 0
        Seed of the draws.
    step : callable, optional
        Called with the name of each run as it begins.

    Returns
    -------
    CohortStability
        Verdict and likeness of each cohort, and agreement of the whole.

    Raises
    ------
    IprsegError
        When `X` or `sellers` are not as long as the fit, or a number is out of range.

    Notes
    -----
    The scheme and the bounds are those of Hennig (2007,
    doi:10.1016/j.csda.2006.11.025, "subsetting"): a mean Jaccard similarity of 0.75 or
    more is "stable"; at 0.5 or less, where a cluster counts as dissolved (Hennig 2008,
    doi:10.1016/j.jmva.2007.07.002), the verdict is "dissolves"; between them the
    cohort is there and its members change: "moves with the sample". Where a seed
    matters, the lower of the mean over samples and the mean over seeds decides. Stable
    is not true: a cohort may be found again every time and yet mean nothing.

    The least size of a cohort and the neighbours of the layout shrink with the sample,
    so that a small cohort is not lost by arithmetic.

    Examples
    --------
    >>> from iprseg.segment import Segmenter
    >>> rng = np.random.default_rng(0)
    >>> X = np.vstack([rng.normal(place, 0.3, size=(60, 2)) for place in (0, 5)])
    >>> fitted = Segmenter(min_cohort_size=20).fit(X)
    >>> cohort_stability(fitted, X, n_runs=4).cohorts["verdict"].tolist()
    ['stable', 'stable']
    """
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(segmenter, "labels_")
    check_whole_number("n_runs", n_runs, "cohort_stability", low=1)
    check_whole_number("n_seeds", n_seeds, "cohort_stability", low=0)
    check_whole_number("random_state", random_state, "cohort_stability", low=0)
    labels = np.asarray(segmenter.labels_)
    for name, given in (("X", X), ("y", y), ("sellers", sellers)):
        _refuse_other_rows(name, given, X, len(labels))
    n_runs, n_seeds = int(n_runs), int(n_seeds)
    groups, unit = _number_sellers(sellers, len(labels))
    announce = step or (lambda name: None)
    seeded = depends_on_seed(segmenter, X)
    n_seeds = n_seeds if seeded else 0
    planned = _plan_stability_runs(
        len(labels), groups, n_runs, n_seeds, int(random_state)
    )
    runs = []
    for place, (kind, rows) in enumerate(planned, start=1):
        announce(f"checking stability, run {place} of {n_runs + n_seeds}")
        seed = segmenter.random_state + (place - n_runs if kind == "seed" else 0)
        seed %= MAX_SEED + 1
        runs.append(_Run(kind, rows, _fit_labels_of_rows(segmenter, X, y, rows, seed)))
    judged, told = _judge_cohorts(labels, runs), _build_runs_frame(labels, runs)
    return CohortStability(
        judged, told, _compute_mean_ari_between_samples(runs), unit, seeded
    )


def _refuse_other_rows(name: str, given: Any, X: Any, n: int) -> None:
    """Refuse what has other rows than the fit, or those of `X` in another order."""
    if given is None:
        return
    if len(given) != n:
        raise IprsegError(
            f"cohort_stability got {len(given):,} rows of {name!r} and a segmenter "
            f"that was fitted on {n:,}: give the rows it was fitted on."
        )
    check_row_order(name, given, X, "cohort_stability")


def _plan_stability_runs(
    n: int, groups: IntArray, n_runs: int, n_seeds: int, random_state: int
) -> Iterator[tuple[str, IntArray]]:
    rng = np.random.default_rng(random_state)
    for _ in range(n_runs):
        yield "sample", draw_half(groups, rng)
    for _ in range(n_seeds):
        yield "seed", np.arange(n, dtype=np.int64)


def _number_sellers(sellers: Any, n: int) -> tuple[IntArray, str]:
    """Return a number per seller, and one per row that has none."""
    if sellers is None or len(sellers) != n:
        return np.arange(n, dtype=np.int64), "rows"
    codes, known = pd.factorize(np.asarray(sellers, dtype=object))
    if len(known) < 2:
        return np.arange(n, dtype=np.int64), "rows"
    alone = codes < 0
    codes = codes.astype(np.int64)
    codes[alone] = len(known) + np.arange(int(alone.sum()))
    return codes, "sellers"


def _fit_labels_of_rows(
    segmenter: Any, X: Any, y: Any, rows: IntArray, seed: int
) -> IntArray:
    from sklearn.base import clone

    share = len(rows) / len(segmenter.labels_)
    size = max(_MIN_SIZE, round(segmenter.min_cohort_size_ * share))
    params = {"min_cohort_size": size, "random_state": seed}
    if segmenter.n_neighbors > _MIN_NEIGHBORS:
        near = max(_MIN_NEIGHBORS, round(segmenter.n_neighbors * share))
        params["n_neighbors"] = near
    if segmenter.min_samples is not None:
        params["min_samples"] = max(1, round(segmenter.min_samples * share))
    part = X.iloc[rows] if isinstance(X, pd.DataFrame) else np.asarray(X)[rows]
    known = None if y is None else np.asarray(y)[rows]
    with warnings.catch_warnings():
        # that a sample has no cohort is what is being measured
        warnings.simplefilter("ignore", UserWarning)
        fitted = clone(segmenter).set_params(**params).fit(part, known)
    return np.asarray(fitted.labels_, dtype=np.int64)


def _judge_cohorts(labels: IntArray, runs: list[_Run]) -> pd.DataFrame:
    found: dict[str, list[dict[int, float]]] = {"sample": [], "seed": []}
    for run in runs:
        found[run.kind].append(compute_best_jaccards(labels[run.rows], run.labels))
    names = [int(one) for one in np.unique(labels) if one != NOISE]
    rows = [
        _build_verdict_row(
            np.array([one[name] for one in found["sample"] if name in one]),
            np.array([one[name] for one in found["seed"] if name in one]),
        )
        for name in names
    ]
    index = pd.Index(names, name="cohort", dtype=np.int64)
    return pd.DataFrame(rows, index=index, columns=_COLUMNS)


def _build_verdict_row(samples: FloatArray, seeds: FloatArray) -> tuple[Any, ...]:
    again = float(seeds.mean()) if len(seeds) else np.nan
    if len(samples) == 0:
        return classify_stability(np.nan), np.nan, np.nan, np.nan, 0, again
    mean = float(samples.mean())
    return (
        classify_stability(float(np.fmin(mean, again))),
        mean,
        float(samples.min()),
        float((samples <= _MAX_DISSOLVED_JACCARD).mean()),
        len(samples),
        again,
    )


def _build_runs_frame(labels: IntArray, runs: list[_Run]) -> pd.DataFrame:
    from sklearn.metrics import adjusted_rand_score

    return pd.DataFrame(
        [
            {
                "kind": run.kind,
                "rows": len(run.rows),
                "cohorts": len(np.unique(run.labels[run.labels != NOISE])),
                "noise_share": float((run.labels == NOISE).mean()),
                "ari": float(adjusted_rand_score(labels[run.rows], run.labels)),
            }
            for run in runs
        ]
    )


def _compute_mean_ari_between_samples(runs: list[_Run]) -> float:
    """Mean adjusted Rand index of two samples, over the pairs that share rows."""
    from sklearn.metrics import adjusted_rand_score

    samples = [run for run in runs if run.kind == "sample"]
    found = []
    for one, other in combinations(samples, 2):
        _, here, there = np.intersect1d(
            one.rows, other.rows, assume_unique=True, return_indices=True
        )
        if len(here):
            found.append(adjusted_rand_score(one.labels[here], other.labels[there]))
    return float(np.mean(found)) if found else float("nan")


# Hennig: a valid, stable cluster has a mean Jaccard similarity of 0.75 or more; at one
# half or less a cluster is dissolved, for it may then share less with its best match
# than either has of its own.
_MIN_STABLE_JACCARD = 0.75
_MAX_DISSOLVED_JACCARD = 0.5
VERDICTS = ("stable", "moves with the sample", "dissolves", "not known")


def compute_best_jaccards(cohorts: IntArray, found: IntArray) -> dict[int, float]:
    """Return how much of each cohort the most similar cohort of another run is.

    Parameters
    ----------
    cohorts, found : arrays of int, shape (n,)
        Labels of the same rows in two runs; rows in no cohort match nothing.

    Returns
    -------
    dict of int to float
        Cohort to the largest Jaccard similarity, 0 to 1; only cohorts that have rows.

    Examples
    --------
    >>> compute_best_jaccards(np.array([0, 0, 0, 1, 1]), np.array([7, 7, -1, -1, 7]))
    {0: 0.5, 1: 0.25}
    """
    names, codes = np.unique(cohorts, return_inverse=True)
    others, other_codes = np.unique(found, return_inverse=True)
    both = np.zeros((len(names), len(others)))
    np.add.at(both, (codes, other_codes), 1)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0) - both
    shares = np.where(others == NOISE, 0.0, both / either)
    best = shares.max(axis=1, initial=0.0)
    return {
        int(name): float(share)
        for name, share in zip(names, best, strict=True)
        if name != NOISE
    }


def classify_stability(jaccard: float) -> str:
    """Say what a mean Jaccard similarity means.

    Examples
    --------
    >>> [classify_stability(one) for one in (0.75, 0.74, 0.5, float("nan"))]
    ['stable', 'moves with the sample', 'dissolves', 'not known']
    """
    if np.isnan(jaccard):
        return VERDICTS[3]
    if jaccard >= _MIN_STABLE_JACCARD:
        return VERDICTS[0]
    return VERDICTS[2] if jaccard <= _MAX_DISSOLVED_JACCARD else VERDICTS[1]


def draw_half(groups: IntArray, rng: np.random.Generator) -> IntArray:
    """Return the rows of half of the groups, drawn without replacement.

    Parameters
    ----------
    groups : array of int, shape (n,)
        Group of each row, 0 to k - 1.
    rng : numpy Generator

    Returns
    -------
    array of int
        Rows in ascending order.
    """
    n_groups = int(groups.max(initial=-1)) + 1
    drawn = np.zeros(n_groups, dtype=bool)
    drawn[rng.permutation(n_groups)[: (n_groups + 1) // 2]] = True
    return np.flatnonzero(drawn[groups]).astype(np.int64)


def depends_on_seed(segmenter: Any, X: Any) -> bool:
    """Return whether the cohorts of a fit depend on its ``random_state``.

    Parameters
    ----------
    segmenter : Segmenter
        Fitted on `X`.
    X : DataFrame or array, shape (n, p)

    Returns
    -------
    bool
        Chance takes part in k-means (where points of the coreset stand for several
        rows that differ), in the layout of vectors alone, and in UMAP (the reference
        method, which remembers its rows); nowhere else.

    Examples
    --------
    >>> import numpy as np
    >>> from iprseg.segment import Segmenter
    >>> X = np.vstack([np.random.default_rng(0).normal(x, 1, (40, 2)) for x in (0, 9)])
    >>> few = Segmenter(min_cohort_size=20).fit(X)
    >>> many = Segmenter(min_cohort_size=20, max_coreset=50).fit(X)
    >>> depends_on_seed(few, X), depends_on_seed(many, X)
    (False, True)
    """
    model, data = segmenter.model_, validate_rows(segmenter, X)
    rows = len(find_distinct_rows(data[mask_known_rows(data, model.scales)])[0])
    if len(model.known_keys) or rows > len(model.points):
        return True
    n_points, n_dims = model.points.shape
    denser = is_densified(n_points, n_dims, segmenter.n_neighbors)
    return denser and uses_only_vectors(segmenter)
