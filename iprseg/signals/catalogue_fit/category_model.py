"""D01: how unlike its category a title is, by what other sellers list there."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals._tables import texts_of

_FOLDS, _MIN_N, _FEATURES, _ROWS, _MOST = 5, 8, 2**14, 5_000, 200_000
# words; of scripts without spaces, pairs of letters
_WORD = (
    r"(?u)[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]{2}|[^\W\d_\u0e00-\u0e7f\u3040-\u30ff"
    r"\u3400-\u9fff]{2,}"
)


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
        return empty(inputs.n, absent)
    listings = inputs.listings
    category, names = pd.factorize(listings["category_path"], sort=True)
    titles = texts_of(listings["title"])
    told = np.array([bool(title.strip()) for title in titles], dtype=bool)
    values = np.full(inputs.n, np.nan)
    if len(names) > 1:
        values = _held_out(titles, category, told, _fold_of(inputs))
    result = full(values).missing(category < 0, inputs.gap("category_path"))
    result = result.missing(~told, inputs.gap("title"))
    return result.missing(
        np.isnan(values), "thin_group" if len(names) > 1 else "one_category"
    )


def _fold_of(inputs: Inputs) -> NDArray[np.int64]:
    """Share the sellers out; a listing of nobody known is one of its own."""
    fold = np.arange(inputs.n)
    if inputs.has("seller_id"):
        seller = pd.factorize(inputs.listings["seller_id"], sort=True)[0]
        fold = np.where(seller >= 0, seller, fold)
    return fold % _FOLDS


def _held_out(
    titles: list[str],
    category: NDArray[np.int64],
    told: NDArray[np.bool_],
    fold: NDArray[np.int64],
) -> NDArray[np.float64]:
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.naive_bayes import MultinomialNB

    words = HashingVectorizer(
        token_pattern=_WORD, n_features=_FEATURES, alternate_sign=False, norm=None
    ).transform(title[:1000] for title in titles)
    used = told & (category >= 0)
    values = np.full(len(titles), np.nan)
    for part in np.unique(fold[used]):
        learn = np.flatnonzero(used & (fold != part))
        learn = learn[:: max(1, -(-len(learn) // _MOST))]
        count = np.bincount(category[learn], minlength=category.max() + 1)
        learn = learn[count[category[learn]] >= _MIN_N]
        if not len(learn):
            continue
        model = MultinomialNB(alpha=0.1).fit(words[learn], category[learn])
        place = np.full(len(count), -1)
        place[model.classes_] = np.arange(len(model.classes_))
        asked = np.flatnonzero(used & (fold == part) & (place[category] >= 0))
        for rows in np.array_split(asked, len(asked) // _ROWS + 1):
            if len(rows):
                own = place[category[rows]]
                values[rows] = 1 - _chance(model, words[rows], own)
    return values


def _chance(model: Any, words: Any, own: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the tempered probability of each title's own class, shape (n,)."""
    from scipy.special import logsumexp

    n_words = np.asarray(words.sum(axis=1)).reshape(-1, 1)
    said = (words @ model.feature_log_prob_.T) / np.sqrt(np.maximum(n_words, 1))
    score = said + model.class_log_prior_
    mine = score[np.arange(len(own)), own]
    return np.exp(mine - logsumexp(score, axis=1))
