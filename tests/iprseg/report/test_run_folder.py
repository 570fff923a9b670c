"""A run that is cut short at any rename is never read as one."""

import json
import os

import pandas as pd
import pytest

from iprseg.errors import TableError
from iprseg.report.assignments import read_assignments
from iprseg.report.results import write_run

FILES = ("assignments.parquet", "cohorts.parquet", "report.html", "signals.parquet")


class Killed(BaseException):
    """What a kill is to the code that runs: nothing catches it."""


def write_files(folder, cohort: int) -> None:
    table = pd.DataFrame(
        {"level": "listing", "entity_id": ["a", "b"], "cohort": cohort}
    )
    table.assign(cohort_name=f"run {cohort}").to_parquet(folder / FILES[0])
    table.assign(risk_rank=1.0).to_parquet(folder / FILES[1])
    (folder / FILES[2]).write_text(f"<p>{cohort}")
    table.to_parquet(folder / FILES[3])


@pytest.fixture
def folder(tmp_path):
    with write_run(tmp_path, {"seed": 0}) as place:
        write_files(place, 0)
    (tmp_path / "notes.txt").write_text("mine")
    return tmp_path


@pytest.mark.parametrize("at", range(len(FILES) + 1))
def test_interrupted_at_a_rename(folder, monkeypatch, at):
    renames = []

    def replace_until_killed(source, target, replace=os.replace):
        if len(renames) == at:
            raise Killed("here")
        renames.append(target)
        replace(source, target)

    monkeypatch.setattr("os.replace", replace_until_killed)
    with (
        pytest.raises(Killed, match="here"),
        write_run(folder, {"seed": 1}) as place,
    ):
        write_files(place, 1)
    monkeypatch.undo()
    try:
        found = set(read_assignments(folder, None).cohorts)
    except TableError as error:
        assert "is not of the run" in str(error)
        found = set()
    assert found == ({0} if at == 0 else set())
    assert (folder / "notes.txt").read_text() == "mine"
    with write_run(folder, {"seed": 1}) as place:  # again, whole
        write_files(place, 1)
    assert set(read_assignments(folder, None).cohorts) == {1}
    assert not list(folder.glob(".run-*"))


def test_interrupted_while_files_are_written(folder):
    with (
        pytest.raises(Killed, match="here"),
        write_run(folder, {"seed": 1}) as place,
    ):
        write_files(place, 1)
        raise Killed("here")
    assert set(read_assignments(folder, None).cohorts) == {0}


def test_what_a_killed_process_left_is_swept(folder):
    (folder / ".run-0123").mkdir()
    (folder / ".run-0123/assignments.parquet").write_text("half")
    with write_run(folder, {"seed": 1}) as place:
        write_files(place, 1)
    assert not list(folder.glob(".run-*"))


def test_files_of_the_earlier_run_go_and_those_of_others_stay(folder):
    (folder / "report.html").write_text("changed by hand")
    with write_run(folder, {"seed": 1}) as place:
        write_files(place, 1)
        (place / "report.html").unlink()
        (place / "signals.parquet").unlink()
    kept = sorted(one.name for one in folder.iterdir())
    assert kept == [
        "assignments.parquet",
        "cohorts.parquet",
        "notes.txt",
        "report.html",
        "run.json",
    ]


def test_the_id_follows_from_what_the_run_was_made_from(folder):
    def read_id():
        return json.loads((folder / "run.json").read_text())["run_id"]

    first = read_id()
    for seed, same in ((0, True), (1, False)):
        with write_run(folder, {"seed": seed}) as place:
            write_files(place, 0)
        assert (read_id() == first) is same


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 3}', "not JSON"])
def test_a_damaged_record_is_refused(folder, text):
    (folder / "run.json").write_text(text)
    with pytest.raises(TableError, match=r"run\.json' cannot be read"):
        read_assignments(folder, None)
