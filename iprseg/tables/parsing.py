"""Turn a column of text into its canonical type: text, whole numbers, booleans, dates.

Dates come in several formats, with month names and zones; all become UTC.
"""

from __future__ import annotations

import numbers
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError, TableError
from iprseg.tables.contracts import DATE_DTYPE, TEXT_DTYPE
from iprseg.tables.prices import (
    Parsed,
    clean_distinct_texts,
    parse_numbers,
    parse_prices,
    select_texts,
    split_missing_words,
)

_TRUE_WORDS = frozenset(
    "1 true t yes y sim s si sí oui ja да 是 はい ya evet tak verdadeiro".split()  # noqa: SIM905
)
_FALSE_WORDS = frozenset(
    "0 false f no n não nao non nein нет 否 いいえ tidak hayır nie falso".split()  # noqa: SIM905
)


def to_text(values: pd.Series) -> pd.Series:
    """Give a column as text; whole numbers lose a ``.0`` that storage gave them.

    Examples
    --------
    >>> to_text(pd.Series([4006381333931.0, None])).tolist()
    ['4006381333931', nan]
    """
    if values.dtype == TEXT_DTYPE:
        return values
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    if values.dtype == object:
        values = values.map(_format_cell, na_action="ignore")
    return values.astype(TEXT_DTYPE)


