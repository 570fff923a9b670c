"""Listings, versions and sellers as tables, and the brands that they claim.

A brand has registrations, official products with photographs, and shops that may
sell them.
"""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from iprseg.simulate.arrays import (
    TIMESTAMP,
    Bools,
    Floats,
    Ints,
    format_hex,
    format_ids,
    hash_to_bits,
    hash_to_uniform,
    if_else,
    join_text,
    look_up_words,
    to_timestamps,
)
from iprseg.simulate.content import (
    CATALOGUE_PHOTO,
    Wording,
    make_pdq_bits,
    write_brand_fields,
    write_descriptions,
    write_titles,
)
from iprseg.simulate.enforcement import Enforcement, find_stopped_sellers
from iprseg.simulate.plan import (
    Plan,
    Prices,
    compute_official_usd,
    count_brands_dealt,
    find_eligible_brands,
    flag_evading,
    locate_seller_brands,
)
from iprseg.simulate.world import DAY, NOW, World, flag_forged_papers

_MINUTE = DAY // 1440
# a brand field given honestly is hidden this much less often by those who evade
_HONEST_FIELD_DISCOUNT = 0.45


def _flag_hidden_brand_fields(world: World, plan: Plan) -> Bools:
    """Tell which brand fields are empty or a decoy on purpose."""
    field = np.array(world.column("brand_field"))[plan.manner]
    chance = world.constants.rates["evasion"]["brand_field_hidden"][world.evasion]
    share = np.where(field == "honest", chance - _HONEST_FIELD_DISCOUNT, chance)
    share = np.where(np.isin(field, ("hidden", "honest")), share, 0.0)
    return flag_evading(world, plan) & (hash_to_uniform(plan.index, 311) < share)


def make_listing_table(
    world: World, plan: Plan, wording: Wording, prices: Prices, done: Enforcement
) -> pa.Table:
    """Make ``listings``."""
    constants, n = world.constants, len(plan)
    hidden, u = _flag_hidden_brand_fields(world, plan), hash_to_uniform(plan.index, 312)
    title = write_titles(world, plan, wording, plan.goods.template)
    removed = done.removed
    used = np.array(world.column("condition", "new"))[plan.manner]
    markets = constants.markets
    return pa.table(
        {
            "listing_id": format_ids("L", plan.index),
            "seller_id": format_ids("S", plan.seller, 6),
            "market": look_up_words([m["market"] for m in markets], plan.market),
            "lang": look_up_words(constants.langs, plan.lang),
            "title": title,
            "description": write_descriptions(world, plan, wording),
            "brand_field": write_brand_fields(world, plan, hidden, u),
            "category_path": look_up_words(
                [c["path"] for c in constants.categories], plan.goods.category
            ),
            "gtin": _choose_gtins(plan, u),
            "price": pa.array(prices.price),
            "currency": look_up_words([m["currency"] for m in markets], plan.market),
            "list_price": pa.array(prices.list_price, from_pandas=True),
            "stock_qty": pa.array(_draw_stock(world, plan)),
            "min_order_qty": pa.array(
                np.where(flag_evading(world, plan) & (u > 0.9), 5, 1)
            ),
            "variants_json": _write_variants(world, plan, prices),
            "size_values": look_up_words(_list_size_runs(world), plan.goods.category),
            "condition": pa.array(used),
            "ship_from_country": _choose_ship_from(world, plan),
            "warehouse_id": format_ids("W", plan.seller % 997, 4),
            "authorisation_id": _find_claimed_authorisations(world, plan),
            "created_at": to_timestamps(plan.created),
            "first_live_at": to_timestamps(
                plan.created + ((5 + 400 * u) * _MINUTE).astype(int)
            ),
            "removed_at": to_timestamps(removed, removed == 0),
            "status": if_else(
                removed > 0, "removed", if_else(u > 0.97, "paused", "live")
            ),
            "snapshot_hash": format_hex(hash_to_bits(plan.index, 313).reshape(n, 1)),
        }
    )


def _choose_gtins(plan: Plan, u: Floats) -> pa.Array:
    """Official codes on genuine goods; fakes copy, break or leave them out."""
    official = plan.goods.own_mark & (u < np.where(plan.violative, 0.4, 0.8))
    own = (plan.goods.product < 0) & (u < 0.3)
    broken = plan.goods.own_mark & plan.violative & (u > 0.8)
    made_up = make_gtins(
        200_000_000_000 + plan.seller * 1000 + plan.index % 1000, broken
    )
    text = if_else(own | broken, made_up, None)
    return if_else(
        official, _make_product_gtins(np.maximum(plan.goods.product, 0)), text
    )


