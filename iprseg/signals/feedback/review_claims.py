"""F01: buyers who say that the goods are not genuine."""

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_reference
from iprseg.signals.inputs import (
    Column,
    Inputs,
    extract_primary_langs,
    make_column,
    make_missing_column,
)
from iprseg.signals.registry import signal
from iprseg.tables.access import to_text_list
from iprseg.text.lexicon import (
    compile_lexicons,
    filter_terms_by_context,
    find_terms,
    fold_keeping_accents,
)
from iprseg.text.normalisation import is_unspaced_script

# Pseudo-reviews at the base rate added to every entity (domain-spec section 3).
_ALPHA = 10.0
# Below this a base rate of its own says little; the pooled one is used.
_MIN_BASE = 50


@signal("F01")
def review_fake_mention_rate(inputs: Inputs) -> Column:
    """F01: shrunk share of reviews that call the goods fake.

    ``(k + alpha p0) / (n + alpha)``: k of n reviews of the entity, alpha 10, p0 the
    share in the listing's market and category (of all reviews where those are fewer
    than 50).
    """
    return _compute_claim_rate(inputs, inputs.listings.index, "listing_id")


@signal("F01", "seller")
def review_fake_mention_rate_of_sellers(inputs: Inputs, sellers: pd.Index) -> Column:
    """F01 of sellers: the same over the reviews of all their listings."""
    return _compute_claim_rate(inputs, sellers, "seller_id")


def _compute_claim_rate(inputs: Inputs, entities: pd.Index, key: str) -> Column:
    reviews = inputs.table("reviews")
    if reviews is None:
        return make_missing_column(len(entities), inputs.no_table("reviews"))
    for column in ("listing_id", "text"):
        if column not in reviews.columns:
            return make_missing_column(
                len(entities), f"column_absent: reviews.{column}"
            )
    if key == "seller_id" and not inputs.has("seller_id"):
        return make_missing_column(len(entities), "column_absent: seller_id")
    told = reviews[reviews["text"].notna()].reset_index(drop=True)
    told = told[told["listing_id"].isin(inputs.listings.index)].reset_index(drop=True)
    told = told.assign(fake=_find_claims_in_reviews(inputs, told))
    told["base"] = _estimate_base_rate(inputs, told)
    told["entity"] = told["listing_id"]
    if key == "seller_id":
        told["entity"] = inputs.listings["seller_id"].reindex(told["listing_id"]).array
    by = told.groupby("entity")
    rate = (by["fake"].sum() + _ALPHA * by["base"].mean()) / (by.size() + _ALPHA)
    values = rate.reindex(entities).to_numpy(dtype=float)
    return make_column(values).missing(np.isnan(values), "no_reviews")


def _find_claims_in_reviews(inputs: Inputs, reviews: pd.DataFrame) -> np.ndarray:
    langs = extract_primary_langs(reviews)
    if "lang" not in reviews.columns:
        own = pd.Series(inputs.langs, index=inputs.listings.index)
        langs = own.reindex(reviews["listing_id"]).to_numpy(dtype=object)
    return find_fake_claims(reviews["text"], langs)


def _estimate_base_rate(inputs: Inputs, reviews: pd.DataFrame) -> pd.Series:
    pooled = reviews["fake"].mean()
    keys = [k for k in ("market", "category_path") if inputs.has(k)]
    if not keys:
        return pd.Series(pooled, index=reviews.index)
    places = inputs.listings[keys].reindex(reviews["listing_id"]).reset_index(drop=True)
    by = reviews["fake"].groupby([places[key] for key in keys], dropna=False)
    return by.transform("mean").where(by.transform("size") >= _MIN_BASE, pooled)


def find_fake_claims(texts: pd.Series, langs: NDArray) -> NDArray[np.bool_]:
    """Tell which reviews call the goods fake, shape (n,).

    Parameters
    ----------
    texts : Series of str, length n
    langs : ndarray of str, shape (n,)
        Primary language tag of each text, ``""`` where unknown.
    """
    told = to_text_list(texts)
    fake = _match_fake_terms(told, langs)
    rows = np.flatnonzero(fake)
    calmed = [drop_settled_fears(told[row], langs[row]) for row in rows]
    fake[rows] = _match_fake_terms(calmed, langs[rows])
    return fake


