"""C05 to C08: logos not claimed, covered, shown late; brands named only in images."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals._tables import texts_of
from iprseg.signals.brands import find_brand_mentions
from iprseg.signals.brands._fields import brand_key
from iprseg.signals.image._findings import Finding, findings, overlap

_LOGOS, _COVERED = "logo_detections_json", "blur_regions"


def logo_present_brand_unlisted(inputs: Inputs) -> Column:
    """C05: 1 if a logo is seen of a brand that the brand field does not name."""
    if not inputs.has("brand_field"):
        return empty(inputs.n, "column_absent: brand_field")
    logos = findings(inputs, _LOGOS)
    if isinstance(logos, str):
        return empty(inputs.n, logos)
    claimed = inputs.field_brand
    ids = _brand_ids(inputs)
    some = logos[logos["any"]]
    seen = [
        row
        for row, found in zip(some["row"], some["found"], strict=True)
        for one in found
        if one.brand is not None
        and ids.get(one.brand, ids.get(brand_key(one.brand), brand_key(one.brand)))
        != claimed[row]
    ]
    return _known(inputs.n, logos, np.array(seen, dtype=int), "no_logo_detections")


def logo_cover(inputs: Inputs) -> Column:
    """C06: 1 if an image is blurred or covered where its logo is or may be.

    A region counts where it touches a logo's box; on an image on which no logo's box is
    known, anywhere (a logo that is covered well is not found). Faces and number plates
    do not count.
    """
    covers = findings(inputs, _COVERED)
    if isinstance(covers, str):
        return empty(inputs.n, covers)
    logos = findings(inputs, _LOGOS)
    boxes: dict[object, list[Finding]] = {}
    if not isinstance(logos, str):
        some = logos[logos["any"]]
        boxes = dict(zip(some["image_id"], some["found"], strict=True))
    some = covers.loc[covers["any"], ["row", "image_id", "found"]]
    hit = [
        row
        for row, image, found in some.itertuples(index=False)
        if _covers_logo(found, boxes.get(image, []))
    ]
    return _known(inputs.n, covers, np.array(hit, dtype=int), "no_blur_regions")


def _covers_logo(covers: list[Finding], logos: list[Finding]) -> bool:
    places = [one.box for one in logos if one.box is not None]
    regions = [one.box for one in covers if one.box is not None]
    if not places:
        return bool(regions)
    return any(overlap(place, region) for place in places for region in regions)


def logo_only_in_late_images(inputs: Inputs) -> Column:
    """C07: 1 if a logo is seen, but not on the image that is shown first.

    The first of the last version; the only image of a listing is its first.
    """
    logos = findings(inputs, _LOGOS)
    if isinstance(logos, str):
        return empty(inputs.n, logos)
    first = _first_images(inputs)
    if isinstance(first, str):
        return empty(inputs.n, first)
    told = logos[logos["found"].notna()]
    logo = told["any"].to_numpy(copy=True)
    seen = told.loc[logo, "found"]
    logo[logo] = [any(f.brand is not None for f in found) for found in seen]
    only = ~logos["row"].duplicated(keep=False)[told.index]
    is_first = only | (told["image_id"].to_numpy() == first[told["row"]])
    rows = told["row"].to_numpy()
    anywhere, on_first = np.zeros((2, inputs.n), dtype=bool)
    anywhere[rows[logo]] = True
    on_first[rows[logo & is_first.to_numpy()]] = True
    result = full(np.where(anywhere & ~on_first, 1.0, 0.0))
    seen_first = np.isin(np.arange(inputs.n), rows[is_first])
    listed = np.isin(np.arange(inputs.n), logos["row"])
    result = result.missing(~listed, "no_images")
    return result.missing(~seen_first, "first_image_not_known")


def _first_images(inputs: Inputs) -> NDArray[np.object_] | str:
    """Return the first image of each listing's last version before the time asked.

    Where listings that were never edited have no version, one that has its first alone
    was edited later: that it has one must not be seen.
    """
    for column in ("listing_id", "valid_from", "image_ids"):
        if absent := inputs.lacks(f"listing_versions.{column}"):
            return absent
    versions = inputs.sql(
        """
        SELECT listing_id, count(*) AS n,
            trim(split_part(arg_max(image_ids, valid_from), ';', 1)) AS i
        FROM listing_versions WHERE valid_from <= $now
        GROUP BY listing_id
        """,
        {"now": inputs.now},
    )
    everyone = inputs.listings.index.isin(versions["listing_id"]).all()
    if inputs.as_of is not None and not everyone:
        versions = versions[versions["n"] > 1]
    first = versions.set_index("listing_id")["i"].reindex(inputs.listings.index)
    return first.to_numpy(dtype=object)


def ocr_brand_text_mismatch(inputs: Inputs) -> Column:
    """C08: 1 if the text in an image names a brand that no text field names."""
    for column in ("images.listing_id", "images.ocr_text"):
        if absent := inputs.lacks(column):
            return empty(inputs.n, absent)
    images = inputs.table("images").reset_index()  # type: ignore[union-attr]
    images = images[["listing_id", "ocr_text"]].assign(row=inputs.image_rows)
    images = images[images["row"] >= 0]
    read = images.dropna(subset="ocr_text")
    read = read.assign(ocr_text=texts_of(read["ocr_text"]))
    # a listing without a single letter in its images names nothing
    some = read["row"][[bool(text.strip()) for text in read["ocr_text"]]]
    texts = _texts_in_images(inputs, read[read["row"].isin(some)])
    found = find_brand_mentions(texts, inputs.brands)
    found = found[~found["referential"]]
    row = inputs.listings.index.get_indexer(pd.Index(found["listing_id"]))
    named = inputs.mentions[inputs.mentions["field"] != "ocr_text"]
    pairs = set(zip(named["row"], named["brand_id"], strict=True))
    field = inputs.field_brand
    hit = [
        r
        for r, brand in zip(row, found["brand_id"], strict=True)
        if (r, brand) not in pairs and brand != field[r]
    ]
    values = np.zeros(inputs.n)
    values[np.array(hit, dtype=int)] = 1.0
    listed, known = np.zeros((2, inputs.n), dtype=bool)
    listed[images["row"]] = True
    known[read["row"]] = True
    return full(values).missing(~listed, "no_images").missing(~known, "no_ocr_text")


def _texts_in_images(inputs: Inputs, read: pd.DataFrame) -> pd.DataFrame:
    """Return the texts of each listing's images as titles, its category beside."""
    titles = read.groupby("listing_id")["ocr_text"].agg("\n".join)
    frame = pd.DataFrame({"listing_id": titles.index, "title": titles.to_numpy()})
    if inputs.has("category_path"):
        category = inputs.listings["category_path"].reindex(frame["listing_id"])
        frame["category_path"] = category.to_numpy(dtype=object)
    return frame


def _brand_ids(inputs: Inputs) -> dict[str, str]:
    """Return ids by id and by folded name."""
    listed = inputs.brands.table
    ids = {
        brand_key(name): brand_id
        for brand_id, first, more in listed[["brand_id", "name", "aliases"]].itertuples(
            index=False
        )
        for name in [first, *more]
    }
    return ids | {brand_id: brand_id for brand_id in listed["brand_id"]}


def _known(n: int, told: pd.DataFrame, hit: NDArray[np.int64], silent: str) -> Column:
    """Return 1 at hits and 0 at listings of whose images something is known."""
    values = np.zeros(n)
    values[hit] = 1.0
    rows = np.arange(n)
    known = np.isin(rows, told.loc[told["found"].notna(), "row"])
    result = full(values).missing(~np.isin(rows, told["row"]), "no_images")
    return result.missing(~known, silent)
