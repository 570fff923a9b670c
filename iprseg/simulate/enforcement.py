"""What rights owners reported and what was done: notices, actions, appeals."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from iprseg.simulate.arrays import (
    Bools,
    Floats,
    Ints,
    format_ids,
    hash_to_uniform,
    if_else,
    join_text,
    look_up_words,
    to_timestamps,
)
from iprseg.simulate.plan import Plan
from iprseg.simulate.world import DAY, NOW, World

N_TROLLS = 3  # notifiers who report honest sellers
_SUSPENDED_AFTER = 3  # removals
_WEEK = 7 * DAY
_WRONGLY_NOTIFIED_COHORT = "Wrongly-notified honest seller"
_NETWORK_COHORT = "Re-registration network"


@dataclass(frozen=True)
class Enforcement:
    """Arrays by listing of a batch; times in microseconds, 0 = never."""

    notice: Ints  # number of the notice within the batch, -1 = none
    notice_ro: Ints  # brand; a troll is coded n_brands + k
    received: Ints
    decided: Ints
    valid: Bools
    acted: Ints  # when the listing was taken down
    voluntary: Bools  # by the marketplace itself
    appealed: Bools
    overturned: Bools

    @property
    def removed(self) -> Ints:
        """When the listing was taken down for good, 0 = it was not."""
        return np.where(self.overturned, 0, self.acted)


def enforce_rights(world: World, plan: Plan) -> Enforcement:
    """Report, remove, appeal and reinstate the listings of a batch."""
    rng = world.stream("enforcement", plan.batch)
    u = rng.random((len(plan), 8))
    received = plan.created + ((3 + 37 * u[:, 0]) * DAY).astype(np.int64)
    received = (received // _WEEK + 1) * _WEEK - DAY // 3
    # what was put up again had been taken down first, by the marketplace itself
    copied = np.zeros(len(plan), bool)
    copied[plan.source[plan.source >= 0]] = True
    noticed = _flag_noticed(world, plan, u[:, 1]) & (received < NOW - 6 * DAY) & ~copied
    owner = _choose_notifiers(world, plan)
    notice = _group_into_notices(plan, noticed, owner, received)
    valid = noticed & plan.violative
    delay = (0.2 + 4 * u[:, 2]) * DAY
    decided = received + _spread_first_of_group(notice, delay).astype(np.int64)
    wrong_removal = noticed & ~plan.violative & (u[:, 3] < 0.4)
    by_notice = valid | wrong_removal
    own = (copied | _flag_own_initiative(world, plan, u[:, 4])) & ~noticed
    within = np.where(copied, 2.5, 12.0)  # days; a copy comes three days later or more
    own_at = plan.created + ((0.3 + within * u[:, 5]) * DAY).astype(np.int64)
    acted = np.where(by_notice, decided, np.where(own, own_at, 0))
    acted = np.where(acted < NOW, acted, 0)
    wrong = (acted > 0) & ~plan.violative
    appealed = np.where(wrong, u[:, 6] < 0.8, (acted > 0) & (u[:, 6] < 0.12))
    overturned = appealed & wrong & (u[:, 7] < 0.92) & (acted < NOW - 20 * DAY)
    return Enforcement(
        notice=notice,
        notice_ro=owner,
        received=received,
        decided=decided,
        valid=valid,
        acted=acted,
        voluntary=(acted > 0) & ~by_notice,
        appealed=appealed,
        overturned=overturned,
    )


def _flag_noticed(world: World, plan: Plan, u: Floats) -> Bools:
    rate = world.constants.rate
    wronged = world.column("name").index(_WRONGLY_NOTIFIED_COHORT)
    chance = np.where(plan.goods.brand >= 0, rate("notice_honest"), 0.0)
    chance = np.where(plan.manner == wronged, rate("notice_wrong"), chance)
    return u < np.where(plan.violative, rate("notice_violative"), chance)


def _choose_notifiers(world: World, plan: Plan) -> Ints:
    """Name the brand's owner, or for wronged sellers one of a few abusive notifiers."""
    wronged = plan.manner == world.column("name").index(_WRONGLY_NOTIFIED_COHORT)
    n_brands = len(world.constants.brands)
    owner = np.where(plan.goods.brand >= 0, plan.goods.brand, plan.seller % n_brands)
    return np.where(wronged, n_brands + plan.seller % N_TROLLS, owner)


def _group_into_notices(
    plan: Plan, noticed: Bools, owner: Ints, received: Ints
) -> Ints:
    """Put what one owner reports in one week, market and kind into one notice."""
    week = received // _WEEK
    key = ((owner * 10_000 + week) * 100 + plan.market) * 2 + plan.violative
    notice = np.full(len(plan), -1, np.int64)
    notice[noticed] = np.unique(key[noticed], return_inverse=True)[1]
    return notice


