"""What the commands share: options, tables and sentences on the terminal, progress."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from iprseg.formats import strip_control_characters

SourcePath = Annotated[
    str,
    typer.Argument(
        help="A folder or file of CSV, Parquet or Excel, a DuckDB file, or a "
        "database URL.",
    ),
]
MappingFile = Annotated[
    Path | None,
    typer.Option(
        help="The mapping.yaml that says which of your columns is which; "
        "draft one with `iprseg columns PATH`.",
    ),
]
BrandsFile = Annotated[
    Path | None,
    typer.Option(
        help="A CSV of brands of your own (columns: name, aliases, lines; several "
        "in one cell are separated by ;), added to the ones learned.",
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        help="File with the vault's key, needed only where the tables hold "
        "identities; the variable IPRSEG_VAULT_KEY does as well.",
    ),
]
StorePath = Annotated[
    Path,
    typer.Argument(help="The label store that `iprseg draw … --store FILE` made."),
]
CohortsFolder = Annotated[
    Path | None,
    typer.Option(help="Folder that `iprseg segment … --out DIR` wrote."),
]
CohortsLevel = Annotated[
    str | None,
    typer.Option(
        help="Which cohorts of --cohorts: listing or seller (a listing then has its "
        "seller's).  [default: the ones it holds; listing where both]",
    ),
]


_MAX_WIDTH = 100


def show_table(
    columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]], *, last: int = 0
) -> None:
    """Print a table on standard output.

    Parameters
    ----------
    columns : sequence of (str, {"left", "right"})
        Titles, and to which side the column is set.
    rows : iterable of sequences of str
        They may hold hostile text: it is shown, never obeyed.
    last : int, default 0
        So many rows at the end are set apart by a line.
    """
    console = Console()
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title, side in columns:
        right = side == "right"
        table.add_column(
            title,
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold",
            vertical="top",
        )
    cells = [[Text(strip_control_characters(cell)) for cell in row] for row in rows]
    for place, row in enumerate(cells):
        table.add_row(*row, end_section=place == len(cells) - last - 1)
    console.print(table, width=min(console.width, _MAX_WIDTH))
    console.print()


def show_named_rows(
    columns: Sequence[tuple[str, str]],
    rows: Iterable[tuple[str, str, Sequence[str]]],
) -> None:
    """Print rows whose names are too long for a column: name above, figures below.

    Parameters
    ----------
    columns : sequence of (str, {"left", "right"})
        Of the figures.
    rows : iterable of (number, name, figures)
        They may hold hostile text: it is shown, never obeyed.
    """
    console = Console()
    listed = [
        (
            number,
            strip_control_characters(name),
            list(map(strip_control_characters, row)),
        )
        for number, name, row in rows
    ]
    lines = [[title for title, _ in columns], *(row for _, _, row in listed)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]

    def _print_cells(row: Sequence[str], style: str) -> None:
        cells = [
            cell.rjust(width) if side == "right" else cell.ljust(width)
            for cell, width, (_, side) in zip(row, widths, columns, strict=True)
        ]
        console.print(Text("      " + "   ".join(cells).rstrip(), style=style))

    _print_cells(lines[0], "bold")
    console.print(Text("─" * min(console.width, 80)))
    for number, name, row in listed:
        table = Table.grid(padding=(0, 1))
        table.add_column(justify="right", width=3)
        table.add_column(overflow="fold")
        table.add_row(Text(number), Text(name))
        console.print(table, width=min(console.width, _MAX_WIDTH))
        _print_cells(row, "")
    console.print()


def print_sentences(*sentences: str) -> None:
    """Print sentences on standard output, wrapped at words."""
    console = Console()
    for sentence in sentences:
        lines = map(strip_control_characters, sentence.split("\n"))
        console.print(
            Text("\n".join(lines)),
            width=min(console.width, _MAX_WIDTH),
            highlight=False,
        )


def quote_command(*words: str | Path) -> str:
    """Write a command so that it can be copied into a shell.

    Examples
    --------
    >>> quote_command("iprseg", "label", Path("my labels.db"), "--annotator", "NAME")
    "iprseg label 'my labels.db' --annotator NAME"
    """
    import shlex

    return shlex.join(str(word) for word in words)


@contextmanager
def show_steps(total: int) -> Iterator[Callable[[str], None]]:
    """Show a bar of ``total`` steps; the yielded function starts the next one.

    Parameters
    ----------
    total : int
        How many steps will be announced.

    Yields
    ------
    callable
        Call it with the name of a step when that step begins.
    """
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("starting", total=total)
        begun = False

        def _begin_step(name: str) -> None:
            nonlocal begun
            if begun:
                progress.advance(task)
            begun = True
            progress.update(task, description=name)

        yield _begin_step
        progress.update(task, completed=total, description="done")
