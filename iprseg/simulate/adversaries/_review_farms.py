"""AD08: bought praise that thins out complaints, from one farm for several shops."""

import pandas as pd

from iprseg._check import check_interval
from iprseg.simulate.adversaries._draft import NOW, Draft
from iprseg.simulate.adversaries._words import phrases

_SHOPS = 4  # that one farm serves
_RING = 12  # buyers of a farm


def plant(draft: Draft, share: float, dilution: float = 4.0) -> None:
    """Add ``dilution`` bought reviews for each real one of violative listings.

    They praise in one of two or three wordings a language, within a day, from a ring
    of buyers that reviews for four shops; these shops are run from one device.
    """
    check_interval("AD08 dilution", dilution, "add_adversaries", low=0, low_open=True)
    rows, reviews = draft.listings, draft.table("reviews")
    count = reviews["listing_id"].value_counts()
    free = ~rows["seller_id"].isin(draft.used.get("seller", set()))
    pool = rows.index[rows["violative"] & free].intersection(count.index)
    chosen = draft.choose(pool, share, "listing", "reviewed violative listing")
    owner = rows.loc[chosen, "seller_id"]
    shops = sorted(set(owner))
    draft.used.setdefault("seller", set()).update(shops)
    farm = {shop: k // _SHOPS for k, shop in enumerate(shops)}
    bought = [max(1, round(dilution * count[listing])) for listing in chosen]
    parts = [
        _praise(draft, rows.loc[listing], n, farm[owner[listing]])
        for listing, n in zip(chosen, bought, strict=True)
    ]
    made = pd.concat(parts, ignore_index=True)
    made["review_id"] = draft.new_ids("reviews", "review_id", "R", len(made))
    draft.append("reviews", made)
    draft.note("seeded", "listing", chosen, detail=[str(n) for n in bought])
    _one_device(draft, shops, farm)


def _praise(draft: Draft, listing: pd.Series, n: int, farm: int) -> pd.DataFrame:
    rng, options = draft.rng, phrases("review", listing["lang"])
    start = min(
        listing["created_at"] + pd.Timedelta(hours=float(rng.uniform(24, 240))),
        NOW - pd.Timedelta(days=2),
    )
    wording = options[rng.integers(len(options))]
    ends = ["", "!", "!!", " 👍", " ❤", "."]
    return pd.DataFrame(
        {
            "listing_id": listing["listing_id"],
            "ts": (start + draft.hours(0, 20, n)).as_unit("us"),
            "stars": 5,
            "text": [wording + end for end in draft.pick(ends, n)],
            "lang": listing["lang"],
            "buyer": [f"farm-{farm}-{k}" for k in rng.integers(0, _RING, n)],
        }
    )


def _one_device(draft: Draft, shops: list[str], farm: dict[str, int]) -> None:
    """Run the shops of a farm from one device; the first one's."""
    identity = draft.table("seller_identity").set_index("seller_id")
    first = {number: shop for shop, number in reversed(farm.items())}
    device = [identity.at[first[farm[shop]], "device"] for shop in shops]
    draft.put(
        "seller_identity", "seller_id", pd.DataFrame({"device": device}, index=shops)
    )
    heads = [first[farm[shop]] for shop in shops]
    draft.note("farm", "seller", shops, "seller", heads)