def _match_fake_terms(texts: Sequence[str], langs: NDArray) -> NDArray[np.bool_]:
    lexicon = compile_lexicons("review_fake")
    hits = find_terms(texts, list(langs), lexicon)
    # A review is of a product: no brand need be named beside the word.
    nowhere = np.zeros(len(texts), dtype=bool)
    hits = filter_terms_by_context(hits, lexicon, langs, nowhere)
    fake = np.zeros(len(texts), dtype=bool)
    fake[hits["row"].to_numpy()] = True
    return fake


_SENTENCE_ENDS = re.compile(r"(?<=[.!?;؟。！？\n\x1e])(?!\d)")
_NEGATION_REACH = 12


def drop_settled_fears(text: str, lang: str) -> str:
    """Drop from each sentence what was feared before it turned out genuine.

    Parameters
    ----------
    text : str
    lang : str
        Primary tag; ``""`` where unknown: then every language is tried.

    Returns
    -------
    str
        Folded; "I was afraid of a fake, but it is original" keeps "i was" and
        what comes from "but" on.

    Examples
    --------
    >>> drop_settled_fears("I thought it was a fake but it is original", "en")
    'i but it is original'
    >>> drop_settled_fears("I thought it was nice but it is not original", "en")
    'i thought it was nice but it is not original'
    >>> drop_settled_fears("A fake? No, genuine", "en")
    ' no, genuine'
    """
    tongues = load_reference("lexicons/relief")["words"]
    spoken = [lang, "en"] if lang else list(tongues)
    sentences = _drop_answered_questions(
        _SENTENCE_ENDS.split(fold_keeping_accents(text))
    )
    for tongue in dict.fromkeys(t for t in spoken if t in tongues):
        sentences = [_cut_settled_fear(sentence, tongue) for sentence in sentences]
    return "".join(sentences)


def _drop_answered_questions(sentences: list[str]) -> list[str]:
    """Drop questions that the next sentence answers with a plain no."""
    following = [*sentences[1:], ""]
    return [
        one
        for one, then in zip(sentences, following, strict=True)
        if not (one.endswith(("?", "؟", "？")) and _compile_answers().match(then))
    ]


@cache
def _compile_answers() -> re.Pattern[str]:
    words = map(re.escape, load_reference("lexicons/relief")["answers"])
    return re.compile(rf"\s*(?:{'|'.join(words)})\s*(?:[,.!;:،、，。！]|$)")


def _cut_settled_fear(sentence: str, lang: str) -> str:
    expected, turned, genuine = _compile_role_patterns(lang)
    fear = expected.search(sentence)
    turn = fear and turned.search(sentence, fear.end())
    found = turn and genuine.search(sentence, turn.end())
    if not (fear and turn and found):
        return sentence
    between = sentence[turn.end() : found.start()]
    after = sentence[found.end() : found.end() + _NEGATION_REACH]
    if _holds_negation("before", lang, between) or _holds_negation(
        "after", lang, after
    ):
        return sentence
    start = (
        0 if lang in load_reference("lexicons/relief")["verb_last"] else fear.start()
    )
    return sentence[:start] + sentence[turn.start() :]


def _holds_negation(side: str, lang: str, words: str) -> bool:
    lists = load_reference("lexicons/negation")[side]
    said = set(words.split())
    return any(
        word in words if any(map(is_unspaced_script, word)) else word in said
        for word in (*lists.get(lang, ()), *lists.get("en", ()))
    )


@cache
def _compile_role_patterns(lang: str) -> tuple[re.Pattern[str], ...]:
    words = load_reference("lexicons/relief")["words"][lang]
    return tuple(
        _compile_alternatives(words[role]) for role in ("expected", "turned", "genuine")
    )


def _compile_alternatives(words: list[str]) -> re.Pattern[str]:
    parts = "|".join(
        re.escape(fold_keeping_accents(w)) for w in sorted(words, key=len, reverse=True)
    )
    glued = any(map(is_unspaced_script, "".join(words)))
    return re.compile(parts if glued else rf"(?<!\w)(?:{parts})(?!\w)")
