"""`iprseg label`: label the sample in a notebook, by keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iprseg.cli._console import StorePath, print_sentences, quote_command
from iprseg.errors import IprsegError
from iprseg.formats import format_count
from iprseg.validation import check_interval

if TYPE_CHECKING:
    from labeling import LabelQueue, LabelStore, Progress
import hashlib
import os
import re
import signal
import subprocess
import sys

from iprseg.errors import import_optional


def label_command(
    store: StorePath,
    annotator: Annotated[
        str,
        typer.Option(
            help="Your pseudonym; it stays in the store and in the notebook's code."
        ),
    ],
    labels_per_item: Annotated[
        int,
        typer.Option(help="How many people each label a listing, independently."),
    ] = 1,
    lead: Annotated[
        bool,
        typer.Option(
            "--lead",
            help="Decide the listings on which readers disagree; your answer is then "
            "the label.",
        ),
    ] = False,
    design: Annotated[
        str | None,
        typer.Option(
            help="Which draw to label.  [default: the first with something left]"
        ),
    ] = None,
    open_it: Annotated[
        bool,
        typer.Option("--open/--no-open", help="Open JupyterLab, or only write."),
    ] = True,
    browser: Annotated[
        bool,
        typer.Option(
            "--browser/--no-browser",
            help="Let JupyterLab open a browser, or only say its address.",
        ),
    ] = True,
    port: Annotated[
        int | None, typer.Option(help="Port of JupyterLab.  [default: a free one]")
    ] = None,
) -> None:
    """Label the listings drawn, in a notebook, by keyboard.

    Writes a notebook label_NAME.ipynb beside the store and opens it in JupyterLab,
    which runs until you press Ctrl+C here. Every answer is on the disk before the card
    says so; the same command goes on where you stopped. Needs the extra lab. Then run
    `iprseg estimate STORE`.
    """
    from labeling.store.label_store import open_store

    _check_label_options(annotator, labels_per_item, port)
    _require_jupyterlab()
    with open_store(store) as held:
        queue = _open_queue(held, annotator, design, labels_per_item, lead)
        progress, design = queue.progress, queue.design_id
    path, kept = write_notebook(store, annotator, design, labels_per_item, lead)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    if kept is not None:
        print_sentences(f"Another {path.name} was there; it is called {kept.name} now.")
    print_sentences(_describe_progress(progress, annotator, design, lead))
    if not progress.left:
        typer.echo("\nNext: " + quote_command("iprseg", "estimate", store))
    typer.echo(f"Notebook: {shown}")
    if open_it:
        print_sentences(
            f"JupyterLab starts and runs {path.name}. To stop it press Ctrl+C here."
        )
        run_lab(path, port, browser)
    else:
        words = build_lab_command(shown, port, browser)
        words[3] = str(shown)
        typer.echo("\nNext: " + quote_command(*words))


def _describe_progress(
    progress: Progress, annotator: str, design: str, lead: bool
) -> str:
    left = f"{format_count(progress.left, 'listing')} of {progress.total:,}"
    if not lead:
        return (
            f"{left} left for {annotator} in the draw {design} "
            f"({progress.labeled:,} labeled, {progress.skipped:,} skipped)."
        )
    own = progress.total - progress.left - progress.labeled - progress.skipped
    told = (
        f"{left} on which readers disagree left for {annotator} to decide in the draw "
        f"{design} ({progress.labeled:,} decided, {progress.skipped:,} skipped)."
    )
    if own > 0:
        told += f" {own:,} of them {annotator} read: another lead decides those."
    return told


def _check_label_options(
    annotator: str, labels_per_item: int, port: int | None
) -> None:
    owner = "iprseg label"
    if not annotator.strip() or not annotator.isprintable():
        raise IprsegError(
            "--annotator needs a pseudonym of letters that can be printed; got "
            f"{annotator!r}."
        )
    check_interval("labels-per-item", labels_per_item, owner, low=1)
    if port is not None:
        check_interval("port", port, owner, low=1, high=65535)


def _open_queue(
    store: LabelStore,
    annotator: str,
    design: str | None,
    labels_per_item: int,
    lead: bool,
) -> LabelQueue:
    """Give the queue of the design asked for, or of the first with items left."""
    from labeling import Codebook, LabelQueue

    held = [design] if design is not None else store.designs
    if not held:
        raise IprsegError(
            f"{str(store.path)!r} holds no sample to label: draw one with "
            "`iprseg draw PATH --store FILE`."
        )
    book = Codebook.load()
    for one in held:
        queue = LabelQueue(
            store,
            book,
            annotator,
            one,
            labels_per_item=labels_per_item,
            decides=lead,
        )
        if queue.progress.left:
            break
    return queue


_INTRODUCTION = """\
# Label listings

The card appears below (if it does not, choose **Run → Run All Cells**): click on it,
then use the keyboard. Two keys choose a label, **Enter** saves, **u** undoes, **x** skips.

An answer is safe once the card says "saved". Stop whenever you like; run the cells
again to go on where you stopped. A label says what you *suspect* from what is shown,
never what is proven.
"""
_CARD_CODE = """\
from labeling import Codebook, LabelCard, LabelQueue, LabelStore

