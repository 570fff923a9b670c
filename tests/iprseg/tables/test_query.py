"""Queries only read, reach nothing outside, and fail in one sentence."""

import pandas as pd
import pytest

from iprseg.errors import IprsegError


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("selec 1", r"fails at line 1, column 1 \(selec 1\): syntax error"),
        ("select *\nfrom revews", r"line 2, column 6 \(from revews\): Table with name"),
        ("select prise from listings", 'line 1, column 8 .* column "prise" not found'),
        ("select * from listings where price = ?", "fails: Values were not provided"),
        ("select title::int from listings", "Could not convert string"),
        ("", "fails: the query is empty"),
    ],
)
def test_a_query_that_fails_is_one_sentence_with_its_place(marketplace, query, message):
    with pytest.raises(IprsegError, match=message) as caught:
        marketplace.sql(query)
    assert "\n" not in str(caught.value)
    assert "tables present: listings, sellers, orders_daily." in str(caught.value)


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_csv('/etc/passwd')",
        "copy listings to '/tmp/iprseg_leak.csv'",
        "attach '/tmp/iprseg_leak.duckdb'",
        "install httpfs",
        "set enable_external_access = true",
    ],
)
def test_queries_reach_no_files(marketplace, query):
    with pytest.raises(IprsegError, match=r"The query fails.*(disabled|Cannot)"):
        marketplace.sql(query)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("drop view listings", "DROP"),
        ("create table extra as select 1", "CREATE"),
        ("create or replace view listings as select 1 as a", "CREATE"),
        ("select 1; drop view listings", "DROP"),
        ("insert into listings select * from listings", "INSERT"),
        ("commit", "TRANSACTION"),
        ("set threads = 1", "SET"),
    ],
)
def test_queries_change_nothing(marketplace, query, kind):
    with pytest.raises(IprsegError, match=f"{kind} is disabled, since queries only"):
        marketplace.sql(query)
    assert marketplace.sql("select count(*) as n from listings")["n"][0] == len(
        marketplace.listings
    )


def test_what_a_query_creates_on_its_way_is_taken_back(marketplace):
    marketplace.sql("explain analyze create table extra as select 1")
    with pytest.raises(IprsegError, match="Table with name extra does not exist"):
        marketplace.sql("select * from extra")


@pytest.mark.parametrize(
    "query",
    [
        "with l as (from listings) select * from l; -- all",
        "pivot listings on seller_id using count(*) group by title",
        "describe listings",
        "show tables",
        "explain select 1",
    ],
)
def test_every_statement_that_reads_is_run(marketplace, query):
    assert len(marketplace.sql(query))
    assert len(marketplace.sql(query))


def test_queries_see_no_python_variables(marketplace):
    secret = pd.DataFrame({"a": [1]})
    assert len(secret) == 1
    with pytest.raises(IprsegError, match="Table with name secret does not exist"):
        marketplace.sql("select * from secret")
