"""Reference data as files: lexicons, placeholder brand names, common words.

Each file names its source; ``SOURCES.md`` lists them with their licences.
"""

import re
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from iprseg.validation import check_option

__all__ = [
    "load_lexicon",
    "load_placeholders",
    "load_reference",
    "load_words",
    "market_groups",
    "market_languages",
    "market_words",
]


_FOLDER = Path(__file__).parent
_LEXICONS = (
    "disclaimer",
    "dupe_hashtag",
    "live_codeword",
    "overclaim",
    "replica",
    "review_fake",
)


@cache
def load_reference(name: str) -> dict[str, Any]:
    """Read one YAML file of the reference folder, every scalar as text.

    Parameters
    ----------
    name : str
        Path inside the folder without ``.yaml``, such as ``"lexicons/negation"``.

    Examples
    --------
    >>> sorted(load_reference("lexicons/negation"))
    ['after', 'before', 'source']
    """
    import yaml

    # The base loader leaves "no" and "null" as text: they are words here.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    text = (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=loader)  # noqa: S506


@cache
def load_lexicon(name: str) -> pd.DataFrame:
    """Return one lexicon, a row per term.

    Parameters
    ----------
    name : {"disclaimer", "dupe_hashtag", "live_codeword", "overclaim",
        "replica", "review_fake"}

    Returns
    -------
    DataFrame
        Columns ``term``, ``lang``, ``weight`` (0 to 1), ``grade`` (bool), ``needs``
        (``""``, ``"lang"``, ``"brand"``, ``"beside"`` or ``"goods"``), ``near`` (tuple
        of words that make the term harmless) and ``note``. Do not change it: it is
        shared.

    Raises
    ------
    IprsegError
        If there is no such lexicon.

    Examples
    --------
    >>> load_lexicon("replica").query("lang == 'de'").term.head(2).tolist()
    ['replika', 'nachbildung']
    """
    check_option("name", name, _LEXICONS, "load_lexicon")
    rows = []
    for lang, terms in load_reference(f"lexicons/{name}")["terms"].items():
        for entry in terms:
            row = {
                "lang": lang,
                "weight": float(entry["weight"]),
                "grade": entry.get("grade") == "true",
                "needs": entry.get("needs", ""),
                "near": tuple(entry.get("near", ())),
                "note": entry.get("note", ""),
            }
            rows += [{"term": term, **row} for term in _expand_spellings(entry["term"])]
    return pd.DataFrame(rows)


def _expand_spellings(term: str) -> list[str]:
    """Return every reading of a term: ``"fals{o|a}"`` is two."""
    parts = re.split(r"\{([^}]*)\}", term)
    choices = [p.split("|") if at % 2 else [p] for at, p in enumerate(parts)]
    return ["".join(one) for one in product(*choices)]


@cache
def load_words(top: int | None = None) -> frozenset[str]:
    """Return the most frequent English words, brand names taken out.

    Parameters
    ----------
    top : int, optional
        How many, by frequency; all (about 30,000) by default.

    Examples
    --------
    >>> "table" in load_words(5000), "zucchini" in load_words(5000)
    (True, False)
    """
    lines = (_FOLDER / "words_en.txt").read_text(encoding="utf-8").split()
    return frozenset(lines[:top])


@cache
def market_words() -> frozenset[str]:
    """Return words that any listing may use: colours, sizes, units, people, goods.

    Examples
    --------
    >>> {"tester", "ml", "femme"} <= market_words()
    True
    """
    groups = load_reference("words_market")["words"].values()
    return frozenset(word for group in groups for word in group)


@cache
def market_groups() -> dict[str, frozenset[str]]:
    """Return the words of `market_words` by group, and ``ordinary`` foreign words.

    Examples
    --------
    >>> "vie" in market_groups()["ordinary"], "vie" in market_words()
    (True, False)
    """
    file = load_reference("words_market")
    groups = {**file["words"], "ordinary": file["ordinary"]}
    return {name: frozenset(words) for name, words in groups.items()}


def load_placeholders() -> dict[str, Any]:
    """Return what stands in a brand field that names no brand.

    Returns
    -------
    dict
        ``exact`` (language to list of texts), ``patterns`` (regular expressions on
        folded text) and ``category_nouns`` (texts).

    Examples
    --------
    >>> "sem marca" in load_placeholders()["exact"]["pt"]
    True
    """
    return load_reference("placeholders")


@cache
def market_languages() -> pd.DataFrame:
    """Return which languages and scripts the markets use.

    Returns
    -------
    DataFrame
        ``market`` (ISO 3166 alpha-2), ``languages`` (ISO 639, most spoken first) that
        are official or spoken by 5 % of the people, ``scripts`` (ISO 15924) they are
        written in; ``;`` between. Source: Unicode CLDR. Do not change it: it is shared.

    Examples
    --------
    >>> market_languages().set_index("market").loc["BR"].tolist()
    ['pt;en', 'Latn']
    """
    # Namibia is "NA", which is no missing value here.
    path = _FOLDER / "market_languages.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)
