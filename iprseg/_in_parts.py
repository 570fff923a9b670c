"""Work on parts of the rows side by side."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")


def in_parts(work: Callable[[slice], Part], n: int, size: int) -> list[Part]:
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
    >>> in_parts(lambda part: range(5)[part].stop, 5, 2)
    [2, 4, 5]
    """
    from joblib import cpu_count

    parts = [slice(start, min(start + size, n)) for start in range(0, n, size)]
    if len(parts) < 2:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(cpu_count()) as threads:
        return list(threads.map(work, parts))
