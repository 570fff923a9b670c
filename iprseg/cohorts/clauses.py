"""Clauses of a rule: found in decision trees, evaluated, put in words and in SQL."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd

from iprseg.cohorts.lift import find_phrase
from iprseg.tables.access import quote_identifier, quote_literal

# Columns that rule_features makes from listings are named so that their SQL is plain.
TITLE_HAS = "title has: "
# What a column of listings must be, by the head of the name.
VALUE_IS = {"category is: ": "category_path", "condition is: ": "condition"}
CATEGORY_IS, CONDITION_IS = VALUE_IS
AUTHORISED = "authorisation stated"
PRICE = "price"


@dataclass(frozen=True)
class Condition:
    """Column, ``">"`` or ``"<="``, number. A missing value satisfies neither.

    A tree may split known from missing: that is ``<= inf``.
    """

    column: str
    op: str
    value: float


def evaluate_condition(condition: Condition, features: pd.DataFrame) -> np.ndarray:
    """Return the rows for which a condition holds, as SQL would.

    Examples
    --------
    >>> evaluate_condition(Condition("x", ">", 1), pd.DataFrame({"x": [0.0, 2.0, np.nan]})).tolist()
    [False, True, False]
    """
    values = features[condition.column].to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(values)
    if condition.op == ">":
        return known & (values > condition.value)
    return known & (values <= condition.value)


def detect_kind(values: np.ndarray) -> str:
    """Return "flag" for 0 and 1 alone, "count" for whole numbers, else "number".

    Examples
    --------
    >>> [detect_kind(np.array(v)) for v in ([0, 1, np.nan], [0.0, 2], [0.5])]
    ['flag', 'count', 'number']
    """
    known = values[np.isfinite(values)]
    if np.isin(known, (0.0, 1.0)).all():
        return "flag"
    return "count" if (known == np.floor(known)).all() else "number"


def render_words(
    clauses: Sequence[Sequence[Condition]], kinds: Mapping[str, str]
) -> str:
    """Return a rule as one sentence part.

    Examples
    --------
    >>> clause = (Condition("A07_x", ">", 0.5), Condition("price", "<=", 30))
    >>> render_words([clause], {"A07_x": "flag"})
    'replica wording AND price at most 30'
    >>> render_words([[Condition("A03_x", ">", 1.5)]], {"A03_x": "count"})
    'further brands in the title: 2 or more'
    >>> bounds = [Condition("A03_x", ">", 0.5), Condition("A03_x", "<=", 1.5)]
    >>> render_words([bounds], {"A03_x": "count"})
    'further brands in the title: 1'
    """
    parts = [" AND ".join(_phrase_clause(clause, kinds)) for clause in clauses]
    if len(parts) == 1:
        return parts[0]
    return " OR ".join(f"({part})" for part in parts)


def _phrase_clause(clause: Sequence[Condition], kinds: Mapping[str, str]) -> list[str]:
    """Return each condition in words; two bounds of one column as one."""
    bounds: dict[str, dict[str, Condition]] = {}
    for one in clause:
        bounds.setdefault(one.column, {})[one.op] = one
    said = []
    for column, own in bounds.items():
        if len(own) == 1 or np.isinf(own["<="].value):
            said += [_phrase_condition(one, kinds) for one in own.values()]
        else:
            said.append(_phrase_bounds(column, own[">"].value, own["<="].value, kinds))
    return said


def _phrase_bounds(
    column: str, low: float, high: float, kinds: Mapping[str, str]
) -> str:
    quantity = find_phrase(column).quantity
    if kinds.get(column) != "count":
        return f"{quantity} above {low:g} and at most {high:g}"
    least, most = int(np.floor(low)) + 1, int(np.floor(high))
    return f"{quantity}: {least if least == most else f'{least} to {most}'}"


def _phrase_condition(condition: Condition, kinds: Mapping[str, str]) -> str:
    column, high = condition.column, condition.op == ">"
    if column.startswith(TITLE_HAS):
        verb = "contains" if high else "does not contain"
        return f"title {verb} “{column.removeprefix(TITLE_HAS)}”"
    for head in VALUE_IS:
        if column.startswith(head):
            what, verb = head.split()[0], "is" if high else "is not"
            return f"{what} {verb} “{column.removeprefix(head)}”"
    if column == AUTHORISED:
        return column if high else f"no {column}"
    quantity = find_phrase(column).quantity
    if np.isinf(condition.value):
        return f"{quantity} known"
    kind = kinds.get(column, "number")
    if kind == "flag" or condition.value == 0:
        return quantity if high else f"no {quantity}"
    if kind == "count":
        whole = int(np.floor(condition.value))
        few = f"{whole} or fewer" if whole else "none"
        return f"{quantity}: {f'{whole + 1} or more' if high else few}"
    return f"{quantity} {'above' if high else 'at most'} {condition.value:g}"


def render_sql(clauses: Sequence[Sequence[Condition]], level: str) -> str:
    """Return a rule as a DuckDB query for the ids it holds for.

    ``signals`` is the table of signals with the id as a column, ``listings`` the
    canonical table. Missing is NULL there, which satisfies no comparison.

    Examples
    --------
    >>> print(render_sql([[Condition("title has: l'eau", ">", 0.5)]], "listing"))
    SELECT s."listing_id"
    FROM signals AS s
    JOIN listings AS l USING ("listing_id")
    WHERE contains(lower(l."title"), 'l''eau')
    """
    key = quote_identifier(f"{level}_id")
    parts = [
        "\n  AND ".join(_render_condition_sql(c) for c in clause) for clause in clauses
    ]
    where = parts[0]
    if len(parts) > 1:
        where = "\n   OR ".join(f"({part})" for part in parts)
    lines = [f"SELECT s.{key}", "FROM signals AS s"]
    if any(_is_column_of_listings(c.column) for clause in clauses for c in clause):
        lines.append(f"JOIN listings AS l USING ({key})")
    return "\n".join([*lines, f"WHERE {where}"])


def _is_column_of_listings(column: str) -> bool:
    known = column in (PRICE, AUTHORISED)
    return known or column.startswith((TITLE_HAS, *VALUE_IS))


def _render_condition_sql(condition: Condition) -> str:
    column, high = condition.column, condition.op == ">"
    if column.startswith(TITLE_HAS):
        text = quote_literal(column.removeprefix(TITLE_HAS))
        return f'{"" if high else "NOT "}contains(lower(l."title"), {text})'
    for head, source in VALUE_IS.items():
        if column.startswith(head):
            text = quote_literal(column.removeprefix(head))
            return f"l.{quote_identifier(source)} {'=' if high else '<>'} {text}"
    if column == AUTHORISED:
        return f'l."authorisation_id" IS {"NOT " if high else ""}NULL'
    place = (
        f"{'l' if _is_column_of_listings(column) else 's'}.{quote_identifier(column)}"
    )
    if np.isinf(condition.value):
        return f"{place} IS NOT NULL"
    return f"{place} {condition.op} {condition.value!r}"


MAX_DEPTH = 3
# Two clauses joined by "or" can still be read; three cannot.
_MAX_CLAUSES = 2
_MIN_F1_GAIN = 0.01
# Trees hold numbers of single precision and refuse what is larger (3.4e38).
_MAX_FLOAT = 1e38

Clause = tuple[Condition, ...]
# the rows for which a condition holds
ConditionRows = Callable[[Condition], np.ndarray]


def search_clauses(
    features: pd.DataFrame, inside: np.ndarray, weights: np.ndarray, random_state: int
) -> tuple[Clause, ...]:
    """Return the best clauses of two trees: one at the cohort's odds, one at even."""
    best: tuple[Clause, ...] = ()
    best_f1 = 0.0
    # the two trees and the parts of their paths repeat conditions many times
    rows = cache(lambda condition: evaluate_condition(condition, features))
    for class_weight in (None, "balanced"):
        paths = _collect_leaf_paths(
            features, inside, weights, class_weight, random_state
        )
        clauses = _add_leaves_while_f1_gains(
            _list_subclauses(paths), rows, inside, weights
        )
        clauses = _drop_idle_conditions(clauses, rows, inside, weights)
        f1 = measure_fidelity(
            _match_any_clause(clauses, rows, len(inside)), inside, weights
        )[2]
        if f1 > best_f1 + _MIN_F1_GAIN:
            best, best_f1 = clauses, f1
    return best


