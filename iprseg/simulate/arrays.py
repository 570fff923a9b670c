"""Arrays alike on every machine: seeded draws, and columns of text and time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]

# Each stage has a stream of its own, so that a change in one leaves the rest alone.
_STAGES = [
    "sellers",
    "plan",
    "slots",
    "prices",
    "enforcement",
    "orders",
    "reviews",
    "images",
    "promotions",
    "versions",
    "identity",
    "brands",
    "events",
]


def make_stream(random_state: int, stage: str, batch: int = 0) -> np.random.Generator:
    """Give the random stream of one stage of one batch."""
    key = (_STAGES.index(stage), batch)
    seed = np.random.SeedSequence(random_state, spawn_key=key)
    return np.random.Generator(np.random.PCG64(seed))


def draw_positions(u: Floats, start: ArrayLike, count: ArrayLike) -> Ints:
    """Turn uniforms into positions of pools; an empty pool gives -1."""
    start, count = np.asarray(start, np.int64), np.asarray(count, np.int64)
    return np.where(count > 0, start + (u * count).astype(np.int64), -1)


def draw_categories(u: Floats, weights: ArrayLike) -> Ints:
    """Turn uniforms into categories with the given weights."""
    edges = np.cumsum(np.asarray(weights, float))
    return np.minimum(
        np.searchsorted(edges / edges[-1], u, side="right"), len(edges) - 1
    )


def apportion(total: int, weights: ArrayLike, least: int = 0) -> Ints:
    """Split a whole number by weight, largest remainder first.

    Parameters
    ----------
    total : int
        What to split; at least ``least * len(weights)``.
    weights : array_like of float, shape (k,)
        Shares, not all zero.
    least : int, default 0
        What everyone gets before the split.

    Returns
    -------
    ndarray of int, shape (k,)
        Sums to ``total``.

    Examples
    --------
    >>> apportion(7, [0.5, 0.3, 0.2]).tolist()
    [4, 2, 1]
    """
    weights = np.asarray(weights, float)
    exact = (total - least * len(weights)) * weights / weights.sum()
    parts = np.floor(exact).astype(np.int64)
    left = total - least * len(weights) - int(parts.sum())
    parts[np.argsort(parts - exact, kind="stable")[:left]] += 1
    return parts + least


def hash_to_bits(values: ArrayLike, salt: int) -> Words:
    """Scramble integers to 64 random-looking bits (splitmix64; a pure function)."""
    z = np.asarray(values).astype(np.uint64)
    with np.errstate(over="ignore"):
        z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z += np.uint64(salt * 0x632BE5AB)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def hash_to_uniform(values: ArrayLike, salt: int) -> Floats:
    """Scramble integers to numbers in [0, 1) (a pure function)."""
    return (hash_to_bits(values, salt) >> np.uint64(11)).astype(np.float64) / float(
        1 << 53
    )


TIMESTAMP = pa.timestamp("us", tz="UTC")
_HEX_DIGITS = np.array([f"{byte:02x}".encode() for byte in range(256)], dtype="S2")


def format_ids(prefix: str, numbers: NDArray[Any], width: int = 8) -> pa.Array:
    """Make identifiers such as ``L00000042``."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def join_text(*parts: Any) -> pa.Array:
    """Concatenate text element by element; a scalar is repeated."""
    return pc.binary_join_element_wise(*parts, "")


def look_up_words(words: Sequence[str] | pa.Array, codes: NDArray[Any]) -> pa.Array:
    """Look words up by code; a negative code gives null."""
    words = words if isinstance(words, pa.Array) else pa.array(words, pa.string())
    return words.take(pa.array(codes, mask=codes < 0))


def join_words_by_row(words: pa.Array, codes: NDArray[Any], separator: str) -> pa.Array:
    """Join each row's words, skipping negative codes; rows keep their order."""
    present = codes >= 0
    offsets = np.zeros(len(codes) + 1, np.int32)
    np.cumsum(present.sum(axis=1), out=offsets[1:])
    values = words.take(pa.array(codes[present]))
    return pc.binary_join(pa.ListArray.from_arrays(offsets, values), separator)


def to_timestamps(
    microseconds: NDArray[Any], missing: NDArray[np.bool_] | None = None
) -> Any:
    """Turn microseconds since 1970 into UTC timestamps."""
    whole = np.asarray(microseconds).astype(np.int64)
    return pa.array(whole, pa.int64(), mask=missing).cast(TIMESTAMP)


def format_hex(words: NDArray[np.uint64]) -> pa.Array:
    """Write rows of 64-bit words as hexadecimal text, 16 digits a word."""
    rows = np.ascontiguousarray(words.astype(">u8")).view(np.uint8)
    width = rows.shape[1] * 2
    data = _HEX_DIGITS[rows].tobytes()
    offsets = np.arange(len(words) + 1, dtype=np.int32) * width
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), len(words), buffers)


def if_else(condition: NDArray[np.bool_], yes: Any, no: Any) -> pa.Array:
    """Choose element by element; a string or None is repeated."""
    scalars = [
        pa.scalar(x, pa.string()) if x is None or isinstance(x, str) else x
        for x in (yes, no)
    ]
    return pc.if_else(pa.array(condition), *scalars)
