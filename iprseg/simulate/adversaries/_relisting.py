"""AD06: what was taken down comes back, in the same shop or a sibling's."""

import pandas as pd

from iprseg.simulate.adversaries._copies import copy_images, copy_listings
from iprseg.simulate.adversaries._draft import NOW, Draft

_WORDINGS = ("same", "touched")
_SHOPS = ("own", "sibling")
_DAYS = 25


def plant(draft: Draft, share: float, shops: tuple[str, ...] = _SHOPS) -> None:
    """Put listings that were removed up again; the pair is the copy and the original.

    ``own`` shop or ``sibling`` (another shop of the market); the title is the ``same``
    or ``touched`` (one character or sign more); the pictures are the same ones, saved
    again. Between one and 25 days lie between removal and copy.
    """
    gone = _gone(draft)
    sources = draft.choose(gone.index, share, "listing", "removed listing")
    source = gone.loc[sources]
    wording = draft.pick(_WORDINGS, len(sources))
    shop = draft.pick(shops, len(sources))
    changes = source[["title", "description"]].copy()
    changes["title"] = [
        _touched(title, draft) if how == "touched" else title
        for title, how in zip(source["title"], wording, strict=True)
    ]
    changes["seller_id"] = [
        seller if where == "own" else _sibling(draft, seller, market)
        for seller, market, where in zip(
            source["seller_id"], source["market"], shop, strict=True
        )
    ]
    later = source["removed_at"] + draft.hours(24, 24 * _DAYS, len(sources))
    latest = (NOW - pd.Timedelta(minutes=5)).as_unit("us")
    changes["created_at"] = later.clip(upper=latest).to_numpy()
    ids = copy_listings(draft, sources, changes)
    copy_images(draft, sources, ids)
    draft.put_truth(
        "listings", "listing_id", pd.DataFrame({"relist_of": sources}, index=ids)
    )
    variant = [f"{where}/{how}" for where, how in zip(shop, wording, strict=True)]
    draft.note(variant, "listing", ids, "listing", sources)


def _gone(draft: Draft) -> pd.DataFrame:
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


def _touched(title: str, draft: Draft) -> str:
    """Change as little of a title as people do: a sign, or a letter doubled."""
    if draft.rng.random() < 0.5:
        return f"{title} {draft.pick(['!', '✨', '.', 'new'], 1)[0]}"
    at = int(draft.rng.integers(0, len(title)))
    return title[: at + 1] + title[at:]


def _sibling(draft: Draft, seller: str, market: str) -> str:
    """Name another shop: of the same operator if there is one, else of the market."""
    networks = draft.truth["networks"]
    own = networks.loc[networks["seller_id"] == seller, "network_id"]
    kin = networks.loc[networks["network_id"].isin(own), "seller_id"]
    sellers = draft.table("sellers")
    near = sellers.loc[sellers["market"] == market, "seller_id"]
    pools = (set(kin), set(near), set(sellers["seller_id"]))
    pool = next(sorted(p - {seller}) for p in pools if p - {seller})
    return str(draft.pick(pool, 1)[0])
