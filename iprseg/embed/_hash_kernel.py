"""The loop of the search for near hashes, compiled when first used."""

import numba
import numpy as np
from numpy.typing import NDArray

_PAIRS = np.uint64(0x5555555555555555)
_FOURS = np.uint64(0x3333333333333333)
_BYTES = np.uint64(0x0F0F0F0F0F0F0F0F)
_SUM = np.uint64(0x0101010101010101)
_1, _2, _4, _56 = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


@numba.njit(nogil=True, inline="always")
def _ones(x: np.uint64) -> np.uint64:
    x = x - ((x >> _1) & _PAIRS)
    x = (x & _FOURS) + ((x >> _2) & _FOURS)
    return (((x + (x >> _4)) & _BYTES) * _SUM) >> _56


@numba.njit(nogil=True, inline="always")
def _found_before(one: NDArray, other: NDArray, which: int) -> bool:
    """Tell whether an earlier part finds the pair: each is told once."""
    for part in range(which):
        apart = one[part] ^ other[part]
        if apart & (apart - 1) == 0:  # one bit at most
            return True
    return False


@numba.njit(nogil=True)
def probe(
    which: int,
    words: NDArray,
    parts: NDArray,
    other_words: NDArray,
    other_parts: NDArray,
    order: NDArray,
    starts: NDArray,
    distance: int,
    room: NDArray,
    out: NDArray,
) -> int:
    """Write pairs that part `which` finds into out; return how many there are.

    Parameters
    ----------
    which : int
        Which of the sixteen parts of 16 bits.
    words, parts : arrays of shape (n, 4) and (n, 16)
        Hashes to look for.
    other_words : array of shape (m, 4)
        Hashes to look among, in the order of their part `which`.
    other_parts : array of shape (m, 16)
        The same in their own order.
    order, starts : arrays of shape (m,) and (65,537,)
        Position of each sorted hash; where each value of the part begins.
    distance : int
    room : array of shape (n,)
        How many pairs each hash may still have; counted down.
    out : array of shape (space, 3)
        Filled with position, other position, distance, as far as it reaches.
    """
    found = 0
    for i in range(len(words)):
        a, b, c, d = words[i, 0], words[i, 1], words[i, 2], words[i, 3]
        for bit in range(17):
            key = parts[i, which] if bit == 16 else parts[i, which] ^ (1 << bit)
            for p in range(starts[key], starts[key + 1]):
                if room[i] == 0:
                    break
                far = _ones(a ^ other_words[p, 0]) + _ones(b ^ other_words[p, 1])
                if far > distance:
                    continue
                far += _ones(c ^ other_words[p, 2]) + _ones(d ^ other_words[p, 3])
                if far > distance:
                    continue
                j = order[p]
                if _found_before(parts[i], other_parts[j], which):
                    continue
                if found < len(out):
                    out[found, 0], out[found, 1], out[found, 2] = i, j, far
                found += 1
                room[i] -= 1
    return found