def _format_cell(cell: object) -> object:
    """Write one cell: lists joined by ';', whole floats without '.0'."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, list | tuple) or hasattr(cell, "tolist"):
        return ";".join(str(item) for item in cell)  # type: ignore[attr-defined]
    return str(cell)


def parse_integers(values: pd.Series, decimal: str = "auto") -> Parsed:
    """Read whole numbers; grouping marks are understood, fractions are refused.

    Returns
    -------
    Parsed
        `values` is int64, or float64 when any is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.tables import parse_integers
    >>> parse_integers(pd.Series(["3,836", "12"])).values.tolist()
    [3836, 12]
    """
    read = parse_prices(values, decimal)
    broken = read.values.notna() & (read.values % 1 != 0)
    numbers = read.values.mask(broken)
    unparsed = pd.concat([read.unparsed, values[broken]])
    whole = numbers if numbers.isna().any() else numbers.astype("int64")
    return Parsed(whole, unparsed, read.missing_words, read.ambiguous, read.decided)


def parse_booleans(values: pd.Series) -> Parsed:
    """Read yes and no in several languages, ``true``/``false``, ``1``/``0``.

    Returns
    -------
    Parsed
        `values` is bool, or the nullable boolean when any is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.tables import parse_booleans
    >>> parse_booleans(pd.Series(["Sim", "não", "perhaps"])).values.tolist()
    [True, False, <NA>]
    """
    none = values[:0]
    if pd.api.types.is_bool_dtype(values):
        return Parsed(_to_plain_booleans(values.astype("boolean")), none, none, none)
    clean, missing = split_missing_words(clean_distinct_texts(to_text(values)))
    words = clean.str.casefold()
    known = words[words.isin(_TRUE_WORDS | _FALSE_WORDS)].isin(_TRUE_WORDS)
    texts = to_text(values)
    answers = texts.map(known.to_dict()).astype("boolean")
    unparsed = select_texts(texts, set(clean.index) - set(known.index))
    return Parsed(
        _to_plain_booleans(answers), unparsed, select_texts(texts, missing), none
    )


def _to_plain_booleans(answers: pd.Series) -> pd.Series:
    return answers if answers.isna().any() else answers.astype(bool)


def parse_column(values: pd.Series, dtype: str, rule: dict) -> Parsed:
    """Parse a column to its canonical dtype with the options of its mapping rule."""
    decimal = rule.get("decimal", "auto")
    none = values[:0]
    if dtype == "text":
        return Parsed(to_text(values), none, none, none)
    if dtype == "price":
        return parse_prices(values, decimal, rule.get("currency"))
    if dtype == "number":
        return parse_numbers(values, decimal)
    if dtype == "integer":
        return parse_integers(values, decimal)
    if dtype == "boolean":
        return parse_booleans(values)
    return parse_dates(values, rule.get("format"), rule.get("timezone"))


# Hours from UTC of zone names that mean one thing. IST, CST and BST mean several, so
# a date that carries one of them is not understood.
_ZONE_HOURS = {
    "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "eet": 2,
    "eest": 3, "msk": 3, "pst": -8, "pdt": -7, "mst": -7, "mdt": -6, "cdt": -5,
    "est": -5, "edt": -4, "brt": -3, "jst": 9, "kst": 9, "hkt": 8, "sgt": 8, "wib": 7,
    "aest": 10, "aedt": 11,
}  # fmt: skip

_TIME_PATTERN = (
    r"(?:[ t,]+(?:at |às |à |um )?(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?)?"
    r"(?: ?(?P<zone>[+-]\d{2}:?(?:\d{2})?|[a-z]{1,5}))?"
)
_DATE_PATTERNS = {
    "ymd": r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
    "compact": r"(?P<year>(?:19|20)\d{2})(?P<month>[01]\d)(?P<day>[0-3]\d)",
    "day_name": r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|\.)? ?(?:de |-|/)?"
    r"#(?P<month>\d+)#(?: de|-|/|,)? ?(?P<year>\d{4})",
    "name_day": r"#(?P<month>\d+)# ?(?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})",
    "numbers": r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second_part>\d{1,2})(?P=mark)"
    r"(?P<year>\d{4})",
}
_WEEKDAY_PATTERN = re.compile(r"^[^\W\d]{2,}\.?,? (?=[\d#])")
_EPOCH_PATTERN = re.compile(r"\d{10}(?:\d{3})?")


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
            values.dt.tz_convert("UTC")
            if values.dt.tz
            else _convert_local_to_utc(values, timezone)
        )
        none = values[:0]
        return Parsed(_to_utc(stamps), none, none, none)
    clean, missing = split_missing_words(clean_distinct_texts(values))
    if formats is None:
        stamps, unsure, decided = _read_known_formats(clean, timezone)
    else:
        stamps, unsure, decided = (
            _read_given_formats(clean, formats, timezone),
            set(),
            "",
        )
    return Parsed(
        _to_utc(values.map(stamps.to_dict())),
        select_texts(values, set(stamps.index[stamps.isna()])),
        select_texts(values, missing),
        select_texts(values, unsure),
        decided,
    )


def _to_utc(stamps: pd.Series) -> pd.Series:
    return pd.to_datetime(stamps, utc=True).astype(DATE_DTYPE)


def _drop_timezone(stamps: pd.Series) -> pd.Series:
    stamps = pd.to_datetime(stamps, utc=True)
    return stamps.dt.tz_localize(None).astype("datetime64[us]")


def _convert_local_to_utc(stamps: pd.Series, timezone: str | None) -> pd.Series:
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


def _read_given_formats(
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
        naive = (
            _drop_timezone(read)
            if "%z" in form
            else _convert_local_to_utc(read, timezone)
        )
        stamps = stamps.fillna(naive.astype("datetime64[us]"))
    return stamps


def _read_known_formats(
    clean: pd.Series, timezone: str | None
) -> tuple[pd.Series, set[str], str]:
    text = _normalise_dates(clean)
    parts = pd.DataFrame(index=clean.index, columns=["year"], dtype=object)
    for shape in _DATE_PATTERNS.values():
        found = text.str.extract(rf"^{shape}{_TIME_PATTERN}$", flags=re.IGNORECASE)
        parts = parts.combine_first(found[found["year"].notna()])
    unsure, decided = _choose_day_order(parts)
    stamps = _assemble_timestamps(parts, timezone)
    epoch = text[text.map(lambda t: bool(_EPOCH_PATTERN.fullmatch(t)))]
    seconds = epoch.astype("int64") // epoch.str.len().map({10: 1, 13: 1000})
    stamps.loc[epoch.index] = pd.to_datetime(seconds, unit="s").astype("datetime64[us]")
    return stamps, unsure, decided


def _normalise_dates(clean: pd.Series) -> pd.Series:
    """Lower the case, and write month names as ``#6#`` and 年月日 as dashes."""
    text = clean.str.casefold().str.replace(
        r"(\d) ?年 ?(\d+) ?月 ?(\d+) ?日?", r"\1-\2-\3", regex=True
    )
    pattern, numbers = _read_month_names()
    text = text.map(lambda t: pattern.sub(lambda m: f"#{numbers[m.group(1)]}#", t, 1))
    return text.str.replace(_WEEKDAY_PATTERN, "", regex=True)


