"""Ways round enforcement: AD06, AD10, AD12, AD13, AD18, AD19.

Relisting, prices of the genuine article, loopholes of time and place, probing of
thresholds, displacement, and markets where the right is not registered.
"""

import numpy as np
import pandas as pd

from iprseg.simulate.adversaries.disguises import disguise_name
from iprseg.simulate.adversaries.draft import (
    NOW,
    Draft,
    copy_images,
    copy_listings,
    find_named_listings,
    rewrite_name,
)
from iprseg.simulate.vocabulary import load_constants
from iprseg.validation import check_option

_COPY_WORDINGS = ("same", "touched")
_COPY_SHOPS = ("own", "sibling")
_RELISTED_WITHIN_DAYS = 25


def plant_relisting(
    draft: Draft, share: float, shops: tuple[str, ...] = _COPY_SHOPS
) -> None:
    """Put listings that were removed up again; the pair is the copy and the original.

    ``own`` shop or ``sibling`` (another shop of the market); the title is the ``same``
    or ``touched`` (one character or sign more); the pictures are the same ones, saved
    again. Between one and 25 days lie between removal and copy.
    """
    gone = _find_removed_listings(draft)
    sources = draft.choose(gone.index, share, "listing", "removed listing")
    source = gone.loc[sources]
    wording = draft.pick(_COPY_WORDINGS, len(sources))
    shop = draft.pick(shops, len(sources))
    changes = source[["title", "description"]].copy()
    changes["title"] = [
        _alter_title(title, draft) if how == "touched" else title
        for title, how in zip(source["title"], wording, strict=True)
    ]
    changes["seller_id"] = [
        seller if where == "own" else _choose_sibling_shop(draft, seller, market)
        for seller, market, where in zip(
            source["seller_id"], source["market"], shop, strict=True
        )
    ]
    later = source["removed_at"] + draft.hours(
        24, 24 * _RELISTED_WITHIN_DAYS, len(sources)
    )
    latest = (NOW - pd.Timedelta(minutes=5)).as_unit("us")
    changes["created_at"] = later.clip(upper=latest).to_numpy()
    ids = copy_listings(draft, sources, changes)
    copy_images(draft, sources, ids)
    draft.put_truth(
        "listings", "listing_id", pd.DataFrame({"relist_of": sources}, index=ids)
    )
    variant = [f"{where}/{how}" for where, how in zip(shop, wording, strict=True)]
    draft.note(variant, "listing", ids, "listing", sources)


def _find_removed_listings(draft: Draft) -> pd.DataFrame:
    """Find removed listings with a picture whose removal no appeal has undone."""
    actions = draft.table("actions")
    appeals = draft.tables.get("appeals")
    if appeals is not None:
        undone = appeals.loc[appeals["outcome"] == "overturned", "action_id"]
        actions = actions[~actions["action_id"].isin(undone)]
    removed = actions.loc[actions["action_code"] == "ACT4", "entity_id"]
    pictured = draft.table("images")["listing_id"].dropna().unique()
    rows = draft.listings
    rows = rows[rows["status"].eq("removed") & (rows["removed_at"] < NOW)]
    rows = rows[rows["removed_at"] < NOW - pd.Timedelta(days=2)]
    return rows[rows.index.isin(removed) & rows.index.isin(pictured)]


def _alter_title(title: str, draft: Draft) -> str:
    """Change as little of a title as people do: a sign, or a letter doubled."""
    if draft.rng.random() < 0.5:
        return f"{title} {draft.pick(['!', '✨', '.', 'new'], 1)[0]}"
    at = int(draft.rng.integers(0, len(title)))
    return title[: at + 1] + title[at:]


def _choose_sibling_shop(draft: Draft, seller: str, market: str) -> str:
    """Name another shop: of the same operator if there is one, else of the market."""
    networks = draft.truth["networks"]
    own = networks.loc[networks["seller_id"] == seller, "network_id"]
    kin = networks.loc[networks["network_id"].isin(own), "seller_id"]
    sellers = draft.table("sellers")
    near = sellers.loc[sellers["market"] == market, "seller_id"]
    pools = (set(kin), set(near), set(sellers["seller_id"]))
    pool = next(sorted(p - {seller}) for p in pools if p - {seller})
    return str(draft.pick(pool, 1)[0])


_INTAKE_THRESHOLD = 0.8
_INTAKE_MODEL = "intake"
_PROBING_STEPS = ("leet", "signs", "spacing", "homoglyph", "zero_width")


