"""A short rule for one cohort: in words, as SQL, with its fidelity on unseen rows."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from iprseg.cohorts.clauses import (
    AUTHORISED,
    PRICE,
    TITLE_HAS,
    VALUE_IS,
    Condition,
    detect_kind,
    match_clauses,
    measure_fidelity,
    render_sql,
    render_words,
    search_clauses,
)
from iprseg.cohorts.inputs import ProfileInputs, find_languages, has_one_currency
from iprseg.cohorts.lift import is_origin_or_language
from iprseg.formats import clean_line

NO_RULE = "No short rule describes this cohort."
# Half of a cohort and a third of others: below this a rule describes something else.
MIN_PRECISION, MIN_RECALL = 0.7, 0.5
# "everything" is right as often as the cohort is large: a rule must close a quarter of
# the gap between that and certainty
_MIN_GAIN = 0.25


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
        return match_clauses(self.clauses, features)


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
    held, measured_on = hold_out_rows(inside, sellers, random_state)
    weights = np.ones(len(features)) if weights is None else weights
    train, w = features[~held], weights[~held]
    if not usable or inside[~held].sum() < 3 or inside[held].sum() < 1:
        return CohortRule()
    clauses = search_clauses(train, inside[~held], w, random_state)
    predicted = match_clauses(clauses, features[held])
    precision, recall, _ = measure_fidelity(predicted, inside[held], weights[held])
    base = float(np.average(inside[held], weights=weights[held]))
    least = max(MIN_PRECISION, base + _MIN_GAIN * (1 - base))
    if not clauses or recall < MIN_RECALL or precision < least:
        return CohortRule()
    kinds = {
        str(c): detect_kind(features[c].to_numpy(dtype=float, na_value=np.nan))
        for c in usable
    }
    return CohortRule(
        clauses,
        render_words(clauses, kinds),
        render_sql(clauses, level),
        precision,
        recall,
        measured_on,
    )


_MAX_INSIDE, _MAX_OUTSIDE = 2000, 4000
_MAX_TERMS = 5
# columns of listings that `rule_features` may use
_LISTING_COLUMNS = ["title", PRICE, "currency", "authorisation_id", *VALUE_IS.values()]
# Of a vocabulary that languages share, at least so many rows use a common word.
_MIN_SHARED_ROWS = 0.2


def fit_cohort_rule(
    inputs: ProfileInputs,
    signals: pd.DataFrame,
    inside: np.ndarray,
    terms: list[str],
    level: str,
    random_state: int,
) -> CohortRule:
    """Fit the rule of one cohort on a sample that keeps small cohorts whole."""
    rows, weights = _sample_rows_with_weights(inside, random_state)
    own = inside[rows]
    features = signals.iloc[rows]
    if level == "listing":
        # of wide tables with long texts all columns would cost more than the search
        listings = inputs.listings[
            inputs.listings.columns.intersection(_LISTING_COLUMNS)
        ]
        compared = listings[listings.columns.intersection(list(VALUE_IS.values()))]
        values = _find_frequent_values(compared.loc[signals.index[inside]])
        own_listings = listings.loc[signals.index[rows]]
        made = build_rule_features(own_listings, terms[:_MAX_TERMS], values)
        if inputs.price is None:  # a sample may hold one currency where all rows do not
            made = made.drop(columns=PRICE, errors="ignore")
        lang = find_languages(inputs, rows)
        heads = [TITLE_HAS, *_list_language_bound_heads(own_listings, lang)]
        made = made.drop(columns=list_language_markers(made, own, lang, heads))
        features = pd.concat([features, made], axis=1)
    sellers = None if inputs.sellers is None else inputs.sellers.iloc[rows]
    return fit_rule(
        features,
        own,
        sellers=sellers,
        weights=weights,
        level=level,
        random_state=random_state,
    )


def _find_frequent_values(own: pd.DataFrame) -> dict[str, str]:
    """Return the most frequent category and condition of some listings."""
    counts = {k: own[c].value_counts() for k, c in VALUE_IS.items() if c in own}
    first = {head: str(found.index[0]) for head, found in counts.items() if len(found)}
    # no query can hold a NUL
    return {head: value for head, value in first.items() if "\0" not in value}


def _sample_rows_with_weights(
    inside: np.ndarray, random_state: int
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(random_state)
    rows, weights = [], []
    for mask, most in ((inside, _MAX_INSIDE), (~inside, _MAX_OUTSIDE)):
        members = np.flatnonzero(mask)
        chosen = members
        if len(members) > most:
            chosen = np.sort(rng.choice(members, most, replace=False))
        rows.append(chosen)
        weights.append(np.full(len(chosen), len(members) / max(len(chosen), 1)))
    return np.concatenate(rows), np.concatenate(weights)


def _list_language_bound_heads(listings: pd.DataFrame, lang: np.ndarray) -> list[str]:
    """Heads of columns whose values differ by language: "neu" here and "new" there.

    A category that listings of several languages share tells goods, not language.
    """
    found: list[str] = []
    if pd.Series(lang).nunique() < 2:
        return found
    for head, source in VALUE_IS.items():
        if source in listings:
            values = listings[source].to_numpy()
            spread = pd.Series(lang).groupby(values).agg(["nunique", "size"])
            shared = spread.loc[spread["nunique"] > 1, "size"].sum()
            found += [head] if shared < _MIN_SHARED_ROWS * spread["size"].sum() else []
    return found


def list_language_markers(
    made: pd.DataFrame, inside: np.ndarray, lang: np.ndarray, heads: Sequence[str]
) -> list[str]:
    """Text columns that tell the cohort from other languages, not from its own.

    A word of the cohort's language separates it from every other language; as a rule it
    would rest on language alone, be it in a title, a category or a condition. It may be
    used when it also separates the cohort from other rows of that language.
    """
    markers = []
    for column in [c for c in made.columns if c.startswith(tuple(heads))]:
        hit = made[column].to_numpy() > 0.5
        langs = pd.Series(lang[hit & inside]).value_counts()
        same = np.isin(lang, langs.index[:1])
        rest = same & ~inside
        if len(langs) and rest.sum() >= 5:
            within = hit[same & inside].mean()
            if within >= 1.5 * hit[rest].mean():
                continue
        markers.append(column)
    return markers


_MAX_VALUE_CHARACTERS = 80


def build_rule_features(
    listings: pd.DataFrame, terms: Sequence[str], values: Mapping[str, str]
) -> pd.DataFrame:
    """Return price, "title has: …", "category is: …" and so on, by listing id.

    The titles are searched by DuckDB, so that a rule finds the same rows when an
    analyst runs its SQL (lower-casing differs between engines in rare letters).

    Parameters
    ----------
    listings : pandas.DataFrame
        Indexed by listing id.
    terms : sequence of str
        Lower-case terms.
    values : mapping of str to str
        What to compare with, by one of the heads `VALUE_IS`, such as a category path.

    Returns
    -------
    pandas.DataFrame
        Same index; 1.0, 0.0, or NaN where the title, category or condition is missing.

    Examples
    --------
    >>> build_rule_features(pd.DataFrame({"title": ["Oud", None]}), ["oud"], {})
       title has: oud
    0             1.0
    1             NaN
    """
    made = pd.DataFrame(index=listings.index)
    if PRICE in listings and has_one_currency(listings):
        made[PRICE] = pd.to_numeric(listings[PRICE], errors="coerce")
    if terms and "title" in listings:
        made = pd.concat(
            [made, _flag_titles_with_terms(listings["title"], list(terms))], axis=1
        )
    if "authorisation_id" in listings:
        made[AUTHORISED] = listings["authorisation_id"].notna().astype(float)
    for head, value in values.items():
        if clean_line(value, _MAX_VALUE_CHARACTERS) == value:
            own = listings[VALUE_IS[head]]
            made[head + value] = (own == value).astype(float).where(own.notna())
    return made


def _flag_titles_with_terms(titles: pd.Series, terms: list[str]) -> pd.DataFrame:
    source = pd.DataFrame({"title": titles.astype("str").to_numpy()})
    source.loc[titles.isna().to_numpy(), "title"] = None
    columns = ", ".join("contains(title, ?)::DOUBLE" for _ in terms)
    query = f"SELECT {columns} FROM (SELECT lower(title) AS title FROM source)"
    with _open_duckdb_once(os.getpid()).cursor() as connection:
        connection.register("source", source)
        found = connection.execute(query, terms).df()
    found.columns = pd.Index([TITLE_HAS + term for term in terms])
    return found.set_axis(titles.index)


@cache
def _open_duckdb_once(process: int) -> Any:
    """Open DuckDB once in a process: to open it takes longer than to search titles.

    A forked process opens its own, and leaves the one it inherited alone.
    """
    import duckdb

    engine = duckdb.connect()
    engine.execute("SET preserve_insertion_order = true")
    return engine


_HELD_OUT_SHARE = 0.3


def hold_out_rows(
    inside: np.ndarray, sellers: pd.Series | None, random_state: int
) -> tuple[np.ndarray, str]:
    """Return which rows are held out, and what they are unseen by.

    Parameters
    ----------
    inside : ndarray of bool, shape (n,)
        Which rows are in the cohort; both sides get some of them where possible.
    sellers : pandas.Series, optional
        Seller of each row; a row without one stands for itself.
    random_state : int
        Seed.

    Returns
    -------
    held : ndarray of bool, shape (n,)
        Rows to measure on.
    unit : str
        ``"unseen sellers"``, or ``"unseen rows"`` where no seller is known or a single
        one holds the cohort.

    Examples
    --------
    >>> shops = pd.Series(list("aabbccdd"))
    >>> held, unit = hold_out_rows(np.ones(8, bool), shops, 0)
    >>> unit, set(shops[held]) & set(shops[~held])
    ('unseen sellers', set())
    """
    n = len(inside)
    units, unit = np.arange(n), "unseen rows"
    if sellers is not None and sellers[inside].nunique() > 1:
        codes, _ = pd.factorize(sellers)
        units, unit = (
            np.where(codes < 0, codes.max() + 1 + units, codes),
            "unseen sellers",
        )
    weight = pd.Series(np.where(inside, 1.0, 0.0)).groupby(units).agg(["sum", "size"])
    order = np.random.default_rng(random_state).permutation(len(weight))
    held_units: list[int] = []
    for column, mask in (("sum", weight["sum"] > 0), ("size", weight["sum"] == 0)):
        ordered = weight.iloc[order][mask.to_numpy()[order]][column]
        held_units += list(_draw_held_out_units(ordered))
    return np.isin(units, held_units), unit


def _draw_held_out_units(sizes: pd.Series) -> pd.Index:
    """First units, in a random order, that make up the held-out share; never all."""
    total, reached, taken = sizes.sum(), 0.0, 0
    for size in sizes.iloc[:-1]:
        if reached >= _HELD_OUT_SHARE * total:
            break
        reached += size
        taken += 1
    return sizes.index[:taken]
