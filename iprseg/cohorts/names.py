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
_SAME |= {"missing_brand_field": "brand field", "missing_price": "price"}
_SAME |= dict.fromkeys(("fact_authorised", "fact_sells_authorised"), "authorisation")
_SAME |= {"verified_authorisation": "authorisation"}
_CHEAP = {"B01", "B02", "B04"}
_WHO = {"seller": "sellers of", "creator": "creators who promote"}
# Known for fewer rows than this, a signal says nothing of a cohort as a whole.
MIN_COVERAGE = 0.1
_MOST = 0.6
# A cohort of this share of all is the ordinary one, unless a signal tells it apart.
_ORDINARY = 0.5


def is_clear(one: Lift) -> bool:
    """Whether a lift is clear enough that a name must not pass over it.

    Examples
    --------
    >>> is_clear(Lift("A07_x", "high", 0, 0.9, 0.1, 9, 7, 1, 0.1, 1.0, 50))
    True
    """
    from iprseg.cohorts.rules import is_origin_or_language

    return (
        one.share >= (_MOST if one.signal.startswith("missing_") else 0.3)
        and one.lift >= 2
        and one.coverage >= MIN_COVERAGE
        and not is_origin_or_language(one.signal)
    )


def one_brand_wording(lifts: Sequence[Lift]) -> list[Lift]:
    """Leave out A01 where A02, which is part of it, says the same more exactly.

    Examples
    --------
    >>> wide = Lift("A01_x", "high", 0, 1.0, 0.1, 9, 7, 1, 0.1, 1.0, 50)
    >>> exact = Lift("A02_x", "high", 0, 0.9, 0.1, 9, 7, 1, 0.1, 1.0, 50)
    >>> [one.signal for one in one_brand_wording([wide, exact])]
    ['A02_x']
    """
    share = {signal_id(one.signal): one.share for one in lifts if one.side == "high"}
    exact = share.get("A02", 0) >= max(_MOST * share.get("A01", 0), 0.3)
    return [one for one in lifts if not (exact and signal_id(one.signal) == "A01")]


def telling_signals(
    lifts: Sequence[Lift],
    leaning: Sequence[Lift] = (),
    most: int = 2,
    *,
    share: float = 0.0,
) -> list[Lift]:
    """Return the signals worth naming: common in the cohort, much rarer elsewhere.

    The surest clear one is always among them, and so is each of `leaning` whose theme
    is not yet named; the others are added by how many rows they speak of. One signal
    per theme. Origin and language never name a cohort.

    Parameters
    ----------
    lifts : sequence of Lift
        Those of the card.
    leaning : sequence of Lift
        What most of a large suspicion rests on.
    most : int, default 2
        Signals in a name, besides `leaning`.
    share : float, default 0
        The cohort's share of all. One of more than half is what is ordinary: the rest
        may be unlike it, and yet a signal that few of its rows show does not name it.

    Examples
    --------
    >>> strong = Lift("A07_x", "high", 0, 0.9, 0.1, 9, 7, 1, 0.1, 1.0, 50)
    >>> weak = Lift("A14_x", "high", 0, 0.1, 0.01, 9, 7, 1, 0.1, 1.0, 50)
    >>> [one.signal for one in telling_signals([weak, strong])]
    ['A07_x']
    """
    least = _MOST if share > _ORDINARY else 0.0
    clear = [x for x in lifts if is_clear(x) and x.share * x.coverage >= least]
    first = sorted(clear, key=lambda x: (not _worded(x), -x.low))[:1]
    chosen: dict[str, Lift] = {}
    for one in [*first, *leaning]:
        chosen.setdefault(_theme(one), one)
    for one in sorted(clear, key=lambda x: (-_weight(x), -x.low)):
        if len(chosen) < most and _worded(one):
            chosen.setdefault(_theme(one), one)
    return sorted(chosen.values(), key=lambda x: -x.share * x.coverage)


def _theme(one: Lift) -> str:
    key = signal_id(one.signal)
    return _SAME.get(key, key)


def _worded(one: Lift) -> bool:
    return bool(getattr(phrase_of(one.signal), one.side))


def _weight(one: Lift) -> float:
    return one.share * min(one.low, 10) * one.coverage


def _said(one: Lift) -> str:
    phrase = phrase_of(one.signal)
    words = getattr(phrase, one.side) or f"with {one.side} {phrase.quantity}"
    return words if one.coverage >= 0.5 else f"{words} (where known)"


def compose_name(
    product: str,
    lifts: Sequence[Lift],
    level: str,
    *,
    share: float = 0.0,
    minor: bool = False,
) -> str:
    """Return a name from what is offered and what is unusual about it.

    Parameters
    ----------
    product : str
        Product words, such as a category's last step; may be empty.
    lifts : sequence of Lift
        From `telling_signals`.
    level : {"listing", "seller", "creator"}
        What the cohort holds.
    share : float, default 0
        The cohort's share of all; a large one without signals is called ordinary.
    minor : bool, default False
        Whether some signal is more frequent here, though in few rows.

    Examples
    --------
    >>> low = Lift("B02_x", "low", 0.4, 0.9, 0.1, 9, 7, 0.3, 1, 1.0, 50)
    >>> replica = Lift("A07_x", "high", 0, 0.9, 0.1, 9, 7, 1, 0.1, 1.0, 50)
    >>> compose_name("perfume", [low, replica], "listing")
    'Cheap perfume with replica wording'
    >>> compose_name("perfume", [low], "seller")
    'Sellers of perfume priced far below the usual for the brand'
    >>> compose_name("perfume", [], "creator")
    'Creators who promote perfume where no signal stands out'
    >>> compose_name("", [], "listing")
    'Offers where no signal stands out'
    >>> compose_name("mixed goods", [], "listing", share=0.59)
    'Ordinary offers of mixed goods: no signal stands out (59 % of all)'
    """
    nothing = "no signal sets most apart" if minor else "no signal stands out"
    if not lifts and _ORDINARY < share < 1:
        who = _WHO.get(level, "offers of")
        goods = plain(product, 100) or "mixed goods"
        return f"Ordinary {who} {goods}: {nothing} ({100 * share:.0f} % of all)"
    cheap = [x for x in lifts if x.side == "low" and signal_id(x.signal) in _CHEAP]
    said = list(lifts)
    words = [plain(product, 100) or "offers"]
    if cheap and len(said) > 1:
        words.insert(0, "cheap")
        said = [one for one in said if one not in cheap]
    if level in _WHO:
        words.insert(0, _WHO[level])
    tail = ", ".join(_said(one) for one in said)
    name = " ".join([*words, tail or f"where {nothing}"])
    return name[:1].upper() + name[1:]


def unique_names(names: dict, terms: dict) -> dict:
    """Return names of which no two are equal, adding a term, then a number.

    A term that sets a cohort apart need not be in most of it, so "some" is said.

    Examples
    --------
    >>> unique_names({0: "Shoes", 1: "Shoes"}, {0: ["red"], 1: ["red", "blue"]})
    {0: 'Shoes (some: red)', 1: 'Shoes (some: red, blue)'}
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
        options = [
            f"{name} (some: {', '.join(own[:n])})" for n in range(1, len(own[:3]) + 1)
        ]
        options += [f"{name} ({n})" for n in range(1, len(names) + 1)]
        result[key] = next(option for option in options if option not in used)
        used.add(result[key])
    return result
