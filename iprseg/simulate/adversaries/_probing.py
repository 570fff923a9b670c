"""AD13: rejected, changed a little, handed in again, until it passes."""

import pandas as pd

from iprseg.simulate.adversaries._copies import copy_images, copy_listings
from iprseg.simulate.adversaries._draft import Draft
from iprseg.simulate.adversaries._named import named_listings, rewrite
from iprseg.simulate.adversaries._spellings import disguise

_THRESHOLD = 0.8
_MODEL = "intake"
_STEPS = ("leet", "signs", "spacing", "homoglyph", "zero_width")


def plant(draft: Draft, share: float) -> None:
    """Add two to five rejected attempts before violative listings that name a brand.

    The first attempt is the listing as it is; each later one writes the brand another
    way; the listing itself passes with the last of them. Attempts are minutes apart,
    are removed by a machine within minutes (``actions``), and a model's score of each
    falls towards its threshold (``model_scores``). The pair is attempt and listing.
    """
    rows = named_listings(draft)
    rows = rows[rows["violative"] & rows["status"].ne("removed")]
    chosen = draft.choose(rows.index, share, "listing", "live violative named brand")
    attempts = pd.concat([_attempts(draft, rows.loc[one]) for one in chosen])
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
    _record(draft, attempts)
    draft.note("attempt", "listing", ids, "listing", sources, tries["title"].to_list())


def _attempts(draft: Draft, last: pd.Series) -> pd.DataFrame:
    """Give one row per attempt, the one that passes last, without ``removed_at``."""
    count, surface = int(draft.rng.integers(2, 6)), last["surface"]
    written = [surface]
    for step in draft.rng.permutation(len(_STEPS)):
        written.append(disguise(surface, _STEPS[step], draft.rng) or "")
    spellings = ([one for one in written if one] * 6)[: count + 1]
    before = pd.to_timedelta(range(15 * count, -1, -15), unit="min")
    made = pd.DataFrame({"created_at": last["created_at"] - before})
    made["title"] = [rewrite(last["title"], surface, one) for one in spellings]
    made["removed_at"] = made["created_at"] + draft.hours(0.02, 0.12, count + 1)
    made.loc[count, "removed_at"] = pd.NaT
    made["score"] = [
        *sorted(draft.rng.uniform(_THRESHOLD, 0.99, count), reverse=True),
        _THRESHOLD - 0.02,
    ]
    return made.assign(listing_id=last["listing_id"])


def _record(draft: Draft, attempts: pd.DataFrame) -> None:
    """Write what the model said, and the removals it caused."""
    out = attempts["removed_at"].notna()
    judged = pd.DataFrame({"entity_id": attempts["listing_id"], "model_id": _MODEL})
    judged["model_version"] = "1"
    # what passed was judged a minute after it was handed in
    soon = attempts["created_at"] + pd.Timedelta(minutes=1)
    judged["ts"] = attempts["removed_at"].fillna(soon)
    judged["score"], judged["threshold"] = attempts["score"], _THRESHOLD
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
