"""Mine product lines: words that stand in titles of one brand and of no other."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import load_words, market_groups, market_words
from iprseg.signals.brands._fields import fold_words
from iprseg.signals.text._alphabet import is_unspaced

# Words of this rank are too common to be a line alone; a word of no dictionary says
# something by being there at all.
_PLAIN_RANK = 3000
_NEVER, _FILLER, _ARTICLE, _WEAK, _PLAIN, _ORDINARY, _RARE = range(-1, 6)
_ARTICLES = frozenset(["the", "la", "le", "les", "il", "lo", "el"])
_LONGEST = 3
# Seen less often, a phrase must stand by itself in more titles than this: "light" of
# "Light Blue" is no line, "candy" of "Candy by Zephyra" is.
_ALONE = 0.4
# Least titles, least bound of purity, most luck, titles enough without standing by
# itself: rare phrase, ordinary phrase, plain phrase, rare word, ordinary, plain word.
_RULES = (
    (2, 0.55, 0.1, 2),
    (2, 0.55, 0.05, 2),
    (2, 0.55, 0.02, 2),
    (2, 0.55, 0.1, 2),
    (3, 0.65, 0.02, 5),
    (5, 0.78, 1e-3, np.inf),
)


def purity_bound(hits: NDArray, total: NDArray) -> NDArray[np.float64]:
    """Return a lower bound of the share ``hits / total``.

    Notes
    -----
    The 10 % quantile of the Beta posterior under Jeffreys' prior: a one-sided bound.

    Examples
    --------
    >>> purity_bound(np.array([2, 20]), np.array([2, 20])).round(2).tolist()
    [0.55, 0.94]
    """
    from scipy.stats import beta

    return beta.ppf(0.1, np.asarray(hits) + 0.5, np.asarray(total) - hits + 0.5)


def mine_lines(
    titles: Sequence[str],
    brand: NDArray[np.int64],
    seller: NDArray | None,
    names: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """Mine lines from titles whose brand is known.

    Parameters
    ----------
    titles : sequence of str, length n
    brand : ndarray of int, shape (n,)
    seller : ndarray of int, shape (n,), optional
        -1 where unknown. One seller's turn of phrase is not a product line.
    names : frozenset of str, optional
        Words of brands' names.

    Returns
    -------
    DataFrame
        ``gram`` (folded words), ``brand``, ``hits`` (titles of the brand holding it),
        ``total`` (titles holding it), ``bound``, ``rare`` (bool).
    """
    words = [
        fold_words(title.replace("'", "").replace("’", "")).split() for title in titles
    ]
    tokens = [word for row in words for word in row]
    if not tokens:
        return pd.DataFrame(columns=["gram", "brand", "hits", "total", "bound", "rare"])
    row = np.repeat(np.arange(len(words)), [len(w) for w in words])
    ids, vocabulary = pd.factorize(np.array(tokens, dtype=object))
    kinds = _kinds(vocabulary)
    share = np.bincount(brand) / len(brand)
    speaking = _speaking(vocabulary, kinds, names)[ids]
    found = [
        _mine(n, ids, row, vocabulary, kinds, brand, seller, share, speaking)
        for n in range(1, _LONGEST + 1)
    ]
    return pd.concat(found, ignore_index=True)


def _kinds(vocabulary: NDArray) -> NDArray[np.int8]:
    """Class each word by how much it says (the constants below)."""
    groups = market_groups()
    weak = groups["colours"] | groups["people"] | groups["goods"]
    plain = load_words(_PLAIN_RANK) | groups["ordinary"]
    ordinary = load_words()

    def _kind(word: str) -> int:
        if len(word) > 40 or any(map(is_unspaced, word)):
            return _NEVER
        if word in _ARTICLES:
            return _ARTICLE
        if word in weak:
            return _WEAK
        if word in market_words() or any(map(str.isdigit, word)) or len(word) < 2:
            return _FILLER
        if word in plain:
            return _PLAIN
        return _ORDINARY if word in ordinary else _RARE

    return np.array([_kind(word) for word in vocabulary], dtype=np.int8)


def _speaking(
    vocabulary: NDArray, kinds: NDArray, names: frozenset[str]
) -> NDArray[np.bool_]:
    """Tell which words make a phrase with the one beside: no shop words, no names."""
    people = market_groups()["people"]
    silent = [word in people for word in vocabulary]
    named = [word in names for word in vocabulary] & (kinds != _WEAK)
    return (kinds > _FILLER) & ~np.array(silent, dtype=bool) & ~named


def _stand_alone(
    first: NDArray, n: int, speaking: NDArray[np.bool_], row: NDArray
) -> NDArray[np.bool_]:
    """Tell which phrases have no speaking word beside them, shape (len(first),)."""
    before, after = np.maximum(first - 1, 0), np.minimum(first + n, len(row) - 1)
    left = speaking[before] & (row[before] == row[first]) & (before < first)
    right = speaking[after] & (row[after] == row[first]) & (after >= first + n)
    return ~(left | right)


def _mine(
    n: int,
    ids: NDArray,
    row: NDArray,
    vocabulary: NDArray,
    kinds: NDArray,
    brand: NDArray,
    seller: NDArray | None,
    share: NDArray,
    speaking: NDArray,
) -> pd.DataFrame:
    last = len(ids) - n + 1
    same = row[: max(last, 0)] == row[n - 1 :]
    at = np.flatnonzero(same)
    parts = np.stack([ids[at + k] for k in range(n)], axis=1)
    gram = parts[:, 0].astype(np.int64)
    for k in range(1, n):
        # Renumbered at each step, so that the code never overflows.
        gram = pd.factorize(gram * len(vocabulary) + parts[:, k])[0]
    table = pd.DataFrame({"gram": gram, "row": row[at], "at": at})
    table = table.drop_duplicates(["gram", "row"])
    table["brand"] = brand[table["row"].to_numpy()]
    table["alone"] = _stand_alone(table["at"].to_numpy(), n, speaking, row)
    table["seller"] = -1 if seller is None else seller[table["row"].to_numpy()]
    best = _best_brand(table)
    first = best["at"].to_numpy()
    kind = np.stack([kinds[ids[first + k]] for k in range(n)], axis=1)
    best["rare"] = (kind == _RARE).any(axis=1)
    best = best[_accept(best, kind, share)]
    best["gram"] = [
        " ".join(vocabulary[ids[a + k]] for k in range(n)) for a in best["at"]
    ]
    return best[["gram", "brand", "hits", "total", "bound", "rare"]]


def _best_brand(table: pd.DataFrame) -> pd.DataFrame:
    by = table.groupby(["gram", "brand"], sort=True)
    counts = by.agg(
        hits=("row", "size"),
        at=("at", "first"),
        sellers=("seller", "nunique"),
        unknown=("seller", "min"),
        alone=("alone", "mean"),
    ).reset_index()
    counts["total"] = counts.groupby("gram")["hits"].transform("sum")
    best = counts.sort_values(["gram", "hits"]).groupby("gram", as_index=False).last()
    best["bound"] = purity_bound(best["hits"].to_numpy(), best["total"].to_numpy())
    return best


def _accept(best: pd.DataFrame, kind: NDArray, share: NDArray) -> NDArray[np.bool_]:
    hits, bound = best["hits"].to_numpy(), best["bound"].to_numpy()
    n = kind.shape[1]
    # The more ordinary a phrase is, the oftener it must be seen: one word of any
    # dictionary oftener than a phrase.
    level = _level(kind)
    enough, strict, luck, often = (
        np.array(rule)[level] for rule in zip(*_RULES, strict=True)
    )
    # How often chance alone would keep a phrase within one brand of this size.
    chance = share[best["brand"].to_numpy()] ** (hits - 1)
    likely = chance < luck
    several = (best["sellers"] > 1).to_numpy() | (best["unknown"] < 0).to_numpy()
    content = (kind >= _PLAIN).any(axis=1)
    content &= (hits >= often) | (best["alone"] > _ALONE).to_numpy()
    legal = content & (kind != _NEVER).all(axis=1)
    edges = (kind[:, 0] >= (_ARTICLE if n > 1 else _WEAK)) & (kind[:, -1] >= _WEAK)
    return (hits >= enough) & (bound >= strict) & likely & several & legal & edges


def _level(kind: NDArray) -> NDArray[np.int64]:
    """Return the row of ``_RULES`` that each phrase comes under, shape (n,)."""
    said = np.clip(_RARE - kind.max(axis=1), 0, 2)
    return said + (3 if kind.shape[1] == 1 else 0)
