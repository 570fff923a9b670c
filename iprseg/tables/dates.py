"""Read dates out of text: several formats, month names, zones; all become UTC."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError
from iprseg.tables.contracts import DATE
from iprseg.tables.parsed import Parsed, pick, plain_text, split_missing

__all__ = ["parse_dates"]

# Hours from UTC of zone names that mean one thing. IST, CST and BST mean several, so
# a date that carries one of them is not understood.
_ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "eet": 2,
    "eest": 3, "msk": 3, "pst": -8, "pdt": -7, "mst": -7, "mdt": -6, "cdt": -5,
    "est": -5, "edt": -4, "brt": -3, "jst": 9, "kst": 9, "hkt": 8, "sgt": 8, "wib": 7,
    "aest": 10, "aedt": 11,
}  # fmt: skip

_TIME = (
    r"(?:[ t,]+(?:at |às |à |um )?(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?)?"
    r"(?: ?(?P<zone>[+-]\d{2}:?(?:\d{2})?|[a-z]{1,5}))?"
)
_SHAPES = {
    "ymd": r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
    "compact": r"(?P<year>(?:19|20)\d{2})(?P<month>[01]\d)(?P<day>[0-3]\d)",
    "day_name": r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|\.)? ?(?:de |-|/)?"
    r"#(?P<month>\d+)#(?: de|-|/|,)? ?(?P<year>\d{4})",
    "name_day": r"#(?P<month>\d+)# ?(?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})",
    "numbers": r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second_part>\d{1,2})(?P=mark)"
    r"(?P<year>\d{4})",
}
_WEEKDAY = re.compile(r"^[^\W\d]{2,}\.?,? (?=[\d#])")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")


def parse_dates(
    values: pd.Series,
    formats: str | list[str] | None = None,
    timezone: str | None = None,
) -> Parsed:
    """Read dates and times in several formats and languages, and turn them to UTC.

    Understood without being told: ISO 8601, ``May 24, 2024 10:03:04 PDT``,
    ``06 jun. 2024``, ``6 de junho de 2024``, ``2024年5月24日``, ``24/05/2024`` or
    ``05/24/2024`` (the column decides; day first where it does not), seconds or
    milliseconds since 1970.

    Parameters
    ----------
    values : Series of shape (n,)
        Texts, or timestamps, which are only turned to UTC.
    formats : str or list of str, optional
        `strptime` formats; then nothing else is tried.
    timezone : str, optional
        Name of the zone (``"America/Sao_Paulo"``) of times that state none; UTC when
        not given.

    Returns
    -------
    Parsed
        `values` is datetime64[us, UTC].

    Raises
    ------
    IprsegError
        When the zone's name is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.tables import parse_dates
    >>> dates = pd.Series(["May 24, 2024 10:03:04 PDT", "06 jun. 2024", "soon"])
    >>> parse_dates(dates).values.astype(str).tolist()
    ['2024-05-24 17:03:04+00:00', '2024-06-06 00:00:00+00:00', nan]
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        stamps = (
            values.dt.tz_convert("UTC") if values.dt.tz else _zoned(values, timezone)
        )
        none = values[:0]
        return Parsed(_utc(stamps), none, none, none)
    clean, missing = split_missing(plain_text(values))
    if formats is None:
        stamps, unsure, decided = _read(clean, timezone)
    else:
        stamps, unsure, decided = _read_as(clean, formats, timezone), set(), ""
    return Parsed(
        _utc(values.map(stamps.to_dict())),
        pick(values, set(stamps.index[stamps.isna()])),
        pick(values, missing),
        pick(values, unsure),
        decided,
    )


def _utc(stamps: pd.Series) -> pd.Series:
    return pd.to_datetime(stamps, utc=True).astype(DATE)


def _naive(stamps: pd.Series) -> pd.Series:
    stamps = pd.to_datetime(stamps, utc=True)
    return stamps.dt.tz_localize(None).astype("datetime64[us]")


def _zoned(stamps: pd.Series, timezone: str | None) -> pd.Series:
    """Take naive times as local to a zone, and give them in UTC."""
    if timezone is None:
        return stamps
    try:
        local = stamps.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
    except (KeyError, ValueError, TypeError) as error:
        raise IprsegError(
            f"The time zone {timezone!r} is not known; use a name such as "
            "'America/Sao_Paulo'."
        ) from error
    return local.dt.tz_convert("UTC").dt.tz_localize(None)


def _read_as(
    clean: pd.Series, formats: str | list[str], timezone: str | None
) -> pd.Series:
    stamps = pd.Series(pd.NaT, index=clean.index, dtype="datetime64[us]")
    for form in [formats] if isinstance(formats, str) else formats:
        try:
            read = pd.to_datetime(clean, format=form, errors="coerce", utc="%z" in form)
        except ValueError as error:
            raise IprsegError(
                f"The date format {form!r} is not valid: {error}."
            ) from error
        naive = _naive(read) if "%z" in form else _zoned(read, timezone)
        stamps = stamps.fillna(naive.astype("datetime64[us]"))
    return stamps


