"""A11: words that adjudicated counterfeits use and clean listings do not."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals._tables import texts_of
from iprseg.signals.text._alphabet import fold_char
from iprseg.signals.text._words import Words, hash_words

BAD, CLEAN = "TM_COUNTERFEIT", "NO_INFRINGEMENT"
FOLDS = 5
# Labels of each kind, and sellers that use a term, that a verdict on a term needs.
MIN_LABELS, MIN_SELLERS = 20, 3
# The prior weighs as much as so many words (Monroe, Colaresi and Quinn 2008).
PRIOR_WORDS = 500.0
_ADJUDICATED = ("adjudication", "gold")


def codeword_context(inputs: Inputs) -> Column:
    """A11: highest z of a term's log-odds, counterfeit against clean.

    Terms are words and pairs of words of title and description, brands left out.
    Sellers are parted into five folds; a listing is scored by terms learned from the
    labels of the other folds alone, so never from its own seller's.
    """
    if inputs.table("labels") is None:
        return empty(inputs.n, inputs.no_table("labels"))
    for column in ("entity_id", "violation_primary"):
        if lacking := inputs.lacks(f"labels.{column}"):
            return empty(inputs.n, lacking)
    if not inputs.has("seller_id"):
        return empty(inputs.n, "column_absent: seller_id")
    label = _labels(inputs)
    seller = pd.factorize(inputs.listings["seller_id"])[0]
    fold = _folds(inputs.listings["seller_id"])
    row, term = _terms(inputs)
    values = np.full(inputs.n, np.nan)
    for one in range(FOLDS):
        known = (fold != one) & (seller >= 0)
        scores = _learn(row, term, np.where(known, label, 0), seller)
        if scores is not None:
            asked = np.flatnonzero(fold == one)
            values[asked] = _highest(row, term, scores, inputs.n)[asked]
    result = full(values)
    untitled = inputs.listings["title"].isna()
    result = result.missing(untitled, inputs.gap("title"))
    result = result.missing(seller < 0, inputs.gap("seller_id"))
    return result.missing(np.isnan(values), "too_few_labels_of_other_sellers")


def _folds(sellers: pd.Series) -> NDArray[np.int64]:
    """Return the fold of each listing: a hash of its seller, the same every time."""
    names = sellers.astype(object).fillna("").astype(str).to_numpy(dtype=object)
    return (pd.util.hash_array(names) % np.uint64(FOLDS)).astype(np.int64)


def _labels(inputs: Inputs) -> NDArray[np.int64]:
    """Return 1 for an adjudicated counterfeit, -1 for a clean listing, else 0."""
    labels = inputs.table("labels").reset_index()  # type: ignore[union-attr]
    if "entity_type" in labels:
        labels = labels[labels["entity_type"].isin(["listing"])]
    settled = [column for column in ("is_gold", "round") if column in labels]
    if settled:
        final = pd.Series(False, index=labels.index)
        if "is_gold" in labels:
            final |= labels["is_gold"].eq(True).fillna(False).astype(bool)
        if "round" in labels:
            final |= labels["round"].isin(_ADJUDICATED)
        labels = labels[final]
    if "submitted_at" in labels:
        when = pd.to_datetime(labels["submitted_at"], utc=True, errors="coerce")
        labels = labels.assign(when=when).sort_values("when", kind="stable")
    codes = labels["violation_primary"].map({BAD: 1, CLEAN: -1}).fillna(0)
    last = pd.Series(codes.to_numpy(), index=labels["entity_id"].to_numpy())
    last = last[~last.index.duplicated(keep="last")]
    return last.reindex(inputs.listings.index).fillna(0).to_numpy(dtype=np.int64)


def _terms(inputs: Inputs) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return each term once a listing, sorted by term."""
    fields = [field for field in ("title", "description") if inputs.has(field)]
    found = []
    for field in fields:
        words = hash_words(_without_names(inputs, field), fold_char)
        # A single letter of Chinese or Thai is no word; a pair of them is.
        found += [(words.row[~words.glued], words.code[~words.glued]), _pairs(words)]
    row, term = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((row, term))
    row, term = row[order], term[order]
    new = np.ones(len(row), dtype=bool)
    new[1:] = (row[1:] != row[:-1]) | (term[1:] != term[:-1])
    return row[new], term[new]


def _pairs(words: Words) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    return words.runs(2)


def _without_names(inputs: Inputs, field: str) -> list[str]:
    """Blank out brands: that a brand is copied much is no code word."""
    texts = texts_of(inputs.listings[field])
    said = inputs.mentions[inputs.mentions["field"] == field]
    said = said.sort_values(["row", "start"], ascending=[True, False])
    spans = (said[column].tolist() for column in ("row", "start", "end"))
    for row, start, end in zip(*spans, strict=True):
        texts[row] = f"{texts[row][:start]} | {texts[row][end:]}"
    return texts


def _learn(
    row: NDArray[np.int64],
    term: NDArray[np.uint64],
    label: NDArray[np.int64],
    seller: NDArray[np.int64],
) -> NDArray[np.float64] | None:
    """Return the z of each term (by place), None where labels are too few.

    Terms that fewer than three labelled sellers use are NaN.
    """
    if min((label > 0).sum(), (label < 0).sum()) < MIN_LABELS:
        return None
    number = np.cumsum(np.concatenate([[0], (term[1:] != term[:-1]).astype(np.int64)]))
    n = int(number[-1]) + 1 if len(term) else 0
    bad = np.bincount(number[label[row] > 0], minlength=n).astype(float)
    clean = np.bincount(number[label[row] < 0], minlength=n).astype(float)
    background = np.bincount(number, minlength=n).astype(float)
    z = log_odds_z(bad, clean, background)
    of = pd.DataFrame({"term": number, "seller": seller[row]})[label[row] != 0]
    sellers = np.bincount(of.drop_duplicates()["term"], minlength=n)
    return np.where(sellers >= MIN_SELLERS, z, np.nan)[number]


def log_odds_z(
    bad: NDArray[np.float64], clean: NDArray[np.float64], background: NDArray
) -> NDArray[np.float64]:
    """Return the z of each term's log-odds ratio under an informative Dirichlet prior.

    Parameters
    ----------
    bad, clean : ndarray of float, shape (n_terms,)
        Texts of each kind that use the term.
    background : ndarray of float, shape (n_terms,)
        All texts that use it; the prior is proportional to it, and as heavy as 500
        words.

    Returns
    -------
    ndarray of float, shape (n_terms,)

    Notes
    -----
    Monroe, Colaresi and Quinn (2008), "Fightin' Words", equations 16, 20 and 22.

    Examples
    --------
    >>> log_odds_z(np.array([9.0, 1]), np.array([1.0, 9]), np.array([10, 10])).round(2)
    array([ 0.71, -0.71])
    """
    prior = PRIOR_WORDS * background / max(background.sum(), 1)
    one, two = bad + prior, clean + prior
    odds = [np.log(side / (side.sum() - side)) for side in (one, two)]
    return (odds[0] - odds[1]) / np.sqrt(1 / one + 1 / two)


def _highest(
    row: NDArray[np.int64], term: NDArray[np.uint64], scores: NDArray, n: int
) -> NDArray[np.float64]:
    """Return the highest score of each listing's terms; 0 where none is known."""
    best = np.full(n, -np.inf)
    known = ~np.isnan(scores)
    np.maximum.at(best, row[known], scores[known])
    return np.where(np.isfinite(best), best, 0.0)
