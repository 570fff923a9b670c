"""Ways to write a brand so that an exact filter misses it."""

from typing import Any

_HOMOGLYPHS = {
    "a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "i": "і", "x": "х", "u": "υ",
    "v": "ν", "n": "ո", "y": "у", "k": "κ", "r": "г", "t": "τ", "s": "ѕ",
}  # fmt: skip
_LEET = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7", "l": "1"}
_SEPARATORS = (" ", ".", "*", "-", "\u200b", "_")
TACTICS = ("EV_HOMOGLYPH", "EV_LEET", "EV_SPACING", "EV_ABBREV_CODEWORD")


def disguises(brand: dict[str, Any], tactic: str) -> list[str]:
    """All disguised spellings of a brand by one tactic, in a fixed order.

    Parameters
    ----------
    brand : dict
        With ``name``, ``abbr``, ``nickname``.
    tactic : str
        One of ``TACTICS``.

    Returns
    -------
    list of str
        At least two spellings, none equal to the name.

    Examples
    --------
    >>> disguises({"name": "Velmora"}, "EV_LEET")
    ['V3lmora', 'Velmor4', 'V31m0r4', 'Ve1m0ra']
    """
    name = brand["name"]
    if tactic == "EV_HOMOGLYPH":
        found = [*_swapped(name, _HOMOGLYPHS), _fullwidth(name)]
    elif tactic == "EV_LEET":
        found = _swapped(name, _LEET)
    elif tactic == "EV_SPACING":
        found = [separator.join(name) for separator in _SEPARATORS[:4]]
        found += [_split(name, separator) for separator in _SEPARATORS[2:]]
    else:
        abbr = brand["abbr"]
        found = [abbr, "/".join(abbr[:2]), f"{abbr[0]}🌙{abbr[1:]}", brand["nickname"]]
    return [text for text in dict.fromkeys(found) if text != name]


def near_misses(name: str) -> list[str]:
    """Confusable names one letter away: doubled, dropped, swapped."""
    middle = len(name) // 2
    doubled = name[:middle] + name[middle] + name[middle:]
    dropped = name[:middle] + name[middle + 1 :]
    swapped = name[:2] + name[3] + name[2] + name[4:]
    found = dict.fromkeys([doubled, dropped, swapped, name + name[-1]])
    return [text for text in found if text != name]


def _swapped(name: str, table: dict[str, str]) -> list[str]:
    places = [i for i, letter in enumerate(name) if letter in table]
    chosen = [places[:1], places[-1:], places, places[1:3]]
    return [_swap_at(name, table, at) for at in chosen if at]


def _swap_at(name: str, table: dict[str, str], places: list[int]) -> str:
    return "".join(table[c] if i in places else c for i, c in enumerate(name))


def _fullwidth(name: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)


def _split(name: str, separator: str) -> str:
    return name[:3] + separator + name[3:]
