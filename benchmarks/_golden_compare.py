"""What differs between two folders of results, file by file.

Tables (CSV, Excel, Parquet) are joined by id: text, ids, counts and order must be the
same, floats agree to 1e-9. Pages and printed text are compared line by line after
dates, times, versions and run ids are masked; YAML and JSON are parsed first.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

TOLERANCE = 1e-9
# taken in this order until no two rows are alike
ID_COLUMNS = (
    "level", "entity_id", "id", "listing_id", "seller_id", "creator_id",
    "rights_owner_id", "image_id", "file", "cohort", "change", "previous", "current",
)  # fmt: skip
# A database is dumped to JSON beside it by the part that wrote it.
IGNORED = (".db", ".db-wal", ".db-shm")
RUN_KEYS = {"run_id", "run"}
# When it was is not compared, whether there is a time is.
TIME_COLUMNS = ("labeled_at",)
_INTEGER = re.compile(r"[+-]?\d+")
_IMAGE = re.compile(r"base64,[A-Za-z0-9+/=]+")
_MASKS = (
    (re.compile(r"\b\d+:\d\d:\d\d\b"), "<time>"),
    (re.compile(r"(<b>iprseg</b>\s*<bdi>)[^<]+"), r"\1<version>"),
    (re.compile(r"(<b>Run(?: id)?</b>\s*<bdi>)[^<]+"), r"\1<run>"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uuid>"),
)


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same: where, and what it was and is."""

    file: str
    text: str
    column: str = ""

    def __str__(self) -> str:
        column = f", {self.column}" if self.column else ""
        return f"{self.file}{column}: {self.text}"


@dataclass(frozen=True)
class Masks:
    """Texts that may differ between the two runs, and what stands for each.

    Attributes
    ----------
    texts : dict of str to str
        Plain texts, such as the path of a tree or the day of the run.
    files, columns : list of (pattern, str)
        New names of files and columns of the old results.
    """

    texts: dict[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, str, str], ...] = ()

    def mask_text(self, text: str) -> str:
        """Put the same sign for whatever belongs to one run alone."""
        for plain in sorted(self.texts, key=len, reverse=True):
            text = text.replace(plain, self.texts[plain])
        for pattern, sign in _MASKS:
            text = pattern.sub(sign, text)
        return text

    def rename_file(self, name: str) -> str:
        """Give the name that a file of the old results has in the new ones."""
        for pattern, renamed in self.files:
            if re.fullmatch(pattern, name):
                return renamed
        return name

    def rename_columns(self, table: pd.DataFrame, name: str) -> pd.DataFrame:
        """Give an old table with the column names of the new one."""
        chosen = {
            column: renamed
            for pattern, column, renamed in self.columns
            if re.fullmatch(pattern, name)
        }
        return table.rename(columns=chosen)


def compare_folders(old: Path, new: Path, masks: Masks) -> tuple[int, list[Difference]]:
    """Compare all files of two folders.

    Parameters
    ----------
    old, new : pathlib.Path
        Folders; one that is not there has no file.
    masks : Masks
        What may differ.

    Returns
    -------
    int
        Files compared.
    list of Difference
        Empty where everything is the same.
    """
    before = {masks.rename_file(one): old / one for one in list_files(old)}
    after = {one: new / one for one in list_files(new)}
    found = [Difference(one, "the file is gone") for one in before if one not in after]
    found += [Difference(one, "a new file") for one in after if one not in before]
    shared = [one for one in before if one in after]
    for name in shared:
        try:
            found += compare_files(before[name], after[name], name, masks)
        except Exception as error:
            error.add_note(f"while comparing {name}")
            raise
    return len(shared), found


def list_files(folder: Path) -> list[str]:
    """List the files of a folder that are compared, by their path within it."""
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    inside = (one.relative_to(folder) for one in files if one.suffix not in IGNORED)
    return [one.as_posix() for one in inside]


def compare_files(
    old: Path, new: Path, name: str, masks: Masks
) -> Iterable[Difference]:
    """Compare two files by what their ending says they are."""
    if old.suffix in (".yaml", ".yml", ".json"):
        return compare_documents(old, new, name, masks)
    if old.suffix == ".csv":
        return compare_csv(old, new, name, masks)
    if old.suffix == ".parquet":
        return compare_parquet(old, new, name, masks)
    if old.suffix == ".xlsx":
        return compare_workbooks(old, new, name, masks)
    if old.suffix in (".html", ".txt", ".sql", ".md"):
        return compare_texts(old, new, name, masks)
    same = old.read_bytes() == new.read_bytes()
    return [] if same else [Difference(name, "the bytes differ")]


