"""The estimator that segments rows into cohorts, and its parameters."""

import os
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from iprseg.errors import IprsegError
from iprseg.segment.blocks import block_contributions, get_block_names
from iprseg.segment.edits import CohortEdits, check_edits, edit_point_cohorts
from iprseg.segment.inputs import (
    check_blocks,
    check_classes,
    check_finite,
    check_numeric_columns,
    check_row_order,
    check_weights,
    complete_block_weights,
    fit_with_labels,
    locate_block_columns,
)
from iprseg.segment.model import (
    Settings,
    assign_edited_rows,
    assign_rows,
    fit_coreset,
    fit_reference,
    mask_known_rows,
    relabel_rows,
    warn_unknown_rows,
)
from iprseg.segment.persistence import read_model, write_model
from iprseg.segment.scaling import (
    BlockScale,
    apply_scales,
    build_identity_scale,
    fit_scales,
)
from iprseg.validation import NOISE, check_option, check_whole_number, format_value

_FIT_METHODS = {"coreset": fit_coreset, "reference": fit_reference}


class Segmenter(ClusterMixin, BaseEstimator):
    """Segment listings, sellers or creators into cohorts by density.

    Parameters
    ----------
    method : {"coreset", "reference"}, default="coreset"
        ``"coreset"``: equal rows collapse, many rows become micro-clusters, these are
        clustered by density, then each row is decided.
        ``"reference"``: umap-learn, then hdbscan, on distinct rows
        (`fit_umap_hdbscan`); by
        coreset where fewer differ than two cohorts need.
    min_cohort_size : int, optional
        Least rows of a cohort; by default the larger of 10 and ``sqrt(n) / 2``.
    min_samples : int, optional
        Rows that must be near for a place to count as dense; more give fewer, surer
        cohorts and more noise. By default ``min_cohort_size``; of vectors alone, which
        a layout gathers first, a quarter of it, but ``n_neighbors`` at least.
    blocks : dict of str to list of columns, optional
        Columns that belong together, such as ``{"price": ["B02_…", "B05_…"]}``;
        columns in no block are not used. By default the data are one block in one
        unit, used as they are.
    weights : dict of str to float, optional
        How much each block counts in the squared distance of two average rows.
    vector_blocks : tuple of str, default=("meaning",)
        Blocks whose columns are one vector: scaled as a whole, not column by column.
    selection : {"eom", "leaf"}, default="eom"
        Take the most stable branches of the hierarchy, or its finest.
    n_neighbors : int, default=15
        Neighbours that are brought together, see Notes; 0 clusters rows as they lie.
    max_coreset : int, optional
        Most points that stand for the rows: 8,192, of vectors alone 16,384. Above
        8,192 or so many distinct rows these become micro-clusters, of 16 if it fits.
    random_state : int, default=0
        Seed of k-means and of the layout; where neither runs nothing is drawn.
    edits : CohortEdits, optional
        Merges and splits of an earlier fit, done again where their members are now.

    Attributes
    ----------
    labels_ : array of int, shape (n_rows,)
        Cohort of each row, 0 the largest; `NOISE` (-1) is like nothing else.
    strength_ : array of float, shape (n_rows,)
        How much it belongs there, in [0, 1]; 0 for noise.
    tree_ : DataFrame
        The hierarchy, coarse to fine, see Notes.
    n_features_in_ : int
    feature_names_in_ : array of str, where the data had column names
    min_cohort_size_ : int, the size that was used

    Notes
    -----
    With blocks of signals each coreset point moves to the mean of its neighbours (one
    step of mean shift). Of vectors alone (no blocks, or only ``vector_blocks``) all
    distances are alike: they are laid out in 5 dimensions that keep neighbours near.

    NaN is missing: it goes to the centre of its column and the block gains a column,
    the share missing (see `fit_scales`). A row of NaN alone is NOISE, with a warning.
    Infinite values are refused.

    ``predict`` lets the coreset points nearest a row (reference method: exemplars)
    vote, nearer and surer ones more; ``strength_`` is the winner's share of all votes
    at full weight. A row is NOISE where noise has the majority or it lies farther out
    than the cohort's own rows and points do. ``predict(X_train)`` equals ``labels_``;
    the reference method decides training rows in a layout that new rows have no place
    in, so it remembers them.

    ``tree_`` has one row per branch: ``parent`` (-1 for the whole), ``depth``, ``size``
    in rows (of distinct rows for the reference method), ``distance``, ``stability``,
    ``chosen``, ``cohort``.

    One seed and one number of threads give one result. Another number of threads sums
    in another order (k-means, matrix products): rows at a border may change sides, and
    where there are no clear cohorts others may be found.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = np.vstack([rng.normal(place, 0.3, size=(40, 2)) for place in (0, 5)])
    >>> segmenter = Segmenter(min_cohort_size=10).fit(X)
    >>> np.unique(segmenter.labels_[:40]), np.unique(segmenter.labels_[40:])
    (array([0]), array([1]))
    >>> segmenter.predict([[5.0, 5.0], [90.0, -90.0]])
    array([ 1, -1])
    """

    def __init__(
        self,
        method: str = "coreset",
        min_cohort_size: int | None = None,
        min_samples: int | None = None,
        blocks: Mapping[str, Sequence[Any]] | None = None,
        weights: Mapping[str, float] | None = None,
        vector_blocks: Sequence[str] = ("meaning",),
        selection: str = "eom",
        n_neighbors: int = 15,
        max_coreset: int | None = None,
        random_state: int = 0,
        edits: CohortEdits | None = None,
    ) -> None:
        self.method = method
        self.min_cohort_size = min_cohort_size
        self.min_samples = min_samples
        self.blocks = blocks
        self.weights = weights
        self.vector_blocks = vector_blocks
        self.selection = selection
        self.n_neighbors = n_neighbors
        self.max_coreset = max_coreset
        self.random_state = random_state
        self.edits = edits

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find cohorts.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_columns)
            NaN is missing.
        y : array of int, shape (n_rows,), optional
            Classes of labeled rows, `UNLABELED` for all others. They say which
            differences matter, see `supervise_fit`; cohorts may cross them.

        Raises
        ------
        IprsegError
            When a parameter, a block or a column is not what it must be.

        Warns
        -----
        UserWarning
            When no row is in a cohort, with the reason; when rows hold no value.
        """
        data = self._validate_rows(X, reset=True)
        settings = _resolve_settings(self, len(data), _FIT_METHODS)
        self.min_cohort_size_: int = settings.min_size
        scales = self._fit_block_scales(data)
        check_row_order("y", y, X, "Segmenter.fit")
        known = warn_unknown_rows(mask_known_rows(data, scales), "Segmenter.fit")
        classes = check_classes(y, len(data))
        self.model_, self.labels_, self.strength_ = fit_with_labels(
            _FIT_METHODS[self.method], data, scales, settings, known, classes
        )
        self.tree_, self.point_cohort_ = self.model_.tree, self.model_.labels
        if self.edits is not None:
            self.point_cohort_ = edit_point_cohorts(self, X)
            self.labels_ = relabel_rows(
                self.model_, self.point_cohort_, self.labels_, data
            )
        if (self.labels_[known] == NOISE).all() and known.any():
            _warn_no_cohort(len(data), settings.min_size)
        return self

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Return the cohort of each row.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_columns)
            The columns of ``fit``, in the same order.
        """
        check_is_fitted(self, "model_")
        data = self._validate_rows(X, reset=False)
        warn_unknown_rows(
            mask_known_rows(data, self.model_.scales), "Segmenter.predict"
        )
        return assign_edited_rows(self.model_, self.point_cohort_, data)

    def predict_strength(self, X: Any) -> NDArray[np.float64]:
        """Return how much each row belongs to the cohort that ``predict`` gives it."""
        check_is_fitted(self, "model_")
        return assign_rows(self.model_, self._validate_rows(X, reset=False))[1]

    def scaled(self, X: Any) -> NDArray[np.float64]:
        """Return rows on the scale that distances are measured on.

        Returns
        -------
        array, shape (n_rows, d)
            Without missing values.
        """
        check_is_fitted(self, "model_")
        return apply_scales(self._validate_rows(X, reset=False), self.model_.scales)

    def contributions(self, X: Any, labels: Any = None) -> pd.DataFrame:
        """Return the share of each block in what sets each cohort of ``X`` apart.

        ``labels`` are the cohorts of its rows, by default what ``predict`` says.

        Returns
        -------
        DataFrame, index ``cohort``, one column per block
            See `block_contributions`; one column ``all`` where there are no blocks.
        """
        check_is_fitted(self, "model_")
        data = self._validate_rows(X, reset=False)
        parts = [apply_scales(data, [scale]) for scale in self.model_.scales]
        names = get_block_names(
            self.model_.scales, self.blocks, self._get_column_names()
        )
        cohort = self.predict(X) if labels is None else np.asarray(labels)
        return block_contributions(parts, names, cohort)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted segmenter to one file, without pickle.

        A file that is at ``path`` already is replaced in one step.
        """
        check_is_fitted(self, "model_")
        facts = {
            "params": {**self.get_params(deep=False), "edits": None},
            "edits": None if self.edits is None else self.edits.to_json(),
            "n_features_in": self.n_features_in_,
            "feature_names_in": list(getattr(self, "feature_names_in_", [])),
            "min_cohort_size": self.min_cohort_size_,
        }
        kept = ("labels_", "strength_", "point_cohort_")
        write_model(path, self.model_, facts, {k: getattr(self, k) for k in kept})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a segmenter that ``save`` wrote.

        Raises
        ------
        IprsegError
            When the file is missing, damaged, or of another format version.
        """
        model, facts, arrays = read_model(path)
        loaded = _restore_params(cls(), facts["params"], path)
        loaded.model_, loaded.tree_ = model, model.tree
        for name, array in arrays.items():
            setattr(loaded, name, array)
        if facts["edits"] is not None:
            loaded.edits = CohortEdits.from_json(facts["edits"])
        loaded.n_features_in_ = facts["n_features_in"]
        loaded.min_cohort_size_ = facts["min_cohort_size"]
        if facts["feature_names_in"]:
            names = np.array(facts["feature_names_in"], dtype=object)
            loaded.feature_names_in_ = names
        return loaded

    def _validate_rows(self, X: Any, reset: bool) -> NDArray:
        check_numeric_columns(X)
        data = validate_data(
            self,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite=False,
        )
        check_finite(data, self._get_column_names())
        return data

    def _get_column_names(self) -> Sequence[Any]:
        return list(getattr(self, "feature_names_in_", range(self.n_features_in_)))

    def _fit_block_scales(self, data: NDArray) -> list[BlockScale]:
        if self.blocks is None:
            if self.weights:
                complete_block_weights(
                    {}, self.weights
                )  # weights without blocks are a mistake
            return build_identity_scale(data)
        blocks = locate_block_columns(self.blocks, self._get_column_names())
        weights = complete_block_weights(blocks, self.weights)
        return fit_scales(data, blocks, weights, self.vector_blocks)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


