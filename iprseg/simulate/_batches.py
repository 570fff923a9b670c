"""The marketplace, one batch of sellers after the other."""

from collections.abc import Iterator
from numbers import Integral
from typing import Any

import numpy as np
import pyarrow as pa

from iprseg._check import check_interval, check_option
from iprseg.errors import IprsegError
from iprseg.simulate._brand_tables import (
    authorisation_table,
    brand_tables,
    catalogue_images,
)
from iprseg.simulate._enforcement import enforce
from iprseg.simulate._enforcement_tables import action_tables, notice_tables
from iprseg.simulate._feedback import feedback_tables
from iprseg.simulate._identity import identity_table
from iprseg.simulate._images import choose_photos, image_table
from iprseg.simulate._listing_tables import listing_table, seller_table, version_table
from iprseg.simulate._plan import plan_batch
from iprseg.simulate._prices import price_listings
from iprseg.simulate._promotions import creator_table, promotion_table
from iprseg.simulate._truth import (
    behaviour_truth,
    listing_truth,
    network_truth,
    seller_truth,
)
from iprseg.simulate._wording import word_listings
from iprseg.simulate._world import World, make_world

Parts = dict[str, pa.Table]
EVASION_LEVELS = (0, 1, 2, 3)


def checked_world(
    n_listings: Any, n_sellers: Any, evasion: Any, random_state: Any, owner: str
) -> World:
    """Check the parameters in one place and fix the marketplace's frame."""
    check_option("evasion", evasion, EVASION_LEVELS, owner)
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


def make_batches(world: World) -> Iterator[tuple[Parts, Parts]]:
    """Yield tables and truth part by part; concatenated they are the marketplace."""
    fixed = {**brand_tables(world), "creators": creator_table(world)}
    yield {**fixed, "images": catalogue_images(world)}, {}
    for batch in range(len(world.batches)):
        yield _make_batch(world, batch)


def _make_batch(world: World, batch: int) -> tuple[Parts, Parts]:
    sellers = np.arange(*world.batches[batch])
    plan = plan_batch(world, batch)
    wording, prices = word_listings(world, plan), price_listings(world, plan)
    done, photos = enforce(world, plan), choose_photos(world, plan)
    listings = listing_table(world, plan, wording, prices, done)
    feedback, seeded = feedback_tables(world, plan, prices, done)
    versions, bait = version_table(world, plan, wording, listings)
    tables = {
        "listings": listings,
        "listing_versions": versions,
        "sellers": seller_table(world, plan, done),
        "seller_identity": identity_table(world, sellers),
        "authorisations": authorisation_table(world, sellers),
        "images": image_table(world, plan, photos),
        "promotions": promotion_table(world, plan),
        **feedback,
        **notice_tables(world, plan, done),
        **action_tables(world, plan, done),
    }
    truth = {
        "listings": listing_truth(world, plan, wording, prices, done),
        "sellers": seller_truth(world, sellers),
        "networks": network_truth(world, sellers),
        "behaviours": behaviour_truth(
            world, plan, wording, prices, done, photos, bait, seeded
        ),
    }
    return tables, truth
