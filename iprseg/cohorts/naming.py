"""Name cohorts: the signals that their cards list, and the words made of them."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from iprseg.cohorts.inputs import detect_main_script
from iprseg.cohorts.lift import (
    Lift,
    compute_lift,
    find_phrase,
    is_origin_or_language,
    is_share_of_low,
    list_events,
    parse_signal_id,
)
from iprseg.formats import clean_line
from iprseg.validation import NOISE


def describe_lift_side(signal: str, side: str) -> str:
    """Return the words of one side of a signal; context is called so."""
    phrase = find_phrase(signal)
    words = getattr(phrase, side) or f"{side} {phrase.quantity}"
    return f"{words} (context only)" if is_origin_or_language(signal) else words


def name_cohorts(
    rows: dict[int, dict[str, Any]],
    terms: dict[Any, Any],
    telling: dict[int, list[Lift]],
    texts: Any,
    level: str,
) -> None:
    """Name all cohorts at once: a category that several share gets terms too."""
    found = [cohort for cohort in rows if cohort != NOISE]
    shared = Counter(rows[cohort]["category"] for cohort in found)
    names = {}
    for cohort in found:
        category = rows[cohort]["category"]
        product = describe_goods(
            category,
            terms[cohort],
            _list_one_title_per_row(texts.get_group(cohort), level),
            alone=shared[category] == 1,
            kinds=rows[cohort].pop("kinds"),
        )
        names[cohort] = compose_name(
            product,
            telling[cohort],
            level,
            share=rows[cohort]["share"],
            minor=any(
                one["lift"] >= 2 and not is_origin_or_language(one["signal"])
                for one in rows[cohort]["signals"]
            ),
        )
    names = make_names_unique(names, terms)
    for cohort in rows:
        rows[cohort]["name"] = names.get(cohort, NOISE_NAME)
        rows[cohort].pop("kinds", None)


def _list_one_title_per_row(texts: pd.Series, level: str) -> pd.Series:
    """One title a row: a word in one title of a shop does not speak for the shop."""
    each = texts if level == "listing" else texts.str.split(" | ", regex=False)
    return each.explode()


NOISE_NAME = "not in any cohort"
# Price signals say the same thing several times; one of them is enough in a name.
_THEMES = dict.fromkeys(("B01", "B02", "B03", "B04"), "price")
_THEMES |= {"A01": "brand field", "A02": "brand field", "A04": "spelling"}
_THEMES |= {"A15": "spelling", "A14": "spelling", "A08": "replica", "A07": "replica"}
_THEMES |= {"missing_brand_field": "brand field", "missing_price": "price"}
_THEMES |= dict.fromkeys(("fact_authorised", "fact_sells_authorised"), "authorisation")
_THEMES |= {"verified_authorisation": "authorisation"}
_PRICE_SIGNALS = {"B01", "B02", "B04"}
_MEMBER_WORDS = {"seller": "sellers of", "creator": "creators who promote"}
# Known for fewer rows than this, a signal says nothing of a cohort as a whole.
_MIN_COVERAGE = 0.1
_MAJORITY = 0.6
# A cohort of this share of all is the ordinary one, unless a signal tells it apart.
_MIN_ORDINARY_SHARE = 0.5


def is_clear_lift(one: Lift) -> bool:
    """Whether a lift is clear enough that a name must not pass over it.

    Examples
    --------
    >>> is_clear_lift(Lift("A07_x", "high", 0, 0.9, 0.1, 9, 7, 1, 0.1, 1.0, 50))
    True
    """
    from iprseg.cohorts.lift import is_origin_or_language

    return (
        one.share >= (_MAJORITY if one.signal.startswith("missing_") else 0.3)
        and one.lift >= 2
        and one.coverage >= _MIN_COVERAGE
        and not is_origin_or_language(one.signal)
    )


def drop_implied_brand_lift(lifts: Sequence[Lift]) -> list[Lift]:
    """Leave out A01 where A02, which is part of it, says the same more exactly.

    Examples
    --------
    >>> wide = Lift("A01_x", "high", 0, 1.0, 0.1, 9, 7, 1, 0.1, 1.0, 50)
    >>> exact = Lift("A02_x", "high", 0, 0.9, 0.1, 9, 7, 1, 0.1, 1.0, 50)
    >>> [one.signal for one in drop_implied_brand_lift([wide, exact])]
    ['A02_x']
    """
    share = {
        parse_signal_id(one.signal): one.share for one in lifts if one.side == "high"
    }
    exact = share.get("A02", 0) >= max(_MAJORITY * share.get("A01", 0), 0.3)
    return [
        one for one in lifts if not (exact and parse_signal_id(one.signal) == "A01")
    ]


def choose_naming_lifts(
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
    >>> [one.signal for one in choose_naming_lifts([weak, strong])]
    ['A07_x']
    """
    least = _MAJORITY if share > _MIN_ORDINARY_SHARE else 0.0
    clear = [x for x in lifts if is_clear_lift(x) and x.share * x.coverage >= least]
    first = sorted(clear, key=lambda x: (not has_phrase(x), -x.low))[:1]
    chosen: dict[str, Lift] = {}
    for one in [*first, *leaning]:
        chosen.setdefault(_find_theme_of_lift(one), one)
    for one in sorted(clear, key=lambda x: (-_weigh_lift_for_name(x), -x.low)):
        if len(chosen) < most and has_phrase(one):
            chosen.setdefault(_find_theme_of_lift(one), one)
    return sorted(chosen.values(), key=lambda x: -x.share * x.coverage)