def _draw_stock(world: World, plan: Plan) -> Ints:
    plenty = flag_evading(world, plan) & (hash_to_uniform(plan.index, 314) < 0.5)
    usual = np.exp(1 + 4 * hash_to_uniform(plan.index, 315)).astype(np.int64)
    return np.where(plenty, 999, np.minimum(usual, 1 + 8 * (plan.manner != 4) * usual))


def flag_decoy_links(world: World, plan: Plan, prices: Prices) -> Bools:
    """Tell listings whose cheap variant hides the one that is sold."""
    chance = world.constants.rate("decoy_link")
    tempted = flag_evading(world, plan) & (hash_to_uniform(plan.index, 316) < chance)
    return tempted & ~prices.camouflaged


def _write_variants(world: World, plan: Plan, prices: Prices) -> pa.Array:
    bait = flag_decoy_links(world, plan, prices)
    plain = hash_to_uniform(plan.index, 317) < 0.3
    price = pa.array(prices.price)
    other = pa.array(np.round(prices.price * np.where(bait, 0.05, 1.0), 2))
    text = join_text(
        '[{"name": "A", "price": ', pc.cast(price, pa.string()),
        '}, {"name": "B", "price": ', pc.cast(other, pa.string()), "}]",
    )  # fmt: skip
    return if_else(bait | plain, text, None)


def _choose_ship_from(world: World, plan: Plan) -> pa.Array:
    """Most ship from home; some cohorts, and some honest sellers, from abroad."""
    places = [m["ship_from"].split("|") for m in world.constants.markets]
    flat = [place for row in places for place in row]
    chance = np.where(world.flags("abroad")[plan.manner] & plan.violative, 0.6, 0.12)
    u = hash_to_uniform(plan.seller, 318)
    which = np.where(u < chance, 1, np.where(u > 0.95, 2, 0))
    return look_up_words(flat, plan.market * 3 + which)


def _find_claimed_authorisations(world: World, plan: Plan) -> pa.Array:
    """Give the authorisation of the listing's brand, where the seller has one."""
    number = np.full(len(plan), -1, np.int64)
    for i, spec in enumerate(world.constants.cohorts):
        if spec["template"] not in ("dealer", "official"):
            continue
        brands = find_eligible_brands(world, i)
        for which in range(4):
            dealt = count_brands_dealt(plan.seller, spec["template"]) > which
            brand = brands[
                locate_seller_brands(plan.seller, np.array(which), len(brands))
            ]
            found = (plan.cohort == i) & dealt & (plan.goods.brand == brand)
            number[found & (number < 0)] = which
    return if_else(number >= 0, _format_authorisation_ids(plan.seller, number), None)


def make_version_table(
    world: World, plan: Plan, wording: Wording, listings: pa.Table
) -> tuple[pa.Table, Bools]:
    """Make ``listing_versions`` of edited listings; tell which were bait and switch."""
    u = world.stream("versions", plan.batch).random((len(plan), 3))
    bait = flag_evading(world, plan) & (
        u[:, 0] < world.constants.rate("bait_and_switch")
    )
    edited = bait | (u[:, 1] < 0.03)
    when = plan.created + ((0.2 + 1.6 * u[:, 2]) * DAY).astype(np.int64)
    edited &= when < NOW
    bait &= edited
    ordinary = list(world.vocabulary.template_group).index("ordinary")
    template = np.where(bait, ordinary, plan.goods.template)
    # before the switch the title named goods of the seller's own label
    before = listings.set_column(
        listings.column_names.index("title"),
        "title",
        if_else(bait, write_titles(world, plan, wording, template), listings["title"]),
    )
    images = join_text(format_ids("I", plan.index * 3, 9))
    parts = [
        _make_version_rows(before, 1, plan.created, when, images, edited),
        _make_version_rows(listings, 2, when, np.zeros_like(when), images, edited),
    ]
    table = pa.concat_tables(parts)
    keys = [("listing_id", "ascending"), ("version", "ascending")]
    return table.sort_by(keys), bait


def _make_version_rows(
    source: pa.Table,
    number: int,
    since: Ints,
    until: Ints,
    images: pa.Array,
    kept: Bools,
) -> pa.Table:
    factor = 1.1 if number == 1 else 1.0
    price = pc.round(pc.multiply(source["price"], factor), 2)
    table = pa.table(
        {
            "listing_id": source["listing_id"],
            "version": pa.array(np.full(source.num_rows, number)),
            "valid_from": to_timestamps(since),
            "valid_to": to_timestamps(until, until == 0),
            "title": source["title"],
            "description": source["description"],
            "brand_field": source["brand_field"],
            "price": price,
            "image_ids": images,
        }
    )
    return table.filter(pa.array(kept))


