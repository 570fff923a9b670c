import pandas as pd
import pytest

from iprseg.errors import IprsegError
from iprseg.tables import parse_dates


def dates(*texts, **options):
    return parse_dates(pd.Series(texts), **options)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-05-24", "2024-05-24"),
        ("2024-05-24T10:03:04Z", "2024-05-24 10:03:04"),
        ("2024-05-24 10:03:04+05:30", "2024-05-24 04:33:04"),
        ("20240524", "2024-05-24"),
        ("May 24, 2024 10:03:04 PDT", "2024-05-24 17:03:04"),
        ("Fri, 24 May 2024 10:03:04 GMT", "2024-05-24 10:03:04"),
        ("24 May 2024 3:05 pm", "2024-05-24 15:05"),
        ("24 May 2024 12:05 am", "2024-05-24 00:05"),
        ("06 jun. 2024", "2024-06-06"),
        ("19 ago. 2025", "2025-08-19"),
        ("6 de junho de 2024", "2024-06-06"),
        ("1er août 2024", "2024-08-01"),
        ("3. März 2024", "2024-03-03"),
        ("4 мая 2024", "2024-05-04"),
        ("2024年5月24日", "2024-05-24"),
        ("31.12.2023", "2023-12-31"),
        ("24/05/2024", "2024-05-24"),
        ("05/24/2024", "2024-05-24"),
        ("1716570184", "2024-05-24 17:03:04"),
        ("1716570184000", "2024-05-24 17:03:04"),
    ],
)
def test_one_date(text, utc):
    assert dates(text).values[0] == pd.Timestamp(utc, tz="UTC")


@pytest.mark.parametrize(
    "text", ["2024-13-40", "soon", "2024-05-24 10:00 IST", "31/02/2024"]
)
def test_unreadable_is_missing_and_listed(text):
    parsed = dates(text)
    assert parsed.values.isna().all()
    assert list(parsed.unparsed) == [text]


@pytest.mark.parametrize(("clear", "month"), [("24/05/2024", 6), ("05/24/2024", 5)])
def test_the_column_decides_which_number_is_the_day(clear, month):
    parsed = dates("05/06/2024", clear)
    assert parsed.values[0].month == month
    assert list(parsed.ambiguous) == ["05/06/2024"]


def test_day_comes_first_where_nothing_tells():
    parsed = dates("05/06/2024")
    assert parsed.values[0].month == 6
    assert "the usual order" in parsed.decided


def test_stated_zone_and_formats():
    wanted = pd.Timestamp("2024-05-24 13:00", tz="UTC")
    zone = {"timezone": "America/Sao_Paulo"}
    assert dates("2024-05-24 10:00", **zone).values[0] == wanted
    assert dates("24~05~2024 10h", formats="%d~%m~%Y %Hh", **zone).values[0] == wanted
    several = dates("2024", "05-2024", formats=["%Y", "%m-%Y"]).values
    assert several.dt.month.tolist() == [1, 5]


def test_timestamps_are_only_brought_to_utc():
    stamps = pd.Series(pd.to_datetime(["2024-05-24 10:00"]).tz_localize("Asia/Tokyo"))
    assert parse_dates(stamps).values[0] == pd.Timestamp("2024-05-24 01:00", tz="UTC")


def test_unknown_zone_is_refused():
    with pytest.raises(IprsegError, match="time zone 'Mars/Olympus' is not known"):
        dates("2024-05-24", timezone="Mars/Olympus")


def test_bad_format_is_refused():
    with pytest.raises(IprsegError, match="date format '%Q' is not valid"):
        dates("2024-05-24", formats="%Q")


def test_missing_in_words():
    parsed = dates("N/A", None, "2024-05-24")
    assert list(parsed.missing_words) == ["N/A"]
    assert parsed.values.notna().tolist() == [False, False, True]
