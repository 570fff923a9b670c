import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iprseg.errors import IprsegError
from iprseg.tables.access import quote_identifier, quote_literal

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@given(text.filter(bool))
def test_any_name_comes_back_as_one_column(name):
    result = duckdb.sql(f"select 1 as {quote_identifier(name)}")
    assert result.columns == [name]


@given(text)
def test_any_value_comes_back_as_itself(value):
    assert duckdb.sql(f"select {quote_literal(value)}").fetchall() == [(value,)]


@pytest.mark.parametrize("name", [None, 3, "a\x00b"])
def test_what_is_no_text_is_refused(name):
    with pytest.raises(IprsegError, match="name in a query must be text without NUL"):
        quote_identifier(name)


def test_an_empty_name_is_refused():
    with pytest.raises(IprsegError, match="must not be empty"):
        quote_identifier("")


def test_a_value_that_is_no_text_is_refused():
    with pytest.raises(IprsegError, match="value in a query must be text without NUL"):
        quote_literal(3)
