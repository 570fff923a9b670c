"""AD09: another seller's photograph, mirrored, cropped, recoloured."""

from collections.abc import Sequence

import pandas as pd

from iprseg._check import check_option
from iprseg.simulate.adversaries._draft import Draft
from iprseg.simulate.adversaries._pictures import (
    EDITS,
    draw_picture,
    edit_picture,
    hash_picture,
)


def plant(draft: Draft, share: float, kinds: Sequence[str] = tuple(EDITS)) -> None:
    """Let violative listings show an edit of an earlier listing's photograph.

    The pair is the later image and the earlier one, of another seller. Both get the
    PDQ hash of a real picture, drawn here, before and after the edit; the pictures
    themselves are kept nowhere. Needs the extra ``image``.
    """
    for kind in kinds:
        check_option("AD09 kinds", kind, tuple(EDITS), "add_adversaries")
    rows, images = draft.listings, draft.table("images")
    first = images.dropna(subset=["listing_id"]).groupby("listing_id")["image_id"].min()
    rows = rows[rows.index.isin(first.index)]
    victims = rows[~rows["violative"]].sort_values("created_at")
    thieves = rows[rows["violative"]]
    # the photograph must be older than its theft
    thieves = thieves[thieves["created_at"] > victims["created_at"].iloc[0]]
    chosen = draft.choose(thieves.index, share, "listing", "violative listing")
    made = []
    for at, listing in enumerate(chosen):
        thief, kind = rows.loc[listing], kinds[at % len(kinds)]
        older = victims[victims["created_at"] < thief["created_at"]]
        free = older.index[older["seller_id"] != thief["seller_id"]]
        taken = draft.used.setdefault("victim", set())
        spare = [one for one in free if one not in taken]
        if not spare:
            continue
        victim = str(draft.pick(spare, 1)[0])
        taken.add(victim)
        picture = draw_picture(draft.rng)
        before, after = hash_picture(picture), hash_picture(edit_picture(picture, kind))
        made.append((first[listing], *after, kind, first[victim], *before))
    _write(draft, pd.DataFrame(made, columns=_COLUMNS))


_COLUMNS = ["image", "hash", "quality", "kind", "source", "source_hash", "source_q"]


def _write(draft: Draft, made: pd.DataFrame) -> None:
    hashes = [*made["hash"], *made["source_hash"]]
    changes = pd.DataFrame(
        {
            "pdq_hex": hashes,
            "phash": [one[:16] for one in hashes],
            "pdq_quality": [*made["quality"], *made["source_q"]],
        },
        index=[*made["image"], *made["source"]],
    )
    draft.put("images", "image_id", changes)
    ids, sources = made["image"].to_list(), made["source"].to_list()
    draft.note(made["kind"].to_list(), "image", ids, "image", sources)
