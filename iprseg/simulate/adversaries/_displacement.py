"""AD18: pressed in one place, the same trade goes on next door."""

import pandas as pd

from iprseg._check import check_option
from iprseg.simulate._constants import load_constants
from iprseg.simulate.adversaries._draft import NOW, Draft

_DAYS = 180


def plant(draft: Draft, share: float, by: str = "category") -> None:
    """Move violative listings of the last 180 days out of the place that had most.

    ``by`` is ``"category"`` (to other leaves of the same department, or of the next
    one where it has no other), ``"market"`` (with the language left as it is), or
    ``"channel"`` (the listing is promoted by creators instead of being found). How
    many violate in all stays the same: only where.
    """
    check_option("AD18 by", by, ("category", "market", "channel"), "add_adversaries")
    rows = draft.listings
    column = "market" if by == "market" else "category_path"
    late = rows[
        rows["violative"] & (rows["created_at"] > NOW - pd.Timedelta(days=_DAYS))
    ]
    free = late[~late.index.isin(draft.used.get("listing", set()))]
    place = free[column].mode()
    pool = free.index[free[column].isin(place.head(1))]
    chosen = draft.choose(pool, share, "listing", "recent violative listing")
    before = rows.loc[chosen, column].to_list()
    if by == "channel":
        _promote(draft, rows.loc[chosen])
        after = ["creator"] * len(chosen)
    else:
        after = draft.pick(_neighbours(rows[column], before[0], by), len(chosen))
        changes = pd.DataFrame({column: after}, index=chosen)
        if by == "market":
            money = {m["market"]: m["currency"] for m in load_constants().markets}
            rate = {m["market"]: float(m["usd_rate"]) for m in load_constants().markets}
            factor = [rate[b] / rate[a] for a, b in zip(before, after, strict=True)]
            changes["currency"] = [money[one] for one in after]
            changes["price"] = (rows.loc[chosen, "price"] * factor).round(2)
        draft.put("listings", "listing_id", changes)
    detail = [f"{a} > {b}" for a, b in zip(before, after, strict=True)]
    draft.note(by, "listing", chosen, detail=detail)


def _neighbours(column: pd.Series, place: str, by: str) -> list[str]:
    others = sorted(set(column) - {place})
    if by == "market":
        return others[:3]
    kin = [one for one in others if one.split(" > ")[0] == place.split(" > ")[0]]
    return kin or others[:2]


def _promote(draft: Draft, rows: pd.DataFrame) -> None:
    creators = draft.table("creators")["creator_id"].to_list()
    ids = draft.new_ids("promotions", "promo_id", "P", len(rows))
    when = (rows["created_at"] + pd.Timedelta(hours=20)).clip(upper=NOW)
    sessions = pd.DataFrame({"promo_id": ids, "listing_id": rows.index})
    sessions["creator_id"] = draft.pick(creators, len(rows))
    sessions["ts"], sessions["type"] = when.dt.as_unit("us").to_numpy(), "live"
    sessions["transcript"], sessions["hashtags"] = "", "#new"
    draft.append("promotions", sessions)
