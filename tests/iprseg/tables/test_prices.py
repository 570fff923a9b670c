import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iprseg.errors import IprsegError
from iprseg.tables import parse_numbers, parse_prices


def prices(*texts, **options):
    return parse_prices(pd.Series(texts), **options)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("₹1,04,999", 104999.0, "INR"),
        ("R$ 64,00", 64.0, "BRL"),
        ("R$ 1.064,50", 1064.5, "BRL"),
        ("US $84.99/ea", 84.99, "USD"),
        ("C $12.50", 12.5, "CAD"),
        ("$5", 5.0, None),
        ("CHF 1’089.50", 1089.5, "CHF"),
        ("1 089,00 zł", 1089.0, "PLN"),
        ("64,-", 64.0, None),
        ("٨٤٫٩٩", 84.99, None),
        ("１２", 12.0, None),
        ("Rp 25.000.000", 25_000_000.0, "IDR"),
        ("100 RUB each", 100.0, "RUB"),
        ("5 cada", 5.0, None),
        ("-$5.50", -5.5, None),
        ("0.125", 0.125, None),
        ("1e3", 1000.0, None),
    ],
)
def test_one_price(text, amount, currency):
    parsed = prices(text)
    assert parsed.values[0] == amount
    assert (None if parsed.currency is None else parsed.currency[0]) == currency


@pytest.mark.parametrize(
    "text", ["10 to 20", "12 99", "free", "$", "1,23,45.6.7", "1,2,3"]
)
def test_unreadable_is_missing_and_listed(text):
    parsed = prices(text, "7.50")
    assert np.isnan(parsed.values[0])
    assert list(parsed.unparsed) == [text]


def test_missing_in_words_is_not_unreadable():
    parsed = prices("N/A", "n/a", "-", "3")
    assert list(parsed.missing_words) == ["N/A", "n/a", "-"]
    assert parsed.unparsed.empty


@pytest.mark.parametrize(
    ("others", "amount"),
    [(["64,00"], 1089.0), (["64.00"], 1.089), ([], 1089.0)],
)
def test_the_column_decides_a_price_with_two_readings(others, amount):
    parsed = prices("1.089", *others)
    assert parsed.values[0] == amount
    assert list(parsed.ambiguous) == ["1.089"]
    assert parsed.decided


def test_a_lone_number_with_two_readings_is_a_fraction():
    assert parse_numbers(pd.Series(["1.234"])).values[0] == 1.234


def test_a_stated_decimal_mark_refuses_what_contradicts_it():
    parsed = prices("84.99", "1.089", "5,5", decimal="comma")
    assert parsed.values[1:].tolist() == [1089.0, 5.5]
    assert list(parsed.unparsed) == ["84.99"]
    assert parsed.ambiguous.empty


def test_the_price_itself_overrules_the_stated_currency():
    parsed = prices("€5", "6", None, currency="INR")
    assert parsed.currency[:2].tolist() == ["EUR", "INR"]
    assert pd.isna(parsed.currency[2])


def test_numbers_are_taken_as_they_are():
    parsed = prices(1.089, np.inf)
    assert parsed.values[0] == 1.089
    assert list(parsed.unparsed) == [np.inf]


@pytest.mark.parametrize("function", [parse_prices, parse_numbers])
def test_unknown_decimal_mark(function):
    with pytest.raises(
        IprsegError, match=r"'decimal' parameter .* must be one of 'auto'"
    ):
        function(pd.Series(["1"]), decimal="dot")


@given(
    st.lists(st.integers(0, 10**11), min_size=1, max_size=20),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("’", ".")]),
)
def test_written_amounts_come_back(cents, marks):
    thousands, decimal = marks
    texts = [
        f"{c / 100:,.2f}".replace(",", "T")
        .replace(".", decimal)
        .replace("T", thousands)
        for c in cents
    ]
    assert parse_prices(pd.Series(texts)).values.tolist() == [c / 100 for c in cents]


@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=20))
def test_any_text_is_read_missing_or_listed(texts):
    values = pd.Series(texts, dtype=object)
    parsed = parse_prices(values)
    accounted = set(parsed.unparsed.index) | set(parsed.missing_words.index)
    for row, text in values.items():
        blank = text is None or not text.strip()
        assert (
            pd.notna(parsed.values[row])
            or blank
            or row in accounted
            or not text.split()
        )
