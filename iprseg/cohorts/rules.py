"""A short rule for one cohort: in words, as SQL, with its fidelity on unseen rows."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from iprseg.cohorts._conditions import Condition, as_sql, as_words, kind_of
from iprseg.cohorts._rule_search import fidelity, matches, search_clauses
from iprseg.cohorts._split import held_out_rows
from iprseg.cohorts.phrases import signal_id

NO_RULE = "No short rule describes this cohort."
# Half of a cohort and a third of others: below this a rule describes something else.
MIN_PRECISION, MIN_RECALL = 0.7, 0.5
# "everything" is right as often as the cohort is large: a rule must close a quarter of
# the gap between that and certainty
_MIN_GAIN = 0.25

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
        return matches(self.clauses, features)


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
    on the other sellers. Below a precision of 0.7 or a recall of 0.5 there, or where it
    is hardly more precise than "everything", no rule is given.

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
    level : {"listing", "seller", "creator"}
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
    clauses = search_clauses(train, inside[~held], w, random_state)
    predicted = matches(clauses, features[held])
    precision, recall, _ = fidelity(predicted, inside[held], weights[held])
    base = float(np.average(inside[held], weights=weights[held]))
    least = max(MIN_PRECISION, base + _MIN_GAIN * (1 - base))
    if not clauses or recall < MIN_RECALL or precision < least:
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
