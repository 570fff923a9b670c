"""Tables of a real PostgreSQL server, in a cluster this test starts on loopback."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import create_engine

import iprseg


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def url():
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    # initdb refuses to run as root, so root lends the cluster to Debian's user
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="iprseg-pg-"))
    if as_user:
        shutil.chown(folder, "postgres")
    port, data = _free_port(), folder / "data"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder}"

    def run(program: str, *arguments: str) -> None:
        command = [*as_user, str(programs / program), *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    cluster = f"-D {data} -U iprseg --auth=trust -E UTF8 --locale=C.UTF-8"
    run("initdb", *cluster.split())
    run("pg_ctl", "-o", options, *f"-D {data} -l {folder}/log -w start".split())
    try:
        yield f"postgresql+psycopg://iprseg@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def planted(url) -> dict[str, pd.DataFrame]:
    tables = iprseg.make_marketplace(200, 30, random_state=5).tables
    kept = {name: tables[name] for name in ("listings", "sellers")}
    engine = create_engine(url)
    for name, frame in kept.items():
        frame.to_sql(name, engine, index=False)
    engine.dispose()
    return kept


def test_a_server_gives_the_tables_it_holds(url, planted):
    marketplace = iprseg.read_marketplace(url)
    expected = planted["listings"].set_index("listing_id")
    assert set(marketplace.listings.index) == set(expected.index)
    assert marketplace.listings["title"].to_dict() == expected["title"].to_dict()
    assert marketplace.listings["price"].to_dict() == pytest.approx(
        expected["price"].to_dict(), nan_ok=True
    )
    assert len(marketplace.sellers) == 30


def test_a_wrong_password_is_not_told(url, planted):
    wrong = url.replace("iprseg@", "nobody:hunter2@")
    with pytest.raises(iprseg.TableError, match="nobody") as refused:
        iprseg.read_marketplace(wrong)
    assert "hunter2" not in str(refused.value)
