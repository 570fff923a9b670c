"""Print tables and numbers so that they can be read at 80 columns."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDEST = 100


def plain(text: Any) -> str:
    r"""Take out what a terminal would obey: escapes, line ends, direction overrides.

    Examples
    --------
    >>> plain("red\x1b[31m \u202ecup\n"), plain("чашка 50 ml")
    ('red[31m cup', 'чашка 50 ml')
    """
    return "".join(sign for sign in str(text) if sign.isprintable())


def percent(share: Any) -> str:
    """Write a share; small ones are not rounded to nothing.

    Examples
    --------
    >>> percent(0.123), percent(0.0123), percent(0.0004), percent(0), percent(1)
    ('12 %', '1.2 %', '0.04 %', '0 %', '100 %')
    """
    return f"{_digits(100 * float(share))} %"


def sure(confidence: float) -> str:
    """Write a confidence as it was asked for, not rounded.

    Examples
    --------
    >>> sure(0.95), sure(0.975), sure(0.999)
    ('95 %', '97.5 %', '99.9 %')
    """
    return f"{100 * confidence:.10g} %"


def points(share: float) -> str:
    """Write a half width, which is no share of anything.

    Examples
    --------
    >>> points(0.05), points(0.126)
    ('± 5.0 points', '± 13 points')
    """
    return f"± {_digits(100 * share)} points"


def limits(low: float, high: float) -> str:
    """Write two limits in percent.

    Examples
    --------
    >>> limits(0.004, 0.061), limits(0, 1), limits(1e-7, 0.81)
    ('[0.4, 6.1]', '[0, 100]', '[under 0.01, 81]')
    """
    return f"[{_digits(100 * low)}, {_digits(100 * high)}]"


def _digits(value: float) -> str:
    if value == 0 or value >= 10:
        return f"{value:.0f}"
    told = f"{value:.1f}" if value >= 0.1 else f"{value:.2f}"
    return "under 0.01" if told == "0.00" else told


def counted(number: int, noun: str) -> str:
    """Write a number with what is counted.

    Examples
    --------
    >>> counted(1, "label"), counted(1500, "listing")
    ('1 label', '1,500 listings')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


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
    cells = [[Text(plain(cell)) for cell in row] for row in rows]
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
        (number, plain(name), list(map(plain, row))) for number, name, row in rows
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
