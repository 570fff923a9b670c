"""What each listing is: goods, brand, language, date, violation and price."""

from dataclasses import dataclass, replace

import numpy as np

from iprseg.simulate.arrays import (
    Bools,
    Floats,
    Ints,
    draw_categories,
    draw_positions,
    hash_to_uniform,
)
from iprseg.simulate.vocabulary import Vocabulary
from iprseg.simulate.world import DAY, NOW, World, choose_option, scale_uniform

_LOGO_CATEGORIES = (
    "phone_case",
    "mug",
    "tshirt",
    "poster",
)  # carry a logo not their own
_CATEGORIES_PER_SELLER = 3  # categories an ordinary seller deals in


@dataclass(frozen=True)
class Goods:
    """Arrays by listing; -1 is none."""

    category: Ints
    product: Ints
    brand: Ints
    template: Ints  # position in the vocabulary's template groups
    trap: Ints  # word that looks like replica wording, in an honest title
    own_mark: Bools  # the brand's own goods, priced from the official price

    def take(self, rows: Ints) -> "Goods":
        """Give the same fields for chosen rows."""
        return Goods(**{name: values[rows] for name, values in vars(self).items()})


def _choose_goods(
    world: World,
    seller: Ints,
    manner: Ints,
    violation: Ints,
    lang: Ints,
    u: Floats,
) -> Goods:
    """Choose goods for every listing.

    Parameters
    ----------
    world : World
        The marketplace's frame.
    seller, manner, violation, lang : ndarray of int, shape (n,)
        As in ``Plan``.
    u : ndarray of float, shape (n, 5)
        Uniforms to use.

    Returns
    -------
    Goods
        Arrays of shape (n,).
    """
    vocabulary = world.vocabulary
    groups = list(vocabulary.template_group)
    product = _choose_products(world, seller, manner, u[:, 0])
    ordinary = (manner == 0) & (violation == 0)
    resale = ordinary & (u[:, 1] < world.constants.rate("ordinary_branded"))
    trapped = (
        ordinary
        & ~resale
        & (u[:, 2] < _compute_share_of_rest(world, "trap", "ordinary_branded"))
    )
    misuse = violation == world.constants.code_of("TM_LISTING_MISUSE")
    logo = violation == world.constants.code_of("TM_LOGO_UNAUTH")
    theft = violation == world.constants.code_of("CR_LISTING_MEDIA")
    product = np.where((ordinary & ~resale) | theft, -1, product)
    goods_of = vocabulary.products
    category = np.where(
        (product >= 0) & ~misuse,
        goods_of["category"][product],
        _choose_ordinary_category(world, seller, u[:, 3]),
    )
    trap = np.where(trapped, _choose_trap_words(vocabulary, lang, u[:, 4]), -1)
    category = np.where(trapped, vocabulary.trap_category[trap], category)
    category = _move_categories(world, category, manner, logo, u[:, 4])
    template = np.array([groups.index(str(x)) for x in world.column("template")])[
        manner
    ]
    template = np.where(resale, groups.index("branded"), template)
    template = np.where(trapped, groups.index("trap"), template)
    template = np.where(misuse, groups.index("stuffing"), template)
    return Goods(
        category=category,
        product=product,
        brand=np.where(product >= 0, goods_of["brand"][product], -1),
        template=template,
        trap=trap,
        own_mark=(product >= 0)
        & ~misuse
        & ~logo
        & (manner != _find_accessory_cohort(world)),
    )


def _compute_share_of_rest(world: World, name: str, taken: str) -> float:
    rates = world.constants
    return rates.rate(name) / (1 - rates.rate(taken))


def _find_accessory_cohort(world: World) -> int:
    return world.column("template").index("accessory")


def _choose_products(world: World, seller: Ints, manner: Ints, u: Floats) -> Ints:
    """Choose official products of the tiers and categories a cohort deals in."""
    chosen = np.full(len(seller), -1, np.int64)
    of_brand = world.vocabulary.products["brand"]
    for i, spec in enumerate(world.constants.cohorts):
        mine = manner == i
        eligible = _find_eligible_products(
            world, spec if i else {**spec, "tiers": ["premium", "mass"]}
        )
        if not len(eligible) or not mine.any():
            continue
        rows = draw_positions(u[mine], 0, len(eligible))
        if spec["template"] in ("official", "dealer"):
            brands = np.unique(of_brand[eligible])
            brand = brands[
                _choose_own_brands(seller[mine], spec["template"], len(brands), u[mine])
            ]
            start = np.searchsorted(of_brand[eligible], brand)
            stop = np.searchsorted(of_brand[eligible], brand, side="right")
            rows = draw_positions((u[mine] * 977.0) % 1.0, start, stop - start)
        chosen[mine] = eligible[rows]
    return chosen


