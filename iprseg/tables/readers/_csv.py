"""Read delimited text as text: every row is kept or accounted for."""

from __future__ import annotations

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from iprseg.errors import TableError
from iprseg.tables.contracts import TEXT
from iprseg.tables.readers._encoding import read_text
from iprseg.tables.readers._header import header_row, tell_above, tell_total
from iprseg.tables.report import Notebook

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_ROWS = 200
_SAMPLE_CHARACTERS = 1 << 18
_CHUNK = 50_000
_FIELD_LIMIT = 2**31 - 1


def read_csv(path: Path, book: Notebook, encoding: str | None) -> pd.DataFrame:
    """Read a CSV file, plain or gzip, as text; an empty cell is missing.

    Parameters
    ----------
    path : Path
        The file.
    book : Notebook
        Takes what is odd: encoding, ragged rows, repeated names.
    encoding : str or None
        Encoding, or None to find it out.

    Returns
    -------
    DataFrame of shape (rows, columns)
        All text.

    Raises
    ------
    TableError
        When the encoding cannot be told, or there is no header.
    """
    text = read_text(path, book, encoding)
    if not text.strip():
        raise TableError(f"The file {path.name!r} is empty: it has not even a header.")
    text, delimiter = _delimiter(text)
    # one field may hold a whole description; the module's default stops at 128 KiB
    before = csv.field_size_limit(_FIELD_LIMIT)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        first = list(itertools.islice((row for row in rows if row), 10))
        place = header_row(first)
        if place:
            tell_above(first[:place], path.name, book)
        header = _header(first[place], path.name, book)
        rest = itertools.chain(first[place + 1 :], rows)
        frame = _collect(rest, header, path.name, book)
        tell_total(frame, path.name, book)
        return frame
    finally:
        csv.field_size_limit(before)


def _delimiter(text: str) -> tuple[str, str]:
    """Find the delimiter that cuts the first rows most evenly into most columns."""
    first, _, rest = text.partition("\n")
    if first.strip().lower() in {f"sep={d}" for d in _DELIMITERS}:
        return rest, first.strip()[4]  # a line that Excel writes
    scores = {d: _evenness(text[:_SAMPLE_CHARACTERS], d) for d in _DELIMITERS}
    return text, max(scores, key=scores.__getitem__)


def _evenness(sample: str, delimiter: str) -> tuple[bool, float, int]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        rows = [row for row in itertools.islice(reader, _SAMPLE_ROWS) if row]
        widths = [len(row) for row in rows[header_row(rows) if rows else 0 :]]
    except csv.Error:  # a field longer than the limit: judge by the header alone
        widths = [len(sample.partition("\n")[0].split(delimiter))]
    header = widths[0] if widths else 0
    share = Counter(widths)[header] / max(len(widths), 1)
    return header > 1, round(share, 1), header


def _header(cells: list[str], name: str, book: Notebook) -> list[str]:
    """Give each column a name of its own."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        clean = cell.strip().lstrip("\ufeff") or f"column_{number}"
        if clean in names:
            again = f"{clean}.{number}"
            book.add(
                "warning", name, clean, "two columns have this name", f"named {again!r}"
            )
            clean = again
        names.append(clean)
    return names


def _collect(
    rows: Iterator[list[str]], header: list[str], name: str, book: Notebook
) -> pd.DataFrame:
    width = len(header)
    chunks: list[pd.DataFrame] = []
    ragged: dict[str, list[tuple[int, list[str]]]] = {"short": [], "long": []}
    number = 0
    while chunk := list(itertools.islice(rows, _CHUNK)):
        kept = []
        for row in chunk:
            if not row:
                continue  # a blank line is no row
            number += 1
            if len(row) != width:
                row = _even_out(row, width, number, ragged)
            kept.append(row)
        if kept:
            chunks.append(pd.DataFrame(kept, columns=header, dtype=TEXT))
    _tell_ragged(ragged, header, name, book)
    _tell_open_quote(ragged["short"], number, name, book)
    if not chunks:
        return pd.DataFrame(columns=header, dtype=TEXT)
    frame = pd.concat(chunks, ignore_index=True) if len(chunks) > 1 else chunks[0]
    return frame.mask(frame == "", np.nan)


def _even_out(
    row: list[str], width: int, number: int, ragged: dict[str, list]
) -> list[str]:
    """Pad a short row, cut a long one; remember both."""
    if len(row) < width:
        ragged["short"].append((number, row))
        return row + [""] * (width - len(row))
    if any(row[width:]):
        ragged["long"].append((number, row))
    return row[:width]


def _tell_ragged(
    ragged: dict[str, list[tuple[int, list[str]]]],
    header: list[str],
    name: str,
    book: Notebook,
) -> None:
    if short := ragged["short"]:
        book.add(
            "warning",
            name,
            "",
            f"rows with fewer than {len(header)} values",
            "kept, the last columns are missing",
            n=len(short),
            examples=(f"row {number}" for number, _ in short),
        )
    if long := ragged["long"]:
        book.add(
            "warning",
            name,
            "",
            f"rows with more than {len(header)} values",
            f"kept with their first {len(header)}, the values after them were left",
            n=len(long),
            examples=(f"row {number}" for number, _ in long),
        )


def _tell_open_quote(
    short: list[tuple[int, list[str]]],
    rows: int,
    name: str,
    book: Notebook,
) -> None:
    """Notice a quotation mark that swallowed the rest of the file."""
    if short and short[-1][0] == rows and "\n" in short[-1][1][-1]:
        book.add(
            "error",
            name,
            "",
            f"a quotation mark is opened in row {rows} and not closed, so the rest of "
            "the file became one value",
            "mend the file at that row",
        )
