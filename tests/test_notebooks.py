"""Notebooks keep their outputs, stay short and thin, and check what they say.

That they run is tested by nbval, which does not compare a cell without outputs: hence
the checks here.
"""

from pathlib import Path
from tempfile import gettempdir

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


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


def test_it_asserts_and_compares_something(notebook):
    tags = [
        tag for cell in code_cells(notebook) for tag in cell.metadata.get("tags", [])
    ]
    assert any("assert " in cell.source for cell in code_cells(notebook))
    assert {"parameters", "nbval-check-output"} <= set(tags)


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
    assert path.stat().st_size < 700_000
    assert "widgets" not in nbformat.read(path, as_version=4).metadata
