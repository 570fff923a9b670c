"""The brands to look for: their names, brand fields, and which names are one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.errors import TableError
from iprseg.reference import load_placeholders, load_words, market_groups, market_words
from iprseg.text.normalisation import CharTable, fold, fold_char, is_hidden_char
from iprseg.validation import check_columns

_COLUMNS = ["brand_id", "name", "aliases", "lines", "weight", "common_word", "source"]
_WORD_SOURCE = "word"


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
        blank = [not fold(_replace_non_text_by_empty(name)) for name in frame["name"]]
        if any(blank):
            raise TableError(
                f"The brand list has no usable name in row {blank.index(True)} (from "
                "0); fill the name or drop the row."
            )
        names = [_replace_non_text_by_empty(name).strip() for name in frame["name"]]
        table = pd.DataFrame({"name": names}, dtype=object)
        ids = _get_column_or_default(frame, "brand_id", [fold(name) for name in names])
        table["brand_id"] = pd.Series(ids, dtype=object)
        for column in ("aliases", "lines"):
            given = _get_column_or_default(frame, column, [None] * len(frame))
            table[column] = pd.Series([_parse_list(v) for v in given], dtype=object)
        table["weight"] = pd.to_numeric(
            pd.Series(_get_column_or_default(frame, "weight", [1.0] * len(frame)))
        ).fillna(1.0)
        common = _get_column_or_default(frame, "common_word", [None] * len(frame))
        table["common_word"] = [
            is_common_name(name) if pd.isna(flag) or flag == "" else _parse_bool(flag)
            for flag, name in zip(common, names, strict=True)
        ]
        sources = _get_column_or_default(frame, "source", [source] * len(frame))
        table["source"] = pd.Series(sources, dtype=object)
        return cls(_merge_duplicate_brands(table[_COLUMNS]))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the list to one CSV file; lists are joined by ``;``."""
        flat = self.table.copy()
        for column in ("aliases", "lines"):
            flat[column] = [";".join(parts) for parts in flat[column]]
        words = pd.DataFrame({"name": sorted(self.words), "source": _WORD_SOURCE})
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
        is_word = frame["source"] == _WORD_SOURCE
        brands = cls.from_frame(frame[~is_word])
        return cls(brands.table, frozenset(frame.loc[is_word].get("name", [])))


def is_common_name(name: str) -> bool:
    """Tell whether a name is a word of the dictionary, or nothing but shop words."""
    # "@home" and "Live!" are said as the bare word
    if fold(name) in load_words() | market_words():
        return True
    return all(part in market_words() for part in fold_words(name).split())


def _merge_duplicate_brands(table: pd.DataFrame) -> pd.DataFrame:
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


def _get_column_or_default(frame: pd.DataFrame, name: str, default: list) -> list:
    return frame[name].tolist() if name in frame.columns else default


def _replace_non_text_by_empty(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _parse_bool(value: Any) -> bool:
    return str(value).strip().casefold() in ("true", "1", "1.0", "yes")


def _parse_list(value: Any) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(";") if fold(part)]
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist"):
        return [part.strip() for part in value if isinstance(part, str) and fold(part)]
    return []


_CONNECTIVES = frozenset(("and", "et", "und", "y", "n"))


def fold_words(text: str) -> str:
    """Fold a text, keeping one space where words were parted.

    Examples
    --------
    >>> fold_words("  DOLCE&Gabbâna ")
    'dolce gabbana'
    """
    return " ".join(text.translate(_FOLD_WORDS_TABLE).split())


def _fold_char_or_return_blank(char: str) -> str:
    return fold_char(char) or ("" if is_hidden_char(char) else " ")


_FOLD_WORDS_TABLE = CharTable(_fold_char_or_return_blank)


class FoldedWordsCache(dict[str, str]):
    """Folded words by text, filled as texts are asked for."""

    def __missing__(self, text: str) -> str:
        self[text] = fold_words(text)
        return self[text]


