"""A07 to A10: what a listing says of its own genuineness."""

import numpy as np
import pandas as pd

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals._tables import texts_of
from iprseg.signals.text._disguised import find_disguised
from iprseg.signals.text._lexicon import compile_lexicons, settle_needs

# One claim of authenticity is common with honest sellers; more are an over-claim.
_CLAIMS_ALLOWED = 1


def _weight(inputs: Inputs, name: str, grade: bool = False) -> np.ndarray:
    terms = _with_disguised(inputs) if name == "replica" else inputs.terms
    chosen = terms[(terms["list"] == name) & (terms["grade"] | (not grade))]
    return np.bincount(chosen["row"], weights=chosen["weight"], minlength=inputs.n)


def _with_disguised(inputs: Inputs) -> pd.DataFrame:
    """Return terms with those of replicas in disguise; each once a listing."""
    kept = vars(inputs)
    if "disguised_terms" not in kept:
        lexicon, langs = compile_lexicons("replica"), list(inputs.langs)
        fields = [f for f in ("title", "description", "ocr_text") if inputs.has(f)]
        found = [
            find_disguised(texts_of(inputs.listings[field]), langs, lexicon)
            for field in fields
        ]
        hits = pd.concat(found, ignore_index=True).drop_duplicates()
        branded = inputs.honest_field | inputs.rows_of(inputs.mentions)
        new = settle_needs(hits, lexicon, inputs.langs, branded)
        both = pd.concat([inputs.terms, new], ignore_index=True)
        kept["disguised_terms"] = both.drop_duplicates(["row", "list", "term"])
    return kept["disguised_terms"]


def _with_title(inputs: Inputs, values: np.ndarray) -> Column:
    untitled = inputs.listings["title"].isna()
    return full(values).missing(untitled, inputs.gap("title"))


def _distinct(terms: list[str]) -> int:
    """Count terms that are no part of another, as "original" is of "100% original"."""
    return sum(
        not any(f" {term} " in f" {other} " for other in terms if other != term)
        for term in terms
    )


def replica_lexicon_hit(inputs: Inputs) -> Column:
    """A07: sum of the weights of replica terms, plain or in disguise."""
    return _with_title(inputs, _weight(inputs, "replica"))


def grade_term(inputs: Inputs) -> Column:
    """A08: a replica quality grade is named, plainly or in disguise."""
    return _with_title(inputs, _weight(inputs, "replica", grade=True) > 0)


def disclaimer(inputs: Inputs) -> Column:
    """A09: a legal disclaimer stands beside a brand."""
    if not len(inputs.brands):
        return empty(inputs.n, "no_brand_list")
    said = _weight(inputs, "disclaimer") > 0
    return _with_title(inputs, said & inputs.rows_of(inputs.mentions))


def authenticity_overclaim(inputs: Inputs) -> Column:
    """A10: authenticity is claimed more than once, without an authorisation."""
    terms = inputs.terms
    claims = terms[terms["list"] == "overclaim"].groupby("row")["term"].agg(list)
    many = np.zeros(inputs.n, dtype=bool)
    many[claims.index.to_numpy(dtype=int)] = claims.map(_distinct) > _CLAIMS_ALLOWED
    if inputs.has("authorisation_id"):
        many &= inputs.listings["authorisation_id"].isna().to_numpy()
    return _with_title(inputs, many)
