"""Columns of text and time built in bulk with Arrow."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

TIMESTAMP = pa.timestamp("us", tz="UTC")
_HEX = np.array([f"{byte:02x}".encode() for byte in range(256)], dtype="S2")


def ids(prefix: str, numbers: NDArray[Any], width: int = 8) -> pa.Array:
    """Make identifiers such as ``L00000042``."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def join(*parts: Any) -> pa.Array:
    """Concatenate text element by element; a scalar is repeated."""
    return pc.binary_join_element_wise(*parts, "")


def take(words: Sequence[str] | pa.Array, codes: NDArray[Any]) -> pa.Array:
    """Look words up by code; a negative code gives null."""
    words = words if isinstance(words, pa.Array) else pa.array(words, pa.string())
    return words.take(pa.array(codes, mask=codes < 0))


def join_rows(words: pa.Array, codes: NDArray[Any], separator: str) -> pa.Array:
    """Join each row's words, skipping negative codes; rows keep their order."""
    present = codes >= 0
    offsets = np.zeros(len(codes) + 1, np.int32)
    np.cumsum(present.sum(axis=1), out=offsets[1:])
    values = words.take(pa.array(codes[present]))
    return pc.binary_join(pa.ListArray.from_arrays(offsets, values), separator)


def times(microseconds: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> Any:
    """Turn microseconds since 1970 into UTC timestamps."""
    whole = np.asarray(microseconds).astype(np.int64)
    return pa.array(whole, pa.int64(), mask=missing).cast(TIMESTAMP)


def hex_text(words: NDArray[np.uint64]) -> pa.Array:
    """Write rows of 64-bit words as hexadecimal text, 16 digits a word."""
    rows = np.ascontiguousarray(words.astype(">u8")).view(np.uint8)
    width = rows.shape[1] * 2
    data = _HEX[rows].tobytes()
    offsets = np.arange(len(words) + 1, dtype=np.int32) * width
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), len(words), buffers)


def where(condition: NDArray[np.bool_], yes: Any, no: Any) -> pa.Array:
    """Choose element by element; a string or None is repeated."""
    scalars = [
        pa.scalar(x, pa.string()) if x is None or isinstance(x, str) else x
        for x in (yes, no)
    ]
    return pc.if_else(pa.array(condition), *scalars)
