"""Ways to write a name so that an exact filter misses it."""

import json
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

KINDS = (
    "homoglyph",
    "lookalike",
    "han_variant",
    "styled",
    "small_capital",
    "accent",
    "leet",
    "leet_far",
    "spacing",
    "signs",
    "zero_width",
    "blank_letter",
    "emoji_between",
    "emoji_letter",
    "abbreviation",
    "masked",
    "transliteration",
    "transliteration_unlisted",
    "nickname",
)
# planes with letters in other styles: symbols, fullwidth, mathematical, enclosed
_STYLED = [(0xA0, 0x3300), (0xF900, 0x10000), (0x1D400, 0x1D800), (0x1F100, 0x1F190)]
_STYLED += [(0x2F800, 0x2FA20)]
_KEEP_WHOLE = ("Mn", "Mc")  # signs that sit on the letter before


@cache
def load_disguises() -> dict[str, Any]:
    """Read the module's own look-alikes, leet, blanks and sounds."""
    text = (files(__package__) / "disguises.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def disguise(name: str, kind: str, rng: np.random.Generator) -> str | None:
    """Write a name in one kind of disguise.

    Parameters
    ----------
    name : str
        Of any script.
    kind : str
        One of the first sixteen of ``KINDS``; the others need the brand's own words.
    rng : numpy Generator
        How many letters change, which, and into what.

    Returns
    -------
    str or None
        Another spelling than the name; None where the kind has none for its letters
        (no leet of Thai).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> disguise("Velmora", "leet", rng), disguise("เวลโมรา", "leet", rng)
    ('V31m0r4', None)
    """
    made = _MAKERS[kind](name, rng)
    return None if made is None or made == name else made


def _swap(name: str, table: dict[str, list[str]], rng: np.random.Generator) -> str:
    """Change one, two or all of the letters that the table knows."""
    letters = list(name)
    places = [i for i, c in enumerate(letters) if c in table or c.lower() in table]
    if not places:
        return name
    count = min(len(places), [1, 2, len(places)][rng.integers(3)])
    for i in rng.permutation(places)[:count]:
        options = table.get(letters[i]) or table[letters[i].lower()]
        letters[i] = str(options[rng.integers(len(options))])
    return "".join(letters)


def _by_table(key: str) -> Callable[[str, np.random.Generator], str]:
    def make(name: str, rng: np.random.Generator) -> str:
        """Put signs of the table in the place of letters."""
        return _swap(name, {k: list(v) for k, v in load_disguises()[key].items()}, rng)

    return make


@cache
def _confusables() -> dict[str, list[str]]:
    """Return the characters that Unicode (UTS #39) says look like a letter.

    Of all scripts; those that Unicode itself calls another style of the letter are left
    to "styled".
    """
    path = files("confusable_homoglyphs").joinpath("confusables.json")
    found = {}
    for letter, alike in json.loads(path.read_text(encoding="utf-8")).items():
        others = [one["c"] for one in alike if _is_other_letter(one["c"])]
        if len(letter) == 1 and letter.isalpha() and others:
            found[letter] = sorted(set(others))
    return found


def _is_other_letter(char: str) -> bool:
    if len(char) != 1 or char.isdigit():
        return False
    return char.isalpha() and unicodedata.normalize("NFKC", char) == char


def _homoglyph(name: str, rng: np.random.Generator) -> str:
    other = {k: [v] for k, v in load_disguises()["other_scripts"].items()}
    latin_like = name[0].isascii() or "CYRILLIC" in unicodedata.name(name[0], "")
    return _swap(name, _confusables() if latin_like else other, rng)


@cache
def _styles() -> dict[str, list[str]]:
    """Return what Unicode itself calls another form of one character."""
    found: dict[str, list[str]] = {}
    for first, last in _STYLED:
        for code in range(first, last):
            char = chr(code)
            plain = unicodedata.normalize("NFKC", char)
            if plain != char and len(plain) == 1 and plain.isalpha():
                found.setdefault(plain, []).append(char)
    return found


def _styled(name: str, rng: np.random.Generator) -> str:
    """Write the whole name in one style where there is one, else letter by letter."""
    styles = {c: _styles().get(c, []) for c in name}
    known = [c for c in name if styles[c]]
    if not known:
        return name
    which = int(rng.integers(100))
    return "".join(styles[c][which % len(styles[c])] if styles[c] else c for c in name)


def _accent(name: str, rng: np.random.Generator) -> str | None:
    if not name.isascii():
        return None
    marks = load_disguises()["accent"]
    mark = marks[rng.integers(len(marks))]
    vowels = [i for i, c in enumerate(name) if c.isalpha()]
    count = [1, 2, len(vowels)][rng.integers(3)]
    places = set(rng.permutation(vowels)[:count].tolist())
    text = "".join(c + mark if i in places else c for i, c in enumerate(name))
    return unicodedata.normalize("NFC", text)


def _clusters(name: str) -> list[str]:
    """Cut a name where a writer could put something in: signs stay on their letter."""
    parts: list[str] = []
    for char in name.replace(" ", ""):
        if parts and unicodedata.category(char) in _KEEP_WHOLE:
            parts[-1] += char
        else:
            parts.append(char)
    return parts


def _insert(name: str, what: str, rng: np.random.Generator, once: bool) -> str | None:
    parts = _clusters(name)
    if len(parts) < 3:
        return None
    if not once:
        return what.join(parts)
    at = int(rng.integers(1, len(parts)))
    return "".join(parts[:at]) + what + "".join(parts[at:])


def _inserted(key: str, both: bool = True) -> Callable[..., str | None]:
    def make(name: str, rng: np.random.Generator) -> str | None:
        """Put signs of the table between the letters."""
        options = load_disguises()[key]
        what = options[rng.integers(len(options))]
        return _insert(name, what, rng, both and rng.random() < 0.5)

    return make


def _abbreviation(name: str, rng: np.random.Generator) -> str | None:
    """Write first letters with a stroke or stops, as in "L/V"."""
    parts = name.split()
    heads = [p[0] for p in parts] if len(parts) > 1 else [name[0], name[-1]]
    if not name.isascii():
        return None
    return ["/", ".", "&", "*"][rng.integers(4)].join(h.upper() for h in heads)


def _masked(name: str, rng: np.random.Generator) -> str | None:
    """Write signs for letters, as in "Vel***a"; three letters at least stay."""
    parts = _clusters(name)
    if len(parts) < 5:
        return None
    count = int(rng.integers(1, len(parts) - 3))
    at = int(rng.integers(1, len(parts) - count))
    sign = ["*", "#", "•", "_"][rng.integers(4)]
    return "".join(parts[:at]) + sign * count + "".join(parts[at + count :])


_MAKERS: dict[str, Callable[[str, np.random.Generator], str | None]] = {
    "homoglyph": _homoglyph,
    "lookalike": _by_table("lookalike"),
    "han_variant": _by_table("han_variant"),
    "styled": _styled,
    "small_capital": _by_table("small_capital"),
    "accent": _accent,
    "leet": _by_table("leet"),
    "leet_far": _by_table("leet_far"),
    "spacing": _inserted("spacing", both=True),
    "signs": _inserted("signs"),
    "zero_width": _inserted("zero_width"),
    "blank_letter": _inserted("blank_letters"),
    "emoji_between": _inserted("emoji"),
    "emoji_letter": _by_table("emoji_letter"),
    "abbreviation": _abbreviation,
    "masked": _masked,
}
