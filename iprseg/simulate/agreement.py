"""Agreement of found cohorts with the planted ones, beside k-means on the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from iprseg._labels import NOISE

if TYPE_CHECKING:
    from iprseg.cohorts import CohortResult


def planted_agreement(
    results: list[CohortResult],
    truth: dict[str, pd.DataFrame],
    random_state: int = 0,
) -> pd.DataFrame:
    """Measure agreement with the planted cohorts, beside k-means on the same blocks.

    Parameters
    ----------
    results : list of CohortResult
        One per level, from `find_cohorts`.
    truth : dict of str to pandas.DataFrame
        ``listings`` and ``sellers``, each with an id and a ``cohort`` column.
    random_state : int, default 0
        Seed of k-means.

    Returns
    -------
    pandas.DataFrame
        Columns level, method, cohorts, noise_share, adjusted_rand_index; noise
        counts as one cohort. k-means is told the planted number of cohorts, which
        the segmenter is not.

    Examples
    --------
    >>> from iprseg import Marketplace, TextEmbedder, find_cohorts, make_marketplace
    >>> simulated = make_marketplace(300, 40)
    >>> mp = Marketplace.from_frames({"listings": simulated.tables["listings"]})
    >>> found = find_cohorts(mp, embedder=TextEmbedder("lexical"))
    >>> planted_agreement([found], simulated.truth)["level"].tolist()
    ['listing', 'listing']
    """
    from sklearn.cluster import KMeans

    rows = []
    for result in results:
        planted = _planted_labels(result, truth)
        n_planted = planted.nunique()
        kmeans = KMeans(n_planted, n_init=10, random_state=random_state)
        peer = kmeans.fit_predict(result.segmenter.scaled(result.features))
        rows.append(_row(result.level, "iprseg", planted, result.labels))
        rows.append(_row(result.level, f"k-means, k={n_planted}", planted, peer))
    return pd.DataFrame(rows)


def _planted_labels(result: CohortResult, truth: dict[str, pd.DataFrame]) -> pd.Series:
    key = f"{result.level}_id"
    planted = truth[f"{result.level}s"].set_index(key)["cohort"]
    return planted.reindex(result.labels.index)


def _row(level: str, method: str, planted: pd.Series, found: Any) -> dict[str, Any]:
    from sklearn.metrics import adjusted_rand_score

    labels = pd.Series(found)
    return {
        "level": level,
        "method": method,
        "cohorts": int(labels[labels != NOISE].nunique()),
        "noise_share": round(float((labels == NOISE).mean()), 3),
        "adjusted_rand_index": round(float(adjusted_rand_score(planted, labels)), 3),
    }
