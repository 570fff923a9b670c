"""Choose rows and columns for the rule of one cohort."""

import numpy as np
import pandas as pd

from iprseg.cohorts._conditions import PRICE, TITLE_HAS
from iprseg.cohorts._inputs import ProfileInputs, languages
from iprseg.cohorts._rule_features import rule_features
from iprseg.cohorts.rules import CohortRule, fit_rule

_MAX_INSIDE, _MAX_OUTSIDE = 2000, 4000
_N_TERMS = 5


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
        ids = signals.index[rows]
        categories = []
        if inputs.category is not None:
            counts = inputs.category[inside].value_counts()
            categories = [str(value) for value in counts.index[:1]]
        made = rule_features(inputs.listings.loc[ids], terms[:_N_TERMS], categories)
        if inputs.price is None:  # a sample may hold one currency where all rows do not
            made = made.drop(columns=PRICE, errors="ignore")
        made = made.drop(columns=_language_markers(made, own, languages(inputs, rows)))
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


def _language_markers(
    made: pd.DataFrame, inside: np.ndarray, lang: np.ndarray
) -> list[str]:
    """Text columns that tell the cohort from other languages, not from its own.

    A word of the cohort's language separates it from every other language; as a rule it
    would rest on language alone. It may be used when it also separates the cohort from
    other rows of that language.
    """
    markers = []
    for column in [c for c in made.columns if c.startswith(TITLE_HAS)]:
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
