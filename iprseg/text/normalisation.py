"""Reduce a text to what a reader sees in it: folded, or its skeleton.

Both maps look at one character alone, so whole columns are mapped by table, offsets
survive, and applying a map twice changes nothing.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

# Ordinary letters that have no decomposition but that people write without the stroke.
_STROKED_LETTERS = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ħ": "h",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
}
# Persian and Urdu forms of Arabic letters, typed for one another, and forms of alef; as
# Lucene's ArabicNormalizer and PersianNormalizer join them.
_ARABIC_VARIANTS = dict(
    zip("\u06a9\u06cc\u0649\u06d2\u06c1\u0629", "كيييهه", strict=True)
)
_IGNORED_SIGNS = frozenset("™®©℠℗")
# domain-spec section 7; i and l are one class, as in UTS #39 (capital I looks like l).
_LEET_LETTERS = {
    "0": "o",
    "1": "l",
    "i": "l",
    "|": "l",
    "!": "l",
    "3": "e",
    "€": "e",
    "4": "a",
    "@": "a",
    "5": "s",
    "$": "s",
    "7": "t",
    "8": "b",
}
# Signs that people put for a letter they look like.
_PICTOGRAPH_LETTERS = {"⭕": "o", "❌": "x", "✖": "x", "💲": "s", "✝": "t", "✔": "v"}
_PICTOGRAPH_LETTERS |= dict.fromkeys("⚪⚫🔴🔵🟠🟡🟢🟣🟤", "o")
# Letters of no width or of blank width (Unicode: Default_Ignorable_Code_Point).
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
# Scripts in daily use that would lose their own words if their look-alikes of "l" and
# "o" were replaced; letters of all others are seen where they imitate Latin ones.
_DAILY_SCRIPTS = re.compile(
    "ARABIC|BENGALI|BOPOMOFO|CJK|DEVANAGARI|ETHIOPIC|GEORGIAN|GUJARATI|GURMUKHI|HANGUL|"
    "HEBREW|HIRAGANA|KANNADA|KATAKANA|KHMER|LAO|MALAYALAM|MONGOLIAN|MYANMAR|ORIYA|"
    "SINHALA|SYRIAC|TAMIL|TELUGU|THAANA|THAI|TIBETAN"
)
# Scripts that one text mixes freely are one for look-alikes within a script.
_JOINED_SCRIPTS = {
    "CJK": "HAN",
    "KATAKANA": "HAN",
    "HIRAGANA": "HAN",
    "BOPOMOFO": "HAN",
}
_SMALL_CAPITAL = re.compile(r"LATIN LETTER SMALL CAPITAL ([A-Z])$")
_BOXED_LETTER = re.compile(r"(?:LATIN (?:CAPITAL|SMALL)|SYMBOL) LETTER ([A-Z])$")
# (first, last) of scripts written without spaces, and Korean, which glues particles on.
_UNSPACED_RANGES = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x11FF),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


class CharTable(dict[int, str | None]):
    """A map of single characters for ``str.translate``, filled as characters come.

    Examples
    --------
    >>> "Ｇé-🅾".translate(CharTable(fold_char))
    'geo'
    """

    def __init__(self, image: Callable[[str], str]):
        super().__init__()
        self._image = image

    def __missing__(self, code: int) -> str | None:
        # translate deletes faster than it puts in nothing
        self[code] = self._image(chr(code)) or None
        return self[code]


def is_hidden_char(char: str) -> bool:
    """Tell whether a character is invisible or sits on another one (no gap)."""
    if char in _BLANK_LETTERS:
        return True
    category = unicodedata.category(char)
    if category == "Mn":
        code = ord(char)
        return 0x300 <= code <= 0x36F or 0xFE00 <= code <= 0xFE0F
    return category in ("Cf", "Me")


@cache
def is_unspaced_script(char: str) -> bool:
    """Tell whether a character's script is written without spaces between words."""
    code = ord(char)
    return any(first <= code <= last for first, last in _UNSPACED_RANGES)


def _decode_boxed_letter(char: str) -> str:
    match = _BOXED_LETTER.search(unicodedata.name(char, ""))
    return match.group(1).lower() if match else ""


