"""AD12: listing while moderators sleep, and hiding from the brand's own country."""

import numpy as np
import pandas as pd

from iprseg.simulate._constants import load_constants
from iprseg.simulate.adversaries._draft import NOW, Draft

_LISTINGS = 4  # of a seller at least
_AT_NIGHT = 0.9


def plant(draft: Draft, share: float) -> None:
    """Let sellers list between midnight and five, or leave one market out.

    ``off_hours``: nine in ten listings of a seller move, within their day, to between
    midnight and five of their market. ``geo_hidden``: a seller's listings of a brand
    leave the brand's home (the market where most of the brand's honest listings are)
    for another market, so that the owner does not see them from there.
    """
    rows = draft.listings
    taken = draft.used.get("seller", set())
    size = rows.groupby("seller_id").size()
    pool = [s for s in size.index[size >= _LISTINGS] if s not in taken]
    chosen = draft.choose(pool, share, "seller", f"seller with {_LISTINGS} listings")
    draft.used["seller"].update(chosen)
    homes = _homes(rows)
    at_home = rows[rows["market"] == rows["brand_id"].map(homes)]
    exposed = set(at_home["seller_id"])
    hidden = [s for s in chosen if s in exposed][::2]
    _hide(draft, at_home[at_home["seller_id"].isin(hidden)])
    _at_night(draft, rows, [s for s in chosen if s not in set(hidden)])


def _homes(rows: pd.DataFrame) -> pd.Series:
    """Give each brand's home: the market with most honest listings of it."""
    honest = rows[~rows["violative"] & rows["brand_id"].notna()]
    counts = honest.groupby(["brand_id", "market"]).size()
    best = counts.sort_values(kind="stable").groupby(level=0).tail(1)
    return best.reset_index().set_index("brand_id")["market"]


def _hide(draft: Draft, rows: pd.DataFrame) -> None:
    if rows.empty:
        return
    markets = {m["market"]: m["currency"] for m in load_constants().markets}
    rates = {m["market"]: float(m["usd_rate"]) for m in load_constants().markets}
    target = [
        draft.pick(sorted(set(markets) - {home}), 1)[0] for home in rows["market"]
    ]
    factor = np.array([rates[t] for t in target]) / rows["market"].map(rates).to_numpy()
    changes = pd.DataFrame({"market": target}, index=rows.index)
    changes["currency"] = [markets[t] for t in target]
    changes["price"] = (rows["price"].to_numpy() * factor).round(2)
    changes["list_price"] = (rows["list_price"].to_numpy() * factor).round(2)
    draft.put("listings", "listing_id", changes)
    homes = rows["market"].to_list()
    detail = [f"{a} > {b}" for a, b in zip(homes, target, strict=True)]
    brands = rows["brand_id"].to_list()
    draft.note("geo_hidden", "listing", list(rows.index), "brand", brands, detail)


def _at_night(draft: Draft, rows: pd.DataFrame, sellers: list[str]) -> None:
    offset = {m["market"]: int(m["utc_offset"]) for m in load_constants().markets}
    rows = rows[rows["seller_id"].isin(sellers)]
    rows = rows[draft.rng.random(len(rows)) < _AT_NIGHT]
    night = draft.hours(0, 5, len(rows)) - pd.to_timedelta(
        rows["market"].map(offset).to_numpy(), unit="h"
    )
    # of the local midnight of the day on which it was made
    local = rows["created_at"] + pd.to_timedelta(
        rows["market"].map(offset).to_numpy(), unit="h"
    )
    made = (local.dt.floor("D") + night).dt.as_unit("us")
    live = (made + (rows["first_live_at"] - rows["created_at"])).dt.as_unit("us")
    fits = ~(live >= rows["removed_at"]) & (live < NOW)
    changes = pd.DataFrame({"created_at": made, "first_live_at": live})[fits]
    draft.put("listings", "listing_id", changes)
    owner = rows.loc[fits, "seller_id"].to_list()
    draft.note("off_hours", "listing", list(changes.index), "seller", owner)
