"""Find PDQ hashes near each other by an index, never comparing all pairs."""

import itertools
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iprseg._check import check_interval

Codes = NDArray[np.uint8]
Ints = NDArray[np.int64]

# PDQ's README: two hashes within 31 of 256 bits are of the same image
SAME_IMAGE = 31
_PARTS, _VALUES = 16, 1 << 16
_HEX_DIGITS = 64


def read_hashes(texts: Iterable[object]) -> tuple[Codes, NDArray[np.bool_]]:
    """Read hashes of 64 hexadecimal digits.

    Parameters
    ----------
    texts : iterable of n str or missing

    Returns
    -------
    codes : array of uint8, shape (n, 32)
        Zero where there is no hash.
    there : array of bool, shape (n,)

    Examples
    --------
    >>> codes, there = read_hashes(["0f" * 32, "no hash", None])
    >>> codes[0, 0].item(), there.tolist()
    (15, [True, False, False])
    """
    raw = [_bytes(text) for text in texts]
    there = np.fromiter((one is not None for one in raw), bool, len(raw))
    joined = b"".join(one or bytes(32) for one in raw)
    return np.frombuffer(joined, dtype=np.uint8).reshape(-1, 32), there


def _bytes(text: object) -> bytes | None:
    if not isinstance(text, str) or len(text) != _HEX_DIGITS:
        return None
    try:
        code = bytes.fromhex(text)
    except ValueError:
        return None
    return code if len(code) == 32 else None  # fromhex skips blanks


def near_hashes(
    codes: Codes, others: Codes, distance: int = SAME_IMAGE, most: int | None = None
) -> tuple[Ints, Ints, Ints]:
    """Find all pairs of hashes within a Hamming distance.

    Parameters
    ----------
    codes : array of uint8, shape (n, 32)
    others : array of uint8, shape (m, 32)
    distance : int, default 31
        0 to 31.
    most : int, optional
        At most so many pairs of each hash, whichever are found first: what is shown
        everywhere would otherwise have pairs without end. None: all.

    Returns
    -------
    position, other, distance : arrays of int, shape (k,)
        Each pair once, a hash with itself too where it is in both; sorted.

    Notes
    -----
    Exact (multi-index hashing: Norouzi, Punjani, Fleet, CVPR 2012). Of sixteen parts of
    16 bits at least one differs by at most one bit when no more than 31 differ in all,
    so only hashes that share a part, or nearly, are compared: of a million random
    hashes 4,000 each. Images far more alike than chance cost more.

    Examples
    --------
    >>> codes, _ = read_hashes(["00" * 32, "ff" * 32, "00" * 31 + "07"])
    >>> [part.tolist() for part in near_hashes(codes[:1], codes)]
    [[0, 0], [0, 2], [0, 3]]
    """
    check_interval("distance", distance, "near_hashes", low=0, high=SAME_IMAGE)
    room = np.full(len(codes), len(others) if most is None else most, np.int64)
    words, parts = _split(codes)
    other_words, other_parts = _split(others)
    edges = np.linspace(0, len(codes), (os.cpu_count() or 1) + 1).astype(int)
    found = []
    with ThreadPoolExecutor(len(edges) - 1) as threads:  # the kernel lets go of the GIL
        for which in range(_PARTS):
            key = other_parts[:, which]
            order = np.argsort(key, kind="stable")
            starts = np.searchsorted(key[order], np.arange(_VALUES + 1))
            given = (other_words[order], other_parts, order, starts, distance)
            jobs = [
                threads.submit(
                    _probed, which, words[a:b], parts[a:b], given, room[a:b], a
                )
                for a, b in itertools.pairwise(edges)
            ]
            found += [job.result() for job in jobs]
    pairs = np.concatenate(found)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return pairs[:, 0], pairs[:, 1], pairs[:, 2]


def _probed(
    which: int,
    words: NDArray,
    parts: NDArray,
    given: tuple[Any, ...],
    room: Ints,
    first: int,
) -> Ints:
    """Return the pairs of some rows, the first of which has this position."""
    from iprseg.embed import _hash_kernel

    probe: Any = _hash_kernel.probe
    out, left = np.empty((2 * len(words) + 16, 3), np.int64), room.copy()
    count = probe(which, words, parts, *given, left, out)
    if count > len(out):
        out, left = np.empty((count, 3), np.int64), room.copy()
        probe(which, words, parts, *given, left, out)
    room[:] = left
    return out[:count] + np.array([first, 0, 0])


def _split(codes: Codes) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    codes = np.ascontiguousarray(codes, dtype=np.uint8)
    return codes.view(np.uint64), codes.view(np.uint16).astype(np.int32)


def turned_hashes(codes: Codes) -> Iterator[Codes]:
    """Give the hashes of each image mirrored and turned by quarters, seven ways.

    Mirroring changes the sign of every other frequency of the cosine transform whose
    signs a PDQ hash holds, and turning swaps rows and columns besides; so a hash tells
    the others but for a few bits, without the image.

    Parameters
    ----------
    codes : array of uint8, shape (n, 32)

    Yields
    ------
    array of uint8, shape (n, 32)
        Mirrored left to right, top to bottom, both (half a turn); then the image
        flipped over its diagonal, and the same three of that.
    """
    grid = np.unpackbits(codes, axis=1)[:, ::-1].reshape(-1, 16, 16)
    even = (np.arange(16) % 2 == 0).astype(np.uint8)
    across, down = even[None, :], even[:, None]
    changes = (across, down, across ^ down)
    for base in (grid, grid.transpose(0, 2, 1)):
        if base is not grid:
            yield _pack(base)
        for change in changes:
            yield _pack(base ^ change)


def _pack(grid: NDArray[np.uint8]) -> Codes:
    return np.packbits(grid.reshape(len(grid), 256)[:, ::-1], axis=1)
