"""D01 and D07: whether titles fit the declared category, and texts the declared origin."""

import re
import unicodedata
from functools import cache
from typing import Any

import ahocorasick_rs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_reference
from iprseg.signals.inputs import Column, Inputs, make_column, make_missing_column
from iprseg.signals.registry import signal
from iprseg.tables.access import to_text_list

_N_FOLDS, _MIN_N, _N_FEATURES, _ROWS_PER_BATCH, _MAX_LEARNED = (
    5,
    8,
    2**14,
    5_000,
    200_000,
)
# words; of scripts without spaces, pairs of letters
_WORD_PATTERN = (
    r"(?u)[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]{2}|[^\W\d_\u0e00-\u0e7f\u3040-\u30ff"
    r"\u3400-\u9fff]{2,}"
)


@signal("D01")
def category_mismatch(inputs: Inputs) -> Column:
    """D01: 1 - P(category declared | title).

    A multinomial naive Bayes model over hashed words, one per fifth of the sellers, is
    fitted to listings of the other four fifths: nobody's titles vouch for themselves.
    Images are not looked at. A category of fewer than 8 listings of others is missing.

    Notes
    -----
    The words of a title depend on each other, so that plain naive Bayes is far too
    sure of itself. The evidence of n words is counted as that of sqrt(n): of 88,276
    ordinary titles 3.4 % are then above 0.99, not 13.5 %, and of listings put at random
    into other categories 95 %, not 99 % (``python -m tests.real.background``).

    At most 200,000 listings are learned from, in equal steps over all.
    """
    if absent := inputs.lacks("category_path"):
        return make_missing_column(inputs.n, absent)
    listings = inputs.listings
    category, names = pd.factorize(listings["category_path"], sort=True)
    titles = to_text_list(listings["title"])
    told = np.array([bool(title.strip()) for title in titles], dtype=bool)
    values = np.full(inputs.n, np.nan)
    if len(names) > 1:
        values = _predict_category_probability_held_out(
            titles, category, told, _assign_seller_folds(inputs)
        )
    result = make_column(values).missing(category < 0, inputs.gap("category_path"))
    result = result.missing(~told, inputs.gap("title"))
    return result.missing(
        np.isnan(values), "thin_group" if len(names) > 1 else "one_category"
    )


def _assign_seller_folds(inputs: Inputs) -> NDArray[np.int64]:
    """Share the sellers out; a listing of nobody known is one of its own."""
    fold = np.arange(inputs.n)
    if inputs.has("seller_id"):
        seller = pd.factorize(inputs.listings["seller_id"], sort=True)[0]
        fold = np.where(seller >= 0, seller, fold)
    return fold % _N_FOLDS


