"""Work through many rows slice by slice, in several processes where there are many."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

Result = TypeVar("Result")

# Large enough that the work outweighs its start, small enough for memory and caches.
SLICE = 10_000
# Below this, starting processes takes longer than they save.
MANY = 50_000
_MOST = 4
_IDLE_SECONDS = 20


def slices(n: int) -> Iterator[slice]:
    """Yield the slices of `n` rows, in order.

    Examples
    --------
    >>> list(slices(SLICE + 1))
    [slice(0, 10000, None), slice(10000, 10001, None)]
    """
    return (slice(at, min(at + SLICE, n)) for at in range(0, n, SLICE))


def map_slices(
    work: Callable[..., Result], parts: Iterable[tuple[Any, ...]], n: int
) -> Iterator[Result]:
    """Yield ``work(*part)`` for every part, in order.

    Parameters
    ----------
    work : function of a module
        What it returns must not depend on the other parts.
    parts : iterable of tuples
        Taken as they are needed.
    n : int
        Rows in all. From 50,000 on one process per core works, four at most (fewer if
        the environment variable ``LOKY_MAX_CPU_COUNT`` says so); they are fresh ones
        that import this package alone, so notebooks and scripts without a main guard
        may call this, and they end when idle.
    """
    processes = _processes() if n >= MANY else 1
    if processes == 1:
        yield from (work(*part) for part in parts)
        return
    from joblib import Parallel, delayed

    pool = Parallel(
        processes,
        backend="loky",
        return_as="generator",
        batch_size=1,
        pre_dispatch=2 * processes,
        max_nbytes=None,
        idle_worker_timeout=_IDLE_SECONDS,
    )
    yield from pool(delayed(work)(*part) for part in parts)


def _processes() -> int:
    import joblib

    return min(joblib.cpu_count(), _MOST)
