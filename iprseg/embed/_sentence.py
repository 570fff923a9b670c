"""Vectors of a sentence-transformers model that lies on this machine."""

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iprseg._optional import import_optional
from iprseg.embed._distil import minilm_folder, offline
from iprseg.embed._lexical import unit_rows
from iprseg.embed._store import encode_once
from iprseg.errors import IprsegError

_PURPOSE = "use a sentence model"


def sentence_vectors(
    texts: Sequence[str], model: str, store: Path | None
) -> NDArray[np.float32]:
    """Return unit vectors, all zero for an empty text.

    Parameters
    ----------
    texts : sequence of n str
        Cleaned texts.
    model : str
        ``"minilm"``, a folder, or a name that is in the local Hugging Face cache.
    store : path or None
        Folder of the vector cache.

    Raises
    ------
    IprsegError
        When the model is not on this machine or is no sentence model; nothing is
        fetched.
    MissingExtraError
        When the ``text`` extra is not installed.
    """
    folder = _model_folder(model)

    def _encode(part: list[str]) -> NDArray[np.float32]:
        encoder = _load(folder, model)
        return np.asarray(
            encoder.encode(part, batch_size=64, show_progress_bar=len(part) > 2_000),
            dtype=np.float32,
        )

    vectors = encode_once(texts, folder_fingerprint(folder), _encode, store)
    empty = np.fromiter((not text for text in texts), dtype=bool)
    return np.where(empty[:, None], np.float32(0), unit_rows(vectors))


def folder_fingerprint(folder: Path) -> str:
    """Hash the names and bytes of every file of a model.

    Examples
    --------
    >>> folder_fingerprint(Path("no-such-folder"))[:8]
    'e3b0c442'
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\0".encode())
    return digest.hexdigest()


def _model_folder(model: str) -> Path:
    import_optional("sentence_transformers", "text", _PURPOSE)
    if model == "minilm":
        return minilm_folder()
    if os.path.isdir(model):
        return Path(model)
    with offline():
        hub = import_optional("huggingface_hub", "text", _PURPOSE)
        try:
            return Path(hub.snapshot_download(model, local_files_only=True))
        except Exception as error:
            raise IprsegError(
                f"The sentence model {model!r} is neither a folder nor in the local "
                "Hugging Face cache: fetch it there first (nothing is fetched here), "
                "or give the folder it lies in."
            ) from error


@lru_cache(maxsize=2)
def _load(folder: Path, model: str) -> Any:
    package = import_optional("sentence_transformers", "text", _PURPOSE)
    with offline():
        try:
            # safetensors only: the older weight files are pickles, which run code
            return package.SentenceTransformer(
                str(folder), device="cpu", model_kwargs={"use_safetensors": True}
            )
        except Exception as error:
            raise IprsegError(
                f"The sentence model {model!r} cannot be loaded from {folder} "
                f"({type(error).__name__}): it must be a sentence-transformers folder "
                "with weights as safetensors."
            ) from error
