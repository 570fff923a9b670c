"""What buyers and creators did: visits, orders, returns, reviews, sessions."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from iprseg.simulate.arrays import (
    Bools,
    Floats,
    Ints,
    draw_categories,
    draw_positions,
    format_ids,
    hash_to_uniform,
    if_else,
    join_text,
    look_up_words,
    to_timestamps,
)
from iprseg.simulate.enforcement import Enforcement
from iprseg.simulate.plan import Plan, Prices
from iprseg.simulate.world import DAY, NOW, World

_MAX_DAYS = 5  # days of activity kept for a listing: the table is sparse
_REVIEWED_SHARE = 0.45  # of days with orders
_RETURN_RATE = 0.05  # of units
_N_SEEDED_REVIEWS = 4  # reviews bought at once
_REVIEW_KINDS = [
    "r_good",
    "r_meh",
    "r_bad",
    "r_fake",
    "r_fake_new",
    "r_doubt",
    "r_guard",
    "r_seed",
]
_STARS_BY_KIND = np.array([4.7, 3.3, 1.8, 1.2, 1.2, 4.8, 4.6, 5.0])
_RETURN_REASONS = ("damaged", "not_as_described", "changed_mind", "late")


def make_feedback_tables(
    world: World, plan: Plan, prices: Prices, done: Enforcement
) -> tuple[dict[str, pa.Table], Bools]:
    """Make ``orders_daily``, ``returns`` and ``reviews``; tell whose were seeded."""
    rng = world.stream("orders", plan.batch)
    row, day = _draw_active_days(plan, done, rng)
    u = rng.random((len(row), 8))
    views = 1 + (np.exp(2 + 2.2 * u[:, 0]) * (0.3 + u[:, 1])).astype(np.int64)
    clicks = (views * (0.05 + 0.25 * u[:, 2])).astype(np.int64)
    orders = (clicks * (0.02 + 0.5 * u[:, 3] ** 2) + u[:, 7] * 0.9).astype(np.int64)
    units = orders + (orders > 0) * (u[:, 4] < 0.12).astype(np.int64)
    gmv = np.round(units * prices.usd[row], 2)
    daily = pa.table(
        {
            "listing_id": format_ids("L", plan.index[row]),
            "date": to_timestamps(day),
            "views": pa.array(views),
            "clicks": pa.array(clicks),
            "orders": pa.array(orders),
            "units": pa.array(units),
            "gmv_usd": pa.array(gmv),
        }
    )
    fake = np.array(world.column("fake"), float)[plan.manner]
    returns = _make_returns(world, plan, row, day, units, gmv, fake[row], u[:, 5:7])
    seeded = plan.violative & (
        rng.random(len(plan)) < world.constants.rate("review_seeding")
    )
    reviews = _make_reviews(world, plan, row[orders > 0], day[orders > 0], fake, seeded)
    return {"orders_daily": daily, "returns": returns, "reviews": reviews}, seeded


def _draw_active_days(
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


def _make_returns(
    world: World,
    plan: Plan,
    row: Ints,
    day: Ints,
    units: Ints,
    gmv: Floats,
    fake: Floats,
    u: Floats,
) -> pa.Table:
    chance = 1 - (1 - _RETURN_RATE - 0.5 * fake) ** units
    when = day + ((5 + 20 * u[:, 1]) * DAY).astype(np.int64)
    back = np.flatnonzero((u[:, 0] < chance) & (units > 0) & (when < NOW))
    row, when, u = row[back], when[back], u[back]
    said_fake = u[:, 1] < 0.5 * fake[back] / (_RETURN_RATE + 0.5 * fake[back])
    other = look_up_words(
        _RETURN_REASONS, draw_positions(u[:, 1] * 7 % 1, 0, len(_RETURN_REASONS))
    )
    kind = np.where(
        said_fake, _REVIEW_KINDS.index("r_fake"), _REVIEW_KINDS.index("r_bad")
    )
    first = np.arange(len(back))  # an order is returned once
    return pa.table(
        {
            "order_id": format_ids("O", plan.batch * 10_000_000 + first, 12),
            "listing_id": format_ids("L", plan.index[row]),
            "ts": to_timestamps(when),
            "reason_code": if_else(said_fake, "counterfeit", other),
            "reason_text": _pick_review_texts(
                world, plan.lang[row], kind, u[:, 0] * 31 % 1
            ),
            "refunded_usd": pa.array(
                np.round(gmv[back] / np.maximum(units[back], 1), 2)
            ),
            "is_counterfeit_reason": pa.array(said_fake),
        }
    )


def _make_reviews(
    world: World, plan: Plan, row: Ints, day: Ints, fake: Floats, seeded: Bools
) -> pa.Table:
    rng = world.stream("reviews", plan.batch)
    u = rng.random((len(row), 4))
    kept = u[:, 0] < _REVIEWED_SHARE
    row, day, u = row[kept], day[kept], u[kept]
    when = day + ((3 + 12 * u[:, 1]) * DAY).astype(np.int64)
    kind = _draw_review_kinds(u[:, 2], fake[row])
    bought = np.repeat(np.flatnonzero(seeded), _N_SEEDED_REVIEWS)
    at_once = (
        plan.created[bought]
        + 2 * DAY
        + np.arange(len(bought)) % _N_SEEDED_REVIEWS * DAY // 9
    )
    kinds = np.concatenate([kind, np.full(len(bought), _REVIEW_KINDS.index("r_seed"))])
    rows, when = np.concatenate([row, bought]), np.concatenate([when, at_once])
    u = np.concatenate([u, rng.random((len(bought), 4))])
    in_time = when < NOW
    rows, when, kinds, u = rows[in_time], when[in_time], kinds[in_time], u[in_time]
    stars = np.clip(np.round(_STARS_BY_KIND[kinds] + 0.8 * (u[:, 1] - 0.5)), 1, 5)
    number = plan.batch * 10_000_000 + np.arange(len(rows))
    return pa.table(
        {
            "review_id": format_ids("R", number, 12),
            "listing_id": format_ids("L", plan.index[rows]),
            "ts": to_timestamps(when),
            "stars": pa.array(stars.astype(np.int64)),
            "text": _pick_review_texts(world, plan.lang[rows], kinds, u[:, 3]),
            "lang": look_up_words(world.constants.langs, plan.lang[rows]),
            "buyer": format_ids("buyer-", (u[:, 3] * 9e8).astype(np.int64), 9),
        }
    )


def _draw_review_kinds(u: Floats, fake: Floats) -> Ints:
    """Draw the kind of each review; one in five complaints is in invented slang."""
    honest = [0.70, 0.13, 0.10, 0.0, 0.0, 0.03, 0.04, 0.0]
    claim = u < fake
    slang = u < 0.2 * fake
    rest = draw_categories((u - fake) / (1 - fake) % 1, honest)
    said = np.where(
        slang, _REVIEW_KINDS.index("r_fake_new"), _REVIEW_KINDS.index("r_fake")
    )
    return np.where(claim, said, rest)


def _pick_review_texts(world: World, lang: Ints, kind: Ints, u: Floats) -> pa.Array:
    pools = [world.vocabulary.pools[name] for name in _REVIEW_KINDS]
    start = np.stack([pool.start[:, 0] for pool in pools])[kind, lang]
    count = np.stack([pool.count[:, 0] for pool in pools])[kind, lang]
    return pc.fill_null(
        look_up_words(world.vocabulary.words, draw_positions(u, start, count)), ""
    )


_LIVE_HOST_COHORT = "Livestream replica host"
_DUPE_COHORT = "Dupe/knock-off shop"
_OPEN_TAGS = ("#deal;#new", "#haul;#review", "#gift", "#shopping")
_DUPE_TAGS = ("#dupe;#lookforless", "#dupe", "#rep;#iykyk", "#1to1")


def _find_live_hosts(world: World) -> Ints:
    return np.flatnonzero(world.cohort == world.column("name").index(_LIVE_HOST_COHORT))


def _count_independent_creators(world: World) -> int:
    return max(4, world.n_sellers // 12)


def make_creator_table(world: World) -> pa.Table:
    """Make ``creators``: every live host's own account, then independent ones."""
    hosts = _find_live_hosts(world)
    number = np.arange(len(hosts) + _count_independent_creators(world))
    owner = np.full(len(number), -1, np.int64)
    owner[: len(hosts)] = hosts
    age = (60 + 1500 * hash_to_uniform(number, 21)) * DAY
    followers = (np.exp(5 + 7 * hash_to_uniform(number, 22))).astype(np.int64)
    seller = format_ids("S", owner, 6)
    return pa.table(
        {
            "creator_id": format_ids("C", number, 6),
            "seller_id": if_else(owner >= 0, seller, None),
            "created_at": to_timestamps(NOW - age.astype(np.int64)),
            "followers": pa.array(followers),
        }
    )


