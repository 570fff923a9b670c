"""Listings, their versions and their sellers as tables."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from iprseg.simulate._arrow import hex_text, ids, join, take, times, where
from iprseg.simulate._brand_tables import (
    authorisation_id,
    authorisation_table,
    gtin,
    product_gtin,
    size_runs,
)
from iprseg.simulate._enforcement import Enforcement
from iprseg.simulate._enforcement_tables import seller_status
from iprseg.simulate._goods import brands_of_seller, eligible_brands, n_dealt
from iprseg.simulate._plan import Plan
from iprseg.simulate._prices import Prices
from iprseg.simulate._random import Bools, Floats, Ints, mix64, mix_uniform
from iprseg.simulate._titles import (
    write_brand_fields,
    write_descriptions,
    write_titles,
)
from iprseg.simulate._wording import Wording, evading
from iprseg.simulate._world import DAY, NOW, World

_MINUTE = DAY // 1440
# a brand field given honestly is hidden this much less often by those who evade
_CLAIM = 0.45


def hidden_brand_field(world: World, plan: Plan) -> Bools:
    """Tell which brand fields are empty or a decoy on purpose."""
    field = np.array(world.column("brand_field"))[plan.manner]
    chance = world.constants.rates["evasion"]["brand_field_hidden"][world.evasion]
    share = np.where(field == "honest", chance - _CLAIM, chance)
    share = np.where(np.isin(field, ("hidden", "honest")), share, 0.0)
    return evading(world, plan) & (mix_uniform(plan.index, 311) < share)


def listing_table(
    world: World, plan: Plan, wording: Wording, prices: Prices, done: Enforcement
) -> pa.Table:
    """Make ``listings``."""
    constants, n = world.constants, len(plan)
    hidden, u = hidden_brand_field(world, plan), mix_uniform(plan.index, 312)
    title = write_titles(world, plan, wording, plan.goods.template)
    removed = done.removed
    used = np.array(world.column("condition", "new"))[plan.manner]
    markets = constants.markets
    return pa.table(
        {
            "listing_id": ids("L", plan.index),
            "seller_id": ids("S", plan.seller, 6),
            "market": take([m["market"] for m in markets], plan.market),
            "lang": take(constants.langs, plan.lang),
            "title": title,
            "description": write_descriptions(world, plan, wording),
            "brand_field": write_brand_fields(world, plan, hidden, u),
            "category_path": take(
                [c["path"] for c in constants.categories], plan.goods.category
            ),
            "gtin": _gtins(plan, u),
            "price": pa.array(prices.price),
            "currency": take([m["currency"] for m in markets], plan.market),
            "list_price": pa.array(prices.list_price, from_pandas=True),
            "stock_qty": pa.array(_stock(world, plan)),
            "min_order_qty": pa.array(np.where(evading(world, plan) & (u > 0.9), 5, 1)),
            "variants_json": _variants(world, plan, prices),
            "size_values": take(size_runs(world), plan.goods.category),
            "condition": pa.array(used),
            "ship_from_country": _ship_from(world, plan),
            "warehouse_id": ids("W", plan.seller % 997, 4),
            "authorisation_id": _claimed(world, plan),
            "created_at": times(plan.created),
            "first_live_at": times(
                plan.created + ((5 + 400 * u) * _MINUTE).astype(int)
            ),
            "removed_at": times(removed, removed == 0),
            "status": where(removed > 0, "removed", where(u > 0.97, "paused", "live")),
            "snapshot_hash": hex_text(mix64(plan.index, 313).reshape(n, 1)),
        }
    )


def _gtins(plan: Plan, u: Floats) -> pa.Array:
    """Official codes on genuine goods; fakes copy, break or leave them out."""
    official = plan.goods.own_mark & (u < np.where(plan.violative, 0.4, 0.8))
    own = (plan.goods.product < 0) & (u < 0.3)
    broken = plan.goods.own_mark & plan.violative & (u > 0.8)
    made_up = gtin(200_000_000_000 + plan.seller * 1000 + plan.index % 1000, broken)
    text = where(own | broken, made_up, None)
    return where(official, product_gtin(np.maximum(plan.goods.product, 0)), text)


def _stock(world: World, plan: Plan) -> Ints:
    plenty = evading(world, plan) & (mix_uniform(plan.index, 314) < 0.5)
    usual = np.exp(1 + 4 * mix_uniform(plan.index, 315)).astype(np.int64)
    return np.where(plenty, 999, np.minimum(usual, 1 + 8 * (plan.manner != 4) * usual))


def decoy_link(world: World, plan: Plan, prices: Prices) -> Bools:
    """Tell listings whose cheap variant hides the one that is sold."""
    chance = world.constants.rate("decoy_link")
    tempted = evading(world, plan) & (mix_uniform(plan.index, 316) < chance)
    return tempted & ~prices.camouflaged


def _variants(world: World, plan: Plan, prices: Prices) -> pa.Array:
    bait = decoy_link(world, plan, prices)
    plain = mix_uniform(plan.index, 317) < 0.3
    price = pa.array(prices.price)
    other = pa.array(np.round(prices.price * np.where(bait, 0.05, 1.0), 2))
    text = join(
        '[{"name": "A", "price": ', pc.cast(price, pa.string()),
        '}, {"name": "B", "price": ', pc.cast(other, pa.string()), "}]",
    )  # fmt: skip
    return where(bait | plain, text, None)


def _ship_from(world: World, plan: Plan) -> pa.Array:
    """Most ship from home; some cohorts, and some honest sellers, from abroad."""
    places = [m["ship_from"].split("|") for m in world.constants.markets]
    flat = [place for row in places for place in row]
    chance = np.where(world.flags("abroad")[plan.manner] & plan.violative, 0.6, 0.12)
    u = mix_uniform(plan.seller, 318)
    which = np.where(u < chance, 1, np.where(u > 0.95, 2, 0))
    return take(flat, plan.market * 3 + which)


def _claimed(world: World, plan: Plan) -> pa.Array:
    """Give the authorisation of the listing's brand, where the seller has one."""
    number = np.full(len(plan), -1, np.int64)
    for i, spec in enumerate(world.constants.cohorts):
        if spec["template"] not in ("dealer", "official"):
            continue
        brands = eligible_brands(world, i)
        for which in range(4):
            dealt = n_dealt(plan.seller, spec["template"]) > which
            brand = brands[brands_of_seller(plan.seller, np.array(which), len(brands))]
            found = (plan.cohort == i) & dealt & (plan.goods.brand == brand)
            number[found & (number < 0)] = which
    return where(number >= 0, authorisation_id(plan.seller, number), None)


