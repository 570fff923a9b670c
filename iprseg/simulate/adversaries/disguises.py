"""A brand in spellings that an exact filter misses (AD01), and how they are made."""

import json
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import yaml

from iprseg.simulate.adversaries.draft import Draft, find_named_listings, rewrite_name
from iprseg.validation import check_option

DISGUISE_KINDS = (
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
_STYLED_RANGES = [
    (0xA0, 0x3300),
    (0xF900, 0x10000),
    (0x1D400, 0x1D800),
    (0x1F100, 0x1F190),
]
_STYLED_RANGES += [(0x2F800, 0x2FA20)]
_COMBINING_CATEGORIES = ("Mn", "Mc")  # signs that sit on the letter before


@cache
def load_disguises() -> dict[str, Any]:
    """Read the module's own look-alikes, leet, blanks and sounds."""
    text = (files(__package__) / "disguises.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def disguise_name(name: str, kind: str, rng: np.random.Generator) -> str | None:
    """Write a name in one kind of disguise.

    Parameters
    ----------
    name : str
        Of any script.
    kind : str
        One of the first sixteen of ``DISGUISE_KINDS``; the others need the brand's
        own words.
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
    >>> disguise_name("Velmora", "leet", rng), disguise_name("เวลโมรา", "leet", rng)
    ('V31m0r4', None)
    """
    made = _DISGUISERS[kind](name, rng)
    return None if made is None or made == name else made


def _swap_letters(
    name: str, table: dict[str, list[str]], rng: np.random.Generator
) -> str:
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


def _make_table_disguiser(key: str) -> Callable[[str, np.random.Generator], str]:
    def make(name: str, rng: np.random.Generator) -> str:
        """Put signs of the table in the place of letters."""
        return _swap_letters(
            name, {k: list(v) for k, v in load_disguises()[key].items()}, rng
        )

    return make


@cache
def _load_confusables() -> dict[str, list[str]]:
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


def _swap_homoglyphs(name: str, rng: np.random.Generator) -> str:
    other = {k: [v] for k, v in load_disguises()["other_scripts"].items()}
    latin_like = name[0].isascii() or "CYRILLIC" in unicodedata.name(name[0], "")
    return _swap_letters(name, _load_confusables() if latin_like else other, rng)


@cache
def _list_styles() -> dict[str, list[str]]:
    """Return what Unicode itself calls another form of one character."""
    found: dict[str, list[str]] = {}
    for first, last in _STYLED_RANGES:
        for code in range(first, last):
            char = chr(code)
            plain = unicodedata.normalize("NFKC", char)
            if plain != char and len(plain) == 1 and plain.isalpha():
                found.setdefault(plain, []).append(char)
    return found


def _apply_style(name: str, rng: np.random.Generator) -> str:
    """Write the whole name in one style where there is one, else letter by letter."""
    styles = {c: _list_styles().get(c, []) for c in name}
    known = [c for c in name if styles[c]]
    if not known:
        return name
    which = int(rng.integers(100))
    return "".join(styles[c][which % len(styles[c])] if styles[c] else c for c in name)


def _add_accents(name: str, rng: np.random.Generator) -> str | None:
    if not name.isascii():
        return None
    marks = load_disguises()["accent"]
    mark = marks[rng.integers(len(marks))]
    vowels = [i for i, c in enumerate(name) if c.isalpha()]
    count = [1, 2, len(vowels)][rng.integers(3)]
    places = set(rng.permutation(vowels)[:count].tolist())
    text = "".join(c + mark if i in places else c for i, c in enumerate(name))
    return unicodedata.normalize("NFC", text)


def _split_clusters(name: str) -> list[str]:
    """Cut a name where a writer could put something in: signs stay on their letter."""
    parts: list[str] = []
    for char in name.replace(" ", ""):
        if parts and unicodedata.category(char) in _COMBINING_CATEGORIES:
            parts[-1] += char
        else:
            parts.append(char)
    return parts


def _insert_sign(
    name: str, what: str, rng: np.random.Generator, once: bool
) -> str | None:
    parts = _split_clusters(name)
    if len(parts) < 3:
        return None
    if not once:
        return what.join(parts)
    at = int(rng.integers(1, len(parts)))
    return "".join(parts[:at]) + what + "".join(parts[at:])


def _make_sign_inserter(key: str, both: bool = True) -> Callable[..., str | None]:
    def make(name: str, rng: np.random.Generator) -> str | None:
        """Put signs of the table between the letters."""
        options = load_disguises()[key]
        what = options[rng.integers(len(options))]
        return _insert_sign(name, what, rng, both and rng.random() < 0.5)

    return make


def _abbreviate_name(name: str, rng: np.random.Generator) -> str | None:
    """Write first letters with a stroke or stops, as in "L/V"."""
    parts = name.split()
    heads = [p[0] for p in parts] if len(parts) > 1 else [name[0], name[-1]]
    if not name.isascii():
        return None
    return ["/", ".", "&", "*"][rng.integers(4)].join(h.upper() for h in heads)


def _mask_letters(name: str, rng: np.random.Generator) -> str | None:
    """Write signs for letters, as in "Vel***a"; three letters at least stay."""
    parts = _split_clusters(name)
    if len(parts) < 5:
        return None
    count = int(rng.integers(1, len(parts) - 3))
    at = int(rng.integers(1, len(parts) - count))
    sign = ["*", "#", "•", "_"][rng.integers(4)]
    return "".join(parts[:at]) + sign * count + "".join(parts[at + count :])


_DISGUISERS: dict[str, Callable[[str, np.random.Generator], str | None]] = {
    "homoglyph": _swap_homoglyphs,
    "lookalike": _make_table_disguiser("lookalike"),
    "han_variant": _make_table_disguiser("han_variant"),
    "styled": _apply_style,
    "small_capital": _make_table_disguiser("small_capital"),
    "accent": _add_accents,
    "leet": _make_table_disguiser("leet"),
    "leet_far": _make_table_disguiser("leet_far"),
    "spacing": _make_sign_inserter("spacing", both=True),
    "signs": _make_sign_inserter("signs"),
    "zero_width": _make_sign_inserter("zero_width"),
    "blank_letter": _make_sign_inserter("blank_letters"),
    "emoji_between": _make_sign_inserter("emoji"),
    "emoji_letter": _make_table_disguiser("emoji_letter"),
    "abbreviation": _abbreviate_name,
    "masked": _mask_letters,
}


def plant_brand_disguise(
    draft: Draft, share: float, kinds: Sequence[str] = DISGUISE_KINDS
) -> None:
    """Disguise the brand in title and description; the brand field is left empty.

    ``kinds`` are drawn from as often as each other; one that has no form for a name's
    letters is drawn anew.
    """
    for kind in kinds:
        check_option("AD01 kinds", kind, DISGUISE_KINDS, "add_adversaries")
    rows = find_named_listings(draft)
    rows = rows.loc[draft.choose(rows.index, share, "listing", "plainly named brand")]
    brands = draft.table("brands").set_index("brand_id")
    nicknames = load_nicknames()
    made = [
        _draw_spelling(
            row.surface, brands.loc[row.brand_id], nicknames, kinds, draft.rng
        )
        for row in rows.itertuples()
    ]
    changes = pd.DataFrame(made, columns=["kind", "spelling"], index=rows.index)
    for column in ("title", "description"):
        changes[column] = [
            rewrite_name(text, surface, spelling) if isinstance(text, str) else text
            for text, surface, spelling in zip(
                rows[column], rows["surface"], changes["spelling"], strict=True
            )
        ]
    changes["brand_field"] = ""
    texts = ["title", "description", "brand_field"]
    draft.put("listings", "listing_id", changes[texts])
    draft.put_truth(
        "listings",
        "listing_id",
        pd.DataFrame({"brand_text": "obfuscated"}, index=rows.index),
    )
    kind, spelling = changes["kind"].to_list(), changes["spelling"].to_list()
    brand = rows["brand_id"].to_list()
    draft.note(kind, "listing", list(rows.index), "brand", brand, spelling)


def load_nicknames() -> dict[str, str]:
    """Give what buyers call each brand; no register lists it."""
    from iprseg.simulate.vocabulary import load_constants

    return {brand["name"]: brand["nickname"] for brand in load_constants().brands}


def _draw_spelling(
    surface: str,
    brand: pd.Series,
    nicknames: dict[str, str],
    kinds: Sequence[str],
    rng: np.random.Generator,
) -> tuple[str, str]:
    """Draw kinds until one can write this name."""
    for at in rng.permutation(len(kinds)):
        nickname = nicknames.get(brand["name"])
        spelling = spell_brand(surface, brand["aliases"], nickname, kinds[at], rng)
        if spelling:
            return kinds[at], spelling
    # every name can be taken apart by signs
    return "signs", ".".join(surface)


def spell_brand(
    surface: str,
    aliases: str,
    nickname: str | None,
    kind: str,
    rng: np.random.Generator,
) -> str | None:
    """Write a brand another way; None where the kind has no form of this name."""
    if kind == "nickname":
        return nickname
    if kind == "transliteration":
        listed = [a for a in aliases.split(";")[1:] if a != surface]
        return listed[rng.integers(len(listed))] if listed else None
    if kind == "transliteration_unlisted":
        return _spell_by_sound(surface, aliases, rng)
    return disguise_name(surface, kind, rng)


def _spell_by_sound(surface: str, aliases: str, rng: np.random.Generator) -> str | None:
    """Write a Latin name by its sound, in letters that no alias of it is written in."""
    if not surface.isascii():
        return None
    key = ("sounds_cyrillic", "sounds_greek")[rng.integers(2)]
    sounds = load_disguises()[key]
    text = "".join(sounds.get(c, c) for c in surface.lower())
    text = text.title()
    return None if text.casefold() in aliases.casefold() else text
