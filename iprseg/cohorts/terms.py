"""Terms that set each cohort apart: class-based TF-IDF over titles."""

from collections.abc import Hashable
from difflib import SequenceMatcher

import numpy as np
import pandas as pd

from iprseg.cohorts._term_counts import CohortTerms, count_terms
from iprseg.cohorts._words import terms_of_texts


def distinctive_terms(
    titles: pd.Series,
    labels: pd.Series,
    *,
    sellers: pd.Series | None = None,
    n_terms: int = 8,
    max_titles: int = 400,
    random_state: int = 0,
) -> dict[Hashable, list[str]]:
    """Return the terms that set each cohort apart, most distinctive first.

    Class-based TF-IDF: the share of a cohort's titles that hold a term, times the
    logarithm of how rare the term is over cohorts. Presence counts, not repetition, so
    that one stuffed title names nothing.

    Parameters
    ----------
    titles : pandas.Series of str, length n
        One text per entity.
    labels : pandas.Series, length n
        Cohort of each entity, in the same order.
    sellers : pandas.Series, optional
        Seller of each entity. A term that a single seller uses does not stand for a
        cohort of several: it may be that shop's own name.
    n_terms : int, default 8
        Terms per cohort at most.
    max_titles : int, default 400
        Titles read per cohort; more are sampled.
    random_state : int, default 0
        Seed of that sample.

    Returns
    -------
    dict
        Cohort to list of terms; the list is empty when nothing recurs.

    References
    ----------
    Grootendorst, M. (2022). BERTopic: neural topic modeling with a class-based TF-IDF
    procedure. arXiv:2203.05794.

    Examples
    --------
    >>> titles = pd.Series(["red shoe", "blue shoe", "oud perfume", "musk perfume"])
    >>> distinctive_terms(titles, pd.Series([0, 0, 1, 1]))
    {0: ['shoe'], 1: ['perfume']}
    """
    rows = _sample_rows(labels.to_numpy(), max_titles, random_state)
    groups = labels.iloc[rows].tolist()
    code = dict(zip(dict.fromkeys(groups), range(len(groups)), strict=False))
    texts = titles.iloc[rows].tolist()
    counts = count_terms(
        terms_of_texts(["" if pd.isna(text) else text for text in texts]),
        np.array([code[group] for group in groups], dtype=np.int64),
        None if sellers is None else sellers.iloc[rows].to_numpy(),
    )
    # with one cohort there is nothing to differ from
    min_lift = 1.5 if len(code) > 1 else 0.0
    return {
        group: _best_terms(counts[place], n_terms, min_lift)
        for group, place in code.items()
    }


def _sample_rows(labels: np.ndarray, per_label: int, random_state: int) -> np.ndarray:
    rng = np.random.default_rng(random_state)
    order = rng.permutation(len(labels))
    rank = pd.Series(labels[order]).groupby(labels[order]).cumcount().to_numpy()
    return np.sort(order[rank < per_label])


def _best_terms(own: CohortTerms, n_terms: int, min_lift: float) -> list[str]:
    terms = list(own.n)
    n = np.fromiter(own.n.values(), np.int64, len(terms))
    share = n / own.size
    telling = share >= min_lift * own.overall
    score = -share * np.log1p(1 / own.overall)
    scored = [
        # of two terms in the same titles, the longer says more
        (score[place], -len(terms[place]), terms[place])
        for place in np.flatnonzero(telling & own.shared)
        if not _is_loose_pair(terms[place], own.n)
    ]
    chosen: list[str] = []
    for *_, term in sorted(scored):
        if len(chosen) == n_terms:
            break
        if not _overlaps(term, chosen, own.n):
            chosen.append(term)
    return chosen


def _overlaps(term: str, chosen: list[str], counts: dict[str, int]) -> bool:
    """Whether a chosen term says the same: much text in common, in as many titles."""
    for other in chosen:
        shorter = min(len(term), len(other))
        match = SequenceMatcher(None, term, other, autojunk=False)
        common = match.find_longest_match().size
        few, many = sorted((counts[term], counts[other]))
        if common >= 0.6 * shorter and few > 0.5 * many:
            return True
    return False


def _is_loose_pair(term: str, counts: dict[str, int]) -> bool:
    """Whether a word pair merely happens: one of its words mostly stands elsewhere."""
    first, _, second = term.partition(" ")
    return bool(second) and counts[term] < 0.3 * max(counts[first], counts[second])