def make_brand_key(name: str) -> str:
    """Return what all spellings of a brand share: folded, without "and" or "&".

    Examples
    --------
    >>> make_brand_key("Dolce and Gabbana") == make_brand_key("DOLCE&GABBANA")
    True
    """
    words = fold_words(name).split()
    return "".join(word for word in words if word not in _CONNECTIVES) or fold(name)


@cache
def _compile_placeholder_rules() -> tuple[
    frozenset[str], frozenset[str], re.Pattern[str]
]:
    rules = load_placeholders()
    exact = {fold_words(text) for texts in rules["exact"].values() for text in texts}
    nouns = {fold_words(text) for text in rules["category_nouns"]}
    return (
        frozenset(exact),
        frozenset(nouns),
        re.compile("|".join(f"(?:{pattern})" for pattern in rules["patterns"])),
    )


@lru_cache(maxsize=100_000)
def is_placeholder(value: str) -> bool:
    """Tell whether a brand field names no brand ("As shown", "Sem marca", "无品牌").

    Examples
    --------
    >>> [is_placeholder(v) for v in ("AS  SHOWN", "sem marca", "Zephyra", "?")]
    [True, True, False, True]
    """
    exact, nouns, pattern = _compile_placeholder_rules()
    words = fold_words(value)
    if not words or words.replace(" ", "").isdigit():
        return True
    return words in exact or words in nouns or bool(pattern.match(words))


def flag_named_brand_fields(values: pd.Series) -> NDArray[np.bool_]:
    """Tell for each brand field whether it holds a name at all, shape (n,)."""
    return np.array(
        [isinstance(v, str) and not is_placeholder(v) for v in values], dtype=bool
    )


# A company's town or trade in its name makes no other brand of it.
_COMPANY_WORDS = frozenset(
    [
        "perfumes",
        "parfums",
        "parfum",
        "inc",
        "co",
        "ltd",
        "llc",
        "gmbh",
        "sa",
        "spa",
        "srl",
        "company",
        "group",
        "london",
        "paris",
        "milano",
        "roma",
        "new",
        "york",
        "official",
        "store",
        "fragrances",
        "fragrance",
        "cosmetics",
        "beauty",
    ]
)


def merge_brand_names(
    names: list[str], rows: pd.DataFrame, mentions: pd.DataFrame, keep: NDArray
) -> NDArray[np.int64]:
    """Return for each name the most frequent name of the same brand, shape (n,).

    Two names are one brand when one is the other with trimmings ("Zephyra Parfums"),
    when listings of one write the longer name in their titles, or when a rare long name
    is one typing error away from a frequent one.
    """
    count = np.bincount(rows["brand"], minlength=len(names))
    words = [f" {fold_words(name)} " for name in names]
    order = [int(i) for i in np.argsort(-count, kind="stable") if keep[i]]
    written = _count_written_together(rows, mentions, len(names))
    parent = np.arange(len(names))
    for rare, near in _find_similar_more_frequent_names(words, order).items():
        for frequent in near:
            if parent[frequent] == frequent and _is_same_brand(
                frequent, rare, words, count, written
            ):
                parent[rare] = frequent
                break
    return parent


def _find_similar_more_frequent_names(
    words: list[str], order: list[int]
) -> dict[int, list[int]]:
    """Return, for each name, more frequent ones that share a word, initials or half."""
    shared: dict[str, list[int]] = {}
    for i in order:
        key = make_brand_key(words[i])
        # One slip leaves one half of a key as it was.
        halves = (f"<{key[: len(key) // 2]}", f"{key[-(len(key) // 2) :]}>")
        for mark in {
            *words[i].split(),
            *halves,
            f"={key}",
            f"={_take_initials(words[i])}",
        }:
            shared.setdefault(mark, []).append(i)
    rank = {i: at for at, i in enumerate(order)}
    near: dict[int, set[int]] = {i: set() for i in order}
    for members in shared.values():
        for at, rare in enumerate(members):
            near[rare].update(members[:at])
    return {i: sorted(others, key=rank.__getitem__) for i, others in near.items()}