def compare_texts(
    old: Path, new: Path, name: str, masks: Masks
) -> Iterator[Difference]:
    """Compare line by line; a picture inside a page stands as its digest."""
    lines = []
    for file in (old, new):
        text = _IMAGE.sub(_digest_image, file.read_text(encoding="utf-8"))
        lines.append(masks.mask_text(text).splitlines())
    matcher = difflib.SequenceMatcher(None, *lines, autojunk=False)
    for kind, low, high, start, stop in matcher.get_opcodes():
        if kind == "equal":
            continue
        was, now = "\n".join(lines[0][low:high]), "\n".join(lines[1][start:stop])
        yield Difference(name, f"line {low + 1}: {describe_change(was, now)}")


def _digest_image(match: re.Match[str]) -> str:
    return "base64:" + hashlib.sha256(match[0].encode()).hexdigest()[:12]


def describe_change(was: Any, now: Any, width: int = 60) -> str:
    """Show two values around the first sign in which they differ."""
    old, new = str(was), str(now)
    pairs = enumerate(zip(old, new, strict=False))
    first = next((i for i, (a, b) in pairs if a != b), min(len(old), len(new)))
    start = max(0, first - width // 3)
    shown = []
    for text in (old, new):
        part = text[start : start + width]
        before, after = "…" * (start > 0), "…" * (start + width < len(text))
        shown.append(repr(f"{before}{part}{after}"))
    return " → ".join(shown)


def compare_documents(
    old: Path, new: Path, name: str, masks: Masks
) -> Iterator[Difference]:
    """Compare what YAML or JSON says, and the comments of YAML as text."""
    read = json.loads if old.suffix == ".json" else yaml.safe_load
    said = [read(masks.mask_text(f.read_text(encoding="utf-8"))) for f in (old, new)]
    found = [
        Difference(name, describe_change(*pair), place)
        for place, *pair in differing_values(*said)
    ]
    yield from found
    if not found and old.suffix != ".json":
        yield from compare_texts(old, new, name, masks)


def differing_values(
    old: Any, new: Any, place: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Walk through nested values; give the place and both values where they differ."""
    old, new = _as_plain(old), _as_plain(new)
    if isinstance(old, dict) and isinstance(new, dict):
        if list(old) != list(new):
            yield f"{place}.keys".lstrip("."), list(old), list(new)
        for key in old:
            if key in new and key not in RUN_KEYS:
                where = f"{place}.{key}".lstrip(".")
                yield from differing_values(old[key], new[key], where)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from differing_values(*pair, f"{place}[{number}]")
    elif not is_same_value(old, new):
        yield place, old, new


def _as_plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    return list(value) if isinstance(value, tuple) else value


def is_same_value(old: Any, new: Any) -> bool:
    """Whether two plain values are the same; floats may differ by 1e-9."""
    if isinstance(old, float) or isinstance(new, float):
        if not (is_number(old) and is_number(new)):
            return _is_missing(old) and _is_missing(new)
        if math.isnan(old) or math.isnan(new):
            return math.isnan(old) and math.isnan(new)
        return bool(is_close(np.float64(old), np.float64(new)))
    if _is_missing(old) or _is_missing(new):
        return _is_missing(old) and _is_missing(new)
    return type(old) is type(new) and bool(old == new)


def is_number(value: Any) -> bool:
    """Whether a value is a number and no truth value."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value


def is_close(old: Any, new: Any) -> Any:
    """Whether floats agree to 1e-9, of themselves or of 1 where they are smaller."""
    size = np.maximum(1.0, np.maximum(np.abs(old), np.abs(new)))
    with np.errstate(invalid="ignore"):
        return (old == new) | (np.abs(old - new) <= TOLERANCE * size)


def is_same_text(old: str, new: str) -> bool:
    """Whether two cells of a CSV are the same; only decimal figures may differ."""
    if old == new:
        return True
    if _INTEGER.fullmatch(old) or _INTEGER.fullmatch(new):
        return False
    try:
        return bool(is_close(float(old), float(new)))
    except ValueError:
        return False


def compare_csv(old: Path, new: Path, name: str, masks: Masks) -> Iterator[Difference]:
    """Compare the cells of two CSV files as text, then how the files are written."""
    frames = [
        pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        if file.stat().st_size > 3
        else pd.DataFrame()
        for file in (old, new)
    ]
    found = list(compare_tables(*frames, name, masks, is_same_text))
    yield from found
    if not found and frames[0].equals(frames[1]):
        raw = [file.read_bytes() for file in (old, new)]
        if raw[0] != raw[1]:
            yield Difference(
                name, "written otherwise (mark, quotes, line ends); the cells are equal"
            )


def compare_parquet(
    old: Path, new: Path, name: str, masks: Masks
) -> Iterator[Difference]:
    """Compare two Parquet files: values, types and notes."""
    frames = [pd.read_parquet(file) for file in (old, new)]
    plain = [
        one if isinstance(one.index, pd.RangeIndex) else one.reset_index()
        for one in frames
    ]
    yield from compare_tables(*plain, name, masks)
    for place, *pair in differing_values(*(one.attrs for one in frames)):
        yield Difference(name, describe_change(*pair), f"attrs.{place}")


def compare_workbooks(
    old: Path, new: Path, name: str, masks: Masks
) -> Iterator[Difference]:
    """Compare the sheets of two Excel files, what is frozen and what is a link."""
    from openpyxl import load_workbook

    books = [load_workbook(file) for file in (old, new)]
    names = [book.sheetnames for book in books]
    if names[0] != names[1]:
        yield Difference(name, describe_change(*names), "sheets")
    for sheet in (one for one in names[0] if one in names[1]):
        pages = [book[sheet] for book in books]
        where = name if len(names[0]) == 1 else f"{name}[{sheet}]"
        facts = [
            (page.freeze_panes, sum(c.hyperlink is not None for r in page for c in r))
            for page in pages
        ]
        if facts[0] != facts[1]:
            yield Difference(where, describe_change(*facts), "frozen, links")
        yield from compare_tables(*map(_read_sheet, pages), where, masks)


def _read_sheet(page: Any) -> pd.DataFrame:
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    heads = [str(head) for head in rows[0]] if rows else []
    return pd.DataFrame(rows[1:], columns=heads, dtype=object)


def compare_tables(
    old: pd.DataFrame,
    new: pd.DataFrame,
    name: str,
    masks: Masks,
    same: Callable[[Any, Any], bool] | None = None,
) -> Iterator[Difference]:
    """Compare two tables, joined by the ids that both hold.

    Parameters
    ----------
    old, new : DataFrame
    name : str
        Of the file, for the differences.
    masks : Masks
        Holds the new names of columns.
    same : callable, optional
        Whether two cells are the same; by default as values.
    """
    old = masks.rename_columns(old, name)
    for column in [one for one in old.columns if one not in new]:
        yield Difference(name, "the column is gone", column)
    for column in [one for one in new.columns if one not in old]:
        yield Difference(name, "a new column", column)
    shared = [one for one in old.columns if one in new]
    if shared != [one for one in new.columns if one in old]:
        yield Difference(name, "the columns stand in another order")
    key = find_key(old, new)
    ids = [_row_ids(table, key) for table in (old, new)]
    yield from _compare_rows(*ids, name)
    both = ids[0][ids[0].isin(ids[1])]
    places = [index.get_indexer(both) for index in ids]
    for column in shared:
        pair = [
            table[column].iloc[rows].reset_index(drop=True)
            for table, rows in zip((old, new), places, strict=True)
        ]
        if column in TIME_COLUMNS:
            pair = [one.notna() for one in pair]
        if old[column].dtype != new[column].dtype:
            kinds = f"type {old[column].dtype} → {new[column].dtype}"
            yield Difference(name, kinds, str(column))
        for row in np.flatnonzero(~find_same_cells(*pair, same)):
            told = describe_change(pair[0].iloc[row], pair[1].iloc[row])
            yield Difference(name, f"{both[row]}: {told}", str(column))


def find_key(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """Choose the columns that tell the rows of both tables apart; none: by place."""
    key: list[str] = []
    for column in ID_COLUMNS:
        if column not in old or column not in new:
            continue
        key.append(column)
        if not any(_row_ids(one, key).has_duplicates for one in (old, new)):
            return key
    return []


def _row_ids(table: pd.DataFrame, key: list[str]) -> pd.Index:
    if not key:
        return pd.Index([f"row {number + 1}" for number in range(len(table))])
    parts = [table[column].astype(str) for column in key]
    return pd.Index(parts[0].str.cat(parts[1:], sep=" ") if parts[1:] else parts[0])


def _compare_rows(old: pd.Index, new: pd.Index, name: str) -> Iterator[Difference]:
    for told, rows in (
        ("the row is gone", old[~old.isin(new)]),
        ("a new row", new[~new.isin(old)]),
    ):
        for row in rows:
            yield Difference(name, f"{row}: {told}")
    shared = [index[index.isin(other)] for index, other in ((old, new), (new, old))]
    if not shared[0].equals(shared[1]):
        first = int(np.flatnonzero(shared[0] != shared[1])[0])
        yield Difference(
            name,
            f"the order differs, first at row {first + 1}: {shared[0][first]} → "
            f"{shared[1][first]}",
        )


def find_same_cells(
    old: pd.Series, new: pd.Series, same: Callable[[Any, Any], bool] | None = None
) -> np.ndarray:
    """Say of each pair of cells whether it is the same."""
    kinds = [one.dtype for one in (old, new)]
    if all(isinstance(one, np.dtype) and one.kind == "f" for one in kinds):
        a, b = old.to_numpy(), new.to_numpy()
        return np.asarray(is_close(a, b) | (np.isnan(a) & np.isnan(b)))
    if all(isinstance(one, np.dtype) and one.kind in "iub" for one in kinds):
        return np.asarray(old.to_numpy() == new.to_numpy())
    if same is None:
        cells = zip(old.tolist(), new.tolist(), strict=True)
        return np.array(
            [next(differing_values(a, b), None) is None for a, b in cells], dtype=bool
        )
    return np.array([same(a, b) for a, b in zip(old, new, strict=True)], dtype=bool)
