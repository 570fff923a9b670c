"""Frames to Arrow, without copying what need not be copied."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_NOT_AS_IT_IS = (
    pa.ArrowInvalid,
    pa.ArrowTypeError,
    pa.ArrowNotImplementedError,
    UnicodeEncodeError,
)


def to_arrow(frame: pd.DataFrame) -> pa.Table:
    """Hand a frame to Arrow; a column of mixed types becomes text.

    Half a character of a broken encoding (a lone surrogate) becomes "?".

    >>> to_arrow(pd.DataFrame({"extra": [1, "one", None]}))["extra"].to_pylist()
    ['1', 'one', None]
    """
    columns = {name: _column(frame[name]) for name in frame.columns}
    return pa.table(columns)


def _column(values: pd.Series) -> pa.Array | pa.ChunkedArray:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        # DuckDB drops the zone of nanoseconds
        values = values.dt.as_unit("us")
    try:
        return pa.array(values, from_pandas=True)
    except _NOT_AS_IT_IS:
        text = values.astype(object).where(values.isna(), values.map(_text))
        return pa.array(text, type=pa.string(), from_pandas=True)


def _text(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode("utf-8")


def among(texts: pd.Series, others: pd.Series) -> NDArray[np.bool_]:
    """Tell which texts are texts of another column; a missing one is not.

    As ``isin``, which takes an object for each text of both out of Arrow.

    >>> among(pd.Series(["a", "b", None]), pd.Series(["b", None])).tolist()
    [False, True, False]
    """
    given, bank = (
        pa.array(column, type=pa.large_string(), from_pandas=True)
        for column in (texts, others)
    )
    return np.asarray(pc.is_in(given, value_set=bank, skip_nulls=True))
