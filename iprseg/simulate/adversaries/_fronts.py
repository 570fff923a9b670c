"""AD16: honest accounts that others sell through."""

import pandas as pd

from iprseg.simulate.adversaries._copies import copy_images, copy_listings
from iprseg.simulate.adversaries._draft import NOW, Draft
from iprseg.simulate.adversaries._identities import fresh_identity

_LISTINGS = 5  # of an account's own at least
_BURST = 12
_OFFERED = 6
_GANG = 3  # accounts that one thief takes


def plant(draft: Draft, share: float) -> None:
    """Hijack honest accounts, or let honest sellers drop-ship a bad shop's goods.

    ``hijacked``: within a week of the last month twelve violative listings appear in
    categories that the seller never dealt in; device, network and bank are the thief's,
    who takes three accounts. ``front``: six listings with the pictures of one bad shop
    over a year, in its categories. The account stays an honest person's: the truth of
    the seller is left as it is.
    """
    rows, truth = draft.listings, draft.truth["sellers"]
    taken = draft.used.get("seller", set())
    size = rows.groupby("seller_id").size()
    honest = set(truth.loc[~truth["bad"], "seller_id"]) - taken
    old = rows.groupby("seller_id")["created_at"].min() < NOW - pd.Timedelta(days=120)
    pool = sorted(honest & set(size.index[size >= _LISTINGS]) & set(old.index[old]))
    what = f"honest seller with {_LISTINGS} listings"
    chosen = draft.choose(pool, share, "seller", what)
    draft.used["seller"].update(chosen)
    goods = rows[rows["violative"] & rows["brand_id"].notna()]
    hijacked, fronts = chosen[::2], chosen[1::2]
    _steal(draft, hijacked)
    plans = []
    for seller in hijacked:
        foreign = goods[~goods["category_path"].isin(_categories(rows, seller))]
        since = NOW - pd.Timedelta(days=float(draft.rng.uniform(8, 25)))
        when = since + draft.hours(0, 160, _BURST)
        plans.append(
            ("hijacked", seller, draft.pick(list(foreign.index), _BURST), when)
        )
    for seller in fronts:
        shop = draft.pick(sorted(set(goods["seller_id"]) - {seller}), 1)[0]
        own = list(goods.index[goods["seller_id"] == shop])
        when = NOW - draft.hours(24 * 5, 24 * 110, _OFFERED)
        plans.append(("front", seller, draft.pick(own, _OFFERED), when))
    _list(draft, plans)


def _categories(rows: pd.DataFrame, seller: str) -> set[str]:
    return set(rows.loc[rows["seller_id"] == seller, "category_path"])


def _list(
    draft: Draft, plans: list[tuple[str, str, list[str], pd.DatetimeIndex]]
) -> None:
    """Add what each account comes to offer; a plan is how, who, what and when."""
    sources = [one for _, _, goods, _ in plans for one in goods]
    sellers = [seller for _, seller, goods, _ in plans for _ in goods]
    how = [variant for variant, _, goods, _ in plans for _ in goods]
    when = [at for *_, times in plans for at in times]
    changes = pd.DataFrame({"created_at": when, "seller_id": sellers})
    ids = copy_listings(draft, sources, changes)
    copy_images(draft, sources, ids)
    draft.note([v for v, *_ in plans], "seller", [seller for _, seller, *_ in plans])
    listed = [f"{variant}_listing" for variant in how]
    draft.note(listed, "listing", ids, "seller", sellers)


def _steal(draft: Draft, sellers: list[str]) -> None:
    """Put the thief's device, network and bank in the place of the owner's."""
    thieves = [fresh_identity(draft.rng) for _ in range(0, len(sellers), _GANG)]
    keys = ["device", "ip", "bank"]
    rows = [[thieves[k // _GANG][key] for key in keys] for k in range(len(sellers))]
    changes = pd.DataFrame(rows, columns=keys, index=sellers)
    draft.put("seller_identity", "seller_id", changes)
