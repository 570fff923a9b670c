"""Whether cohorts are found again in half of the sellers, and with other seeds."""

import warnings
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg._check import check_whole
from iprseg._labels import NOISE
from iprseg.errors import IprsegError
from iprseg.segment._agreement import (
    DISSOLVED,
    best_jaccards,
    half_of,
    stability_verdict,
)
from iprseg.segment._chance import depends_on_seed
from iprseg.segment._inputs import check_order
from iprseg.segment._settings import LAST_SEED
from iprseg.segment._stability_result import CohortStability

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_COLUMNS = ["verdict", "jaccard", "lowest", "dissolved", "samples", "jaccard_seeds"]
_LEAST_NEIGHBORS = 10
_LEAST_SIZE = 5  # a cohort of fewer rows in a sample would be chance


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
    check_whole("n_runs", n_runs, "cohort_stability", low=1)
    check_whole("n_seeds", n_seeds, "cohort_stability", low=0)
    check_whole("random_state", random_state, "cohort_stability", low=0)
    labels = np.asarray(segmenter.labels_)
    for name, given in (("X", X), ("y", y), ("sellers", sellers)):
        _check_rows(name, given, X, len(labels))
    n_runs, n_seeds = int(n_runs), int(n_seeds)
    groups, unit = _groups(sellers, len(labels))
    announce = step or (lambda name: None)
    seeded = depends_on_seed(segmenter, X)
    n_seeds = n_seeds if seeded else 0
    planned = _planned(len(labels), groups, n_runs, n_seeds, int(random_state))
    runs = []
    for place, (kind, rows) in enumerate(planned, start=1):
        announce(f"checking stability, run {place} of {n_runs + n_seeds}")
        seed = segmenter.random_state + (place - n_runs if kind == "seed" else 0)
        seed %= LAST_SEED + 1
        runs.append(_Run(kind, rows, _fitted_again(segmenter, X, y, rows, seed)))
    judged, told = _judged(labels, runs), _runs_frame(labels, runs)
    return CohortStability(judged, told, _between(runs), unit, seeded)


def _check_rows(name: str, given: Any, X: Any, n: int) -> None:
    """Refuse what has other rows than the fit, or those of `X` in another order."""
    if given is None:
        return
    if len(given) != n:
        raise IprsegError(
            f"cohort_stability got {len(given):,} rows of {name!r} and a segmenter "
            f"that was fitted on {n:,}: give the rows it was fitted on."
        )
    check_order(name, given, X, "cohort_stability")


def _planned(
    n: int, groups: IntArray, n_runs: int, n_seeds: int, random_state: int
) -> Iterator[tuple[str, IntArray]]:
    rng = np.random.default_rng(random_state)
    for _ in range(n_runs):
        yield "sample", half_of(groups, rng)
    for _ in range(n_seeds):
        yield "seed", np.arange(n, dtype=np.int64)


def _groups(sellers: Any, n: int) -> tuple[IntArray, str]:
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


def _fitted_again(
    segmenter: Any, X: Any, y: Any, rows: IntArray, seed: int
) -> IntArray:
    from sklearn.base import clone

    share = len(rows) / len(segmenter.labels_)
    size = max(_LEAST_SIZE, round(segmenter.min_cohort_size_ * share))
    params = {"min_cohort_size": size, "random_state": seed}
    if segmenter.n_neighbors > _LEAST_NEIGHBORS:
        near = max(_LEAST_NEIGHBORS, round(segmenter.n_neighbors * share))
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


def _judged(labels: IntArray, runs: list[_Run]) -> pd.DataFrame:
    found: dict[str, list[dict[int, float]]] = {"sample": [], "seed": []}
    for run in runs:
        found[run.kind].append(best_jaccards(labels[run.rows], run.labels))
    names = [int(one) for one in np.unique(labels) if one != NOISE]
    rows = [
        _verdict_row(
            np.array([one[name] for one in found["sample"] if name in one]),
            np.array([one[name] for one in found["seed"] if name in one]),
        )
        for name in names
    ]
    index = pd.Index(names, name="cohort", dtype=np.int64)
    return pd.DataFrame(rows, index=index, columns=_COLUMNS)


def _verdict_row(samples: FloatArray, seeds: FloatArray) -> tuple[Any, ...]:
    again = float(seeds.mean()) if len(seeds) else np.nan
    if len(samples) == 0:
        return stability_verdict(np.nan), np.nan, np.nan, np.nan, 0, again
    mean = float(samples.mean())
    return (
        stability_verdict(float(np.fmin(mean, again))),
        mean,
        float(samples.min()),
        float((samples <= DISSOLVED).mean()),
        len(samples),
        again,
    )


def _runs_frame(labels: IntArray, runs: list[_Run]) -> pd.DataFrame:
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


def _between(runs: list[_Run]) -> float:
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
