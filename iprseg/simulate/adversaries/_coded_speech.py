"""AD04: hosts who say in codes what they may not say."""

import pandas as pd

from iprseg.simulate.adversaries._draft import NOW, Draft
from iprseg.simulate.adversaries._words import phrase

_SESSIONS = 3


def plant(draft: Draft, share: float, sessions: int = _SESSIONS) -> None:
    """Let independent creators hold live sessions in codes for violative listings.

    The transcript is of the kind that domain-spec section 6.1 describes (a copy never
    called so, a brand never named), in the language of the listing.
    """
    creators = draft.table("creators")
    free = creators.loc[creators["seller_id"].isna(), "creator_id"]
    chosen = draft.choose(free, share, "creator", "creator of no shop")
    rows = draft.listings
    goods = rows[rows["violative"] & rows["brand_id"].notna()]
    listings = draft.pick(list(goods.index), len(chosen) * sessions)
    said = rows.loc[listings]
    when = said["created_at"] + draft.hours(5, 200, len(said))
    lines = [
        ". ".join(phrase("live", lang, draft.rng) for _ in range(2))
        for lang in said["lang"]
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
    variant = said["lang"].to_list()
    draft.note(variant, "promotion", ids, "creator", hosts, lines)
