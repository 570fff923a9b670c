"""A synthetic marketplace with known truth, in memory or streamed to Parquet.

It is made one batch of sellers after the other.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from iprseg.errors import IprsegError
from iprseg.simulate.activity import (
    make_creator_table,
    make_feedback_tables,
    make_promotion_table,
)
from iprseg.simulate.arrays import (
    Bools,
    Ints,
    format_ids,
    if_else,
    join_text,
    look_up_words,
)
from iprseg.simulate.content import (
    BRAND_TEXT,
    LINE_ONLY,
    OBFUSCATED,
    WITHHELD,
    Photos,
    Wording,
    choose_photos,
    choose_wording,
    make_image_table,
)
from iprseg.simulate.enforcement import (
    N_TROLLS,
    Enforcement,
    enforce_rights,
    format_notice_ids,
    make_action_tables,
    make_notice_tables,
)
from iprseg.simulate.listings import (
    flag_decoy_links,
    flag_registered,
    make_authorisation_table,
    make_brand_tables,
    make_catalogue_images,
    make_listing_table,
    make_seller_table,
    make_version_table,
)
from iprseg.simulate.plan import Plan, Prices, flag_evading, plan_batch, price_listings
from iprseg.simulate.vocabulary import TACTICS
from iprseg.simulate.world import (
    IDENTITY_KEYS,
    World,
    flag_forged_papers,
    flag_shared_keys,
    make_identity_table,
    make_world,
)
from iprseg.validation import check_interval, check_option


@dataclass(frozen=True)
class SimulatedMarketplace:
    """A synthetic marketplace and what was planted in it.

    Attributes
    ----------
    tables : dict of str to pandas.DataFrame
        The canonical tables, ``seller_identity`` with raw (invented) values.
    truth : dict of str to pandas.DataFrame
        ``listings`` and ``sellers`` (one row each, with ``cohort``), ``networks`` (one
        row per member) and ``behaviours`` (one row per planted behaviour).
    """

    tables: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]


def make_marketplace(
    n_listings: int = 5000,
    n_sellers: int = 800,
    evasion: int = 0,
    random_state: int = 0,
) -> SimulatedMarketplace:
    """Make a synthetic marketplace with planted cohorts.

    About 12 % of sellers are bad and 4 % of listings violate; bad sellers sell honest
    goods too. All brands, sellers and identities are invented. With 150 sellers or
    more every planted cohort is there; with fewer, the rare ones may be missing, and
    with fewer than four listings a seller the share of violations rises, because every
    bad seller has at least one.

    Parameters
    ----------
    n_listings : int, default 5000
        Number of listings, at least ``n_sellers``.
    n_sellers : int, default 800
        Number of sellers; each has at least one listing.
    evasion : {0, 1, 2, 3}, default 0
        How hard the bad sellers hide: more disguised or withheld brands, hidden brand
        fields, camouflaged prices and scrambled identities. The same seed plants the
        same cohorts and violations at every level.
    random_state : int, default 0
        Seed; the same seed gives the same marketplace on every machine.

    Returns
    -------
    SimulatedMarketplace
        With ``tables`` and ``truth``.

    Raises
    ------
    IprsegError
        If a parameter is out of its range.

    Examples
    --------
    >>> simulated = make_marketplace(n_listings=200, n_sellers=40)
    >>> len(simulated.tables["listings"]), len(simulated.truth["sellers"])
    (200, 40)
    """
    world = _make_checked_world(
        n_listings, n_sellers, evasion, random_state, "make_marketplace"
    )
    tables: dict[str, list[pa.Table]] = {}
    truth: dict[str, list[pa.Table]] = {}
    for parts, planted in _iterate_batches(world):
        for store, new in ((tables, parts), (truth, planted)):
            for name, table in new.items():
                store.setdefault(name, []).append(table)
    return SimulatedMarketplace(
        tables=_concat_frames(tables), truth=_concat_frames(truth)
    )


def _concat_frames(parts: dict[str, list[pa.Table]]) -> dict[str, pd.DataFrame]:
    return {name: pa.concat_tables(parts[name]).to_pandas() for name in sorted(parts)}


_Tables = dict[str, pa.Table]
_EVASION_LEVELS = (0, 1, 2, 3)


def _make_checked_world(
    n_listings: Any, n_sellers: Any, evasion: Any, random_state: Any, owner: str
) -> World:
    """Check the parameters in one place and fix the marketplace's frame."""
    check_option("evasion", evasion, _EVASION_LEVELS, owner)
    for name, value, low in (
        ("n_listings", n_listings, 1),
        ("n_sellers", n_sellers, 1),
        ("random_state", random_state, 0),
    ):
        check_interval(name, value, owner, low=low)
        if not isinstance(value, Integral):
            raise IprsegError(
                f"The {name!r} parameter of {owner} must be a whole number; "
                f"got {value!r}."
            )
    if n_listings < n_sellers:
        raise IprsegError(
            f"{owner} gives every seller a listing, so 'n_listings' ({n_listings}) "
            f"must be at least 'n_sellers' ({n_sellers}); raise the one or lower the "
            "other."
        )
    return make_world(int(n_listings), int(n_sellers), int(evasion), int(random_state))


