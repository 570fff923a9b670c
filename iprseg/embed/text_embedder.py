"""The transformer from texts to vectors, and the vectors of listings."""

import json
import os
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from iprseg.embed.lexical import (
    BagOfWords,
    LexicalModel,
    compute_lexical_vectors,
    count_words,
    fit_lexical,
    normalise_rows,
)
from iprseg.embed.pretrained import (
    MAX_UNKNOWN_SHARE,
    STATIC_DIMS,
    compute_sentence_vectors,
    compute_static_vectors,
    get_cache_folder,
    load_static_model,
)
from iprseg.errors import IprsegError, TableError
from iprseg.tables.access import MarketplaceLike, find_table
from iprseg.validation import check_columns, check_whole_number

# Of 0, .2, .35, .5, .75, 1: the highest agreement (normalised mutual information) of
# k-means with the 77 sub-categories of 20,000 real titles: .521 without lexical
# vectors, .558 with this weight, .550 with equal weights (mean of three samples).
LEXICAL_WEIGHT = 0.75
_BUILT_IN_MODELS = ("static+lexical", "static", "lexical")
# Of more titles at once fewer words are new; of 50,000 all that is held beside the
# vectors takes a quarter of a gigabyte.
_CHUNK_TEXTS = 50_000
_MAX_COMPONENTS = 4096
_SAVED_FORMAT = 1
_MAX_SEED = 2**32 - 1  # the largest that numpy takes


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
            There for scikit-learn.

        Raises
        ------
        IprsegError
            When there is no text, or a parameter is out of range.
        """
        self._fit_texts(self._validate_and_clean_texts(X)[0])
        return self

    def transform(self, X: Iterable[Any]) -> NDArray[np.float32]:
        """Return one vector per text.

        Returns
        -------
        array of float32, shape (n, n_features_out)
            Rows of length 1, or all zero (counted in ``n_empty_``).

        Raises
        ------
        IprsegError
            When the model is not on this machine, with what to do.
        MissingExtraError
            When the ``text`` extra is not installed.
        """
        check_is_fitted(self, "n_features_out_")
        return self._transform_texts(*self._validate_and_clean_texts(X))

    def fit_transform(
        self, X: Iterable[Any], y: Any = None, **fit_params: Any
    ) -> NDArray[np.float32]:
        """Fit and transform, going through the texts once."""
        texts, cut = self._validate_and_clean_texts(X)
        self._fit_texts(texts)
        return self._transform_texts(texts, cut)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return the column names ``e_000``, ``e_001`` and so on."""
        check_is_fitted(self, "n_features_out_")
        return _make_column_names(self.n_features_out_)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted embedder to one file of arrays, without pickle.

        Vectors of models that need no fitting are not in it; the folder ``cache`` is
        that of the machine it is loaded on.
        """
        check_is_fitted(self, "n_features_out_")
        params = {k: value for k, value in self.get_params().items() if k != "cache"}
        facts = {
            "format": _SAVED_FORMAT,
            "width": self.n_features_out_,
            "params": params,
        }
        learned = getattr(self, "lexical_", None)
        arrays = {} if learned is None else asdict(learned)
        np.savez_compressed(path, facts=np.array(json.dumps(facts)), **arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read an embedder that ``save`` wrote.

        Raises
        ------
        IprsegError
            When the file is missing, damaged or of another format.
        """
        try:
            with np.load(path, allow_pickle=False) as held:
                facts = json.loads(str(held["facts"]))
                if facts["format"] != _SAVED_FORMAT:
                    raise ValueError(f"format {facts['format']}")
                loaded = cls(**facts["params"])
                loaded.n_features_out_ = facts["width"]
                if "idf" in held:
                    loaded.lexical_ = LexicalModel(held["idf"], held["components"])
        except Exception as error:  # a flipped bit makes zipfile raise what it meets
            raise IprsegError(
                f"{path} is no whole saved embedder of this version "
                f"({type(error).__name__}): save it again."
            ) from error
        return loaded

    def _validate_and_clean_texts(self, X: Iterable[Any]) -> tuple[list[str], int]:
        owner = "TextEmbedder"
        check_whole_number(
            "n_components", self.n_components, owner, low=1, high=_MAX_COMPONENTS
        )
        check_whole_number(
            "random_state", self.random_state, owner, low=0, high=_MAX_SEED
        )
        if not isinstance(self.model, str) or not self.model:
            raise IprsegError(
                "The 'model' parameter of TextEmbedder must be 'static+lexical', "
                "'static', 'lexical', 'minilm', or the name or folder of a "
                f"sentence-transformers model; got {self.model!r}."
            )
        return clean_texts(X)

    def _fit_texts(self, texts: list[str]) -> None:
        if not texts:
            raise IprsegError("TextEmbedder needs at least one text to fit; got none.")
        width = 0
        if self.model in ("static", "static+lexical"):
            load_static_model(self._resolve_cache_folder())
            width += STATIC_DIMS
        if self.model in ("lexical", "static+lexical"):
            self.lexical_ = fit_lexical(
                texts, int(self.n_components), int(self.random_state)
            )
            width += int(self.n_components)
        if self.model not in _BUILT_IN_MODELS:
            width = compute_sentence_vectors(texts[:1], self.model, None).shape[1]
        self.n_features_out_ = width

    def _transform_texts(self, texts: list[str], cut: int) -> NDArray[np.float32]:
        self.n_lexical_only_ = 0
        if self.model in _BUILT_IN_MODELS:
            vectors = np.empty((len(texts), self.n_features_out_), dtype=np.float32)
            for start in range(0, len(texts), _CHUNK_TEXTS):
                part = count_words(texts[start : start + _CHUNK_TEXTS])
                self._write_vectors_of_texts(
                    part, vectors[start : start + _CHUNK_TEXTS]
                )
        else:
            store = (
                None
                if self.cache is False
                else get_cache_folder(self._resolve_cache_folder())
            )
            vectors = compute_sentence_vectors(texts, self.model, store)
        self.n_truncated_: int = cut
        self.n_empty_: int = int((~vectors.any(axis=1)).sum())
        return vectors

    def _write_vectors_of_texts(
        self, bag: BagOfWords, out: NDArray[np.float32]
    ) -> None:
        """Write the vectors of some texts where they belong: copies take their time."""
        if self.model == "lexical":
            out[:] = compute_lexical_vectors(bag, self.lexical_)
            return
        static, unknown = compute_static_vectors(
            bag, load_static_model(self._resolve_cache_folder())
        )
        out[:, :STATIC_DIMS] = static
        if self.model == "static":
            return
        lexical = compute_lexical_vectors(bag, self.lexical_)
        alone = (unknown > MAX_UNKNOWN_SHARE) & lexical.any(axis=1)
        self.n_lexical_only_ += int(alone.sum())
        out[alone, :STATIC_DIMS] = 0
        np.multiply(lexical, LEXICAL_WEIGHT, out=out[:, STATIC_DIMS:])
        normalise_rows(out)

    def _resolve_cache_folder(self) -> Path | None:
        return None if isinstance(self.cache, bool | None) else Path(self.cache)


