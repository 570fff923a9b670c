"""Notices, actions, appeals and the events of sellers as tables."""

import numpy as np
import pyarrow as pa

from iprseg.simulate._arrow import ids, join, take, times, where
from iprseg.simulate._enforcement import NETWORK, SUSPENDED_AFTER, Enforcement
from iprseg.simulate._plan import Plan
from iprseg.simulate._random import Bools, Ints, mix_uniform
from iprseg.simulate._world import DAY, NOW, World

_HOUR = DAY // 24
_ACTION_COLUMNS = [
    "action_id",
    "entity_type",
    "entity_id",
    "action_code",
    "decision_ground",
    "dsa_keyword",
    "ts",
    "source_type",
    "automated_detection",
    "automated_decision",
    "territorial_scope",
    "evidence_level",
    "label_id",
    "end_date",
]


def notice_tables(world: World, plan: Plan, done: Enforcement) -> dict[str, pa.Table]:
    """Make ``notices`` and ``notice_items``."""
    rows = np.flatnonzero(done.notice >= 0)
    rows = rows[np.argsort(done.notice[rows], kind="stable")]
    _, first = np.unique(done.notice[rows], return_index=True)
    acted = (done.acted > 0)[rows]
    items = pa.table(
        {
            "notice_id": notice_ids(plan, done.notice[rows]),
            "listing_id": ids("L", plan.index[rows]),
            "outcome": where(acted, "removed", "rejected"),
            "ts_actioned": times(done.acted[rows], ~acted),
        }
    )
    return {"notices": _notices(world, plan, done, rows[first]), "notice_items": items}


def notice_ids(plan: Plan, notice: Ints) -> pa.Array:
    """Give the ids of notices by their number within the batch."""
    return ids("N", plan.batch * 1_000_000 + notice, 10)


def _notices(world: World, plan: Plan, done: Enforcement, head: Ints) -> pa.Table:
    """Make one row per notice from its first listing."""
    rights = [kind[3] for kind in world.constants.violations.values()]
    n_brands = len(world.constants.brands)
    troll = done.notice_ro[head] >= n_brands
    valid, owner = done.valid[head], done.notice_ro[head]
    owner = np.where(troll, 9000 + owner - n_brands, owner)
    reason = where(troll, "no right in this market", "goods are genuine")
    reg_no = where(troll & (owner % 2 == 0), "", ids("SIM-TM-", owner, 6))
    markets = [m["market"] for m in world.constants.markets]
    return pa.table(
        {
            "notice_id": notice_ids(plan, done.notice[head]),
            "ro_id": ids("RO", owner, 4),
            "ts_received": times(done.received[head]),
            "source_type": where(troll, "web form", "brand portal"),
            "right_type": take(rights, plan.violation[head]),
            "right_reg_no": reg_no,
            "jurisdiction": take(markets, plan.market[head]),
            "bona_fide_flag": pa.array(~troll | (owner % 3 > 0)),
            "valid": pa.array(valid),
            "reject_reason": where(valid, None, reason),
            "ts_decided": times(done.decided[head]),
        }
    )


def action_tables(world: World, plan: Plan, done: Enforcement) -> dict[str, pa.Table]:
    """Make ``actions``, ``appeals`` and ``seller_events``."""
    rows = np.flatnonzero(done.acted > 0)
    strikes = _strikes(world, plan, done)
    listing = _listing_actions(world, plan, done, rows)
    actions = pa.concat_tables([listing, _seller_actions(world, strikes)])
    appealed = rows[done.appealed[rows]]
    when = done.acted[appealed] + ((1 + 3 * mix_uniform(appealed, 91)) * DAY).astype(
        int
    )
    overturned = done.overturned[appealed]
    appeals = pa.table(
        {
            "appeal_id": ids("AP", plan.index[appealed]),
            "action_id": ids("AL", plan.index[appealed]),
            "ts": times(when),
            "outcome": where(overturned, "overturned", "upheld"),
            "ts_decided": times(when + 9 * DAY, when + 9 * DAY >= NOW),
            "overturn_reason": where(overturned, "goods are genuine", None),
        }
    )
    on_time = pa.array(when < NOW)
    events = _events(world, plan, done, strikes, appealed, when)
    return {
        "actions": actions,
        "appeals": appeals.filter(on_time),
        "seller_events": events,
    }


def _listing_actions(
    world: World, plan: Plan, done: Enforcement, rows: Ints
) -> pa.Table:
    kinds = list(world.constants.violations.values())
    code = plan.violation[rows]
    voluntary = done.voluntary[rows]
    columns = {
        "action_id": ids("AL", plan.index[rows]),
        "entity_type": pa.repeat("listing", len(rows)),
        "entity_id": ids("L", plan.index[rows]),
        "action_code": pa.repeat("ACT4", len(rows)),
        "decision_ground": take(
            [f"DECISION_GROUND_{k[2]}_CONTENT" for k in kinds], code
        ),
        "dsa_keyword": take(
            [
                f"KEYWORD_{k[1]}{'' if k[1] == 'OTHER' else '_INFRINGEMENT'}"
                for k in kinds
            ],
            code,
        ),
        "ts": times(done.acted[rows]),
        "source_type": where(voluntary, "SOURCE_VOLUNTARY", "SOURCE_ARTICLE_16"),
        "automated_detection": pa.array(voluntary),
        "automated_decision": pa.repeat("AUTOMATED_DECISION_NOT_AUTOMATED", len(rows)),
        "territorial_scope": take(
            [m["market"] for m in world.constants.markets], plan.market[rows]
        ),
        "evidence_level": where(voluntary, "E2", "E3"),
        "label_id": pa.nulls(len(rows), pa.string()),
        "end_date": times(np.zeros(len(rows)), np.ones(len(rows), bool)),
    }
    return pa.table(columns)


