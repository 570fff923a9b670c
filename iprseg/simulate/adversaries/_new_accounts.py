"""AD07: the banned seller under another account, new or bought."""

import pandas as pd

from iprseg._check import check_option
from iprseg.simulate.adversaries._copies import copy_listings
from iprseg.simulate.adversaries._draft import NOW, Draft
from iprseg.simulate.adversaries._identities import KEYS, fresh_identity

# keys that stay the same at each level of evasion; from the second on a nominee signs
_KEPT = (len(KEYS), 5, 2, 1)
_WEAK = ("warehouse", "return_addr", "address", "ip", "phone")
_COPIED = 4
_PAUSE = 120  # days without a listing that make an account an aged one
_BURST = 10


def plant(draft: Draft, share: float, level: int = 0) -> None:
    """Open a second account for bad sellers, or let them buy an aged one.

    ``level`` 0 to 3: all identity keys but the name stay (0), five of them and a
    nominee signs (1), two (2), or a single weak one such as the warehouse (3).
    ``reregistered`` accounts are new; an ``aged_account`` is an ordinary seller's that
    was silent for 120 days or more and then lists a burst of the bad seller's goods,
    from the buyer's device or, at level 2 and 3, from a new one.
    """
    check_option("AD07 level", level, (0, 1, 2, 3), "add_adversaries")
    sellers = draft.truth["sellers"]
    bad = sellers.loc[sellers["bad"], "seller_id"]
    chosen = draft.choose(bad, share, "seller", "bad seller")
    aged = _aged(draft)
    draft.rng.shuffle(aged)
    bought = dict(zip(chosen[::3], aged, strict=False))
    again = [seller for seller in chosen if seller not in bought]
    _reregister(draft, again, level)
    _buy(draft, bought, level)


def _reregister(draft: Draft, old: list[str], level: int) -> None:
    ids = draft.new_ids("sellers", "seller_id", "S", len(old))
    rows = draft.table("sellers").set_index("seller_id").loc[old].reset_index()
    opened = NOW - draft.hours(24 * 20, 24 * 60, len(old))
    rows["seller_id"], rows["created_at"] = ids, opened.as_unit("us")
    rows["first_listing_at"] = (opened + pd.Timedelta(days=1)).as_unit("us")
    rows["status"], rows["brand_authorisations"] = "active", ""
    draft.append("sellers", rows)
    planted = draft.truth["sellers"].set_index("seller_id").loc[old].reset_index()
    draft.append_truth("sellers", planted.assign(seller_id=ids))
    identity = draft.table("seller_identity").set_index("seller_id")
    kept = [_kept(draft, level) for _ in old]
    made = [
        fresh_identity(draft.rng) | {key: identity.at[seller, key] for key in keys}
        for seller, keys in zip(old, kept, strict=True)
    ]
    draft.append("seller_identity", pd.DataFrame(made).assign(seller_id=ids))
    since = [at + pd.Timedelta(days=1) for at in opened]
    _list(draft, ids, old, since, _COPIED)
    draft.used.setdefault("seller", set()).update(ids)
    detail = [";".join(keys) for keys in kept]
    draft.note("reregistered", "seller", ids, "seller", old, detail)


def _kept(draft: Draft, level: int) -> list[str]:
    keys = list(_WEAK if level == 3 else KEYS)
    if level:
        keys = [key for key in keys if key != "legal_rep"]
    return sorted(draft.rng.permutation(keys)[: _KEPT[level]].tolist())


def _list(
    draft: Draft,
    sellers: list[str],
    others: list[str],
    since: list[pd.Timestamp],
    count: int,
) -> None:
    """Let each seller list what another one sells, within five days."""
    rows = draft.listings
    sources: list[str] = []
    made: list[pd.Timestamp] = []
    owners: list[str] = []
    for seller, other, start in zip(sellers, others, since, strict=True):
        own = rows[rows["seller_id"] == other]
        goods = list(own.index[own["violative"]]) or list(own.index)
        if goods:
            sources += draft.pick(goods, count)
            made += list(start + draft.hours(0, 120, count))
            owners += [seller] * count
    changes = pd.DataFrame({"created_at": made, "seller_id": owners})
    copy_listings(draft, sources, changes)


def _aged(draft: Draft) -> list[str]:
    """Ordinary sellers that have been silent for a while, not taken yet."""
    listings, truth = draft.table("listings"), draft.truth["sellers"]
    last = listings.groupby("seller_id")["created_at"].max()
    silent = last.index[last < NOW - pd.Timedelta(days=_PAUSE + 20)]
    honest = truth.loc[~truth["bad"], "seller_id"]
    free = set(silent) & set(honest) - draft.used.get("seller", set())
    return sorted(free)


def _buy(draft: Draft, bought: dict[str, str], level: int) -> None:
    """Hand aged accounts to bad sellers."""
    identity = draft.table("seller_identity").set_index("seller_id")
    sources, accounts = list(bought), list(bought.values())
    since = [NOW - pd.Timedelta(days=15)] * len(bought)
    _list(draft, accounts, sources, since, _BURST)
    new = [
        fresh_identity(draft.rng) if level > 1 else identity.loc[source]
        for source in sources
    ]
    keys = ["device", "ip"]
    rows = [[one[key] for key in keys] for one in new]
    changes = pd.DataFrame(rows, columns=keys, index=accounts)
    draft.put("seller_identity", "seller_id", changes)
    draft.used.setdefault("seller", set()).update(accounts)
    draft.note("aged_account", "seller", accounts, "seller", sources)