def _predict_category_probability_held_out(
    titles: list[str],
    category: NDArray[np.int64],
    told: NDArray[np.bool_],
    fold: NDArray[np.int64],
) -> NDArray[np.float64]:
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.naive_bayes import MultinomialNB

    words = HashingVectorizer(
        token_pattern=_WORD_PATTERN,
        n_features=_N_FEATURES,
        alternate_sign=False,
        norm=None,
    ).transform(title[:1000] for title in titles)
    used = told & (category >= 0)
    values = np.full(len(titles), np.nan)
    for part in np.unique(fold[used]):
        learn = np.flatnonzero(used & (fold != part))
        learn = learn[:: max(1, -(-len(learn) // _MAX_LEARNED))]
        count = np.bincount(category[learn], minlength=category.max() + 1)
        learn = learn[count[category[learn]] >= _MIN_N]
        if not len(learn):
            continue
        model = MultinomialNB(alpha=0.1).fit(words[learn], category[learn])
        place = np.full(len(count), -1)
        place[model.classes_] = np.arange(len(model.classes_))
        asked = np.flatnonzero(used & (fold == part) & (place[category] >= 0))
        for rows in np.array_split(asked, len(asked) // _ROWS_PER_BATCH + 1):
            if len(rows):
                own = place[category[rows]]
                values[rows] = 1 - _compute_tempered_probability(
                    model, words[rows], own
                )
    return values


def _compute_tempered_probability(
    model: Any, words: Any, own: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the tempered probability of each title's own class, shape (n,)."""
    from scipy.special import logsumexp

    n_words = np.asarray(words.sum(axis=1)).reshape(-1, 1)
    said = (words @ model.feature_log_prob_.T) / np.sqrt(np.maximum(n_words, 1))
    score = said + model.class_log_prior_
    mine = score[np.arange(len(own)), own]
    return np.exp(mine - logsumexp(score, axis=1))


_MAX_TEXT_LENGTH, _MAX_NAME_LENGTH = 20_000, 40


@signal("D07")
def origin_claim_mismatch(inputs: Inputs) -> Column:
    """D07: 1 if the text claims an origin, and none of those claimed is where it ships.

    Context: goods made in one country are lawfully sent from another. A text that
    claims nothing gives 0.
    """
    if absent := inputs.lacks("ship_from_country"):
        return make_missing_column(inputs.n, absent)
    fields = [name for name in ("title", "description") if inputs.has(name)]
    texts = zip(*(to_text_list(inputs.listings[name]) for name in fields), strict=True)
    claims = [find_claimed_origins(" \n".join(parts)) for parts in texts]
    ships = [
        _parse_country(text) if text.strip() else None
        for text in to_text_list(inputs.listings["ship_from_country"])
    ]
    values = [
        float(
            bool(claim) and place is not None and not _matches_any_claim(claim, place)
        )
        for claim, place in zip(claims, ships, strict=True)
    ]
    result = make_column(values).missing(
        [place is None for place in ships], inputs.gap("ship_from_country")
    )
    return result.missing([place == "" for place in ships], "unknown_place")


def find_claimed_origins(text: str) -> frozenset[str]:
    """Return the countries and regions a text says goods are made in or sent from.

    Examples
    --------
    >>> sorted(find_claimed_origins("Made in Italy, ships from the EU"))
    ['EU', 'IT']
    >>> sorted(find_claimed_origins("Not made in China; fits Italy style"))
    []
    """
    plain = _casefold_text(text[:_MAX_TEXT_LENGTH])
    # most texts hold no word of any phrase, and need no closer look
    if not _build_phrase_finder(True).find_matches_as_indexes(plain):
        return frozenset()
    folded, phrases, places = _fold_text(plain), read_phrases(), _read_country_names()
    names, last_name = _compile_country_patterns()
    found = set()
    for which, start, end in _build_phrase_finder(False).find_matches_as_indexes(
        folded, overlapping=True
    ):
        leads = phrases[which][0]
        if leads and not _stands_alone(folded, start):
            continue
        name = (
            names.match(folded, end)
            if leads
            else last_name.search(folded, max(0, start - _MAX_NAME_LENGTH), start)
        )
        # "ships from us" says who sends it, "US stock" says where it lies
        if name and not (leads and name.group(1) == "us"):
            found.add(places[name.group(1) or name.group(2)])
    return frozenset(found)


def _stands_alone(text: str, start: int) -> bool:
    """Tell whether a phrase begins a word and is not denied."""
    begins = start == 0 or text[start - 1] == " "
    return begins and not text.endswith("not ", 0, start)


def _matches_any_claim(claimed: frozenset[str], place: str) -> bool:
    members = load_reference("origin_claims")["members"]
    return any(
        place == one or place in members.get(one, ()) or one in members.get(place, ())
        for one in claimed
    )


def _parse_country(text: str) -> str:
    """Return the code of a country, "" for what is none."""
    code = text.strip().upper()
    if re.fullmatch(r"[A-Z]{2}", code):
        return {"UK": "GB"}.get(code, code)
    return _read_country_names().get(" ".join(_fold_text(text).split()), "")


@cache
def _read_country_names() -> dict[str, str]:
    file = load_reference("origin_claims")
    groups = file["countries"] | file["regions"]
    return {_fold_text(name): code for code, names in groups.items() for name in names}


@cache
def read_phrases() -> list[tuple[str, str]]:
    """Return what stands before the name of a country, or else after it."""
    pairs = []
    for phrase in load_reference("origin_claims")["phrases"]:
        before, _, after = phrase.partition("%")
        pairs.append((_fold_text(before), "" if before else _fold_text(after)))
    return list(dict.fromkeys(pairs))


@cache
def _build_phrase_finder(first_look: bool) -> ahocorasick_rs.AhoCorasick:
    parts = [before or after for before, after in read_phrases()]
    if first_look:
        parts = sorted({max(part.split(), key=len) for part in parts})
    return ahocorasick_rs.AhoCorasick(parts)


@cache
def _compile_country_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Names of countries at the place where a text is read from, and where it ends.

    Chinese and Japanese ones need no space around them.
    """
    ordered = sorted(_read_country_names(), key=len, reverse=True)
    spaced = "|".join(re.escape(one) for one in ordered if one < "\u3000")
    dense = "|".join(re.escape(one) for one in ordered if one >= "\u3000")
    article = r"(?:the |la |le |les |l |los |las |os |o )?"
    after = rf"{article}(?:({spaced})(?!\w)|({dense}))"
    return re.compile(after), re.compile(rf"(?:\b({spaced})|({dense}))$")


def _casefold_text(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _fold_text(text: str) -> str:
    """Fold case and width; signs become spaces, so that "U.S.A." is "u s a"."""
    return re.sub(r"[^\w]+", " ", _casefold_text(text))
