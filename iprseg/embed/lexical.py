"""Lexical vectors: hashed character n-grams reduced by an SVD of the data at hand.

Texts are held as bags of words, so that work on a word is done once however often it
occurs.

Fifty thousand titles hold 700,000 words, of which 80,000 differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from iprseg.parallel import map_in_threads


@dataclass(frozen=True)
class BagOfWords:
    """Texts and their words.

    Attributes
    ----------
    texts : sequence of n str
    words : list of m str
        The words that differ, as they are written, in order.
    counts : csr_matrix of float32, shape (n, m)
        How often each text holds each word.
    """

    texts: Sequence[str]
    words: list[str]
    counts: sparse.csr_matrix


def count_words(texts: Sequence[str]) -> BagOfWords:
    """Cut texts at blanks.

    Parameters
    ----------
    texts : sequence of n str
        Cleaned texts. In scripts that are written without spaces a whole title is one
        word.

    Examples
    --------
    >>> bag = count_words(["red bag", "", "bag bag"])
    >>> bag.words
    ['', 'bag', 'red']
    >>> bag.counts.toarray().tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
    """
    if not texts:
        return BagOfWords(texts, [], sparse.csr_matrix((0, 0), dtype=np.float32))
    every = " ".join(texts).split(" ")
    words = sorted(set(every))  # so that sums over a text do not hang on the others
    place = dict(zip(words, range(len(words)), strict=True))
    found = np.fromiter(map(place.__getitem__, every), np.int32, len(every))
    n_blanks = np.array([text.count(" ") for text in texts], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(n_blanks + 1)])
    ones = np.ones(len(found), dtype=np.float32)
    counts = sparse.csr_matrix((ones, found, starts), shape=(len(texts), len(words)))
    counts.sum_duplicates()
    return BagOfWords(texts, words, counts)


# The directions of largest variance of character n-grams settle on a few thousand
# texts; a larger sample costs time and moves them little.
_MAX_FIT_TEXTS = 20_000


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
    bag = count_words(_sample_texts(texts, random_state))
    held, grams = _mark_words_of_texts(bag), hash_ngrams(bag.words)
    counts = held @ grams
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((1 + len(bag.texts)) / (1 + frequency)).astype(np.float32) + 1
    components = np.zeros((len(idf), n_components), dtype=np.float32)
    used = np.flatnonzero(frequency)
    rank = min(n_components, len(used), len(bag.texts))
    if rank > 0:
        counts.data *= idf[counts.indices]
        grams.data *= idf[grams.indices]
        held.data /= np.repeat(_compute_row_norms(counts), np.diff(held.indptr))
        found = compute_singular_vectors([held, grams[:, used]], rank, random_state)
        components[used, : found.shape[1]] = found
    return LexicalModel(idf, components)


def compute_lexical_vectors(
    bag: BagOfWords, model: LexicalModel
) -> NDArray[np.float32]:
    """Return unit vectors; a text that shares no n-gram with the data is all zero."""
    held, grams = _mark_words_of_texts(bag), hash_ngrams(bag.words)
    of_words = multiply_sparse(grams, model.idf[:, None] * model.components)
    grams.data *= model.idf[grams.indices]
    vectors = multiply_sparse(held, of_words)
    # what the directions leave of a text is compared with what it held
    vectors /= np.maximum(held @ _compute_row_norms(grams), 1)[:, None]
    return normalise_rows(vectors)


def _mark_words_of_texts(bag: BagOfWords) -> sparse.csr_matrix:
    """Say which words each text holds."""
    held = bag.counts.copy()
    held.data[:] = 1
    return held


def _compute_row_norms(rows: sparse.csr_matrix) -> NDArray[np.float32]:
    """Return the length of each row, 1 for an empty one."""
    squares = sparse.csr_matrix((rows.data**2, rows.indices, rows.indptr), rows.shape)
    total = np.asarray(squares.sum(axis=1), dtype=np.float32).ravel()
    return np.sqrt(np.where(total > 0, total, 1))


def normalise_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale rows to length 1, in place; of (nearly) no length they become exactly zero.

    Examples
    --------
    >>> normalise_rows(np.array([[0.0, 2.0], [0.0, 0.0]])).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    real = length > 1e-6
    scale = np.where(real, 1 / np.where(real, length, 1), 0)
    vectors *= scale[:, None].astype(vectors.dtype)
    return vectors


def _sample_texts(texts: Sequence[str], random_state: int) -> Sequence[str]:
    if len(texts) <= _MAX_FIT_TEXTS:
        return texts
    rng = np.random.default_rng(random_state)
    chosen = np.sort(rng.choice(len(texts), _MAX_FIT_TEXTS, replace=False))
    return [texts[index] for index in chosen]


N_BUCKETS = 2**16
_NGRAM_LENGTHS = (2, 3, 4)
# From here on (CJK, kana, Hangul) two characters can be a word; in alphabets a pair of
# letters says next to nothing and only costs time.
_FIRST_IDEOGRAPH = 0x2E80
_SPACE = 32


def hash_ngrams(words: Sequence[str]) -> sparse.csr_matrix:
    """Say which hashed character n-grams each word holds.

    Words are lower-cased and padded with a blank on both sides, and a blank may begin
    or end an n-gram (the ``char_wb`` rule). In scripts that are written without spaces
    a whole title is one word, and no rule of their own is needed.

    Parameters
    ----------
    words : sequence of n str
        Without blanks, from `count_words`.

    Returns
    -------
    csr_matrix of float32, shape (n, 65536)
        1 where the word holds an n-gram of the bucket.

    Notes
    -----
    The n-grams of all words are hashed together as windows over one array of code
    points, without a Python loop over each word. The hash is fixed integer
    arithmetic: the same on every machine.

    Examples
    --------
    >>> both = hash_ngrams(["main", "MAIN"])
    >>> (both[0] != both[1]).nnz
    0
    """
    lower = "\n".join(words).lower().split("\n") if words else []
    padded = f" {'  '.join(lower)} " if words else ""
    codes = np.frombuffer(padded.encode("utf-32-le"), dtype=np.uint32)
    lengths = np.array([len(word) + 2 for word in lower], dtype=np.int64)
    owner = np.repeat(np.arange(len(words), dtype=np.int32), lengths)
    rows, buckets = [], []
    for length in _NGRAM_LENGTHS:
        keep = _mask_whole_windows(codes, owner, length)
        rows.append(owner[: len(keep)][keep])
        buckets.append(_hash_windows(codes, length, keep))
    where = (np.concatenate(rows), np.concatenate(buckets))
    ones = np.ones(len(where[0]), dtype=np.float32)
    found = sparse.csr_matrix((ones, where), shape=(len(words), N_BUCKETS))
    found.data[:] = 1.0  # the constructor added repeats; presence is what is meant
    return found


def _mask_whole_windows(
    codes: NDArray[np.uint32], owner: NDArray[np.int32], length: int
) -> NDArray[np.bool_]:
    """Mark the windows that lie in one word and hold no blank inside."""
    count = max(len(codes) - length + 1, 0)
    keep = owner[:count] == owner[length - 1 :][:count]
    for offset in range(1, length - 1):
        keep &= codes[offset:][:count] != _SPACE
    if length == 2:
        keep &= codes[:count] >= _FIRST_IDEOGRAPH
        keep &= codes[1:][:count] >= _FIRST_IDEOGRAPH
    return keep


def _hash_windows(
    codes: NDArray[np.uint32], length: int, keep: NDArray[np.bool_]
) -> NDArray[np.int32]:
    mixed = np.full(int(keep.sum()), length, dtype=np.uint64)
    for offset in range(length):
        mixed ^= codes[offset:][: len(keep)][keep]
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return (mixed % np.uint64(N_BUCKETS)).astype(np.int32)


_POWER_ITERATIONS = 3
_OVERSAMPLING = 10
# Directions that single precision cannot tell from none: squares of 1e-5.
_MIN_RELATIVE_SQUARE = 1e-10


def compute_singular_vectors(
    factors: Sequence[sparse.csr_matrix], rank: int, random_state: int
) -> NDArray[np.float32]:
    """Return the first right singular vectors.

    The randomised subspace iteration of Halko, Martinsson and Tropp (2011,
    doi:10.1137/090771806) from the same start and with as many rounds as
    scikit-learn's `randomized_svd`, so of the same result to rounding. Bases are made
    orthogonal through the eigenvectors of their small Gram matrix and products run on
    all cores, at a third of the time.

    Parameters
    ----------
    factors : sequence of csr_matrix of float32, shapes (n, a), (a, b), …, (z, m)
        The matrix is their product, which may hold far more entries than they do and
        is never made.
    rank : int
    random_state : int

    Returns
    -------
    array of float32, shape (m, r)
        Orthonormal columns; r is below ``rank`` where the matrix has no more. The
        largest entry of each is positive.

    Examples
    --------
    >>> rows = sparse.csr_matrix(np.array([[3, 0], [0, 1]], dtype=np.float32))
    >>> compute_singular_vectors([rows], 1, 0)[0].round(3).tolist()
    [1.0]
    """
    from sklearn.utils import check_random_state
    from threadpoolctl import threadpool_limits

    rows = factors[::-1]
    columns = [factor.T.tocsr() for factor in factors]
    n = factors[0].shape[0]
    shape = (n, min(rank + _OVERSAMPLING, n))
    found = check_random_state(random_state).normal(size=shape).astype(np.float32)
    # small dense products: threads that wait for each other cost more than they bring,
    # and one of them rounds alike on every machine
    with threadpool_limits(1, "blas"):
        for _ in range(_POWER_ITERATIONS):
            found = _orthonormalise_columns(
                _multiply_factors(rows, _multiply_factors(columns, found))
            )
        basis = _orthonormalise_columns(_multiply_factors(columns, found))
        seen = _multiply_factors(rows, basis)
        turn = np.linalg.eigh(_compute_gram_matrix(seen))[1][:, ::-1]
        directions = basis @ turn[:, :rank].astype(np.float32)
    upright = directions.max(axis=0) >= -directions.min(axis=0)
    return directions * np.where(upright, 1, -1).astype(np.float32)


def _multiply_factors(
    factors: Sequence[sparse.csr_matrix], right: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Multiply by one factor after the other."""
    return reduce(lambda found, factor: multiply_sparse(factor, found), factors, right)


