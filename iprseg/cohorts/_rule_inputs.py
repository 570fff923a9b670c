"""Choose rows and columns for the rule of one cohort."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from iprseg.cohorts._conditions import PRICE, TITLE_HAS, VALUE_IS
from iprseg.cohorts._inputs import ProfileInputs, languages
from iprseg.cohorts._rule_features import rule_features
from iprseg.cohorts.rules import CohortRule, fit_rule

_MAX_INSIDE, _MAX_OUTSIDE = 2000, 4000
_N_TERMS = 5
# columns of listings that `rule_features` may use
_READ = ["title", PRICE, "currency", "authorisation_id", *VALUE_IS.values()]
# Of a vocabulary that languages share, at least so many rows use a common word.
_SHARED = 0.2


def cohort_rule(
    inputs: ProfileInputs,
    signals: pd.DataFrame,
    inside: np.ndarray,
    terms: list[str],
    level: str,
    random_state: int,
) -> CohortRule:
    """Fit the rule of one cohort on a sample that keeps small cohorts whole."""
    rows, weights = _sample(inside, random_state)
    own = inside[rows]
    features = signals.iloc[rows]
    if level == "listing":
        # of wide tables with long texts all columns would cost more than the search
        listings = inputs.listings[inputs.listings.columns.intersection(_READ)]
        compared = listings[listings.columns.intersection(list(VALUE_IS.values()))]
        values = _frequent(compared.loc[signals.index[inside]])
        own_listings = listings.loc[signals.index[rows]]
        made = rule_features(own_listings, terms[:_N_TERMS], values)
        if inputs.price is None:  # a sample may hold one currency where all rows do not
            made = made.drop(columns=PRICE, errors="ignore")
        lang = languages(inputs, rows)
        heads = [TITLE_HAS, *_per_language(own_listings, lang)]
        made = made.drop(columns=_language_markers(made, own, lang, heads))
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


def _frequent(own: pd.DataFrame) -> dict[str, str]:
    """Return the most frequent category and condition of some listings."""
    counts = {k: own[c].value_counts() for k, c in VALUE_IS.items() if c in own}
    return {head: str(found.index[0]) for head, found in counts.items() if len(found)}


def _sample(inside: np.ndarray, random_state: int) -> tuple[np.ndarray, np.ndarray]:
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


def _per_language(listings: pd.DataFrame, lang: np.ndarray) -> list[str]:
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
            found += [head] if shared < _SHARED * spread["size"].sum() else []
    return found


def _language_markers(
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
