"""What was planted: cohorts, violations, networks and behaviours."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from iprseg.simulate._arrow import ids, join, take, where
from iprseg.simulate._brand_tables import registered
from iprseg.simulate._disguise import TACTICS
from iprseg.simulate._enforcement import TROLLS, Enforcement
from iprseg.simulate._enforcement_tables import notice_ids
from iprseg.simulate._identity import KEYS, forged_papers, shared_keys
from iprseg.simulate._images import Photos
from iprseg.simulate._listing_tables import decoy_link
from iprseg.simulate._plan import Plan
from iprseg.simulate._prices import Prices
from iprseg.simulate._random import Bools, Ints
from iprseg.simulate._wording import (
    BRAND_TEXT,
    LINE_ONLY,
    OBFUSCATED,
    WITHHELD,
    Wording,
    evading,
)
from iprseg.simulate._world import World

_WORDING = ("none", "known", "invented")


def listing_truth(
    world: World, plan: Plan, wording: Wording, prices: Prices, done: Enforcement
) -> pa.Table:
    """One row per listing."""
    names, codes = world.column("name"), world.constants.violations
    evasion = _tactics(world, plan, wording, prices)
    no_source = plan.source < 0
    return pa.table(
        {
            "listing_id": ids("L", plan.index),
            "seller_id": ids("S", plan.seller, 6),
            "cohort": take(names, plan.manner),
            "seller_cohort": take(names, plan.cohort),
            "violation_type": take(list(codes), plan.violation),
            "violative": pa.array(plan.violative),
            "severity": _severity(world, plan),
            "ni_reason": _ni_reason(world, plan, done),
            "brand_id": where(
                plan.goods.brand >= 0, ids("B", plan.goods.brand, 4), None
            ),
            "brand_text": take(BRAND_TEXT, wording.brand_text),
            "wording": take(_WORDING, wording.wording),
            "evasive": pc.not_equal(evasion, ""),
            "evasion": evasion,
            "price_camouflaged": pa.array(prices.camouflaged),
            "trap": pa.array(plan.goods.trap >= 0),
            "relist_of": where(
                no_source, None, ids("L", plan.source + int(plan.index[0]))
            ),
        }
    )


def _tactics(world: World, plan: Plan, wording: Wording, prices: Prices) -> pa.Array:
    named = evading(world, plan) | (wording.tactic >= 0)
    left_out = named & np.isin(wording.brand_text, (LINE_ONLY, WITHHELD))
    text = where(wording.tactic >= 0, take(TACTICS, wording.tactic), "")
    text = where(left_out, "EV_ABBREV_CODEWORD", text)
    marks = [
        (decoy_link(world, plan, prices), "EV_VARIANT_BAIT"),
        (prices.decoy, "EV_PRICE_DECOY"),
        (wording.off_platform, "EV_OFF_PLATFORM"),
        (world.flags("coded")[plan.manner] & plan.violative, "EV_LIVE_ONLY"),
    ]
    for present, code in marks:
        text = join(text, where(present, f";{code}", ""))
    return pc.utf8_ltrim(text, ";")


def _severity(world: World, plan: Plan) -> pa.Array:
    level = [int(kind[0][1]) for kind in world.constants.violations.values()]
    safety = np.array([c["safety"] == "1" for c in world.constants.categories])
    base = np.array(level)[plan.violation]
    raised = base + (safety[plan.goods.category] & (base > 0))
    return ids("S", np.minimum(raised, 4), 1)


def _ni_reason(world: World, plan: Plan, done: Enforcement) -> pa.Array:
    reasons = [name or "NI_NO_IP_REFERENCE" for name in world.column("ni")]
    reason = take(reasons, plan.manner)
    resale = (plan.manner == 0) & (plan.goods.brand >= 0)
    reason = where(resale, "NI_GENUINE_NEW", reason)
    jersey = [c["category"] for c in world.constants.categories].index("jersey")
    trap = plan.goods.trap >= 0
    reason = where(trap, "NI_DESCRIPTIVE_GENERIC", reason)
    reason = where(trap & (plan.goods.category == jersey), "NI_LICENSED_MERCH", reason)
    reason = where((done.notice >= 0) & ~plan.violative, "NI_WRONG_NOTICE", reason)
    return where(plan.violative, None, reason)


def seller_truth(world: World, sellers: Ints) -> pa.Table:
    """One row per seller."""
    cohort, network = world.cohort[sellers], world.network[sellers]
    return pa.table(
        {
            "seller_id": ids("S", sellers, 6),
            "cohort": take(world.column("name"), cohort),
            "bad": pa.array(world.flags("bad")[cohort]),
            "determination": take(world.column("determination"), cohort),
            "network_id": where(network >= 0, ids("G", network, 5), None),
            "n_listings": pa.array(world.size[sellers]),
        }
    )


def network_truth(world: World, sellers: Ints) -> pa.Table:
    """One row per member of an operator's group of shops."""
    members = sellers[world.network[sellers] >= 0]
    kept = shared_keys(world, members)
    text = [";".join(np.array(KEYS)[row].tolist()) for row in kept]
    return pa.table(
        {
            "network_id": ids("G", world.network[members], 5),
            "seller_id": ids("S", members, 6),
            "cohort": take(world.column("name"), world.cohort[members]),
            "shared_keys": pa.array(text, pa.string()),
        }
    )


