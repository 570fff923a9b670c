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
def test_a_query_that_fails_is_one_sentence_with_its_place(mp, query, message):
    with pytest.raises(IprsegError, match=message) as caught:
        mp.sql(query)
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
def test_queries_reach_no_files(mp, query):
    with pytest.raises(IprsegError, match=r"The query fails.*(disabled|Cannot)"):
        mp.sql(query)


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
def test_queries_change_nothing(mp, query, kind):
    with pytest.raises(IprsegError, match=f"{kind} is disabled, since queries only"):
        mp.sql(query)
    assert mp.sql("select count(*) as n from listings")["n"][0] == len(mp.listings)


def test_what_a_query_creates_on_its_way_is_taken_back(mp):
    mp.sql("explain analyze create table extra as select 1")
    with pytest.raises(IprsegError, match="Table with name extra does not exist"):
        mp.sql("select * from extra")


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
def test_every_statement_that_reads_is_run(mp, query):
    assert len(mp.sql(query))
    assert len(mp.sql(query))


def test_queries_see_no_python_variables(mp):
    secret = pd.DataFrame({"a": [1]})
    assert len(secret) == 1
    with pytest.raises(IprsegError, match="Table with name secret does not exist"):
        mp.sql("select * from secret")
