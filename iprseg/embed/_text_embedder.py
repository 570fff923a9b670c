"""The transformer from texts to vectors."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from iprseg._check import check_whole
from iprseg.embed._bag import Bag, bag_of_words
from iprseg.embed._cache import cache_folder
from iprseg.embed._distil import STATIC_DIMS
from iprseg.embed._lexical import fit_lexical, lexical_vectors, unit_rows
from iprseg.embed._sentence import sentence_vectors
from iprseg.embed._static import UNKNOWN_LIMIT, load_static, static_vectors
from iprseg.embed._text import clean_texts
from iprseg.errors import IprsegError

# Of 0, .2, .35, .5, .75, 1: the highest agreement (normalised mutual information) of
# k-means with the 77 sub-categories of 20,000 real titles: .521 without lexical
# vectors, .558 with this weight, .550 with equal weights (mean of three samples).
LEXICAL_WEIGHT = 0.75
_BUILT_IN = ("static+lexical", "static", "lexical")
# Of more titles at once fewer words are new; of 50,000 all that is held beside the
# vectors takes a quarter of a gigabyte.
_CHUNK = 50_000
_WIDEST = 4096
_LAST_SEED = 2**32 - 1  # the largest that numpy takes


class TextEmbedder(TransformerMixin, BaseEstimator):
    """Turn texts of any script into vectors of length 1.

    Parameters
    ----------
    model : str, default="static+lexical"
        ``"static"``: mean of word-piece vectors distilled from all-MiniLM-L6-v2
        (English). ``"lexical"``: character n-grams reduced by an SVD of the fitted
        texts (any script, needs no model). ``"static+lexical"``: both side by side.
        ``"minilm"``: all-MiniLM-L6-v2 itself, some hundred times slower. Anything
        else is the folder or the name of a sentence-transformers model on this machine.
    n_components : int, default=128
        Width of the lexical part.
    random_state : int, default=0
        Seed of the SVD.
    cache : path, None or False, default=None
        Folder of the distilled vectors and of the vectors that sentence models gave;
        None is the folder of ``IPRSEG_CACHE`` or ``~/.cache/iprseg``; False keeps no
        vectors. Only sentence models use the store: static and lexical vectors are
        computed faster than they could be read back.

    Attributes
    ----------
    n_features_out_ : int
        Width of the vectors.
    n_lexical_only_ : int
        Texts of the last call of which the static model knew too little (more than
        20 % unknown pieces): only their lexical part is set. 0 unless the model is
        ``"static+lexical"``.
    n_truncated_ : int
        Texts of the last call cut to the first 2,000 characters.
    n_empty_ : int
        Texts of the last call whose vector is zero: empty, or unlike anything fitted.

    Notes
    -----
    Each part has length 1 before it is weighted and the whole has length 1 after, so
    a row with the lexical part alone compares with the others: its similarity to one
    of its own kind is lexical, to any other row it is the lexical similarity times
    0.6, the share that this part has in a whole vector.

    Examples
    --------
    >>> titles = ["Leather handbag", "Leather hand bag", "Printer ink", None]
    >>> embedder = TextEmbedder(model="lexical", n_components=8).fit(titles)
    >>> vectors = embedder.transform(titles)
    >>> vectors.shape, embedder.n_empty_
    ((4, 8), 1)
    >>> bool(vectors[0] @ vectors[1] > vectors[0] @ vectors[2])
    True
    """

    def __init__(
        self,
        model: str = "static+lexical",
        n_components: int = 128,
        random_state: int = 0,
        cache: str | os.PathLike[str] | bool | None = None,
    ) -> None:
        self.model = model
        self.n_components = n_components
        self.random_state = random_state
        self.cache = cache

    def fit(self, X: Iterable[Any], y: Any = None) -> Self:
        """Learn the lexical part from texts; the other parts need no fitting.

        Parameters
        ----------
        X : iterable of n str
            Missing values count as empty texts.
        y : ignored

        Raises
        ------
        IprsegError
            When there is no text, or a parameter is out of range.
        """
        self._fit(self._clean(X)[0])
        return self

    def transform(self, X: Iterable[Any]) -> NDArray[np.float32]:
        """Return one vector per text.

        Returns
        -------
        array of float32, shape (n, n_features_out_)
            Rows of length 1, or all zero (counted in ``n_empty_``).

        Raises
        ------
        IprsegError
            When the model is not on this machine, with what to do.
        MissingExtraError
            When the ``text`` extra is not installed.
        """
        check_is_fitted(self, "n_features_out_")
        return self._transform(*self._clean(X))

    def fit_transform(
        self, X: Iterable[Any], y: Any = None, **fit_params: Any
    ) -> NDArray[np.float32]:
        """Fit and transform, going through the texts once."""
        texts, cut = self._clean(X)
        self._fit(texts)
        return self._transform(texts, cut)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return the column names ``e_000``, ``e_001`` and so on."""
        check_is_fitted(self, "n_features_out_")
        return embedding_columns(self.n_features_out_)

    def _clean(self, X: Iterable[Any]) -> tuple[list[str], int]:
        owner = "TextEmbedder"
        check_whole("n_components", self.n_components, owner, low=1, high=_WIDEST)
        check_whole("random_state", self.random_state, owner, low=0, high=_LAST_SEED)
        if not isinstance(self.model, str) or not self.model:
            raise IprsegError(
                "The 'model' parameter of TextEmbedder must be 'static+lexical', "
                "'static', 'lexical', 'minilm', or the name or folder of a "
                f"sentence-transformers model; got {self.model!r}."
            )
        return clean_texts(X)

    def _fit(self, texts: list[str]) -> None:
        if not texts:
            raise IprsegError("TextEmbedder needs at least one text to fit; got none.")
        width = 0
        if self.model in ("static", "static+lexical"):
            load_static(self._cache_folder())
            width += STATIC_DIMS
        if self.model in ("lexical", "static+lexical"):
            self.lexical_ = fit_lexical(
                texts, int(self.n_components), int(self.random_state)
            )
            width += int(self.n_components)
        if self.model not in _BUILT_IN:
            width = sentence_vectors(texts[:1], self.model, None).shape[1]
        self.n_features_out_ = width

    def _transform(self, texts: list[str], cut: int) -> NDArray[np.float32]:
        self.n_lexical_only_ = 0
        if self.model in _BUILT_IN:
            vectors = np.empty((len(texts), self.n_features_out_), dtype=np.float32)
            for start in range(0, len(texts), _CHUNK):
                part = bag_of_words(texts[start : start + _CHUNK])
                self._write(part, vectors[start : start + _CHUNK])
        else:
            store = None if self.cache is False else cache_folder(self._cache_folder())
            vectors = sentence_vectors(texts, self.model, store)
        self.n_truncated_ = cut
        self.n_empty_ = int((~vectors.any(axis=1)).sum())
        return vectors

    def _write(self, bag: Bag, out: NDArray[np.float32]) -> None:
        """Write the vectors of some texts where they belong: copies take their time."""
        if self.model == "lexical":
            out[:] = lexical_vectors(bag, self.lexical_)
            return
        static, unknown = static_vectors(bag, load_static(self._cache_folder()))
        out[:, :STATIC_DIMS] = static
        if self.model == "static":
            return
        lexical = lexical_vectors(bag, self.lexical_)
        alone = (unknown > UNKNOWN_LIMIT) & lexical.any(axis=1)
        self.n_lexical_only_ += int(alone.sum())
        out[alone, :STATIC_DIMS] = 0
        np.multiply(lexical, LEXICAL_WEIGHT, out=out[:, STATIC_DIMS:])
        unit_rows(out)

    def _cache_folder(self) -> Path | None:
        return None if isinstance(self.cache, bool | None) else Path(self.cache)


def embedding_columns(width: int) -> NDArray[Any]:
    """Return the column names of vectors of one width."""
    return np.array([f"e_{index:03d}" for index in range(width)], dtype=object)
