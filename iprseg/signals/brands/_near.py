"""Find misspelled brand names: one or two slips, or letters masked by signs."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from iprseg.reference import load_words, market_words
from iprseg.signals.text.normalise import fold

_MASK = r"[*#_•●✱×.]"
_MASKED = re.compile(rf"[^\W\d_]+(?:{_MASK}{{1,4}}[^\W\d_]+)+")
_WORD_BEFORE, _WORD_AFTER = re.compile(r"[^\W\d_]+ $"), re.compile(r" [^\W\d_]+")
_REACH = 30
_SPLIT = re.compile(r"[^\w]+")
_LOWEST = 0.85
# Shorter names are one slip away from too many words.
_SHORTEST, _SHORTEST_FOR_TWO = 4, 8
_LONG_PHRASE = 6
_BATCH = 4096


def nearest_names(
    candidates: Iterable[str], forms: dict[str, int], lines: frozenset[str]
) -> dict[str, tuple[int, float]]:
    """Find spellings that are nearly a name.

    Parameters
    ----------
    candidates : iterable of str
        As ``unknown_words`` gives them.
    forms : dict
        Folded name to its number.
    lines : frozenset of str
        Forms that are product lines: often words of some language, so another ending
        of one is no misspelling.

    Returns
    -------
    dict
        Spelling to (number of the name, similarity in [0.85, 1)).
    """
    shapes = {(form[0], len(form) + d) for form in forms for d in range(-2, 3)}
    spelled: dict[str, list[str]] = {}
    for spelling in candidates:
        form = fold(spelling)
        if form not in forms and (form[:1], len(form)) in shapes:
            spelled.setdefault(form, []).append(spelling)
    found = {}
    for form, (name, score) in _nearest(list(spelled), list(forms)).items():
        if not (name in lines and _inflects(form, name)):
            found.update(dict.fromkeys(spelled[form], (forms[name], score)))
    return found


def masked_tokens(texts: Iterable[str]) -> set[str]:
    """Find words with signs inside, alone and with their neighbours.

    Texts without a sign used for masking are passed over.
    """
    marks = [text for text in texts if "*" in text or "#" in text or "•" in text]
    return {
        phrase
        for text in marks
        for masked in _MASKED.finditer(text)
        for phrase in _with_neighbours(text, masked)
    }


def _with_neighbours(text: str, masked: re.Match[str]) -> Iterator[str]:
    """Yield a masked word, and it with the word before, after, and both."""
    start, end = masked.span()
    before = _WORD_BEFORE.search(text[max(0, start - _REACH) : start])
    after = _WORD_AFTER.match(text, end, end + _REACH)
    heads = ["", before.group()] if before else [""]
    tails = ["", after.group()] if after else [""]
    yield from (head + masked.group() + tail for head in heads for tail in tails)


def masked_names(tokens: Iterable[str], forms: dict[str, int]) -> dict[str, int]:
    """Find spellings such as ``Z*phyra`` that stand for exactly one name."""
    listed = "\n".join(forms)
    found = {}
    for token in sorted(tokens):
        pieces = re.split(f"{_MASK}+", token)
        gaps = [len(gap) for gap in re.findall(f"{_MASK}+", token)]
        letters = [re.escape(fold(piece)) for piece in pieces]
        if sum(map(len, pieces)) < 2 or len(token) > 40:
            continue
        body = letters[0] + "".join(
            f".{{{gap}}}{piece}" for gap, piece in zip(gaps, letters[1:], strict=True)
        )
        hits = {
            forms[hit] for hit in re.findall(f"^{body}$", listed, re.M) if len(hit) >= 4
        }
        if len(hits) == 1:
            found[token] = hits.pop()
    return found


def unknown_words(
    titles: Iterable[str], vocabulary: frozenset[str], words: frozenset[str]
) -> tuple[set[str], set[str]]:
    """Return words of no dictionary, and phrases of one such word beside a brand's.

    Parameters
    ----------
    titles : iterable of str
    vocabulary : frozenset of str
        Words that names consist of; a pair of words beside one may be a misspelling.
    words : frozenset of str
        Words that are no misspelling, beside the general dictionary.
    """
    phrases: set[str] = set()
    known = (words, market_words(), load_words())
    seen = _Seen(vocabulary, known)
    for title in set(titles):
        said = _SPLIT.split(title.casefold())
        for at in [at for at, word in enumerate(said) if seen[word]]:
            if not vocabulary.isdisjoint(said[max(0, at - 1) : at + 2]):
                phrases.update(_around(said, at, vocabulary))
    long = {word for word in seen if len(word) >= _SHORTEST}
    return {word for word in long if _is_unknown(word, known)}, phrases


class _Seen(dict[str, bool]):
    """Words asked for, and whether each may be a slip in a brand of several words."""

    def __init__(self, vocabulary: frozenset[str], known: tuple[frozenset[str], ...]):
        super().__init__()
        self._vocabulary, self._known = vocabulary, known

    def __missing__(self, word: str) -> bool:
        may = len(word) > 2 and word not in self._vocabulary
        self[word] = may and _is_unknown(word, self._known)
        return self[word]


def _is_unknown(word: str, known: tuple[frozenset[str], ...]) -> bool:
    return word.isalpha() and not any(word in words for words in known)


def _around(words: list[str], at: int, vocabulary: frozenset[str]) -> Iterator[str]:
    """Yield phrases of two or three words that are a brand's but for one."""
    for n in (2, 3):
        for first in range(max(0, at - n + 1), min(at, len(words) - n) + 1):
            phrase = words[first : first + n]
            others = phrase[: at - first] + phrase[at - first + 1 :]
            if vocabulary.issuperset(others) and len("".join(phrase)) >= _LONG_PHRASE:
                yield " ".join(phrase)


