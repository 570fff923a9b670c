"""What is no label store, or no folder of cohorts, is one sentence in every command."""

import sqlite3

import pandas as pd
import pytest

from iprseg.report.results import record_run
from labeling import LabelStore


def text_file(path):
    path.write_text("hello")


def other_database(path):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE prices (a)")


def look_alike(path):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE meta (a)")
        database.execute("CREATE TABLE events (a)")


def other_version(path):
    LabelStore(path).close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")


def torn(path):
    LabelStore(path).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


PLACES = {
    "a text file": (text_file, "is not a label store"),
    "another database": (other_database, "is a database but not a label store"),
    "a database that looks alike": (look_alike, "is a database but not a label store"),
    "a store of another version": (other_version, "has version 99"),
    "a damaged store": (torn, "damaged"),
    "a folder": (lambda path: path.mkdir(), "is a folder"),
    "nothing": (lambda path: None, "There is no label store"),
    "an empty store": (lambda path: LabelStore(path).close(), "holds no sample"),
}
COMMANDS = {
    "label": lambda run, made, path: run(
        "label", path, "--annotator", "a", "--no-open"
    ),
    "estimate": lambda run, made, path: run("estimate", path),
    "segment": lambda run, made, path: run(
        "segment", made.tables, "--labels", path, "--out", path.parent / "out"
    ),
    "draw": lambda run, made, path: run("draw", made.tables, "--store", path),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_store_is_one_sentence(run, made, tmp_path, command, place):
    make, sentence = PLACES[place]
    path = tmp_path / "labels.db"
    make(path)
    outcome = COMMANDS[command](run, made, path)
    if command == "draw" and place in ("nothing", "an empty store"):
        assert outcome.code == 0, outcome.err  # there it makes one
        return
    assert sentence in outcome.error
    assert not (tmp_path / "out").exists()
    assert path.exists() == (place != "nothing")


def test_a_place_that_cannot_hold_a_store_is_one_sentence(run, made, tmp_path):
    (tmp_path / "file").write_text("x")
    outcome = run("draw", made.tables, "--store", tmp_path / "file/labels.db")
    assert "choose another with --store" in outcome.error
    outcome = run("draw", made.tables, "--store", "/proc/labels.db")
    assert "cannot be opened" in outcome.error


def no_file(folder):
    (folder / "assignments.parquet").unlink()


def no_parquet(folder):
    (folder / "assignments.parquet").write_bytes(b"PAR1 and no more")


def cut(folder):
    path = folder / "assignments.parquet"
    path.write_bytes(path.read_bytes()[:-200])


def other_table(folder):
    pd.DataFrame({"a": [1]}).to_parquet(folder / "assignments.parquet")


def no_rows(folder):
    path = folder / "assignments.parquet"
    pd.read_parquet(path).head(0).to_parquet(path)


def no_numbers(folder):
    path = folder / "assignments.parquet"
    pd.read_parquet(path).assign(cohort="red").to_parquet(path)


def twice(folder):
    path = folder / "assignments.parquet"
    table = pd.read_parquet(path)
    pd.concat([table, table.head(1)]).to_parquet(path)


def sellers_only(folder):
    path = folder / "assignments.parquet"
    pd.read_parquet(path).query("level == 'seller'").to_parquet(path)


def broken_ranks(folder):
    (folder / "cohorts.parquet").write_bytes(b"PAR1")


def mixed(folder):
    path = folder / "assignments.parquet"
    pd.read_parquet(path).head(50).to_parquet(path)


def unsigned(folder):
    (folder / "run.json").unlink()


FOLDERS = {
    "a file of another run": (mixed, "is not of the run that run.json beside it tells"),
    "no run.json": (unsigned, "holds no run.json, so its files may be of different"),
    "no assignments.parquet": (
        no_file,
        "There is no assignments.parquet in the folder",
    ),
    "text in its place": (no_parquet, "cannot be read as Parquet"),
    "a cut file": (cut, "cannot be read as Parquet"),
    "another table": (other_table, "needs the columns 'level', 'entity_id'"),
    "no rows": (no_rows, "does not say a cohort for each of its rows"),
    "cohorts that are no numbers": (no_numbers, "does not say a cohort for each"),
    "an id twice": (twice, "holds the listing 'L00000000' twice"),
    "the other level only": (
        sellers_only,
        "holds no cohorts of listings but of sellers",
    ),
    "broken ranks": (broken_ranks, "cohorts.parquet' cannot be read as Parquet"),
}


@pytest.mark.parametrize("what", FOLDERS)
@pytest.mark.parametrize("command", ["draw", "estimate"])
def test_what_is_no_folder_of_cohorts_is_one_sentence(
    run, world, tmp_path, command, what
):
    make, sentence = FOLDERS[what]
    folder = tmp_path / "cohorts"
    folder.mkdir()
    for file in world.cohorts.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    make(folder)
    if make not in (mixed, unsigned):  # the file is what it was written as, and wrong
        record_run(folder, {"made": "by a test"})
    options = ("--cohorts", folder, "--level", "listing")
    if command == "draw":
        outcome = run("draw", world.tables, "--store", tmp_path / "new.db", *options)
    else:
        outcome = run("estimate", world.store, *options)
    assert sentence in outcome.error
    assert not (tmp_path / "new.db").exists()


def test_an_unknown_level_is_one_sentence(run, world):
    options = ("--cohorts", world.cohorts, "--level", "shop")
    assert (
        "must be one of 'listing', 'seller'"
        in run("estimate", world.store, *options).error
    )
