"""What rights owners reported and what the marketplace did about it."""

from dataclasses import dataclass

import numpy as np

from iprseg.simulate._plan import Plan
from iprseg.simulate._random import Bools, Floats, Ints
from iprseg.simulate._world import DAY, NOW, World

TROLLS = 3  # notifiers who report honest sellers
SUSPENDED_AFTER = 3  # removals
_WEEK = 7 * DAY
WRONGLY_NOTIFIED = "Wrongly-notified honest seller"
NETWORK = "Re-registration network"


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


def enforce(world: World, plan: Plan) -> Enforcement:
    """Report, remove, appeal and reinstate the listings of a batch."""
    rng = world.stream("enforcement", plan.batch)
    u = rng.random((len(plan), 8))
    received = plan.created + ((3 + 37 * u[:, 0]) * DAY).astype(np.int64)
    received = (received // _WEEK + 1) * _WEEK - DAY // 3
    # what was put up again had been taken down first, by the marketplace itself
    copied = np.zeros(len(plan), bool)
    copied[plan.source[plan.source >= 0]] = True
    noticed = _noticed(world, plan, u[:, 1]) & (received < NOW - 6 * DAY) & ~copied
    owner = _notifier(world, plan)
    notice = _group(plan, noticed, owner, received)
    valid = noticed & plan.violative
    delay = (0.2 + 4 * u[:, 2]) * DAY
    decided = received + _first_of(notice, delay).astype(np.int64)
    wrong_removal = noticed & ~plan.violative & (u[:, 3] < 0.4)
    by_notice = valid | wrong_removal
    own = (copied | _own_initiative(world, plan, u[:, 4])) & ~noticed
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


def _noticed(world: World, plan: Plan, u: Floats) -> Bools:
    rate = world.constants.rate
    wronged = world.column("name").index(WRONGLY_NOTIFIED)
    chance = np.where(plan.goods.brand >= 0, rate("notice_honest"), 0.0)
    chance = np.where(plan.manner == wronged, rate("notice_wrong"), chance)
    return u < np.where(plan.violative, rate("notice_violative"), chance)


def _notifier(world: World, plan: Plan) -> Ints:
    """Name the brand's owner, or for wronged sellers one of a few abusive notifiers."""
    wronged = plan.manner == world.column("name").index(WRONGLY_NOTIFIED)
    n_brands = len(world.constants.brands)
    owner = np.where(plan.goods.brand >= 0, plan.goods.brand, plan.seller % n_brands)
    return np.where(wronged, n_brands + plan.seller % TROLLS, owner)


def _group(plan: Plan, noticed: Bools, owner: Ints, received: Ints) -> Ints:
    """Put what one owner reports in one week, market and kind into one notice."""
    week = received // _WEEK
    key = ((owner * 10_000 + week) * 100 + plan.market) * 2 + plan.violative
    notice = np.full(len(plan), -1, np.int64)
    notice[noticed] = np.unique(key[noticed], return_inverse=True)[1]
    return notice


def _first_of(group: Ints, values: Floats) -> Floats:
    """Give every member the first member's value; rows without a group keep theirs."""
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    return np.where(group >= 0, values[first][inverse], values)


def _own_initiative(world: World, plan: Plan, u: Floats) -> Bools:
    rate = world.constants.rate
    found, error = rate("own_initiative"), rate("own_initiative_error")
    return u < np.where(plan.violative, found, error)
