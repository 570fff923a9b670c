"""Find the header of a table that has a title line or notes above it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import pandas as pd

from iprseg.tables.names import column_words, normalise
from iprseg.tables.report import Notebook

# The header is among the first rows, or it is the first row.
_ROWS = 10
_TOTALS = frozenset(
    {"total", "totals", "grand total", "sum", "subtotal", "summe", "gesamt", "totale"}
    | {"suma", "soma", "toplam", "razem", "totaal", "итого", "合计", "总计", "合計"}
)
_NUMBER = re.compile(r"[-+]?[\d.,' ]*\d[\d.,' ]*%?")


def header_row(rows: Sequence[Sequence[object]]) -> int:
    """Give the position of the header among the first rows of a table.

    It is the first row, unless that holds a single text that is no column's name: then
    the first later row that fills most columns, with texts alone and one known name
    among them, is the header.

    Parameters
    ----------
    rows : sequence of sequences
        The first rows, with None, NaN or ``""`` for an empty cell.

    Returns
    -------
    int
        0 when nothing speaks against the first row.

    Examples
    --------
    >>> header_row([["Stock of May", ""], ["", ""], ["title", "price"], ["Hat", "5"]])
    2
    >>> header_row([["title", "price"], ["Hat", "5"]])
    0
    """
    filled = [[cell for cell in row if _given(cell)] for row in rows[:_ROWS]]
    width = max(map(len, filled), default=0)
    if width < 2 or len(filled[0]) > 1 or _known(filled[0]):
        return 0
    for place, cells in enumerate(filled):
        most = len(cells) > 1 and len(cells) > width / 2
        if most and all(map(_is_text, cells)) and _known(cells):
            return place
    return 0


def _known(cells: Sequence[object]) -> bool:
    """Say whether a cell holds a name that columns of listings or sellers go by."""
    return any(normalise(str(cell)) in _names() for cell in cells)


@cache
def _names() -> frozenset[str]:
    tables = ("listings", "sellers", "seller_identity", "reviews")
    return frozenset(
        word
        for table in tables
        for column, words in column_words(table).items()
        for word in (normalise(column), *words)
    )


def _given(cell: object) -> bool:
    return not pd.isna(cell) and bool(str(cell).strip())  # type: ignore[call-overload]


def _is_text(cell: object) -> bool:
    return isinstance(cell, str) and not _NUMBER.fullmatch(cell.strip())


def tell_above(rows: Sequence[Sequence[object]], name: str, book: Notebook) -> None:
    """Keep the rows above a header in the report, and say so."""
    texts = [" ".join(str(c) for c in row if _given(c)) for row in rows]
    above = pd.DataFrame({"row": range(1, len(rows) + 1), "text": texts})
    done = "not read as listings; kept among the rows set aside"
    what = "rows stand above the header"
    book.add("note", name, "", what, done, n=len(rows), examples=filter(None, texts))
    book.put_aside(name, above, what)


def tell_total(frame: pd.DataFrame, name: str, book: Notebook) -> None:
    """Warn of a last row that looks like a sum of the others; it stays."""
    if len(frame) < 2:
        return
    texts = [str(cell).strip() for cell in frame.iloc[-1].dropna()]
    words = [text for text in texts if not _NUMBER.fullmatch(text)]
    first = words[0].casefold().rstrip(":") if words else ""
    if len(words) == 1 and first in _TOTALS and len(texts) < frame.shape[1]:
        what = "the last row looks like a total, not like a listing"
        book.add("warning", name, "", what, "kept; take it out", n=1, examples=words)
