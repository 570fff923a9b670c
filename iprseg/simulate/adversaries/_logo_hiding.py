"""AD02: the logo covered, cut off, or shown in a late image alone."""

import json

import pandas as pd

from iprseg.simulate.adversaries._draft import Draft

_VARIANTS = ("covered", "covered_in_part", "late_image", "cropped")
_NONE = "[]"
_COLUMNS = ["logo_detections_json", "blur_regions"]


def plant(draft: Draft, share: float) -> None:
    """Hide the logo on the pictures of listings on which a detector saw one.

    What a detector and a finder of covered regions would report is written, since the
    toolkit takes both as columns: ``covered`` (a region, no logo seen any more),
    ``covered_in_part`` (a region over a logo still seen), ``late_image`` (seen on the
    last image alone; the order is in ``listing_versions``), ``cropped`` (cut off:
    neither is seen).
    """
    images = draft.table("images")
    shown = images[images["listing_id"].notna()]
    marked = shown[shown["logo_detections_json"].fillna(_NONE) != _NONE]
    chosen = draft.choose(
        marked["listing_id"].unique(), share, "listing", "listing with a logo seen"
    )
    variant = pd.Series(draft.pick(_VARIANTS, len(chosen)), index=chosen)
    pictures = shown["listing_id"].value_counts()
    # a single picture cannot be a late one
    alone = (pictures.reindex(chosen) < 2) & (variant == "late_image")
    variant[alone] = "covered"
    rows = shown[shown["listing_id"].isin(chosen)].sort_values("image_id")
    changes: list[tuple[str, str, str]] = []
    for listing, group in rows.groupby("listing_id", sort=True):
        changes += _hidden(group, str(variant[listing]), draft)
    frame = pd.DataFrame(changes, columns=["image_id", *_COLUMNS])
    draft.put("images", "image_id", frame.set_index("image_id"))
    late = sorted(variant.index[variant == "late_image"])
    _tell_order(draft, late, rows)
    draft.note(variant.to_list(), "listing", chosen)


def _tell_order(draft: Draft, late: list[str], images: pd.DataFrame) -> None:
    """Record which image comes first: a first version, or the order in those there."""
    order = images.groupby("listing_id")["image_id"].agg(";".join)
    versions = draft.table("listing_versions").copy()
    known = versions["listing_id"].isin(late)
    versions.loc[known, "image_ids"] = order[versions.loc[known, "listing_id"]].array
    draft.tables["listing_versions"] = versions
    new = sorted(set(late) - set(versions["listing_id"]))
    columns = ["title", "description", "brand_field", "price", "created_at"]
    rows = draft.table("listings").set_index("listing_id").loc[new, columns]
    rows = rows.rename(columns={"created_at": "valid_from"}).reset_index()
    rows["version"], rows["valid_to"] = 1, pd.NaT
    rows["image_ids"] = order[new].array
    draft.append("listing_versions", rows)


def _hidden(
    images: pd.DataFrame, variant: str, draft: Draft
) -> list[tuple[str, str, str]]:
    """Say what would be seen on each image of one listing: id, logos, regions."""
    ids, seen, regions = (images[c].tolist() for c in ("image_id", *_COLUMNS))
    marked = [one != _NONE for one in seen]
    logo = seen[marked.index(True)]
    if variant == "late_image":
        seen = [_NONE] * (len(ids) - 1) + [logo]
        return list(zip(ids, seen, regions, strict=True))
    x, y = draft.rng.uniform(0.2, 0.6, 2).round(3).tolist()
    box = [x, y, 0.2, 0.1]
    part = json.dumps([{**json.loads(logo)[0], "score": 0.55, "box": box}])
    left = part if variant == "covered_in_part" else _NONE
    cover = _NONE if variant == "cropped" else json.dumps([box])
    return [
        (one, left, cover) if had else (one, old, region)
        for one, had, old, region in zip(ids, marked, seen, regions, strict=True)
    ]
