"""Signals of the user's own: one query in a file, or one function."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError
from iprseg.signals import compute_signals
from iprseg.signals.compute import compute_signals_with_reasons
from iprseg.tables import Marketplace

DOCS = Path(__file__).parents[3] / "docs" / "own_signals.md"
LISTINGS = pd.DataFrame(
    {
        "listing_id": ["a", "b", "c"],
        "title": ["bag", "a red bag", None],
        "seller_id": ["s", "s", "t"],
        "created_at": ["2024-01-01", "2024-01-02", "2024-03-01"],
        "price": [4.0, 0.0, None],
    }
)
HEADER = """-- X01 mine: something.
-- level: listing
-- columns: listings.price
-- missing: nothing_known
"""


@pytest.fixture
def write(tmp_path):
    def one(query, header=HEADER, name="X01_mine.sql"):
        (tmp_path / name).write_text(header + query, encoding="utf-8")
        return tmp_path / name

    return one


def own(source, level="listing", tables=None, **more):
    tables = {"listings": LISTINGS} if tables is None else tables
    values, reasons = compute_signals_with_reasons(
        tables, level, own={"X01_mine": source}, **more
    )
    mine = [name for name in values if name.startswith("X01_")]
    return values[mine], reasons[mine]


def test_a_query_gives_values_and_reasons(write):
    path = write(
        "SELECT listing_id AS id, 100 / price AS value, "
        "CASE WHEN price = 0 THEN 'free' END AS reason FROM listings"
    )
    for source in (path, str(path)):
        values, reasons = own(source)
        # 100 / 0 is infinite in DuckDB: missing, with the query's own reason
        np.testing.assert_array_equal(values["X01_mine"], [25, np.nan, np.nan])
        assert reasons["X01_mine"].tolist() == ["", "free", "nothing_known"]


def test_several_values_are_several_columns_under_your_name(write):
    query = "SELECT listing_id AS id, 1 AS value_7, 2.5 AS value_30 FROM listings"
    values, _ = own(write(query, name="Z09_other_name.sql"))
    assert values.columns.tolist() == ["X01_mine_7", "X01_mine_30"]
    assert values.iloc[0].tolist() == [1, 2.5]


def test_rows_of_nobody_or_of_strangers_are_left_out(write):
    query = "SELECT unnest(['a', 'stranger', NULL, NULL]) AS id, true AS value"
    values, reasons = own(write(query))
    np.testing.assert_array_equal(values["X01_mine"], [1, np.nan, np.nan])
    assert reasons["X01_mine"].tolist() == ["", "nothing_known", "nothing_known"]


def test_a_query_knows_only_the_past(write):
    query = "SELECT listing_id AS id, date_diff('day', created_at, $now) AS value "
    path = write(query + "FROM listings WHERE created_at < $now")
    values, _ = own(path, as_of="2024-02-01")
    # 31 and 30 days before 1 February; the listing of March is not there
    assert values["X01_mine"].to_dict() == {"a": 31, "b": 30}
    # without a time, the last known one is now
    assert own(path)[0]["X01_mine"]["a"] == 60


def test_a_comment_may_name_the_parameter(write):
    path = write("-- not $now\nSELECT listing_id AS id, 1 AS value FROM listings")
    assert own(path)[0]["X01_mine"].tolist() == [1, 1, 1]


def test_an_absent_column_or_table_is_a_reason(write):
    query = "SELECT listing_id AS id, 1 AS value FROM listings"
    for column, reason in (
        ("listings.stock_qty", "column_absent: listings.stock_qty"),
        ("orders_daily.date", "table_absent: orders_daily"),
    ):
        header = HEADER.replace("listings.price", f"listings.price; {column}")
        values, reasons = own(write(query, header))
        assert values["X01_mine"].isna().all()
        assert (reasons["X01_mine"] == reason).all()


def test_other_levels(write):
    header = HEADER.replace("listing\n", "seller\n")
    path = write("SELECT seller_id AS id, count(*) AS value FROM listings GROUP BY 1")
    with pytest.raises(IprsegError, match=r"'X01_mine\.sql' is of level 'listing' and"):
        own(path, "seller")
    path = write(
        "SELECT seller_id AS id, count(*) AS value FROM listings GROUP BY 1", header
    )
    assert own(path, "seller")[0]["X01_mine"].to_dict() == {"s": 2, "t": 1}


@pytest.mark.parametrize("word", ["level", "columns", "missing"])
def test_a_header_without_a_line(write, word):
    header = "".join(
        line + "\n" for line in HEADER.splitlines() if f"-- {word}:" not in line
    )
    path = write("SELECT 1 AS id, 1 AS value", header)
    with pytest.raises(IprsegError, match=rf"'X01_mine.sql' has no line '-- {word}: "):
        own(path)


def test_a_file_of_another_name_or_none_or_no_text(write, tmp_path):
    with pytest.raises(IprsegError, match=r"'mine\.sql' has another name: call it"):
        own(write("SELECT 1", name="mine.sql"))
    with pytest.raises(IprsegError, match=r"X01_mine.*'.*gone\.sql'.*no such file"):
        own(tmp_path / "gone.sql")
    (tmp_path / "X02_bytes.sql").write_bytes(b"-- level: \xff")
    with pytest.raises(IprsegError, match=r"X02_bytes\.sql' is no text in UTF-8"):
        own(tmp_path / "X02_bytes.sql")
    with pytest.raises(IprsegError, match=r"'X01_mine' must be the path .* got int"):
        own(7)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT unnest(['a', 'a']) AS id, 1 AS value", "the id 'a' more than once"),
        ("SELECT 'a' AS id", "the columns 'id'"),
        ("SELECT 'a' AS ID2, 1 AS value", "the columns 'ID2', 'value'"),
        ("SELECT 'a' AS id, 'much' AS value", "'value' holds what is no number"),
        ("SELECT 'a' AS id, now() AS value", "'value' holds what is no number"),
        ("SELECT 'a' AS id, [1] AS value", "'value' holds what is no number"),
    ],
)
def test_a_query_that_gives_something_else(write, query, message):
    where = re.escape("the signal X01_mine (file 'X01_mine.sql')")
    with pytest.raises(IprsegError, match=where) as error:
        own(write(query))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELEC listing_id", "line 5, column 1"),
        ("SELECT listing_id AS id,\n    prize AS value FROM listings", "prize"),
        ("SELECT listing_id AS id,\n    1 AS value,, FROM listings", "line 6"),
        ("SELECT a AS id, 1 AS value FROM nowhere", "nowhere"),
        ("SELECT 'a' AS id, error('no ' || 'luck') AS value", "no luck"),
        ("COPY listings TO '/tmp/x.csv'", "COPY"),
        ("SELECT 'a' AS id, * FROM '/etc/passwd'", "line 5|passwd"),
    ],
)
def test_a_query_that_fails_says_which_and_where(write, query, place):
    with pytest.raises(IprsegError, match=place) as error:
        own(write(query))
    assert "The signal X01_mine (file 'X01_mine.sql') cannot be computed." in str(
        error.value
    )


def test_a_function_gives_a_series_by_id():
    given = pd.Series({"b": 2.0, "a": np.inf, "stranger": 9.0})
    values, reasons = own(lambda marketplace: given)
    np.testing.assert_array_equal(values["X01_mine"], [np.nan, 2, np.nan])
    assert reasons["X01_mine"].tolist() == ["not_given", "", "not_given"]


def test_a_function_sees_what_was_known():
    seen = []

    def count(marketplace):
        seen.append(marketplace)
        return marketplace.listings["price"]

    values, _ = own(count, as_of="2024-02-01")
    assert values["X01_mine"].tolist() == [4, 0]
    assert isinstance(seen[0], Marketplace)
    assert seen[0].as_known == pd.Timestamp("2024-02-01", tz="UTC")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1, 2], "it gave list"),
        (None, "it gave NoneType"),
        (pd.Series([1, 2], index=["a", "a"]), "it gave 'a' twice"),
        (pd.Series(["much"], index=["a"]), "no number"),
        (pd.Series([pd.Timestamp(0)], index=["a"]), "no number"),
    ],
)
def test_a_function_that_gives_something_else(given, message):
    with pytest.raises(IprsegError, match=message) as error:
        own(lambda marketplace: given)
    assert "The function of the signal 'X01_mine' must" in str(error.value)


def test_a_name_of_the_catalogue_is_not_replaced():
    with pytest.raises(IprsegError, match="'B05_discount_depth' of your own"):
        compute_signals(
            {"listings": LISTINGS},
            own={"B05_discount_depth": lambda marketplace: LISTINGS.price},
        )


@pytest.mark.parametrize(
    "name", ["B05_discount_depth", "A04_obfuscated_brand", "A04_obfuscated_brand_mean"]
)
def test_nor_is_one_of_a_family_that_is_not_computed(name):
    with pytest.raises(IprsegError, match=f"'{name}' of your own has the name of"):
        compute_signals(
            {"listings": LISTINGS},
            own={name: lambda marketplace: LISTINGS.price},
            families="image",
        )


def test_the_id_of_a_signal_of_the_catalogue_is_not_taken_for_another():
    with pytest.raises(IprsegError, match="'A07_mine' of your own begins with A07"):
        compute_signals(
            {"listings": LISTINGS},
            own={"A07_mine": lambda marketplace: LISTINGS.price},
            families="image",
        )


@pytest.mark.parametrize("name", ["bad name", "", 7, "=1+1", "7days", "a\nb"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(IprsegError, match="letters, figures and '_' only"):
        compute_signals(
            {"listings": LISTINGS},
            own={name: lambda marketplace: LISTINGS.price},
            families="image",
        )


def test_a_function_that_fails_is_named():
    sentence = (
        "^The function of the signal 'X01_mine' ended with ZeroDivisionError: division "
        "by zero: mend it, or leave the signal out.$"
    )
    with pytest.raises(IprsegError, match=sentence) as error:
        own(lambda marketplace: 1 / 0)
    assert isinstance(error.value.__cause__, ZeroDivisionError)
    with pytest.raises(IprsegError, match="ended with KeyError: 'nothing': mend"):
        own(lambda marketplace: marketplace.listings["nothing"])


def test_the_examples_of_the_page_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```(\w+)\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert [kind for kind, _ in blocks] == ["sql", "python", "python", "sh"]
    Path("X01_late_orders.sql").write_text(blocks[0][1], encoding="utf-8")
    orders = pd.DataFrame(
        {
            "listing_id": ["a", "b", "c"],
            "date": ["2024-01-01", "2024-03-01", "2024-03-01"],
            "orders": [3, 1, 0],
        }
    )
    marketplace = Marketplace.from_frames(
        {"listings": LISTINGS, "orders_daily": orders}
    )
    names = {"compute_signals": compute_signals, "marketplace": marketplace}
    exec(blocks[1][1], names)
    late = names["signals"]["X01_late_orders"]
    # one of four orders of s is of the 30 days before 1 March; t had none at all
    assert late["s"] == 0.25 and np.isnan(late["t"])
    exec(blocks[2][1], names)
    np.testing.assert_array_equal(names["signals"]["X02_title_length"], [3, 9, np.nan])


OPTIONAL = HEADER.replace("-- missing", "-- optional: appeals\n-- missing")


def test_a_table_may_be_optional(write):
    query = (
        "SELECT listing_id AS id,\n(SELECT count(outcome) FROM appeals) AS value\n"
        "FROM listings;\n"
    )
    values, _ = own(write(query, OPTIONAL))
    assert values["X01_mine"].tolist() == [0, 0, 0]
    heard = {"appeal_id": ["p"], "action_id": ["x"], "outcome": ["upheld"]}
    tables = {"listings": LISTINGS, "appeals": pd.DataFrame(heard)}
    values, _ = own(write(query, OPTIONAL), tables=tables)
    assert values["X01_mine"].tolist() == [1, 1, 1]
    with pytest.raises(IprsegError, match="no canonical table 'apeals'"):
        own(write(query, OPTIONAL.replace("appeals", "apeals")))
    # the header has five lines: the line told is the file's own
    with pytest.raises(IprsegError, match=r"at line 7.*nonsense"):
        own(write(query.replace("outcome", "nonsense"), OPTIONAL))
