"""What each listing is: goods, brand, language, date, and whether it violates."""

from dataclasses import dataclass, replace

import numpy as np

from iprseg.simulate._goods import Goods, choose_goods
from iprseg.simulate._random import Bools, Ints, choose, mix_uniform
from iprseg.simulate._world import DAY, NOW, World, uniform_between

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
        _violation(world, manner, u[:, 1]),
    )
    lang = _languages(world, seller, u[:, 2])
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
        goods=choose_goods(world, seller, manner, violation, lang, u[:, 3:8]),
        created=_dates(world, seller, planted, u[:, 8:11]),
        source=np.full(len(seller), -1, np.int64),
        photo_key=index,
    )
    return _put_up_again(world, plan, u[:, 11])


def _violation(world: World, manner: Ints, u: np.ndarray) -> Ints:
    violation = np.zeros(len(manner), np.int64)
    for i, codes in enumerate(world.column("violations")):
        if isinstance(codes, dict):
            mine = manner == i
            chosen = choose(u[mine], list(codes.values()))
            violation[mine] = np.array([world.constants.code_of(c) for c in codes])[
                chosen
            ]
    return violation


def _languages(world: World, seller: Ints, u: np.ndarray) -> Ints:
    langs = world.constants.langs
    of_market = np.array([langs.index(m["lang"]) for m in world.constants.markets])
    english = u < world.constants.rate("cross_border_english")
    return np.where(english, langs.index("en"), of_market[world.market[seller]])


def _dates(world: World, seller: Ints, planted: Bools, u: np.ndarray) -> Ints:
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
    night = uniform_between(u[:, 2], 1, 5) - off[world.market[seller]]
    at_night = when // DAY * DAY + ((night % 24) * _HOUR).astype(np.int64)
    gamed = mix_uniform(when, 5) < world.constants.rate("off_hours")
    return np.where(world.off_hours[seller] & planted & gamed, at_night, when)


def _put_up_again(world: World, plan: Plan, u: np.ndarray) -> Plan:
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
    gap = ((3 + 6 * mix_uniform(plan.index, 8)) * DAY).astype(np.int64)
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