def _make_column_names(width: int) -> NDArray[Any]:
    """Return the column names of vectors of one width."""
    return np.array([f"e_{index:03d}" for index in range(width)], dtype=object)


def embed_listings(
    marketplace: MarketplaceLike, embedder: TextEmbedder | None = None
) -> pd.DataFrame:
    """Turn the titles of listings into vectors.

    Parameters
    ----------
    marketplace : Marketplace, dict of DataFrame, or DataFrame
        A marketplace or its listings, with the column ``title``; the index, or the
        column ``listing_id``, names the listing.
    embedder : TextEmbedder, optional
        Fitted before, or fitted here on these titles; `TextEmbedder()` by default.

    Returns
    -------
    DataFrame of float32, shape (n_listings, n_features_out)
        Indexed by ``listing_id``; columns ``e_000``, ``e_001`` and so on.

    Raises
    ------
    TableError
        When there is no column ``title``.

    Examples
    --------
    >>> listings = pd.DataFrame({"listing_id": ["a", "b"], "title": ["Bag", "Ink"]})
    >>> embed_listings(listings, TextEmbedder(model="lexical", n_components=3)).shape
    (2, 3)
    """
    listings = (
        marketplace
        if isinstance(marketplace, pd.DataFrame)
        else _get_listings(marketplace)
    )
    if "listing_id" in listings.columns:
        listings = listings.set_index("listing_id")
    check_columns(listings, ["title"], "listings")
    embedder = TextEmbedder() if embedder is None else embedder
    fitted = hasattr(embedder, "n_features_out_")
    titles = listings["title"].tolist()
    vectors = embedder.transform(titles) if fitted else embedder.fit_transform(titles)
    columns = _make_column_names(vectors.shape[1])
    # a copy would cost as much memory again: gigabytes for a million listings
    return pd.DataFrame(vectors, index=listings.index, columns=columns, copy=False)


def _get_listings(marketplace: MarketplaceLike) -> pd.DataFrame:
    listings = find_table(marketplace, "listings")
    if listings is None:
        raise TableError("There is no table 'listings'; titles are read from it.")
    return listings


# A title says what it offers in its first words. The limit is far above any real
# title (marketplaces allow 80 to 250 characters) and keeps one hostile cell of
# millions of characters from costing more than a thousand honest ones.
MAX_CHARS = 2_000


def clean_texts(texts: Iterable[Any]) -> tuple[list[str], int]:
    """Return texts in one normal form, cut to `MAX_CHARS`, and how many were cut.

    Missing values and text without a visible character become ``""``. Lone halves of
    surrogate pairs, which no encoder takes, become a question mark.

    Examples
    --------
    >>> clean_texts(["  Ｌuxe   bag ", None])
    (['Luxe bag', ''], 0)
    """
    values = [texts] if isinstance(texts, str) else list(texts)
    strings = [
        value if type(value) is str else _convert_to_text(value) for value in values
    ]
    cleaned = [_normalise_text(text[:MAX_CHARS]) for text in strings]
    long = [  # a character in another form may be many
        max(len(text), len(clean)) > MAX_CHARS
        for text, clean in zip(strings, cleaned, strict=True)
    ]
    return [clean[:MAX_CHARS] for clean in cleaned], sum(long)


def _convert_to_text(value: Any) -> str:
    missing = value is None or (not isinstance(value, str) and bool(pd.isna(value)))
    return "" if missing else str(value)


def _normalise_text(text: str) -> str:
    if text.isascii():
        return " ".join(text.split())
    valid = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join(unicodedata.normalize("NFKC", valid).split())
