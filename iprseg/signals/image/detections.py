"""C05 to C08 and C14: logos, covered regions and texts in images; barcodes.

What detectors said of each image is JSON that others wrote, read with care.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.brands.brand_list import make_brand_key
from iprseg.brands.mentions import find_brand_mentions
from iprseg.signals.inputs import Column, Inputs, make_column, make_missing_column
from iprseg.signals.registry import signal
from iprseg.tables.access import to_text_list

# A detection below this score says little.
_MIN_SCORE = 0.5
# Regions that are covered for other reasons than a brand.
_PRIVATE_KINDS = frozenset(("face", "plate", "person"))
_MAX_JSON_LENGTH = 100_000

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Detection:
    """One logo or covered region.

    Attributes
    ----------
    brand : str or None
        Name or id of the brand of a logo.
    box : tuple of float or None
        Left, top, width, height.
    """

    brand: str | None
    box: Box | None


def read_detections(inputs: Inputs, column: str) -> pd.DataFrame | str:
    """Return ``row``, ``image_id``, ``found`` and ``any`` of the listings' images.

    ``found`` is a list of findings, or None where the detector said nothing that can
    be read; ``any``: whether there is one. A text instead: why there are none at all.
    """
    for needed in ("images.image_id", "images.listing_id", f"images.{column}"):
        if absent := inputs.lacks(needed):
            return absent
    images = inputs.table("images").reset_index()  # type: ignore[union-attr]
    which, texts = pd.factorize(images[column])
    # a last None, for what is missing
    known = np.full(len(texts) + 1, None, dtype=object)
    for at, text in enumerate(texts):
        known[at] = parse_detections(text) if isinstance(text, str) else None
    told = pd.DataFrame({"row": inputs.image_rows, "image_id": images["image_id"]})
    told["found"] = pd.Series(known[which], dtype=object)
    told["any"] = np.array([bool(found) for found in known])[which]
    return told[told["row"] >= 0].reset_index(drop=True)


def parse_detections(text: str) -> list[Detection] | None:
    """Read one detector's list; None if it cannot be read.

    Examples
    --------
    >>> parse_detections('[{"brand": "Zephyra"}, {"brand": "X", "score": 0.1}]')
    [Detection(brand='Zephyra', box=None)]
    >>> parse_detections("[[0.4, 0.4, 0.2, 0.1]]")
    [Detection(brand=None, box=(0.4, 0.4, 0.2, 0.1))]
    >>> parse_detections("no list") is None
    True
    """
    if len(text) > _MAX_JSON_LENGTH:
        return None
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(listed, list):
        return None
    found = [_parse_detection(one) for one in listed]
    return [one for one in found if one is not None]


def _parse_detection(one: Any) -> Detection | None:
    if isinstance(one, list):
        box = _parse_box(one)
        return None if box is None else Detection(None, box)
    if not isinstance(one, dict) or not _is_relevant(one):
        return None
    brand = one.get("brand_id") or one.get("brand")
    name = brand if isinstance(brand, str) and brand.strip() else None
    box = _parse_box(one.get("box"))
    return None if name is None and box is None else Detection(name, box)


def _is_relevant(one: dict[str, Any]) -> bool:
    score = one.get("score", 1)
    kind = one.get("kind")
    if isinstance(kind, str) and kind.casefold() in _PRIVATE_KINDS:
        return False
    return not isinstance(score, int | float) or score >= _MIN_SCORE


def _parse_box(numbers: Any) -> Box | None:
    if not isinstance(numbers, list) or len(numbers) != 4:
        return None
    if not all(isinstance(number, int | float) for number in numbers):
        return None
    left, top, width, height = map(float, numbers)
    return (left, top, width, height) if width > 0 and height > 0 else None


def boxes_overlap(one: Box, other: Box) -> bool:
    """Tell whether two boxes share any area.

    Examples
    --------
    >>> boxes_overlap((0, 0, 2, 2), (1, 1, 2, 2)), boxes_overlap((0, 0, 1, 1), (1, 0, 1, 1))
    (True, False)
    """
    return all(
        one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2]
        for i in (0, 1)
    )


_LOGOS, _COVERED = "logo_detections_json", "blur_regions"


@signal("C05")
def logo_present_brand_unlisted(inputs: Inputs) -> Column:
    """C05: 1 if a logo is seen of a brand that the brand field does not name."""
    if not inputs.has("brand_field"):
        return make_missing_column(inputs.n, "column_absent: brand_field")
    logos = read_detections(inputs, _LOGOS)
    if isinstance(logos, str):
        return make_missing_column(inputs.n, logos)
    claimed = inputs.field_brand
    ids = _map_brand_names(inputs)
    some = logos[logos["any"]]
    seen = [
        row
        for row, found in zip(some["row"], some["found"], strict=True)
        for one in found
        if one.brand is not None
        and ids.get(
            one.brand, ids.get(make_brand_key(one.brand), make_brand_key(one.brand))
        )
        != claimed[row]
    ]
    return _make_detection_column(
        inputs.n, logos, np.array(seen, dtype=int), "no_logo_detections"
    )


@signal("C06")
def logo_cover(inputs: Inputs) -> Column:
    """C06: 1 if an image is blurred or covered where its logo is or may be.

    A region counts where it touches a logo's box; on an image on which no logo's box is
    known, anywhere (a logo that is covered well is not found). Faces and number plates
    do not count.
    """
    covers = read_detections(inputs, _COVERED)
    if isinstance(covers, str):
        return make_missing_column(inputs.n, covers)
    logos = read_detections(inputs, _LOGOS)
    boxes: dict[object, list[Detection]] = {}
    if not isinstance(logos, str):
        some = logos[logos["any"]]
        boxes = dict(zip(some["image_id"], some["found"], strict=True))
    some = covers.loc[covers["any"], ["row", "image_id", "found"]]
    hit = [
        row
        for row, image, found in some.itertuples(index=False)
        if _covers_logo(found, boxes.get(image, []))
    ]
    return _make_detection_column(
        inputs.n, covers, np.array(hit, dtype=int), "no_blur_regions"
    )


def _covers_logo(covers: list[Detection], logos: list[Detection]) -> bool:
    places = [one.box for one in logos if one.box is not None]
    regions = [one.box for one in covers if one.box is not None]
    if not places:
        return bool(regions)
    return any(boxes_overlap(place, region) for place in places for region in regions)


@signal("C07")
def logo_only_in_late_images(inputs: Inputs) -> Column:
    """C07: 1 if a logo is seen, but not on the image that is shown first.

    The first of the last version; the only image of a listing is its first.
    """
    logos = read_detections(inputs, _LOGOS)
    if isinstance(logos, str):
        return make_missing_column(inputs.n, logos)
    first = _find_first_images(inputs)
    if isinstance(first, str):
        return make_missing_column(inputs.n, first)
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
    result = make_column(np.where(anywhere & ~on_first, 1.0, 0.0))
    seen_first = np.isin(np.arange(inputs.n), rows[is_first])
    listed = np.isin(np.arange(inputs.n), logos["row"])
    result = result.missing(~listed, "no_images")
    return result.missing(~seen_first, "first_image_not_known")


def _find_first_images(inputs: Inputs) -> NDArray[np.object_] | str:
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


@signal("C08")
def ocr_brand_text_mismatch(inputs: Inputs) -> Column:
    """C08: 1 if the text in an image names a brand that no text field names."""
    for column in ("images.listing_id", "images.ocr_text"):
        if absent := inputs.lacks(column):
            return make_missing_column(inputs.n, absent)
    images = inputs.table("images").reset_index()  # type: ignore[union-attr]
    images = images[["listing_id", "ocr_text"]].assign(row=inputs.image_rows)
    images = images[images["row"] >= 0]
    read = images.dropna(subset="ocr_text")
    read = read.assign(ocr_text=to_text_list(read["ocr_text"]))
    # a listing without a single letter in its images names nothing
    some = read["row"][[bool(text.strip()) for text in read["ocr_text"]]]
    texts = _join_image_texts(inputs, read[read["row"].isin(some)])
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
    return (
        make_column(values).missing(~listed, "no_images").missing(~known, "no_ocr_text")
    )


def _join_image_texts(inputs: Inputs, read: pd.DataFrame) -> pd.DataFrame:
    """Return the texts of each listing's images as titles, its category beside."""
    titles = read.groupby("listing_id")["ocr_text"].agg("\n".join)
    frame = pd.DataFrame({"listing_id": titles.index, "title": titles.to_numpy()})
    if inputs.has("category_path"):
        category = inputs.listings["category_path"].reindex(frame["listing_id"])
        frame["category_path"] = category.to_numpy(dtype=object)
    return frame