def make_seller_table(world: World, plan: Plan, done: Enforcement) -> pa.Table:
    """Make ``sellers`` of one batch."""
    low, high = world.batches[plan.batch]
    seller = np.arange(low, high)
    first = np.full(len(seller), NOW)
    np.minimum.at(first, plan.seller - low, plan.created)
    stopped, ended = find_stopped_sellers(world, plan, done)
    state = np.full(len(seller), "active", dtype="<U10")
    state[stopped - low] = np.where(ended, "terminated", "suspended")
    markets = [m["market"] for m in world.constants.markets]
    private = hash_to_uniform(seller, 321) < np.where(world.size[seller] < 5, 0.4, 0.05)
    level = (1 + hash_to_uniform(seller, 322) * 3).astype(np.int64)
    return pa.table(
        {
            "seller_id": format_ids("S", seller, 6),
            "market": look_up_words(markets, world.market[seller]),
            "account_type": if_else(private, "PRIVATE", "BUSINESS"),
            "created_at": to_timestamps(world.created[seller]),
            "first_listing_at": to_timestamps(first, first == NOW),
            "kyc_level": format_ids("KYC", level, 1),
            "country": look_up_words(markets, world.market[seller]),
            "status": pa.array(state),
            "brand_authorisations": _list_authorised_brands(world, seller),
        }
    )


def _list_authorised_brands(world: World, seller: Ints) -> pa.Array:
    papers = make_authorisation_table(world, seller)
    papers = papers.filter(papers["verified"])
    joined: dict[str, list[str]] = {}
    for who, brand in zip(
        papers["seller_id"].to_pylist(), papers["brand_id"].to_pylist(), strict=True
    ):
        joined.setdefault(who, []).append(brand)
    names = format_ids("S", seller, 6).to_pylist()
    return pa.array([";".join(joined.get(name, [])) for name in names])


_UNREGISTERED_SHARE = 0.06  # of brand × market pairs: the right exists elsewhere only
_EXPIRED_SHARE = 0.03
_MAX_AUTHORISATIONS = 8  # authorisations per seller at most


def make_brand_tables(world: World) -> dict[str, pa.Table]:
    """Make ``brands``, ``marks`` and ``brand_catalogue``."""
    return {
        "brands": _make_brands(world),
        "marks": _make_marks(world),
        "brand_catalogue": _make_brand_catalogue(world),
    }


