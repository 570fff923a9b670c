"""Creators, their videos and live sessions."""

import numpy as np
import pyarrow as pa

from iprseg.simulate._arrow import ids, join, take, times, where
from iprseg.simulate._plan import Plan
from iprseg.simulate._random import Ints, mix_uniform, pick
from iprseg.simulate._world import DAY, NOW, World

_LIVE_HOST = "Livestream replica host"
_DUPE = "Dupe/knock-off shop"
_OPEN_TAGS = ("#deal;#new", "#haul;#review", "#gift", "#shopping")
_DUPE_TAGS = ("#dupe;#lookforless", "#dupe", "#rep;#iykyk", "#1to1")


def _hosts(world: World) -> Ints:
    return np.flatnonzero(world.cohort == world.column("name").index(_LIVE_HOST))


def _n_independent(world: World) -> int:
    return max(4, world.n_sellers // 12)


def creator_table(world: World) -> pa.Table:
    """Make ``creators``: every live host's own account, then independent ones."""
    hosts = _hosts(world)
    number = np.arange(len(hosts) + _n_independent(world))
    owner = np.full(len(number), -1, np.int64)
    owner[: len(hosts)] = hosts
    age = (60 + 1500 * mix_uniform(number, 21)) * DAY
    followers = (np.exp(5 + 7 * mix_uniform(number, 22))).astype(np.int64)
    seller = ids("S", owner, 6)
    return pa.table(
        {
            "creator_id": ids("C", number, 6),
            "seller_id": where(owner >= 0, seller, None),
            "created_at": times(NOW - age.astype(np.int64)),
            "followers": pa.array(followers),
        }
    )


def promotion_table(world: World, plan: Plan) -> pa.Table:
    """Make ``promotions``: all that live hosts sell, and some of everything else."""
    names = world.column("name")
    host = (plan.manner == names.index(_LIVE_HOST)) & plan.violative
    dupe = (plan.manner == names.index(_DUPE)) & plan.violative
    u = world.stream("promotions", plan.batch).random((len(plan), 5))
    row = np.flatnonzero(host | (u[:, 0] < np.where(dupe, 0.35, 0.02)))
    host, dupe, u = host[row], dupe[row], u[row]
    when = plan.created[row] + ((0.2 + 6 * u[:, 1]) * DAY).astype(np.int64)
    hosts = _hosts(world)
    other = len(hosts) + (u[:, 2] * _n_independent(world)).astype(np.int64)
    own = np.searchsorted(hosts, plan.seller[row])
    live = host | (u[:, 3] < 0.3)
    table = pa.table(
        {
            "promo_id": ids("P", plan.index[row]),
            "creator_id": ids("C", np.where(host, own, other), 6),
            "listing_id": ids("L", plan.index[row]),
            "type": where(live, "live", "video"),
            "ts": times(when),
            "transcript": _transcripts(world, plan, row, host, u[:, 4]),
            "ocr_text": pa.repeat("", len(row)),
            "hashtags": where(
                dupe | host,
                take(_DUPE_TAGS, pick(u[:, 2], 0, len(_DUPE_TAGS))),
                take(_OPEN_TAGS, pick(u[:, 2], 0, len(_OPEN_TAGS))),
            ),
            "duration_s": pa.array(
                np.round(np.where(live, 7200, 90) * (0.3 + u[:, 1]))
            ),
            "link_clicks": pa.array((300 * u[:, 3]).astype(np.int64)),
        }
    )
    return table.filter(pa.array(when < NOW))


def _transcripts(
    world: World, plan: Plan, row: Ints, host: np.ndarray, u: np.ndarray
) -> pa.Array:
    """Let live hosts speak in codes and others praise the goods."""
    words, at = world.vocabulary, (plan.lang[row], plan.goods.category[row])

    def _say(name: str, salt: float) -> pa.Array:
        pool = words.pools[name]
        code = pick(u * salt % 1, pool.start[at], pool.count[at])
        return take(words.words, code)

    nickname = take(words.words, words.pools["nickname"].start[plan.goods.brand[row]])
    coded = join(_say("live", 3.0), ", ", nickname, ", ", _say("rep_new", 7.0))
    open_talk = join(_say("d_open", 3.0), " ", _say("d_body", 7.0))
    return where(host, coded, open_talk)
