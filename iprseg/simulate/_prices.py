"""Prices: the official level, the category's level, or an odd price that is a code."""

from dataclasses import dataclass

import numpy as np

from iprseg.simulate._plan import Plan
from iprseg.simulate._random import Bools, Floats, Ints, mix_uniform, pick
from iprseg.simulate._wording import evading
from iprseg.simulate._world import World, uniform_between

_DECOYS = np.array([1.0, 9.9, 19.9, 66.6, 99.0])
_DEEP_DISCOUNT = 0.5  # share of replicas shown beside the official price


@dataclass(frozen=True)
class Prices:
    """Arrays by listing."""

    usd: Floats
    price: Floats
    list_price: Floats  # NaN = none shown
    camouflaged: Bools
    decoy: Bools


def official_usd(world: World, product: Ints) -> Floats:
    """Official price of products in US dollars."""
    constants, products = world.constants, world.vocabulary.products
    tiers = [constants.rates["brand_level"][b["tier"]] for b in constants.brands]
    base = category_usd(world, products["category"][product])
    level = np.array(tiers)[products["brand"][product]]
    return np.round(base * level * (0.8 + 0.7 * mix_uniform(product, 12)), 2)


def category_usd(world: World, category: Ints) -> Floats:
    """Unbranded price level of categories in US dollars."""
    base = [float(c["base_usd"]) for c in world.constants.categories]
    return np.array(base)[category]


def price_listings(world: World, plan: Plan) -> Prices:
    """Price every listing of a batch."""
    rng = world.stream("prices", plan.batch)
    normal, u = rng.standard_normal(len(plan)), rng.random((len(plan), 4))
    ratio = np.array(world.column("ratio"), float)[plan.manner]
    basis = np.array(world.column("basis"))[plan.manner]
    official = official_usd(world, plan.goods.product)
    usual = category_usd(world, plan.goods.category)
    resale = (plan.manner == 0) & plan.goods.own_mark
    from_official = plan.goods.own_mark & ((basis == "msrp") | resale)
    median = np.where(resale, 0.93, ratio[:, 0])
    spread = np.where(resale, 0.08, ratio[:, 1])
    # a mark on goods that are not the brand's is priced like those goods
    astray = (basis == "msrp") & ~plan.goods.own_mark
    median, spread = np.where(astray, 1.1, median), np.where(astray, 0.3, spread)
    usd = np.where(from_official, official, usual) * median * np.exp(spread * normal)
    chance = world.constants.rates["evasion"]["price_camouflaged"][world.evasion]
    hidden = evading(world, plan) & from_official & (u[:, 0] < chance)
    usd = np.where(hidden, official * (0.93 + 0.04 * normal), usd)
    decoy = (basis == "decoy") & plan.violative & ~hidden
    return _in_currency(world, plan, usd, official, hidden, decoy, u[:, 1:])


def _in_currency(
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
    price = charm(usd * rate, whole, u[:, 0])
    price = np.where(decoy, _DECOYS[pick(u[:, 0], 0, len(_DECOYS))] * step, price)
    price = np.where(whole, np.round(price), np.round(price, 2))
    shown = u[:, 1] < world.constants.rate("list_price_shown")
    discount = uniform_between(u[:, 2], 0.05, 0.40)
    before = price / (1 - discount)
    boast = evading(world, plan) & plan.goods.own_mark & (u[:, 1] < _DEEP_DISCOUNT)
    boast &= ~camouflaged & (official * rate > price)
    before = np.where(boast, official * rate, before)
    before = charm(before, whole, u[:, 0])
    before = np.where((shown | boast) & (before > price), before, np.nan)
    return Prices(price / rate, price, before, camouflaged, decoy)


def charm(price: Floats, whole: Bools, u: Floats) -> Floats:
    """Round prices as shops do: .99 endings, or three leading digits."""
    price = np.maximum(price, 0.5)
    ending = np.where(u < 0.6, 0.99, np.round(price - np.floor(price), 2))
    cents = np.floor(price) + ending
    unit = 10.0 ** np.maximum(np.floor(np.log10(price)) - 2, 0)
    return np.where(whole, np.maximum(np.round(price / unit) * unit, 1), cents)
