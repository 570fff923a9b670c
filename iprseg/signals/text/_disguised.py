"""Find lexicon terms whose letters are imitated or spelled apart: "r3plica"."""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals.brands._find import Texts, compile_names, find_names
from iprseg.signals.text._alphabet import is_gap, is_hidden, skeleton_char
from iprseg.signals.text._excuses import is_excused
from iprseg.signals.text._lexicon import Lexicon
from iprseg.signals.text._packed import ROW_END
from iprseg.signals.text._spans import FreeSpans
from iprseg.signals.text.normalise import fold

# In fewer letters figures and signs read as a term by accident.
_SHORTEST = 6
_CHUNK = 10_000
# A Latin letter; a figure or sign that is read as one; a foreign letter that is, or
# something hidden; what parts words.
_LETTER, _SIGN, _ODD, _GAP = 1, 2, 4, 8
# Where such characters are: scripts that imitate Latin, signs, letters in boxes.
_RANGES = (
    (0x0, 0x2FFF),
    (0xA000, 0xABFF),
    (0xFE00, 0xFFFF),
    (0x1D400, 0x1D7FF),
    (0x1F100, 0x1F1FF),
    (0xE0000, 0xE007F),
)


def find_disguised(
    texts: Sequence[str], langs: Sequence[str], lexicon: Lexicon
) -> pd.DataFrame:
    """Find terms in disguise, not negated and not beside a guard word.

    Parameters
    ----------
    texts : sequence of str, length n
    langs : sequence of str, length n
        Primary language tag of each text, ``""`` where unknown.
    lexicon : Lexicon
        Terms of fewer than six letters and those that must stand beside a brand are
        left out.

    Returns
    -------
    DataFrame
        ``row`` and ``term`` (position in ``lexicon.table``); of overlapping terms the
        longest, of equal ones the heaviest.
    """
    table = lexicon.table
    eligible = np.flatnonzero(
        (table["term"].map(fold).str.len() >= _SHORTEST)
        & ~table["needs"].isin(["beside", "goods"])
    )
    rows = _suspicious(texts)
    if not len(rows) or not len(eligible):
        return pd.DataFrame({"row": [], "term": []}, dtype=np.int64)
    names = compile_names(table["term"].iloc[eligible].tolist())
    found = find_names(Texts([texts[row] for row in rows]), names)
    found = found[found["odd"]]
    found = found.assign(
        row=rows[found["row"].to_numpy()], term=eligible[found["name"].to_numpy()]
    )
    kept = {
        (row, term)
        for row, term, start, end in _longest(found, table["weight"].to_numpy())
        if not is_excused(
            _lower(texts[row]),
            start,
            end,
            (table["langs"].iloc[term], table["near"].iloc[term]),
            langs[row],
        )
    }
    return pd.DataFrame(sorted(kept), columns=["row", "term"], dtype=np.int64)


def _longest(
    found: pd.DataFrame, weight: NDArray[np.float64]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield row, term, start and end of hits that overlap no longer or heavier one."""
    order = found.assign(
        length=found["start"] - found["end"], weight=-weight[found["term"].to_numpy()]
    ).sort_values(["row", "length", "weight", "start"], kind="stable")
    spans: dict[int, FreeSpans] = {}
    columns = (order[c].tolist() for c in ("row", "term", "start", "end"))
    for row, term, start, end in zip(*columns, strict=True):
        if spans.setdefault(row, FreeSpans()).take(start, end):
            yield row, term, start, end


def _suspicious(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the rows in which something imitates a Latin letter or parts letters."""
    rows = [
        first + _suspicious_of(texts[first : first + _CHUNK])
        for first in range(0, len(texts), _CHUNK)
    ]
    return np.concatenate([np.zeros(0, dtype=np.int64), *rows])


def _suspicious_of(texts: Sequence[str]) -> NDArray[np.int64]:
    whole = ROW_END.join(["", *texts, ""])
    joined = whole.encode("utf-32-le", "surrogatepass")
    classes = _classes()[np.frombuffer(joined, dtype=np.uint32)]
    letter, sign, odd, gap = (classes == one for one in (_LETTER, _SIGN, _ODD, _GAP))
    found = np.zeros(len(classes), dtype=bool)
    if len(found) > 6:
        like = letter | odd
        # "r3plica", "r33plica"; "rеplica" with a foreign е, wherever it stands
        found[2:] |= letter[:-2] & sign[1:-1] & like[2:]
        found[3:] |= letter[:-3] & sign[1:-2] & sign[2:-1] & like[3:]
        found[1:] |= (letter[:-1] & odd[1:]) | (odd[:-1] & letter[1:])
        # "5uper", "replic4", but not "50ml"
        three = letter[:-2] & letter[1:-1] & letter[2:]
        found[4:] |= gap[:-4] & sign[1:-3] & three[2:]
        found[4:] |= three[:-2] & sign[3:-1] & gap[4:]
        # "r.e.p.l": of "show a small" three letters are parted too
        parted = like[:-2] & gap[1:-1] & like[2:]
        found[6:] |= parted[:-4] & parted[2:-2] & parted[4:]
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
    at = np.flatnonzero(found) - 1
    return np.unique(np.searchsorted(ends, at, side="right"))


@cache
def _classes() -> NDArray[np.uint8]:
    """Return what each code point may be in a disguised word, shape (0x110000,)."""
    table = np.zeros(0x110000, dtype=np.uint8)
    for first, last in _RANGES:
        table[first : last + 1] = [_class(chr(c)) for c in range(first, last + 1)]
    return table


def _class(char: str) -> int:
    if char.isascii() and char.isalpha():
        return _LETTER
    image, plain = skeleton_char(char), fold(char)
    latin = image.isascii() and image.isalpha()
    if char in "*€" or (char.isascii() and latin):
        return _SIGN
    # an accent is not foreign
    foreign = latin and not (plain.isascii() and unicodedata.category(char) != "So")
    if is_hidden(char) or foreign:
        return _ODD
    return _GAP if is_gap(char) else 0


def _lower(text: str) -> str:
    """Return a text in small letters, each where it stood."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
