"""What is fixed before any listing is made: sellers, their sizes, groups and dates."""

from dataclasses import dataclass

import numpy as np

from iprseg.simulate._constants import Constants, load_constants
from iprseg.simulate._random import (
    Bools,
    Floats,
    Ints,
    apportion,
    choose,
    mix_uniform,
    stream,
)
from iprseg.simulate._vocabulary import Vocabulary, load_vocabulary

DAY = 86_400_000_000  # microseconds
NOW = 1_767_225_600_000_000  # 2026-01-01T00:00Z: nothing happens later
_BATCH_LISTINGS = 25_000
_ALL_COHORTS_FROM = 150  # sellers; below, some cohorts have nobody
_MIN_BAD_SIZE = 3
_SIZE_CAP = 60.0  # of the cohort's mean, so that no seller is a market of his own
# share of a cohort's sellers whom one operator runs together, and group size
_GROUPS = {
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
        return stream(self.random_state, stage, batch)


def make_world(
    n_listings: int, n_sellers: int, evasion: int, random_state: int
) -> World:
    """Decide who sells, how much of it violates, and who belongs together."""
    constants, vocabulary = load_constants(), load_vocabulary()
    rng = stream(random_state, "sellers")
    cohort = _cohorts(constants, n_sellers, rng)
    sizes = _sizes(constants, cohort, n_listings, rng)
    violative = _violative(constants, cohort, sizes)
    market = choose(
        rng.random(n_sellers), [float(m["share"]) for m in constants.markets]
    )
    created = _created(constants, cohort, rng)
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
        burst_start=_burst_start(constants, cohort, created, rng),
        network=_networks(constants, cohort),
        off_hours=bad & (mix_uniform(np.arange(n_sellers), 71) < 0.3),
        batches=_batches(sizes),
    )


def _cohorts(constants: Constants, n_sellers: int, rng: np.random.Generator) -> Ints:
    shares = np.array([c["share"] for c in constants.cohorts])
    bad = np.array([c["bad"] for c in constants.cohorts])
    counts = np.zeros(len(shares), np.int64)
    least = int(n_sellers >= _ALL_COHORTS_FROM)
    n_bad = int(apportion(n_sellers, [shares[~bad].sum(), shares[bad].sum()])[1])
    counts[bad] = apportion(n_bad, shares[bad], least)
    counts[~bad] = apportion(n_sellers - n_bad, shares[~bad], least)
    everyone = np.repeat(np.arange(len(shares)), counts)
    return everyone[np.argsort(rng.random(n_sellers), kind="stable")]


def _sizes(
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


def _violative(constants: Constants, cohort: Ints, sizes: Ints) -> Ints:
    violative = np.zeros_like(sizes)
    for i, spec in enumerate(constants.cohorts):
        mine = np.flatnonzero((cohort == i) & (sizes > 0))
        if not spec["bad"] or not len(mine):
            continue
        total = max(round(spec["violative"] * int(sizes[mine].sum())), len(mine))
        extra = apportion(total - len(mine), np.maximum(sizes[mine] - 1, 1e-9))
        violative[mine] = np.minimum(1 + extra, sizes[mine])
    return violative


def _created(constants: Constants, cohort: Ints, rng: np.random.Generator) -> Ints:
    age = np.array([c["age"] for c in constants.cohorts], float)[cohort]
    days = age[:, 0] * np.exp(age[:, 1] * rng.standard_normal(len(cohort)))
    return NOW - (np.clip(days, 12, 2900) * DAY).astype(np.int64)


def _burst_start(
    constants: Constants, cohort: Ints, created: Ints, rng: np.random.Generator
) -> Ints:
    """Give a new shop its burst in the first days, an aged account in the last ones."""
    burst = np.array([c.get("burst", 0) for c in constants.cohorts])[cohort]
    median_age = np.array([c["age"][0] for c in constants.cohorts])[cohort]
    u = rng.random(len(cohort))
    early = created + ((1 + 5 * u) * DAY).astype(np.int64)
    late = NOW - ((14 + 50 * u) * DAY).astype(np.int64)
    return np.where(burst == 0, 0, np.where(median_age > 1000, late, early))


def _networks(constants: Constants, cohort: Ints) -> Ints:
    network = np.full(len(cohort), -1, np.int64)
    number = 0
    for i, spec in enumerate(constants.cohorts):
        share, size = _GROUPS.get(spec["name"], (0.0, 1))
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


def _batches(sizes: Ints) -> list[tuple[int, int]]:
    part = np.cumsum(sizes) // _BATCH_LISTINGS
    starts = np.flatnonzero(np.diff(part, prepend=-1))
    return [*zip(starts.tolist(), [*starts[1:].tolist(), len(sizes)], strict=True)]


def seller_choice(seller: Ints, salt: int, options: int) -> Ints:
    """Give each seller a fixed choice among options (a pure function)."""
    return (mix_uniform(seller, salt) * options).astype(np.int64)


def uniform_between(u: Floats, low: float, high: float) -> Floats:
    """Stretch uniforms to an interval."""
    return low + (high - low) * u