@cache
def fold_char(char: str) -> str:
    """Fold case, compatibility forms and Latin accents; "" for anything not a letter.

    Examples
    --------
    >>> [fold_char(c) for c in "Ｇé-🅾"]
    ['g', 'e', '', 'o']
    """
    if is_hidden_char(char) or char in _IGNORED_SIGNS:
        return ""
    category = unicodedata.category(char)
    if category == "So":
        plain = unicodedata.normalize("NFKC", char)
        return _decode_boxed_letter(char) if plain == char else _fold_chars(plain)
    if 0xAC00 <= ord(char) <= 0xD7A3:
        return char
    folded = unicodedata.normalize("NFKD", char).casefold()
    folded = "".join(_STROKED_LETTERS.get(part, part) for part in folded)
    if folded != char:
        return _fold_chars(folded)
    return _ARABIC_VARIANTS.get(char, char) if category[0] in "LNM" else ""


def _fold_chars(text: str) -> str:
    return "".join(fold_char(part) for part in text)


@cache
def _map_to_latin_prototypes() -> dict[str, str]:
    """Return which Latin letter or digit each look-alike stands for.

    From the confusables table of Unicode (UTS #39, ``confusables.txt``), as the package
    confusable_homoglyphs carries it; no pair is written by hand.
    """
    prototypes = {}
    for char, alike in _load_confusables().items():
        if len(char) > 1 or char.isascii():
            continue
        if _classify_script(char) != "IMITATING":
            continue
        # Unicode writes a hooked letter as the letter and a sign: "Ɠ" is "G'".
        plain = [entry["c"].strip("'") for entry in alike]
        latin = [c for c in plain if len(c) == 1 and c.isascii() and c.isalnum()]
        if latin:
            prototypes[char] = latin[0].lower()
    return prototypes


@cache
def _load_confusables() -> dict[str, list[dict[str, str]]]:
    table = resources.files("confusable_homoglyphs").joinpath("confusables.json")
    alike: dict[str, list[dict[str, str]]] = json.loads(table.read_text("utf-8"))
    return alike


@cache
def _map_within_script() -> dict[str, str]:
    """Return which letter stands for each letter that another of its script looks like.

    The same table; for names that are not Latin ("力" for "カ", "เเ" for "แ"). Of the
    letters that look alike the one of the lowest number is taken, or what two letters
    make together.
    """
    found: dict[str, str] = {}
    for char, alike in _load_confusables().items():
        family = _classify_script(char) if len(char) == 1 else ""
        same = [
            e["c"] for e in alike if all(_classify_script(c) == family for c in e["c"])
        ]
        ends = [
            one for one in [char, *same] if all(map(_is_unchanged_by_skeleton, one))
        ]
        if family and ends:
            found[char] = max(ends, key=lambda one: (len(one), -ord(one[0])))
    # until the one that is taken stands for itself
    for _ in range(8):
        found = {c: "".join(found.get(p, p) for p in to) for c, to in found.items()}
    return {char: to for char, to in found.items() if to != char}


def _is_unchanged_by_skeleton(char: str) -> bool:
    """Tell whether nothing else of the skeleton changes a letter."""
    latin = _map_to_latin_prototypes().get(char) or _map_to_latin_prototypes().get(
        char.upper()
    )
    return fold_char(char) == char and not latin and not _decode_small_capital(char)


def _decode_small_capital(char: str) -> str:
    match = _SMALL_CAPITAL.search(unicodedata.name(char, ""))
    return match.group(1).lower() if match else ""


@cache
def _classify_script(char: str) -> str:
    """Return what a letter is compared within; "" for signs and ASCII."""
    script = unicodedata.name(char, "").split(" ")[0]
    letter = unicodedata.category(char)[0] == "L" or script in ("GREEK", "COPTIC")
    if char.isascii() or not letter:
        return ""
    return (
        _JOINED_SCRIPTS.get(script, script)
        if _DAILY_SCRIPTS.fullmatch(script)
        else "IMITATING"
    )


