"""Columns of listings that a rule may use beside signals, made exactly as SQL would."""

import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd

from iprseg.cohorts._conditions import AUTHORISED, PRICE, TITLE_HAS, VALUE_IS
from iprseg.cohorts._inputs import one_currency
from iprseg.cohorts._words import plain

_MAX_VALUE = 80


def rule_features(
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
    >>> rule_features(pd.DataFrame({"title": ["Oud", None]}), ["oud"], {})
       title has: oud
    0             1.0
    1             NaN
    """
    made = pd.DataFrame(index=listings.index)
    if PRICE in listings and one_currency(listings):
        made[PRICE] = pd.to_numeric(listings[PRICE], errors="coerce")
    if terms and "title" in listings:
        made = pd.concat([made, _title_has(listings["title"], list(terms))], axis=1)
    if "authorisation_id" in listings:
        made[AUTHORISED] = listings["authorisation_id"].notna().astype(float)
    for head, value in values.items():
        if plain(value, _MAX_VALUE) == value:
            own = listings[VALUE_IS[head]]
            made[head + value] = (own == value).astype(float).where(own.notna())
    return made


def _title_has(titles: pd.Series, terms: list[str]) -> pd.DataFrame:
    source = pd.DataFrame({"title": titles.astype("str").to_numpy()})
    source.loc[titles.isna().to_numpy(), "title"] = None
    columns = ", ".join("contains(title, ?)::DOUBLE" for _ in terms)
    query = f"SELECT {columns} FROM (SELECT lower(title) AS title FROM source)"
    with _engine(os.getpid()).cursor() as connection:
        connection.register("source", source)
        found = connection.execute(query, terms).df()
    found.columns = pd.Index([TITLE_HAS + term for term in terms])
    return found.set_axis(titles.index)


@cache
def _engine(process: int) -> Any:
    """Open DuckDB once in a process: to open it takes longer than to search titles.

    A forked process opens its own, and leaves the one it inherited alone.
    """
    import duckdb

    engine = duckdb.connect()
    engine.execute("SET preserve_insertion_order = true")
    return engine
