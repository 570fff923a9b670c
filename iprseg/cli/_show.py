"""Print tables and numbers so that they can be read at 80 columns."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from iprseg.wording import strip_control_characters

WIDEST = 100


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
    console.print(table, width=min(console.width, WIDEST))
    console.print()


def show_figures(
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

    def _print(row: Sequence[str], style: str) -> None:
        cells = [
            cell.rjust(width) if side == "right" else cell.ljust(width)
            for cell, width, (_, side) in zip(row, widths, columns, strict=True)
        ]
        console.print(Text("      " + "   ".join(cells).rstrip(), style=style))

    _print(lines[0], "bold")
    console.print(Text("─" * min(console.width, 80)))
    for number, name, row in listed:
        table = Table.grid(padding=(0, 1))
        table.add_column(justify="right", width=3)
        table.add_column(overflow="fold")
        table.add_row(Text(number), Text(name))
        console.print(table, width=min(console.width, WIDEST))
        _print(row, "")
    console.print()


def say(*sentences: str) -> None:
    """Print sentences on standard output, wrapped at words."""
    console = Console()
    for sentence in sentences:
        console.print(Text(sentence), width=min(console.width, WIDEST), highlight=False)


def command(*words: str | Path) -> str:
    """Write a command so that it can be copied into a shell.

    Examples
    --------
    >>> command("iprseg", "label", Path("my labels.db"), "--annotator", "NAME")
    "iprseg label 'my labels.db' --annotator NAME"
    """
    import shlex

    return shlex.join(str(word) for word in words)
