"""`iprseg label`: a notebook that runs, and a JupyterLab that is started and ended."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from labeling import LabelStore
from tests.iprseg.cli.conftest import label

ROOT = Path(__file__).parents[3]
VIEW = "application/vnd.jupyter.widget-view+json"
HOSTILE = "'\"); import os; os.remove('labels.db') # {x} <script>чаша"


def write(run, world, annotator="anna", *options):
    return run("label", world.store, "--annotator", annotator, "--no-open", *options)


def notebook(world) -> Path:
    (path,) = world.store.parent.glob("label_*.ipynb")
    return path


def sources(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def answers(store) -> int:
    labels = LabelStore(store)
    count = len(labels.events())
    labels.close()
    return count


def test_the_notebook_runs_and_shows_the_card(run, world):
    outcome = write(run, world)
    assert outcome.code == 0, outcome.err
    path = notebook(world)
    assert path.name == "label_anna.ipynb"
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(book, timeout=120, resources=where).execute()
    card, progress = book.cells[1:]
    assert VIEW in card.outputs[-1].data
    assert (
        "Progress(total=150, gone=0, labeled=0"
        in progress.outputs[-1].data["text/plain"]
    )


def test_a_hostile_name_is_text_in_the_code_and_nowhere_else(run, world):
    outcome = write(run, world, HOSTILE)
    assert outcome.code == 0, outcome.err
    path = notebook(world)
    assert path.parent == world.store.parent
    book = nbformat.read(path, as_version=4)
    assert f"annotator={HOSTILE!r}" in book.cells[1].source
    assert "script" not in book.cells[0].source
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(book, timeout=120, resources=where).execute()
    assert VIEW in book.cells[1].outputs[-1].data
    assert world.store.exists()


def test_a_hostile_store_name_is_text_too(run, world):
    odd = world.store.with_name("a'); print('no') #.db")
    world.store.rename(odd)
    assert run("label", odd, "--annotator", "anna", "--no-open").code == 0
    (path,) = odd.parent.glob("label_*.ipynb")
    assert f"LabelStore({odd.name!r})" in sources(path)[1]


def test_what_is_left_and_what_to_type_are_printed(run, world):
    label(world.store, 12, skip=4)
    outcome = write(run, world)
    assert "138 listings of 150 left for anna" in outcome.told
    assert "(9 labeled, 3 skipped)" in outcome.told
    (line,) = [line for line in outcome.out.splitlines() if line.startswith("Next: ")]
    assert "-m jupyterlab" in line
    assert str(notebook(world)) in line
    assert (
        "150 listings of 150 left"
        in write(run, world, "ben", "--labels-per-item", "2").told
    )


def test_when_nothing_is_left_the_next_step_is_the_estimate(run, world):
    label(world.store, 150)
    outcome = write(run, world)
    assert "0 listings of 150 left" in outcome.told
    assert f"Next: iprseg estimate {world.store}" in outcome.out


def test_the_next_draw_is_labeled_once_the_first_is_done(run, world):
    label(world.store, 150)
    more = ("--store", world.store, "--cohorts", world.cohorts, "--n", "20")
    assert run("draw", world.tables, *more, "--next-wave").code == 0
    labels = LabelStore(world.store)
    first, second = labels.designs
    labels.close()
    assert "20 listings of 20 left" in write(run, world).told
    assert f"design_id={second!r}" in sources(notebook(world))[1]
    assert "0 listings of 150 left" in write(run, world, "anna", "--design", first).told


def test_a_notebook_somebody_ran_is_left_as_it_is(run, world):
    write(run, world)
    book = nbformat.read(notebook(world), as_version=4)
    book.cells[1].execution_count = 7
    nbformat.write(book, notebook(world))
    before = notebook(world).read_bytes()
    assert write(run, world).code == 0
    assert notebook(world).read_bytes() == before


@pytest.mark.parametrize("content", ["no notebook", '{"cells": 3}', "\udcff"])
def test_another_file_of_that_name_is_kept_and_told(run, world, content):
    path = world.store.with_name("label_anna.ipynb")
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    outcome = write(run, world)
    assert outcome.code == 0, outcome.err
    assert "it is called label_anna_1.ipynb now" in outcome.told
    kept = path.with_name("label_anna_1.ipynb").read_bytes()
    assert kept == content.encode("utf-8", "surrogateescape")
    assert len(sources(path)) == 3


def test_two_names_alike_but_for_signs_get_two_files(run, world):
    for name in ("a b", "a_b", "a/b", "../a_b", "."):
        assert write(run, world, name).code == 0
    names = {path.name for path in world.store.parent.glob("*.ipynb")}
    assert len(names) == 5
    assert list(world.store.parent.parent.glob("*.ipynb")) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--annotator", " "), "--annotator needs a pseudonym"),
        (("--annotator", "a\nb"), "--annotator needs a pseudonym"),
        (("--annotator", "\udcff"), "--annotator needs a pseudonym"),
        (("--annotator", "a", "--labels-per-item", "0"), "labels-per-item"),
        (("--annotator", "a", "--port", "70000"), "'port' parameter of iprseg label"),
        (("--annotator", "a", "--design", "nope"), "has no design 'nope'"),
    ],
)
def test_a_wrong_option_is_one_sentence(run, world, options, sentence):
    outcome = run("label", world.store, "--no-open", *options)
    assert sentence in outcome.error
    assert list(world.store.parent.glob("*.ipynb")) == []


def test_a_place_that_cannot_be_written_is_one_sentence(run, world):
    folder = world.store.with_name("label_anna.ipynb")
    folder.mkdir()
    assert "cannot be written" in write(run, world).error


@pytest.mark.parametrize("package", ["jupyterlab", "anywidget", "nbformat"])
def test_without_the_extra_it_is_one_sentence(run, world, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    outcome = write(run, world)
    assert "pip install 'iprseg[lab]'" in outcome.error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder: Path) -> dict[str, str]:
    """Nothing of the person who runs the tests: no settings, no open tabs."""
    places = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_RUNTIME_DIR",
        "JUPYTER_DATA_DIR",
        "IPYTHONDIR",
    )
    own = {place: str(folder / "jupyter" / place) for place in places}
    return {**os.environ, **own, "PYTHONPATH": str(ROOT)}


def start(world, *options) -> subprocess.Popen:
    words = ("label", str(world.store), "--annotator", "anna", "--no-browser", *options)
    code = "from iprseg.cli import main; main()"
    folder = world.store.parent
    with open(folder / "lab.log", "w") as log:
        return subprocess.Popen(
            [sys.executable, "-c", code, *words],
            env=environment(folder),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def wait_until_it_answers(port: int, process: subprocess.Popen, log: Path) -> None:
    for _ in range(480):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError("JupyterLab did not answer: " + log.read_text()[-2000:])


def test_jupyterlab_starts_on_the_notebook_and_ends_with_the_command(world):
    port, log = free_port(), world.store.with_name("lab.log")
    process = start(world, "--port", str(port))
    try:
        wait_until_it_answers(port, process, log)
        token = re.search(r"token=(\w+)", log.read_text())[1]
        place = f"/api/contents/label_anna.ipynb?content=0&token={token}"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{place}") as answer:
            assert json.load(answer)["type"] == "notebook"  # it serves this folder
        os.killpg(process.pid, 0)  # there is a group to be gone later
    finally:
        process.send_signal(signal.SIGTERM)  # to the command alone
        code = process.wait(timeout=60)
    assert code == 0, log.read_text()
    with pytest.raises(ProcessLookupError, match="No such process"):
        os.killpg(process.pid, 0)
    assert answers(world.store) == 1  # the design; opening answers nothing


STAND_IN = """
import sys
import time
from pathlib import Path

import iprseg.cli.label as lab

child = "import time\\nprint('up', flush=True)\\ntry: time.sleep(60)\\nexcept KeyboardInterrupt: time.sleep(1); print('asked', flush=True)"
lab.build_lab_command = lambda *_: [sys.executable, "-c", child]
lab.run_lab(Path("label_anna.ipynb").absolute(), None, False)
print("ended", flush=True)
"""


def test_ctrl_c_is_for_jupyterlab_and_the_command_waits_for_it():
    process = subprocess.Popen(
        [sys.executable, "-c", STAND_IN],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    assert process.stdout.readline() == "up\n"
    time.sleep(0.5)  # the child is asleep by then
    os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it, to both
    told, _ = process.communicate(timeout=60)
    assert told.split() == ["asked", "ended"]
    assert process.returncode == 0


def test_a_jupyterlab_that_cannot_start_is_one_sentence(world):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start(world, "--port", str(taken.getsockname()[1]))
        assert process.wait(timeout=120) == 2
    told = world.store.with_name("lab.log").read_text()
    assert "Error: JupyterLab ended with an error" in told
    assert "label_anna.ipynb" in told
    assert "iprseg/cli" not in told  # no traceback of ours
