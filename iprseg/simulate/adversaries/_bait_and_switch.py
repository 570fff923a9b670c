"""AD05: a harmless page is approved, then edited into another one."""

import pandas as pd

from iprseg.simulate.adversaries._draft import NOW, Draft
from iprseg.simulate.adversaries._named import named_listings

_WITHIN = 46  # hours of first being live


def plant(draft: Draft, share: float) -> None:
    """Give listings that name a brand an earlier version that names none.

    The first version has title, description and brand field of an unbranded listing of
    the same language and lasts between one and 46 hours.
    """
    edited = set(draft.table("listing_versions")["listing_id"])
    rows = draft.listings
    recent = rows["first_live_at"] < NOW - pd.Timedelta(hours=_WITHIN)
    pool = named_listings(draft).index.difference(list(edited))
    pool = pool.intersection(rows.index[recent])
    chosen = draft.choose(pool, share, "listing", "unedited listing naming a brand")
    last = rows.loc[chosen]
    plain = rows[~rows["violative"] & rows["brand_id"].isna() & ~rows["trap"]]
    by_lang = {lang: list(group.index) for lang, group in plain.groupby("lang")}
    spare = list(plain.index)
    faces = [draft.pick(by_lang.get(lang, spare), 1)[0] for lang in last["lang"]]
    first_image = draft.table("images").groupby("listing_id")["image_id"].min()
    since = last["created_at"].to_numpy()
    at = (last["first_live_at"] + draft.hours(1, _WITHIN, len(chosen))).to_numpy()
    versions = []
    for number, source in ((1, rows.loc[faces]), (2, last)):
        version = source[["title", "description", "brand_field"]].reset_index(drop=True)
        version["listing_id"], version["version"] = chosen, number
        version["valid_from"] = since if number == 1 else at
        version["valid_to"] = at if number == 1 else pd.NaT
        version["price"] = last["price"].to_numpy()
        version["image_ids"] = first_image.reindex(chosen).to_numpy()
        versions.append(version)
    both = pd.concat(versions, ignore_index=True)
    draft.append("listing_versions", both.sort_values(["listing_id", "version"]))
    draft.note("title", "listing", chosen, detail=rows.loc[faces, "title"].to_list())
