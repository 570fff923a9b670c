"""AD20: look-alikes, lawful and not, offered in the same words."""

import pandas as pd

from iprseg.simulate.adversaries._draft import NOW, Draft
from iprseg.simulate.adversaries._words import phrase

_READERS = 3
# what a reader may call a look-alike
_CALLS = ("NO_INFRINGEMENT", "KO_KNOCKOFF", "DS_DESIGN")
_LEANING = {"lawful": (0.5, 0.35, 0.15), "infringing": (0.25, 0.35, 0.4)}


def plant(draft: Draft, share: float) -> None:
    """Turn unbranded honest listings into offers of look-alikes, half infringing.

    The title gains "inspired by" or the like and a brand that has such goods. Which
    are ``lawful`` and which are ``infringing`` (DS_DESIGN) no word tells. Three readers
    label each and often disagree (``labels``).
    """
    rows, catalogue = draft.listings, draft.table("brands")
    plain = rows[~rows["violative"] & rows["brand_id"].isna() & ~rows["trap"]]
    chosen = draft.choose(plain.index, share, "listing", "unbranded honest listing")
    rows = plain.loc[chosen]
    brand = draft.pick(range(len(catalogue)), len(chosen))
    names = [catalogue["name"].iloc[b] for b in brand]
    said = [phrase("dupe", lang, draft.rng) for lang in rows["lang"]]
    title = [
        f"{t} {name}{words}" if lang == "ja" else f"{t} {words} {name}"
        for t, lang, words, name in zip(
            rows["title"], rows["lang"], said, names, strict=True
        )
    ]
    changes = pd.DataFrame({"title": title}, index=chosen)
    draft.put("listings", "listing_id", changes)
    variant = [("lawful", "infringing")[k % 2] for k in range(len(chosen))]
    ids = [catalogue["brand_id"].iloc[b] for b in brand]
    guilty = chosen[1::2]
    verdict = {"violative": True, "violation_type": "DS_DESIGN", "severity": "S2"}
    draft.put_truth(
        "listings", "listing_id", pd.DataFrame(verdict, index=pd.Index(guilty))
    )
    _label(draft, chosen, variant)
    draft.note(variant, "listing", chosen, "brand", ids, said)


def _label(draft: Draft, listings: list[str], variant: list[str]) -> None:
    n = len(listings) * _READERS
    labels = draft.new_ids("labels", "label_id", "Q", n)
    calls = [
        _CALLS[draft.rng.choice(3, p=_LEANING[kind])]
        for kind in variant
        for _ in range(_READERS)
    ]
    frame = pd.DataFrame({"label_id": labels, "entity_type": "listing"})
    frame["entity_id"] = [one for one in listings for _ in range(_READERS)]
    frame["annotator_pid"] = [f"M{90 + k % _READERS}" for k in range(n)]
    frame["submitted_at"] = (NOW - draft.hours(1, 300, n)).as_unit("us")
    frame["violation_primary"] = calls
    frame["severity"] = ["S0" if c == _CALLS[0] else "S2" for c in calls]
    draft.append("labels", frame)