def _spread_first_of_group(group: Ints, values: Floats) -> Floats:
    """Give every member the first member's value; rows without a group keep theirs."""
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    return np.where(group >= 0, values[first][inverse], values)


def _flag_own_initiative(world: World, plan: Plan, u: Floats) -> Bools:
    rate = world.constants.rate
    found, error = rate("own_initiative"), rate("own_initiative_error")
    return u < np.where(plan.violative, found, error)


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


def make_notice_tables(
    world: World, plan: Plan, done: Enforcement
) -> dict[str, pa.Table]:
    """Make ``notices`` and ``notice_items``."""
    rows = np.flatnonzero(done.notice >= 0)
    rows = rows[np.argsort(done.notice[rows], kind="stable")]
    _, first = np.unique(done.notice[rows], return_index=True)
    acted = (done.acted > 0)[rows]
    items = pa.table(
        {
            "notice_id": format_notice_ids(plan, done.notice[rows]),
            "listing_id": format_ids("L", plan.index[rows]),
            "outcome": if_else(acted, "removed", "rejected"),
            "ts_actioned": to_timestamps(done.acted[rows], ~acted),
        }
    )
    return {
        "notices": _make_notices(world, plan, done, rows[first]),
        "notice_items": items,
    }


def format_notice_ids(plan: Plan, notice: Ints) -> pa.Array:
    """Give the ids of notices by their number within the batch."""
    return format_ids("N", plan.batch * 1_000_000 + notice, 10)


def _make_notices(world: World, plan: Plan, done: Enforcement, head: Ints) -> pa.Table:
    """Make one row per notice from its first listing."""
    rights = [kind[3] for kind in world.constants.violations.values()]
    n_brands = len(world.constants.brands)
    troll = done.notice_ro[head] >= n_brands
    valid, owner = done.valid[head], done.notice_ro[head]
    owner = np.where(troll, 9000 + owner - n_brands, owner)
    reason = if_else(troll, "no right in this market", "goods are genuine")
    reg_no = if_else(troll & (owner % 2 == 0), "", format_ids("SIM-TM-", owner, 6))
    markets = [m["market"] for m in world.constants.markets]
    return pa.table(
        {
            "notice_id": format_notice_ids(plan, done.notice[head]),
            "ro_id": format_ids("RO", owner, 4),
            "ts_received": to_timestamps(done.received[head]),
            "source_type": if_else(troll, "web form", "brand portal"),
            "right_type": look_up_words(rights, plan.violation[head]),
            "right_reg_no": reg_no,
            "jurisdiction": look_up_words(markets, plan.market[head]),
            "bona_fide_flag": pa.array(~troll | (owner % 3 > 0)),
            "valid": pa.array(valid),
            "reject_reason": if_else(valid, None, reason),
            "ts_decided": to_timestamps(done.decided[head]),
        }
    )


def make_action_tables(
    world: World, plan: Plan, done: Enforcement
) -> dict[str, pa.Table]:
    """Make ``actions``, ``appeals`` and ``seller_events``."""
    rows = np.flatnonzero(done.acted > 0)
    strikes = _count_strikes(world, plan, done)
    listing = _make_listing_actions(world, plan, done, rows)
    actions = pa.concat_tables([listing, _make_seller_actions(world, strikes)])
    appealed = rows[done.appealed[rows]]
    when = done.acted[appealed] + (
        (1 + 3 * hash_to_uniform(appealed, 91)) * DAY
    ).astype(int)
    overturned = done.overturned[appealed]
    appeals = pa.table(
        {
            "appeal_id": format_ids("AP", plan.index[appealed]),
            "action_id": format_ids("AL", plan.index[appealed]),
            "ts": to_timestamps(when),
            "outcome": if_else(overturned, "overturned", "upheld"),
            "ts_decided": to_timestamps(when + 9 * DAY, when + 9 * DAY >= NOW),
            "overturn_reason": if_else(overturned, "goods are genuine", None),
        }
    )
    on_time = pa.array(when < NOW)
    events = _make_seller_events(world, plan, done, strikes, appealed, when)
    return {
        "actions": actions,
        "appeals": appeals.filter(on_time),
        "seller_events": events,
    }


