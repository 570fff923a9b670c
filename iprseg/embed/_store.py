"""Vectors kept by content: the same text under the same model is encoded once."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from iprseg.errors import IprsegError

_TABLE = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) \
WITHOUT ROWID"
_READ = "SELECT key, vector FROM vectors WHERE key IN ({marks})"
_WRITE = "INSERT OR IGNORE INTO vectors VALUES (?, ?)"
# below SQLite's smallest build-time limit of variables in one statement
_BATCH = 500


def content_key(fingerprint: str, text: str) -> bytes:
    """Name a vector by the model and the text that it comes from."""
    return hashlib.sha256(f"{fingerprint}\0{text}".encode()).digest()


def encode_once(
    texts: Sequence[str],
    fingerprint: str,
    encode: Callable[[list[str]], NDArray[np.float32]],
    folder: Path | None,
) -> NDArray[np.float32]:
    """Encode texts, taking from the store what was encoded before.

    Parameters
    ----------
    texts : sequence of n str
    fingerprint : str
        Stands for the model's exact bytes.
    encode : callable
        list of m distinct str -> array of float32, shape (m, d).
    folder : path or None
        Where the store lies; None keeps nothing.

    Returns
    -------
    array of float32, shape (n, d)

    Raises
    ------
    IprsegError
        When the file of the store is not one, or cannot be written.
    """
    distinct = list(dict.fromkeys(texts))
    if folder is None:
        return _spread(texts, distinct, encode(distinct))
    path = folder / f"vectors-{fingerprint[:16]}.sqlite"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=30)) as store:
            store.execute(_TABLE)
            vectors = _read_or_encode(store, distinct, fingerprint, encode)
    except (sqlite3.Error, OSError) as error:
        raise IprsegError(
            f"The vector cache {path} cannot be used ({error}): delete the file, or "
            "give TextEmbedder another folder as cache, or cache=False."
        ) from error
    return _spread(texts, distinct, vectors)


def _read_or_encode(
    store: sqlite3.Connection,
    texts: list[str],
    fingerprint: str,
    encode: Callable[[list[str]], NDArray[np.float32]],
) -> NDArray[np.float32]:
    keys = [content_key(fingerprint, text) for text in texts]
    known = _read(store, keys)
    missing = [index for index, key in enumerate(keys) if key not in known]
    if missing:
        fresh = encode([texts[index] for index in missing]).astype("<f4")
        rows = {
            keys[index]: row.tobytes()
            for index, row in zip(missing, fresh, strict=True)
        }
        with store:
            store.executemany(_WRITE, rows.items())
        known.update(rows)
    return np.frombuffer(b"".join(known[key] for key in keys), dtype="<f4").reshape(
        len(keys), -1
    )


def _read(store: sqlite3.Connection, keys: list[bytes]) -> dict[bytes, bytes]:
    known: dict[bytes, bytes] = {}
    for start in range(0, len(keys), _BATCH):
        part = keys[start : start + _BATCH]
        query = _READ.format(marks=",".join("?" * len(part)))
        known.update(store.execute(query, part))
    return known


def _spread(
    texts: Sequence[str], distinct: list[str], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    place = {text: index for index, text in enumerate(distinct)}
    return vectors[[place[text] for text in texts]]