def _choose_own_brands(seller: Ints, template: str, n_brands: int, u: Floats) -> Ints:
    """One brand for a brand's own store, up to four for an authorised retailer."""
    return locate_seller_brands(
        seller, (u * count_brands_dealt(seller, template)).astype(np.int64), n_brands
    )


def count_brands_dealt(seller: Ints, template: str) -> Ints:
    """How many brands a store or an authorised retailer deals in."""
    many = 1 + choose_option(seller, 31, 4)
    return many if template == "dealer" else np.ones_like(many)


def locate_seller_brands(seller: Ints, which: Ints, n_brands: int) -> Ints:
    """Position of a seller's brand number ``which`` among the eligible brands."""
    return (choose_option(seller, 32, n_brands) + 5 * which) % n_brands


def _find_eligible_products(world: World, spec: dict[str, object]) -> Ints:
    tiers = np.array([b["tier"] for b in world.constants.brands])
    products, categories = world.vocabulary.products, world.constants.categories
    keep = np.isin(tiers[products["brand"]], np.array(spec["tiers"], dtype=str))
    names = np.array([c["category"] for c in categories])[products["category"]]
    if "categories" in spec:
        keep &= np.isin(names, np.array(spec["categories"]))
    if spec["template"] == "accessory":
        has = np.array([bool(c["accessory"]) for c in categories])
        keep &= has[products["category"]]
    return np.flatnonzero(keep)


def find_eligible_brands(world: World, cohort: int) -> Ints:
    """Brands that an honest cohort may deal in, sorted."""
    spec = world.constants.cohorts[cohort]
    return np.unique(
        world.vocabulary.products["brand"][_find_eligible_products(world, spec)]
    )


def _choose_ordinary_category(world: World, seller: Ints, u: Floats) -> Ints:
    usual = [
        i
        for i, c in enumerate(world.constants.categories)
        if c["category"] not in ("software_key", "ink")
    ]
    which = (u * _CATEGORIES_PER_SELLER).astype(np.int64)
    place = hash_to_uniform(seller * _CATEGORIES_PER_SELLER + which, 33) * len(usual)
    return np.array(usual)[place.astype(np.int64)]


def _choose_trap_words(vocabulary: Vocabulary, lang: Ints, u: Floats) -> Ints:
    pool = vocabulary.pools["trap"]
    return draw_positions(u, pool.start[lang], pool.count[lang])


def _move_categories(
    world: World, category: Ints, manner: Ints, logo: Bools, u: Floats
) -> Ints:
    """Move accessories to their own category, and logos to goods not the brand's."""
    names = [c["category"] for c in world.constants.categories]
    fits = np.array(
        [
            names.index(c["accessory"]) if c["accessory"] else i
            for i, c in enumerate(world.constants.categories)
        ]
    )
    other = np.array([names.index(name) for name in _LOGO_CATEGORIES])
    moved = np.where(manner == _find_accessory_cohort(world), fits[category], category)
    return np.where(logo, other[draw_positions(u, 0, len(other))], moved)


_HOUR = DAY // 24


@dataclass(frozen=True)
class Plan:
    """Arrays by listing of one batch of sellers."""

    batch: int
    index: Ints  # number of the listing over the whole marketplace
    seller: Ints
    cohort: Ints  # the seller's
    manner: Ints  # the cohort whose manner this listing has
    violative: Bools
    violation: Ints  # position in the constants' violations
    market: Ints
    lang: Ints
    goods: Goods
    created: Ints
    source: Ints  # row of the listing put up again, -1 = a first listing
    photo_key: Ints  # listing whose own photographs these are

    def __len__(self) -> int:
        return len(self.index)