def _find_theme_of_lift(one: Lift) -> str:
    key = parse_signal_id(one.signal)
    return _THEMES.get(key, key)


def has_phrase(one: Lift) -> bool:
    """Whether the side that a lift is on has words of its own."""
    return bool(getattr(find_phrase(one.signal), one.side))


def _weigh_lift_for_name(one: Lift) -> float:
    return one.share * min(one.low, 10) * one.coverage


def _phrase_lift(one: Lift) -> str:
    phrase = find_phrase(one.signal)
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
        From `choose_naming_lifts`.
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
    if not lifts and _MIN_ORDINARY_SHARE < share < 1:
        who = _MEMBER_WORDS.get(level, "offers of")
        goods = clean_line(product, 100) or "mixed goods"
        return f"Ordinary {who} {goods}: {nothing} ({100 * share:.0f} % of all)"
    cheap = [
        x
        for x in lifts
        if x.side == "low" and parse_signal_id(x.signal) in _PRICE_SIGNALS
    ]
    said = list(lifts)
    words = [clean_line(product, 100) or "offers"]
    if cheap and len(said) > 1:
        words.insert(0, "cheap")
        said = [one for one in said if one not in cheap]
    if level in _MEMBER_WORDS:
        words.insert(0, _MEMBER_WORDS[level])
    tail = ", ".join(_phrase_lift(one) for one in said)
    name = " ".join([*words, tail or f"where {nothing}"])
    return name[:1].upper() + name[1:]