def _strikes(world: World, plan: Plan, done: Enforcement) -> dict[str, Ints]:
    """Give sellers with standing removals: how many, the first and the latest."""
    stands = done.removed > 0
    seller, inverse, count = np.unique(
        plan.seller[stands], return_inverse=True, return_counts=True
    )
    first = np.full(len(seller), NOW)
    last = np.zeros(len(seller), np.int64)
    np.minimum.at(first, inverse, done.removed[stands])
    np.maximum.at(last, inverse, done.removed[stands])
    network = world.cohort[seller] == world.column("name").index(NETWORK)
    return {
        "seller": seller,
        "count": count,
        "first": np.minimum(first + _HOUR, NOW - 1),
        "last": np.minimum(last + 2 * _HOUR, NOW - 1),
        "suspended": (count >= SUSPENDED_AFTER) & ~network,
        "terminated": network & (count >= 2),
    }


def seller_status(world: World, plan: Plan, done: Enforcement) -> tuple[Ints, Bools]:
    """Sellers with a suspension or termination, and which of them are terminated."""
    strikes = _strikes(world, plan, done)
    stopped = strikes["suspended"] | strikes["terminated"]
    return strikes["seller"][stopped], strikes["terminated"][stopped].astype(bool)


def _seller_actions(world: World, strikes: dict[str, Ints]) -> pa.Table:
    stop = np.flatnonzero(strikes["suspended"] | strikes["terminated"])
    everyone = np.arange(len(strikes["seller"]))
    rows = np.concatenate([everyone, stop])
    stopping = np.arange(len(rows)) >= len(everyone)
    ended = strikes["terminated"][rows].astype(bool) & stopping
    n, seller = len(rows), strikes["seller"][rows]
    when = np.where(stopping, strikes["last"][rows], strikes["first"][rows])
    code = where(ended, "ACT9", where(stopping, "ACT8", "ACT5"))
    markets = [m["market"] for m in world.constants.markets]
    constant = {
        "entity_type": "seller",
        "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
        "dsa_keyword": "KEYWORD_TRADEMARK_INFRINGEMENT",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
    }
    columns = {
        **{name: pa.repeat(value, n) for name, value in constant.items()},
        "action_id": join("AS", code, "-", ids("S", seller, 6)),
        "entity_id": ids("S", seller, 6),
        "action_code": code,
        "ts": times(when),
        "automated_detection": pa.repeat(False, n),
        "territorial_scope": take(markets, world.market[seller]),
        "evidence_level": where(ended, "E4", "E3"),
        "label_id": pa.nulls(n, pa.string()),
        "end_date": times(when + 30 * DAY, ended | ~stopping),
    }
    return pa.table({name: columns[name] for name in _ACTION_COLUMNS})


def _events(
    world: World,
    plan: Plan,
    done: Enforcement,
    strikes: dict[str, Ints],
    appealed: Ints,
    appeal_at: Ints,
) -> pa.Table:
    low, high = world.batches[plan.batch]
    everyone = np.arange(low, high)
    start = world.created[everyone]
    first_seller = np.unique(plan.seller)
    first_list = np.full(len(everyone), NOW)
    np.minimum.at(first_list, plan.seller - low, plan.created)
    renamed = everyone[mix_uniform(everyone, 92) < _rename_chance(world, everyone)]
    rename_at = world.created[renamed] + (
        mix_uniform(renamed, 93) * (NOW - world.created[renamed] - DAY)
    ).astype(np.int64)
    back = appealed[done.overturned[appealed]]
    back_at = appeal_at[done.overturned[appealed]] + 9 * DAY
    stop, ended = strikes["suspended"], strikes["terminated"]
    parts = [
        ("onboard", everyone, start, None, None),
        ("kyc_pass", everyone, start + 5 * _HOUR, None, None),
        ("first_list", first_seller, first_list[first_seller - low], None, None),
        ("name_change", renamed, rename_at, None, None),
        ("warning", strikes["seller"], strikes["first"], 0.0, "IP infringement"),
        ("points", strikes["seller"], strikes["first"] + 1, 4.0, "IP infringement"),
        ("suspend", strikes["seller"][stop], strikes["last"][stop], 24.0, "repeat"),
        (
            "terminate",
            strikes["seller"][ended],
            strikes["last"][ended],
            48.0,
            "network",
        ),
        ("appeal", plan.seller[appealed], appeal_at, None, None),
        ("reinstate", plan.seller[back], back_at, None, "overturned"),
    ]
    table = pa.concat_tables([_event(*part) for part in parts])
    return table.sort_by([(key, "ascending") for key in ("seller_id", "ts", "event")])


def _rename_chance(world: World, sellers: Ints) -> np.ndarray:
    return np.where(world.flags("evades")[world.cohort[sellers]], 0.3, 0.04)


def _event(
    name: str, seller: Ints, when: Ints, points: float | None, reason: str | None
) -> pa.Table:
    seller, when = seller[when < NOW], when[when < NOW]
    n = len(seller)
    return pa.table(
        {
            "seller_id": ids("S", seller, 6),
            "ts": times(when),
            "event": pa.repeat(name, n),
            "points": pa.array([points] * n, pa.float64()),
            "reason_code": pa.array([reason] * n, pa.string()),
        }
    )