@cache
def skeleton_char(char: str) -> str:
    """Fold a character and replace what imitates a Latin letter by that letter.

    Notes
    -----
    UTS #39 confusables restricted to single letters of scripts used to imitate Latin,
    then the leet map of domain-spec section 7. A capital's look-alike also serves its
    small letter ("в" for "B"), because case is folded.

    Examples
    --------
    >>> "".join(skeleton_char(c) for c in "Gʋссі D1or")
    'guccldlor'
    """
    if char in _LEET_LETTERS:
        return _LEET_LETTERS[char]
    if char in _PICTOGRAPH_LETTERS:
        return _PICTOGRAPH_LETTERS[char]
    if char.isascii():
        return "".join(_LEET_LETTERS.get(part, part) for part in fold_char(char))
    prototype = _map_to_latin_prototypes().get(char) or _map_to_latin_prototypes().get(
        char.upper()
    )
    if prototype:
        return _LEET_LETTERS.get(prototype, prototype)
    folded = fold_char(char)
    if folded == char:
        small = _decode_small_capital(char)
        return _LEET_LETTERS.get(small, small) or _map_within_script().get(char, char)
    return "".join(skeleton_char(part) for part in folded)


@cache
def is_word_gap(char: str) -> bool:
    """Tell whether a character parts two words for the reader."""
    return not is_hidden_char(char) and fold_char(char) == ""


@cache
def is_stylised_char(char: str) -> bool:
    """Tell whether a character would not be typed in a plain Latin name."""
    if char.isascii():
        return False
    name = unicodedata.name(char, "")
    if unicodedata.category(char) in ("Cf", "So") or "FULLWIDTH" in name:
        return True
    return "MATHEMATICAL" in name


_FOLD_TABLE, _SKELETON_TABLE = CharTable(fold_char), CharTable(skeleton_char)


def normalise(text: str) -> str:
    """Reduce a text to its skeleton: what stays when disguises are taken off.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Compatibility forms, invisible characters, look-alike letters, leet digits,
        case, Latin accents and everything between words undone. ``i`` and ``1`` become
        ``l``, so the result is for comparing, not for reading.

    Notes
    -----
    Each character is mapped alone, hence ``normalise(normalise(x)) == normalise(x)``.
    Look-alikes are those of the Unicode confusables table (UTS #39), where they imitate
    one Latin letter or digit and belong to a script used for that (Latin, Greek,
    Cyrillic, Armenian, Cherokee, Lisu, Coptic); words of other scripts keep their
    letters. Unlike the skeleton of UTS #39, case is folded, accents and signs are
    dropped, and look-alikes of two letters ("Ы" for "bl") are left alone.
    Source: Unicode UTS #39 and domain-spec section 7.

    Examples
    --------
    >>> normalise("A-v-3ntus") == normalise("Aventus")
    True
    """
    return text.translate(_SKELETON_TABLE)


def normalise_with_offsets(text: str) -> tuple[str, NDArray[np.int64]]:
    """Reduce a text to its skeleton, keeping where each character came from.

    Parameters
    ----------
    text : str

    Returns
    -------
    skeleton : str
    offsets : ndarray of int, shape (len(skeleton),)
        ``text[offsets[i]]`` gave ``skeleton[i]``.

    Examples
    --------
    >>> skeleton, offsets = normalise_with_offsets("Ｎ.1.k3")
    >>> skeleton, offsets.tolist()
    ('nlke', [0, 2, 4, 5])
    """
    images = [skeleton_char(char) for char in text]
    lengths = np.array([len(image) for image in images], dtype=np.int64)
    return "".join(images), np.repeat(np.arange(len(images)), lengths)


def fold(text: str) -> str:
    """Fold a name for comparing: case, accents, spacing and punctuation do not count.

    Examples
    --------
    >>> fold("Dolce & Gabbana") == fold("DOLCE&GABBANA")
    True
    """
    return text.translate(_FOLD_TABLE)


def lower_keeping_length(text: str) -> str:
    """Return a text in small letters, each where it stood.

    Examples
    --------
    >>> lower_keeping_length("İSTANBUL"), len("İSTANBUL".lower())
    ('İstanbul', 9)
    """
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