def _nearest(spelled: list[str], forms: list[str]) -> dict[str, tuple[str, float]]:
    """Return for each form that is nearly a name the most similar name."""
    names = [form for form in forms if len(form) >= _SHORTEST and _is_plain(form)]
    words = [form for form in spelled if _SHORTEST <= len(form) <= 40]
    best: dict[str, tuple[str, float]] = {}
    for form, name in _close_pairs([w for w in words if w.isascii()], names):
        score = _similarity(form, name)
        if score >= _LOWEST and (score, name) > best.get(form, ("", 0.0))[::-1]:
            best[form] = (name, score)
    return best


def _is_plain(form: str) -> bool:
    return form.isalpha() and form.isascii()


def _close_pairs(words: list[str], names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs with the same first letter and at most two slips."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cdist

    by_letter: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_letter[name[0]].append(name)
    for at in range(0, len(words), _BATCH):
        groups: dict[str, list[str]] = defaultdict(list)
        for word in words[at : at + _BATCH]:
            groups[word[0]].append(word)
        for letter, batch in groups.items():
            known = by_letter.get(letter, [])
            slips = cdist(
                batch, known, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8
            )
            for i, j in np.argwhere(slips <= 2).tolist():
                yield batch[i], known[j]


def _inflects(form: str, line: str) -> bool:
    """Tell whether two words differ in their ending only ("nocturna", "nocturne")."""
    stem = min(len(form), len(line)) - 1
    return form[:stem] == line[:stem]


def _similarity(form: str, name: str) -> float:
    """Return the Jaro-Winkler similarity, or 0 where the slips are too many."""
    from rapidfuzz.distance import OSA, JaroWinkler

    allowed = 2 if min(len(form), len(name)) >= _SHORTEST_FOR_TWO else 1
    # A plural or a genitive is no misspelling.
    if form == name + "s" or form[0] != name[0]:
        return 0.0
    # Of four letters any one changed gives another word; two swapped or one doubled
    # does not.
    if len(name) == _SHORTEST and set(form) != set(name):
        return 0.0
    if OSA.distance(form, name) > allowed:
        return 0.0
    return min(JaroWinkler.similarity(form, name), 0.999)
