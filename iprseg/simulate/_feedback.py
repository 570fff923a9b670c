"""What buyers did: visits and orders by day, returns, and reviews."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from iprseg.simulate._arrow import ids, take, times, where
from iprseg.simulate._enforcement import Enforcement
from iprseg.simulate._plan import Plan
from iprseg.simulate._prices import Prices
from iprseg.simulate._random import Bools, Floats, Ints, choose, pick
from iprseg.simulate._world import DAY, NOW, World

_MAX_DAYS = 5  # days of activity kept for a listing: the table is sparse
_REVIEWED = 0.45  # of days with orders
_RETURNED = 0.05  # of units
_SEEDED = 4  # reviews bought at once
_KINDS = [
    "r_good",
    "r_meh",
    "r_bad",
    "r_fake",
    "r_fake_new",
    "r_doubt",
    "r_guard",
    "r_seed",
]
_STARS = np.array([4.7, 3.3, 1.8, 1.2, 1.2, 4.8, 4.6, 5.0])
_OTHER_REASONS = ("damaged", "not_as_described", "changed_mind", "late")


def feedback_tables(
    world: World, plan: Plan, prices: Prices, done: Enforcement
) -> tuple[dict[str, pa.Table], Bools]:
    """Make ``orders_daily``, ``returns`` and ``reviews``; tell whose were seeded."""
    rng = world.stream("orders", plan.batch)
    row, day = _active_days(plan, done, rng)
    u = rng.random((len(row), 8))
    views = 1 + (np.exp(2 + 2.2 * u[:, 0]) * (0.3 + u[:, 1])).astype(np.int64)
    clicks = (views * (0.05 + 0.25 * u[:, 2])).astype(np.int64)
    orders = (clicks * (0.02 + 0.5 * u[:, 3] ** 2) + u[:, 7] * 0.9).astype(np.int64)
    units = orders + (orders > 0) * (u[:, 4] < 0.12).astype(np.int64)
    gmv = np.round(units * prices.usd[row], 2)
    daily = pa.table(
        {
            "listing_id": ids("L", plan.index[row]),
            "date": times(day),
            "views": pa.array(views),
            "clicks": pa.array(clicks),
            "orders": pa.array(orders),
            "units": pa.array(units),
            "gmv_usd": pa.array(gmv),
        }
    )
    fake = np.array(world.column("fake"), float)[plan.manner]
    returns = _returns(world, plan, row, day, units, gmv, fake[row], u[:, 5:7])
    seeded = plan.violative & (
        rng.random(len(plan)) < world.constants.rate("review_seeding")
    )
    reviews = _reviews(world, plan, row[orders > 0], day[orders > 0], fake, seeded)
    return {"orders_daily": daily, "returns": returns, "reviews": reviews}, seeded


def _active_days(
    plan: Plan, done: Enforcement, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Days with visits: from the day after creation to removal or now."""
    u = rng.random((len(plan), _MAX_DAYS + 1))
    count = 1 + (u[:, -1] ** 2 * _MAX_DAYS).astype(np.int64)
    gaps = 1 + np.floor(-np.log1p(-u[:, :_MAX_DAYS]) * 12).astype(np.int64)
    day = (plan.created // DAY)[:, None] + np.cumsum(gaps, axis=1)
    end = np.where(done.removed > 0, done.removed, NOW) // DAY
    keep = (np.arange(_MAX_DAYS) < count[:, None]) & (day < end[:, None])
    row = np.repeat(np.arange(len(plan)), keep.sum(axis=1))
    return row, day[keep] * DAY


def _returns(
    world: World,
    plan: Plan,
    row: Ints,
    day: Ints,
    units: Ints,
    gmv: Floats,
    fake: Floats,
    u: Floats,
) -> pa.Table:
    chance = 1 - (1 - _RETURNED - 0.5 * fake) ** units
    when = day + ((5 + 20 * u[:, 1]) * DAY).astype(np.int64)
    back = np.flatnonzero((u[:, 0] < chance) & (units > 0) & (when < NOW))
    row, when, u = row[back], when[back], u[back]
    said_fake = u[:, 1] < 0.5 * fake[back] / (_RETURNED + 0.5 * fake[back])
    other = take(_OTHER_REASONS, pick(u[:, 1] * 7 % 1, 0, len(_OTHER_REASONS)))
    kind = np.where(said_fake, _KINDS.index("r_fake"), _KINDS.index("r_bad"))
    first = np.arange(len(back))  # an order is returned once
    return pa.table(
        {
            "order_id": ids("O", plan.batch * 10_000_000 + first, 12),
            "listing_id": ids("L", plan.index[row]),
            "ts": times(when),
            "reason_code": where(said_fake, "counterfeit", other),
            "reason_text": _texts(world, plan.lang[row], kind, u[:, 0] * 31 % 1),
            "refunded_usd": pa.array(
                np.round(gmv[back] / np.maximum(units[back], 1), 2)
            ),
            "is_counterfeit_reason": pa.array(said_fake),
        }
    )


def _reviews(
    world: World, plan: Plan, row: Ints, day: Ints, fake: Floats, seeded: Bools
) -> pa.Table:
    rng = world.stream("reviews", plan.batch)
    u = rng.random((len(row), 4))
    kept = u[:, 0] < _REVIEWED
    row, day, u = row[kept], day[kept], u[kept]
    when = day + ((3 + 12 * u[:, 1]) * DAY).astype(np.int64)
    kind = _review_kinds(u[:, 2], fake[row])
    bought = np.repeat(np.flatnonzero(seeded), _SEEDED)
    at_once = (
        plan.created[bought] + 2 * DAY + np.arange(len(bought)) % _SEEDED * DAY // 9
    )
    kinds = np.concatenate([kind, np.full(len(bought), _KINDS.index("r_seed"))])
    rows, when = np.concatenate([row, bought]), np.concatenate([when, at_once])
    u = np.concatenate([u, rng.random((len(bought), 4))])
    in_time = when < NOW
    rows, when, kinds, u = rows[in_time], when[in_time], kinds[in_time], u[in_time]
    stars = np.clip(np.round(_STARS[kinds] + 0.8 * (u[:, 1] - 0.5)), 1, 5)
    number = plan.batch * 10_000_000 + np.arange(len(rows))
    return pa.table(
        {
            "review_id": ids("R", number, 12),
            "listing_id": ids("L", plan.index[rows]),
            "ts": times(when),
            "stars": pa.array(stars.astype(np.int64)),
            "text": _texts(world, plan.lang[rows], kinds, u[:, 3]),
            "lang": take(world.constants.langs, plan.lang[rows]),
            "buyer": ids("buyer-", (u[:, 3] * 9e8).astype(np.int64), 9),
        }
    )


def _review_kinds(u: Floats, fake: Floats) -> Ints:
    """Draw the kind of each review; one in five complaints is in invented slang."""
    honest = [0.70, 0.13, 0.10, 0.0, 0.0, 0.03, 0.04, 0.0]
    claim = u < fake
    slang = u < 0.2 * fake
    rest = choose((u - fake) / (1 - fake) % 1, honest)
    said = np.where(slang, _KINDS.index("r_fake_new"), _KINDS.index("r_fake"))
    return np.where(claim, said, rest)


def _texts(world: World, lang: Ints, kind: Ints, u: Floats) -> pa.Array:
    pools = [world.vocabulary.pools[name] for name in _KINDS]
    start = np.stack([pool.start[:, 0] for pool in pools])[kind, lang]
    count = np.stack([pool.count[:, 0] for pool in pools])[kind, lang]
    return pc.fill_null(take(world.vocabulary.words, pick(u, start, count)), "")
