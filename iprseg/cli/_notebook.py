"""The notebook that `iprseg label` opens: a store, a queue, a card."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from iprseg._optional import import_optional
from iprseg.errors import IprsegError

INTRODUCTION = """\
# Label listings

Choose **Run → Run All Cells**. The card appears below: click on it, then use the
keyboard. Two keys choose a label, **Enter** saves, **u** undoes, **x** skips.

An answer is safe once the card says "saved". Stop whenever you like; run the cells
again to go on where you stopped. A label says what you *suspect* from what is shown,
never what is proven.
"""
CARD = """\
from labeling import Codebook, LabelCard, LabelQueue, LabelStore

store = LabelStore({store!r})
queue = LabelQueue(
    store,
    Codebook.load(),
    annotator={annotator!r},
    design_id={design!r},
    labels_per_item={labels_per_item!r},
)
LabelCard(queue)
"""
PROGRESS = "queue.progress  # run this cell again to see how far you are"
PURPOSE = "label in a notebook"


def notebook_name(annotator: str) -> str:
    """Make a safe file name that differs for different annotators.

    Examples
    --------
    >>> notebook_name("anna"), notebook_name("../anna b")
    ('label_anna.ipynb', 'label_anna_b_fe6da0.ipynb')
    """
    safe = re.sub(r"[^\w-]+", "_", annotator).strip("_")[:40]
    if safe != annotator:
        digest = hashlib.sha256(annotator.encode()).hexdigest()[:6]
        safe = f"{safe}_{digest}".strip("_")
    return f"label_{safe}.ipynb"


def write_notebook(
    store: Path, annotator: str, design: str, labels_per_item: int
) -> tuple[Path, Path | None]:
    """Write the notebook beside the store.

    One with the same cells is left as it is, with what it shows. Another of the same
    name is kept under a new one: somebody may have worked in it.

    Parameters
    ----------
    store : pathlib.Path
        The label store.
    annotator, design : str
        Hostile text: they go into code as Python literals, and nowhere else.
    labels_per_item : int

    Returns
    -------
    path : pathlib.Path
        The notebook.
    kept : pathlib.Path or None
        What another notebook of that name is called now.

    Raises
    ------
    IprsegError
        The folder or the file cannot be written.
    MissingExtraError
        The extra ``lab`` is not installed.
    """
    nbformat = import_optional("nbformat", "lab", PURPOSE)
    code = CARD.format(
        store=store.name,  # beside the notebook, so that both may be moved together
        annotator=annotator,
        design=design,
        labels_per_item=labels_per_item,
    )
    v4 = nbformat.v4
    cells = [
        v4.new_markdown_cell(INTRODUCTION.strip(), id="introduction"),
        v4.new_code_cell(code.strip(), id="card"),
        v4.new_code_cell(PROGRESS, id="progress"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    path = store.absolute().parent / notebook_name(annotator)
    try:
        if path.exists() and _sources(nbformat, path) == _texts(notebook):
            return path, None
        kept = _keep(path) if path.exists() else None
        path.write_text(nbformat.writes(notebook), encoding="utf-8")
    except OSError as error:
        raise IprsegError(
            f"The notebook {str(path)!r} cannot be written ({error.strerror}): give "
            "this user the right to write the folder of the label store."
        ) from error
    return path, kept


def _sources(nbformat: object, path: Path) -> list[str] | None:
    """Read the cells of a notebook; None where it is none."""
    try:
        text = path.read_text(encoding="utf-8")
        return _texts(nbformat.reads(text, as_version=4))  # type: ignore[attr-defined]
    except OSError:
        raise
    except Exception:  # whatever it is, it is not the one to be written
        return None


def _texts(notebook: object) -> list[str]:
    return [cell.source for cell in notebook.cells]  # type: ignore[attr-defined]


def _keep(path: Path) -> Path:
    """Rename a file to the first free name."""
    for number in range(1, 1000):
        other = path.with_name(f"{path.stem}_{number}{path.suffix}")
        if not other.exists():
            path.rename(other)
            return other
    raise IprsegError(f"There are 1,000 notebooks like {str(path)!r}: remove some.")