def plan_batch(world: World, batch: int) -> Plan:
    """Plan all listings of one batch of sellers."""
    low, high = world.batches[batch]
    sellers = np.arange(low, high)
    seller = np.repeat(sellers, world.size[low:high])
    first = world.first[seller]
    index = int(world.first[low]) + np.arange(len(seller))
    rng = world.stream("plan", batch)
    u = rng.random((len(seller), 12))
    cohort = world.cohort[seller]
    bad = world.flags("bad")[cohort]
    planted = bad & (index - first >= world.size[seller] - world.violative[seller])
    naive = (cohort == 0) & (u[:, 0] < world.constants.rate("naive_misuse"))
    manner = np.where(bad & ~planted, 0, cohort)
    violation = np.where(
        naive,
        world.constants.code_of("TM_LISTING_MISUSE"),
        _choose_violations(world, manner, u[:, 1]),
    )
    lang = _choose_languages(world, seller, u[:, 2])
    plan = Plan(
        batch=batch,
        index=index,
        seller=seller,
        cohort=cohort,
        manner=manner,
        violative=planted | naive,
        violation=violation,
        market=world.market[seller],
        lang=lang,
        goods=_choose_goods(world, seller, manner, violation, lang, u[:, 3:8]),
        created=_draw_creation_dates(world, seller, planted, u[:, 8:11]),
        source=np.full(len(seller), -1, np.int64),
        photo_key=index,
    )
    return _plan_relistings(world, plan, u[:, 11])


def _choose_violations(world: World, manner: Ints, u: np.ndarray) -> Ints:
    violation = np.zeros(len(manner), np.int64)
    for i, codes in enumerate(world.column("violations")):
        if isinstance(codes, dict):
            mine = manner == i
            chosen = draw_categories(u[mine], list(codes.values()))
            violation[mine] = np.array([world.constants.code_of(c) for c in codes])[
                chosen
            ]
    return violation


def _choose_languages(world: World, seller: Ints, u: np.ndarray) -> Ints:
    langs = world.constants.langs
    of_market = np.array([langs.index(m["lang"]) for m in world.constants.markets])
    english = u < world.constants.rate("cross_border_english")
    return np.where(english, langs.index("en"), of_market[world.market[seller]])


def _draw_creation_dates(
    world: World, seller: Ints, planted: Bools, u: np.ndarray
) -> Ints:
    """Spread listings over the account's life; bursts and night work where planted."""
    created, burst = world.created[seller], world.burst_start[seller]
    days = np.array(world.column("burst", 0))[world.cohort[seller]]
    span = NOW - 2 * DAY - created
    # an aged account was busy at first, then silent until its burst
    aged = (burst > 0) & (burst > created + 200 * DAY)
    share = np.where(aged, 0.15, 1.0) * u[:, 0]
    when = created + DAY // 2 + (share * span).astype(np.int64)
    in_burst = planted & (burst > 0)
    when = np.where(in_burst, burst + (u[:, 1] * days * DAY).astype(np.int64), when)
    when = np.minimum(when, NOW - DAY)
    off = np.array([int(m["utc_offset"]) for m in world.constants.markets])
    night = scale_uniform(u[:, 2], 1, 5) - off[world.market[seller]]
    at_night = when // DAY * DAY + ((night % 24) * _HOUR).astype(np.int64)
    gamed = hash_to_uniform(when, 5) < world.constants.rate("off_hours")
    return np.where(world.off_hours[seller] & planted & gamed, at_night, when)


def _plan_relistings(world: World, plan: Plan, u: np.ndarray) -> Plan:
    """Make some violative listings copies of their seller's first violative one."""
    hidden = world.flags("evades")[plan.manner] & plan.violative
    first_bad = plan.index == (
        world.first[plan.seller]
        + world.size[plan.seller]
        - world.violative[plan.seller]
    )
    again = hidden & ~first_bad & (u < world.constants.rate("relist"))
    rows = np.flatnonzero(again)
    offset = plan.index[0] if len(plan) else 0
    start = world.first[plan.seller] + world.size[plan.seller]
    source = (start - world.violative[plan.seller] - offset)[rows]
    sources = np.full(len(plan), -1, np.int64)
    sources[rows] = source
    origin = np.arange(len(plan))
    origin[rows] = source
    gap = ((3 + 6 * hash_to_uniform(plan.index, 8)) * DAY).astype(np.int64)
    created = np.where(again, plan.created[origin] + gap, plan.created)
    too_late = again & (created > NOW - DAY)
    origin[too_late], sources[too_late] = np.flatnonzero(too_late), -1
    return replace(
        plan,
        source=sources,
        goods=plan.goods.take(origin),
        violation=plan.violation[origin],
        lang=plan.lang[origin],
        created=np.where(too_late, plan.created, created),
        photo_key=plan.index[origin],
    )


_DECOY_PRICES = np.array([1.0, 9.9, 19.9, 66.6, 99.0])
_DEEP_DISCOUNT_SHARE = 0.5  # share of replicas shown beside the official price


