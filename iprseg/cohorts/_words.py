"""Cut titles into terms in any script, with no dictionary.

Scripts that put no space between words (Thai, Lao, Khmer, Burmese, Han, kana) give the
substrings that recur; combining marks stay with their letter, which scikit-learn's
tokenizer does not ensure.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

# A title longer than this is cut before its terms are taken: a hostile one of
# ten million characters must cost no more than an ordinary one.
MAX_CHARACTERS = 400
MAX_TERM_CHARACTERS = 30

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
# A Thai or Lao run is never begun by a vowel written after or above its consonant,
# nor ended by one that is written before it.
_NEVER_FIRST = set("\u0e30\u0e32\u0e33\u0e45\u0e46\u0eb0\u0eb2\u0eb3\u30fc")
_NEVER_LAST = set("\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")


_PART_NUMBER = re.compile(r"\b[a-z]{1,4}-\d\w*")
_MEASURE = re.compile(r"\d+(?:ml|oz|cm|mm|kg|g|l|m|in|inch|pcs|pc|w|v)")


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    marks = "".join(
        chr(point)
        for point in range(0x10000)
        if unicodedata.category(chr(point)).startswith("M")
    )
    word = re.compile(rf"(?:[^\W_]|[{re.escape(marks)}])+")
    return word, re.compile(rf"[{_SPACELESS}]+")


@lru_cache(maxsize=1)
def _stop_words() -> frozenset[str]:
    text = (Path(__file__).parent / "stop_words.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


def plain(text: object, limit: int = MAX_CHARACTERS) -> str:
    r"""Return one line of text without control, format and direction characters.

    Examples
    --------
    >>> plain("Per\u200bfume \u202eelas\n now")
    'Perfume elas now'
    >>> plain(float("nan"))
    ''
    """
    if not isinstance(text, str):
        return ""
    kept = text[: 4 * limit]
    if not kept.isprintable():  # most are, and then there is nothing to leave out
        kept = "".join(
            " " if character.isspace() else character
            for character in kept
            if character.isspace()
            or not unicodedata.category(character).startswith("C")
        )
    return " ".join(kept.split())[:limit]


def words_of(text: str) -> tuple[set[str], list[str]]:
    """Return the words and word pairs of a text, and its runs without spaces.

    Examples
    --------
    >>> found, runs = words_of("Oud perfume for men น้ำหอมผู้ชาย 100ml")
    >>> sorted(found), runs
    (['men', 'oud', 'oud perfume', 'perfume'], ['น้ำหอมผู้ชาย'])
    """
    folded = unicodedata.normalize("NFC", plain(text)).lower()
    found: set[str] = set()
    runs: list[str] = []
    before = ""
    for chunk in folded.split(" "):
        first, last, terms, more = _chunk(chunk)
        if before and first:
            found.add(f"{before} {first}")
        found.update(terms)
        runs += more
        before = last
    return found, runs


@lru_cache(maxsize=1 << 16)
def _chunk(chunk: str) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    """Read what stands between two blanks: most of it occurs in many texts.

    Returns
    -------
    first, last : str
        The terms at its very ends, which pair with those beyond the blank, if any.
    terms : tuple of str
        Words and word pairs inside.
    runs : tuple of str
        Runs of scripts without spaces.
    """
    if chunk.isascii() and chunk.isalnum():  # most are one word
        term = chunk if _is_term(chunk) else ""
        return term, term, (term,) if term else (), ()
    word, spaceless = _patterns()
    own = _PART_NUMBER.sub(" ", chunk)
    runs = tuple(spaceless.findall(own))
    if runs:
        own = spaceless.sub(" ", own)
    found: dict[str, None] = {}
    first, last, last_end = "", "", -2
    for match in word.finditer(own):
        token = match.group()
        if not _is_term(token):
            last = ""
            continue
        found[token] = None
        if match.start() == 0:
            first = token
        if last and match.start() == last_end + 1:
            found[f"{last} {token}"] = None
        last, last_end = token, match.end()
    return first, last if last_end == len(own) else "", tuple(found), runs


@lru_cache(maxsize=1 << 16)
def _is_term(token: str) -> bool:
    return (
        1 < len(token) <= MAX_TERM_CHARACTERS
        and not token.isdecimal()
        # a long mix of letters and digits is a part number, an order or a phone
        and (token.isalpha() or sum(c.isdecimal() for c in token) <= 4)
        # the size of a bottle says nothing of what is in it
        and not _MEASURE.fullmatch(token)
        and token not in _stop_words()
    )


def recurring_pieces(runs_by_text: Sequence[list[str]], min_texts: int) -> set[str]:
    """Return the substrings of spaceless runs that recur in enough texts.

    A piece is dropped when a longer one is in (nearly) the same texts.

    Parameters
    ----------
    runs_by_text : sequence of list of str
        The runs of each text.
    min_texts : int
        Texts that must hold a piece.

    Returns
    -------
    set of str
        Pieces of two characters or more.

    Examples
    --------
    >>> sorted(recurring_pieces([["หูฟังไร้สาย"], ["หูฟัง"], ["หูฟังดี"]], 3))
    ['หูฟัง']
    """
    counts: Counter[str] = Counter()
    for runs in runs_by_text:
        counts.update({piece for run in runs for piece in _pieces(run)})
    kept = {piece: n for piece, n in counts.items() if n >= min_texts}
    covered = set()
    for piece, n in kept.items():
        for part in (piece[1:], piece[:-1]):
            if n >= 0.8 * kept.get(part, n + n):
                covered.add(part)
    return {piece for piece in kept if piece not in covered and _is_whole(piece)}


def _pieces(run: str) -> Iterable[str]:
    if len(run) <= MAX_TERM_CHARACTERS:
        yield run
    longest = 12 if run[0] < "\u3000" else 6
    for start in range(len(run)):
        for end in range(start + 2, min(len(run), start + longest) + 1):
            yield run[start:end]


def _is_whole(piece: str) -> bool:
    first = piece[0]
    return (
        not unicodedata.category(first).startswith("M")
        and first not in _NEVER_FIRST
        and piece[-1] not in _NEVER_LAST
        and piece not in _stop_words()
        # two letters are half a word in Thai, and a word in Chinese
        and (first >= "\u3000" or len(piece) > 2)
    )


def terms_of_texts(texts: Sequence[str], min_texts: int = 3) -> list[set[str]]:
    """Return the set of terms of each text: words, word pairs, recurring pieces.

    Parameters
    ----------
    texts : sequence of str
        Titles.
    min_texts : int, default 3
        Texts that must hold a piece of a script without spaces.

    Returns
    -------
    list of set of str
        One per text.

    Examples
    --------
    >>> sorted(terms_of_texts(["手机壳 iPhone", "新手机壳", "手机壳A"])[0])
    ['iphone', '手机壳']
    """
    parsed = [words_of(text) for text in texts]
    pieces = recurring_pieces([runs for _, runs in parsed], min_texts)
    return [
        found.union(piece for run in runs for piece in _pieces(run) if piece in pieces)
        if runs
        else found
        for found, runs in parsed
    ]
