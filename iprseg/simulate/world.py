"""The sellers: sizes, groups, dates and raw identities, before any listing is made.

Identities are from reserved ranges; members of one operator's network share some.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from iprseg.simulate.arrays import (
    Bools,
    Floats,
    Ints,
    apportion,
    draw_categories,
    format_ids,
    hash_to_bits,
    hash_to_uniform,
    join_text,
    look_up_words,
    make_stream,
)
from iprseg.simulate.vocabulary import (
    Constants,
    Vocabulary,
    load_constants,
    load_vocabulary,
)

DAY = 86_400_000_000  # microseconds
NOW = 1_767_225_600_000_000  # 2026-01-01T00:00Z: nothing happens later
_BATCH_LISTINGS = 25_000
_ALL_COHORTS_FROM = 150  # sellers; below, some cohorts have nobody
_MIN_BAD_SIZE = 3
_SIZE_CAP = 60.0  # of the cohort's mean, so that no seller is a market of his own
# share of a cohort's sellers whom one operator runs together, and group size
_NETWORKS_BY_COHORT = {
    "Re-registration network": (1.0, 4),
    "Luxury replica burst shop": (0.6, 3),
    "Livestream replica host": (0.4, 2),
    "Multi-brand counterfeit generalist": (0.4, 3),
}


@dataclass(frozen=True)
class World:
    """Arrays by seller; ``first`` is the number of the seller's first listing."""

    constants: Constants
    vocabulary: Vocabulary
    random_state: int
    evasion: int
    cohort: Ints
    market: Ints
    size: Ints
    violative: Ints
    first: Ints
    created: Ints
    burst_start: Ints
    network: Ints  # -1 = nobody's
    off_hours: Bools
    batches: list[tuple[int, int]]

    @property
    def n_sellers(self) -> int:
        """Number of sellers."""
        return len(self.cohort)

    def column(self, name: str, default: object = None) -> list[object]:
        """One field of every cohort, in the order of the cohorts."""
        return [cohort.get(name, default) for cohort in self.constants.cohorts]

    def flags(self, name: str) -> Bools:
        """One yes-or-no field of every cohort."""
        return np.array([bool(x) for x in self.column(name, False)])

    def stream(self, stage: str, batch: int = 0) -> np.random.Generator:
        """Give the random stream of a stage."""
        return make_stream(self.random_state, stage, batch)


def make_world(
    n_listings: int, n_sellers: int, evasion: int, random_state: int
) -> World:
    """Decide who sells, how much of it violates, and who belongs together."""
    constants, vocabulary = load_constants(), load_vocabulary()
    rng = make_stream(random_state, "sellers")
    cohort = _assign_cohorts(constants, n_sellers, rng)
    sizes = _draw_sizes(constants, cohort, n_listings, rng)
    violative = _count_violative(constants, cohort, sizes)
    market = draw_categories(
        rng.random(n_sellers), [float(m["share"]) for m in constants.markets]
    )
    created = _draw_creation_times(constants, cohort, rng)
    bad = np.array([c["bad"] for c in constants.cohorts])[cohort]
    return World(
        constants=constants,
        vocabulary=vocabulary,
        random_state=random_state,
        evasion=evasion,
        cohort=cohort,
        market=market,
        size=sizes,
        violative=violative,
        first=np.cumsum(sizes) - sizes,
        created=created,
        burst_start=_draw_burst_starts(constants, cohort, created, rng),
        network=_group_networks(constants, cohort),
        off_hours=bad & (hash_to_uniform(np.arange(n_sellers), 71) < 0.3),
        batches=_split_batches(sizes),
    )


def _assign_cohorts(
    constants: Constants, n_sellers: int, rng: np.random.Generator
) -> Ints:
    shares = np.array([c["share"] for c in constants.cohorts])
    bad = np.array([c["bad"] for c in constants.cohorts])
    counts = np.zeros(len(shares), np.int64)
    least = int(n_sellers >= _ALL_COHORTS_FROM)
    n_bad = int(apportion(n_sellers, [shares[~bad].sum(), shares[bad].sum()])[1])
    counts[bad] = apportion(n_bad, shares[bad], least)
    counts[~bad] = apportion(n_sellers - n_bad, shares[~bad], least)
    everyone = np.repeat(np.arange(len(shares)), counts)
    return everyone[np.argsort(rng.random(n_sellers), kind="stable")]