@cache
def _read_month_names() -> tuple[re.Pattern[str], dict[str, int]]:
    table = pd.read_csv(Path(__file__).with_name("months.csv"), dtype=str)
    numbers = {
        name.casefold(): month
        for month in range(1, 13)
        for names in table[str(month)]
        for name in names.split()
    }
    names = "|".join(sorted(map(re.escape, numbers), key=len, reverse=True))
    return re.compile(rf"(?<![^\W\d_])({names})(?![^\W\d_])\.?"), numbers


def _choose_day_order(parts: pd.DataFrame) -> tuple[set[str], str]:
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


def _assemble_timestamps(parts: pd.DataFrame, timezone: str | None) -> pd.Series:
    """Build UTC timestamps from texts of year, month, …; impossible ones are NaT."""

    def _read_field(name: str) -> pd.Series:
        column = parts[name] if name in parts else pd.Series(np.nan, index=parts.index)
        return pd.to_numeric(column, errors="coerce")

    hour = _read_field("hour").fillna(0)
    if "half" in parts:
        half = parts["half"].str.lower()
        hour = (hour % 12).where(half.notna(), hour) + 12 * (half == "p")
    fields = {
        "year": _read_field("year"),
        "month": _read_field("month"),
        "day": _read_field("day"),
        "hour": hour,
        "minute": _read_field("minute").fillna(0),
        "second": _read_field("second").fillna(0),
    }
    stamps = pd.to_datetime(pd.DataFrame(fields), errors="coerce").astype(
        "datetime64[us]"
    )
    zone = (
        parts["zone"]
        if "zone" in parts
        else pd.Series(None, index=parts.index, dtype=object)
    )
    minutes = zone.map(_parse_utc_offset, na_action="ignore").astype("float64")
    local = _convert_local_to_utc(stamps, timezone)
    unknown_zone = zone.notna() & minutes.isna()
    shifted = stamps - pd.to_timedelta(minutes.fillna(0), unit="m")
    return local.where(zone.isna(), shifted).mask(unknown_zone).astype("datetime64[us]")


def _parse_utc_offset(zone: str) -> float:
    """Give minutes from UTC, NaN for a zone that is unknown or means several."""
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        return float(-minutes if zone[0] == "-" else minutes)
    return (
        float(_ZONE_HOURS[zone.lower()] * 60) if zone.lower() in _ZONE_HOURS else np.nan
    )


# A zone may be a day ahead; what is dated later than that has not happened.
MAX_AHEAD = pd.Timedelta(days=1)
# Without a year pandas takes a text for a time of today ("T9"), or for a day of now.
_YEAR_PATTERN = re.compile(r"(?<![\dT:.,+])\d{4}")


def parse_timestamp(time: Any, name: str) -> pd.Timestamp:
    """Read one moment; without a zone it is UTC.

    >>> parse_timestamp("2024-03-01 12:00+02:00", "time")
    Timestamp('2024-03-01 10:00:00+0000', tz='UTC')
    """
    moment: Any = None
    # a bare number is no time: nobody can tell seconds from days
    dated = not isinstance(time, str) or _YEAR_PATTERN.search(time)
    if dated and not isinstance(time, numbers.Real | np.bool_):
        with suppress(ValueError, TypeError, OverflowError):
            moment = pd.Timestamp(time)
    if not isinstance(moment, pd.Timestamp):
        raise IprsegError(
            f"The {name!r} parameter must be a time such as '2024-03-01'; got {time!r}."
        )
    return moment.tz_localize("UTC") if moment.tz is None else moment.tz_convert("UTC")


def parse_timestamps(values: pd.Series, place: str) -> pd.Series:
    """Read a column of moments; a value that is no time is refused with its place.

    >>> parse_timestamps(pd.Series(["2024-03-01", None]), "reviews.ts").dtype
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
