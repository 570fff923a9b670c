"""The last time that tables know, of what can have happened."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

# columns that date what happened; others (valid_to, ts of the future) may lie ahead
_EVENT_TIMES = ("created_at", "ts", "ts_received", "ts_decided", "date", "removed_at")


def event_times(frame: pd.DataFrame) -> list[pd.Series]:
    """Return the columns of a table that date what happened."""
    times = [frame[column] for column in _EVENT_TIMES if column in frame]
    # a version dates an edit; an authorisation or a policy may begin later than today
    if {"version", "valid_from"} <= set(frame.columns):
        times.append(frame["valid_from"])
    return [one for one in times if pd.api.types.is_datetime64_any_dtype(one)]


def last_time(columns: Iterable[pd.Series]) -> Any:
    """Return the latest of many times in UTC that is not in the future; NaT if none.

    One row dated 2099 by mistake would leave every window of days empty, for all.
    """
    from iprseg.tables._times import AHEAD

    latest = pd.Timestamp.now("UTC") + AHEAD
    known = [times[times <= latest].max() for times in columns]
    return max((time for time in known if pd.notna(time)), default=pd.NaT)