def version_table(
    world: World, plan: Plan, wording: Wording, listings: pa.Table
) -> tuple[pa.Table, Bools]:
    """Make ``listing_versions`` of edited listings; tell which were bait and switch."""
    u = world.stream("versions", plan.batch).random((len(plan), 3))
    bait = evading(world, plan) & (u[:, 0] < world.constants.rate("bait_and_switch"))
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
        where(bait, write_titles(world, plan, wording, template), listings["title"]),
    )
    images = join(ids("I", plan.index * 3, 9))
    parts = [
        _version(before, 1, plan.created, when, images, edited),
        _version(listings, 2, when, np.zeros_like(when), images, edited),
    ]
    table = pa.concat_tables(parts)
    keys = [("listing_id", "ascending"), ("version", "ascending")]
    return table.sort_by(keys), bait


def _version(
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
            "valid_from": times(since),
            "valid_to": times(until, until == 0),
            "title": source["title"],
            "description": source["description"],
            "brand_field": source["brand_field"],
            "price": price,
            "image_ids": images,
        }
    )
    return table.filter(pa.array(kept))


def seller_table(world: World, plan: Plan, done: Enforcement) -> pa.Table:
    """Make ``sellers`` of one batch."""
    low, high = world.batches[plan.batch]
    seller = np.arange(low, high)
    first = np.full(len(seller), NOW)
    np.minimum.at(first, plan.seller - low, plan.created)
    stopped, ended = seller_status(world, plan, done)
    state = np.full(len(seller), "active", dtype="<U10")
    state[stopped - low] = np.where(ended, "terminated", "suspended")
    markets = [m["market"] for m in world.constants.markets]
    private = mix_uniform(seller, 321) < np.where(world.size[seller] < 5, 0.4, 0.05)
    level = (1 + mix_uniform(seller, 322) * 3).astype(np.int64)
    return pa.table(
        {
            "seller_id": ids("S", seller, 6),
            "market": take(markets, world.market[seller]),
            "account_type": where(private, "PRIVATE", "BUSINESS"),
            "created_at": times(world.created[seller]),
            "first_listing_at": times(first, first == NOW),
            "kyc_level": ids("KYC", level, 1),
            "country": take(markets, world.market[seller]),
            "status": pa.array(state),
            "brand_authorisations": _brands_allowed(world, seller),
        }
    )


def _brands_allowed(world: World, seller: Ints) -> pa.Array:
    papers = authorisation_table(world, seller)
    papers = papers.filter(papers["verified"])
    joined: dict[str, list[str]] = {}
    for who, brand in zip(
        papers["seller_id"].to_pylist(), papers["brand_id"].to_pylist(), strict=True
    ):
        joined.setdefault(who, []).append(brand)
    names = ids("S", seller, 6).to_pylist()
    return pa.array([";".join(joined.get(name, [])) for name in names])
