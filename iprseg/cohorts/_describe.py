"""The plain facts of one cohort."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from iprseg.cohorts._examples import choose_examples
from iprseg.cohorts._inputs import ProfileInputs
from iprseg.cohorts._words import plain

# A word in a name must be true of most of what it names.
_SPEAKS_FOR_ALL = 0.5
_HOLDS_THE_COHORT = 0.6
# What this much of a cohort is, is worth a word where nothing is true of most of it.
_OFTEN = 0.2
# The last step of a category that says for whom, and not what.
_FOR_WHOM = {
    "men",
    "mens",
    "women",
    "womens",
    "ladies",
    "girls",
    "boys",
    "kids",
    "baby",
}
# No goods by themselves: conditions and uses that the signals have better words for.
_NO_GOODS = re.compile("compat|kompat|совмест|vintage|owned|used|second|hand|refurb")


def describe_cohort(
    inputs: ProfileInputs,
    inside: np.ndarray,
    terms: Sequence[str],
    strength: pd.Series | None,
    distance: pd.Series | None,
) -> dict[str, Any]:
    """Return size, sellers, sales, category, price, terms and examples of a cohort."""
    texts = inputs.texts[inside]
    firmness = None if strength is None else strength.reindex(texts.index)
    sellers = None if inputs.sellers is None else inputs.sellers[inside]
    typical, borderline = choose_examples(texts, terms, firmness, distance, sellers)
    main = _main_category(inputs.category, inside)
    return {
        "size": int(inside.sum()),
        "share": float(inside.mean()),
        "sellers": _count_sellers(inputs.sellers, inside),
        **_sales(inputs.gmv, inside),
        "category": main,
        "kinds": often_kinds(inputs.category, inside, main),
        "price_median": float("nan")
        if inputs.price is None
        else float(inputs.price[inside].median()),
        "terms": list(terms),
        "strength_median": np.nan if firmness is None else float(firmness.median()),
        "examples": typical,
        "borderline": borderline,
    }


def product_words(
    category: object,
    terms: Sequence[str],
    texts: pd.Series,
    *,
    alone: bool = True,
    kinds: Sequence[str] = (),
) -> str:
    """Return what a cohort offers: the last step of its main category, else terms.

    Parameters
    ----------
    category : str or None
        The category that most of the cohort shares.
    terms : sequence of str
        Distinctive terms; one that few of the texts hold does not speak for all.
    texts : pandas.Series of str
        The texts of the cohort.
    alone : bool, default True
        Whether no other cohort has this category; otherwise terms are added to it.
    kinds : sequence of str, optional
        Narrower categories that are frequent in the cohort, from `often_kinds`: told
        where neither category nor term is true of most.

    Examples
    --------
    >>> product_words("Beauty > Perfume", ["oud"], pd.Series(["Oud"]))
    'perfume'
    >>> product_words("Beauty > Perfume", ["oud"], pd.Series(["Oud"]), alone=False)
    'perfume (oud)'
    >>> product_words("Perfume > Mens", [], pd.Series(["Oud"]))
    'mens perfume'
    >>> product_words(None, ["oud", "musk"], pd.Series(["Oud 1", "Oud 2"]))
    'oud'
    >>> product_words(None, [], pd.Series(["Oud"]), kinds=["straps", "cases"])
    'mixed goods (often straps, cases)'
    """
    lower = texts.head(2000).str.lower()
    common = [
        term
        for term in terms
        if lower.str.contains(term, regex=False).mean() >= _SPEAKS_FOR_ALL
        and not _NO_GOODS.search(term)
    ]
    said = ", ".join(common[:2])
    product = _last_step(category)
    if said and not (product and (alone or said in product)):
        return f"{product} ({said})" if product else said
    product = product or "mixed goods"
    return f"{product} (often {', '.join(kinds[:2])})" if kinds else product


def _last_step(category: object) -> str:
    """Return the last step of a category; one that says for whom needs the one above.

    Examples
    --------
    >>> _last_step("Beauty > Perfume"), _last_step("Perfume > Mens"), _last_step(None)
    ('perfume', 'mens perfume', '')
    """
    steps = [step[:48].lower() for step in _steps(plain(category, 200))]
    if len(steps) > 1 and _is_for_whom(steps[-1]):
        return f"{steps[-1]} {steps[-2]}"
    return steps[-1] if steps else ""


def _is_for_whom(step: str) -> bool:
    return step.replace("'", "") in _FOR_WHOM


def often_kinds(
    categories: pd.Series | None, inside: np.ndarray, main: str | None
) -> list[str]:
    """Return the narrowest categories of a fifth of a cohort each, most frequent first.

    Examples
    --------
    >>> paths = pd.Series(["Bags > Totes"] * 3 + ["Bags > Clutches"] * 2 + ["Shoes"])
    >>> often_kinds(paths, np.ones(6, dtype=bool), "Bags")
    ['totes', 'clutches']
    >>> often_kinds(paths, np.ones(6, dtype=bool), "Bags > Totes")
    []
    """
    if categories is None or (main is not None and (categories == main).any()):
        return []
    counts = categories[inside].value_counts()
    often = [
        _steps(str(path)) for path in counts.index[counts >= _OFTEN * inside.sum()]
    ]
    last = [steps[-1][:48].lower() for steps in often if steps]
    return [one for one in dict.fromkeys(last) if not _is_for_whom(one)]


def _steps(path: str) -> list[str]:
    return [step.strip() for step in re.split("[>/|›»]", path) if step.strip()]


def _count_sellers(sellers: pd.Series | None, inside: np.ndarray) -> float:
    if sellers is None or sellers[inside].isna().all():
        return float("nan")
    return float(sellers[inside].nunique())


def _sales(gmv: pd.Series | None, inside: np.ndarray) -> dict[str, float]:
    if gmv is None:
        return {"gmv_usd": float("nan"), "gmv_coverage": float("nan")}
    own = gmv[inside]
    return {
        "gmv_usd": float(own.sum(min_count=1)),
        "gmv_coverage": float(own.notna().mean()),
    }


def _main_category(category: pd.Series | None, inside: np.ndarray) -> str | None:
    """Return the narrowest category that clearly holds the cohort, or none."""
    if category is None:
        return None
    counts = category[inside].value_counts()
    holds: dict[str, int] = {}
    for path, n in counts.items():
        steps = _steps(str(path))
        wider = (" > ".join(steps[:depth]) for depth in range(1, len(steps)))
        for name in (str(path), *wider):
            holds[name] = holds.get(name, 0) + int(n)
    enough = _HOLDS_THE_COHORT * inside.sum()
    clear = [path for path, n in holds.items() if n >= enough]
    return max(clear, key=lambda p: (len(_steps(p)), holds[p]), default=None)