def _make_brands(world: World) -> pa.Table:
    brands = world.constants.brands
    lines = [
        ";".join(line for of in b["lines"].values() for line in of) for b in brands
    ]
    return pa.table(
        {
            "brand_id": format_ids("B", np.arange(len(brands)), 4),
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


def flag_registered(world: World) -> Bools:
    """Tell by brand × market whether the mark is registered and in force there."""
    n_markets = len(world.constants.markets)
    pair = np.arange(len(world.constants.brands) * n_markets)
    there = hash_to_uniform(pair, 301) >= _UNREGISTERED_SHARE + _EXPIRED_SHARE
    return there.reshape(-1, n_markets)


def _make_marks(world: World) -> pa.Table:
    brands, markets = world.constants.brands, world.constants.markets
    classes = {c["category"]: c["nice_class"] for c in world.constants.categories}
    nice = [";".join(dict.fromkeys(classes[c] for c in b["lines"])) for b in brands]
    pair = np.arange(len(brands) * len(markets))
    u = hash_to_uniform(pair, 301)
    pair = pair[u >= _UNREGISTERED_SHARE]
    expired = u[pair] < _UNREGISTERED_SHARE + _EXPIRED_SHARE
    brand, market = pair // len(markets), pair % len(markets)
    years = np.where(expired, -1, 1 + 8 * hash_to_uniform(pair, 302)) * 365 * DAY
    code = look_up_words([m["market"] for m in markets], market)
    return pa.table(
        {
            "brand_id": format_ids("B", brand, 4),
            "mark_text": look_up_words([b["name"] for b in brands], brand),
            "reg_no": format_ids("SIM-TM-", pair, 6),
            "office": join_text("SIM-", code),
            "jurisdiction": code,
            "nice_classes": look_up_words(nice, brand),
            "status": if_else(expired, "expired", "registered"),
            "valid_to": to_timestamps(NOW + years.astype(np.int64)),
        }
    )


def _make_product_gtins(product: Ints) -> pa.Array:
    """EAN-13 codes of prefix 29, which is reserved for use inside a shop."""
    body = 290_000_000_000 + product.astype(np.int64) * 7_919 % 9_000_000
    return make_gtins(body)


def make_gtins(body: Ints, wrong: Bools | None = None) -> pa.Array:
    """Add the check digit to 12 digits; a wrong one where asked."""
    digits = body[:, None] // 10 ** np.arange(11, -1, -1) % 10
    check = -(digits * np.tile([1, 3], 6)).sum(axis=1) % 10
    if wrong is not None:
        check = np.where(wrong, (check + 3) % 10, check)
    return format_ids("", body * 10 + check, 13)


def _list_size_runs(world: World) -> list[str]:
    """Sizes offered, by category."""
    sizes = world.constants.words_any["sizes"]
    return [";".join(sizes.get(c["size"], [])) for c in world.constants.categories]


def _make_brand_catalogue(world: World) -> pa.Table:
    products, constants = world.vocabulary.products, world.constants
    number = np.arange(len(products["line"]))
    colors = [
        ";".join(constants.words["en"]["color"][:4]) if c["colored"] == "1" else ""
        for c in constants.categories
    ]
    launch = NOW - ((200 + 2000 * hash_to_uniform(number, 303)) * DAY).astype(np.int64)
    return pa.table(
        {
            "brand_id": format_ids("B", products["brand"], 4),
            "gtin": _make_product_gtins(number),
            "model_name": pa.array(products["line"]),
            "msrp": pa.array(compute_official_usd(world, number)),
            "currency": pa.repeat("USD", len(number)),
            "colourways": look_up_words(colors, products["category"]),
            "size_range": look_up_words(_list_size_runs(world), products["category"]),
            "launch_date": to_timestamps(launch),
            "image_ids": join_text(
                format_ids("K", number * 3), ";", format_ids("K", number * 3 + 1)
            ),
        }
    )


def make_catalogue_images(world: World) -> pa.Table:
    """Make the official photographs, rows of ``images`` that no listing holds."""
    number = np.repeat(np.arange(len(world.vocabulary.products["line"])), 2)
    view = np.arange(len(number)) % 2
    pdq = make_pdq_bits(np.full(len(number), CATALOGUE_PHOTO), number, view)
    nothing = pa.nulls(len(number), pa.string())
    return pa.table(
        {
            "image_id": format_ids("K", number * 3 + view),
            "listing_id": nothing,
            "seller_id": nothing,
            "pdq_hex": format_hex(pdq),
            "pdq_quality": pa.array(np.full(len(number), 100)),
            "phash": format_hex(pdq[:, :1]),
            "embed_ref": nothing,
            "ocr_text": pa.repeat("", len(number)),
            "logo_detections_json": pa.repeat("[]", len(number)),
            "blur_regions": pa.repeat("[]", len(number)),
            "width": pa.array(np.full(len(number), 1600)),
            "height": pa.array(np.full(len(number), 1600)),
            "exif": nothing,
        }
    )


def make_authorisation_table(world: World, sellers: Ints) -> pa.Table:
    """Make ``authorisations``: real ones, and forged ones that failed the check."""
    parts = [_make_forged_authorisations(world, sellers)]
    for i, spec in enumerate(world.constants.cohorts):
        if spec["template"] in ("dealer", "official"):
            mine = sellers[world.cohort[sellers] == i]
            seller = np.repeat(mine, count_brands_dealt(mine, spec["template"]))
            which = np.arange(len(seller)) - np.searchsorted(seller, seller)
            brands = find_eligible_brands(world, i)
            brand = brands[locate_seller_brands(seller, which, len(brands))]
            paper = "registration" if spec["template"] == "official" else "LoA"
            parts.append(_make_authorisations(world, seller, which, brand, paper, True))
    return pa.concat_tables(parts)


def _make_forged_authorisations(world: World, sellers: Ints) -> pa.Table:
    mine = sellers[flag_forged_papers(world, sellers)]
    brand = (hash_to_uniform(mine, 304) * len(world.constants.brands)).astype(np.int64)
    return _make_authorisations(world, mine, np.zeros_like(mine), brand, "LoA", False)


def _format_authorisation_ids(seller: Ints, which: Ints) -> pa.Array:
    """Give the id of a seller's authorisation number ``which``."""
    return format_ids("U", seller * _MAX_AUTHORISATIONS + which, 8)


def _make_authorisations(
    world: World, seller: Ints, which: Ints, brand: Ints, paper: str, verified: bool
) -> pa.Table:
    start = world.created[seller] + DAY
    markets = [m["market"] for m in world.constants.markets]
    n = len(seller)
    end = pa.scalar(datetime(2027, 6, 30), TIMESTAMP)
    return pa.table(
        {
            "authorisation_id": _format_authorisation_ids(seller, which),
            "seller_id": format_ids("S", seller, 6),
            "brand_id": format_ids("B", brand, 4),
            "doc_type": pa.repeat(paper, n),
            "scope_markets": look_up_words(markets, world.market[seller]),
            "valid_from": to_timestamps(start),
            "valid_to": pa.repeat(end, n),
            "verified": pa.repeat(verified, n),
            "verifier": pa.repeat("desk", n),
        }
    )