def _iterate_batches(world: World) -> Iterator[tuple[_Tables, _Tables]]:
    """Yield tables and truth part by part; concatenated they are the marketplace."""
    fixed = {**make_brand_tables(world), "creators": make_creator_table(world)}
    yield {**fixed, "images": make_catalogue_images(world)}, {}
    for batch in range(len(world.batches)):
        yield _make_batch(world, batch)


def _make_batch(world: World, batch: int) -> tuple[_Tables, _Tables]:
    sellers = np.arange(*world.batches[batch])
    plan = plan_batch(world, batch)
    wording, prices = choose_wording(world, plan), price_listings(world, plan)
    done, photos = enforce_rights(world, plan), choose_photos(world, plan)
    listings = make_listing_table(world, plan, wording, prices, done)
    feedback, seeded = make_feedback_tables(world, plan, prices, done)
    versions, bait = make_version_table(world, plan, wording, listings)
    tables = {
        "listings": listings,
        "listing_versions": versions,
        "sellers": make_seller_table(world, plan, done),
        "seller_identity": make_identity_table(world, sellers),
        "authorisations": make_authorisation_table(world, sellers),
        "images": make_image_table(world, plan, photos),
        "promotions": make_promotion_table(world, plan),
        **feedback,
        **make_notice_tables(world, plan, done),
        **make_action_tables(world, plan, done),
    }
    truth = {
        "listings": _make_listing_truth(world, plan, wording, prices, done),
        "sellers": _make_seller_truth(world, sellers),
        "networks": _make_network_truth(world, sellers),
        "behaviours": _make_behaviour_truth(
            world, plan, wording, prices, done, photos, bait, seeded
        ),
    }
    return tables, truth


_WORDING_KINDS = ("none", "known", "invented")


def _make_listing_truth(
    world: World, plan: Plan, wording: Wording, prices: Prices, done: Enforcement
) -> pa.Table:
    """One row per listing."""
    names, codes = world.column("name"), world.constants.violations
    evasion = _join_tactics(world, plan, wording, prices)
    no_source = plan.source < 0
    return pa.table(
        {
            "listing_id": format_ids("L", plan.index),
            "seller_id": format_ids("S", plan.seller, 6),
            "cohort": look_up_words(names, plan.manner),
            "seller_cohort": look_up_words(names, plan.cohort),
            "violation_type": look_up_words(list(codes), plan.violation),
            "violative": pa.array(plan.violative),
            "severity": _grade_severity(world, plan),
            "ni_reason": _choose_ni_reasons(world, plan, done),
            "brand_id": if_else(
                plan.goods.brand >= 0, format_ids("B", plan.goods.brand, 4), None
            ),
            "brand_text": look_up_words(BRAND_TEXT, wording.brand_text),
            "wording": look_up_words(_WORDING_KINDS, wording.wording),
            "evasive": pc.not_equal(evasion, ""),
            "evasion": evasion,
            "price_camouflaged": pa.array(prices.camouflaged),
            "trap": pa.array(plan.goods.trap >= 0),
            "relist_of": if_else(
                no_source, None, format_ids("L", plan.source + int(plan.index[0]))
            ),
        }
    )


def _join_tactics(
    world: World, plan: Plan, wording: Wording, prices: Prices
) -> pa.Array:
    named = flag_evading(world, plan) | (wording.tactic >= 0)
    left_out = named & np.isin(wording.brand_text, (LINE_ONLY, WITHHELD))
    text = if_else(wording.tactic >= 0, look_up_words(TACTICS, wording.tactic), "")
    text = if_else(left_out, "EV_ABBREV_CODEWORD", text)
    marks = [
        (flag_decoy_links(world, plan, prices), "EV_VARIANT_BAIT"),
        (prices.decoy, "EV_PRICE_DECOY"),
        (wording.off_platform, "EV_OFF_PLATFORM"),
        (world.flags("coded")[plan.manner] & plan.violative, "EV_LIVE_ONLY"),
    ]
    for present, code in marks:
        text = join_text(text, if_else(present, f";{code}", ""))
    return pc.utf8_ltrim(text, ";")


def _grade_severity(world: World, plan: Plan) -> pa.Array:
    level = [int(kind[0][1]) for kind in world.constants.violations.values()]
    safety = np.array([c["safety"] == "1" for c in world.constants.categories])
    base = np.array(level)[plan.violation]
    raised = base + (safety[plan.goods.category] & (base > 0))
    return format_ids("S", np.minimum(raised, 4), 1)


