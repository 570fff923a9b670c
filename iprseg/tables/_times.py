"""Times from whatever they came as, to UTC."""

import numbers
import re
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError, TableError

# A zone may be a day ahead; what is dated later than that has not happened.
AHEAD = pd.Timedelta(days=1)
# Without a year pandas takes a text for a time of today ("T9"), or for a day of now.
_YEAR = re.compile(r"(?<![\dT:.,+])\d{4}")


def parse_time(time: Any, name: str) -> pd.Timestamp:
    """Read one moment; without a zone it is UTC.

    >>> parse_time("2024-03-01 12:00+02:00", "time")
    Timestamp('2024-03-01 10:00:00+0000', tz='UTC')
    """
    moment: Any = None
    # a bare number is no time: nobody can tell seconds from days
    dated = not isinstance(time, str) or _YEAR.search(time)
    if dated and not isinstance(time, numbers.Real | np.bool_):
        with suppress(ValueError, TypeError, OverflowError):
            moment = pd.Timestamp(time)
    if not isinstance(moment, pd.Timestamp):
        raise IprsegError(
            f"The {name!r} parameter must be a time such as '2024-03-01'; got {time!r}."
        )
    return moment.tz_localize("UTC") if moment.tz is None else moment.tz_convert("UTC")


def parse_times(values: pd.Series, place: str) -> pd.Series:
    """Read a column of moments; a value that is no time is refused with its place.

    >>> parse_times(pd.Series(["2024-03-01", None]), "reviews.ts").dtype
    datetime64[us, UTC]
    """
    if pd.api.types.is_numeric_dtype(values.dtype) and values.notna().any():
        raise TableError(
            f"{place} holds numbers (such as {values.dropna().iloc[0]}) where times "
            "are needed: turn them into times first."
        )
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.to_timestamp()
    read = values
    if pd.api.types.is_object_dtype(values):
        # pandas would take some numbers for days, and others for moments since 1970
        read = values.mask(values.map(lambda one: isinstance(one, int | float)))
    times = pd.to_datetime(read, utc=True, errors="coerce", format="ISO8601")
    bad = times.isna() & values.notna()
    if bad.any():
        raise TableError(
            f"{place} holds {int(bad.sum())} values that are no times, such as "
            f"{str(values[bad].iloc[0])[:60]!r}: write them like '2024-03-01 17:05'."
        )
    return times.dt.as_unit("us")
