"""`iprseg label`: label the sample in a notebook, by keyboard."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iprseg._check import check_interval
from iprseg.cli._lab import build_lab_command, require_lab, run_lab
from iprseg.cli._notebook import write_notebook
from iprseg.cli._options import StorePath
from iprseg.cli._show import command, say
from iprseg.errors import IprsegError
from iprseg.wording import format_count

if TYPE_CHECKING:
    from labeling import LabelQueue, LabelStore


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
    from iprseg.cli._store import open_store

    _check(annotator, labels_per_item, port)
    require_lab()
    with open_store(store) as labels:
        queue = _queue(labels, annotator, design, labels_per_item)
        progress, design = queue.progress, queue.design_id
    path, kept = write_notebook(store, annotator, design, labels_per_item)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    if kept is not None:
        say(f"Another {path.name} was there; it is called {kept.name} now.")
    say(
        f"{format_count(progress.left, 'listing')} of {progress.total:,} left for "
        f"{annotator} in the draw {design} ({progress.labeled:,} labeled, "
        f"{progress.skipped:,} skipped)."
    )
    if not progress.left:
        typer.echo("\nNext: " + command("iprseg", "estimate", store))
    typer.echo(f"Notebook: {shown}")
    if open_it:
        say(
            f"JupyterLab starts: in {path.name} choose Run > Run All Cells. To stop it "
            "press Ctrl+C here."
        )
        run_lab(path, port, browser)
    else:
        words = build_lab_command(shown, port, browser)
        words[3] = str(shown)
        typer.echo("\nNext: " + command(*words))


def _check(annotator: str, labels_per_item: int, port: int | None) -> None:
    owner = "iprseg label"
    if not annotator.strip() or not annotator.isprintable():
        raise IprsegError(
            "--annotator needs a pseudonym of letters that can be printed; got "
            f"{annotator!r}."
        )
    check_interval("labels-per-item", labels_per_item, owner, low=1)
    if port is not None:
        check_interval("port", port, owner, low=1, high=65535)


def _queue(
    store: "LabelStore", annotator: str, design: str | None, labels_per_item: int
) -> "LabelQueue":
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
        queue = LabelQueue(store, book, annotator, one, labels_per_item=labels_per_item)
        if queue.progress.left:
            break
    return queue