def _map_brand_names(inputs: Inputs) -> dict[str, str]:
    """Return ids by id and by folded name."""
    listed = inputs.brands.table
    ids = {
        make_brand_key(name): brand_id
        for brand_id, first, more in listed[["brand_id", "name", "aliases"]].itertuples(
            index=False
        )
        for name in [first, *more]
    }
    return ids | {brand_id: brand_id for brand_id in listed["brand_id"]}


def _make_detection_column(
    n: int, told: pd.DataFrame, hit: NDArray[np.int64], silent: str
) -> Column:
    """Return 1 at hits and 0 at listings of whose images something is known."""
    values = np.zeros(n)
    values[hit] = 1.0
    rows = np.arange(n)
    known = np.isin(rows, told.loc[told["found"].notna(), "row"])
    result = make_column(values).missing(~np.isin(rows, told["row"]), "no_images")
    return result.missing(~known, silent)


_GTIN_LENGTHS = (8, 12, 13, 14)
_ISBN_10 = re.compile(r"^\d{9}[\dXx]$")
_CODE_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015]+")
_CHECK_WEIGHTS = np.array([3, 1] * 7)


@signal("C14")
def packaging_anomaly(inputs: Inputs) -> Column:
    """C14: 1 if the barcode's check digit is wrong, or the code is another brand's.

    A code that the catalogue gives to a brand counts as another's where the listing
    is of a known brand that is not among those.
    """
    if not inputs.has("gtin"):
        return make_missing_column(inputs.n, "column_absent: gtin")
    codes = inputs.listings["gtin"].to_numpy(dtype=object)
    stated, valid, plain = parse_gtins(codes)
    foreign = _mask_other_brand(inputs, plain, stated & valid)
    result = make_column(np.where(~valid | foreign, 1.0, 0.0))
    return result.missing(~stated, inputs.gap("gtin"))


