"""Columns of listings that a rule may use beside signals, made exactly as SQL would."""

from collections.abc import Sequence

import pandas as pd

from iprseg.cohorts._conditions import CATEGORY_IS, PRICE, TITLE_HAS
from iprseg.cohorts._inputs import one_currency
from iprseg.cohorts._words import plain

_MAX_CATEGORY = 80


def rule_features(
    listings: pd.DataFrame, terms: Sequence[str], categories: Sequence[str]
) -> pd.DataFrame:
    """Return price, "title has: …" and "category is: …" as numbers, by listing id.

    The titles are searched by DuckDB, so that a rule finds the same rows when an
    analyst runs its SQL (lower-casing differs between engines in rare letters).

    Parameters
    ----------
    listings : pandas.DataFrame
        Indexed by listing id.
    terms : sequence of str
        Lower-case terms.
    categories : sequence of str
        Whole category paths.

    Returns
    -------
    pandas.DataFrame
        Same index; 1.0, 0.0 or NaN where the title or category is missing.

    Examples
    --------
    >>> rule_features(pd.DataFrame({"title": ["Oud", None]}), ["oud"], [])
       title has: oud
    0             1.0
    1             NaN
    """
    made = pd.DataFrame(index=listings.index)
    if PRICE in listings and one_currency(listings):
        made[PRICE] = pd.to_numeric(listings[PRICE], errors="coerce")
    if terms and "title" in listings:
        made = pd.concat([made, _title_has(listings["title"], list(terms))], axis=1)
    for category in categories:
        if plain(category, _MAX_CATEGORY) == category:
            known = listings["category_path"].notna()
            same = (listings["category_path"] == category).astype(float)
            made[CATEGORY_IS + category] = same.where(known)
    return made


def _title_has(titles: pd.Series, terms: list[str]) -> pd.DataFrame:
    import duckdb

    source = pd.DataFrame({"title": titles.astype("str").to_numpy()})
    source.loc[titles.isna().to_numpy(), "title"] = None
    columns = ", ".join("contains(lower(title), ?)::DOUBLE" for _ in terms)
    with duckdb.connect() as connection:
        connection.register("source", source)
        connection.execute("SET preserve_insertion_order = true")
        found = connection.execute(f"SELECT {columns} FROM source", terms).df()
    found.columns = pd.Index([TITLE_HAS + term for term in terms])
    return found.set_axis(titles.index)