def make_names_unique(names: dict[int, str], terms: dict[Any, Any]) -> dict[int, str]:
    """Return names of which no two are equal, adding a term, then a number.

    A term that sets a cohort apart need not be in most of it, so "some" is said.

    Examples
    --------
    >>> make_names_unique({0: "Shoes", 1: "Shoes"}, {0: ["red"], 1: ["red", "blue"]})
    {0: 'Shoes (some: red)', 1: 'Shoes (some: red, blue)'}
    >>> make_names_unique({0: "Shoes", 1: "Shoes"}, {0: [], 1: []})
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
        scripts = {term: detect_main_script(term) for term in own}
        own = [term for term in own if scripts[term] == scripts[own[0]]]
        options = [
            f"{name} (some: {', '.join(own[:n])})" for n in range(1, len(own[:3]) + 1)
        ]
        options += [f"{name} ({n})" for n in range(1, len(names) + 1)]
        result[key] = next(option for option in options if option not in used)
        used.add(result[key])
    return result


# A family that adds this much to the suspicion is part of what the cohort is.
_MIN_SUSPICION_PART = 1.0


def choose_card_lifts(lifts: list[Lift]) -> list[Lift]:
    """Return one of a cohort's lifts per signal, origin and language last.

    A signal that is hardly ever known in the cohort does not speak for it.
    """
    first: dict[str, Lift] = {}
    for one in lifts:
        present = one.signal.startswith("missing_") and one.side == "low"
        if one.coverage >= _MIN_COVERAGE and not present:
            first.setdefault(parse_signal_id(one.signal), one)
    kept = drop_implied_brand_lift(list(first.values()))
    return sorted(kept, key=lambda one: is_origin_or_language(one.signal))


def find_suspicion_lifts(
    signals: pd.DataFrame,
    inside: np.ndarray,
    parts: Mapping[str, float],
    directions: Mapping[str, str],
    lifts: list[Lift],
) -> list[Lift]:
    """Return what a large part of the suspicion rests on and no clear lift shows.

    Parameters
    ----------
    signals : pandas.DataFrame, shape (n, k)
        Numbers; NaN is missing.
    inside : ndarray of bool, shape (n,)
        Which rows are in the cohort.
    parts : mapping of str to float
        Part of the suspicion by signal id.
    directions : mapping of str to str
        Signal id to its risky direction.
    lifts : list of Lift
        Those of the card.

    Returns
    -------
    list of Lift
        At most one per family.
    """
    shown = {parse_signal_id(one.signal)[0] for one in lifts if is_clear_lift(one)}
    found: dict[str, Lift] = {}
    for key, part in sorted(parts.items(), key=lambda item: -item[1]):
        if part < _MIN_SUSPICION_PART or key[0] in shown or key[0] in found:
            continue
        known = [one for one in lifts if parse_signal_id(one.signal) == key]
        best = known or _find_risky_event(signals, inside, key, directions[key])
        if best:
            found[key[0]] = best[0]
    return list(found.values())


def _find_risky_event(
    signals: pd.DataFrame, inside: np.ndarray, key: str, direction: str
) -> list[Lift]:
    """Return the risky event whose shares differ most, if any is more frequent."""
    made = []
    for column in [str(c) for c in signals.columns if parse_signal_id(str(c)) == key]:
        high = direction == "+" or is_share_of_low(column)
        values = signals[column].to_numpy(dtype=float, na_value=np.nan)
        side = "high" if high else "low"
        tails = [cut for at, cut in list_events(values) if at == side]
        if tails and getattr(find_phrase(column), side):
            cuts = [*tails, float(np.nanmedian(values))]
            made += [
                _build_lift_of_event(column, values, inside, side, cut) for cut in cuts
            ]
    more = [one for one in made if one.share > one.rest_share]
    return sorted(more, key=lambda one: one.rest_share - one.share)


def _build_lift_of_event(
    column: str, values: np.ndarray, inside: np.ndarray, side: str, cut: float
) -> Lift:
    known = np.isfinite(values)
    hit = known & ((values > cut) if side == "high" else (values <= cut))
    n, rest = known & inside, known & ~inside
    lift, low = compute_lift(hit[n].sum(), n.sum(), hit[rest].sum(), rest.sum())
    return Lift(
        signal=column,
        side=side,
        threshold=cut,
        share=float(hit[n].mean()),
        rest_share=float(hit[rest].mean()),
        lift=lift,
        low=low,
        mean=float(values[n].mean()),
        rest_mean=float(values[rest].mean()),
        coverage=float(n.sum() / inside.sum()),
        n=int(n.sum()),
    )


# A word in a name must be true of most of what it names.
_MIN_TERM_SHARE = 0.5


# What this much of a cohort is, is worth a word where nothing is true of most of it.
_MIN_KIND_SHARE = 0.2


# The last step of a category that says for whom, and not what.
_RECIPIENTS = {
    "men",
    "mens",
    "women",
    "womens",
    "ladies",
    "girls",
    "boys",
    "kids",
    "baby",
}


# No goods by themselves: conditions and uses that the signals have better words for.
_CONDITION_WORDS = re.compile(
    "compat|kompat|совмест|vintage|owned|used|second|hand|refurb"
)


def describe_goods(
    category: object,
    terms: Sequence[str],
    texts: pd.Series,
    *,
    alone: bool = True,
    kinds: Sequence[str] = (),
) -> str:
    """Return what a cohort offers: the last step of its main category, else terms.

    Parameters
    ----------
    category : str or None
        The category that most of the cohort shares.
    terms : sequence of str
        Distinctive terms; one that few of the texts hold does not speak for all.
    texts : pandas.Series of str
        The texts of the cohort.
    alone : bool, default True
        Whether no other cohort has this category; otherwise terms are added to it.
    kinds : sequence of str, optional
        Narrower categories that are frequent in the cohort, from `list_frequent_kinds`: told
        where neither category nor term is true of most.

    Examples
    --------
    >>> describe_goods("Beauty > Perfume", ["oud"], pd.Series(["Oud"]))
    'perfume'
    >>> describe_goods("Beauty > Perfume", ["oud"], pd.Series(["Oud"]), alone=False)
    'perfume (oud)'
    >>> describe_goods("Perfume > Mens", [], pd.Series(["Oud"]))
    'mens perfume'
    >>> describe_goods(None, ["oud", "musk"], pd.Series(["Oud 1", "Oud 2"]))
    'oud'
    >>> describe_goods(None, [], pd.Series(["Oud"]), kinds=["straps", "cases"])
    'mixed goods (often straps, cases)'
    """
    lower = texts.head(2000).str.lower()
    common = [
        term
        for term in terms
        if lower.str.contains(term, regex=False).mean() >= _MIN_TERM_SHARE
        and not _CONDITION_WORDS.search(term)
    ]
    product = _read_last_category(category)
    said = ", ".join(keep_one_language(common, lower)[:2])
    if said and not (product and (alone or said in product)):
        return f"{product} ({said})" if product else said
    product = product or "mixed goods"
    return f"{product} (often {', '.join(kinds[:2])})" if kinds else product


def keep_one_language(terms: Sequence[str], texts: pd.Series) -> list[str]:
    """Return the terms that are of one language, that of the first.

    The language of a word is not known; its letters and its company are. Terms are of
    one language where they are of one script and most texts with one hold the other.

    Parameters
    ----------
    terms : sequence of str
        Most telling first.
    texts : pandas.Series of str
        In small letters.

    Examples
    --------
    >>> texts = pd.Series(["oud perfume", "oud perfume"] + ["oud parfüm"] * 2)
    >>> keep_one_language(["perfume", "parfüm", "oud", "น้ำหอม"], texts)
    ['perfume', 'oud']
    """
    kept: list[str] = []
    for term in terms:
        own = texts.str.contains(term, regex=False)
        if not kept:
            first = own
        same = detect_main_script(term) == detect_main_script((kept or [term])[0])
        if same and 2 * (first & own).sum() > min(first.sum(), own.sum()):
            kept.append(term)
    return kept


def _read_last_category(category: object) -> str:
    """Return the last step of a category; one that says for whom needs the one above.

    Examples
    --------
    >>> _read_last_category("Beauty > Perfume"), _read_last_category("Perfume > Mens")
    ('perfume', 'mens perfume')
    >>> _read_last_category(None)
    ''
    """
    steps = [step[:48].lower() for step in split_category(clean_line(category, 200))]
    if len(steps) > 1 and _is_recipient(steps[-1]):
        return f"{steps[-1]} {steps[-2]}"
    return steps[-1] if steps else ""


def _is_recipient(step: str) -> bool:
    return step.replace("'", "") in _RECIPIENTS


def list_frequent_kinds(
    categories: pd.Series | None, inside: np.ndarray, main: str | None
) -> list[str]:
    """Return the narrowest categories of a fifth of a cohort each, most frequent first.

    Examples
    --------
    >>> paths = pd.Series(["Bags > Totes"] * 3 + ["Bags > Clutches"] * 2 + ["Shoes"])
    >>> list_frequent_kinds(paths, np.ones(6, dtype=bool), "Bags")
    ['totes', 'clutches']
    >>> list_frequent_kinds(paths, np.ones(6, dtype=bool), "Bags > Totes")
    []
    """
    if categories is None or (main is not None and (categories == main).any()):
        return []
    counts = categories[inside].value_counts()
    often = [
        split_category(str(path))
        for path in counts.index[counts >= _MIN_KIND_SHARE * inside.sum()]
    ]
    last = [steps[-1][:48].lower() for steps in often if steps]
    return [one for one in dict.fromkeys(last) if not _is_recipient(one)]


def split_category(path: str) -> list[str]:
    """Return the steps of a category path, the widest first."""
    return [step.strip() for step in re.split("[>/|›»]", path) if step.strip()]