def _choose_ni_reasons(world: World, plan: Plan, done: Enforcement) -> pa.Array:
    reasons = [name or "NI_NO_IP_REFERENCE" for name in world.column("ni")]
    reason = look_up_words(reasons, plan.manner)
    resale = (plan.manner == 0) & (plan.goods.brand >= 0)
    reason = if_else(resale, "NI_GENUINE_NEW", reason)
    jersey = [c["category"] for c in world.constants.categories].index("jersey")
    trap = plan.goods.trap >= 0
    reason = if_else(trap, "NI_DESCRIPTIVE_GENERIC", reason)
    reason = if_else(
        trap & (plan.goods.category == jersey), "NI_LICENSED_MERCH", reason
    )
    reason = if_else((done.notice >= 0) & ~plan.violative, "NI_WRONG_NOTICE", reason)
    return if_else(plan.violative, None, reason)


def _make_seller_truth(world: World, sellers: Ints) -> pa.Table:
    """One row per seller."""
    cohort, network = world.cohort[sellers], world.network[sellers]
    return pa.table(
        {
            "seller_id": format_ids("S", sellers, 6),
            "cohort": look_up_words(world.column("name"), cohort),
            "bad": pa.array(world.flags("bad")[cohort]),
            "determination": look_up_words(world.column("determination"), cohort),
            "network_id": if_else(network >= 0, format_ids("G", network, 5), None),
            "n_listings": pa.array(world.size[sellers]),
        }
    )


def _make_network_truth(world: World, sellers: Ints) -> pa.Table:
    """One row per member of an operator's group of shops."""
    members = sellers[world.network[sellers] >= 0]
    kept = flag_shared_keys(world, members)
    text = [";".join(np.array(IDENTITY_KEYS)[row].tolist()) for row in kept]
    return pa.table(
        {
            "network_id": format_ids("G", world.network[members], 5),
            "seller_id": format_ids("S", members, 6),
            "cohort": look_up_words(world.column("name"), world.cohort[members]),
            "shared_keys": pa.array(text, pa.string()),
        }
    )


def _make_behaviour_truth(
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
    elsewhere &= ~flag_registered(world)[plan.goods.brand, plan.market]
    listings = [
        ("AD01", wording.brand_text == OBFUSCATED),
        ("AD02", photos.covered),
        ("AD03", flag_decoy_links(world, plan, prices)),
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
        ("AD11", flag_forged_papers(world, sellers)),
        ("AD12", world.off_hours[sellers]),
        ("AD16", cohort == names.index("Image-theft drop-shipper")),
    ]
    parts = [
        _make_behaviour_rows(code, "listing", format_ids("L", plan.index[on]))
        for code, on in listings
    ]
    parts += [
        _make_behaviour_rows(code, "seller", format_ids("S", sellers[on], 6))
        for code, on in of_sellers
    ]
    parts.append(
        _make_behaviour_rows("AD15", "notice", _find_abusive_notices(world, plan, done))
    )
    return pa.concat_tables(parts)


def _find_abusive_notices(world: World, plan: Plan, done: Enforcement) -> pa.Array:
    troll = done.notice_ro - len(world.constants.brands)
    abusive = (done.notice >= 0) & (troll >= 0) & (troll < N_TROLLS)
    return format_notice_ids(plan, np.unique(done.notice[abusive]))


def _make_behaviour_rows(code: str, entity: str, who: pa.Array) -> pa.Table:
    n = len(who)
    return pa.table(
        {
            "behaviour": pa.repeat(code, n),
            "entity_type": pa.repeat(entity, n),
            "entity_id": who,
        }
    )


def write_marketplace(
    path: str | PathLike[str],
    n_listings: int = 5000,
    n_sellers: int = 800,
    evasion: int = 0,
    random_state: int = 0,
) -> Path:
    """Write what ``make_marketplace`` makes to Parquet files, in bounded memory.

    Parameters
    ----------
    path : str or path-like
        Folder for one file per table; it is made if needed. The truth goes to its
        folder ``truth``. Files of the same names are replaced.
    n_listings, n_sellers, evasion, random_state
        As for ``make_marketplace``; the same arguments give the same content.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    IprsegError
        If a parameter is out of its range.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_marketplace(folder, n_listings=50, n_sellers=5)
    ...     sorted(file.name for file in (path / "truth").iterdir())[:2]
    ['behaviours.parquet', 'listings.parquet']
    """
    world = _make_checked_world(
        n_listings, n_sellers, evasion, random_state, "write_marketplace"
    )
    folder = Path(path)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        writers: dict[Path, pq.ParquetWriter] = {}
        for tables, truth in _iterate_batches(world):
            _append_to_files(tables, folder, writers, stack)
            _append_to_files(truth, folder / "truth", writers, stack)
    return folder


def _append_to_files(
    parts: _Tables,
    folder: Path,
    writers: dict[Path, pq.ParquetWriter],
    stack: ExitStack,
) -> None:
    for name, table in parts.items():
        file = folder / f"{name}.parquet"
        if file not in writers:
            writer = pq.ParquetWriter(file, table.schema, compression="zstd")
            writers[file] = stack.enter_context(writer)
        writers[file].write_table(_cast_to_schema(table, writers[file].schema))


def _cast_to_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    return table if table.schema == schema else table.cast(schema)
