"""AD19: sold where the right is not registered."""

import pandas as pd

from iprseg.simulate._constants import load_constants
from iprseg.simulate.adversaries._draft import NOW, Draft


def plant(draft: Draft, share: float) -> None:
    """Move violative branded listings to a market where the mark is not in force.

    ``unregistered`` there, or ``expired``; price and currency go along, the language
    stays. Where a brand is in force everywhere its listings are left alone.
    """
    rows, marks = draft.listings, draft.table("marks")
    markets = {m["market"]: m for m in load_constants().markets}
    known = marks.set_index(["brand_id", "jurisdiction"])
    lapsed = known["status"].ne("registered") | (known["valid_to"] < NOW)
    open_to = {
        brand: [
            m for m in markets if (brand, m) not in known.index or lapsed[(brand, m)]
        ]
        for brand in draft.table("brands")["brand_id"]
    }
    branded = rows[rows["violative"] & rows["brand_id"].notna()]
    movable = [bool(set(open_to[b]) - {m}) for b, m in
               zip(branded["brand_id"], branded["market"], strict=True)]  # fmt: skip
    chosen = draft.choose(
        branded.index[movable], share, "listing", "violative listing of such a brand"
    )
    rows = rows.loc[chosen]
    target = [
        draft.pick(sorted(set(open_to[b]) - {m}), 1)[0]
        for b, m in zip(rows["brand_id"], rows["market"], strict=True)
    ]
    factor = [
        float(markets[to]["usd_rate"]) / float(markets[at]["usd_rate"])
        for at, to in zip(rows["market"], target, strict=True)
    ]
    changes = pd.DataFrame({"market": target}, index=chosen)
    changes["currency"] = [markets[to]["currency"] for to in target]
    changes["price"] = (rows["price"] * factor).round(2)
    changes["list_price"] = (rows["list_price"] * factor).round(2)
    draft.put("listings", "listing_id", changes)
    brands = rows["brand_id"].to_list()
    variant = [
        "expired" if (b, to) in known.index else "unregistered"
        for b, to in zip(brands, target, strict=True)
    ]
    detail = [f"{a} > {b}" for a, b in zip(rows["market"], target, strict=True)]
    draft.note(variant, "listing", chosen, "brand", brands, detail)