@dataclass(frozen=True)
class Prices:
    """Arrays by listing."""

    usd: Floats
    price: Floats
    list_price: Floats  # NaN = none shown
    camouflaged: Bools
    decoy: Bools


def compute_official_usd(world: World, product: Ints) -> Floats:
    """Official price of products in US dollars."""
    constants, products = world.constants, world.vocabulary.products
    tiers = [constants.rates["brand_level"][b["tier"]] for b in constants.brands]
    base = _look_up_category_usd(world, products["category"][product])
    level = np.array(tiers)[products["brand"][product]]
    return np.round(base * level * (0.8 + 0.7 * hash_to_uniform(product, 12)), 2)


def _look_up_category_usd(world: World, category: Ints) -> Floats:
    """Unbranded price level of categories in US dollars."""
    base = [float(c["base_usd"]) for c in world.constants.categories]
    return np.array(base)[category]


def price_listings(world: World, plan: Plan) -> Prices:
    """Price every listing of a batch."""
    rng = world.stream("prices", plan.batch)
    normal, u = rng.standard_normal(len(plan)), rng.random((len(plan), 4))
    ratio = np.array(world.column("ratio"), float)[plan.manner]
    basis = np.array(world.column("basis"))[plan.manner]
    official = compute_official_usd(world, plan.goods.product)
    usual = _look_up_category_usd(world, plan.goods.category)
    resale = (plan.manner == 0) & plan.goods.own_mark
    from_official = plan.goods.own_mark & ((basis == "msrp") | resale)
    median = np.where(resale, 0.93, ratio[:, 0])
    spread = np.where(resale, 0.08, ratio[:, 1])
    # a mark on goods that are not the brand's is priced like those goods
    astray = (basis == "msrp") & ~plan.goods.own_mark
    median, spread = np.where(astray, 1.1, median), np.where(astray, 0.3, spread)
    usd = np.where(from_official, official, usual) * median * np.exp(spread * normal)
    chance = world.constants.rates["evasion"]["price_camouflaged"][world.evasion]
    hidden = flag_evading(world, plan) & from_official & (u[:, 0] < chance)
    usd = np.where(hidden, official * (0.93 + 0.04 * normal), usd)
    decoy = (basis == "decoy") & plan.violative & ~hidden
    return _convert_to_currency(world, plan, usd, official, hidden, decoy, u[:, 1:])


def _convert_to_currency(
    world: World,
    plan: Plan,
    usd: Floats,
    official: Floats,
    camouflaged: Bools,
    decoy: Bools,
    u: Floats,
) -> Prices:
    markets = world.constants.markets
    rate = np.array([float(m["usd_rate"]) for m in markets])[plan.market]
    whole = np.array([m["decimals"] == "0" for m in markets])[plan.market]
    step = 10.0 ** np.round(np.log10(rate))
    price = _round_charm_prices(usd * rate, whole, u[:, 0])
    price = np.where(
        decoy,
        _DECOY_PRICES[draw_positions(u[:, 0], 0, len(_DECOY_PRICES))] * step,
        price,
    )
    price = np.where(whole, np.round(price), np.round(price, 2))
    shown = u[:, 1] < world.constants.rate("list_price_shown")
    discount = scale_uniform(u[:, 2], 0.05, 0.40)
    before = price / (1 - discount)
    boast = (
        flag_evading(world, plan)
        & plan.goods.own_mark
        & (u[:, 1] < _DEEP_DISCOUNT_SHARE)
    )
    boast &= ~camouflaged & (official * rate > price)
    before = np.where(boast, official * rate, before)
    before = _round_charm_prices(before, whole, u[:, 0])
    before = np.where((shown | boast) & (before > price), before, np.nan)
    return Prices(price / rate, price, before, camouflaged, decoy)


def _round_charm_prices(price: Floats, whole: Bools, u: Floats) -> Floats:
    """Round prices as shops do: .99 endings, or three leading digits."""
    price = np.maximum(price, 0.5)
    ending = np.where(u < 0.6, 0.99, np.round(price - np.floor(price), 2))
    cents = np.floor(price) + ending
    unit = 10.0 ** np.maximum(np.floor(np.log10(price)) - 2, 0)
    return np.where(whole, np.maximum(np.round(price / unit) * unit, 1), cents)


def flag_evading(world: World, plan: Plan) -> Bools:
    """Tell the violative listings of those who hide what they do."""
    return world.flags("evades")[plan.manner] & plan.violative
