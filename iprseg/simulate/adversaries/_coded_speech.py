"""AD04: hosts who say in codes what they may not say."""

import pandas as pd

from iprseg.simulate.adversaries._draft import NOW, Draft
from iprseg.simulate.adversaries._words import phrases

_SESSIONS = 3
_KNOWN = 2  # phrases that stand first in each language: those of domain-spec


def plant(draft: Draft, share: float, sessions: int = _SESSIONS) -> None:
    """Let independent creators hold live sessions in codes for violative listings.

    A copy is never called so, nor a brand named, in the language of the listing:
    ``known`` sessions say what domain-spec section 6.1 quotes ("original, original,
    you know which one"; "minor defects, missing items, clearance"), translated;
    ``invented`` ones talk around it in phrases that no lexicon can hold.
    """
    creators = draft.table("creators")
    free = creators.loc[creators["seller_id"].isna(), "creator_id"]
    chosen = draft.choose(free, share, "creator", "creator of no shop")
    rows = draft.listings
    goods = rows[rows["violative"] & rows["brand_id"].notna()]
    listings = draft.pick(list(goods.index), len(chosen) * sessions)
    said = rows.loc[listings]
    when = said["created_at"] + draft.hours(5, 200, len(said))
    kind = draft.pick(("known", "invented"), len(said))
    lines = [
        _say(draft, lang, how) for lang, how in zip(said["lang"], kind, strict=True)
    ]
    ids = draft.new_ids("promotions", "promo_id", "P", len(said))
    hosts = [creator for creator in chosen for _ in range(sessions)]
    sessions_made = pd.DataFrame(
        {
            "promo_id": ids,
            "creator_id": hosts,
            "listing_id": listings,
            "type": "live",
            "ts": when.clip(upper=NOW - pd.Timedelta(hours=1)).to_numpy(),
            "transcript": lines,
            "ocr_text": "",
            "hashtags": "#live",
            "duration_s": draft.rng.uniform(1800, 7200, len(said)).round(),
            "link_clicks": draft.rng.integers(0, 300, len(said)),
        }
    )
    draft.append("promotions", sessions_made)
    draft.note(kind, "promotion", ids, "creator", hosts, lines)


def _say(draft: Draft, lang: str, how: str) -> str:
    options = phrases("live", lang)
    options = options[:_KNOWN] if how == "known" else options[_KNOWN:]
    return ". ".join(options[i] for i in draft.rng.permutation(len(options))[:2])