MAX_SEED = 2**31 - 1  # the largest that faiss takes
# Micro-clusters of 200,000 titles need 12,500 means to tell categories apart as well as
# the titles do (NMI .48 with 8,192, .51); those of signals are told apart by 8,192.
_MAX_CORESET_VECTORS, _MAX_CORESET_SIGNALS = 16_384, 8192
_PARAMETER_BOUNDS: dict[str, tuple[int, int | None]] = {
    "min_cohort_size": (2, None),
    "min_samples": (1, None),
    "n_neighbors": (0, None),
    "max_coreset": (2, None),
    "random_state": (0, MAX_SEED),
}


def _check_vector_blocks(names: Any) -> None:
    """Refuse a lone string, in which any part of it would count as a block's name."""
    if isinstance(names, str) or not isinstance(names, Collection):
        raise IprsegError(
            "The 'vector_blocks' parameter of Segmenter must be a list of names of "
            f"blocks; got {format_value(names)}."
        )


def _resolve_settings(
    segmenter: Any, n_rows: int, methods: Collection[str]
) -> Settings:
    """Check the parameters of a segmenter and complete those that depend on the data.

    Raises
    ------
    IprsegError
        When one is not what it must be.
    """
    check_option("method", segmenter.method, tuple(methods), "Segmenter")
    check_option("selection", segmenter.selection, ("eom", "leaf"), "Segmenter")
    _check_vector_blocks(segmenter.vector_blocks)
    if segmenter.blocks is not None:
        check_blocks(segmenter.blocks)
    check_weights(segmenter.weights)
    check_edits(segmenter.edits, "Segmenter")
    size = segmenter.min_cohort_size
    size = max(10, round(np.sqrt(n_rows) / 2)) if size is None else size
    vectors = uses_only_vectors(segmenter)
    samples, most = segmenter.min_samples, segmenter.max_coreset
    if most is None:
        most = _MAX_CORESET_VECTORS if vectors else _MAX_CORESET_SIGNALS
    whole = {"min_cohort_size": size, "max_coreset": most}
    whole |= {} if samples is None else {"min_samples": samples}
    whole |= {
        name: getattr(segmenter, name) for name in ("n_neighbors", "random_state")
    }
    for name, value in whole.items():
        low, high = _PARAMETER_BOUNDS[name]
        check_whole_number(name, value, "Segmenter", low=low, high=high)
    return Settings(
        int(size),
        None if samples is None else int(samples),
        segmenter.selection,
        int(segmenter.n_neighbors),
        int(most),
        int(segmenter.random_state),
        vectors,
    )


