"""Whether a fit draws anything at random, so that its seed matters."""

from typing import Any

from iprseg.segment._cluster import made_denser
from iprseg.segment._coreset import distinct_rows
from iprseg.segment._edits import checked
from iprseg.segment._known import known_rows
from iprseg.segment._settings import vectors_alone


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
    model, data = segmenter.model_, checked(segmenter, X)
    rows = len(distinct_rows(data[known_rows(data, model.scales)])[0])
    if len(model.known_keys) or rows > len(model.points):
        return True
    n_points, n_dims = model.points.shape
    denser = made_denser(n_points, n_dims, segmenter.n_neighbors)
    return denser and vectors_alone(segmenter)
