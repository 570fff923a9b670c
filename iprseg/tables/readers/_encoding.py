"""Turn bytes into text, and say so when the encoding is not certain."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from pathlib import Path

from iprseg.errors import TableError
from iprseg.tables.report import Notebook

# A small gzip file can unpack to anything: stop here.
_MAX_BYTES = 4 * 2**30
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In Western text accented letters stand alone between ASCII ones; in Chinese,
# Japanese or Cyrillic encodings high bytes come in runs.
_MAX_SHARE_IN_RUNS = 0.3


def read_text(path: Path, book: Notebook, encoding: str | None) -> str:
    """Read a text file, plain or gzip.

    UTF-8, UTF-16 and UTF-32 are recognised; what else looks like Western European
    text is read as cp1252 with a warning; anything else is refused.
    """
    data = _bytes(path)
    if encoding is not None:
        text = _decode(data, encoding, path.name)
    else:
        text = _guess(data, path.name, book)
    if "\0" not in text:
        return text
    count = text.count("\0")
    if count > len(text) / 100:
        raise TableError(f"{path.name!r} is not a text file: it holds binary data.")
    book.add("warning", path.name, "", "NUL characters", "removed", n=count)
    return text.replace("\0", "")


def _bytes(path: Path) -> bytes:
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


def _decode(data: bytes, encoding: str, name: str) -> str:
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


def _guess(data: bytes, name: str, book: Notebook) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode(data, encoding, name)
    if wide := _utf16_without_mark(data):
        return _decode(data, wide, name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    high = sum(map(len, re.findall(rb"[\x80-\xff]+", data)))
    in_runs = sum(map(len, re.findall(rb"[\x80-\xff]{2,}", data)))
    if in_runs > high * _MAX_SHARE_IN_RUNS:
        raise _unknown(name)
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise _unknown(name) from error
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


def _utf16_without_mark(data: bytes) -> str | None:
    """Recognise UTF-16 by the zero bytes that ASCII letters leave in it."""
    head = data[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) / 4 or min(even, odd) > len(head) / 50:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _unknown(name: str) -> TableError:
    return TableError(
        f"The encoding of {name!r} is unknown (not UTF-8, UTF-16 or Western European): "
        "state it in the mapping, such as `encoding: gb18030`, or save it as UTF-8."
    )
