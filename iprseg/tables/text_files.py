"""Read delimited text as text: every row is kept or accounted for.

The encoding, the delimiter and the row that is the header are found out, and what is
uncertain about them is reported.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from iprseg.errors import TableError
from iprseg.tables.checks import ProblemLog
from iprseg.tables.contracts import TEXT_DTYPE, get_column_synonyms, normalise_name

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_ROWS = 200
_SAMPLE_CHARACTERS = 1 << 18
_CHUNK_ROWS = 50_000
_FIELD_LIMIT = 2**31 - 1


def read_csv(path: Path, book: ProblemLog, encoding: str | None) -> pd.DataFrame:
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
    text = _read_text(path, book, encoding)
    if not text.strip():
        raise TableError(f"The file {path.name!r} is empty: it has not even a header.")
    text, delimiter = _find_delimiter(text)
    # one field may hold a whole description; the module's default stops at 128 KiB
    before = csv.field_size_limit(_FIELD_LIMIT)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        first = list(itertools.islice((row for row in rows if row), 10))
        place = find_header_row(first)
        if place:
            report_rows_above(first[:place], path.name, book)
        header = _name_columns(first[place], path.name, book)
        rest = itertools.chain(first[place + 1 :], rows)
        frame = _collect_rows(rest, header, path.name, book)
        report_total_row(frame, path.name, book)
        return frame
    finally:
        csv.field_size_limit(before)


def _find_delimiter(text: str) -> tuple[str, str]:
    """Find the delimiter that cuts the first rows most evenly into most columns."""
    first, _, rest = text.partition("\n")
    if first.strip().lower() in {f"sep={d}" for d in _DELIMITERS}:
        return rest, first.strip()[4]  # a line that Excel writes
    scores = {d: _score_delimiter(text[:_SAMPLE_CHARACTERS], d) for d in _DELIMITERS}
    return text, max(scores, key=scores.__getitem__)


def _score_delimiter(sample: str, delimiter: str) -> tuple[bool, float, int]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        rows = [row for row in itertools.islice(reader, _SAMPLE_ROWS) if row]
        widths = [len(row) for row in rows[find_header_row(rows) if rows else 0 :]]
    except csv.Error:  # a field longer than the limit: judge by the header alone
        widths = [len(sample.partition("\n")[0].split(delimiter))]
    header = widths[0] if widths else 0
    share = Counter(widths)[header] / max(len(widths), 1)
    return header > 1, round(share, 1), header


def _name_columns(cells: list[str], name: str, book: ProblemLog) -> list[str]:
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


def _collect_rows(
    rows: Iterator[list[str]], header: list[str], name: str, book: ProblemLog
) -> pd.DataFrame:
    width = len(header)
    chunks: list[pd.DataFrame] = []
    ragged: dict[str, list[tuple[int, list[str]]]] = {"short": [], "long": []}
    number = 0
    while chunk := list(itertools.islice(rows, _CHUNK_ROWS)):
        kept = []
        for row in chunk:
            if not row:
                continue  # a blank line is no row
            number += 1
            if len(row) != width:
                row = _pad_or_cut_row(row, width, number, ragged)
            kept.append(row)
        if kept:
            chunks.append(pd.DataFrame(kept, columns=header, dtype=TEXT_DTYPE))
    _report_ragged_rows(ragged, header, name, book)
    _report_open_quote(ragged["short"], number, name, book)
    if not chunks:
        return pd.DataFrame(columns=header, dtype=TEXT_DTYPE)
    frame = pd.concat(chunks, ignore_index=True) if len(chunks) > 1 else chunks[0]
    return frame.mask(frame == "", np.nan)


def _pad_or_cut_row(
    row: list[str], width: int, number: int, ragged: dict[str, list]
) -> list[str]:
    """Pad a short row, cut a long one; remember both."""
    if len(row) < width:
        ragged["short"].append((number, row))
        return row + [""] * (width - len(row))
    if any(row[width:]):
        ragged["long"].append((number, row))
    return row[:width]


def _report_ragged_rows(
    ragged: dict[str, list[tuple[int, list[str]]]],
    header: list[str],
    name: str,
    book: ProblemLog,
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


def _report_open_quote(
    short: list[tuple[int, list[str]]],
    rows: int,
    name: str,
    book: ProblemLog,
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


# A small gzip file can unpack to anything: stop here.
_MAX_BYTES = 4 * 2**30
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In Western text accented letters stand alone between ASCII ones; in Chinese,
# Japanese or Cyrillic encodings high bytes come in runs.
_MAX_SHARE_IN_RUNS = 0.3


def _read_text(path: Path, book: ProblemLog, encoding: str | None) -> str:
    """Read a text file, plain or gzip.

    UTF-8, UTF-16 and UTF-32 are recognised; what else looks like Western European
    text is read as cp1252 with a warning; anything else is refused.
    """
    data = _read_bytes(path)
    if encoding is not None:
        text = _decode_bytes(data, encoding, path.name)
    else:
        text = _decode_by_detected_encoding(data, path.name, book)
    if "\0" not in text:
        return text
    count = text.count("\0")
    if count > len(text) / 100:
        raise TableError(f"{path.name!r} is not a text file: it holds binary data.")
    book.add("warning", path.name, "", "NUL characters", "removed", n=count)
    return text.replace("\0", "")


def _read_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{path.name!r} cannot be unpacked: {error}.") from error
    if len(data) > _MAX_BYTES:
        raise TableError(
            f"{path.name!r} holds more than {_MAX_BYTES:,} bytes: save it as Parquet."
        )
    return data


def _decode_bytes(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except LookupError as error:
        raise TableError(
            f"The encoding {encoding!r} stated for {name!r} is not known."
        ) from error
    except UnicodeError as error:
        raise TableError(
            f"{name!r} is not in the encoding {encoding!r} that was stated for it."
        ) from error


def _decode_by_detected_encoding(data: bytes, name: str, book: ProblemLog) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_bytes(data, encoding, name)
    if wide := _detect_utf16(data):
        return _decode_bytes(data, wide, name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    high = sum(map(len, re.findall(rb"[\x80-\xff]+", data)))
    in_runs = sum(map(len, re.findall(rb"[\x80-\xff]{2,}", data)))
    if in_runs > high * _MAX_SHARE_IN_RUNS:
        raise _build_encoding_error(name)
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise _build_encoding_error(name) from error
    book.add(
        "warning",
        name,
        "",
        "is neither UTF-8 nor UTF-16",
        "read as cp1252 (Western European); if the examples look wrong, state "
        "`encoding:` in the mapping",
        examples=re.findall(r"\w*[^\x00-\x7f]\w*", text)[:3],
    )
    return text


def _detect_utf16(data: bytes) -> str | None:
    """Recognise UTF-16 by the zero bytes that ASCII letters leave in it."""
    head = data[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) / 4 or min(even, odd) > len(head) / 50:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _build_encoding_error(name: str) -> TableError:
    return TableError(
        f"The encoding of {name!r} is unknown (not UTF-8, UTF-16 or Western European): "
        "state it in the mapping, such as `encoding: gb18030`, or save it as UTF-8."
    )


# The header is among the first rows, or it is the first row.
_HEADER_ROWS = 10
_TOTAL_WORDS = frozenset(
    {"total", "totals", "grand total", "sum", "subtotal", "summe", "gesamt", "totale"}
    | {"suma", "soma", "toplam", "razem", "totaal", "итого", "合计", "总计", "合計"}
)
_NUMBER_PATTERN = re.compile(r"[-+]?[\d.,' ]*\d[\d.,' ]*%?")


def find_header_row(rows: Sequence[Sequence[object]]) -> int:
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
    >>> find_header_row([["Stock of May", ""], ["", ""], ["title", "price"], ["Hat", "5"]])
    2
    >>> find_header_row([["title", "price"], ["Hat", "5"]])
    0
    """
    filled = [[cell for cell in row if _is_filled(cell)] for row in rows[:_HEADER_ROWS]]
    width = max(map(len, filled), default=0)
    if width < 2 or len(filled[0]) > 1 or _holds_column_name(filled[0]):
        return 0
    for place, cells in enumerate(filled):
        most = len(cells) > 1 and len(cells) > width / 2
        if most and all(map(_is_text, cells)) and _holds_column_name(cells):
            return place
    return 0