def parse_gtins(
    codes: NDArray[np.object_],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.object_]]:
    """Read GTIN-8, -12, -13, -14 and ISBN-10.

    Returns
    -------
    stated, valid : arrays of bool, shape (n,)
        Whether a code is given ("N/A" and all zeros are none), and can be one.
    plain : array of str, shape (n,)
        The code in fourteen digits, "" unless valid.

    References
    ----------
    GS1 General Specifications, section 7.9: check digit of GS1 data structures.

    Examples
    --------
    >>> codes = np.array(["4006381333931", "4006381333932", "n/a", "0-306-40615-2"])
    >>> stated, valid, plain = parse_gtins(codes)
    >>> stated.tolist(), valid.tolist(), plain[3]
    ([True, True, False, True], [True, False, False, True], '09780306406157')
    """
    texts = [_strip_separators(code) if isinstance(code, str) else "" for code in codes]
    stated = np.array([any(c in "123456789" for c in text) for text in texts], bool)
    padded = [_pad_to_fourteen(text) for text in texts]
    could = np.array([text != "" for text in padded], dtype=bool) & stated
    valid = np.zeros(len(texts), dtype=bool)
    if could.any():
        rows = [text for text, one in zip(padded, could, strict=True) if one]
        digits = np.frombuffer("".join(rows).encode(), np.uint8).reshape(-1, 14) - 48
        valid[could] = (digits[:, :13] @ _CHECK_WEIGHTS[:13] + digits[:, 13]) % 10 == 0
    plain = np.array([t if v else "" for t, v in zip(padded, valid, strict=True)])
    return stated, valid, plain.astype(object)


def _strip_separators(code: str) -> str:
    code = code if code.isascii() else unicodedata.normalize("NFKC", code)
    return _CODE_SEPARATORS.sub("", code)


def _pad_to_fourteen(text: str) -> str:
    """Return fourteen digits, "" if it has no length of a code."""
    if _ISBN_10.match(text) and text.isascii():
        return _convert_isbn(text)
    if not (text.isascii() and text.isdigit() and len(text) in _GTIN_LENGTHS):
        return ""
    return text.zfill(14)


def _convert_isbn(text: str) -> str:
    values = [10 if c in "Xx" else int(c) for c in text]
    if sum(v * w for v, w in zip(values, range(10, 0, -1), strict=True)) % 11:
        return ""
    body = "978" + text[:9]
    total = sum(int(c) * (1, 3)[i % 2] for i, c in enumerate(body))
    return f"0{body}{-total % 10}"


def _mask_other_brand(
    inputs: Inputs, plain: NDArray[np.object_], usable: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    foreign = np.zeros(inputs.n, dtype=bool)
    catalogue = inputs.table("brand_catalogue")
    if catalogue is None or not {"gtin", "brand_id"} <= set(catalogue.columns):
        return foreign
    _, valid, codes = parse_gtins(catalogue["gtin"].to_numpy(dtype=object))
    official = pd.DataFrame({"code": codes, "brand": catalogue["brand_id"].to_numpy()})
    owners = official[valid].dropna().groupby("code")["brand"].agg(set)
    known = set(inputs.brands.table["brand_id"])
    of = owners.to_dict()
    for row in np.flatnonzero(usable & pd.Series(plain).isin(owners.index).to_numpy()):
        brand = inputs.brand[row]
        foreign[row] = brand in known and brand not in of[plain[row]]
    return foreign
