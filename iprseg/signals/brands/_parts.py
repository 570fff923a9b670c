"""Words of a name of several words that stand for the whole ("Vaine")."""

from collections.abc import Iterable

from iprseg.reference import load_words, market_groups, market_words
from iprseg.signals.brands._fields import fold_words

_SHORTEST = 5


def telling_parts(
    names: dict[int, list[str]], titles: Iterable[str], brand: Iterable[int]
) -> dict[int, list[str]]:
    """Return words of no dictionary that one brand only has in its names and titles.

    Parameters
    ----------
    names : dict
        Brand to its names, as folded words.
    titles : iterable of str, length n
    brand : iterable of int, length n

    Returns
    -------
    dict
        Brand to its words, sorted; only brands that have any.

    Examples
    --------
    >>> sorted(telling_parts({0: ["korda vaine"], 1: ["korda lumeo"]}, [], []).items())
    [(0, ['vaine']), (1, ['lumeo'])]
    """
    owners: dict[str, set[int]] = {}
    for of, spellings in names.items():
        for word in {word for name in spellings for word in name.split()}:
            if _is_distinctive(word):
                owners.setdefault(word, set()).add(of)
    for title, of in zip(titles, brand, strict=True):
        for word in set(fold_words(title).split()) & owners.keys():
            owners[word].add(int(of))
    found: dict[int, list[str]] = {}
    for word in sorted(word for word, of in owners.items() if len(of) == 1):
        (of,) = owners[word]
        if word not in names[of]:
            found.setdefault(of, []).append(word)
    return found


def _is_distinctive(word: str) -> bool:
    known = (load_words(), market_words(), market_groups()["ordinary"])
    forms = (word, word.removesuffix("s"))
    ordinary = any(form in words for words in known for form in forms)
    return len(word) >= _SHORTEST and word.isalpha() and not ordinary