def plant_probing(draft: Draft, share: float) -> None:
    """Add two to five rejected attempts before violative listings that name a brand.

    The first attempt is the listing as it is; each later one writes the brand another
    way; the listing itself passes with the last of them. Attempts are minutes apart,
    are removed by a machine within minutes (``actions``), and a model's score of each
    falls towards its threshold (``model_scores``). The pair is attempt and listing.
    """
    rows = find_named_listings(draft)
    rows = rows[rows["violative"] & rows["status"].ne("removed")]
    chosen = draft.choose(rows.index, share, "listing", "live violative named brand")
    attempts = pd.concat([_draw_attempts(draft, rows.loc[one]) for one in chosen])
    attempts = attempts.reset_index(drop=True)
    passed = attempts["removed_at"].isna()
    finals = attempts[passed].set_index("listing_id")
    draft.put("listings", "listing_id", finals[["title"]])
    tries = attempts[~passed].reset_index(drop=True)
    sources = tries["listing_id"].to_list()
    changes = tries[["title", "created_at", "removed_at"]].assign(status="removed")
    ids = copy_listings(draft, sources, changes)
    copy_images(draft, sources, ids)
    # none of them was ever live
    never = pd.DataFrame({"first_live_at": pd.NaT}, index=ids)
    draft.put("listings", "listing_id", never)
    attempts.loc[~passed, "listing_id"] = ids
    _record_decisions(draft, attempts)
    draft.note("attempt", "listing", ids, "listing", sources, tries["title"].to_list())


def _draw_attempts(draft: Draft, last: pd.Series) -> pd.DataFrame:
    """Give one row per attempt, the one that passes last, without ``removed_at``."""
    count, surface = int(draft.rng.integers(2, 6)), last["surface"]
    written = [surface]
    for step in draft.rng.permutation(len(_PROBING_STEPS)):
        written.append(disguise_name(surface, _PROBING_STEPS[step], draft.rng) or "")
    spellings = ([one for one in written if one] * 6)[: count + 1]
    before = pd.to_timedelta(range(15 * count, -1, -15), unit="min")
    made = pd.DataFrame({"created_at": last["created_at"] - before})
    made["title"] = [rewrite_name(last["title"], surface, one) for one in spellings]
    made["removed_at"] = made["created_at"] + draft.hours(0.02, 0.12, count + 1)
    made.loc[count, "removed_at"] = pd.NaT
    made["score"] = [
        *sorted(draft.rng.uniform(_INTAKE_THRESHOLD, 0.99, count), reverse=True),
        _INTAKE_THRESHOLD - 0.02,
    ]
    return made.assign(listing_id=last["listing_id"])


def _record_decisions(draft: Draft, attempts: pd.DataFrame) -> None:
    """Write what the model said, and the removals it caused."""
    out = attempts["removed_at"].notna()
    judged = pd.DataFrame(
        {"entity_id": attempts["listing_id"], "model_id": _INTAKE_MODEL}
    )
    judged["model_version"] = "1"
    # what passed was judged a minute after it was handed in
    soon = attempts["created_at"] + pd.Timedelta(minutes=1)
    judged["ts"] = attempts["removed_at"].fillna(soon)
    judged["score"], judged["threshold"] = attempts["score"], _INTAKE_THRESHOLD
    judged["decision"] = out.map({True: "reject", False: "accept"})
    draft.append("model_scores", judged)
    gone = attempts[out]
    removals = pd.DataFrame({"action_id": "A" + gone["listing_id"]})
    removals["entity_type"], removals["action_code"] = "listing", "ACT4"
    removals["entity_id"], removals["ts"] = gone["listing_id"], gone["removed_at"]
    removals["source_type"] = "SOURCE_VOLUNTARY"
    removals["automated_detection"] = True
    removals["automated_decision"] = "AUTOMATED_DECISION_FULLY"
    removals["evidence_level"] = "E1"
    draft.append("actions", removals)


_MIN_LISTINGS = 4  # of a seller at least
_NIGHT_SHARE = 0.9


def plant_loopholes(draft: Draft, share: float) -> None:
    """Let sellers list between midnight and five, or leave one market out.

    ``off_hours``: nine in ten listings of a seller move, within their day, to between
    midnight and five of their market. ``geo_hidden``: a seller's listings of a brand
    leave the brand's home (the market where most of the brand's honest listings are)
    for another market, so that the owner does not see them from there.
    """
    rows = draft.listings
    taken = draft.used.get("seller", set())
    size = rows.groupby("seller_id").size()
    pool = [s for s in size.index[size >= _MIN_LISTINGS] if s not in taken]
    chosen = draft.choose(
        pool, share, "seller", f"seller with {_MIN_LISTINGS} listings"
    )
    draft.used["seller"].update(chosen)
    homes = _find_home_markets(rows)
    at_home = rows[rows["market"] == rows["brand_id"].map(homes)]
    exposed = set(at_home["seller_id"])
    hidden = [s for s in chosen if s in exposed][::2]
    _move_from_home_market(draft, at_home[at_home["seller_id"].isin(hidden)])
    _move_to_night(draft, rows, [s for s in chosen if s not in set(hidden)])


