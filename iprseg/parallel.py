"""Work through many rows in slices, in several processes or threads.

Slices do not depend on the number of cores, so that results do not either.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")

# Large enough that the work outweighs its start, small enough for memory and caches.
SLICE_ROWS = 10_000
# Below this, starting processes takes longer than they save.
MIN_ROWS_FOR_PROCESSES = 50_000
_MAX_PROCESSES = 4
_IDLE_SECONDS = 20


def iter_slices(n: int) -> Iterator[slice]:
    """Yield the slices of `n` rows, in order.

    Examples
    --------
    >>> list(iter_slices(SLICE_ROWS + 1))
    [slice(0, 10000, None), slice(10000, 10001, None)]
    """
    return (slice(at, min(at + SLICE_ROWS, n)) for at in range(0, n, SLICE_ROWS))


def map_in_processes(
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
    processes = _count_processes() if n >= MIN_ROWS_FOR_PROCESSES else 1
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


def _count_processes() -> int:
    import joblib

    return min(int(joblib.cpu_count()), _MAX_PROCESSES)


Part = TypeVar("Part")


def map_in_threads(work: Callable[[slice], Part], n: int, size: int) -> list[Part]:
    """Call a function for each part of ``n`` rows, on all cores, and keep the order.

    Parameters
    ----------
    work : callable
        Of a slice; numpy lets go of the interpreter's lock in most of what it does.
    n, size : int
        Rows in all and in a part. Parts do not depend on the number of cores, so that
        results do not either.

    Examples
    --------
    >>> map_in_threads(lambda part: range(5)[part].stop, 5, 2)
    [2, 4, 5]
    """
    from joblib import cpu_count

    parts = [slice(start, min(start + size, n)) for start in range(0, n, size)]
    if len(parts) < 2:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(cpu_count()) as threads:
        return list(threads.map(work, parts))