def make_promotion_table(world: World, plan: Plan) -> pa.Table:
    """Make ``promotions``: all that live hosts sell, and some of everything else."""
    names = world.column("name")
    host = (plan.manner == names.index(_LIVE_HOST_COHORT)) & plan.violative
    dupe = (plan.manner == names.index(_DUPE_COHORT)) & plan.violative
    u = world.stream("promotions", plan.batch).random((len(plan), 5))
    row = np.flatnonzero(host | (u[:, 0] < np.where(dupe, 0.35, 0.02)))
    host, dupe, u = host[row], dupe[row], u[row]
    when = plan.created[row] + ((0.2 + 6 * u[:, 1]) * DAY).astype(np.int64)
    hosts = _find_live_hosts(world)
    other = len(hosts) + (u[:, 2] * _count_independent_creators(world)).astype(np.int64)
    own = np.searchsorted(hosts, plan.seller[row])
    live = host | (u[:, 3] < 0.3)
    table = pa.table(
        {
            "promo_id": format_ids("P", plan.index[row]),
            "creator_id": format_ids("C", np.where(host, own, other), 6),
            "listing_id": format_ids("L", plan.index[row]),
            "type": if_else(live, "live", "video"),
            "ts": to_timestamps(when),
            "transcript": _write_transcripts(world, plan, row, host, u[:, 4]),
            "ocr_text": pa.repeat("", len(row)),
            "hashtags": if_else(
                dupe | host,
                look_up_words(_DUPE_TAGS, draw_positions(u[:, 2], 0, len(_DUPE_TAGS))),
                look_up_words(_OPEN_TAGS, draw_positions(u[:, 2], 0, len(_OPEN_TAGS))),
            ),
            "duration_s": pa.array(
                np.round(np.where(live, 7200, 90) * (0.3 + u[:, 1]))
            ),
            "link_clicks": pa.array((300 * u[:, 3]).astype(np.int64)),
        }
    )
    return table.filter(pa.array(when < NOW))


def _write_transcripts(
    world: World, plan: Plan, row: Ints, host: np.ndarray, u: np.ndarray
) -> pa.Array:
    """Let live hosts speak in codes and others praise the goods."""
    words, at = world.vocabulary, (plan.lang[row], plan.goods.category[row])

    def _pick_phrase(name: str, salt: float) -> pa.Array:
        pool = words.pools[name]
        code = draw_positions(u * salt % 1, pool.start[at], pool.count[at])
        return look_up_words(words.words, code)

    nickname = look_up_words(
        words.words, words.pools["nickname"].start[plan.goods.brand[row]]
    )
    coded = join_text(
        _pick_phrase("live", 3.0), ", ", nickname, ", ", _pick_phrase("rep_new", 7.0)
    )
    open_talk = join_text(_pick_phrase("d_open", 3.0), " ", _pick_phrase("d_body", 7.0))
    return if_else(host, coded, open_talk)
