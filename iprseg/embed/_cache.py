"""The folder where models and vectors are kept between runs."""

import os
from pathlib import Path

CACHE_VARIABLE = "IPRSEG_CACHE"


def cache_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Return the cache folder, without making it.

    Parameters
    ----------
    folder : path, optional
        A folder of the caller's own; by default ``IPRSEG_CACHE`` from the
        environment, else ``~/.cache/iprseg``.

    Examples
    --------
    >>> cache_folder("models").name
    'models'
    """
    if folder is not None:
        return Path(folder)
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named) if named else Path.home() / ".cache" / "iprseg"
