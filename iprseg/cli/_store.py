"""Open a label store for a command, and leave nothing behind when that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from iprseg.errors import IprsegError

if TYPE_CHECKING:
    from labeling import LabelStore


@contextmanager
def open_store(path: Path, *, create: bool = False) -> Iterator[LabelStore]:
    """Open a label store and close it at the end.

    Parameters
    ----------
    path : pathlib.Path
        The file. Without `create` it must be there: a store made because a name was
        misspelled would say that nothing is labeled.
    create : bool, default False
        Make it where there is none; it goes again when the block fails.

    Raises
    ------
    IprsegError, labeling.errors.StoreError
        No file, no label store, or one that cannot be used.
    """
    from sqlalchemy.exc import DBAPIError

    from labeling import LabelStore

    new = not path.exists()
    if new and not create:
        raise IprsegError(
            f"There is no label store {str(path)!r}: make one with "
            "`iprseg draw PATH --store FILE`, or correct the path."
        )
    if new:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise IprsegError(
                f"The folder {str(path.parent)!r} cannot be made ({error.strerror}): "
                "choose another with --store."
            ) from error
    try:
        store = LabelStore(path)
        try:
            yield store
        except BaseException:
            if new:
                _remove(store)
            raise
        finally:
            store.close()
    except DBAPIError as error:
        # what the store has no sentence for, such as a foreign table of the same name
        raise IprsegError(
            f"{str(path)!r} cannot be used as a label store ({error.orig}): give the "
            "path of one."
        ) from error


def _remove(store: LabelStore) -> None:
    """Take away a store that this command made and put nothing into."""
    with suppress(Exception):
        if not store.designs:
            store.close()
            store.path.unlink()