def _collect_leaf_paths(
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
    values = np.where(np.isinf(values), np.nan, values).clip(-_MAX_FLOAT, _MAX_FLOAT)
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
        threshold = _round_threshold(float(nodes.threshold[node]))
        stack.append((int(right), (*path, Condition(name, ">", threshold))))
        stack.append((int(left), (*path, Condition(name, "<=", threshold))))
    found.sort(key=lambda leaf: -leaf[0])
    return [_merge_conditions(path) for purity, path in found if purity > 0.25]


def _list_subclauses(paths: Sequence[Clause]) -> list[Clause]:
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


def _round_threshold(value: float) -> float:
    """Three significant digits: words, SQL and fidelity then speak of one number."""
    return float(f"{value:.3g}")


def _merge_conditions(path: Sequence[Condition]) -> Clause:
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


def _add_leaves_while_f1_gains(
    paths: list[Clause],
    rows: ConditionRows,
    inside: np.ndarray,
    weights: np.ndarray,
) -> tuple[Clause, ...]:
    chosen: tuple[Clause, ...] = ()
    best = 0.0
    for _ in range(_MAX_CLAUSES):
        scores = [
            measure_fidelity(
                _match_any_clause((*chosen, path), rows, len(inside)), inside, weights
            )[2]
            for path in paths
        ]
        top = int(np.argmax(scores)) if scores else 0
        # a second clause costs the reader more than a slightly better number gives
        if not scores or scores[top] <= best + (0.05 if chosen else 0):
            break
        chosen, best = (*chosen, paths[top]), scores[top]
    return chosen


def _drop_idle_conditions(
    clauses: tuple[Clause, ...],
    rows: ConditionRows,
    inside: np.ndarray,
    weights: np.ndarray,
) -> tuple[Clause, ...]:
    """Drop each condition whose loss costs less than a hundredth of F1."""
    best = measure_fidelity(
        _match_any_clause(clauses, rows, len(inside)), inside, weights
    )[2]
    for place, clause in enumerate(clauses):
        for condition in clause:
            fewer = tuple(c for c in clauses[place] if c != condition)
            trial = (*clauses[:place], fewer, *clauses[place + 1 :])
            f1 = measure_fidelity(
                _match_any_clause(trial, rows, len(inside)), inside, weights
            )[2]
            if fewer and f1 >= best - _MIN_F1_GAIN:
                clauses, best = trial, max(best, f1)
    return _drop_idle_clauses(clauses, rows, inside, weights)


def _drop_idle_clauses(
    clauses: tuple[Clause, ...],
    rows: ConditionRows,
    inside: np.ndarray,
    weights: np.ndarray,
) -> tuple[Clause, ...]:
    """Drop clauses that, shortened, add nothing to the others."""
    best = measure_fidelity(
        _match_any_clause(clauses, rows, len(inside)), inside, weights
    )[2]
    for clause in clauses:
        fewer = tuple(other for other in clauses if other is not clause)
        f1 = measure_fidelity(
            _match_any_clause(fewer, rows, len(inside)), inside, weights
        )[2]
        if fewer and f1 >= best - _MIN_F1_GAIN:
            clauses = fewer
    return clauses


def match_clauses(
    clauses: Sequence[Sequence[Condition]], features: pd.DataFrame
) -> np.ndarray:
    """Return the rows for which all conditions of any clause hold."""
    return _match_any_clause(
        clauses, lambda one: evaluate_condition(one, features), len(features)
    )


def _match_any_clause(
    clauses: Sequence[Sequence[Condition]], rows: ConditionRows, n_rows: int
) -> np.ndarray:
    any_clause = np.zeros(n_rows, dtype=bool)
    for clause in clauses:
        every = np.ones(n_rows, dtype=bool)
        for condition in clause:
            every &= rows(condition)
        any_clause |= every
    return any_clause


def measure_fidelity(
    predicted: np.ndarray, inside: np.ndarray, weights: np.ndarray
) -> tuple[float, float, float]:
    """Return weighted precision, recall and F1; zero where nothing is predicted."""
    both = float(weights[predicted & inside].sum())
    if both == 0:
        return 0.0, 0.0, 0.0
    precision = both / float(weights[predicted].sum())
    recall = both / float(weights[inside].sum())
    return precision, recall, 2 * precision * recall / (precision + recall)
