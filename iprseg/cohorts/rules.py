"""A short rule for one cohort: in words, as SQL, with its fidelity on unseen rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from iprseg.cohorts._conditions import Condition, as_sql, as_words, holds, kind_of
from iprseg.cohorts._split import held_out_rows
from iprseg.cohorts.phrases import signal_id

NO_RULE = "No short rule describes this cohort."
MIN_F1 = 0.5
# a rule that finds more rows of other cohorts than of its own describes the others
MIN_PRECISION = 0.5
# "everything" is right as often as the cohort is large: a rule must close a quarter of
# the gap between that and certainty
_MIN_GAIN = 0.25
MAX_DEPTH = 3
# Two clauses joined by "or" can still be read; three cannot.
_MAX_CLAUSES = 2
_WORTH = 0.01

# domain-spec 6.4: origin and language stand for nationality, so no rule may rest on
# them. They are kept out of rules altogether, which is stricter and simple to check.
_ORIGIN_SIGNALS = {"A18", "D06", "D07"}
_ORIGIN_WORDS = {
    "country",
    "lang",
    "language",
    "locale",
    "market",
    "nationality",
    "origin",
    "region",
    "ship",
}


def is_origin_or_language(column: str) -> bool:
    """Whether a column speaks of origin or language, by its id or its name.

    Examples
    --------
    >>> [is_origin_or_language(c) for c in ("D06_origin", "lang_th", "A07_replica_hit")]
    [True, True, False]
    """
    words = set(column.lower().replace("-", "_").split("_"))
    return signal_id(column) in _ORIGIN_SIGNALS or bool(words & _ORIGIN_WORDS)


@dataclass(frozen=True)
class CohortRule:
    """A rule and how well it finds the cohort again.

    Attributes
    ----------
    clauses : tuple of tuple of Condition
        The rule holds where all conditions of any clause hold; empty: no rule.
    words, sql : str
        The rule for people and for DuckDB; `sql` is empty when there is no rule.
    precision, recall : float
        On rows that the rule was not fitted on; NaN when there is no rule.
    measured_on : str
        ``"unseen sellers"`` or ``"unseen rows"``; empty when there is no rule.
    """

    clauses: tuple[tuple[Condition, ...], ...] = field(default=())
    words: str = NO_RULE
    sql: str = ""
    precision: float = float("nan")
    recall: float = float("nan")
    measured_on: str = ""

    def matches(self, features: pd.DataFrame) -> np.ndarray:
        """Return which rows the rule holds for; a missing value holds for nothing."""
        return _matches(self.clauses, features)


def fit_rule(
    features: pd.DataFrame,
    inside: np.ndarray,
    *,
    sellers: pd.Series | None = None,
    weights: np.ndarray | None = None,
    level: str = "listing",
    random_state: int = 0,
) -> CohortRule:
    """Describe a cohort by a decision tree of depth three at most, read back as a rule.

    A tree is fitted on about seven tenths of the sellers, its leaves are added while F1
    grows, conditions that do not pay are dropped, and precision and recall are measured
    on the other sellers. Below an F1 or a precision of 0.5 there, or where it is hardly
    more precise than "everything", no rule is given.

    Parameters
    ----------
    features : pandas.DataFrame, shape (n, k)
        Numbers by column: signals, and columns of listings made by `rule_features`.
        Columns of origin or language are left out.
    inside : ndarray of bool, shape (n,)
        Which rows are in the cohort.
    sellers : pandas.Series, optional
        Seller of each row, so that no seller is on both sides of the split; where a row
        has none, it stands for itself.
    weights : ndarray, shape (n,), optional
        Rows that each row stands for.
    level : {"listing", "seller"}
        What the rows are, for the SQL.
    random_state : int, default 0
        Seed of the split and the tree.

    Returns
    -------
    CohortRule
        With `NO_RULE` in its words when no short rule describes the cohort.

    Examples
    --------
    >>> price = pd.DataFrame({"B02_price_ratio_brand_cat": np.linspace(0, 2, 400)})
    >>> rule = fit_rule(price, price.iloc[:, 0].to_numpy() < 0.4)
    >>> rule.words
    'price ÷ usual price of the brand in its category at most 0.398'
    >>> print(rule.sql)
    SELECT s."listing_id"
    FROM signals AS s
    WHERE s."B02_price_ratio_brand_cat" <= 0.398
    """
    usable = [
        c
        for c in features.columns
        if not is_origin_or_language(str(c)) and features[c].nunique() > 1
    ]
    features = features[usable]
    held, measured_on = held_out_rows(inside, sellers, random_state)
    weights = np.ones(len(features)) if weights is None else weights
    train, w = features[~held], weights[~held]
    if not usable or inside[~held].sum() < 3 or inside[held].sum() < 1:
        return CohortRule()
    clauses = _search(train, inside[~held], w, random_state)
    predicted = _matches(clauses, features[held])
    precision, recall, f1 = _fidelity(predicted, inside[held], weights[held])
    base = float(np.average(inside[held], weights=weights[held]))
    least = max(MIN_PRECISION, base + _MIN_GAIN * (1 - base))
    if not clauses or f1 < MIN_F1 or precision < least:
        return CohortRule()
    kinds = {
        str(c): kind_of(features[c].to_numpy(dtype=float, na_value=np.nan))
        for c in usable
    }
    return CohortRule(
        clauses,
        as_words(clauses, kinds),
        as_sql(clauses, level),
        precision,
        recall,
        measured_on,
    )


def _search(
    features: pd.DataFrame, inside: np.ndarray, weights: np.ndarray, random_state: int
) -> tuple[tuple[Condition, ...], ...]:
    """Best clauses over two trees: one for the cohort's odds, one for even odds."""
    best: tuple[tuple[Condition, ...], ...] = ()
    best_f1 = 0.0
    for class_weight in (None, "balanced"):
        paths = _leaf_paths(features, inside, weights, class_weight, random_state)
        clauses = _add_leaves(paths, features, inside, weights)
        clauses = _shorten(clauses, features, inside, weights)
        f1 = _fidelity(_matches(clauses, features), inside, weights)[2]
        if f1 > best_f1 + _WORTH:
            best, best_f1 = clauses, f1
    return best


