"""Find PDQ hashes near each other by an index, never comparing all pairs."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from iprseg._check import check_interval

Codes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Positions = NDArray[np.int32]
Words = NDArray[np.uint64]

# PDQ's README: two hashes within 31 of 256 bits are of the same image
SAME_IMAGE = 31
_PARTS, _VALUES = 16, 1 << 16
# Hashes whose bits are held at once.
_BLOCK = 100_000
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
) -> tuple[Positions, Positions, Positions]:
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
        Each pair once, a hash with itself too where it is in both; in no order.

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
    pairs = _search(_quarters(codes), _quarters(others), (True, False), distance, most)
    return pairs[:, 0], pairs[:, 1], pairs[:, 2]


def near_when_turned(
    codes: Codes, others: Codes, distance: int = SAME_IMAGE, most: int | None = None
) -> tuple[Positions, Positions]:
    """Find pairs of hashes near each other when one is mirrored or turned.

    Parameters
    ----------
    codes : array of uint8, shape (n, 32)
    others : array of uint8, shape (m, 32)
    distance : int, default 31
        0 to 31.
    most : int, optional
        At most so many pairs of each hash that mirroring alone makes near, and as many
        of those that are flipped over a diagonal. None: all.

    Returns
    -------
    position, other : arrays of int, shape (k,)
        Each pair once, also where the two are near as they are; sorted.

    Notes
    -----
    Exact, as :func:`near_hashes`. Two searches serve all seven ways of
    :func:`turned_hashes`: a mirror changes none or all bits of each quarter of a hash,
    so a part and its opposite stand in the index as one.

    Examples
    --------
    >>> codes = np.random.default_rng(0).integers(0, 256, (2, 32), dtype=np.uint8)
    >>> mirrored = next(turned_hashes(codes))
    >>> [part.tolist() for part in near_when_turned(codes, mirrored)]
    [[0, 1], [0, 1]]
    """
    check_interval("distance", distance, "near_when_turned", low=0, high=SAME_IMAGE)
    bank = _quarters(others)
    mirrored = _search(_quarters(codes), bank, (False, True), distance, most)
    flipped = _search(_quarters(codes, True), bank, (True, True), distance, most)
    pairs = np.unique(np.concatenate([mirrored, flipped])[:, :2], axis=0)
    return pairs[:, 0], pairs[:, 1]


def _quarters(codes: Codes, flipped: bool = False) -> Words:
    """Bring the bits that mirrors change together into one word each.

    The first word's bits lie in odd rows and columns of the grid and stay as they are,
    the second's only in odd rows, the third's only in odd columns, the last's in
    neither. Distances do not depend on where a bit lies.
    """
    place = np.arange(256)[::-1].reshape(16, 16)
    if flipped:
        place = place.T
    quarters = [place[1::2, 1::2], place[1::2, ::2], place[::2, 1::2], place[::2, ::2]]
    order = np.concatenate([quarter.ravel() for quarter in quarters])
    words = np.empty((len(codes), 4), np.uint64)
    for start in range(0, len(codes), _BLOCK):
        block = slice(start, start + _BLOCK)
        bits = np.unpackbits(codes[block], axis=1).take(order, axis=1)
        words[block] = np.packbits(bits, axis=1).view(np.uint64)
    return words


def _search(
    words: Words,
    others: Words,
    ways: tuple[bool, bool],
    distance: int,
    most: int | None,
) -> Positions:
    """Return position, other position and distance of pairs."""
    from iprseg.embed._hash_kernel import join

    if not len(words) or not len(others):
        return np.empty((0, 3), np.int32)
    room = np.full(len(words), len(others) if most is None else most, np.int64)
    found, n_threads = [], os.cpu_count() or 1
    with ThreadPoolExecutor(n_threads) as threads:  # the kernel lets go of the GIL
        for which in range(_PARTS):
            order, starts = _sorted_by(words, which, ways[1])
            other_order, other_starts = _sorted_by(others, which, ways[1])
            given = (others[other_order], other_order, other_starts, distance, room)
            # as many hashes to each thread, all with one value of the part to the same
            keys = np.flatnonzero(np.diff(starts))
            quota = np.linspace(0, len(words), n_threads + 1)[1:-1]
            jobs = [
                threads.submit(join, which, ways, words, order, starts, some, *given)
                for some in np.split(keys, np.searchsorted(starts[keys], quota))
            ]
            found += [job.result() for job in jobs]
    return np.concatenate(found)


def _sorted_by(words: Words, which: int, mirrored: bool) -> tuple[Ints, Ints]:
    """Return the order by a part, and where in it each of 65,536 values begins."""
    part = np.ascontiguousarray(words).view(np.uint16)[:, which]
    if mirrored and which >= _PARTS // 4:  # the first quarter no mirror changes
        part = np.minimum(part, ~part)
    ends = np.cumsum(np.bincount(part, minlength=_VALUES))
    return np.argsort(part, kind="stable"), np.concatenate([[0], ends])


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
