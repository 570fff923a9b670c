"""Search for the clauses of a rule: tree leaves, added and shortened by F1."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd

from iprseg.cohorts._conditions import Condition, holds

MAX_DEPTH = 3
# Two clauses joined by "or" can still be read; three cannot.
_MAX_CLAUSES = 2
_WORTH = 0.01
# Trees hold numbers of single precision and refuse what is larger (3.4e38).
_LARGEST = 1e38

Clause = tuple[Condition, ...]
# the rows for which a condition holds
Rows = Callable[[Condition], np.ndarray]


def search_clauses(
    features: pd.DataFrame, inside: np.ndarray, weights: np.ndarray, random_state: int
) -> tuple[Clause, ...]:
    """Return the best clauses of two trees: one at the cohort's odds, one at even."""
    best: tuple[Clause, ...] = ()
    best_f1 = 0.0
    # the two trees and the parts of their paths repeat conditions many times
    rows = cache(lambda condition: holds(condition, features))
    for class_weight in (None, "balanced"):
        paths = _leaf_paths(features, inside, weights, class_weight, random_state)
        clauses = _add_leaves(_parts(paths), rows, inside, weights)
        clauses = _shorten(clauses, rows, inside, weights)
        f1 = fidelity(_matches(clauses, rows, len(inside)), inside, weights)[2]
        if f1 > best_f1 + _WORTH:
            best, best_f1 = clauses, f1
    return best


def _leaf_paths(
    features: pd.DataFrame,
    inside: np.ndarray,
    weights: np.ndarray,
    class_weight: str | None,
    random_state: int,
) -> list[Clause]:
    """Paths to the leaves of a tree that lean to the cohort, purest first."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        max_depth=MAX_DEPTH,
        min_samples_leaf=max(2, int(0.05 * inside.sum())),
        class_weight=class_weight,
        random_state=random_state,
    )
    values = features.to_numpy(dtype=float, na_value=np.nan)
    values = np.where(np.isinf(values), np.nan, values).clip(-_LARGEST, _LARGEST)
    tree.fit(values, inside, sample_weight=weights)
    nodes = tree.tree_
    if nodes.node_count == 1:
        return []
    found: list[tuple[float, Clause]] = []
    stack: list[tuple[int, Clause]] = [(0, ())]
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


def _parts(paths: Sequence[Clause]) -> list[Clause]:
    """Return every selection of the conditions of each path, the shortest first.

    A tree sends missing values down one side, which a condition that needs a value does
    not: a path may then hold for few rows, and a part of it for the cohort.
    """
    made = {
        part
        for path in paths
        for count in range(1, len(path) + 1)
        for part in combinations(path, count)
        # "> inf" is the side of missing values, of which a rule may say nothing
        if not any(c.op == ">" and np.isinf(c.value) for c in part)
    }
    return sorted(made, key=lambda part: (len(part), str(part)))


def _round(value: float) -> float:
    """Three significant digits: words, SQL and fidelity then speak of one number."""
    return float(f"{value:.3g}")


def _merge(path: Sequence[Condition]) -> Clause:
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
    paths: list[Clause],
    rows: Rows,
    inside: np.ndarray,
    weights: np.ndarray,
) -> tuple[Clause, ...]:
    chosen: tuple[Clause, ...] = ()
    best = 0.0
    for _ in range(_MAX_CLAUSES):
        scores = [
            fidelity(_matches((*chosen, path), rows, len(inside)), inside, weights)[2]
            for path in paths
        ]
        top = int(np.argmax(scores)) if scores else 0
        # a second clause costs the reader more than a slightly better number gives
        if not scores or scores[top] <= best + (0.05 if chosen else 0):
            break
        chosen, best = (*chosen, paths[top]), scores[top]
    return chosen


def _shorten(
    clauses: tuple[Clause, ...],
    rows: Rows,
    inside: np.ndarray,
    weights: np.ndarray,
) -> tuple[Clause, ...]:
    """Drop each condition whose loss costs less than a hundredth of F1."""
    best = fidelity(_matches(clauses, rows, len(inside)), inside, weights)[2]
    for place, clause in enumerate(clauses):
        for condition in clause:
            fewer = tuple(c for c in clauses[place] if c != condition)
            trial = (*clauses[:place], fewer, *clauses[place + 1 :])
            f1 = fidelity(_matches(trial, rows, len(inside)), inside, weights)[2]
            if fewer and f1 >= best - _WORTH:
                clauses, best = trial, max(best, f1)
    return _drop_idle_clauses(clauses, rows, inside, weights)


def _drop_idle_clauses(
    clauses: tuple[Clause, ...],
    rows: Rows,
    inside: np.ndarray,
    weights: np.ndarray,
) -> tuple[Clause, ...]:
    """Drop clauses that, shortened, add nothing to the others."""
    best = fidelity(_matches(clauses, rows, len(inside)), inside, weights)[2]
    for clause in clauses:
        fewer = tuple(other for other in clauses if other is not clause)
        f1 = fidelity(_matches(fewer, rows, len(inside)), inside, weights)[2]
        if fewer and f1 >= best - _WORTH:
            clauses = fewer
    return clauses


def matches(
    clauses: Sequence[Sequence[Condition]], features: pd.DataFrame
) -> np.ndarray:
    """Return the rows for which all conditions of any clause hold."""
    return _matches(clauses, lambda one: holds(one, features), len(features))


def _matches(
    clauses: Sequence[Sequence[Condition]], rows: Rows, n_rows: int
) -> np.ndarray:
    any_clause = np.zeros(n_rows, dtype=bool)
    for clause in clauses:
        every = np.ones(n_rows, dtype=bool)
        for condition in clause:
            every &= rows(condition)
        any_clause |= every
    return any_clause


def fidelity(
    predicted: np.ndarray, inside: np.ndarray, weights: np.ndarray
) -> tuple[float, float, float]:
    """Return weighted precision, recall and F1; zero where nothing is predicted."""
    both = float(weights[predicted & inside].sum())
    if both == 0:
        return 0.0, 0.0, 0.0
    precision = both / float(weights[predicted].sum())
    recall = both / float(weights[inside].sum())
    return precision, recall, 2 * precision * recall / (precision + recall)