def behaviour_truth(
    world: World,
    plan: Plan,
    wording: Wording,
    prices: Prices,
    done: Enforcement,
    photos: Photos,
    bait: Bools,
    seeded: Bools,
) -> pa.Table:
    """One row per planted behaviour and the listing, seller or notice that shows it."""
    hosts = world.flags("coded")[plan.manner] & plan.violative
    dupe = plan.violation == world.constants.code_of("KO_KNOCKOFF")
    elsewhere = plan.violative & (plan.goods.brand >= 0)
    elsewhere &= ~registered(world)[plan.goods.brand, plan.market]
    listings = [
        ("AD01", wording.brand_text == OBFUSCATED),
        ("AD02", photos.covered),
        ("AD03", decoy_link(world, plan, prices)),
        ("AD04", hosts),
        ("AD05", bait),
        ("AD06", plan.source >= 0),
        ("AD08", seeded),
        ("AD09", photos.transformed),
        ("AD10", prices.camouflaged),
        ("AD17", wording.prompt),
        ("AD19", elsewhere),
        ("AD20", dupe),
    ]
    sellers = np.arange(*world.batches[plan.batch])
    cohort = world.cohort[sellers]
    names = world.column("name")
    hidden = world.network[sellers] >= 0
    hidden |= cohort == names.index("Sleeper/aged account")
    of_sellers = [
        ("AD07", hidden),
        ("AD11", forged_papers(world, sellers)),
        ("AD12", world.off_hours[sellers]),
        ("AD16", cohort == names.index("Image-theft drop-shipper")),
    ]
    parts = [_rows(code, "listing", ids("L", plan.index[on])) for code, on in listings]
    parts += [
        _rows(code, "seller", ids("S", sellers[on], 6)) for code, on in of_sellers
    ]
    parts.append(_rows("AD15", "notice", _abusive_notices(world, plan, done)))
    return pa.concat_tables(parts)


def _abusive_notices(world: World, plan: Plan, done: Enforcement) -> pa.Array:
    troll = done.notice_ro - len(world.constants.brands)
    abusive = (done.notice >= 0) & (troll >= 0) & (troll < TROLLS)
    return notice_ids(plan, np.unique(done.notice[abusive]))


def _rows(code: str, entity: str, who: pa.Array) -> pa.Table:
    n = len(who)
    return pa.table(
        {
            "behaviour": pa.repeat(code, n),
            "entity_type": pa.repeat(entity, n),
            "entity_id": who,
        }
    )
