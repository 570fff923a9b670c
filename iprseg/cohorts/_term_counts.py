"""In how many titles of each cohort each term stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class CohortTerms:
    """The terms that recur in one cohort: in a twentieth of its titles, and in two.

    Attributes
    ----------
    size : int
        Titles read.
    n : dict of str to int
        Titles that hold each term.
    overall : array of float, shape (n_terms,)
        Mean over cohorts of the share of titles that hold a term, in the order of
        ``n``: each cohort weighs the same.
    shared : array of bool, shape (n_terms,)
        Whether several sellers use it; True where the cohort is not known to have
        several.
    """

    size: int
    n: dict[str, int]
    overall: NDArray[np.float64]
    shared: NDArray[np.bool_]


def count_terms(
    found: Sequence[set[str]], group: NDArray[np.int64], shops: NDArray | None
) -> list[CohortTerms]:
    """Count the terms of each cohort.

    Parameters
    ----------
    found : sequence of n set of str
        Terms of each title.
    group : array of int, shape (n,)
        Cohort of each title: 0, 1, …, each at least once.
    shops : array, shape (n,), optional
        Seller of each title.

    Examples
    --------
    >>> one, other = count_terms([{"a"}, {"a", "b"}, {"b"}], np.array([0, 0, 1]), None)
    >>> one.n, one.overall.tolist(), other.n
    ({'a': 2}, [0.5], {})
    """
    terms = list(set().union(*found))
    number = dict(zip(terms, range(len(terms)), strict=True))
    place = np.fromiter(map(number.__getitem__, chain.from_iterable(found)), np.int64)
    owner = np.repeat(np.arange(len(found)), np.fromiter(map(len, found), np.int64))
    key = group[owner] * len(terms) + place
    met, n = np.unique(key, return_counts=True)
    cohort, term = np.divmod(met, max(len(terms), 1))
    sizes = np.bincount(group)
    share = n / sizes[cohort]
    overall = np.bincount(term, share, minlength=len(terms)) / len(sizes)
    shared = _shared(met, cohort, key, group, owner, shops)
    recurring = n >= np.maximum(2, 0.05 * sizes)[cohort]
    cohort, term, n = cohort[recurring], term[recurring], n[recurring]
    shared = shared[recurring]
    edges = np.searchsorted(cohort, np.arange(len(sizes) + 1))
    parts = [slice(*pair) for pair in pairwise(edges)]
    return [
        CohortTerms(
            int(size),
            dict(zip((terms[i] for i in term[own]), n[own].tolist(), strict=True)),
            overall[term[own]],
            shared[own],
        )
        for size, own in zip(sizes, parts, strict=True)
    ]


def _shared(
    met: NDArray[np.int64],
    cohort: NDArray[np.int64],
    key: NDArray[np.int64],
    group: NDArray[np.int64],
    owner: NDArray[np.int64],
    shops: NDArray | None,
) -> NDArray[np.bool_]:
    """Tell for each cohort and term that meet whether several sellers use it."""
    if shops is None:
        return np.ones(len(met), dtype=bool)
    shop = pd.factorize(shops)[0] + 1  # 0 where it is not known
    n_shops = int(shop.max(initial=0)) + 1
    known = np.unique((group * n_shops + shop)[shop > 0]) // n_shops
    several = np.bincount(known, minlength=group.max(initial=0) + 1) > 1
    used = np.unique(key * n_shops + shop[owner]) // n_shops
    return (np.unique(used, return_counts=True)[1] > 1) | ~several[cohort]