def _holds_column_name(cells: Sequence[object]) -> bool:
    """Say whether a cell holds a name that columns of listings or sellers go by."""
    return any(normalise_name(str(cell)) in _list_known_names() for cell in cells)


@cache
def _list_known_names() -> frozenset[str]:
    tables = ("listings", "sellers", "seller_identity", "reviews")
    return frozenset(
        word
        for table in tables
        for column, words in get_column_synonyms(table).items()
        for word in (normalise_name(column), *words)
    )


def _is_filled(cell: object) -> bool:
    return not pd.isna(cell) and bool(str(cell).strip())  # type: ignore[call-overload]


def _is_text(cell: object) -> bool:
    return isinstance(cell, str) and not _NUMBER_PATTERN.fullmatch(cell.strip())


def report_rows_above(
    rows: Sequence[Sequence[object]], name: str, book: ProblemLog
) -> None:
    """Keep the rows above a header in the report, and say so."""
    texts = [" ".join(str(c) for c in row if _is_filled(c)) for row in rows]
    above = pd.DataFrame({"row": range(1, len(rows) + 1), "text": texts})
    done = "not read as listings; kept among the rows set aside"
    what = "rows stand above the header"
    book.add("note", name, "", what, done, n=len(rows), examples=filter(None, texts))
    book.put_aside(name, above, what)


def report_total_row(frame: pd.DataFrame, name: str, book: ProblemLog) -> None:
    """Warn of a last row that looks like a sum of the others; it stays."""
    if len(frame) < 2:
        return
    texts = [str(cell).strip() for cell in frame.iloc[-1].dropna()]
    words = [text for text in texts if not _NUMBER_PATTERN.fullmatch(text)]
    first = words[0].casefold().rstrip(":") if words else ""
    if len(words) == 1 and first in _TOTAL_WORDS and len(texts) < frame.shape[1]:
        what = "the last row looks like a total, not like a listing"
        book.add("warning", name, "", what, "kept; take it out", n=1, examples=words)
