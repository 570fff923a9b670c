"""Notebooks run, show what they keep, and what they say is so.

nbval runs each and compares the cells that are tagged for it. What a notebook says is
looked at by the checks in ``tests/notebooks``, which stand in no teaching cell: here they
are put behind the cells they name.
"""

import re
import subprocess
import sys
from pathlib import Path
from tempfile import gettempdir

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CHECKS = ROOT / "tests" / "notebooks"
COMMAND = (
    "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", "/dev/null",
    "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=300",
)  # fmt: skip


def add_checks(notebook, text):
    """Put each check behind the cell it names: ``# %% after [3]`` is behind In [3]."""
    parts = re.split(r"(?m)^# %% after \[(\d+)\]\n", text)[1:]
    checks = dict(zip(map(int, parts[::2]), parts[1::2], strict=True))
    cells, count = [], 0
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type == "code":
            count += 1
            if count in checks:
                cells.append(nbformat.v4.new_code_cell(checks.pop(count)))
    assert not checks, f"no cell for the checks after {sorted(checks)}"
    notebook.cells = cells
    return notebook


def run_by_nbval(notebook, folder):
    """Run a notebook in a folder of its own; give what pytest printed, and its code."""
    path = folder / "checked.ipynb"
    nbformat.write(notebook, path)
    return subprocess.run(
        [sys.executable, *COMMAND, path.name],
        cwd=folder, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_promised_notebooks_are_there():
    names = {
        "00_quickstart",
        "01_your_own_tables",
        "02_label_and_measure",
        "03_signals",
        "04_segment_listings",
        "05_segment_sellers",
    }
    assert names <= {path.stem for path in NOTEBOOKS}


def test_it_was_run_from_top_to_bottom(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_it_is_short(notebook):
    cells = code_cells(notebook)
    assert len(cells) <= 12
    assert max(len(cell.source.splitlines()) for cell in cells) <= 15


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_what_it_says_is_so(path, tmp_path):
    checks = (CHECKS / f"check_{path.stem}.py").read_text(encoding="utf-8")
    assert "assert " in checks
    ran = run_by_nbval(add_checks(nbformat.read(path, 4), checks), tmp_path)
    assert ran.returncode == 0, ran.stdout[-5000:] + ran.stderr[-2000:]


def make_small_notebook(source, kept, tags=()):
    cell = nbformat.v4.new_code_cell(source, execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=kept)]
    cell.metadata["tags"] = list(tags)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})


def test_what_differs_from_what_was_kept_fails_the_notebook(tmp_path):
    tags = ["nbval-check-output"]
    assert run_by_nbval(
        make_small_notebook("print(1)", "1\n", tags), tmp_path
    ).returncode == 0  # fmt: skip
    ran = run_by_nbval(make_small_notebook("print(1)", "2\n", tags), tmp_path)
    assert ran.returncode == 1
    assert "1 failed" in ran.stdout


def test_a_check_that_does_not_hold_fails_the_notebook(tmp_path):
    book = make_small_notebook("number = 1", "")
    book.cells[0].outputs = []
    ran = run_by_nbval(
        add_checks(book, "# %% after [1]\nassert number == 2\n"), tmp_path
    )
    assert ran.returncode == 1
    assert "AssertionError" in ran.stdout


def test_teaching_cells_hold_no_assert(notebook):
    tags = [
        tag for cell in code_cells(notebook) for tag in cell.metadata.get("tags", [])
    ]
    assert not any("assert" in cell.source for cell in code_cells(notebook))
    assert "parameters" in tags


def test_a_widget_is_a_picture_with_words(notebook):
    for cell in code_cells(notebook):
        kinds = {kind for one in cell.outputs for kind in one.get("data", {})}
        assert "application/vnd.jupyter.widget-view+json" not in kinds
        if re.search(r"explore_cohorts\(|LabelCard\(", cell.source):
            assert "image/png" in kinds
            assert len(cell.metadata["mystnb"]["image"]["alt"]) > 40


def test_what_is_compared_was_kept(notebook):
    compared = [
        c
        for c in code_cells(notebook)
        if "nbval-check-output" in c.metadata.get("tags", [])
    ]
    assert all(cell.outputs for cell in compared)


def test_no_warning_and_no_place_on_a_disk_was_kept(notebook):
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    kinds = {output.get("name", output.output_type) for output in outputs}
    assert not kinds & {"stderr", "error"}
    assert str(gettempdir()) + "/" not in str(outputs)
    assert str(Path.home()) + "/" not in str(outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_light_and_holds_no_widget_state(path):
    assert path.stat().st_size < 900_000
    assert "widgets" not in nbformat.read(path, as_version=4).metadata