def uses_only_vectors(segmenter: Any) -> bool:
    """Return whether no block of signals counts, so that rows are laid out."""
    if segmenter.blocks is None:
        return True
    weights = segmenter.weights or {}
    signals = set(segmenter.blocks) - set(segmenter.vector_blocks)
    return all(weights.get(name, 1) == 0 for name in signals)


def _restore_params(segmenter: Any, params: dict[str, Any], path: Any) -> Any:
    """Set the parameters that a file holds, or say that the file is of no use."""
    if isinstance(params.get("vector_blocks"), list):  # JSON has no tuples
        params = {**params, "vector_blocks": tuple(params["vector_blocks"])}
    try:
        return segmenter.set_params(**params)
    except ValueError as error:
        raise IprsegError(
            f"{path} is not a whole saved segmentation of this version: it has a "
            "setting that Segmenter does not know."
        ) from error


def _warn_no_cohort(n_rows: int, size: int) -> None:
    """Warn that every row is noise, with the reason."""
    reason = (
        f"no group of {size} or more stands out from the rest"
        if n_rows >= 2 * size
        else f"two cohorts of {size} need at least {2 * size} rows"
    )
    warnings.warn(
        f"Segmenter put none of the {n_rows} rows in a cohort: {reason}. A smaller "
        "min_cohort_size or other blocks may find some.",
        stacklevel=3,
    )
