"""The brands to look for, with their other names and product lines."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from iprseg._check import check_columns
from iprseg.errors import TableError
from iprseg.reference import load_words, market_words
from iprseg.signals.brands._fields import fold_words
from iprseg.signals.text.normalise import fold

COLUMNS = ["brand_id", "name", "aliases", "lines", "weight", "common_word", "source"]
_WORD = "word"


@dataclass(frozen=True)
class BrandList:
    """Brands with aliases and product lines.

    Attributes
    ----------
    table : DataFrame
        One row per brand: ``brand_id``, ``name``, ``aliases`` (list, without the name),
        ``lines`` (list), ``weight`` (0 to 1: how sure it is that the name means the
        brand), ``common_word`` (bool: the name is an ordinary word and needs a
        context), ``source`` (``"learned"``, ``"user"``, or ``"register"`` for the
        table ``brands``).
    words : frozenset of str
        Ordinary words of the listings the list was learned from; a misspelling of a
        brand is none of them.

    Examples
    --------
    >>> brands = BrandList.from_names(["Zephyra", "Pink"])
    >>> brands.table[["name", "common_word"]].values.tolist()
    [['Zephyra', False], ['Pink', True]]
    """

    table: pd.DataFrame
    words: frozenset[str] = field(default_factory=frozenset)

    def __len__(self) -> int:
        return len(self.table)

    @classmethod
    def from_names(cls, names: Iterable[str]) -> "BrandList":
        """Make a list from bare names."""
        return cls.from_frame(pd.DataFrame({"name": list(names)}, dtype=object))

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, source: str = "user") -> "BrandList":
        """Make a list from a frame with ``name`` and perhaps more of the columns.

        Raises
        ------
        TableError
            If there is no ``name`` column, or a name is missing.
        """
        check_columns(frame, ["name"], "The brand list")
        frame = frame.reset_index(drop=True)
        blank = [not fold(_text(name)) for name in frame["name"]]
        if any(blank):
            raise TableError(
                f"The brand list has no usable name in row {blank.index(True)} (from "
                "0); fill the name or drop the row."
            )
        names = [_text(name).strip() for name in frame["name"]]
        table = pd.DataFrame({"name": names}, dtype=object)
        ids = _column(frame, "brand_id", [fold(name) for name in names])
        table["brand_id"] = pd.Series(ids, dtype=object)
        for column in ("aliases", "lines"):
            given = _column(frame, column, [None] * len(frame))
            table[column] = pd.Series([_as_list(v) for v in given], dtype=object)
        table["weight"] = pd.to_numeric(
            pd.Series(_column(frame, "weight", [1.0] * len(frame)))
        ).fillna(1.0)
        common = _column(frame, "common_word", [None] * len(frame))
        table["common_word"] = [
            is_common(name) if pd.isna(flag) or flag == "" else _truth(flag)
            for flag, name in zip(common, names, strict=True)
        ]
        sources = _column(frame, "source", [source] * len(frame))
        table["source"] = pd.Series(sources, dtype=object)
        return cls(_one_row_each(table[COLUMNS]))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the list to one CSV file; lists are joined by ``;``."""
        flat = self.table.copy()
        for column in ("aliases", "lines"):
            flat[column] = [";".join(parts) for parts in flat[column]]
        words = pd.DataFrame({"name": sorted(self.words), "source": _WORD})
        pd.concat([flat, words]).to_csv(path, index=False)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "BrandList":
        """Read a list from a CSV file with a ``name`` column.

        Raises
        ------
        TableError
            If the file cannot be read, or has no ``name`` column.
        """
        where = Path(path)
        try:
            frame = pd.read_csv(
                where, dtype=str, keep_default_na=False, encoding="utf-8-sig"
            )
        except (OSError, ValueError) as error:
            raise TableError(
                f"The brand list {where.name!r} cannot be read as CSV ({error}); give "
                "a UTF-8 CSV file with a 'name' column."
            ) from error
        if "source" not in frame:
            return cls.from_frame(frame)
        is_word = frame["source"] == _WORD
        brands = cls.from_frame(frame[~is_word])
        return cls(brands.table, frozenset(frame.loc[is_word].get("name", [])))


def is_common(name: str) -> bool:
    """Tell whether a name is a word of the dictionary, or nothing but shop words."""
    # "@home" and "Live!" are said as the bare word
    if fold(name) in load_words() | market_words():
        return True
    return all(part in market_words() for part in fold_words(name).split())


def _one_row_each(table: pd.DataFrame) -> pd.DataFrame:
    """Join rows of one brand ("Pull & Bear", "Pull&Bear"); other names are aliases."""
    twice = table["brand_id"].duplicated()
    if not twice.any():
        return table
    first = table[~twice].set_index("brand_id", drop=False)
    for row in table[twice].itertuples():
        own = first.loc[row.brand_id]
        own["aliases"].extend([row.name, *row.aliases])
        own["lines"].extend(row.lines)
    return first.reset_index(drop=True)


def _column(frame: pd.DataFrame, name: str, default: list) -> list:
    return frame[name].tolist() if name in frame.columns else default


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _truth(value: Any) -> bool:
    return str(value).strip().casefold() in ("true", "1", "1.0", "yes")


def _as_list(value: Any) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(";") if fold(part)]
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist"):
        return [part.strip() for part in value if isinstance(part, str) and fold(part)]
    return []
