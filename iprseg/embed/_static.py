"""Static vectors: the mean of distilled word-piece vectors."""

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from iprseg._optional import import_optional
from iprseg.embed._bag import Bag
from iprseg.embed._distil import COMMAND, static_folder
from iprseg.embed._lexical import unit_rows
from iprseg.embed._product import product
from iprseg.errors import IprsegError

UNKNOWN_LIMIT = 0.20


@dataclass(frozen=True)
class StaticModel:
    """Distilled vectors, ready to use.

    Attributes
    ----------
    tokenizer : tokenizers.Tokenizer
        Cuts a text into word pieces.
    vectors : array of float32, shape (n_pieces, 256)
        One vector per word piece, zero for ``[UNK]``.
    unknown : array of bool, shape (n_pieces,)
        Pieces that tell nothing of a word's meaning, see `unknown_pieces`.
    """

    tokenizer: Any
    vectors: NDArray[np.float32]
    unknown: NDArray[np.bool_]


def load_static(cache: str | os.PathLike[str] | None = None) -> StaticModel:
    """Load the distilled vectors.

    Raises
    ------
    IprsegError
        When they have not been distilled, or are damaged.
    MissingExtraError
        When the ``text`` extra is not installed.
    """
    folder = static_folder(cache)
    if not folder.is_dir():
        raise IprsegError(
            f"The static vectors are not in {folder.parent} yet: run `{COMMAND}` once "
            "(under a minute, no network), or choose TextEmbedder(model='lexical')."
        )
    return _load(folder, (folder / "model.safetensors").stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _load(folder: Path, changed_at: int) -> StaticModel:
    tokenizers = import_optional("tokenizers", "text", "cut titles into word pieces")
    safetensors = import_optional("safetensors.numpy", "text", "read static vectors")
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        tensors = safetensors.load_file(str(folder / "model.safetensors"))
        vectors = tensors["embeddings"].astype(np.float32)
    except Exception as error:
        raise IprsegError(
            f"The static vectors in {folder} cannot be read ({type(error).__name__}): "
            f"delete that folder and run `{COMMAND}`."
        ) from error
    tokenizer.no_padding()
    pieces = tokenizer.get_vocab()
    vectors[pieces["[UNK]"]] = 0
    return StaticModel(tokenizer, vectors, unknown_pieces(pieces, len(vectors)))


def unknown_pieces(pieces: dict[str, int], n_pieces: int) -> NDArray[np.bool_]:
    """Mark the pieces that say nothing about meaning: ``[UNK]`` and lone letters.

    The model's vocabulary is English. It spells an Arabic, Russian, Hindi or Korean
    word letter by letter, so its vector is a histogram of letters, not a meaning;
    such a piece is as unknown as ``[UNK]``.

    Examples
    --------
    >>> unknown_pieces({"[UNK]": 0, "bag": 1, "##ق": 2, "x": 3}, 4).tolist()
    [True, False, True, False]
    """
    unknown = np.zeros(n_pieces, dtype=bool)
    for piece, index in pieces.items():
        bare = piece.removeprefix("##")
        unknown[index] = piece == "[UNK]" or (
            len(bare) == 1 and not bare.isascii() and bare.lower() not in "àâçéèêñöøüß"
        )
    return unknown


def static_vectors(
    bag: Bag, model: StaticModel
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return unit vectors and the share of unknown pieces of each text.

    Parameters
    ----------
    bag : Bag of n texts
    model : StaticModel
        From `load_static`.

    Returns
    -------
    vectors : array of float32, shape (n, 256)
        All zero for a text without a known piece.
    unknown_share : array of float64, shape (n,)
        Between 0 and 1; 1 for an empty text.
    """
    pieces = _pieces_of_texts(bag, model)
    total = np.asarray(pieces.sum(axis=1)).ravel()
    unknown = pieces @ model.unknown.astype(np.float64)
    share = np.where(total > 0, unknown / np.maximum(total, 1), 1.0)
    # the length of a sum and of a mean differ by a factor that unit_rows removes
    return unit_rows(product(pieces, model.vectors)), share


def _pieces_of_texts(bag: Bag, model: StaticModel) -> sparse.csr_matrix:
    """Count word pieces; a blank ends one, so a text has those of its words.

    The tokenizer cuts very long texts, which words alone cannot show it: these are
    encoded whole.
    """
    pieces = bag.counts @ _count_pieces(bag.words, model)
    most = (model.tokenizer.truncation or {"max_length": np.inf})["max_length"]
    long = np.flatnonzero(np.asarray(pieces.sum(axis=1)).ravel() > most).tolist()
    if not long:
        return pieces
    rows = pieces.tolil()
    rows[long] = _count_pieces([bag.texts[row] for row in long], model)
    return rows.tocsr()


def _count_pieces(texts: Sequence[str], model: StaticModel) -> sparse.csr_matrix:
    plain = _without_symbols(texts)
    encodings = model.tokenizer.encode_batch_fast(plain, add_special_tokens=False)
    ids_of_texts = [encoding.ids for encoding in encodings]
    counts = np.fromiter(map(len, ids_of_texts), np.int64, len(texts))
    starts = np.concatenate([[0], np.cumsum(counts)])
    ids = np.fromiter(chain.from_iterable(ids_of_texts), np.int32, int(starts[-1]))
    ones = np.ones(len(ids), dtype=np.float32)
    shape = (len(texts), len(model.vectors))
    return sparse.csr_matrix((ones, ids, starts), shape=shape)


def _without_symbols(texts: Sequence[str]) -> list[str]:
    """Blank out emoji and symbols: decoration must not make a title unknown."""
    letters = set().union(*(text for text in texts if not text.isascii()))
    symbols = {
        ord(letter): " "
        for letter in letters
        if not letter.isascii() and unicodedata.category(letter)[0] == "S"
    }
    return [text if text.isascii() else text.translate(symbols) for text in texts]
