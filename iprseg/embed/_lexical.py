"""Lexical vectors: hashed character n-grams reduced by an SVD of the data at hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from iprseg.embed._ngrams import count_ngrams

# The directions of largest variance of character n-grams settle on a few thousand
# texts; a larger sample costs time and moves them little.
FIT_SAMPLE = 20_000
_CHUNK = 20_000


@dataclass(frozen=True)
class LexicalModel:
    """What `fit_lexical` learned.

    Attributes
    ----------
    idf : array of float32, shape (n_buckets,)
        Inverse document frequency of each bucket.
    components : array of float32, shape (n_buckets, n_components)
        Directions, zero where the data have fewer than ``n_components``.
    """

    idf: NDArray[np.float32]
    components: NDArray[np.float32]


def fit_lexical(
    texts: Sequence[str], n_components: int, random_state: int
) -> LexicalModel:
    """Learn the weights of n-grams and their main directions from texts."""
    from sklearn.utils.extmath import randomized_svd

    counts = count_ngrams(_sample(texts, random_state))
    frequency = np.asarray(counts.sum(axis=0)).ravel()
    idf = np.log((1 + counts.shape[0]) / (1 + frequency)).astype(np.float32) + 1
    components = np.zeros((counts.shape[1], n_components), dtype=np.float32)
    used = np.flatnonzero(frequency)
    rank = min(n_components, len(used), counts.shape[0])
    if rank > 0:
        weighted = _weigh(counts, idf)[:, used]
        found = randomized_svd(weighted, rank, n_iter=3, random_state=random_state)
        components[used, :rank] = found[2].T
    return LexicalModel(idf, components)


def lexical_vectors(texts: Sequence[str], model: LexicalModel) -> NDArray[np.float32]:
    """Return unit vectors; a text that shares no n-gram with the data is all zero."""
    parts = [
        np.asarray(
            _weigh(count_ngrams(texts[start : start + _CHUNK]), model.idf)
            @ model.components
        )
        for start in range(0, len(texts), _CHUNK)
    ]
    width = model.components.shape[1]
    vectors = np.vstack(parts) if parts else np.zeros((0, width), np.float32)
    return unit_rows(vectors)


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale rows to length 1; rows of (nearly) no length become exactly zero.

    Examples
    --------
    >>> unit_rows(np.array([[0.0, 2.0], [0.0, 0.0]])).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    real = length > 1e-6
    return np.where(real, vectors / np.where(real, length, 1), 0).astype(np.float32)


def _weigh(counts: sparse.csr_matrix, idf: NDArray[np.float32]) -> sparse.csr_matrix:
    weighted = counts.multiply(idf).tocsr().astype(np.float32)
    squares = np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel()
    length = np.sqrt(np.where(squares > 0, squares, 1)).astype(np.float32)
    return sparse.diags_array(1 / length, dtype=np.float32) @ weighted


def _sample(texts: Sequence[str], random_state: int) -> Sequence[str]:
    if len(texts) <= FIT_SAMPLE:
        return texts
    rng = np.random.default_rng(random_state)
    chosen = np.sort(rng.choice(len(texts), FIT_SAMPLE, replace=False))
    return [texts[index] for index in chosen]