def _draw_sizes(
    constants: Constants, cohort: Ints, n_listings: int, rng: np.random.Generator
) -> Ints:
    normal = rng.standard_normal(len(cohort))
    members = np.bincount(cohort, minlength=len(constants.cohorts))
    totals = np.zeros_like(members)
    totals[members > 0] = apportion(n_listings, members[members > 0], least=0)
    sizes = np.zeros(len(cohort), np.int64)
    for i, spec in enumerate(constants.cohorts):
        mine = np.flatnonzero(cohort == i)
        if not len(mine):
            continue
        weights = np.exp(spec["sigma"] * normal[mine])
        weights = np.minimum(weights, _SIZE_CAP * weights.mean())
        least = _MIN_BAD_SIZE if spec["bad"] else 1
        least = max(min(least, int(totals[i]) // len(mine)), 0)
        sizes[mine] = apportion(int(totals[i]), weights, least)
    return sizes


def _count_violative(constants: Constants, cohort: Ints, sizes: Ints) -> Ints:
    violative = np.zeros_like(sizes)
    for i, spec in enumerate(constants.cohorts):
        mine = np.flatnonzero((cohort == i) & (sizes > 0))
        if not spec["bad"] or not len(mine):
            continue
        total = max(round(spec["violative"] * int(sizes[mine].sum())), len(mine))
        extra = apportion(total - len(mine), np.maximum(sizes[mine] - 1, 1e-9))
        violative[mine] = np.minimum(1 + extra, sizes[mine])
    return violative


def _draw_creation_times(
    constants: Constants, cohort: Ints, rng: np.random.Generator
) -> Ints:
    age = np.array([c["age"] for c in constants.cohorts], float)[cohort]
    days = age[:, 0] * np.exp(age[:, 1] * rng.standard_normal(len(cohort)))
    return NOW - (np.clip(days, 12, 2900) * DAY).astype(np.int64)


def _draw_burst_starts(
    constants: Constants, cohort: Ints, created: Ints, rng: np.random.Generator
) -> Ints:
    """Give a new shop its burst in the first days, an aged account in the last ones."""
    burst = np.array([c.get("burst", 0) for c in constants.cohorts])[cohort]
    median_age = np.array([c["age"][0] for c in constants.cohorts])[cohort]
    u = rng.random(len(cohort))
    early = created + ((1 + 5 * u) * DAY).astype(np.int64)
    late = NOW - ((14 + 50 * u) * DAY).astype(np.int64)
    return np.where(burst == 0, 0, np.where(median_age > 1000, late, early))


def _group_networks(constants: Constants, cohort: Ints) -> Ints:
    network = np.full(len(cohort), -1, np.int64)
    number = 0
    for i, spec in enumerate(constants.cohorts):
        share, size = _NETWORKS_BY_COHORT.get(spec["name"], (0.0, 1))
        mine = np.flatnonzero(cohort == i)
        together = mine[: round(share * len(mine))]
        if len(together) < 2:
            continue
        groups = (
            np.arange(len(together)) * max(1, len(together) // size) // len(together)
        )
        network[together] = number + groups
        number += int(groups[-1]) + 1
    return network


def _split_batches(sizes: Ints) -> list[tuple[int, int]]:
    part = np.cumsum(sizes) // _BATCH_LISTINGS
    starts = np.flatnonzero(np.diff(part, prepend=-1))
    return [*zip(starts.tolist(), [*starts[1:].tolist(), len(sizes)], strict=True)]


def choose_option(seller: Ints, salt: int, options: int) -> Ints:
    """Give each seller a fixed choice among options (a pure function)."""
    return (hash_to_uniform(seller, salt) * options).astype(np.int64)


def scale_uniform(u: Floats, low: float, high: float) -> Floats:
    """Stretch uniforms to an interval."""
    return low + (high - low) * u


# keys that members of one operator may share, strongest first
IDENTITY_KEYS = [
    "bank",
    "device",
    "legal_rep",
    "tax",
    "phone",
    "address",
    "return_addr",
    "warehouse",
    "ip",
    "email_stem",
]
_N_HUBS = 25  # fulfilment centres that honest sellers share by the dozen
_N_FORGERS = 4  # sources of forged papers


def flag_shared_keys(world: World, sellers: Ints) -> Bools:
    """Which identity keys a seller has in common with the operator's other shops.

    Parameters
    ----------
    world : World
        The marketplace's frame; more evasion leaves fewer keys.
    sellers : ndarray of int, shape (n,)
        Numbers of sellers.

    Returns
    -------
    ndarray of bool, shape (n, len(IDENTITY_KEYS))
        All False outside networks; at least one True inside.
    """
    scrambled = world.constants.rates["evasion"]["key_scrambled"][world.evasion]
    u = np.stack(
        [hash_to_uniform(sellers, 200 + k) for k in range(len(IDENTITY_KEYS))], axis=1
    )
    kept = (u >= scrambled) | (u == u.max(axis=1, keepdims=True))
    return kept & (world.network[sellers] >= 0)[:, None]


def make_identity_table(world: World, sellers: Ints) -> pa.Table:
    """Make ``seller_identity``: raw values, to be replaced by tokens on loading."""
    kept = flag_shared_keys(world, sellers)
    operator = world.n_sellers + world.network[sellers]
    who = {
        key: np.where(kept[:, k], operator, sellers)
        for k, key in enumerate(IDENTITY_KEYS)
    }
    hub = hash_to_uniform(sellers, 231) < 0.3
    center = 2 * world.n_sellers + (hash_to_uniform(sellers, 232) * _N_HUBS).astype(
        np.int64
    )
    bad = world.flags("bad")[world.cohort[sellers]]
    who["warehouse"] = np.where(hub & ~bad, center, who["warehouse"])
    who["doc"] = np.where(
        flag_forged_papers(world, sellers), -sellers % _N_FORGERS, sellers + 100
    )
    words = world.constants.words_any
    number = format_ids("", sellers, 6)
    # accounts of one operator are numbered from one stem
    stem = _pick_words(words["last_names"], who["email_stem"], 241)
    return pa.table(
        {
            "seller_id": format_ids("S", sellers, 6),
            "name": join_text(
                _pick_own_label(world, sellers),
                " ",
                _pick_words(words["kinds"], sellers, 242),
            ),
            "address": _make_addresses(words, who["address"]),
            "phone": join_text("+999 ", _make_digits(who["phone"], 243, 10)),
            "email": join_text(
                stem,
                _make_digits(who["email_stem"], 244, 5),
                "+",
                number,
                "@example.com",
            ),
            "bank": join_text("XX00SIMU", _make_digits(who["bank"], 245, 14)),
            "tax": join_text("SIM", _make_digits(who["tax"], 246, 10)),
            "device": join_text("sim-device-", _make_digits(who["device"], 247, 12)),
            "ip": _make_reserved_ips(who["ip"]),
            "warehouse": _make_addresses(words, who["warehouse"] + 7_000_000),
            "return_addr": _make_addresses(words, who["return_addr"] + 14_000_000),
            "legal_rep": _make_person_names(world, who["legal_rep"]),
            "doc": join_text("SIM-DOC-", _make_digits(who["doc"], 248, 9)),
        }
    )


def flag_forged_papers(world: World, sellers: Ints) -> Bools:
    """Tell sellers whose papers come from a forger (some of those who claim brands)."""
    honest_field = np.array(world.column("brand_field")) == "honest"
    claims = (honest_field & world.flags("evades"))[world.cohort[sellers]]
    return claims & (hash_to_uniform(sellers, 233) < 0.4)


def _pick_words(words: list[str], who: Ints, salt: int) -> pa.Array:
    return look_up_words(
        words, (hash_to_uniform(who, salt) * len(words)).astype(np.int64)
    )


def _make_digits(who: Ints, salt: int, width: int) -> pa.Array:
    number = (hash_to_bits(who, salt) % np.uint64(10**width)).astype(np.int64)
    return format_ids("", number, width)


def _pick_own_label(world: World, who: Ints) -> pa.Array:
    pool = world.vocabulary.pools["label"]
    code = pool.start[0, 0] + (hash_to_uniform(who, 41) * pool.count[0, 0]).astype(
        np.int64
    )
    return look_up_words(world.vocabulary.words, code)


def _make_person_names(world: World, who: Ints) -> pa.Array:
    words: dict[str, Any] = world.constants.words_any
    middle = _pick_own_label(world, who + 3_000_000)
    first = _pick_words(words["first_names"], who, 251)
    return join_text(
        first, " ", middle, " ", _pick_words(words["last_names"], who, 252)
    )


def _make_addresses(words: dict[str, Any], who: Ints) -> pa.Array:
    street, city = (
        _pick_words(words["streets"], who, 253),
        _pick_words(words["cities"], who, 254),
    )
    house = _make_digits(who, 255, 3)
    return join_text(house, " ", street, ", ", _make_digits(who, 256, 5), " ", city)


def _make_reserved_ips(who: Ints) -> pa.Array:
    """Addresses of 240.0.0.0/4, which no one is ever given."""
    parts = [240 + hash_to_bits(who, 257) % np.uint64(15)]
    parts += [hash_to_bits(who, salt) % np.uint64(256) for salt in (258, 259, 260)]
    text = [pa.array(part.astype(np.int64)).cast(pa.string()) for part in parts]
    return join_text(text[0], ".", text[1], ".", text[2], ".", text[3])
