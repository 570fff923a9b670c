"""The script that a text is mainly written in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from iprseg.signals.text._packed import Packed
from iprseg.signals.text.language_signals import _is_of, _script

__all__ = ["main_scripts"]

_NAMES = {
    "Latn": "Latin",
    "Cyrl": "Cyrillic",
    "Grek": "Greek",
    "Arab": "Arabic",
    "Hebr": "Hebrew",
    "Deva": "Devanagari",
    "Hang": "Hangul",
    "Hani": "Han",
    "Zyyy": "another script",
}
_KANA = ("Hira", "Kana")


def main_scripts(texts: Sequence[str]) -> NDArray[np.object_]:
    """Name the script of each text, None where it has no letter.

    Brands are written in Latin letters everywhere, so another script counts as soon as
    a quarter of the letters are of it. Japanese is told by its kana.

    Examples
    --------
    >>> main_scripts(["Canvas bag", "Nike กระเป๋า", "革のバッグ", "!!"]).tolist()
    ['Latin', 'Thai', 'Japanese', None]
    """
    packed = Packed(texts)
    scripts = sorted({_script(char) for char in map(chr, np.unique(packed.codes))})
    counts = {
        script: np.bincount(
            packed.rows(np.flatnonzero(packed.test(partial(_is_of, script)))),
            minlength=len(texts),
        )
        for script in scripts
        if script
    }
    kana = sum((counts.pop(one, 0) for one in _KANA), np.zeros(len(texts)))
    han = counts.get("Hani", 0)
    counts["Jpan"] = np.where(kana > 0, kana + han, 0)
    counts["Hani"] = np.where(kana > 0, 0, han)
    total = sum(counts.values())
    found = np.full(len(texts), None, dtype=object)
    most = np.zeros(len(texts))
    latin = counts.pop("Latn", np.zeros(len(texts)))
    for script, count in counts.items():
        wins = (count > most) & (4 * count >= total)
        found[wins] = _named(script)
        most = np.maximum(most, count)
    found[(found == None) & (latin > 0)] = "Latin"  # noqa: E711 (over an array)
    return found


def _named(script: str) -> str:
    return {"Jpan": "Japanese", "Laoo": "Lao", "Thai": "Thai"}.get(
        script, _NAMES.get(script, script)
    )
