"""Leave out of a review what its writer feared and did not find."""

import re
from functools import cache

from iprseg.reference import load_reference
from iprseg.signals.text._alphabet import is_unspaced
from iprseg.signals.text._lexicon import soften

_SENTENCES = re.compile(r"(?<=[.!?;؟。！？\n\x1e])(?!\d)")
_AFTER = 12


def without_fears(text: str, lang: str) -> str:
    """Drop from each sentence what was feared before it turned out genuine.

    Parameters
    ----------
    text : str
    lang : str
        Primary tag; ``""`` where unknown: then every language is tried.

    Returns
    -------
    str
        Folded; "I was afraid of a fake, but it is original" keeps "i was" and
        what comes from "but" on.

    Examples
    --------
    >>> without_fears("I thought it was a fake but it is original", "en")
    'i but it is original'
    >>> without_fears("I thought it was nice but it is not original", "en")
    'i thought it was nice but it is not original'
    >>> without_fears("A fake? No, genuine", "en")
    ' no, genuine'
    """
    tongues = load_reference("lexicons/relief")["words"]
    spoken = [lang, "en"] if lang else list(tongues)
    sentences = _unasked(_SENTENCES.split(soften(text)))
    for tongue in dict.fromkeys(t for t in spoken if t in tongues):
        sentences = [_relieved(sentence, tongue) for sentence in sentences]
    return "".join(sentences)


def _unasked(sentences: list[str]) -> list[str]:
    """Drop questions that the next sentence answers with a plain no."""
    following = [*sentences[1:], ""]
    return [
        one
        for one, then in zip(sentences, following, strict=True)
        if not (one.endswith(("?", "؟", "？")) and _answer().match(then))
    ]


@cache
def _answer() -> re.Pattern[str]:
    words = map(re.escape, load_reference("lexicons/relief")["answers"])
    return re.compile(rf"\s*(?:{'|'.join(words)})\s*(?:[,.!;:،、，。！]|$)")


def _relieved(sentence: str, lang: str) -> str:
    expected, turned, genuine = _patterns(lang)
    fear = expected.search(sentence)
    turn = fear and turned.search(sentence, fear.end())
    found = turn and genuine.search(sentence, turn.end())
    if not (fear and turn and found):
        return sentence
    between = sentence[turn.end() : found.start()]
    after = sentence[found.end() : found.end() + _AFTER]
    if _denies("before", lang, between) or _denies("after", lang, after):
        return sentence
    start = (
        0 if lang in load_reference("lexicons/relief")["verb_last"] else fear.start()
    )
    return sentence[:start] + sentence[turn.start() :]


def _denies(side: str, lang: str, words: str) -> bool:
    lists = load_reference("lexicons/negation")[side]
    said = set(words.split())
    return any(
        word in words if any(map(is_unspaced, word)) else word in said
        for word in (*lists.get(lang, ()), *lists.get("en", ()))
    )


@cache
def _patterns(lang: str) -> tuple[re.Pattern[str], ...]:
    words = load_reference("lexicons/relief")["words"][lang]
    return tuple(_any_of(words[role]) for role in ("expected", "turned", "genuine"))


def _any_of(words: list[str]) -> re.Pattern[str]:
    parts = "|".join(re.escape(soften(w)) for w in sorted(words, key=len, reverse=True))
    glued = any(map(is_unspaced, "".join(words)))
    return re.compile(parts if glued else rf"(?<!\w)(?:{parts})(?!\w)")