def _orthonormalise_columns(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an orthonormal basis of what the columns span."""
    squares, turn = np.linalg.eigh(_compute_gram_matrix(columns))
    kept = squares > _MIN_RELATIVE_SQUARE * squares[-1]
    return columns @ (turn[:, kept] / np.sqrt(squares[kept])).astype(np.float32)


def _compute_gram_matrix(columns: NDArray[np.float32]) -> NDArray[np.float64]:
    exact = columns.astype(np.float64)
    return exact.T @ exact


_BLOCK_ROWS = 5_000


def multiply_sparse(
    left: sparse.csr_matrix, right: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Multiply in blocks of rows, one core each; scipy alone uses a single core.

    A row's result is the same whatever the number of cores.

    Parameters
    ----------
    left : csr_matrix of float32, shape (n, m)
    right : array of float32, shape (m, k)

    Returns
    -------
    array of float32, shape (n, k)

    Examples
    --------
    >>> left = sparse.csr_matrix(np.eye(2, dtype=np.float32))
    >>> multiply_sparse(left, np.array([[1, 2], [3, 4]], dtype=np.float32)).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    found = np.empty((left.shape[0], right.shape[1]), dtype=np.float32)

    def multiply(part: slice) -> None:
        """Multiply some rows; scipy lets go of the interpreter's lock meanwhile."""
        found[part] = left[part] @ right

    map_in_threads(multiply, left.shape[0], _BLOCK_ROWS)
    return found
