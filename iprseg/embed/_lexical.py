"""Lexical vectors: hashed character n-grams reduced by an SVD of the data at hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from iprseg.embed._bag import Bag, bag_of_words
from iprseg.embed._directions import main_directions
from iprseg.embed._ngrams import word_ngrams
from iprseg.embed._product import product

# The directions of largest variance of character n-grams settle on a few thousand
# texts; a larger sample costs time and moves them little.
FIT_SAMPLE = 20_000


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
    """Learn the weights of n-grams and their main directions from texts.

    An n-gram weighs as often as different words of a text hold it, so that a text is
    the sum of its words: repeating a word adds nothing.
    """
    bag = bag_of_words(_sample(texts, random_state))
    held, grams = _held(bag), word_ngrams(bag.words)
    counts = held @ grams
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((1 + len(bag.texts)) / (1 + frequency)).astype(np.float32) + 1
    components = np.zeros((len(idf), n_components), dtype=np.float32)
    used = np.flatnonzero(frequency)
    rank = min(n_components, len(used), len(bag.texts))
    if rank > 0:
        counts.data *= idf[counts.indices]
        grams.data *= idf[grams.indices]
        held.data /= np.repeat(_lengths(counts), np.diff(held.indptr))
        found = main_directions([held, grams[:, used]], rank, random_state)
        components[used, : found.shape[1]] = found
    return LexicalModel(idf, components)


def lexical_vectors(bag: Bag, model: LexicalModel) -> NDArray[np.float32]:
    """Return unit vectors; a text that shares no n-gram with the data is all zero."""
    held, grams = _held(bag), word_ngrams(bag.words)
    of_words = product(grams, model.idf[:, None] * model.components)
    grams.data *= model.idf[grams.indices]
    vectors = product(held, of_words)
    # what the directions leave of a text is compared with what it held
    vectors /= np.maximum(held @ _lengths(grams), 1)[:, None]
    return unit_rows(vectors)


def _held(bag: Bag) -> sparse.csr_matrix:
    """Say which words each text holds."""
    held = bag.counts.copy()
    held.data[:] = 1
    return held


def _lengths(rows: sparse.csr_matrix) -> NDArray[np.float32]:
    """Return the length of each row, 1 for an empty one."""
    squares = sparse.csr_matrix((rows.data**2, rows.indices, rows.indptr), rows.shape)
    total = np.asarray(squares.sum(axis=1), dtype=np.float32).ravel()
    return np.sqrt(np.where(total > 0, total, 1))


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale rows to length 1, in place; of (nearly) no length they become exactly zero.

    Examples
    --------
    >>> unit_rows(np.array([[0.0, 2.0], [0.0, 0.0]])).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    real = length > 1e-6
    scale = np.where(real, 1 / np.where(real, length, 1), 0)
    vectors *= scale[:, None].astype(vectors.dtype)
    return vectors


def _sample(texts: Sequence[str], random_state: int) -> Sequence[str]:
    if len(texts) <= FIT_SAMPLE:
        return texts
    rng = np.random.default_rng(random_state)
    chosen = np.sort(rng.choice(len(texts), FIT_SAMPLE, replace=False))
    return [texts[index] for index in chosen]