def _make_listing_actions(
    world: World, plan: Plan, done: Enforcement, rows: Ints
) -> pa.Table:
    kinds = list(world.constants.violations.values())
    code = plan.violation[rows]
    voluntary = done.voluntary[rows]
    columns = {
        "action_id": format_ids("AL", plan.index[rows]),
        "entity_type": pa.repeat("listing", len(rows)),
        "entity_id": format_ids("L", plan.index[rows]),
        "action_code": pa.repeat("ACT4", len(rows)),
        "decision_ground": look_up_words(
            [f"DECISION_GROUND_{k[2]}_CONTENT" for k in kinds], code
        ),
        "dsa_keyword": look_up_words(
            [
                f"KEYWORD_{k[1]}{'' if k[1] == 'OTHER' else '_INFRINGEMENT'}"
                for k in kinds
            ],
            code,
        ),
        "ts": to_timestamps(done.acted[rows]),
        "source_type": if_else(voluntary, "SOURCE_VOLUNTARY", "SOURCE_ARTICLE_16"),
        "automated_detection": pa.array(voluntary),
        "automated_decision": pa.repeat("AUTOMATED_DECISION_NOT_AUTOMATED", len(rows)),
        "territorial_scope": look_up_words(
            [m["market"] for m in world.constants.markets], plan.market[rows]
        ),
        "evidence_level": if_else(voluntary, "E2", "E3"),
        "label_id": pa.nulls(len(rows), pa.string()),
        "end_date": to_timestamps(np.zeros(len(rows)), np.ones(len(rows), bool)),
    }
    return pa.table(columns)


def _count_strikes(world: World, plan: Plan, done: Enforcement) -> dict[str, Ints]:
    """Give sellers with standing removals: how many, the first and the latest."""
    stands = done.removed > 0
    seller, inverse, count = np.unique(
        plan.seller[stands], return_inverse=True, return_counts=True
    )
    first = np.full(len(seller), NOW)
    last = np.zeros(len(seller), np.int64)
    np.minimum.at(first, inverse, done.removed[stands])
    np.maximum.at(last, inverse, done.removed[stands])
    network = world.cohort[seller] == world.column("name").index(_NETWORK_COHORT)
    return {
        "seller": seller,
        "count": count,
        "first": np.minimum(first + _HOUR, NOW - 1),
        "last": np.minimum(last + 2 * _HOUR, NOW - 1),
        "suspended": (count >= _SUSPENDED_AFTER) & ~network,
        "terminated": network & (count >= 2),
    }


def find_stopped_sellers(
    world: World, plan: Plan, done: Enforcement
) -> tuple[Ints, Bools]:
    """Sellers with a suspension or termination, and which of them are terminated."""
    strikes = _count_strikes(world, plan, done)
    stopped = strikes["suspended"] | strikes["terminated"]
    return strikes["seller"][stopped], strikes["terminated"][stopped].astype(bool)


def _make_seller_actions(world: World, strikes: dict[str, Ints]) -> pa.Table:
    stop = np.flatnonzero(strikes["suspended"] | strikes["terminated"])
    everyone = np.arange(len(strikes["seller"]))
    rows = np.concatenate([everyone, stop])
    stopping = np.arange(len(rows)) >= len(everyone)
    ended = strikes["terminated"][rows].astype(bool) & stopping
    n, seller = len(rows), strikes["seller"][rows]
    when = np.where(stopping, strikes["last"][rows], strikes["first"][rows])
    code = if_else(ended, "ACT9", if_else(stopping, "ACT8", "ACT5"))
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
        "action_id": join_text("AS", code, "-", format_ids("S", seller, 6)),
        "entity_id": format_ids("S", seller, 6),
        "action_code": code,
        "ts": to_timestamps(when),
        "automated_detection": pa.repeat(False, n),
        "territorial_scope": look_up_words(markets, world.market[seller]),
        "evidence_level": if_else(ended, "E4", "E3"),
        "label_id": pa.nulls(n, pa.string()),
        "end_date": to_timestamps(when + 30 * DAY, ended | ~stopping),
    }
    return pa.table({name: columns[name] for name in _ACTION_COLUMNS})


def _make_seller_events(
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
    renamed = everyone[
        hash_to_uniform(everyone, 92) < _choose_rename_chance(world, everyone)
    ]
    rename_at = world.created[renamed] + (
        hash_to_uniform(renamed, 93) * (NOW - world.created[renamed] - DAY)
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
    table = pa.concat_tables([_make_event_rows(*part) for part in parts])
    return table.sort_by([(key, "ascending") for key in ("seller_id", "ts", "event")])


def _choose_rename_chance(world: World, sellers: Ints) -> np.ndarray:
    return np.where(world.flags("evades")[world.cohort[sellers]], 0.3, 0.04)


def _make_event_rows(
    name: str, seller: Ints, when: Ints, points: float | None, reason: str | None
) -> pa.Table:
    seller, when = seller[when < NOW], when[when < NOW]
    n = len(seller)
    return pa.table(
        {
            "seller_id": format_ids("S", seller, 6),
            "ts": to_timestamps(when),
            "event": pa.repeat(name, n),
            "points": pa.array([points] * n, pa.float64()),
            "reason_code": pa.array([reason] * n, pa.string()),
        }
    )
