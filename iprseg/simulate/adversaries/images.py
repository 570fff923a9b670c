"""Pictures edited (AD09) or with the logo hidden (AD02), and how they are drawn."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from iprseg.errors import import_optional
from iprseg.simulate.adversaries.draft import Draft
from iprseg.validation import check_option

_SIDE = 256
_PURPOSE = "draw and hash the pictures of AD09"


def _draw_picture(rng: np.random.Generator) -> Any:
    """Draw a picture: a room in two colours, a thing of a few shapes, light and grain.

    Returns
    -------
    PIL.Image.Image
        RGB, 256 pixels square.
    """
    pillow = import_optional("PIL.Image", "image", _PURPOSE)
    draw = import_optional("PIL.ImageDraw", "image", _PURPOSE)
    blur = import_optional("PIL.ImageFilter", "image", _PURPOSE)
    high, low = rng.integers(60, 256, (2, 3))
    slope = np.linspace(0, 1, _SIDE)[:, None, None]
    lean = np.linspace(0, rng.uniform(-0.6, 0.6), _SIDE)[None, :, None]
    room = np.clip(high + (low - high) * slope + 80 * lean, 0, 255)
    image = pillow.fromarray(np.broadcast_to(room, (_SIDE, _SIDE, 3)).astype(np.uint8))
    pen = draw.Draw(image)
    for _ in range(int(rng.integers(9, 16))):
        x, y = rng.uniform(0, 0.75, 2) * _SIDE
        w, h = rng.uniform(0.08, 0.5, 2) * _SIDE
        color = tuple(int(c) for c in rng.integers(0, 256, 3))
        shape = [pen.rectangle, pen.ellipse, _make_triangle_pen(pen)][rng.integers(3)]
        shape((x, y, x + w, y + h), fill=color)
    image = image.filter(blur.GaussianBlur(float(rng.uniform(0.4, 1.2))))
    grain = rng.normal(0, 5, (_SIDE, _SIDE, 3))
    pixels = np.clip(np.asarray(image, float) + grain, 0, 255).astype(np.uint8)
    return pillow.fromarray(pixels)


def _make_triangle_pen(pen: Any) -> Callable[..., None]:
    def fill(box: tuple[float, ...], fill: tuple[int, ...]) -> None:
        """Draw half of a box, below its diagonal."""
        left, top, right, bottom = box
        pen.polygon([(left, bottom), (right, bottom), (left, top)], fill=fill)

    return fill


def _hash_picture(image: Any) -> tuple[str, int]:
    """Give the PDQ hash of a picture, 64 hexadecimal digits, and its quality."""
    pdqhash = import_optional("pdqhash", "image", _PURPOSE)
    bits, quality = pdqhash.compute(np.asarray(image.convert("RGB"), np.uint8))
    return np.packbits(np.asarray(bits, np.uint8)).tobytes().hex(), int(quality)


def _edit_picture(image: Any, kind: str) -> Any:
    """Do to a picture what a thief does; ``kind`` is one of ``_EDITS``."""
    return _EDITS[kind](image)


def _make_turn(name: str) -> Callable[[Any], Any]:
    def make(image: Any) -> Any:
        """Turn or mirror a picture."""
        pillow = import_optional("PIL.Image", "image", _PURPOSE)
        return image.transpose(getattr(pillow.Transpose, name))

    return make


def _make_crop(share: float) -> Callable[[Any], Any]:
    def make(image: Any) -> Any:
        """Cut a share of the width and the height off, half on each side."""
        cut = share / 2 * _SIDE
        box = (round(cut), round(cut), round(_SIDE - cut), round(_SIDE - cut))
        return image.crop(box).resize((_SIDE, _SIDE))

    return make


def _make_level_change(
    change: Callable[[np.ndarray], np.ndarray],
) -> Callable[[Any], Any]:
    """Change the values of all points, an array of floats of shape (h, w, 3)."""

    def make(image: Any) -> Any:
        """Change the points of a picture."""
        pillow = import_optional("PIL.Image", "image", _PURPOSE)
        pixels = change(np.asarray(image, float))
        return pillow.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))

    return make


def _make_resave(quality: int) -> Callable[[Any], Any]:
    def make(image: Any) -> Any:
        """Save a picture as JPEG and open it again."""
        from io import BytesIO

        pillow = import_optional("PIL.Image", "image", _PURPOSE)
        store = BytesIO()
        image.save(store, "JPEG", quality=quality)
        store.seek(0)
        return pillow.open(store).convert("RGB")

    return make


def _make_sticker(left: float, side: float) -> Callable[[Any], Any]:
    """Put a round sticker on, ``side`` of the width across."""

    def make(image: Any) -> Any:
        """Put the sticker on a copy."""
        draw = import_optional("PIL.ImageDraw", "image", _PURPOSE)
        image = image.copy()
        box = (left * _SIDE, 0.1 * _SIDE, (left + side) * _SIDE, (0.1 + side) * _SIDE)
        draw.Draw(image).ellipse(box, fill=(250, 200, 20))
        return image

    return make


def _tilt_picture(image: Any) -> Any:
    return image.rotate(3, fillcolor=(255, 255, 255))


def _render_anew(image: Any) -> Any:
    """Stand in for a picture made anew: flat colours, soft edges, other light.

    A generative model is not at hand here; the real thing moves shapes as well.
    """
    flat = image.quantize(12).convert("RGB").resize((96, 96)).resize((_SIDE, _SIDE))
    return _make_level_change(lambda p: 255 * (p / 255) ** 0.7)(flat)


_EDITS: dict[str, Callable[[Any], Any]] = {
    "mirror": _make_turn("FLIP_LEFT_RIGHT"),
    "upside_down": _make_turn("FLIP_TOP_BOTTOM"),
    "rotate_90": _make_turn("ROTATE_90"),
    "rotate_180": _make_turn("ROTATE_180"),
    "rotate_270": _make_turn("ROTATE_270"),
    "crop_2": _make_crop(0.02),
    "crop_5": _make_crop(0.05),
    "crop_10": _make_crop(0.10),
    "crop_20": _make_crop(0.20),
    "tilt_3": _tilt_picture,
    "recolour": _make_level_change(lambda p: p[..., [1, 2, 0]]),
    "grey": _make_level_change(
        lambda p: np.repeat(p.mean(axis=2, keepdims=True), 3, axis=2)
    ),
    "brighter": _make_level_change(lambda p: p * 1.35),
    "negative": _make_level_change(lambda p: 255 - p),
    "save_q30": _make_resave(30),
    "sticker_small": _make_sticker(0.7, 0.15),
    "sticker_large": _make_sticker(0.3, 0.4),
    "render_anew": _render_anew,
}


def plant_image_edits(
    draft: Draft, share: float, kinds: Sequence[str] = tuple(_EDITS)
) -> None:
    """Let violative listings show an edit of an earlier listing's photograph.

    The pair is the later image and the earlier one, of another seller. Both get the
    PDQ hash of a real picture, drawn here, before and after the edit; the pictures
    themselves are kept nowhere. Needs the extra ``image``.
    """
    for kind in kinds:
        check_option("AD09 kinds", kind, tuple(_EDITS), "add_adversaries")
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
        picture = _draw_picture(draft.rng)
        before, after = (
            _hash_picture(picture),
            _hash_picture(_edit_picture(picture, kind)),
        )
        made.append((first[listing], *after, kind, first[victim], *before))
    _write_hashes(draft, pd.DataFrame(made, columns=_EDIT_COLUMNS))


_EDIT_COLUMNS = [
    "image",
    "hash",
    "quality",
    "kind",
    "source",
    "source_hash",
    "source_q",
]


def _write_hashes(draft: Draft, made: pd.DataFrame) -> None:
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


_HIDING_VARIANTS = ("covered", "covered_in_part", "late_image", "cropped")
_NO_DETECTIONS = "[]"
_DETECTION_COLUMNS = ["logo_detections_json", "blur_regions"]


def plant_logo_hiding(draft: Draft, share: float) -> None:
    """Hide the logo on the pictures of listings on which a detector saw one.

    What a detector and a finder of covered regions would report is written, since the
    toolkit takes both as columns: ``covered`` (a region, no logo seen any more),
    ``covered_in_part`` (a region over a logo still seen), ``late_image`` (seen on the
    last image alone; the order is in ``listing_versions``), ``cropped`` (cut off:
    neither is seen).
    """
    images = draft.table("images")
    shown = images[images["listing_id"].notna()]
    marked = shown[
        shown["logo_detections_json"].fillna(_NO_DETECTIONS) != _NO_DETECTIONS
    ]
    chosen = draft.choose(
        marked["listing_id"].unique(), share, "listing", "listing with a logo seen"
    )
    variant = pd.Series(draft.pick(_HIDING_VARIANTS, len(chosen)), index=chosen)
    pictures = shown["listing_id"].value_counts()
    # a single picture cannot be a late one
    alone = (pictures.reindex(chosen) < 2) & (variant == "late_image")
    variant[alone] = "covered"
    rows = shown[shown["listing_id"].isin(chosen)].sort_values("image_id")
    changes: list[tuple[str, str, str]] = []
    for listing, group in rows.groupby("listing_id", sort=True):
        changes += _hide_logos(group, str(variant[listing]), draft)
    frame = pd.DataFrame(changes, columns=["image_id", *_DETECTION_COLUMNS])
    draft.put("images", "image_id", frame.set_index("image_id"))
    late = sorted(variant.index[variant == "late_image"])
    _record_image_order(draft, late, rows)
    draft.note(variant.to_list(), "listing", chosen)


def _record_image_order(draft: Draft, late: list[str], images: pd.DataFrame) -> None:
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


def _hide_logos(
    images: pd.DataFrame, variant: str, draft: Draft
) -> list[tuple[str, str, str]]:
    """Say what would be seen on each image of one listing: id, logos, regions."""
    ids, seen, regions = (images[c].tolist() for c in ("image_id", *_DETECTION_COLUMNS))
    marked = [one != _NO_DETECTIONS for one in seen]
    logo = seen[marked.index(True)]
    if variant == "late_image":
        seen = [_NO_DETECTIONS] * (len(ids) - 1) + [logo]
        return list(zip(ids, seen, regions, strict=True))
    x, y = draft.rng.uniform(0.2, 0.6, 2).round(3).tolist()
    box = [x, y, 0.2, 0.1]
    part = json.dumps([{**json.loads(logo)[0], "score": 0.55, "box": box}])
    left = part if variant == "covered_in_part" else _NO_DETECTIONS
    cover = _NO_DETECTIONS if variant == "cropped" else json.dumps([box])
    return [
        (one, left, cover) if had else (one, old, region)
        for one, had, old, region in zip(ids, marked, seen, regions, strict=True)
    ]
