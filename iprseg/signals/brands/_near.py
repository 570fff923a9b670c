"""Find misspelled brand names: one or two slips, or letters masked by signs."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from iprseg.reference import load_words, market_words
from iprseg.signals.text.normalise import fold

_MASK = r"[*#_•●✱×.]"
_MASKED = re.compile(rf"[^\W\d_]+(?:{_MASK}{{1,4}}[^\W\d_]+)+")
_SPLIT = re.compile(r"[^\w]+")
_LOWEST = 0.85
# Shorter names are one slip away from too many words.
_SHORTEST, _SHORTEST_FOR_TWO = 4, 8


def near_misses(
    titles: Sequence[str],
    forms: dict[str, int],
    parts: frozenset[str],
    words: frozenset[str],
    lines: frozenset[str] = frozenset(),
) -> dict[str, tuple[int, float]]:
    """Find spellings in titles that are nearly a name.

    Parameters
    ----------
    titles : sequence of str
    forms : dict
        Folded name to its number.
    parts : frozenset of str
        Words that names consist of; a pair of words beside one may be a misspelling.
    words : frozenset of str
        Words that are no misspelling, beside the general dictionary.
    lines : frozenset of str
        Forms that are product lines: often words of some language, so another ending
        of one is no misspelling.

    Returns
    -------
    dict
        Spelling to (number of the name, similarity in [0.85, 1)).
    """
    index = _index(forms)
    shapes = {(form[0], len(form) + d) for form in forms for d in range(-2, 3)}
    known = load_words() | market_words() | words
    found = {}
    for spelling in _candidates(titles, parts, known):
        form = fold(spelling)
        if form in forms or (form[:1], len(form)) not in shapes:
            continue
        best = _nearest(form, index)
        if best is not None and not (best[0] in lines and _inflects(form, best[0])):
            found[spelling] = (forms[best[0]], best[1])
    return found


def masked_names(titles: Sequence[str], forms: dict[str, int]) -> dict[str, int]:
    """Find spellings such as ``Z*phyra`` that stand for exactly one name."""
    marks = [title for title in titles if "*" in title or "#" in title or "•" in title]
    tokens = {token for title in marks for token in _MASKED.findall(title)}
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


def _candidates(
    titles: Sequence[str], vocabulary: frozenset[str], known: frozenset[str]
) -> Iterator[str]:
    """Yield words of no dictionary, and pairs of which one is a brand's word."""
    seen: set[str] = set()
    pairs: set[str] = set()
    for title in titles:
        words = _SPLIT.split(title.casefold())
        seen.update(words)
        if vocabulary.isdisjoint(words):
            continue
        for a, b in pairwise(words):
            if (a in vocabulary) != (b in vocabulary) and len(a) > 2 and len(b) > 2:
                pairs.add(f"{a} {b}")
    for word in sorted(seen):
        if len(word) >= _SHORTEST and word.isalpha() and word not in known:
            yield word
    for pair in sorted(pairs):
        odd = [part for part in pair.split() if part not in vocabulary]
        if odd[0].isalpha() and odd[0] not in known:
            yield pair


def _index(forms: Iterable[str]) -> dict[str, list[str]]:
    """Index names by what is left of them after one or two deletions."""
    index = defaultdict(list)
    for form in forms:
        if len(form) >= _SHORTEST and form.isalpha() and form.isascii():
            for key in _deletions(form):
                index[key].append(form)
    return index


def _deletions(form: str) -> set[str]:
    once = {form[:i] + form[i + 1 :] for i in range(len(form))}
    if len(form) < _SHORTEST_FOR_TWO:
        return once | {form}
    twice = {s[:i] + s[i + 1 :] for s in once for i in range(len(s))}
    return once | twice | {form}


def _nearest(form: str, index: dict[str, list[str]]) -> tuple[str, float] | None:
    if not form.isascii() or not _SHORTEST <= len(form) <= 40:
        return None
    names = {name for key in _deletions(form) for name in index.get(key, ())}
    scored = [(_similarity(form, name), name) for name in sorted(names)]
    best = max(scored, default=(0.0, ""))
    return (best[1], best[0]) if best[0] >= _LOWEST else None


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
