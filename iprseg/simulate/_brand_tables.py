"""Brands, their registrations, official products, and who may sell them."""

from datetime import datetime

import numpy as np
import pyarrow as pa

from iprseg.simulate._arrow import TIMESTAMP, hex_text, ids, join, take, times, where
from iprseg.simulate._goods import brands_of_seller, eligible_brands, n_dealt
from iprseg.simulate._identity import forged_papers
from iprseg.simulate._images import CATALOGUE, pdq_words
from iprseg.simulate._prices import official_usd
from iprseg.simulate._random import Bools, Ints, mix_uniform
from iprseg.simulate._world import DAY, NOW, World

_UNREGISTERED = 0.06  # of brand × market pairs: the right exists elsewhere only
_EXPIRED = 0.03
_MANY = 8  # authorisations per seller at most


def brand_tables(world: World) -> dict[str, pa.Table]:
    """Make ``brands``, ``marks`` and ``brand_catalogue``."""
    return {
        "brands": _brands(world),
        "marks": _marks(world),
        "brand_catalogue": _catalogue(world),
    }


def _brands(world: World) -> pa.Table:
    brands = world.constants.brands
    lines = [
        ";".join(line for of in b["lines"].values() for line in of) for b in brands
    ]
    return pa.table(
        {
            "brand_id": ids("B", np.arange(len(brands)), 4),
            "name": pa.array([b["name"] for b in brands]),
            "aliases": pa.array(
                [
                    ";".join([b["abbr"], *dict.fromkeys(b["local"].values())])
                    for b in brands
                ]
            ),
            "lines": pa.array(lines),
            "source": pa.repeat("simulated register", len(brands)),
        }
    )


def registered(world: World) -> Bools:
    """Tell by brand × market whether the mark is registered and in force there."""
    n_markets = len(world.constants.markets)
    pair = np.arange(len(world.constants.brands) * n_markets)
    there = mix_uniform(pair, 301) >= _UNREGISTERED + _EXPIRED
    return there.reshape(-1, n_markets)


def _marks(world: World) -> pa.Table:
    brands, markets = world.constants.brands, world.constants.markets
    classes = {c["category"]: c["nice_class"] for c in world.constants.categories}
    nice = [";".join(dict.fromkeys(classes[c] for c in b["lines"])) for b in brands]
    pair = np.arange(len(brands) * len(markets))
    u = mix_uniform(pair, 301)
    pair = pair[u >= _UNREGISTERED]
    expired = u[pair] < _UNREGISTERED + _EXPIRED
    brand, market = pair // len(markets), pair % len(markets)
    years = np.where(expired, -1, 1 + 8 * mix_uniform(pair, 302)) * 365 * DAY
    code = take([m["market"] for m in markets], market)
    return pa.table(
        {
            "brand_id": ids("B", brand, 4),
            "mark_text": take([b["name"] for b in brands], brand),
            "reg_no": ids("SIM-TM-", pair, 6),
            "office": join("SIM-", code),
            "jurisdiction": code,
            "nice_classes": take(nice, brand),
            "status": where(expired, "expired", "registered"),
            "valid_to": times(NOW + years.astype(np.int64)),
        }
    )


def product_gtin(product: Ints) -> pa.Array:
    """EAN-13 codes of prefix 29, which is reserved for use inside a shop."""
    body = 290_000_000_000 + product.astype(np.int64) * 7_919 % 9_000_000
    return gtin(body)


def gtin(body: Ints, wrong: Bools | None = None) -> pa.Array:
    """Add the check digit to 12 digits; a wrong one where asked."""
    digits = body[:, None] // 10 ** np.arange(11, -1, -1) % 10
    check = -(digits * np.tile([1, 3], 6)).sum(axis=1) % 10
    if wrong is not None:
        check = np.where(wrong, (check + 3) % 10, check)
    return ids("", body * 10 + check, 13)


def size_runs(world: World) -> list[str]:
    """Sizes offered, by category."""
    sizes = world.constants.words_any["sizes"]
    return [";".join(sizes.get(c["size"], [])) for c in world.constants.categories]


