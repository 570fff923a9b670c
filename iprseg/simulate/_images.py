"""Images as synthetic perceptual hashes: shared, stolen and transformed ones agree."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from iprseg.simulate._arrow import hex_text, ids, join, take, where
from iprseg.simulate._plan import Plan
from iprseg.simulate._random import Bools, Ints, Words, mix64, mix_uniform
from iprseg.simulate._wording import evading
from iprseg.simulate._world import World

_OWN, _STOCK, CATALOGUE, _NETWORK = 1, 2, 3, 4
_VIEWS = 3
_STOCK_PHOTOS = 400  # per category, from the suppliers of many ordinary sellers
_SIZES = (800, 1000, 1200, 1600)


@dataclass(frozen=True)
class Photos:
    """Arrays by listing: whose photographs, and what was done to them."""

    kind: Ints
    key: Ints
    stolen: Bools
    transformed: Bools
    covered: Bools


def choose_photos(world: World, plan: Plan) -> Photos:
    """Decide the origin of every listing's photographs."""
    u = world.stream("images", plan.batch).random((len(plan), 3))
    style = np.array(world.column("photo"))[plan.manner]
    dark = plan.violative
    own = owns_photo(world, plan.photo_key)
    kind = np.where(own, _OWN, _STOCK)
    stock = plan.goods.category * _STOCK_PHOTOS + (u[:, 0] * _STOCK_PHOTOS).astype(int)
    key = np.where(own, plan.photo_key, stock)
    official = (style == "catalogue") | ((style == "stolen") & (u[:, 1] < 0.6))
    official &= plan.goods.product >= 0
    kind = np.where(official, CATALOGUE, kind)
    key = np.where(official, plan.goods.product, key)
    operator = np.where(
        world.network[plan.seller] >= 0,
        world.network[plan.seller],
        1_000_000 + plan.seller,
    )
    pooled = dark & (style == "network")
    kind = np.where(pooled, _NETWORK, kind)
    key = np.where(pooled, operator * 1000 + np.maximum(plan.goods.product, 0), key)
    theft = dark & (style == "theft")
    kind = np.where(theft, _OWN, kind)
    key = np.where(theft, _victims(world, plan), key)
    rates = world.constants.rates["evasion"]
    turned = evading(world, plan) & (
        u[:, 2] < rates["image_transformed"][world.evasion]
    )
    covered = evading(world, plan) & (u[:, 1] < rates["logo_covered"][world.evasion])
    return Photos(kind, key, theft, turned, covered)


def owns_photo(world: World, listing: Ints) -> Bools:
    """Tell which listings show the seller's own photographs (a pure function)."""
    return mix_uniform(listing, 81) < world.constants.rate("own_photo")


def _victims(world: World, plan: Plan) -> Ints:
    """Choose an ordinary seller's listing that shows his own photographs."""
    ordinary = np.flatnonzero(world.cohort == 0)
    if not len(ordinary):
        return plan.photo_key
    victim = np.full(len(plan), -1, np.int64)
    for attempt in range(12):  # all fail once in 15,000
        seller = ordinary[
            (mix_uniform(plan.index, 840 + attempt) * len(ordinary)).astype(int)
        ]
        which = (mix_uniform(plan.index, 820 + attempt) * world.size[seller]).astype(
            int
        )
        found = world.first[seller] + which
        victim = np.where((victim < 0) & owns_photo(world, found), found, victim)
    return np.where(victim < 0, plan.photo_key, victim)


def pdq_words(kind: Ints, key: Ints, view: Ints) -> Words:
    """256 bits per photograph, the same for the same photograph."""
    seed = (kind * 4_000_000_000 + key) * _VIEWS + view
    return np.stack([mix64(seed, 83 + part) for part in range(4)], axis=1)


def image_table(world: World, plan: Plan, photos: Photos) -> pa.Table:
    """Make ``images``: one to three for each listing."""
    count = 1 + (mix_uniform(plan.index, 87) * 2.2).astype(np.int64)
    row = np.repeat(np.arange(len(plan)), count)
    view = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    number = plan.index[row] * _VIEWS + view
    pdq = pdq_words(photos.kind[row], photos.key[row], view)
    pdq ^= _noise(number, photos.transformed[row])
    width = np.array(_SIZES)[(mix_uniform(number, 88) * 4).astype(np.int64)]
    marked = plan.goods.own_mark[row] & (plan.goods.brand[row] >= 0)
    covered = photos.covered[row]
    late = (view > 0) & (view == count[row] - 1)
    seen = marked & (~covered | late) & (mix_uniform(number, 89) < 0.7)
    brand = take([b["name"] for b in world.constants.brands], plan.goods.brand[row])
    quality = (60 + 41 * mix_uniform(number, 90)).astype(np.int64)
    blurred = covered & marked & ~late
    device = plan.seller[row] * 10 + (mix_uniform(number, 91) * 2).astype(np.int64)
    return pa.table(
        {
            "image_id": ids("I", number, 9),
            "listing_id": ids("L", plan.index[row]),
            "seller_id": ids("S", plan.seller[row], 6),
            "pdq_hex": hex_text(pdq),
            "pdq_quality": pa.array(quality),
            "phash": hex_text(pdq[:, :1]),
            "embed_ref": pa.nulls(len(row), pa.string()),
            "ocr_text": where(seen & (mix_uniform(number, 92) < 0.5), brand, ""),
            "logo_detections_json": where(
                seen, join('[{"brand": "', brand, '", "score": 0.9}]'), "[]"
            ),
            "blur_regions": where(blurred, "[[0.4, 0.4, 0.2, 0.1]]", "[]"),
            "width": pa.array(width),
            "height": pa.array(width),
            "exif": join("SimCam ", ids("", device, 7)),
        }
    )


def _noise(number: Ints, transformed: Bools) -> Words:
    """Flip about 8 of 256 bits as re-encoding does, or half of them when mirrored."""
    parts = []
    for part in range(4):
        bits = mix64(number, 500 + part)
        few = bits
        for salt in range(4):
            few = few & mix64(number, 510 + 10 * part + salt)
        parts.append(np.where(transformed, bits, few))
    return np.stack(parts, axis=1)
