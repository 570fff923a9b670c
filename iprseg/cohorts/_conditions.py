"""One comparison of a rule: evaluated on a frame, put in words, put in SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from iprseg.cohorts.phrases import phrase_of

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


def kind_of(values: np.ndarray) -> str:
    """Return "flag" for 0 and 1 alone, "count" for whole numbers, else "number".

    Examples
    --------
    >>> [kind_of(np.array(v)) for v in ([0, 1, np.nan], [0.0, 2], [0.5])]
    ['flag', 'count', 'number']
    """
    known = values[np.isfinite(values)]
    if np.isin(known, (0.0, 1.0)).all():
        return "flag"
    return "count" if (known == np.floor(known)).all() else "number"


def as_words(clauses: Sequence[Sequence[Condition]], kinds: Mapping[str, str]) -> str:
    """Return a rule as one sentence part.

    Examples
    --------
    >>> clause = (Condition("A07_x", ">", 0.5), Condition("price", "<=", 30))
    >>> as_words([clause], {"A07_x": "flag"})
    'replica wording AND price at most 30'
    >>> as_words([[Condition("A03_x", ">", 1.5)]], {"A03_x": "count"})
    'further brands in the title: 2 or more'
    >>> bounds = [Condition("A03_x", ">", 0.5), Condition("A03_x", "<=", 1.5)]
    >>> as_words([bounds], {"A03_x": "count"})
    'further brands in the title: 1'
    """
    parts = [" AND ".join(_clause_words(clause, kinds)) for clause in clauses]
    if len(parts) == 1:
        return parts[0]
    return " OR ".join(f"({part})" for part in parts)


def _clause_words(clause: Sequence[Condition], kinds: Mapping[str, str]) -> list[str]:
    """Return each condition in words; two bounds of one column as one."""
    bounds: dict[str, dict[str, Condition]] = {}
    for one in clause:
        bounds.setdefault(one.column, {})[one.op] = one
    said = []
    for column, own in bounds.items():
        if len(own) == 1 or np.isinf(own["<="].value):
            said += [_words(one, kinds) for one in own.values()]
        else:
            said.append(_between(column, own[">"].value, own["<="].value, kinds))
    return said


def _between(column: str, low: float, high: float, kinds: Mapping[str, str]) -> str:
    quantity = phrase_of(column).quantity
    if kinds.get(column) != "count":
        return f"{quantity} above {low:g} and at most {high:g}"
    least, most = int(np.floor(low)) + 1, int(np.floor(high))
    return f"{quantity}: {least if least == most else f'{least} to {most}'}"


def _words(condition: Condition, kinds: Mapping[str, str]) -> str:
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
    quantity = phrase_of(column).quantity
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
    known = column in (PRICE, AUTHORISED)
    return known or column.startswith((TITLE_HAS, *VALUE_IS))


def _sql(condition: Condition) -> str:
    column, high = condition.column, condition.op == ">"
    if column.startswith(TITLE_HAS):
        text = _literal(column.removeprefix(TITLE_HAS))
        return f'{"" if high else "NOT "}contains(lower(l."title"), {text})'
    for head, source in VALUE_IS.items():
        if column.startswith(head):
            text = _literal(column.removeprefix(head))
            return f"l.{_quote(source)} {'=' if high else '<>'} {text}"
    if column == AUTHORISED:
        return f'l."authorisation_id" IS {"NOT " if high else ""}NULL'
    place = f"{'l' if _is_from_listings(column) else 's'}.{_quote(column)}"
    if np.isinf(condition.value):
        return f"{place} IS NOT NULL"
    return f"{place} {condition.op} {condition.value!r}"


def _quote(identifier: str) -> str:
    doubled = identifier.replace('"', '""')
    return f'"{doubled}"'


def _literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
