"""Run the notebooks and keep what they show: ``python -m docs.keep_notebooks [NAME ...]``.

A widget shows nothing without its kernel, so a picture of it is kept in its place: the
notebook is run once more in JupyterLab, on the loopback address, and the widget is
photographed by headless Chromium. What the picture shows is said in words in the
metadata of its cell (``mystnb.image.alt``), which is where site and JupyterLab find it.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.browser.lab import ROOT, LabPage, jupyter_lab

NOTEBOOKS = ROOT / "notebooks"
_WIDGET = "application/vnd.jupyter.widget-view+json"
_CHROMIUM = "/usr/bin/chromium"
_WAIT_MS = 600_000  # for a notebook to have run in the browser
_DRAW_MS = 3_000  # for a widget to have drawn itself


def keep_outputs(path: Path) -> None:
    """Run a notebook and write it with its outputs, pictures in place of widgets.

    Parameters
    ----------
    path : pathlib.Path
        The notebook; it is replaced.

    Raises
    ------
    ValueError
        When a cell shows a widget and says no words for it.
    """
    book = nbformat.read(path, as_version=4)
    NotebookClient(book, timeout=600, kernel_name="python3").execute(
        cwd=str(path.parent)
    )
    book.metadata.pop("widgets", None)  # megabytes, and useless without the kernel
    for cell in book.cells:
        cell.metadata.pop("execution", None)
    shown = [at for at, cell in enumerate(book.cells) if _find_widgets(cell)]
    for cell in book.cells:
        _add_words(cell)
    for at, picture in zip(shown, photograph_widgets(book, shown), strict=True):
        _replace_widget(book.cells[at], picture, path.name)
    nbformat.write(book, path)


def _add_words(cell: nbformat.NotebookNode) -> None:
    """Say what a plot shows to those who do not see it."""
    words = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
    for output in cell.get("outputs", []):
        if words and "image/png" in output.get("data", {}):
            output.metadata = nbformat.from_dict({"image/png": {"alt": words}})


def _find_widgets(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [one for one in cell.get("outputs", []) if _WIDGET in one.get("data", {})]


def _replace_widget(cell: nbformat.NotebookNode, picture: bytes, name: str) -> None:
    words = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
    if not words:
        raise ValueError(
            f"A cell of {name} shows a widget and says no words for it: write them to "
            f"its metadata, mystnb.image.alt. It begins: {cell.source[:60]!r}."
        )
    for output in _find_widgets(cell):
        data = {"image/png": base64.b64encode(picture).decode(), "text/plain": words}
        output.data = nbformat.from_dict(data)
        output.metadata = nbformat.from_dict({"image/png": {"alt": words}})


def photograph_widgets(
    book: nbformat.NotebookNode, cells: Sequence[int]
) -> list[bytes]:
    """Run a notebook in JupyterLab and take a picture of the widgets of some cells.

    Parameters
    ----------
    book : NotebookNode
    cells : sequence of int
        Places of the cells.

    Returns
    -------
    list of bytes
        A PNG for each.
    """
    from playwright.sync_api import sync_playwright

    if not cells:
        return []
    folder = Path(tempfile.mkdtemp())
    try:
        bare = nbformat.from_dict(book)
        nbformat.write(bare, folder / "shown.ipynb")
        # cells out of sight are not drawn otherwise
        settings = folder / ".settings/@jupyterlab/notebook-extension"
        settings.mkdir(parents=True)
        (settings / "tracker.jupyterlab-settings").write_text(
            '{"windowingMode": "none"}', encoding="utf-8"
        )
        with jupyter_lab(folder) as (address, token), sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=_CHROMIUM, args=["--no-sandbox"]
            )
            opened = LabPage(browser, address, token, "shown.ipynb")
            page = opened.page
            page.evaluate("document.title = 'running'")
            opened.menu("Run", "Run All Cells")
            page.wait_for_function(
                "() => [...document.querySelectorAll('.jp-NotebookPanel .jp-CodeCell "
                ".jp-InputArea-prompt')].every(one => /\\[\\d+\\]/.test(one.textContent))",
                timeout=_WAIT_MS,
            )
            pictures = []
            for at in cells:
                cell = page.locator(".jp-NotebookPanel .jp-Cell").nth(at)
                widget = cell.locator(".jp-OutputArea-output").last
                widget.scroll_into_view_if_needed()
                page.wait_for_timeout(_DRAW_MS)
                pictures.append(widget.screenshot())
            browser.close()
        return pictures
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(names: Sequence[str]) -> None:
    """Keep the outputs of the notebooks named, of all where none is."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not names or path.stem in names:
            print(f"{path.stem} …", flush=True)
            keep_outputs(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    main(parser.parse_args().names)
