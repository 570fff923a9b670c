"""A18: a language that the market does not speak (context only)."""

import unicodedata
from functools import cache, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.reference import market_languages
from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals.text._packed import Packed

# Older or wider tags that mean a language of the table.
_SAME = {"tl": "fil", "in": "id", "iw": "he", "no": "nb", "nn": "nb", "cmn": "zh"}
_NO_LANGUAGE = frozenset(("", "und", "mul", "zxx", "mis", "nan", "none", "null"))
_SCRIPTS = {
    "LATIN": "Latn", "CYRILLIC": "Cyrl", "GREEK": "Grek", "ARABIC": "Arab",
    "HEBREW": "Hebr", "ARMENIAN": "Armn", "GEORGIAN": "Geor", "DEVANAGARI": "Deva",
    "BENGALI": "Beng", "TAMIL": "Taml", "TELUGU": "Telu", "MALAYALAM": "Mlym",
    "SINHALA": "Sinh", "THAI": "Thai", "LAO": "Laoo", "KHMER": "Khmr",
    "MYANMAR": "Mymr", "TIBETAN": "Tibt", "ETHIOPIC": "Ethi", "HANGUL": "Hang",
    "CJK": "Hani", "HIRAGANA": "Hira", "KATAKANA": "Kana", "THAANA": "Thaa",
    "GUJARATI": "Gujr", "GURMUKHI": "Guru", "KANNADA": "Knda", "ORIYA": "Orya",
}  # fmt: skip


def lang_market_mismatch(inputs: Inputs) -> Column:
    """A18: 1 if the listing's language is none of its market's, else 0.

    Where the language is not given: the share of the title's letters in scripts that
    the market does not write. Latin letters count only where no letter is of a script
    of the market, for brands and units are Latin everywhere.
    """
    if not inputs.has("market"):
        return empty(inputs.n, "column_absent: market")
    codes, names = pd.factorize(inputs.listings["market"].to_numpy(dtype=object))
    blank = np.array([*(str(name).strip() == "" for name in names), True], dtype=bool)
    codes = np.where(blank[codes], -1, codes)
    known = [str(name).strip().upper() in _languages() for name in names]
    in_table = np.array([*known, False], dtype=bool)[codes]
    lang = inputs.langs
    which, langs = pd.factorize(lang)
    told = np.array([one not in _NO_LANGUAGE for one in langs], dtype=bool)[which]
    values = _foreign_language(codes, names, lang)
    rows = np.flatnonzero(~told & in_table)
    values[~told] = np.nan
    values[rows] = _foreign_letters(inputs, rows, codes[rows], names)
    result = full(values)
    result = result.missing(codes < 0, inputs.gap("market"))
    result = result.missing(~in_table, "market_not_in_table")
    return result.missing(np.isnan(values), "no_language_and_no_letters")


@cache
def _languages() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Return languages and scripts by market."""
    table = market_languages()
    return {
        market: (
            frozenset(_SAME.get(one, one) for one in langs.split(";")),
            frozenset(scripts.split(";")),
        )
        for market, langs, scripts in table.itertuples(index=False)
    }


def _of(name: object) -> tuple[frozenset[str], frozenset[str]]:
    return _languages().get(str(name).strip().upper(), (frozenset(), frozenset()))


def _foreign_language(
    codes: NDArray[np.int64], names: pd.Index, lang: NDArray[np.object_]
) -> NDArray[np.float64]:
    values = np.zeros(len(codes))
    which, langs = pd.factorize(lang)
    spoken = np.array(
        [[_SAME.get(one, one) in _of(name)[0] for one in langs] for name in names],
        dtype=bool,
    ).reshape(len(names), len(langs))
    there = codes >= 0
    values[there] = ~spoken[codes[there], which[there]]
    return values


def _foreign_letters(
    inputs: Inputs, asked: NDArray[np.int64], codes: NDArray[np.int64], names: pd.Index
) -> NDArray[np.float64]:
    packed = Packed([inputs.titles[row] for row in asked.tolist()])
    home, abroad, latin = (np.zeros(len(asked)) for _ in range(3))
    for script in sorted({_script(char) for char in map(chr, np.unique(packed.codes))}):
        if not script:
            continue
        letters = packed.test(partial(_is_of, script))
        rows = packed.rows(np.flatnonzero(letters))
        count = np.bincount(rows, minlength=len(asked))
        written = np.array([script in _of(name)[1] for name in names] + [False])[codes]
        home += count * written
        if script == "Latn":
            latin = count * ~written
        else:
            abroad += count * ~written
    abroad += np.where(home == 0, latin, 0)
    total = home + abroad
    return np.where(total > 0, abroad / np.maximum(total, 1), np.nan)


def _is_of(script: str, char: str) -> bool:
    return _script(char) == script


@cache
def _script(char: str) -> str:
    """Return the script of a letter as in ISO 15924, "" for other characters."""
    if not char.isalpha():
        return ""
    name = unicodedata.name(char, "").removeprefix("FULLWIDTH ")
    name = name.removeprefix("HALFWIDTH ")
    return _SCRIPTS.get(name.split(" ")[0].split("-")[0], "Zyyy")
