"""One comparison of a rule: evaluated on a frame, put in words, put in SQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from iprseg.cohorts.phrases import phrase_of

# Columns that rule_features makes from listings are named so that their SQL is plain.
TITLE_HAS = "title has: "
CATEGORY_IS = "category is: "
PRICE = "price"


@dataclass(frozen=True)
class Condition:
    """Column, ``">"`` or ``"<="``, number. A missing value satisfies neither."""

    column: str
    op: str
    value: float


def holds(condition: Condition, features: pd.DataFrame) -> np.ndarray:
    """Return the rows for which a condition holds, as SQL would.

    Examples
    --------
    >>> holds(Condition("x", ">", 1), pd.DataFrame({"x": [0.0, 2.0, np.nan]})).tolist()
    [False, True, False]
    """
    values = features[condition.column].to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(values)
    if condition.op == ">":
        return known & (values > condition.value)
    return known & (values <= condition.value)


def is_flag(values: np.ndarray) -> bool:
    """Whether a column says present or absent: its present values are 0 and 1 only."""
    return bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())


def as_words(clauses: Sequence[Sequence[Condition]], flags: Collection[str]) -> str:
    """Return a rule as one sentence part.

    Examples
    --------
    >>> clause = (Condition("A07_x", ">", 0.5), Condition("price", "<=", 30))
    >>> as_words([clause], {"A07_x"})
    'replica wording present AND price at most 30'
    """
    parts = [" AND ".join(_words(c, flags) for c in clause) for clause in clauses]
    if len(parts) == 1:
        return parts[0]
    return " OR ".join(f"({part})" for part in parts)


def _words(condition: Condition, flags: Collection[str]) -> str:
    column, high = condition.column, condition.op == ">"
    if column.startswith(TITLE_HAS):
        verb = "contains" if high else "does not contain"
        return f"title {verb} “{column.removeprefix(TITLE_HAS)}”"
    if column.startswith(CATEGORY_IS):
        verb = "is" if high else "is not"
        return f"category {verb} “{column.removeprefix(CATEGORY_IS)}”"
    quantity = phrase_of(column).quantity
    if column in flags:
        return f"{quantity} {'present' if high else 'absent'}"
    if condition.value == 0:
        return f"{quantity} {'present' if high else 'absent'}"
    return f"{quantity} {'above' if high else 'at most'} {condition.value:g}"


def as_sql(clauses: Sequence[Sequence[Condition]], level: str) -> str:
    """Return a rule as a DuckDB query for the ids it holds for.

    ``signals`` is the table of signals with the id as a column, ``listings`` the
    canonical table. Missing is NULL there, which satisfies no comparison.

    Examples
    --------
    >>> print(as_sql([[Condition("title has: l'eau", ">", 0.5)]], "listing"))
    SELECT s."listing_id"
    FROM signals AS s
    JOIN listings AS l USING ("listing_id")
    WHERE contains(lower(l."title"), 'l''eau')
    """
    key = _quote(f"{level}_id")
    parts = ["\n  AND ".join(_sql(c) for c in clause) for clause in clauses]
    where = parts[0]
    if len(parts) > 1:
        where = "\n   OR ".join(f"({part})" for part in parts)
    lines = [f"SELECT s.{key}", "FROM signals AS s"]
    if any(_is_from_listings(c.column) for clause in clauses for c in clause):
        lines.append(f"JOIN listings AS l USING ({key})")
    return "\n".join([*lines, f"WHERE {where}"])


def _is_from_listings(column: str) -> bool:
    return column == PRICE or column.startswith((TITLE_HAS, CATEGORY_IS))


def _sql(condition: Condition) -> str:
    column, high = condition.column, condition.op == ">"
    if column.startswith(TITLE_HAS):
        text = _literal(column.removeprefix(TITLE_HAS))
        return f'{"" if high else "NOT "}contains(lower(l."title"), {text})'
    if column.startswith(CATEGORY_IS):
        text = _literal(column.removeprefix(CATEGORY_IS))
        return f'l."category_path" {"=" if high else "<>"} {text}'
    table = "l" if _is_from_listings(column) else "s"
    return f"{table}.{_quote(column)} {condition.op} {condition.value!r}"


def _quote(identifier: str) -> str:
    doubled = identifier.replace('"', '""')
    return f'"{doubled}"'


def _literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
