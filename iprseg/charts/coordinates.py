"""Two map coordinates per entity, quick and not bent to the cohorts."""

from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError
from iprseg.validation import check_option

METHODS = ("landmarks", "pca", "umap")
MAP_CAPTION = (
    "Each dot is one {unit}; dots that lie close together are alike in what they "
    "say and in their signals. Distances between far groups, the size of a group on "
    "the map and the directions of the map mean nothing."
)
# t-SNE of this many rows takes about two seconds; the other rows are placed among
# them, so that a million rows cost little more than five thousand.
_N_LANDMARKS = 1200
_MAX_DIMENSIONS = 24
_N_NEIGHBOURS = 4


def cohort_coordinates(
    X: Any,
    assignments: Any = None,
    *,
    method: str = "landmarks",
    random_state: int = 0,
) -> pd.DataFrame:
    """Return two coordinates per row, so that like rows lie close together.

    Parameters
    ----------
    X : array-like or pandas.DataFrame, shape (n, d)
        Numbers on comparable scales, such as ``segmenter.scaled(X)``; NaN is replaced
        by the column's median for the map alone.
    assignments : array-like, length n, optional
        Cohorts, used only to give small ones their share of landmarks: they do not pull
        rows of a cohort together.
    method : {"landmarks", "pca", "umap"}
        ``"landmarks"``: principal components, t-SNE of at most 1,200 rows, every other
        row at the mean of its nearest landmarks. ``"pca"``: the first two principal
        components. ``"umap"``: UMAP of all rows, which compiles for half a minute when
        first used.
    random_state : int, default 0
        Seed.

    Returns
    -------
    pandas.DataFrame, shape (n, 2)
        Columns `x` and `y`, in the index of `X`, the whole between -1 and 1.

    Raises
    ------
    IprsegError
        When `X` has no row or assignments of another length are given.

    Examples
    --------
    >>> X = pd.DataFrame({"a": [0.0, 0, 9, 9], "b": [0.0, 1, 0, 1]}, index=list("wxyz"))
    >>> at = cohort_coordinates(X, method="pca")
    >>> bool(abs(at.x["w"] - at.x["x"]) < abs(at.x["w"] - at.x["y"]))
    True
    """
    check_option("method", method, METHODS, "cohort_coordinates")
    index = X.index if isinstance(X, pd.DataFrame) else None
    values = _fill_missing_with_column_median(np.array(X, dtype=np.float64))
    if len(values) == 0:
        raise IprsegError("cohort_coordinates got no rows: there is nothing to map.")
    if assignments is not None and len(assignments) != len(values):
        raise IprsegError(
            f"cohort_coordinates got {len(values):,} rows and {len(assignments):,} labels: "
            "give one label per row."
        )
    components = _project_on_principal_components(values, random_state)
    if method == "umap":
        placed = _compute_umap_coordinates(components, random_state)
    elif method == "pca" or len(values) < 10:
        placed = components[:, :2]
    else:
        groups = None if assignments is None else np.asarray(assignments)
        placed = _place_rows_by_umap_of_landmarks(components, groups, random_state)
    placed = placed - (placed.max(axis=0) + placed.min(axis=0)) / 2
    placed = placed / max(float(np.abs(placed).max()), 1e-12)
    return pd.DataFrame(placed, columns=["x", "y"], index=index)


def _fill_missing_with_column_median(values: np.ndarray) -> np.ndarray:
    values = np.where(np.isfinite(values), values, np.nan)
    known = ~np.isnan(values).all(axis=0)
    centre = np.zeros(values.shape[1])
    if len(values) and known.any():
        centre[known] = np.nanmedian(values[:, known], axis=0)
    return np.where(np.isnan(values), centre, values)


def _project_on_principal_components(
    values: np.ndarray, random_state: int
) -> np.ndarray:
    from sklearn.decomposition import PCA

    n_components = min(_MAX_DIMENSIONS, *values.shape)
    pca = PCA(n_components, svd_solver="randomized", random_state=random_state)
    with np.errstate(invalid="ignore", divide="ignore"):  # no variance at all
        components = np.nan_to_num(pca.fit_transform(values))
    missing = max(0, 2 - components.shape[1])
    return np.pad(components, ((0, 0), (0, missing)))


def _place_rows_by_umap_of_landmarks(
    components: np.ndarray, assignments: np.ndarray | None, random_state: int
) -> np.ndarray:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    chosen = _choose_landmarks(len(components), assignments, random_state)
    landmarks = components[chosen]
    if not landmarks.std() > 0:
        return components[:, :2]
    tsne = TSNE(
        2,
        perplexity=min(30, (len(chosen) - 1) / 3),
        # PCA initialisation keeps large groups roughly where the components put them
        init=landmarks[:, :2] / landmarks[:, 0].std() * 1e-4,
        learning_rate="auto",
        max_iter=500,
        random_state=random_state,
    )
    # its threads wait for each other in a tight loop: on a busy machine two of them
    # took three times as long as one, and one gives the same map everywhere
    with threadpool_limits(1):
        placed = tsne.fit_transform(landmarks)
    return (
        placed
        if len(chosen) == len(components)
        else _place_rows_among_landmarks(components, chosen, placed)
    )


def _choose_landmarks(
    n: int, assignments: np.ndarray | None, random_state: int
) -> np.ndarray:
    """Draw a sample in which a cohort weighs as the square root of its size."""
    rng = np.random.default_rng(random_state)
    if n <= _N_LANDMARKS:
        return np.arange(n)
    if assignments is None:
        return np.sort(rng.choice(n, _N_LANDMARKS, replace=False))
    _, codes, sizes = np.unique(assignments, return_inverse=True, return_counts=True)
    chance = 1 / np.sqrt(sizes[codes])
    return np.sort(rng.choice(n, _N_LANDMARKS, replace=False, p=chance / chance.sum()))


def _place_rows_among_landmarks(
    components: np.ndarray, chosen: np.ndarray, placed: np.ndarray
) -> np.ndarray:
    """Place every row at the weighted mean of its nearest landmarks."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=_N_NEIGHBOURS, algorithm="brute")
    distance, nearest = search.fit(components[chosen]).kneighbors(components)
    # the nearest counts most: the mean of far landmarks lies where nothing is
    weight = 1 / (distance / np.maximum(distance[:, :1], 1e-9) + 1e-9) ** 2
    weight /= weight.sum(axis=1, keepdims=True)
    every = (placed[nearest] * weight[:, :, None]).sum(axis=1)
    every[chosen] = placed
    return every


def _compute_umap_coordinates(components: np.ndarray, random_state: int) -> np.ndarray:
    import umap

    n = len(components)
    if n < 10:
        return components[:, :2]
    reducer = umap.UMAP(n_neighbors=min(15, n - 1), random_state=random_state, n_jobs=1)
    return np.asarray(reducer.fit_transform(components))
