"""Static vectors: the mean of distilled word-piece vectors."""

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from iprseg._optional import import_optional
from iprseg.embed._distil import COMMAND, static_folder
from iprseg.embed._lexical import unit_rows
from iprseg.errors import IprsegError

UNKNOWN_LIMIT = 0.20
_CHUNK = 20_000


@dataclass(frozen=True)
class StaticModel:
    """Distilled vectors, ready to use.

    Attributes
    ----------
    tokenizer : tokenizers.Tokenizer
        Cuts a text into word pieces.
    vectors : array of float32, shape (n_pieces, 256)
        One vector per word piece.
    unknown : array of bool, shape (n_pieces,)
        Pieces that tell nothing of a word's meaning, see `unknown_pieces`.
    unknown_id : int
        The id of ``[UNK]``, which has no vector.
    """

    tokenizer: Any
    vectors: NDArray[np.float32]
    unknown: NDArray[np.bool_]
    unknown_id: int


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
    return StaticModel(
        tokenizer, vectors, unknown_pieces(pieces, len(vectors)), pieces["[UNK]"]
    )


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
    texts: Sequence[str], model: StaticModel
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return unit vectors and the share of unknown pieces of each text.

    Parameters
    ----------
    texts : sequence of n str
        Cleaned texts.
    model : StaticModel
        From `load_static`.

    Returns
    -------
    vectors : array of float32, shape (n, 256)
        All zero for a text without a known piece.
    unknown_share : array of float64, shape (n,)
        Between 0 and 1; 1 for an empty text.
    """
    vectors = np.zeros((len(texts), model.vectors.shape[1]), dtype=np.float32)
    share = np.ones(len(texts))
    for start in range(0, len(texts), _CHUNK):
        part = [_without_symbols(text) for text in texts[start : start + _CHUNK]]
        rows = slice(start, start + len(part))
        vectors[rows], share[rows] = _mean_vectors(part, model)
    return unit_rows(vectors), share


def _mean_vectors(
    texts: Sequence[str], model: StaticModel
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    encodings = model.tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    ids_of_texts = [encoding.ids for encoding in encodings]
    counts = np.fromiter((len(ids) for ids in ids_of_texts), dtype=np.int64)
    ids = np.fromiter(
        (index for ids in ids_of_texts for index in ids), np.int32, int(counts.sum())
    )
    owner = np.repeat(np.arange(len(texts)), counts)
    unknown = np.bincount(owner, weights=model.unknown[ids], minlength=len(texts))
    share = np.where(counts > 0, unknown / np.maximum(counts, 1), 1.0)
    known = ids != model.unknown_id
    ones = np.ones(int(known.sum()), dtype=np.float32)
    shape = (len(texts), len(model.vectors))
    pieces = sparse.csr_matrix((ones, (owner[known], ids[known])), shape=shape)
    # the length of a sum and of a mean differ by a factor that unit_rows removes
    return pieces @ model.vectors, share


def _without_symbols(text: str) -> str:
    """Blank out emoji and symbols: decoration must not make a title unknown."""
    if text.isascii():
        return text
    return "".join(
        " " if not char.isascii() and unicodedata.category(char)[0] == "S" else char
        for char in text
    )
