"""Name all cohorts of a profile at once, and put its signals in words."""

from collections import Counter
from typing import Any

import pandas as pd

from iprseg._labels import NOISE
from iprseg.cohorts._describe import product_words
from iprseg.cohorts.names import NOISE_NAME, compose_name, unique_names
from iprseg.cohorts.phrases import phrase_of
from iprseg.cohorts.rules import is_origin_or_language


def lift_words(signal: str, side: str) -> str:
    """Return the words of one side of a signal; context is called so."""
    phrase = phrase_of(signal)
    words = getattr(phrase, side) or f"{side} {phrase.quantity}"
    return f"{words} (context only)" if is_origin_or_language(signal) else words


def name_all(
    rows: dict[int, dict[str, Any]], terms: dict, telling: dict, texts: Any, level: str
) -> None:
    """Name all cohorts at once: a category that several share gets terms too."""
    found = [cohort for cohort in rows if cohort != NOISE]
    shared = Counter(rows[cohort]["category"] for cohort in found)
    names = {}
    for cohort in found:
        category = rows[cohort]["category"]
        product = product_words(
            category,
            terms[cohort],
            _titles(texts.get_group(cohort), level),
            alone=shared[category] == 1,
            kinds=rows[cohort].pop("kinds"),
        )
        names[cohort] = compose_name(
            product,
            telling[cohort],
            level,
            share=rows[cohort]["share"],
            minor=any(
                one["lift"] >= 2 and not is_origin_or_language(one["signal"])
                for one in rows[cohort]["signals"]
            ),
        )
    names = unique_names(names, terms)
    for cohort in rows:
        rows[cohort]["name"] = names.get(cohort, NOISE_NAME)
        rows[cohort].pop("kinds", None)


def _titles(texts: pd.Series, level: str) -> pd.Series:
    """One title a row: a word in one title of a shop does not speak for the shop."""
    each = texts if level == "listing" else texts.str.split(" | ", regex=False)
    return each.explode()