store = LabelStore({store!r})
queue = LabelQueue(
    store,
    Codebook.load(),
    annotator={annotator!r},
    design_id={design!r},
    labels_per_item={labels_per_item!r},{decides}
)
LabelCard(queue)
"""
_PROGRESS_CODE = "queue.progress  # run this cell again to see how far you are"
_PURPOSE = "label in a notebook"


def _name_notebook(annotator: str, lead: bool = False) -> str:
    """Make a safe file name that differs for different annotators.

    Examples
    --------
    >>> _name_notebook("anna"), _name_notebook("../anna b")
    ('label_anna.ipynb', 'label_anna_b_fe6da0.ipynb')
    >>> _name_notebook("anna", lead=True)
    'decide_anna.ipynb'
    """
    safe = re.sub(r"[^\w-]+", "_", annotator).strip("_")[:40]
    if safe != annotator:
        digest = hashlib.sha256(annotator.encode()).hexdigest()[:6]
        safe = f"{safe}_{digest}".strip("_")
    return f"{'decide' if lead else 'label'}_{safe}.ipynb"


def write_notebook(
    store: Path, annotator: str, design: str, labels_per_item: int, lead: bool = False
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
    lead : bool

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
    nbformat = import_optional("nbformat", "lab", _PURPOSE)
    code = _CARD_CODE.format(
        store=store.name,  # beside the notebook, so that both may be moved together
        annotator=annotator,
        design=design,
        labels_per_item=labels_per_item,
        decides="\n    decides=True," if lead else "",
    )
    v4 = nbformat.v4
    folded = {"jupyter": {"source_hidden": True}}
    cells = [
        v4.new_markdown_cell(_INTRODUCTION.strip(), id="introduction"),
        v4.new_code_cell(code.strip(), id="card", metadata=folded),
        v4.new_code_cell(_PROGRESS_CODE, id="progress"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    # labeling/widgets/lab runs a notebook that says so as it is opened
    facts = {"kernelspec": kernel, "iprseg": {"run": True}}
    notebook = v4.new_notebook(cells=cells, metadata=facts)
    path = store.absolute().parent / _name_notebook(annotator, lead)
    try:
        if path.exists() and _read_cell_sources(nbformat, path) == _list_cell_sources(
            notebook
        ):
            return path, None
        kept = _rename_aside(path) if path.exists() else None
        path.write_text(nbformat.writes(notebook), encoding="utf-8")
    except OSError as error:
        raise IprsegError(
            f"The notebook {str(path)!r} cannot be written ({error.strerror}): give "
            "this user the right to write the folder of the label store."
        ) from error
    return path, kept


def _read_cell_sources(nbformat: object, path: Path) -> list[str] | None:
    """Read the cells of a notebook; None where it is none."""
    try:
        text = path.read_text(encoding="utf-8")
        return _list_cell_sources(nbformat.reads(text, as_version=4))  # type: ignore[attr-defined]
    except OSError:
        raise
    except Exception:  # whatever it is, it is not the one to be written
        return None


def _list_cell_sources(notebook: object) -> list[str]:
    return [cell.source for cell in notebook.cells]  # type: ignore[attr-defined]


def _rename_aside(path: Path) -> Path:
    """Rename a file to the first free name."""
    for number in range(1, 1000):
        other = path.with_name(f"{path.stem}_{number}{path.suffix}")
        if not other.exists():
            path.rename(other)
            return other
    raise IprsegError(f"There are 1,000 notebooks like {str(path)!r}: remove some.")


def build_lab_command(notebook: Path, port: int | None, browser: bool) -> list[str]:
    """Give the command that opens a notebook; it runs in the notebook's folder.

    Examples
    --------
    >>> build_lab_command(Path("a/label_anna.ipynb"), None, True)[1:4]
    ['-m', 'jupyterlab', 'label_anna.ipynb']
    """
    words = [sys.executable, "-m", "jupyterlab", notebook.name]
    words.append("--ServerApp.ip=127.0.0.1")  # to nobody but this machine
    words.append(f"--LabApp.extra_labextensions_path={_find_lab_folder()}")
    if port is not None:
        words += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        words.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.append("--allow-root")  # in a container everything is root's
    return words


def _find_lab_folder() -> Path:
    """Find what runs the notebook as it opens, and keeps JupyterLab from asking."""
    import labeling

    return Path(labeling.__file__).parent / "widgets" / "lab"


def _require_jupyterlab() -> None:
    """Refuse at once where JupyterLab or what the card needs is not installed.

    Raises
    ------
    MissingExtraError
    """
    for name in ("jupyterlab", "ipykernel", "anywidget"):
        import_optional(name, "lab", _PURPOSE)


def run_lab(notebook: Path, port: int | None, browser: bool) -> None:
    """Open a notebook in JupyterLab and wait until that ends.

    Ctrl+C goes to JupyterLab, which asks whether to stop; a request to end this
    process ends JupyterLab too.

    Raises
    ------
    IprsegError
        JupyterLab ended by itself with an error.
    """
    asked = False
    server = subprocess.Popen(  # noqa: S603  # our own words, no shell
        build_lab_command(notebook, port, browser), cwd=notebook.parent
    )

    def _terminate_lab_server(*_: object) -> None:
        nonlocal asked
        asked = True
        server.terminate()

    before = signal.signal(signal.SIGTERM, _terminate_lab_server)
    try:
        code = _wait_for_server(server)
    finally:
        signal.signal(signal.SIGTERM, before)
        if server.poll() is None:
            server.terminate()
            server.wait()
    if code and not asked:
        raise IprsegError(
            f"JupyterLab ended with an error (code {code}; it says why above): "
            f"{str(notebook)!r} is written, open it in any Jupyter."
        )


def _wait_for_server(server: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:  # JupyterLab got it too, and asks
            continue