def _find_home_markets(rows: pd.DataFrame) -> pd.Series:
    """Give each brand's home: the market with most honest listings of it."""
    honest = rows[~rows["violative"] & rows["brand_id"].notna()]
    counts = honest.groupby(["brand_id", "market"]).size()
    best = counts.sort_values(kind="stable").groupby(level=0).tail(1)
    return best.reset_index().set_index("brand_id")["market"]


def _move_from_home_market(draft: Draft, rows: pd.DataFrame) -> None:
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


def _move_to_night(draft: Draft, rows: pd.DataFrame, sellers: list[str]) -> None:
    offset = {m["market"]: int(m["utc_offset"]) for m in load_constants().markets}
    rows = rows[rows["seller_id"].isin(sellers)]
    rows = rows[draft.rng.random(len(rows)) < _NIGHT_SHARE]
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


_RECENT_DAYS = 180


def plant_displacement(draft: Draft, share: float, by: str = "category") -> None:
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
        rows["violative"] & (rows["created_at"] > NOW - pd.Timedelta(days=_RECENT_DAYS))
    ]
    free = late[~late.index.isin(draft.used.get("listing", set()))]
    place = free[column].mode()
    pool = free.index[free[column].isin(place.head(1))]
    chosen = draft.choose(pool, share, "listing", "recent violative listing")
    before = rows.loc[chosen, column].to_list()
    if by == "channel":
        _add_promotions(draft, rows.loc[chosen])
        after = ["creator"] * len(chosen)
    else:
        after = draft.pick(_list_neighbours(rows[column], before[0], by), len(chosen))
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


def _list_neighbours(column: pd.Series, place: str, by: str) -> list[str]:
    others = sorted(set(column) - {place})
    if by == "market":
        return others[:3]
    kin = [one for one in others if one.split(" > ")[0] == place.split(" > ")[0]]
    return kin or others[:2]


def _add_promotions(draft: Draft, rows: pd.DataFrame) -> None:
    creators = draft.table("creators")["creator_id"].to_list()
    ids = draft.new_ids("promotions", "promo_id", "P", len(rows))
    when = (rows["created_at"] + pd.Timedelta(hours=20)).clip(upper=NOW)
    sessions = pd.DataFrame({"promo_id": ids, "listing_id": rows.index})
    sessions["creator_id"] = draft.pick(creators, len(rows))
    sessions["ts"], sessions["type"] = when.dt.as_unit("us").to_numpy(), "live"
    sessions["transcript"], sessions["hashtags"] = "", "#new"
    draft.append("promotions", sessions)


def plant_jurisdictions(draft: Draft, share: float) -> None:
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


def plant_price_camouflage(draft: Draft, share: float) -> None:
    """Price violative listings of a brand's goods as honest shops price them.

    The price is drawn from 92 to 101 % of the official price of the brand's product
    nearest in the title (else of the brand's middle one), in the listing's currency;
    no crossed-out price is shown, and no cheap variant is left.
    """
    rows, catalogue = draft.listings, draft.table("brand_catalogue")
    pool = rows[rows["violative"] & rows["brand_id"].isin(catalogue["brand_id"])]
    chosen = draft.choose(pool.index, share, "listing", "violative branded listing")
    rows = pool.loc[chosen]
    official = _find_official_prices(rows, catalogue)
    rate = {m["currency"]: float(m["usd_rate"]) for m in load_constants().markets}
    whole = {m["currency"] for m in load_constants().markets if m["decimals"] == "0"}
    local = official * rows["currency"].map(rate).to_numpy()
    price = local * draft.rng.uniform(0.92, 1.01, len(rows))
    digits = np.where(rows["currency"].isin(whole), 0, 2)
    rounded = [round(p, int(d)) for p, d in zip(price, digits, strict=True)]
    changes = pd.DataFrame({"price": rounded}, index=chosen)
    changes["list_price"], changes["variants_json"] = np.nan, None
    detail = [f"{p:g}" for p in rows["price"]]
    draft.put("listings", "listing_id", changes)
    flag = pd.DataFrame({"price_camouflaged": True}, index=chosen)
    draft.put_truth("listings", "listing_id", flag)
    draft.note("genuine_level", "listing", chosen, detail=detail)


def _find_official_prices(rows: pd.DataFrame, catalogue: pd.DataFrame) -> np.ndarray:
    """Give the official price in US dollars of the product that each title names."""
    of = dict(list(catalogue.groupby("brand_id")))
    prices = []
    for brand, title in zip(rows["brand_id"], rows["title"], strict=True):
        goods = of[brand]
        said = goods["model_name"].map(lambda name: name.casefold() in title.casefold())  # noqa: B023
        prices.append(
            (goods.loc[said, "msrp"] if said.any() else goods["msrp"]).median()
        )
    return np.array(prices)
