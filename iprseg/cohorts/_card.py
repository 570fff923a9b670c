"""What the card of a cohort lists, and what its name must therefore say."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from iprseg.cohorts._inputs import ProfileInputs
from iprseg.cohorts.lift import Lift, events
from iprseg.cohorts.names import MIN_COVERAGE, is_clear, one_brand_wording
from iprseg.cohorts.phrases import is_share_of_low, phrase_of, signal_id
from iprseg.cohorts.rules import is_origin_or_language
from iprseg.segment._offer import offer_facts

_MAY_BE_MISSING = ("price", "brand_field", "category_path")
# what `offer_facts` calls a fact, and what the table of phrases does
_FACTS = {
    "listing": {"used": "fact_used", "authorised": "fact_authorised"},
    "seller": {"used": "fact_sells_used", "authorised": "fact_sells_authorised"},
}
_MOSTLY = 0.5
# A family that adds this much to the suspicion is part of what the cohort is.
_LARGE_PART = 1.0


def with_facts(
    signals: pd.DataFrame, inputs: ProfileInputs, level: str
) -> pd.DataFrame:
    """Add plain facts of the offers, which are no suspicion but tell kinds apart.

    1 where a price, brand field or category is missing (of a seller: of most of its
    listings); whether goods are used, or sold under an authorisation (of a seller: the
    share). Only columns that differ between rows tell anything.
    """
    called = _FACTS.get(level, {})
    facts = offer_facts({"listings": inputs.listings}, signals.index, level)
    kept = {called[fact]: facts[fact] for fact in called if fact in facts}
    kept |= _missing(inputs.listings, signals.index, level)
    told = {name: values for name, values in kept.items() if values.nunique() > 1}
    return pd.concat([signals, pd.DataFrame(told, index=signals.index)], axis=1)


def _missing(listings: pd.DataFrame, ids: pd.Index, level: str) -> dict[str, pd.Series]:
    own = [column for column in _MAY_BE_MISSING if column in listings]
    if level == "listing":
        gaps = listings.loc[ids, own].isna()
    elif level == "seller" and "seller_id" in listings:
        share = listings[own].isna().groupby(listings["seller_id"]).mean()
        gaps = share.reindex(ids) > _MOSTLY
    else:
        return {}
    return {f"missing_{column}": gaps[column].astype(float) for column in own}


def card_lifts(lifts: list[Lift]) -> list[Lift]:
    """Return one of a cohort's lifts per signal, origin and language last.

    A signal that is hardly ever known in the cohort does not speak for it.
    """
    first: dict[str, Lift] = {}
    for one in lifts:
        present = one.signal.startswith("missing_") and one.side == "low"
        if one.coverage >= MIN_COVERAGE and not present:
            first.setdefault(signal_id(one.signal), one)
    kept = one_brand_wording(list(first.values()))
    return sorted(kept, key=lambda one: is_origin_or_language(one.signal))


def leaning_lifts(
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
    shown = {signal_id(one.signal)[0] for one in lifts if is_clear(one)}
    found: dict[str, Lift] = {}
    for key, part in sorted(parts.items(), key=lambda item: -item[1]):
        if part < _LARGE_PART or key[0] in shown or key[0] in found:
            continue
        known = [one for one in lifts if signal_id(one.signal) == key]
        best = known or _risky_side(signals, inside, key, directions[key])
        if best:
            found[key[0]] = best[0]
    return list(found.values())


def _risky_side(
    signals: pd.DataFrame, inside: np.ndarray, key: str, direction: str
) -> list[Lift]:
    """Return the risky event whose shares differ most, if any is more frequent."""
    made = []
    for column in [str(c) for c in signals.columns if signal_id(str(c)) == key]:
        high = direction == "+" or is_share_of_low(column)
        values = signals[column].to_numpy(dtype=float, na_value=np.nan)
        side = "high" if high else "low"
        tails = [cut for at, cut in events(values) if at == side]
        if tails and getattr(phrase_of(column), side):
            cuts = [*tails, float(np.nanmedian(values))]
            made += [_counted(column, values, inside, side, cut) for cut in cuts]
    more = [one for one in made if one.share > one.rest_share]
    return sorted(more, key=lambda one: one.rest_share - one.share)


def _counted(
    column: str, values: np.ndarray, inside: np.ndarray, side: str, cut: float
) -> Lift:
    known = np.isfinite(values)
    hit = known & ((values > cut) if side == "high" else (values <= cut))
    n, rest = known & inside, known & ~inside
    share, elsewhere, overall = hit[n].mean(), hit[rest].mean(), hit[known].mean()
    # shrunk towards the overall share, as every lift
    above = (hit[n].sum() + overall) / (n.sum() + 1)
    below = (hit[rest].sum() + overall) / (rest.sum() + 1)
    return Lift(
        column,
        side,
        cut,
        float(share),
        float(elsewhere),
        float(above / max(below, 1e-9)),
        1.0,  # no bound was found: the means differ, not how often
        float(values[n].mean()),
        float(values[rest].mean()),
        float(n.sum() / inside.sum()),
        int(n.sum()),
    )