def _count_written_together(
    rows: pd.DataFrame, mentions: pd.DataFrame, n: int
) -> dict[tuple[int, int], int]:
    of_row = rows["brand"].to_numpy()[mentions["row"]]
    pairs = pd.DataFrame(
        {"of": of_row, "name": mentions["name"], "row": mentions["row"]}
    )
    pairs = pairs.drop_duplicates()
    count = pairs.groupby(["of", "name"]).size().reset_index(name="n")
    return {(a, b): n for a, b, n in count.to_numpy().tolist()}


def _is_same_brand(
    frequent: int,
    rare: int,
    words: list[str],
    count: NDArray,
    written: dict[tuple[int, int], int],
) -> bool:
    a, b = words[frequent], words[rare]
    if _take_initials(a) == make_brand_key(b) or _take_initials(b) == make_brand_key(a):
        return True
    if a in b or b in a:
        short, long = (frequent, rare) if a in b else (rare, frequent)
        rest = set(words[long].split()) - set(words[short].split())
        if rest <= _COMPANY_WORDS | market_words() and rest:
            return True
        # "Polo Zephyra Moda" is a label of "Zephyra Moda", if that sells more.
        if short == frequent and " " in words[short].strip():
            return True
        together = written.get((short, long), 0)
        return together >= 2 and together >= 0.1 * count[short]
    return _differ_by_one_slip(
        make_brand_key(a), make_brand_key(b), count[frequent], count[rare]
    )


def _take_initials(words: str) -> str:
    """Return the initials of a name of three words or more (two are too few)."""
    parts = words.split()
    return "".join(part[0] for part in parts) if len(parts) >= 3 else words


def _differ_by_one_slip(a: str, b: str, many: int, few: int) -> bool:
    if min(len(a), len(b)) < 8 or many < 5 * few or abs(len(a) - len(b)) > 1:
        return False
    from rapidfuzz.distance import OSA

    return OSA.distance(a, b, score_cutoff=1) <= 1


_MIN_DISTINCTIVE_LETTERS = 5


def find_distinctive_words(
    names: dict[int, list[str]], titles: Iterable[str], brand: Iterable[int]
) -> dict[int, list[str]]:
    """Return words of no dictionary that one brand only has in its names and titles.

    Parameters
    ----------
    names : dict
        Brand to its names, as folded words.
    titles : iterable of str, length n
    brand : iterable of int, length n

    Returns
    -------
    dict
        Brand to its words, sorted; only brands that have any.

    Examples
    --------
    >>> sorted(find_distinctive_words({0: ["korda vaine"], 1: ["korda lumeo"]}, [], []).items())
    [(0, ['vaine']), (1, ['lumeo'])]
    """
    owners: dict[str, set[int]] = {}
    for of, spellings in names.items():
        for word in {word for name in spellings for word in name.split()}:
            if _is_distinctive_word(word):
                owners.setdefault(word, set()).add(of)
    for title, of in zip(titles, brand, strict=True):
        for word in set(fold_words(title).split()) & owners.keys():
            owners[word].add(int(of))
    found: dict[int, list[str]] = {}
    for word in sorted(word for word, of in owners.items() if len(of) == 1):
        (of,) = owners[word]
        if word not in names[of]:
            found.setdefault(of, []).append(word)
    return found


def _is_distinctive_word(word: str) -> bool:
    known = (load_words(), market_words(), market_groups()["ordinary"])
    forms = (word, word.removesuffix("s"))
    ordinary = any(form in words for words in known for form in forms)
    return len(word) >= _MIN_DISTINCTIVE_LETTERS and word.isalpha() and not ordinary
