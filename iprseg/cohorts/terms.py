"""Terms that set each cohort apart: class-based TF-IDF over titles."""

from collections import Counter
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher

import numpy as np
import pandas as pd

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
    groups = np.asarray(labels.tolist(), dtype=object)[rows]
    terms = terms_of_texts(["" if pd.isna(t) else t for t in titles.to_numpy()[rows]])
    shops = None if sellers is None else sellers.to_numpy()[rows]
    counts: dict[Hashable, Counter[str]] = {group: Counter() for group in groups}
    for group, found in zip(groups, terms, strict=True):
        counts[group].update(sorted(found))
    sizes = Counter(groups.tolist())
    overall = _mean_shares(counts, sizes)
    return {
        group: _best_terms(
            counts[group],
            sizes[group],
            overall,
            _shop_counts(groups == group, terms, shops),
            n_terms,
            # with one cohort there is nothing to differ from
            1.5 if len(counts) > 1 else 0.0,
        )
        for group in counts
    }


def _sample_rows(labels: np.ndarray, per_label: int, random_state: int) -> np.ndarray:
    rng = np.random.default_rng(random_state)
    order = rng.permutation(len(labels))
    rank = pd.Series(labels[order]).groupby(labels[order]).cumcount().to_numpy()
    return np.sort(order[rank < per_label])


def _mean_shares(
    counts: dict[Hashable, Counter[str]], sizes: Counter
) -> dict[str, float]:
    """Mean over cohorts of the share that holds a term: each cohort weighs the same."""
    shares: Counter[str] = Counter()
    for group, counter in counts.items():
        for term, n in counter.items():
            shares[term] += n / sizes[group]  # type: ignore[assignment]
    return {term: share / len(counts) for term, share in shares.items()}


def _shop_counts(
    mask: np.ndarray, terms: Sequence[set[str]], shops: np.ndarray | None
) -> dict[str, int] | None:
    if shops is None or pd.Series(shops[mask]).nunique() < 2:
        return None
    seen: dict[str, set] = {}
    for row in np.flatnonzero(mask):
        for term in terms[int(row)]:
            seen.setdefault(term, set()).add(shops[row])
    return {term: len(found) for term, found in seen.items()}


def _best_terms(
    counter: Counter[str],
    size: int,
    overall: dict[str, float],
    shops: dict[str, int] | None,
    n_terms: int,
    min_lift: float,
) -> list[str]:
    enough = max(2, 0.05 * size)
    scored = [
        # of two terms in the same titles, the longer says more
        (-(n / size) * np.log1p(1 / overall[term]), -len(term), term)
        for term, n in counter.items()
        if n >= enough
        and n / size >= min_lift * overall[term]
        and not _is_loose_pair(term, counter)
        and (shops is None or shops.get(term, 0) > 1)
    ]
    chosen: list[str] = []
    for *_, term in sorted(scored):
        if len(chosen) == n_terms:
            break
        if not _overlaps(term, chosen, counter):
            chosen.append(term)
    return chosen


def _overlaps(term: str, chosen: list[str], counter: Counter[str]) -> bool:
    """Whether a chosen term says the same: much text in common, in as many titles."""
    for other in chosen:
        shorter = min(len(term), len(other))
        match = SequenceMatcher(None, term, other, autojunk=False)
        common = match.find_longest_match().size
        few, many = sorted((counter[term], counter[other]))
        if common >= 0.6 * shorter and few > 0.5 * many:
            return True
    return False


def _is_loose_pair(term: str, counter: Counter[str]) -> bool:
    """Whether a word pair merely happens: one of its words mostly stands elsewhere."""
    first, _, second = term.partition(" ")
    return bool(second) and counter[term] < 0.3 * max(counter[first], counter[second])