def _leaf_paths(
    features: pd.DataFrame,
    inside: np.ndarray,
    weights: np.ndarray,
    class_weight: str | None,
    random_state: int,
) -> list[tuple[Condition, ...]]:
    """Paths to the leaves of a tree that lean to the cohort, purest first."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        max_depth=MAX_DEPTH,
        min_samples_leaf=max(2, int(0.05 * inside.sum())),
        class_weight=class_weight,
        random_state=random_state,
    )
    values = features.to_numpy(dtype=float, na_value=np.nan)
    tree.fit(np.where(np.isinf(values), np.nan, values), inside, sample_weight=weights)
    nodes = tree.tree_
    if nodes.node_count == 1:
        return []
    found: list[tuple[float, tuple[Condition, ...]]] = []
    stack: list[tuple[int, tuple[Condition, ...]]] = [(0, ())]
    while stack:
        node, path = stack.pop()
        left, right = nodes.children_left[node], nodes.children_right[node]
        if left == -1:
            found.append((float(nodes.value[node][0][1]), path))
            continue
        name = str(features.columns[nodes.feature[node]])
        threshold = _round(float(nodes.threshold[node]))
        stack.append((int(right), (*path, Condition(name, ">", threshold))))
        stack.append((int(left), (*path, Condition(name, "<=", threshold))))
    found.sort(key=lambda leaf: -leaf[0])
    return [_merge(path) for purity, path in found if purity > 0.25]


def _round(value: float) -> float:
    """Three significant digits: words, SQL and fidelity then speak of one number."""
    return float(f"{value:.3g}")


def _merge(path: Sequence[Condition]) -> tuple[Condition, ...]:
    """Keep the tightest of several conditions on one side of one column."""
    kept: dict[tuple[str, str], Condition] = {}
    for one in path:
        other = kept.get((one.column, one.op))
        tighter = other is None or (
            one.value > other.value if one.op == ">" else one.value < other.value
        )
        if tighter:
            kept[one.column, one.op] = one
    return tuple(kept.values())


def _add_leaves(
    paths: list[tuple[Condition, ...]],
    features: pd.DataFrame,
    inside: np.ndarray,
    weights: np.ndarray,
) -> tuple[tuple[Condition, ...], ...]:
    chosen: tuple[tuple[Condition, ...], ...] = ()
    best = 0.0
    for _ in range(_MAX_CLAUSES):
        scores = [
            _fidelity(_matches((*chosen, path), features), inside, weights)[2]
            for path in paths
        ]
        top = int(np.argmax(scores)) if scores else 0
        # a second clause costs the reader more than a slightly better number gives
        if not scores or scores[top] <= best + (0.05 if chosen else 0):
            break
        chosen, best = (*chosen, paths[top]), scores[top]
    return chosen


def _shorten(
    clauses: tuple[tuple[Condition, ...], ...],
    features: pd.DataFrame,
    inside: np.ndarray,
    weights: np.ndarray,
) -> tuple[tuple[Condition, ...], ...]:
    """Drop each condition whose loss costs less than a hundredth of F1."""
    best = _fidelity(_matches(clauses, features), inside, weights)[2]
    for place, clause in enumerate(clauses):
        for condition in clause:
            fewer = tuple(c for c in clauses[place] if c != condition)
            trial = (*clauses[:place], fewer, *clauses[place + 1 :])
            f1 = _fidelity(_matches(trial, features), inside, weights)[2]
            if fewer and f1 >= best - _WORTH:
                clauses, best = trial, max(best, f1)
    return _drop_idle_clauses(clauses, features, inside, weights)


def _drop_idle_clauses(
    clauses: tuple[tuple[Condition, ...], ...],
    features: pd.DataFrame,
    inside: np.ndarray,
    weights: np.ndarray,
) -> tuple[tuple[Condition, ...], ...]:
    """Drop clauses that, shortened, add nothing to the others."""
    best = _fidelity(_matches(clauses, features), inside, weights)[2]
    for clause in clauses:
        fewer = tuple(other for other in clauses if other is not clause)
        f1 = _fidelity(_matches(fewer, features), inside, weights)[2]
        if fewer and f1 >= best - _WORTH:
            clauses = fewer
    return clauses


def _matches(
    clauses: Sequence[Sequence[Condition]], features: pd.DataFrame
) -> np.ndarray:
    any_clause = np.zeros(len(features), dtype=bool)
    for clause in clauses:
        every = np.ones(len(features), dtype=bool)
        for condition in clause:
            every &= holds(condition, features)
        any_clause |= every
    return any_clause


def _fidelity(
    predicted: np.ndarray, inside: np.ndarray, weights: np.ndarray
) -> tuple[float, float, float]:
    """Weighted precision, recall and F1; zero where nothing is predicted."""
    both = float(weights[predicted & inside].sum())
    if both == 0:
        return 0.0, 0.0, 0.0
    precision = both / float(weights[predicted].sum())
    recall = both / float(weights[inside].sum())
    return precision, recall, 2 * precision * recall / (precision + recall)