def _catalogue(world: World) -> pa.Table:
    products, constants = world.vocabulary.products, world.constants
    number = np.arange(len(products["line"]))
    colors = [
        ";".join(constants.words["en"]["color"][:4]) if c["colored"] == "1" else ""
        for c in constants.categories
    ]
    launch = NOW - ((200 + 2000 * mix_uniform(number, 303)) * DAY).astype(np.int64)
    return pa.table(
        {
            "brand_id": ids("B", products["brand"], 4),
            "gtin": product_gtin(number),
            "model_name": pa.array(products["line"]),
            "msrp": pa.array(official_usd(world, number)),
            "currency": pa.repeat("USD", len(number)),
            "colourways": take(colors, products["category"]),
            "size_range": take(size_runs(world), products["category"]),
            "launch_date": times(launch),
            "image_ids": join(ids("K", number * 3), ";", ids("K", number * 3 + 1)),
        }
    )


def catalogue_images(world: World) -> pa.Table:
    """Make the official photographs, rows of ``images`` that no listing holds."""
    number = np.repeat(np.arange(len(world.vocabulary.products["line"])), 2)
    view = np.arange(len(number)) % 2
    pdq = pdq_words(np.full(len(number), CATALOGUE), number, view)
    nothing = pa.nulls(len(number), pa.string())
    return pa.table(
        {
            "image_id": ids("K", number * 3 + view),
            "listing_id": nothing,
            "seller_id": nothing,
            "pdq_hex": hex_text(pdq),
            "pdq_quality": pa.array(np.full(len(number), 100)),
            "phash": hex_text(pdq[:, :1]),
            "embed_ref": nothing,
            "ocr_text": pa.repeat("", len(number)),
            "logo_detections_json": pa.repeat("[]", len(number)),
            "blur_regions": pa.repeat("[]", len(number)),
            "width": pa.array(np.full(len(number), 1600)),
            "height": pa.array(np.full(len(number), 1600)),
            "exif": nothing,
        }
    )


def authorisation_table(world: World, sellers: Ints) -> pa.Table:
    """Make ``authorisations``: real ones, and forged ones that failed the check."""
    parts = [_forged(world, sellers)]
    for i, spec in enumerate(world.constants.cohorts):
        if spec["template"] in ("dealer", "official"):
            mine = sellers[world.cohort[sellers] == i]
            seller = np.repeat(mine, n_dealt(mine, spec["template"]))
            which = np.arange(len(seller)) - np.searchsorted(seller, seller)
            brands = eligible_brands(world, i)
            brand = brands[brands_of_seller(seller, which, len(brands))]
            paper = "registration" if spec["template"] == "official" else "LoA"
            parts.append(_authorisations(world, seller, which, brand, paper, True))
    return pa.concat_tables(parts)


def _forged(world: World, sellers: Ints) -> pa.Table:
    mine = sellers[forged_papers(world, sellers)]
    brand = (mix_uniform(mine, 304) * len(world.constants.brands)).astype(np.int64)
    return _authorisations(world, mine, np.zeros_like(mine), brand, "LoA", False)


def authorisation_id(seller: Ints, which: Ints) -> pa.Array:
    """Give the id of a seller's authorisation number ``which``."""
    return ids("U", seller * _MANY + which, 8)


def _authorisations(
    world: World, seller: Ints, which: Ints, brand: Ints, paper: str, verified: bool
) -> pa.Table:
    start = world.created[seller] + DAY
    markets = [m["market"] for m in world.constants.markets]
    n = len(seller)
    end = pa.scalar(datetime(2027, 6, 30), TIMESTAMP)
    return pa.table(
        {
            "authorisation_id": authorisation_id(seller, which),
            "seller_id": ids("S", seller, 6),
            "brand_id": ids("B", brand, 4),
            "doc_type": pa.repeat(paper, n),
            "scope_markets": take(markets, world.market[seller]),
            "valid_from": times(start),
            "valid_to": pa.repeat(end, n),
            "verified": pa.repeat(verified, n),
            "verifier": pa.repeat("desk", n),
        }
    )