def _read(clean: pd.Series, timezone: str | None) -> tuple[pd.Series, set[str], str]:
    text = _normalise(clean)
    parts = pd.DataFrame(index=clean.index, columns=["year"], dtype=object)
    for shape in _SHAPES.values():
        found = text.str.extract(rf"^{shape}{_TIME}$", flags=re.IGNORECASE)
        parts = parts.combine_first(found[found["year"].notna()])
    unsure, decided = _choose_day(parts)
    stamps = _assemble(parts, timezone)
    epoch = text[text.map(lambda t: bool(_EPOCH.fullmatch(t)))]
    seconds = epoch.astype("int64") // epoch.str.len().map({10: 1, 13: 1000})
    stamps.loc[epoch.index] = pd.to_datetime(seconds, unit="s").astype("datetime64[us]")
    return stamps, unsure, decided


def _normalise(clean: pd.Series) -> pd.Series:
    """Lower the case, and write month names as ``#6#`` and 年月日 as dashes."""
    text = clean.str.casefold().str.replace(
        r"(\d) ?年 ?(\d+) ?月 ?(\d+) ?日?", r"\1-\2-\3", regex=True
    )
    pattern, numbers = _months()
    text = text.map(lambda t: pattern.sub(lambda m: f"#{numbers[m.group(1)]}#", t, 1))
    return text.str.replace(_WEEKDAY, "", regex=True)


@cache
def _months() -> tuple[re.Pattern[str], dict[str, int]]:
    table = pd.read_csv(Path(__file__).with_name("months.csv"), dtype=str)
    numbers = {
        name.casefold(): month
        for month in range(1, 13)
        for names in table[str(month)]
        for name in names.split()
    }
    names = "|".join(sorted(map(re.escape, numbers), key=len, reverse=True))
    return re.compile(rf"(?<![^\W\d_])({names})(?![^\W\d_])\.?"), numbers


def _choose_day(parts: pd.DataFrame) -> tuple[set[str], str]:
    """Fill day and month of ``a/b/year`` from what the column shows; in place."""
    if "first" not in parts or parts["first"].notna().sum() == 0:
        return set(), ""
    rows = parts["first"].notna()
    first = pd.to_numeric(parts.loc[rows, "first"])
    second = pd.to_numeric(parts.loc[rows, "second_part"])
    day_first, month_first = first > 12, second > 12
    dotted = parts.loc[rows, "mark"] == "."
    american = month_first.sum() > day_first.sum()
    is_day = (day_first | dotted | (not american)) & ~month_first
    parts.loc[rows, "day"] = first.where(is_day, second).astype(str)
    parts.loc[rows, "month"] = second.where(is_day, first).astype(str)
    unsure = ~day_first & ~month_first & ~dotted & (first != second)
    order = "month" if american else "day"
    clear = int((day_first | month_first).sum())
    return set(first.index[unsure]), (
        f"read {order} first, "
        + (f"as most of {clear} clear ones" if clear else "the usual order")
    )


def _assemble(parts: pd.DataFrame, timezone: str | None) -> pd.Series:
    """Build UTC timestamps from texts of year, month, …; impossible ones are NaT."""

    def _number(name: str) -> pd.Series:
        column = parts[name] if name in parts else pd.Series(np.nan, index=parts.index)
        return pd.to_numeric(column, errors="coerce")

    hour = _number("hour").fillna(0)
    if "half" in parts:
        half = parts["half"].str.lower()
        hour = (hour % 12).where(half.notna(), hour) + 12 * (half == "p")
    fields = {
        "year": _number("year"),
        "month": _number("month"),
        "day": _number("day"),
        "hour": hour,
        "minute": _number("minute").fillna(0),
        "second": _number("second").fillna(0),
    }
    stamps = pd.to_datetime(pd.DataFrame(fields), errors="coerce").astype(
        "datetime64[us]"
    )
    zone = (
        parts["zone"]
        if "zone" in parts
        else pd.Series(None, index=parts.index, dtype=object)
    )
    minutes = zone.map(_offset, na_action="ignore").astype("float64")
    local = _zoned(stamps, timezone)
    unknown_zone = zone.notna() & minutes.isna()
    shifted = stamps - pd.to_timedelta(minutes.fillna(0), unit="m")
    return local.where(zone.isna(), shifted).mask(unknown_zone).astype("datetime64[us]")


def _offset(zone: str) -> float:
    """Give minutes from UTC, NaN for a zone that is unknown or means several."""
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        return float(-minutes if zone[0] == "-" else minutes)
    return float(_ZONES[zone.lower()] * 60) if zone.lower() in _ZONES else np.nan
