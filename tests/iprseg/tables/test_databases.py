import sqlite3

import duckdb
import pytest

from iprseg.errors import TableError
from iprseg.tables.checks import ProblemLog
from iprseg.tables.readers import open_source


def test_duckdb_tables_and_views(tmp_path):
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE TABLE listings AS SELECT '01' AS listing_id")
        connection.execute('CREATE VIEW "odd ""name" AS SELECT * FROM listings')
    source = open_source(file)
    assert source.find("listings") == "shop.duckdb#listings"
    assert source.read('shop.duckdb#odd "name', ProblemLog(""), None).iloc[0, 0] == "01"
    by_url = open_source(f"duckdb:///{file}")
    assert list(by_url.readers) == list(source.readers)


def test_a_view_cannot_read_other_files(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            f"CREATE VIEW listings AS SELECT * FROM read_csv('{secret}')"
        )
    source = open_source(file)
    with pytest.raises(TableError, match=r"'listings' of 'shop.duckdb' cannot be read"):
        source.read("shop.duckdb#listings", ProblemLog(""), None)


def test_a_duckdb_file_without_tables(tmp_path):
    file = tmp_path / "shop.duckdb"
    duckdb.connect(str(file)).close()
    with pytest.raises(TableError, match=r"'shop.duckdb' holds no table"):
        open_source(file)


def test_any_database_url(tmp_path):
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as connection:
        connection.execute('CREATE TABLE "my listings" (id TEXT, title TEXT)')
        connection.execute("INSERT INTO \"my listings\" VALUES ('01', 'x')")
        connection.execute('CREATE VIEW v AS SELECT * FROM "my listings"')
    source = open_source(f"sqlite:///{file}")
    assert sorted(source.readers) == ["my listings", "v"]
    assert source.read("my listings", ProblemLog(""), None)["id"].tolist() == ["01"]


def test_a_view_that_fails(tmp_path):
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE VIEW v AS SELECT * FROM gone")
    with pytest.raises(TableError, match=r"table 'v' of .* cannot be read"):
        open_source(f"sqlite:///{file}").read("v", ProblemLog(""), None)


def test_database_urls_that_lead_nowhere(tmp_path):
    missing = tmp_path / "none.db"
    with pytest.raises(TableError, match="no database file"):
        open_source(f"sqlite:///{missing}")
    assert not missing.exists()
    with pytest.raises(TableError, match="not a database URL"):
        open_source("://")
    with pytest.raises(TableError, match="No driver for oracle"):
        open_source("oracle+nodriver://host/shop")
    empty = tmp_path / "empty.db"
    sqlite3.connect(empty).close()
    with pytest.raises(TableError, match="holds no table"):
        open_source(f"sqlite:///{empty}")


def test_a_password_is_never_shown():
    with pytest.raises(TableError, match=r"\*\*\*.* cannot be read") as caught:
        open_source(
            "postgresql+psycopg://me:hunter2@127.0.0.1:1/shop?connect_timeout=1"
        )
    assert "hunter2" not in str(caught.value)
