"""The loop of multi-index hashing over PDQ hashes, compiled when first used."""

import numba
import numpy as np
from numpy.typing import NDArray

_PAIR_MASK = np.uint64(0x5555555555555555)
_NIBBLE_MASK = np.uint64(0x3333333333333333)
_BYTE_MASK = np.uint64(0x0F0F0F0F0F0F0F0F)
_BYTE_SUM = np.uint64(0x0101010101010101)
_1, _2, _4, _56 = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)
_64 = np.uint64(64)
_PART_MASK = 0xFFFF
# The parts of the first word, whose bits no mirror changes.
_N_KEPT_PARTS = 4
# Hashes that are looked at before any of them is looked at closely.
_BLOCK_HASHES = 64


@numba.njit(nogil=True, inline="always")
def _count_set_bits(x: np.uint64) -> np.uint64:
    x = x - ((x >> _1) & _PAIR_MASK)
    x = (x & _NIBBLE_MASK) + ((x >> _2) & _NIBBLE_MASK)
    return (((x + (x >> _4)) & _BYTE_MASK) * _BYTE_SUM) >> _56


@numba.njit(nogil=True, inline="always")
def _compute_hamming_distance(
    one: NDArray, other: NDArray, ways: tuple[bool, bool]
) -> np.int64:
    """Return the least distance as they are, or when one is mirrored, or of both."""
    plain, mirrored = ways
    kept, a = _count_set_bits(one[0] ^ other[0]), _count_set_bits(one[1] ^ other[1])
    b, c = _count_set_bits(one[2] ^ other[2]), _count_set_bits(one[3] ^ other[3])
    least = _64 * _4
    if plain:
        least = kept + a + b + c
    if mirrored:
        least = min(least, kept + _64 - a + b + _64 - c)
        least = min(least, kept + a + _64 - b + _64 - c)
        least = min(least, kept + _64 - a + _64 - b + c)
    return np.int64(least)


@numba.njit(nogil=True, inline="always")
def _is_found_by_earlier_part(
    one: NDArray, other: NDArray, which: int, mirrored: bool
) -> bool:
    """Tell whether an earlier part finds the pair: each is told once."""
    for part in range(which):
        apart = (one[part // 4] ^ other[part // 4]) >> np.uint64(part % 4 * 16)
        bits = _count_set_bits(apart & np.uint64(_PART_MASK))
        if bits <= 1 or (mirrored and part >= _N_KEPT_PARTS and bits >= 15):
            return True
    return False


@numba.njit(nogil=True)
def _collect_codes_with_similar_part(
    others: NDArray, starts: NDArray, key: int, fold: bool
) -> tuple[NDArray, NDArray, NDArray]:
    """Return whose part is the key but for one bit, and their first two words."""
    ends = np.empty((17, 2), np.int64)
    for bit in range(17):
        near = key if bit == 16 else key ^ (1 << bit)
        if fold:
            near = min(near, near ^ _PART_MASK)
        ends[bit] = starts[near], starts[near + 1]
    n = (ends[:, 1] - ends[:, 0]).sum()
    which = np.empty(n, np.int64)
    first, second = (
        np.empty(n + _BLOCK_HASHES, np.uint64),
        np.empty(n + _BLOCK_HASHES, np.uint64),
    )
    n = 0
    for bit in range(17):
        for p in range(ends[bit, 0], ends[bit, 1]):
            which[n], first[n], second[n] = p, others[p, 0], others[p, 1]
            n += 1
    return which, first, second


@numba.njit(nogil=True, inline="always")
def _bound_distance(a: np.uint64, b: np.uint64) -> np.uint64:
    """Return the distance that the first two words leave, mirrored or not."""
    apart = _count_set_bits(b)
    return _count_set_bits(a) + min(apart, _64 - apart)


@numba.njit(nogil=True)
def _bound_block_distance(
    a: np.uint64, b: np.uint64, first: NDArray, second: NDArray
) -> np.int64:
    """Return the least of what the first two words leave to as many others."""
    nearest = _64 * _4
    # always as many and no early exit: so the compiler takes several at once
    for k in range(_BLOCK_HASHES):
        nearest = min(nearest, _bound_distance(a ^ first[k], b ^ second[k]))
    return np.int64(nearest)


@numba.njit(nogil=True)
def _double_array_if_full(out: NDArray, used: int) -> NDArray:
    return out if used < len(out) else np.concatenate((out, np.empty_like(out)))


@numba.njit(nogil=True)
def join_by_part(
    which: int,
    ways: tuple[bool, bool],
    words: NDArray,
    order: NDArray,
    starts: NDArray,
    keys: NDArray,
    others: NDArray,
    other_order: NDArray,
    other_starts: NDArray,
    distance: int,
    room: NDArray,
) -> NDArray:
    """Return the pairs that part `which` finds and no earlier part.

    Parameters
    ----------
    which : int
        Which of the sixteen parts of 16 bits.
    ways : tuple of bool
        Whether pairs near as they are count, and those near when one is mirrored.
    words : array of shape (n, 4)
        Hashes to look for, in their own order.
    order, starts : arrays of shape (n,) and (65,537,)
        Their positions sorted by the part; where each value of the part begins.
    keys : array of int
        Values of the part to look for.
    others : array of shape (m, 4)
        Hashes to look among, sorted by the part.
    other_order, other_starts : arrays of shape (m,) and (65,537,)
    distance : int
    room : array of shape (n,)
        How many pairs each hash may still have; counted down.

    Returns
    -------
    array of int32, shape (k, 3)
        Position, other position, distance.
    """
    found, out = 0, np.empty((1024, 3), np.int32)
    for key in keys:
        fold = ways[1] and which >= _N_KEPT_PARTS
        near, first, second = _collect_codes_with_similar_part(
            others, other_starts, key, fold
        )
        if len(near) == 0:
            continue
        for i in order[starts[key] : starts[key + 1]]:
            if room[i] == 0:
                continue
            a, b = words[i, 0], words[i, 1]
            for start in range(0, len(near), _BLOCK_HASHES):
                end = start + _BLOCK_HASHES
                nearest = _bound_block_distance(
                    a, b, first[start:end], second[start:end]
                )
                if nearest > distance:
                    continue
                for at in range(start, min(end, len(near))):
                    least = _bound_distance(a ^ first[at], b ^ second[at])
                    if least > np.uint64(distance) or room[i] == 0:
                        continue
                    far = _compute_hamming_distance(words[i], others[near[at]], ways)
                    if far > distance or _is_found_by_earlier_part(
                        words[i], others[near[at]], which, ways[1]
                    ):
                        continue
                    out = _double_array_if_full(out, found)
                    out[found] = i, other_order[near[at]], far
                    found += 1
                    room[i] -= 1
    return out[:found]
