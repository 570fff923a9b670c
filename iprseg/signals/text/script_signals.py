"""A14 and A15: unusual characters."""

import unicodedata
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, full
from iprseg.signals._tables import texts_of
from iprseg.signals.text._packed import Packed

_CHUNK = 10_000
_ORDINARY_SIGNS = frozenset("®™©°№℠")


def _is_special(char: str) -> bool:
    if char.isascii() or char in _ORDINARY_SIGNS:
        return False
    return unicodedata.category(char) in ("So", "Sk", "Sm", "Cf")


def _is_latin(char: str) -> bool:
    if char.isascii():
        return char.isalpha()
    return unicodedata.name(char, "").startswith("LATIN ")


def _imitates_latin(char: str) -> bool:
    name = unicodedata.name(char, "") if not char.isascii() else ""
    return char.isalpha() and name.startswith(("CYRILLIC", "GREEK", "FULLWIDTH LATIN"))


def _odd_texts(
    inputs: Inputs, *fields: str
) -> Iterator[tuple[NDArray[np.int64], Packed, NDArray[np.int64]]]:
    """Yield, some at once, the rows whose texts are not plain ASCII: rows, texts.

    The others hold nothing that these signals count. Lengths are of the whole texts.
    """
    columns = [
        texts_of(inputs.listings[field]) for field in fields if inputs.has(field)
    ]
    plain = [all(map(str.isascii, parts)) for parts in zip(*columns, strict=True)]
    odd = np.flatnonzero(~np.array(plain, dtype=bool))
    for rows in np.split(odd, range(_CHUNK, len(odd), _CHUNK)):
        texts = [" ".join(column[row] for column in columns) for row in rows.tolist()]
        yield rows, Packed(texts), np.array(list(map(len, texts)), dtype=np.int64)


def _tokens(packed: Packed) -> tuple[NDArray, NDArray]:
    """Find runs of letters and digits: the run of each code, the row of each run."""
    word = packed.test(str.isalnum)
    begins = word & ~np.concatenate([[False], word[:-1]])
    token = np.where(word, np.cumsum(begins) - 1, -1)
    return token, packed.rows(np.flatnonzero(begins))


def _mixed(packed: Packed) -> tuple[NDArray[np.bool_], NDArray, NDArray]:
    """Return which codes are the foreign letters of mixed words, tokens, rows."""
    token, row = _tokens(packed)
    latin, other = packed.test(_is_latin), packed.test(_imitates_latin)
    n = len(row)
    both = (np.bincount(token[latin], minlength=n) > 0) & (
        np.bincount(token[other], minlength=n) > 0
    )
    foreign = other.copy()
    foreign[other] = both[token[other]]
    return foreign, both, row


def special_char_ratio(inputs: Inputs) -> Column:
    """A14: share of emoji, signs, hidden characters and letters of mixed words."""
    values = np.zeros(inputs.n)
    for rows, packed, length in _odd_texts(inputs, "title", "description"):
        foreign, _, _ = _mixed(packed)
        odd = np.flatnonzero(foreign | packed.test(_is_special))
        count = np.bincount(packed.rows(odd), minlength=len(rows))
        values[rows] = count / np.maximum(length, 1)
    untitled = inputs.listings["title"].isna()
    return full(values).missing(untitled, inputs.gap("title"))


def mixed_script_token(inputs: Inputs) -> Column:
    """A15: words of the title that mix Latin with look-alike letters."""
    values = np.zeros(inputs.n)
    for rows, packed, _ in _odd_texts(inputs, "title"):
        _, both, row = _mixed(packed)
        values[rows] = np.bincount(row[both], minlength=len(rows))
    untitled = inputs.listings["title"].isna()
    return full(values).missing(untitled, inputs.gap("title"))
