"""AD15: rights that are none, claimed against honest sellers by the dozen."""

import pandas as pd

from iprseg.simulate.adversaries._draft import NOW, Draft

_SELLERS = 12  # to one troll
_ITEMS = 4  # listings of a seller at most
_DECEIVED = 0.1


def plant(draft: Draft, share: float) -> None:
    """Send mass claims of a few new notifiers against honest sellers.

    A notice to a seller, with up to four items; nine in ten are rejected within days,
    in the others the desk is deceived and the listings are removed. The pair is the
    notice and its notifier; the sellers are noted as ``victim``.
    """
    rows, truth = draft.listings, draft.truth["sellers"]
    alive = rows[~rows["violative"] & rows["status"].ne("removed")]
    alive = alive[alive["created_at"] < NOW - pd.Timedelta(days=40)]
    alive = alive[alive["seller_id"].isin(truth.loc[~truth["bad"], "seller_id"])]
    taken = draft.used.get("seller", set())
    pool = sorted(set(alive["seller_id"]) - taken)
    chosen = draft.choose(pool, share, "seller", "honest seller")
    ids = draft.new_ids("notices", "notice_id", "N", len(chosen))
    owners = [f"RO96{k // _SELLERS:02d}" for k in range(len(chosen))]
    received = (NOW - draft.hours(24 * 10, 24 * 38, len(chosen))).as_unit("us")
    decided = (received + draft.hours(12, 96, len(chosen))).as_unit("us")
    deceived = draft.rng.random(len(chosen)) < _DECEIVED
    notices = pd.DataFrame({"notice_id": ids, "ro_id": owners})
    notices["ts_received"], notices["ts_decided"] = received, decided
    notices["source_type"], notices["right_type"] = "web form", "design"
    notices["right_reg_no"] = ["pending" if k % 3 else "" for k in range(len(ids))]
    first = alive.drop_duplicates("seller_id").set_index("seller_id")["market"]
    notices["jurisdiction"] = first[chosen].to_numpy()
    notices["bona_fide_flag"], notices["valid"] = True, deceived
    notices["reject_reason"] = [None if one else "no right shown" for one in deceived]
    draft.append("notices", notices)
    parts = []
    for seller, notice, when, out in zip(chosen, ids, decided, deceived, strict=True):
        items = alive.index[alive["seller_id"] == seller][:_ITEMS]
        parts.append(pd.DataFrame({"notice_id": notice, "listing_id": items}))
        parts[-1]["outcome"] = "removed" if out else "rejected"
        parts[-1]["ts_actioned"] = when if out else pd.NaT
    items = pd.concat(parts, ignore_index=True)
    items["ts_actioned"] = pd.to_datetime(items["ts_actioned"], utc=True)
    draft.append("notice_items", items)
    gone = items[items["outcome"] == "removed"].set_index("listing_id")
    if len(gone):
        removal = pd.DataFrame({"removed_at": gone["ts_actioned"].dt.as_unit("us")})
        draft.put("listings", "listing_id", removal.assign(status="removed"))
    draft.note("mass_claim", "notice", ids, "rights_owner", owners)
    victims = ["removed" if out else "" for out in deceived]
    draft.note("victim", "seller", chosen, "rights_owner", owners, victims)
