"""Compose a name that a person understands, the same one for the same cohort."""

from collections import Counter
from collections.abc import Sequence

from iprseg.cohorts._words import plain
from iprseg.cohorts.lift import Lift
from iprseg.cohorts.phrases import phrase_of, signal_id

NOISE_NAME = "not in any cohort"
# Price signals say the same thing several times; one of them is enough in a name.
_SAME = dict.fromkeys(("B01", "B02", "B03", "B04"), "price")
_SAME |= {"A01": "brand field", "A02": "brand field", "A04": "spelling"}
_SAME |= {"A15": "spelling", "A14": "spelling", "A08": "replica", "A07": "replica"}
_CHEAP = {"B01", "B02", "B04"}


def telling_signals(lifts: Sequence[Lift], most: int = 2) -> list[Lift]:
    """Return the signals worth naming: common in the cohort, much rarer elsewhere.

    Only sides that the phrase table has words for count, and one signal per theme.
    Origin and language never name a cohort.

    Examples
    --------
    >>> strong = Lift("A07_x", "high", 0, 0.9, 0.1, 9, 7, 1, 0.1, 1.0, 50)
    >>> weak = Lift("A14_x", "high", 0, 0.1, 0.01, 9, 7, 1, 0.1, 1.0, 50)
    >>> [one.signal for one in telling_signals([weak, strong])]
    ['A07_x']
    """
    from iprseg.cohorts.rules import is_origin_or_language

    chosen: dict[str, Lift] = {}
    for one in sorted(lifts, key=lambda x: (-x.share * min(x.low, 10), -x.low)):
        key = signal_id(one.signal)
        theme = _SAME.get(key, key)
        if (
            one.share >= 0.3
            and one.lift >= 2
            and one.coverage >= 0.3
            and theme not in chosen
            and getattr(phrase_of(one.signal), one.side)
            and not is_origin_or_language(one.signal)
        ):
            chosen[theme] = one
        if len(chosen) == most:
            break
    return list(chosen.values())


def compose_name(product: str, lifts: Sequence[Lift], level: str) -> str:
    """Return a name from what is offered and what is unusual about it.

    Parameters
    ----------
    product : str
        Product words, such as a category's last step; may be empty.
    lifts : sequence of Lift
        From `telling_signals`.
    level : {"listing", "seller"}
        What the cohort holds.

    Examples
    --------
    >>> low = Lift("B02_x", "low", 0.4, 0.9, 0.1, 9, 7, 0.3, 1, 1.0, 50)
    >>> replica = Lift("A07_x", "high", 0, 0.9, 0.1, 9, 7, 1, 0.1, 1.0, 50)
    >>> compose_name("perfume", [low, replica], "listing")
    'Cheap perfume with replica wording'
    >>> compose_name("perfume", [low], "seller")
    'Sellers of perfume priced far below the usual for the brand'
    >>> compose_name("", [], "listing")
    'Offers where no signal stands out'
    """
    cheap = [x for x in lifts if x.side == "low" and signal_id(x.signal) in _CHEAP]
    said = list(lifts)
    words = [plain(product, 100) or "offers"]
    if cheap and len(said) > 1:
        words.insert(0, "cheap")
        said = [one for one in said if one not in cheap]
    if level == "seller":
        words.insert(0, "sellers of")
    phrases = [getattr(phrase_of(one.signal), one.side) for one in said]
    tail = ", ".join(phrases)
    name = " ".join([*words, tail or "where no signal stands out"])
    return name[:1].upper() + name[1:]


def unique_names(names: dict, terms: dict) -> dict:
    """Return names of which no two are equal, adding a term, then a number.

    Examples
    --------
    >>> unique_names({0: "Shoes", 1: "Shoes"}, {0: ["red"], 1: ["red", "blue"]})
    {0: 'Shoes (red)', 1: 'Shoes (red, blue)'}
    >>> unique_names({0: "Shoes", 1: "Shoes"}, {0: [], 1: []})
    {0: 'Shoes (1)', 1: 'Shoes (2)'}
    """
    counts = Counter(names.values())
    used: set[str] = {name for name, n in counts.items() if n == 1}
    result = {}
    for key, name in names.items():
        if counts[name] == 1:
            result[key] = name
            continue
        own = [term for term in terms.get(key, []) if term not in name.lower()]
        options = [f"{name} ({', '.join(own[:n])})" for n in range(1, len(own[:3]) + 1)]
        options += [f"{name} ({n})" for n in range(1, len(names) + 1)]
        result[key] = next(option for option in options if option not in used)
        used.add(result[key])
    return result
